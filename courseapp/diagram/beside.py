"""Frames side by side, below what sends to them: the form for frames that are too high one above another.

Each frame is laid out on its own, in every way that there is: to the right with room or tightly, or downward as on a
phone. Of the ways that are no higher than a given one, each frame takes the least wide. What sends stands above the
frames, and its edges run down into them, past each frame's title.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from courseapp.diagram.arrange import NARROW
from courseapp.diagram.document import dead_letter_queues, redrives
from courseapp.diagram.frames import whole
from courseapp.diagram.geometry import Box, Pen, around, snap
from courseapp.diagram.model import Frame, Layout, Placed, Route
from courseapp.diagram.passes import Pass, Way
from courseapp.diagram.routes import SAFE, STEP, moved
from courseapp.diagram.sizes import TIGHT, sizes
from courseapp.diagram.spread import spread
from courseapp.diagram.text import width
from courseapp.engine.architecture.document import Architecture, Link

MARGIN = 8.0
GAP = 16.0  # between frames, and between what sends to them
BEND = 40.0  # between what sends and the frames
PAD, HEADER = 16.0, 32.0
TITLE = 14.0  # where a frame's title starts, if no edge enters there
AFTER_EDGE = 10.0  # between an edge and the title beside it


@dataclass(frozen=True, slots=True)
class _Inside:
    """What one frame holds, from 0, 0."""

    title: str
    picture: Layout
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class _Entry:
    """An edge that comes down into a frame, ``x`` from the frame's left."""

    link: Link
    x: float


def side_by_side(architecture: Architecture) -> Iterator[tuple[int, Layout]]:
    """The document with its frames in one row, in ways from roomy to tight: how tight, and the picture.

    None, unless publishers outside the frames are all that joins them, and each frame holds something else. Frames
    that hold nodes of one kind are compared down its column: they stay one above another.
    """
    groups = list(dict.fromkeys(node.group for node in architecture.nodes if node.group))
    if len(groups) < 2 or _compares(architecture) or not _feeds(architecture):
        return
    parts = {group: _part(architecture, group) for group in groups}
    for tight in range(TIGHT + 1):
        ways = [_insides(architecture, title, part, tight) for title, part in parts.items()]
        for most in sorted({inside.height for each in ways for inside in each}):
            fitting = [[inside for inside in each if inside.height <= most] for each in ways]
            if all(fitting):
                picture = _picture(architecture, [min(each, key=lambda inside: inside.width) for each in fitting])
                if picture is not None:
                    yield tight, picture


def _compares(architecture: Architecture) -> bool:
    """Whether a kind of node stands in more than one frame."""
    held = {(node.group, node.kind) for node in architecture.nodes if node.group}
    return len({kind for _, kind in held}) < len(held)


def _feeds(architecture: Architecture) -> bool:
    """Whether what joins frames is publishers outside them, and each of those sends into frames only."""
    group = {node.id: node.group for node in architecture.nodes}
    loose = {node.id for node in architecture.nodes if not node.group}
    if not loose or any(architecture.node(name).kind != "publisher" for name in loose):
        return False
    links = [(link.source, link.target) for link in architecture.links if link.source in group and link.target in group]
    rules = [(rule.source, rule.target) for rule in redrives(architecture)]
    into = all(group[target] and group[source] in (None, group[target]) for source, target in (*links, *rules))
    return into and loose <= {source for source, _ in links}


# --- One frame ---


def _part(architecture: Architecture, group: str) -> Architecture:
    """What one frame holds, as a document without frames."""
    nodes = tuple(replace(node, group=None) for node in architecture.nodes if node.group == group)
    known = {node.id for node in nodes}
    links = tuple(link for link in architecture.links if link.source in known and link.target in known)
    return replace(architecture, nodes=nodes, links=links)


def _insides(architecture: Architecture, title: str, part: Architecture, tight: int) -> list[_Inside]:
    """The ways to draw what a frame holds."""
    measured = sizes(architecture, dead_letter_queues(architecture), narrow=True)
    room = max(measured[node.id].least for node in part.nodes) + 2 * NARROW.margin
    right = [Pass(part, way=Way(tight, low), of=architecture).layout() for low in (False, True)]
    down = Pass(part, narrow=True, room=room, of=architecture).layout()
    routes = {name: replace(route, arrow=True) for name, route in down.routes.items()}
    return [_inside(title, picture) for picture in (*right, replace(down, routes=routes))]


def _inside(title: str, picture: Layout) -> _Inside:
    ends = [Box(x, y, 0, 0) for route in picture.routes.values() for x, y in route.path.points]
    found = around([*(node.box for node in picture.nodes.values()), *ends])
    return _Inside(title, _shifted(picture, -found.x, -found.y), snap(found.width), snap(found.height))


def _shifted(picture: Layout, dx: float, dy: float) -> Layout:
    nodes = {name: _put(node, dx, dy) for name, node in picture.nodes.items()}
    return replace(picture, nodes=nodes, routes={name: moved(route, dx, dy) for name, route in picture.routes.items()})


def _put(node: Placed, dx: float, dy: float) -> Placed:
    return replace(node, box=node.box.moved(dx, dy), body=node.body.moved(dx, dy))


# --- All of them ---


def _picture(architecture: Architecture, insides: Sequence[_Inside]) -> Layout | None:
    """The frames in a row with what sends to them above, or None where an edge would run through a node."""
    measured = sizes(architecture, dead_letter_queues(architecture), narrow=True)
    senders = [measured[node.id] for node in architecture.nodes if not node.group]
    top = MARGIN + max(size.height for size in senders) + BEND
    high = HEADER + max(inside.height for inside in insides) + PAD
    nodes: dict[str, Placed] = {}
    routes: dict[str, Route] = {}
    framed: list[Frame] = []
    enters: list[tuple[Link, float]] = []
    left = MARGIN
    for inside in insides:
        entries = _entries(architecture, inside)
        if not all(_is_clear(inside, entry) for entry in entries):
            return None
        indent = max((entry.x + AFTER_EDGE for entry in entries), default=TITLE)
        wide = snap(max(inside.width + 2 * PAD, indent + width(inside.title) + TITLE))
        picture = _shifted(inside.picture, left + PAD, top + HEADER)
        nodes |= picture.nodes
        routes |= picture.routes
        enters += [(entry.link, left + entry.x) for entry in entries]
        framed.append(Frame(inside.title, Box(left, top, wide, high), indent))
        left += wide + GAP
    aims = {size.node.id: [x for link, x in enters if link.source == size.node.id] for size in senders}
    senders.sort(key=lambda size: _middle(aims[size.node.id]))
    wishes = [_middle(aims[size.node.id]) - size.width / 2 for size in senders]
    starts = spread(wishes, [size.width for size in senders], GAP, MARGIN, left - GAP)
    above = {
        size.node.id: size.placed(Box(x, MARGIN, size.width, size.height))
        for size, x in zip(senders, starts, strict=True)
    }
    down = {link.id: _down(above[link.source], nodes[link.target], link, x, top) for link, x in enters}
    return whole({**above, **nodes}, {**down, **routes}, tuple(framed), MARGIN, narrow=False)


def _middle(aims: Sequence[float]) -> float:
    return (min(aims) + max(aims)) / 2


def _entries(architecture: Architecture, inside: _Inside) -> list[_Entry]:
    """Where edges come down into a frame: on the middle of what they lead to, or as far to the left of it as it takes
    for the frame's title to have room beside them."""
    into: dict[str, list[Link]] = {}
    for link in architecture.links:
        if (
            link.target in inside.picture.nodes
            and architecture.has(link.source)
            and not architecture.node(link.source).group
        ):
            into.setdefault(link.target, []).append(link)
    last = inside.width + 2 * PAD - TITLE - width(inside.title) - AFTER_EDGE
    found = []
    for target, links in into.items():
        node = inside.picture.nodes[target]
        middle = PAD + node.body.middle[0]
        if node.form == "circle":
            found += [_Entry(link, middle) for link in links]
            continue
        least = PAD + node.body.x + SAFE
        first = max(least, min(middle - STEP * (len(links) - 1) / 2, last - STEP * (len(links) - 1)))
        found += [_Entry(link, first + STEP * place) for place, link in enumerate(links)]
    return found


def _is_clear(inside: _Inside, entry: _Entry) -> bool:
    """Whether nothing stands between the frame's top and what an edge leads to."""
    x, end = entry.x - PAD, inside.picture.nodes[entry.link.target].body.y
    way = Box(x, -HEADER, 0, HEADER + end)
    return not any(
        box.x - 2 < way.x < box.right + 2 and box.y < way.bottom - 1
        for box in (node.box for name, node in inside.picture.nodes.items() if name != entry.link.target)
    )


def _down(source: Placed, target: Placed, link: Link, x: float, top: float) -> Route:
    pen = Pen((source.box.middle[0], source.box.bottom)).bend((x, top), across=False)
    path = pen.straight((x, target.body.y)).path()
    return Route(link.id, "link", link.source, link.target, path, arrow=True)
