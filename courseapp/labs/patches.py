"""What has changed in a node's picture since it was last told, so that a batch need not carry the whole of it. Pure.

A picture is cut before each ``<`` into pieces, and a patch goes through the pieces of the one before: a number takes so
many as they are, a negative one leaves so many out, a text is put in, and ``[front, text, back]`` changes the middle of
the next piece and keeps so many letters at either end. ``static/labs/whole.js`` puts the picture together again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Patch = list[Any]
WORTH = 0.6
"""A patch that is longer than this part of the picture is not worth it."""


class Patches:
    """The pictures that all who look at a lab have. Whoever has got a whole diagram since knows none of them."""

    def __init__(self) -> None:
        self._known: dict[str, list[str]] = {}

    def forget(self) -> None:
        self._known.clear()

    def of(self, pictures: Mapping[str, str]) -> dict[str, str | Patch]:
        """For each picture what turns the last one into it, or the whole of it."""
        told: dict[str, str | Patch] = {}
        for name, picture in pictures.items():
            pieces, before = pieces_of(picture), self._known.get(name)
            self._known[name] = pieces
            found = None if before is None else patch(before, pieces)
            told[name] = picture if found is None or _letters(found) > WORTH * len(picture) else found
        return told


def pieces_of(picture: str) -> list[str]:
    first, *others = picture.split("<")
    return [first, *("<" + other for other in others)] if first else ["<" + other for other in others]


def patch(before: list[str], after: list[str]) -> Patch:
    """Pieces that stand only once show where the two go on together; the rest is compared one by one."""
    places: dict[str, int] = {}
    for place, piece in enumerate(before):
        places[piece] = -1 if piece in places else place
    found: Patch = []
    at = kept = 0
    for piece in after:
        if at < len(before) and before[at] == piece:
            at += 1
            kept += 1
            continue
        if kept:
            found.append(kept)
            kept = 0
        place = places.get(piece, -1)
        if place > at:
            found.append(at - place)
            at, kept = place + 1, 1
        elif at < len(before) and _alike(before[at], piece):
            found.append(_middle(before[at], piece))
            at += 1
        elif found and isinstance(found[-1], str):
            found[-1] += piece
        else:
            found.append(piece)
    return [*found, kept] if kept else found


def _alike(one: str, other: str) -> bool:
    """Two of the same element, in letters that are one code unit each where scripts count them."""
    return one[:4] == other[:4] and one.isascii() and other.isascii()


def _middle(before: str, after: str) -> list[Any]:
    """What stands between the letters that the two begin and end with alike; numbers find the first that differs."""
    most = min(len(before), len(after))
    one, other = before.encode("ascii"), after.encode("ascii")
    differ = int.from_bytes(one[:most], "big") ^ int.from_bytes(other[:most], "big")
    front = most - (differ.bit_length() + 7 >> 3)
    rest = most - front
    differ = int.from_bytes(one[len(one) - rest :], "little") ^ int.from_bytes(other[len(other) - rest :], "little")
    back = rest - (differ.bit_length() + 7 >> 3)
    return [front, after[front : len(after) - back], back]


def _letters(found: Patch) -> int:
    """About how long it is as JSON."""
    many = 4 * len(found)
    for step in found:
        if isinstance(step, str):
            many += len(step)
        elif isinstance(step, list):
            many += len(step[1]) + 8
    return many
