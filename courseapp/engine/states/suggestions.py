"""The closest name to one that does not exist, for messages."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

FEW = 60  # names that are all compared; of more only the neighbours, so that many wrong names take no time
_NEIGHBOURS = 6


def closest_name(name: str, names: Iterable[str]) -> str | None:
    """The one that was probably meant, if there is one."""
    if len(name) > 200:
        return None
    index, lower = _index(tuple(names)), name.lower()
    found = get_close_matches(lower, index.near(lower), n=1, cutoff=0.6)
    return index.by_lower[found[0]] if found else None


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
