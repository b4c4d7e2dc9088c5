"""Rows of a narrow picture: frames one under another, and no row wider than a phone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

BORDER = 8.0  # between a narrow frame and its nodes
BEFORE, AFTER = -1, 1_000_000  # sections of what stands without a frame: before the frames, or after them


def sections(
    places: Sequence[str], frame: Mapping[str, int | None], joined: Sequence[tuple[str, str]]
) -> dict[str, int]:
    """Which part of the picture each place belongs in: its frame, or before or after all frames.

    What nothing framed leads to stands before the frames; without frames everything is one part.
    """
    after = {place for place in places if frame[place] is not None}
    if not after:
        return dict.fromkeys(places, BEFORE)
    while True:
        more = {target for source, target in joined if source in after} - after
        if not more:
            break
        after |= more
    found: dict[str, int] = {}
    for place in places:
        own = frame[place]
        found[place] = own if own is not None else AFTER if place in after else BEFORE
    return found


def rows(
    rank: Mapping[str, int], section: Mapping[str, int], least: Mapping[str, float], room: float, gap: float
) -> dict[str, int]:
    """The row of each place, from 0: section after section, rank after rank, a new row when ``room`` is used up."""
    found: dict[str, int] = {}
    row = -1
    for part, level in sorted({(section[place], rank[place]) for place in rank}):
        row, used = row + 1, 0.0
        for place in rank:
            if (section[place], rank[place]) != (part, level):
                continue
            if used and used + gap + least[place] > room:
                row, used = row + 1, 0.0
            used += least[place] + (gap if used else 0.0)
            found[place] = row
    return found
