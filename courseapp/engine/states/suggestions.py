"""The closest name to one that does not exist, for messages."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def closest_name(name: str, names: Iterable[str]) -> str | None:
    """The one that was probably meant, if there is one."""
    if len(name) > 200:
        return None
    by_lower = {one.lower(): one for one in sorted(names)}
    found = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def closest(name: str, names: Iterable[str]) -> str:
    """ " The closest name is X." or nothing."""
    found = closest_name(name, names)
    return "" if found is None else f" The closest name is {found}."
