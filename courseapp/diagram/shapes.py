"""Small pieces that every node is drawn from. All text goes through here, and so through escaping."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from courseapp.diagram.geometry import Box, number
from courseapp.diagram.glyphs import glyph, mark
from courseapp.diagram.model import Placed
from courseapp.diagram.text import clock, count, escape, fit, width
from courseapp.diagram.tokens import left

STATUSES = ("ok", "run", "wait", "fail", "caught", "idle")


def text(words: str, x: float, y: float, name: str = "cap", anchor: str = "", extra: str = "") -> str:
    at = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text class="{name}" x="{number(x)}" y="{number(y)}"{at}{extra}>{escape(words)}</text>'


def gauge(metric: str, value: float, x: float, y: float, name: str = "mono", anchor: str = "end") -> str:
    """A number under its metric's name: as people read it, and exact in ``data-value``."""
    exact = int(value) if value == int(value) else value
    extra = f' data-gauge="{metric}" data-value="{exact}"'
    return text(count(value), x, y, name, anchor, extra)


@lru_cache(maxsize=4096)
def frame(box: Box, radius: float = 12) -> str:
    return (
        f'<rect class="box" x="{number(box.x)}" y="{number(box.y)}" width="{number(box.width)}" '
        f'height="{number(box.height)}" rx="{number(radius)}"/>'
    )


@lru_cache(maxsize=4096)
def lane(box: Box) -> str:
    return (
        f'<rect class="lane" x="{number(box.x)}" y="{number(box.y)}" width="{number(box.width)}" '
        f'height="{number(box.height)}" rx="7"/>'
    )


def header(node: Placed, room: float, caption: str = "") -> str:
    """Glyph, name and kind at the top left of a box; ``room`` is kept free at the right."""
    box = node.box
    x, y = box.x, box.y
    words = box.width - 42 - room
    return (
        glyph(node.glyph, x + 12, y + 12)
        + text(fit(node.title, words, 13, True), x + 42, y + 21, "nm")
        + text(fit(caption or node.caption, words, 12), x + 42, y + 36)
    )


def title(node: Placed, room: float, down: float = 26) -> str:
    """Glyph and name alone, the name so far down."""
    box = node.box
    words = fit(node.title, box.width - 40 - room, 13, True)
    return glyph(node.glyph, box.x + 11, box.y + 11, 20) + text(words, box.x + 38, box.y + down, "nm")


def status(view: Mapping[str, Any]) -> str:
    found = view.get("status")
    return found if found in STATUSES else "idle"


def corner_mark(box: Box, found: str, down: float = 12) -> str:
    return mark(found, box.right - 27, box.y + down)


def bar(x: float, y: float, long: float, start: object, end: object, now_ms: int) -> str:
    """A progress bar; ``data-width`` is its full length for a script that lets it grow."""
    track = f'<rect class="track" x="{number(x)}" y="{number(y)}" width="{number(long)}" height="5" rx="2.5"/>'
    if not isinstance(start, int) or not isinstance(end, int):
        return track
    done = (1 - left(start, end, now_ms)) * long
    return track + (
        f'<rect class="progress" x="{number(x)}" y="{number(y)}" width="{number(done)}" height="5" rx="2.5" '
        f'data-from="{start}" data-until="{end}" data-width="{number(long)}"/>'
    )


def digits(end: object, now_ms: int, x: float, y: float) -> str:
    """The time that remains until ``end``, below a ring."""
    if not isinstance(end, int):
        return ""
    return text(clock(end - now_ms), x, y, "mono digits", "middle", f' data-until="{end}"')


def elapsed(start: object, end: object, now_ms: int) -> str:
    """``4 s of 6``."""
    if not isinstance(start, int) or not isinstance(end, int) or end <= start:
        return ""
    whole, done = end - start, min(max(now_ms - start, 0), end - start)
    if whole >= 120_000:
        return f"{clock(done)} of {clock(whole)}"
    return f"{_seconds(done, whole < 3_000)} s of {_seconds(whole, whole < 3_000)}"


def _seconds(ms: int, fine: bool) -> str:
    if fine and ms % 1000:
        return f"{ms / 1000:.1f}"
    return f"{ms // 1000}" if ms % 1000 == 0 or ms < 0 or not fine else f"{ms / 1000:.1f}"


def number_of(view: Mapping[str, Any], metric: str, fallback: str = "") -> float:
    """A gauge of a view, 0 where there is none."""
    gauges = view.get("gauges") or {}
    value = gauges.get(metric, view.get(fallback, 0) if fallback else 0)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else 0


def big_room(value: float) -> float:
    """What a big number at the top right needs."""
    return width(count(value), 20, True) + 18
