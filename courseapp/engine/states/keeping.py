"""What was made of a text is kept for the next time, unless the text is long: many long ones would fill the memory."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

TEXTS = 4_096
LETTERS = 2_000

Made = TypeVar("Made")


def kept(make: Callable[[str], Made]) -> Callable[[str], Made]:
    """``make``, for short texts done once."""
    made = lru_cache(maxsize=TEXTS)(make)

    @wraps(make)
    def made_or_kept(text: str) -> Made:
        return made(text) if len(text) <= LETTERS else make(text)

    return made_or_kept
