"""Tokens in a lane: as large as they fit, merged into packets when they are many. Counts are exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from courseapp.diagram.geometry import Box
from courseapp.diagram.tokens import draw_packet, draw_token, packet_width

PITCHES = ((23.0, 7.0), (19.0, 6.0), (16.0, 5.0))  # distance of tokens, and their radius
SINGLE = 30  # more than these merge into packets of ten; ten times as many, of a hundred; and so on
ROW = 24.0

Token = Mapping[str, Any]


def visible(tokens: Sequence[Token], by_type: Mapping[str, int], many: int, room: Box, now_ms: int) -> str:
    """The ``many`` waiting messages of a queue in ``room``; ``tokens`` are the oldest, 30 at most."""
    if many <= SINGLE and len(tokens) >= many:
        drawn = _singles(tokens[:many], room, now_ms)
        if drawn is not None:
            return drawn
    return _packets(tokens, by_type, many, room, now_ms)


def _singles(tokens: Sequence[Token], room: Box, now_ms: int, state: str = "visible") -> str | None:
    """Every token on its own, in rows; None if they don't fit."""
    for pitch, radius in PITCHES:
        columns, rows = int(room.width // pitch), max(1, int((room.height + 4) // (pitch + 3)))
        if len(tokens) <= columns * rows:
            used = -(-len(tokens) // columns) if tokens else 1
            down = min(pitch + 4, room.height / used)
            top = (
                room.y + (room.height - down * used) / 2 + down / 2 if rows > 1 and used == rows else room.y + down / 2
            )
            return "".join(
                draw_token(
                    token,
                    room.x + pitch / 2 + pitch * (place % columns),
                    top + down * (place // columns),
                    state,
                    now_ms,
                    radius,
                )
                for place, token in enumerate(tokens)
            )
    return None


def _packets(tokens: Sequence[Token], by_type: Mapping[str, int], many: int, room: Box, now_ms: int) -> str:
    types = {str(kind): int(found) for kind, found in by_type.items() if int(found) > 0}
    if sum(types.values()) != many:
        types = {next(iter(types), "") if len(types) == 1 else "": many}
    whole = max(many, SINGLE + 1)
    pieces: list[tuple[float, str, int, Token | None]] = []
    for kind, found in types.items():
        own = [token for token in tokens if str(token.get("type") or "") == kind]
        for size in packet_sizes(found, whole):
            token = own.pop(0) if size == 1 and own else None
            pieces.append((18.0 if token else packet_width(size) + 6, kind, size, token))
    drawn = _in_rows(pieces, room, now_ms)
    if drawn is None:
        pieces = [(packet_width(found) + 6, kind, found, None) for kind, found in types.items()]
        drawn = _in_rows(pieces, room, now_ms)
    return drawn if drawn is not None else draw_packet("", many, room.x + packet_width(many) / 2, room.y + ROW / 2)


def packet_sizes(found: int, whole: int) -> list[int]:
    """Packets of one type, of a size that suits the ``whole`` queue, then ones for what stays single.

    Packets are of 10 above 30 and of 100 above 300, and so on by tens; what is left over from one size goes into the
    next smaller one.
    """
    size = 1
    while whole > SINGLE * size:
        size *= 10
    sizes: list[int] = []
    while size:
        sizes += [size] * min(found // size, 200)
        found %= size
        size //= 10
    return sizes


def _in_rows(pieces: Sequence[tuple[float, str, int, Token | None]], room: Box, now_ms: int) -> str | None:
    x, y, drawn = room.x, room.y + ROW / 2, []
    for wide, kind, many, token in pieces:
        if x + wide > room.right + 4 and x > room.x:
            x, y = room.x, y + ROW
        if y + 8 > room.bottom:
            return None
        if token is not None:
            drawn.append(draw_token(token, x + wide / 2, y, "visible", now_ms, 6))
        else:
            drawn.append(draw_packet(kind, many, x + (wide - 6) / 2, y))
        x += wide
    return "".join(drawn)


def singles(tokens: Sequence[Token], room: Box, now_ms: int, state: str) -> str:
    """As many tokens as fit, one by one."""
    kept = list(tokens)
    while kept:
        drawn = _singles(kept, room, now_ms, state)
        if drawn is not None:
            return drawn
        kept.pop()
    return ""
