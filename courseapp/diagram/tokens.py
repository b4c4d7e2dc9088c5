"""A message as a token: shape and hue give its type, everything else is drawn around it.

Solid is visible; an outline with clock hands is delayed; a ring is in flight and shrinks as its time runs out; an ink
dot means received before; a letter is the FIFO message group. A ring carries ``data-from`` and ``data-until`` in
virtual milliseconds, so that a script can let it shrink without asking; the server draws it as it is at ``now_ms``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from courseapp.diagram.geometry import number
from courseapp.diagram.text import count, escape

SHAPED = {"order": "circle", "refund": "diamond", "signup": "square", "payment": "hexagon", "notice": "triangle"}
SIGN = 'class="sign-fill"'
HANDS = "M0-3.4V1l2.4 1.6"


@lru_cache(maxsize=512)
def shape(kind: str, radius: float, attributes: str) -> str:
    """The outline of a message type around 0, 0, as large to the eye as a circle of ``radius``."""
    r = radius
    match SHAPED.get(kind):
        case "diamond":
            d = number(r * 1.14)
            return f'<path {attributes} d="M0-{d}L{d} 0 0 {d}-{d} 0z"/>'
        case "square":
            s, w = number(r * 0.88), number(r * 1.76)
            return f'<rect {attributes} x="-{s}" y="-{s}" width="{w}" height="{w}" rx="{number(r * 0.32)}"/>'
        case "hexagon":
            a, b, c = number(r * 1.06), number(r * 0.53), number(r * 0.92)
            return f'<path {attributes} d="M-{a} 0L-{b}-{c}H{b}L{a} 0 {b} {c}H-{b}z"/>'
        case "triangle":
            a, b, c = number(r * 1.08), number(r * 1.06), number(r * 0.82)
            return f'<path {attributes} d="M0-{a}L{b} {c}H-{b}z"/>'
        case _:
            return f'<circle {attributes} r="{number(r)}"/>'


def look(kind: object) -> str:
    """The class that gives a type its hue; a type that isn't one of the course's own is neutral."""
    return f"t-{kind}" if isinstance(kind, str) and kind in SHAPED else "t-other"


@lru_cache(maxsize=2048)
def _figure(kind: str, state: str, radius: float, group: str, again: bool) -> str:
    """What is inside a token, without its ring: the same for many tokens."""
    if state == "delayed":
        inside = shape(kind, radius * 0.95, 'class="tk hollow"') + f'<path class="hands" d="{HANDS}"/>'
    else:
        inside = shape(kind, radius * 1.1 if group else radius, 'class="tk"')
    if group:
        down = 6 if SHAPED.get(kind) == "triangle" else 4
        inside += f'<text class="letter" text-anchor="middle" y="{down}">{escape(group)}</text>'
    if again:
        inside += f'<circle class="again" cx="{number(radius * 0.9)}" cy="-{number(radius * 0.9)}" r="3.8"/>'
    return inside


def draw_token(
    token: Mapping[str, Any],
    x: float,
    y: float,
    state: str = "visible",
    now_ms: int = 0,
    radius: float = 8.0,
    dimmed: bool = False,
) -> str:
    """A token of a node's view at ``x``, ``y``. ``state``: visible, delayed, in_flight, retry, or held by a worker."""
    kind = str(token.get("type") or "")
    group = str(token.get("group") or "")[:1].upper()
    ring = ""
    if state in ("in_flight", "retry"):
        ring = _ring(token, radius * 1.62, now_ms)
    dim = " dim" if dimmed else ""
    return (
        f'<g class="token {look(kind)}{dim}" data-message="{token.get("id", "")}" data-state="{state}" '
        f'transform="translate({number(x)} {number(y)})"><title>{escape(_title(token, state))}</title>'
        f'<circle class="hit" r="12"/>{ring}{_figure(kind, state, radius, group, bool(token.get("again")))}</g>'
    )


def _ring(token: Mapping[str, Any], radius: float, now_ms: int) -> str:
    start, end = token.get("from_ms"), token.get("until_ms")
    if not isinstance(start, int) or not isinstance(end, int):
        return ""
    r = number(radius)
    return (
        f'<circle class="ringtrack" r="{r}"/><circle class="ring" r="{r}" pathLength="1" transform="rotate(-90)" '
        f'stroke-dasharray="{left(start, end, now_ms):.3g} 1" data-from="{start}" data-until="{end}"/>'
    )


def left(start: int, end: int, now_ms: int) -> float:
    """The part of a span that remains at ``now_ms``, from 1 to 0."""
    if end <= start:
        return 0.0
    return min(1.0, max(0.0, (end - now_ms) / (end - start)))


def _title(token: Mapping[str, Any], state: str) -> str:
    name, kind = str(token.get("name") or "message"), str(token.get("type") or "")
    words = [name if not kind or kind in name else f"{name}, {kind}"]
    if token.get("group"):
        words.append(f"group {token['group']}")
    if state == "delayed":
        words.append("delayed")
    if state == "in_flight":
        words.append("in flight")
    if token.get("try"):
        words.append(f"try {token['try']}")
    if token.get("again"):
        words.append("received before")
    return ", ".join(words)


@lru_cache(maxsize=4096)
def draw_packet(kind: str, many: int, x: float, y: float) -> str:
    """Many messages of one type, with their exact number, around ``x``, ``y``."""
    text = count(many)
    wide = packet_width(many)
    return (
        f'<g class="packet {look(kind)}" data-count="{many}" '
        f'transform="translate({number(x - wide / 2)} {number(y - 9)})">'
        f"<title>{text} messages{f', {escape(kind)}' if kind else ''}</title>"
        f'<rect class="shade" x="3" y="-3" width="{number(wide - 3)}" height="18" rx="6"/>'
        f'<rect class="tk" width="{number(wide)}" height="18" rx="6"/>'
        f'<g transform="translate(9 9)">{shape(kind, 4, SIGN)}</g>'
        f'<text class="packed" x="{number(wide - 5)}" y="13" text-anchor="end">{text}</text></g>'
    )


def packet_width(many: int) -> float:
    return 22.0 + 6.6 * len(count(many))
