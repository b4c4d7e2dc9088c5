"""One run of the passes over a document, with what they hand to each other.

The passes, each in a file of its own: places and ``ranks``, ``order`` within a column, ``arrange`` across, columns
along (here), ``routes``, then ``frames`` and the whole. Because an edge bends only in the gaps between columns and has
room of its own wherever it passes one, no edge can run through a node that isn't its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from courseapp.diagram.arrange import (
    LOWER,
    NARROW,
    TIGHTER,
    Arrangement,
    Extent,
    Measures,
    Turned,
    arrange,
    shared,
)
from courseapp.diagram.document import dead_letter_queues, redrives
from courseapp.diagram.frames import PHONE, frames, whole
from courseapp.diagram.geometry import Box, snap
from courseapp.diagram.model import Layout, Placed
from courseapp.diagram.order import Chain, Columns, Item, ordered
from courseapp.diagram.ranks import Places, places, ranks
from courseapp.diagram.routes import Edge, Plan, label_room, routes
from courseapp.diagram.rows import BORDER, rows, sections
from courseapp.diagram.sizes import STRETCHING, Size, sizes
from courseapp.engine.architecture.document import Architecture, Link

BELOW = 48.0  # between a queue and its dead-letter queue, with the rule beside the edge
STARTED = 32.0  # between a publisher and the state machine below it
BACK_LANE = 12.0  # room of each edge that leads back


@dataclass(frozen=True, slots=True)
class Way:
    """How a wide picture is laid out. ``tight`` ones (1, 2) have narrower nodes, ``low`` ones less high ones;
    ``beside`` no two state machines share a column, and with ``started`` a publisher stands above its machine."""

    tight: int = 0
    low: bool = False
    beside: bool = False
    started: bool = False

    @property
    def steps(self) -> int:
        """How far it is from how a picture is drawn where there is room."""
        return self.tight + self.low + self.started


USUAL = Way()


class Pass:
    """One document, wide or narrow, with measures that suit its size; or a part ``of`` one, drawn as it is there.

    A narrow one is at least ``room`` wide.
    """

    def __init__(
        self,
        architecture: Architecture,
        narrow: bool = False,
        way: Way = USUAL,
        room: float = PHONE,
        of: Architecture | None = None,
    ) -> None:
        self.architecture, self.room = architecture, room
        document = of or architecture
        self.beside = way.beside
        self.narrow = narrow
        self.turned = Turned(down=narrow)
        self.measures: Measures = NARROW if narrow else (LOWER if way.low else TIGHTER)[way.tight]
        self.rules = redrives(architecture)
        self.sizes: dict[str, Size] = sizes(document, dead_letter_queues(document), narrow, way.tight, way.low)
        self.places: Places = places(architecture, self.rules, narrow, way.started)
        self.groups = list(dict.fromkeys(node.group for node in architecture.nodes if node.group))

    def layout(self) -> Layout:
        if not self.architecture.nodes:
            return Layout(self.room if self.narrow else 640, 120, {}, {}, (), self.narrow)
        edges = self._edges()
        rank = self._ranks(edges)
        bands, free = self._bands(rank)
        if self.narrow:
            rank, bands, free = self._rows(edges, rank), dict.fromkeys(rank, 0), frozenset()
        items, chains = self._items(edges, rank, bands)
        columns = ordered(items, [chain for chain in chains if len(chain) > 1])
        back = sum(len(chain) < 2 for chain in chains)
        self._stretch(columns, back)
        extents = self._extents(columns)
        framed = frozenset() if self.narrow else frozenset(range(len(self.groups)))
        room = self.room - 2 * self.measures.margin - self._back_room(back) if self.narrow else 0.0
        placed = arrange(columns, extents, chains, framed, free, self.measures, room, self._insets(columns))
        spans = self._along(columns, extents, edges, chains, rank)
        nodes = self._nodes(columns, extents, placed, spans)
        plan = Plan(
            self.architecture,
            self.turned,
            self.measures,
            nodes,
            self.places,
            rank,
            spans,
            placed.starts,
            extents,
            self.narrow,
        )
        drawn, margin = routes(plan, edges, chains, self._inside()), self.measures.margin
        framed_in = frames(self.architecture, self.groups, nodes, margin, self.narrow)
        return whole(nodes, drawn, framed_in, margin, self.narrow, self.room)

    # --- What is joined ---

    def _edges(self) -> list[Edge]:
        """What joins two places."""
        return [edge for edge in self._joins() if not self._is_inside(edge)]

    def _inside(self) -> list[Edge]:
        """What joins two nodes of one place: drawn downward."""
        return [edge for edge in self._joins() if self._is_inside(edge)]

    def _joins(self) -> list[Edge]:
        known = [link for link in self.architecture.links if self._has(link)]
        rules = [Edge(rule.id, "redrive", rule.source, rule.target, None, rule.rule) for rule in self.rules]
        return [*(Edge(link.id, "link", link.source, link.target, link) for link in known), *rules]

    def _has(self, link: Link) -> bool:
        return self.architecture.has(link.source) and self.architecture.has(link.target)

    def _is_inside(self, edge: Edge) -> bool:
        if self.places.of[edge.source] != self.places.of[edge.target]:
            return False
        return edge.kind == "redrive" or self.architecture.node(edge.source).kind == "publisher"

    def _ranks(self, edges: Sequence[Edge]) -> dict[str, int]:
        shaping = [edge for edge in edges if edge.kind == "link" or self.narrow]
        return ranks(self.architecture, self.places, [(edge.source, edge.target) for edge in shaping], self.beside)

    # --- Frames ---

    def _group(self, place: str) -> int | None:
        group = self.architecture.node(place).group
        return self.groups.index(group) if group else None

    def _bands(self, rank: Mapping[str, int]) -> tuple[dict[str, int], frozenset[int]]:
        """The band of each place, and the columns that no frame touches."""
        if not self.groups:
            return dict.fromkeys(rank, 0), frozenset()
        own = [rank[place] for place in rank if self._group(place) is not None]
        covered = range(min(own), max(own) + 1) if own else range(0)
        free = frozenset(set(rank.values()) - set(covered))
        bands = {}
        for place in rank:
            group = self._group(place)
            bands[place] = len(self.groups) if group is None else group
        return bands, free

    def _rows(self, edges: Sequence[Edge], rank: Mapping[str, int]) -> dict[str, int]:
        """The row of each place of a narrow picture."""
        joined = [(self.places.of[edge.source], self.places.of[edge.target]) for edge in edges]
        section = sections(list(rank), {place: self._group(place) for place in rank}, joined)
        room = self.room - 2 * self.measures.margin - (2 * BORDER if self.groups else 0) - self.measures.passing
        return rows(rank, section, {place: self.sizes[place].least for place in rank}, room, self.measures.gap)

    # --- Items and chains ---

    def _items(
        self, edges: Sequence[Edge], rank: Mapping[str, int], bands: Mapping[str, int]
    ) -> tuple[list[Item], list[Chain]]:
        items = [Item(place, rank[place], bands[place]) for place in rank]
        chains: list[Chain] = []
        passing: dict[tuple[str, int, int], str] = {}
        for number, edge in enumerate(edges):
            source, target = self.places.of[edge.source], self.places.of[edge.target]
            if rank[source] >= rank[target]:
                chains.append(())
                continue
            chain = [source]
            for column in range(rank[source] + 1, rank[target]):
                band = bands[target] if bands[target] < len(self.groups) else bands[source]
                key = (edge.source, band, column) if self.narrow else (edge.id, band, column)
                if key not in passing:
                    passing[key] = f"\0{number}:{column}"
                    items.append(Item(passing[key], column, band, number))
                chain.append(passing[key])
            chains.append((*chain, target))
        return items, chains

    def _stretch(self, columns: Columns, back: int) -> None:
        """Give nodes of a column the same width; in a narrow picture, share a row's width among its nodes."""
        for column in columns:
            own = [item.key for item in column if item.passing < 0]
            if self.narrow:
                taken = sum(self.measures.passing + self.measures.gap for item in column if item.passing >= 0)
                framed = any(self.architecture.node(key).group for key in own)
                room = (
                    self.room - 2 * self.measures.margin - self._back_room(back) - taken - (2 * BORDER if framed else 0)
                )
                room -= self.measures.gap * (len(own) - 1)
                widths = shared([self.sizes[key].least for key in own], [self.sizes[key].most for key in own], room)
                for key, each in zip(own, widths, strict=True):
                    self.sizes[key] = self.sizes[key].stretched(each)
                continue
            members = [node for key in own for node in self.places.members[key]]
            alike = [node for node in members if self.sizes[node].node.kind in STRETCHING]
            widest = max((self.sizes[node].width for node in alike), default=0.0)
            for node in alike:
                self.sizes[node] = self.sizes[node].stretched(widest)

    def _insets(self, columns: Columns) -> dict[int, float]:
        """What a narrow frame keeps free beside its rows."""
        if not self.narrow:
            return {}
        own = {number: [item.key for item in column if item.passing < 0] for number, column in enumerate(columns)}
        return {
            number: BORDER for number, keys in own.items() if any(self.architecture.node(key).group for key in keys)
        }

    def _back_room(self, back: int) -> float:
        return BACK_LANE * back + (4 if back else 0)

    # --- Places along ---

    def _extents(self, columns: Columns) -> dict[str, Extent]:
        found: dict[str, Extent] = {}
        for item in (item for column in columns for item in column):
            if item.passing >= 0:
                found[item.key] = Extent(0, self.measures.passing, self.measures.passing / 2)
                continue
            members = [self.sizes[node] for node in self.places.members[item.key]]
            top, first = 0.0, members[0]
            body = first.body(Box(0, 0, first.width, first.height))
            for above, size in itertools.pairwise(members):
                top += above.height + _gap(above)
                if size.workflow is not None:
                    body = size.body(Box(0, top, size.width, size.height))
            high, wide = top + members[-1].height, max(size.width for size in members)
            if self.narrow:
                found[item.key] = Extent(high, wide, body.x + body.width / 2)
            else:
                found[item.key] = Extent(wide, high, body.y + body.height / 2)
        return found

    def _along(
        self,
        columns: Columns,
        extents: Mapping[str, Extent],
        edges: Sequence[Edge],
        chains: Sequence[Chain],
        rank: Mapping[str, int],
    ) -> list[tuple[float, float]]:
        """Start and end of each column, with room in front of it for bends and for the labels of what ends there."""
        labels = [0.0] * len(columns)
        for edge, chain in zip(edges, chains, strict=True):
            if chain:
                last = rank[chain[-1]]
                labels[last] = max(labels[last], label_room(self.architecture, edge, self.narrow))
        margin = self.measures.margin
        at = margin + (0 if self.narrow else self._side())
        spans: list[tuple[float, float]] = []
        titles = self._titles(columns)
        for number, column in enumerate(columns):
            if number:
                at += self.measures.bend + labels[number]
            at += titles.get(number, 0.0)
            long = max(extents[item.key].long for item in column)
            spans.append((at, at + (long if self.narrow else snap(long))))
            at = spans[-1][1]
        return spans

    def _side(self) -> float:
        return 16.0 if self.groups else 0.0

    def _titles(self, columns: Columns) -> dict[int, float]:
        """Rows of a narrow picture in front of which a frame begins."""
        if not self.narrow:
            return {}
        first: dict[str, int] = {}
        last: dict[str, int] = {}
        for number, column in enumerate(columns):
            for item in (item for item in column if item.passing < 0):
                group = self.architecture.node(item.key).group
                if group:
                    first.setdefault(group, number)
                    last[group] = number
        room = dict.fromkeys(first.values(), 32.0)
        for ending in last.values():
            if ending + 1 < len(columns):
                room[ending + 1] = room.get(ending + 1, 0.0) + 12.0
        return room

    def _nodes(
        self,
        columns: Columns,
        extents: Mapping[str, Extent],
        placed: Arrangement,
        spans: Sequence[tuple[float, float]],
    ) -> dict[str, Placed]:
        found: dict[str, Placed] = {}
        lift = self.measures.margin
        for number, column in enumerate(columns):
            start, end = spans[number]
            for item in column:
                if item.passing >= 0:
                    continue
                across = placed.starts[item.key] + lift
                extent = extents[item.key]
                along = start + (end - start - extent.long) / 2
                place = self.turned.box(along, across, extent.long, extent.wide)
                top = place.y
                for name in self.places.members[item.key]:
                    size = self.sizes[name]
                    box = Box(place.x + (place.width - size.width) / 2, top, size.width, size.height)
                    found[name] = size.placed(box)
                    top = box.bottom + _gap(size)
        return found


def _gap(above: Size) -> float:
    """Between a node and the one that shares its place, below it."""
    return STARTED if above.node.kind == "publisher" else BELOW
