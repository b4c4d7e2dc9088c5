"""The closest name to one that does not exist, for messages."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def closest(name: str, names: Iterable[str]) -> str:
    """ " The closest name is X." or nothing."""
    if len(name) > 200:
        return ""
    by_lower = {one.lower(): one for one in sorted(names)}
    found = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return f" The closest name is {by_lower[found[0]]}." if found else ""
