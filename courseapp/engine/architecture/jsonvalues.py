"""What a JSON value is."""

from __future__ import annotations

from typing import Any


def is_number(value: Any) -> bool:
    """Whether a JSON value is a number: true and false are none, nor is what is no JSON at all (NaN, Infinity)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, int) or value - value == 0
