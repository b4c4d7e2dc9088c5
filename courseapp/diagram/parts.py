"""Parts of a document that nothing joins: each is laid out on its own, and put where the picture has room for it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from courseapp.diagram.document import redrives
from courseapp.diagram.frames import whole
from courseapp.diagram.geometry import Box, Point, around, snap
from courseapp.diagram.model import Layout, Route
from courseapp.diagram.routes import moved
from courseapp.engine.architecture.document import Architecture

GAP = 16.0
MARGIN = 8.0


def parts(architecture: Architecture) -> tuple[Architecture, ...]:
    """The document cut between what nothing joins, in its own order. One with frames stays whole."""
    if any(node.group for node in architecture.nodes):
        return (architecture,)
    part = {node.id: {node.id} for node in architecture.nodes}
    for end, other in (
        *((link.source, link.target) for link in architecture.links),
        *((rule.source, rule.target) for rule in redrives(architecture)),
    ):
        if end in part and other in part and part[end] is not part[other]:
            part[end] |= part[other]
            part.update(dict.fromkeys(part[other], part[end]))
    several = {id(found): found for found in part.values()}
    return tuple(_only(architecture, found) for found in several.values())


def _only(architecture: Architecture, nodes: set[str]) -> Architecture:
    return replace(
        architecture,
        nodes=tuple(node for node in architecture.nodes if node.id in nodes),
        links=tuple(link for link in architecture.links if link.source in nodes or link.target in nodes),
    )


def packed(pictures: Sequence[Layout], worth: Callable[[Layout], float]) -> Layout:
    """One picture of several: each is put beside or below what is there already, wherever the whole is worth most."""
    found = pictures[0]
    for picture in pictures[1:]:
        found = max(_joined(found, picture), key=worth)
    return found


def _joined(found: Layout, picture: Layout) -> Iterator[Layout]:
    """Both in one picture, for each place beside and below what is taken that is free."""
    taken, own = _boxes(found), _boxes(picture)
    left, top = around(own).x, around(own).y
    rows = sorted({around(taken).y, *(snap(box.bottom + GAP) for box in taken)})
    columns = sorted({around(taken).x, *(snap(box.right + GAP) for box in taken)})
    for y, x in itertools.product(rows, columns):
        put = [box.moved(x - left, y - top) for box in own]
        if not any(_near(a, b) for a in taken for b in put):
            yield _both(found, picture, x - left, y - top)


def _boxes(picture: Layout) -> list[Box]:
    """What is taken: nodes, and the pieces of edges."""
    edges = [around(Box(x, y, 0, 0) for x, y in pair) for route in picture.routes.values() for pair in _pairs(route)]
    return [node.box for node in picture.nodes.values()] + edges


def _pairs(route: Route) -> Iterator[tuple[Point, Point]]:
    return itertools.pairwise(route.path.points)


def _near(a: Box, b: Box) -> bool:
    return a.x < b.right + GAP and b.x < a.right + GAP and a.y < b.bottom + GAP and b.y < a.bottom + GAP


def _both(found: Layout, picture: Layout, dx: float, dy: float) -> Layout:
    nodes = {
        name: replace(node, box=node.box.moved(dx, dy), body=node.body.moved(dx, dy))
        for name, node in picture.nodes.items()
    }
    drawn = {name: moved(route, dx, dy) for name, route in picture.routes.items()}
    return whole({**found.nodes, **nodes}, {**found.routes, **drawn}, (), MARGIN, narrow=False)
