"""The closest name to one that does not exist, for messages."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import lru_cache

FEW = 60  # names that are all compared; of more only the neighbours, so that many wrong names take no time
LONGEST = 100  # letters: comparing takes their square, and no name of the language or of a state is longer
_NEIGHBOURS = 6
_ALIKE = 0.6  # of two names' letters; those that are less alike are not meant
_COMPARED = 4  # letter by letter, of those that share most letters


def closest_name(name: str, names: Iterable[str]) -> str | None:
    """The one that was probably meant, if there is one."""
    if len(name) > LONGEST:
        return None
    index, lower = _index(tuple(names)), name.lower()
    compare = SequenceMatcher(b=lower)
    sharing = sorted(((_shared(compare, one), one) for one in index.near(lower)), reverse=True)[:_COMPARED]
    best = max(((_alike(compare, one), one) for shared, one in sharing if shared >= _ALIKE), default=(0.0, ""))
    return index.by_lower[best[1]] if best[0] >= _ALIKE else None


def _shared(compare: SequenceMatcher[str], name: str) -> float:
    """No less than ``_alike``, and found in no time."""
    if len(name) > LONGEST:
        return 0.0
    compare.set_seq1(name)
    return compare.quick_ratio() if compare.real_quick_ratio() >= _ALIKE else 0.0


def _alike(compare: SequenceMatcher[str], name: str) -> float:
    compare.set_seq1(name)
    return compare.ratio()


class _Index:
    """Names in order, from the front and from the back: a wrong name stands beside the one that was meant."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.by_lower = {one.lower(): one for one in sorted(names)}
        self.forwards = sorted(self.by_lower)
        self.backwards = sorted(one[::-1] for one in self.by_lower)

    def near(self, name: str) -> list[str]:
        if len(self.forwards) <= FEW:
            return self.forwards
        ahead, behind = bisect(self.forwards, name), bisect(self.backwards, name[::-1])
        return [
            *self.forwards[max(0, ahead - _NEIGHBOURS) : ahead + _NEIGHBOURS],
            *(one[::-1] for one in self.backwards[max(0, behind - _NEIGHBOURS) : behind + _NEIGHBOURS]),
        ]


@lru_cache(maxsize=64)
def _index(names: tuple[str, ...]) -> _Index:
    return _Index(names)


def closest(name: str, names: Iterable[str]) -> str:
    """ " The closest name is X." or nothing."""
    found = closest_name(name, names)
    return "" if found is None else f" The closest name is {found}."
