"""The whole picture as SVG, and one node of it.

The markup has no inline style and needs no script. Everything that a script may touch says so in ``data-`` attributes:
nodes ``data-node``, links ``data-link`` with the polyline ``data-path`` of their edge, tokens ``data-message``, numbers
``data-gauge`` (exact in ``data-value``), and times ``data-from`` and ``data-until`` in virtual milliseconds: on a
``ring`` what remains, on a ``progress`` bar of length ``data-width`` what is done, on a text the remaining time, put
into ``data-form`` in place of ``{}`` where there is one; on a text ``elapsed``, ``4 s of 6``. ``data-since`` counts up,
``12 min 40 s``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from courseapp.diagram import actors, queue, services
from courseapp.diagram.document import delays, message_types
from courseapp.diagram.geometry import number
from courseapp.diagram.links import draw_link
from courseapp.diagram.model import Frame, Layout, Placed
from courseapp.diagram.shapes import frame, header, status, text
from courseapp.diagram.text import escape
from courseapp.diagram.tokens import draw_token
from courseapp.diagram.words import node_label, summary
from courseapp.engine.architecture.document import Architecture

View = Mapping[str, Any]
Drawing = Callable[[Placed, View, int], str]
DRAWN: dict[str, Drawing] = {
    "publisher": actors.publisher,
    "topic": services.topic,
    "queue": queue.queue,
    "consumer": actors.consumer,
    "function": actors.function,
    "database": actors.database,
    "http": actors.endpoint,
    "email": actors.endpoint,
    "sms": actors.endpoint,
    "push": actors.endpoint,
    "state_machine": services.state_machine,
}
TYPE_WORDS = {"signup": "sign-up"}
"""What a type of message is called where its name is no word."""


def draw(
    picture: Layout,
    architecture: Architecture,
    views: Mapping[str, View] | None = None,
    links: Mapping[str, View] | None = None,
    now_ms: int = 0,
) -> str:
    """The picture as one ``<svg>``: at rest, or with ``views`` and ``links`` as ``Simulation.view()`` gives them."""
    views, links = views or {}, links or {}
    wide, high = number(picture.width), number(picture.height)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="dg{" dg-narrow" if picture.narrow else ""}" role="group" '
        f'aria-label="{escape(summary(architecture))}" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}">'
    ]
    parts += [_frame(each) for each in picture.frames]
    parts.append('<g class="links">')
    parts += [draw_link(picture, architecture, name, links.get(name)) for name in picture.routes]
    parts.append('</g><g class="nodes">')
    parts += [draw_node(picture, architecture, name, views.get(name), now_ms) for name in picture.nodes]
    parts.append("</g></svg>")
    return "".join(parts)


def draw_node(
    picture: Layout, architecture: Architecture, node_id: str, view: View | None = None, now_ms: int = 0
) -> str:
    """One node: a link to its inspector, named in words, with all that is drawn of it. Raises KeyError.

    It stands for itself: a live picture replaces it as often as its view changes. ``now_ms`` is the phase of rings and
    bars.
    """
    node, view = picture.nodes[node_id], view or {}
    name, found = escape(node_id), status(view)
    label = escape(
        node_label(str(node.facts.get("name", node.title)), node.kind, str(node.facts.get("words", node.kind)), view)
    )
    drawn = DRAWN.get(node.kind, _plain)(node, view, now_ms)
    return (
        f'<a class="node k-{node.kind}" id="{picture.prefix}node-mark-{name}" href="#node-{name}" data-node="{name}" '
        f'data-kind="{node.kind}" data-status="{found}" aria-label="{label}">{drawn}</a>'
    )


def _plain(node: Placed, view: View, now_ms: int) -> str:
    return frame(node.box) + header(node, 12)


def _frame(each: Frame) -> str:
    box = each.box
    return (
        f'<g class="group"><rect x="{number(box.x)}" y="{number(box.y)}" width="{number(box.width)}" '
        f'height="{number(box.height)}" rx="16"/>{text(each.title, box.x + each.indent, box.y + 22, "cap3")}</g>'
    )


def legend(architecture: Architecture, views: Mapping[str, View] | None = None) -> str:
    """A list of what the tokens of this picture mean, as HTML: the types, and the marks that can occur."""
    types = list(message_types(architecture))
    for view in (views or {}).values():
        types += [kind for kind in view.get("by_type") or () if kind and kind not in types]
    queues = [node for node in architecture.nodes if node.kind == "queue"]
    first = types[0] if types else ""
    entries: list[tuple[str, View, str]] = [
        (TYPE_WORDS.get(kind, kind), {"type": kind}, "visible") for kind in types if kind
    ]
    if any(delays(architecture, node) for node in queues):
        entries.append(("delayed", {"type": first}, "delayed"))
    if queues:
        entries.append(("received before", {"type": first, "again": True}, "visible"))
    items = "".join(
        '<li class="chip line"><svg class="dg key" viewBox="-11 -11 22 22" width="18" height="18" aria-hidden="true">'
        f"{draw_token(token, 0, 0, state)}</svg>{escape(words)}</li>"
        for words, token, state in entries
    )
    return f'<ul class="legend" aria-label="Key">{items}</ul>'
