"""Edges: solid when work can pass, round dots when nobody polls or a filter blocks, red dashes when calls fail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from courseapp.diagram.geometry import number
from courseapp.diagram.glyphs import FUNNEL
from courseapp.diagram.model import Label, Layout, Route
from courseapp.diagram.services import arrowhead
from courseapp.diagram.shapes import text
from courseapp.diagram.text import escape, fit
from courseapp.engine.architecture.document import Architecture

STATUSES = ("ok", "blocked", "failing", "pending")
STATUS_SAYS = {"pending": "pending confirmation"}


def draw_link(picture: Layout, architecture: Architecture, link_id: str, view: Mapping[str, Any] | None = None) -> str:
    """The ``<g data-link>`` of one link (``from/to``), or of one dead-letter rule. Raises KeyError."""
    route = picture.routes[link_id]
    status = (view or {}).get("status")
    status = status if status in STATUSES else "ok"
    says = str((view or {}).get("says") or "") or STATUS_SAYS.get(status, "")
    return _drawn(route, status, says, picture.prefix)


def _drawn(route: Route, status: str, says: str, prefix: str) -> str:
    name = escape(route.id)
    kind = "redrive" if route.kind == "redrive" else status
    points = " ".join(f"{number(x)},{number(y)}" for x, y in route.path.points)
    words = f"{route.source} to {route.target}" + (f": {says}" if says else "")
    drawn = (
        f'<g class="link link-{kind}" data-link="{name}" data-status="{status}" data-kind="{route.kind}">'
        f"<title>{escape(words)}</title>"
        f'<path class="edge" id="{prefix}link-{escape(route.source)}--{escape(route.target)}" d="{route.path.d}" '
        f'data-path="{points}"/>'
    )
    if route.arrow:
        drawn += arrowhead(route.path.points[-2:], "head")
    if route.label is not None:
        drawn += _label(route, route.label, "" if status == "ok" else says)
    return drawn + "</g>"


def _label(route: Route, label: Label, says: str) -> str:
    """Above the line what the link's parameters say; below it the rest of that, or what is wrong at present."""
    x, y = label.at
    drawn = ""
    points = route.path.points
    if route.kind == "redrive" and len(points) == 2 and points[0][0] == points[1][0]:
        first = y + 4 - 7.5 * (len(label.lines) - 1)
        return "".join(text(line, x, first + 15 * place, "lab") for place, line in enumerate(label.lines))
    if label.funnel:
        drawn += f'<g class="funnel" transform="translate({number(x)} {number(y)})"><circle r="11"/>{FUNNEL}</g>'
        x += 16
    lines = [*label.lines, "", ""][:2]
    levels = [y - 7.0, y + 16.0]
    if label.anchor == "beside":
        x += 6 if label.funnel else 8
        lines = [says] if says else list(label.lines)
        levels = [y + 5.0 - 15 * above for above in reversed(range(len(lines)))]
    elif says:
        lines[1] = says
    for line, level in zip(lines, levels, strict=True):
        if line:
            name = "lab says" if line == says else "lab"
            drawn += text(fit(line, label.room, 11.5), x, level, name)
    return drawn
