"""How edges run. Last pass of the layout of an architecture.

An edge leaves a node along the flow, bends in the first part of each gap between columns, and runs straight from there
on: so the last part of a gap, in front of a node, has room for the edge's label, above and below the line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from courseapp.diagram.arrange import Extent, Measures, Span, Turned
from courseapp.diagram.document import link_words
from courseapp.diagram.geometry import Box, Path, Pen, Point, rounded
from courseapp.diagram.model import Label, Placed, Route
from courseapp.diagram.order import Chain
from courseapp.diagram.ranks import Places
from courseapp.diagram.text import width, wrap
from courseapp.engine.architecture.document import Architecture, Link

LABEL_SIZE = 11.5
LABEL_MOST = 124.0  # pixels of a label's line
FUNNEL = 26.0  # room of a funnel in front of a label
STATUS_ROOM = 136.0  # for "pending confirmation" and "503, next try in 0:20"
PEOPLE = frozenset(("email", "sms", "push"))
SAFE = 20.0  # an edge stays away from a box's corners by this much
STEP, STEP_LABELLED = 14.0, 34.0  # between edges that end at one side


@dataclass(frozen=True, slots=True)
class Edge:
    id: str
    kind: str
    source: str
    target: str
    link: Link | None
    rule: str = ""


@dataclass(slots=True)
class Plan:
    """All that the passes before have found."""

    architecture: Architecture
    turned: Turned
    measures: Measures
    nodes: Mapping[str, Placed]
    places: Places
    rank: Mapping[str, int]
    spans: Sequence[Span]
    starts: Mapping[str, float]
    extents: Mapping[str, Extent]
    narrow: bool

    def body(self, node: str) -> Box:
        return self.nodes[node].body

    def column(self, node: str) -> Span:
        return self.spans[self.rank[self.places.of[node]]]


def label_lines(edge: Edge) -> tuple[str, ...]:
    words = link_words(edge.link) if edge.link else edge.rule
    return wrap(words, LABEL_MOST, 2, LABEL_SIZE) if words else ()


def label_room(architecture: Architecture, edge: Edge, narrow: bool) -> float:
    """Room along that the label of an edge needs in front of its target."""
    lines, says = label_lines(edge), says_something(architecture, edge)
    if narrow:
        return 36.0 if lines else 24.0 if says else 0.0
    room = max((width(line, LABEL_SIZE) for line in lines), default=0.0)
    if edge.link and edge.link.parameters.get("FilterPolicy"):
        room += FUNNEL
    return max(room + 16 if room else 0.0, STATUS_ROOM if says else 0.0)


def says_something(architecture: Architecture, edge: Edge) -> bool:
    """Whether a subscription may have to say what is wrong with it: the document tells."""
    target = architecture.node(edge.target)
    if edge.link is None or architecture.node(edge.source).kind != "topic":
        return False
    if target.kind in PEOPLE:
        troubled = bool(target.parameters.get("outages")) or target.parameters.get("enabled") is False
        return troubled or edge.link.parameters.get("confirmed") is False
    return target.kind == "http"


def routes(plan: Plan, edges: Sequence[Edge], chains: Sequence[Chain], inner: Sequence[Edge]) -> dict[str, Route]:
    """Every edge's route, by id, in the order of the document; then those inside a place."""
    leaving, arriving = _ports(plan, edges, chains)
    found: dict[str, Route] = {}
    back = 0
    for number, (edge, chain) in enumerate(zip(edges, chains, strict=True)):
        if chain:
            found[edge.id] = _forward(plan, edge, chain, leaving[number], arriving[number])
        else:
            found[edge.id] = _backward(plan, edge, back)
            back += 1
    for edge in inner:
        found[edge.id] = _downward(plan, edge)
    return found


# --- Ports ---


def _ports(plan: Plan, edges: Sequence[Edge], chains: Sequence[Chain]) -> tuple[dict[int, float], dict[int, float]]:
    """Where each forward edge leaves its source and meets its target, across."""
    forward = [number for number, chain in enumerate(chains) if chain]
    out_of: dict[str, list[int]] = {}
    into: dict[str, list[int]] = {}
    for number in forward:
        out_of.setdefault(edges[number].source, []).append(number)
        into.setdefault(edges[number].target, []).append(number)
    leaving: dict[int, float] = {}
    for node, numbers in out_of.items():
        port = _middle(plan, node)
        if len(numbers) == 1:
            port = _level_with(plan, node, _far_port(plan, chains[numbers[0]], edges[numbers[0]].target))
        leaving.update(dict.fromkeys(numbers, port))
    arriving: dict[int, float] = {}
    for node, numbers in into.items():
        arriving.update(_arrivals(plan, node, numbers, edges, chains, leaving))
    return leaving, arriving


def _arrivals(
    plan: Plan,
    node: str,
    numbers: Sequence[int],
    edges: Sequence[Edge],
    chains: Sequence[Chain],
    leaving: Mapping[int, float],
) -> dict[int, float]:
    comes_from = {number: _last_level(plan, chains[number], leaving[number]) for number in numbers}
    if len(numbers) == 1:
        return {numbers[0]: _level_with(plan, node, comes_from[numbers[0]])}
    low, high = _safe(plan, node)
    labelled = any(label_lines(edges[number]) for number in numbers) and not plan.narrow
    step = min(STEP_LABELLED if labelled else STEP, max(high - low, 8.0) / (len(numbers) - 1))
    middle = _middle(plan, node)
    in_order = sorted(numbers, key=lambda number: (comes_from[number], number))
    return {number: middle + step * (at - (len(numbers) - 1) / 2) for at, number in enumerate(in_order)}


def _middle(plan: Plan, node: str) -> float:
    low, high = plan.turned.across(plan.body(node))
    return (low + high) / 2


def _safe(plan: Plan, node: str) -> Span:
    """The part of a node's side where edges may end. A circle is met in its middle only."""
    low, high = plan.turned.across(plan.body(node))
    if plan.nodes[node].form == "circle":
        return (low + high) / 2, (low + high) / 2
    away = min(SAFE, (high - low) / 2)
    return low + away, high - away


def _level_with(plan: Plan, node: str, level: float) -> float:
    """The place on a node's side nearest to ``level``, if that makes the edge straight; else the middle."""
    low, high = _safe(plan, node)
    return level if low <= level <= high else _middle(plan, node)


def _far_port(plan: Plan, chain: Chain, target: str) -> float:
    if len(chain) > 2:
        return plan.starts[chain[1]] + plan.extents[chain[1]].port + plan.measures.margin
    return _middle(plan, target)


def _last_level(plan: Plan, chain: Chain, leaving: float) -> float:
    if len(chain) > 2:
        return plan.starts[chain[-2]] + plan.extents[chain[-2]].port + plan.measures.margin
    return leaving


# --- Ways ---


def _forward(plan: Plan, edge: Edge, chain: Chain, leaves: float, arrives: float) -> Route:
    turned, across = plan.turned, not plan.narrow
    pen = Pen(turned.point(turned.along(plan.body(edge.source))[1], leaves))
    pen.straight(turned.point(plan.column(edge.source)[1], leaves))
    end = plan.column(edge.source)[1]
    for key in chain[1:-1]:
        column = plan.spans[plan.rank[chain[0]] + chain.index(key)]
        level = plan.starts[key] + plan.extents[key].port + plan.measures.margin
        pen.bend(turned.point(min(end + plan.measures.bend, column[0]), level), across)
        pen.straight(turned.point(column[1], level))
        end = column[1]
    target_start = turned.along(plan.body(edge.target))[0]
    bent = min(end + plan.measures.bend, plan.column(edge.target)[0])
    pen.bend(turned.point(bent, arrives), across)
    pen.straight(turned.point(target_start, arrives))
    label = _label(plan, edge, bent, target_start, arrives)
    return Route(edge.id, edge.kind, edge.source, edge.target, pen.path(), label, arrow=edge.kind == "redrive")


def _label(plan: Plan, edge: Edge, start: float, end: float, level: float) -> Label | None:
    lines = label_lines(edge)
    funnel = bool(edge.link and edge.link.parameters.get("FilterPolicy"))
    says = says_something(plan.architecture, edge)
    if not (lines or says):
        return None
    if not plan.narrow:
        room = end - start - (FUNNEL if funnel else 0) - 4
        return Label((start + (13 if funnel else 4), level), lines, room, "start", funnel)
    room = plan.turned.across(plan.nodes[edge.target].box)[1] - level - (22 if funnel else 8)
    most = 3 if edge.kind == "redrive" else 2
    short = wrap(" ".join(lines), room, most, LABEL_SIZE) if lines else ()
    return Label((level, end - 14), short, room, "beside", funnel)


def _backward(plan: Plan, edge: Edge, number: int) -> Route:
    """Against the flow: out of the source, round the far side of everything, and into the target from before it."""
    turned = plan.turned
    high = max(turned.across(node.box)[1] for node in plan.nodes.values())
    high += (16 if plan.narrow else 24) + 12.0 * number if not plan.narrow else 8 + 12.0 * number
    aside = 6.0 + 4.0 * (number % 3)
    source, target = plan.body(edge.source), plan.body(edge.target)
    leaves, arrives = _middle(plan, edge.source), _middle(plan, edge.target)
    leaves = min(leaves + 10, _safe(plan, edge.source)[1])
    arrives = min(arrives + 10, _safe(plan, edge.target)[1])
    out, into = plan.column(edge.source)[1] + aside, plan.column(edge.target)[0] - aside
    corners: list[Point] = [
        turned.point(turned.along(source)[1], leaves),
        turned.point(out, leaves),
        turned.point(out, high),
        turned.point(into, high),
        turned.point(into, arrives),
        turned.point(turned.along(target)[0], arrives),
    ]
    return Route(edge.id, edge.kind, edge.source, edge.target, rounded(tuple(corners)), None, arrow=True)


def _downward(plan: Plan, edge: Edge) -> Route:
    """From a source to its dead-letter queue below it, with the rule beside the line; or to what it starts there."""
    source, target = plan.nodes[edge.source].box, plan.nodes[edge.target].box
    between = plan.places.members[plan.places.of[edge.source]]
    label: Label | None = None
    if edge.kind == "link":
        path = Pen((source.middle[0], source.bottom)).straight((source.middle[0], target.y)).path()
    elif between.index(edge.target) == between.index(edge.source) + 1:
        x = max(source.x, target.x) + 48
        path = Pen((x, source.bottom)).straight((x, target.y)).path()
        room = max(source.right, target.right) - x - 12
        label = Label((x + 12, (source.bottom + target.y) / 2), wrap(edge.rule, room, 2, LABEL_SIZE), room)
    else:
        aside = min(plan.nodes[name].box.x for name in between) - 8
        start, end = (source.x, source.bottom - 24), (target.x, target.y + target.height / 2)
        path = rounded((start, (aside, start[1]), (aside, end[1]), end))
    return Route(edge.id, edge.kind, edge.source, edge.target, path, label, arrow=True)


def moved(route: Route, dx: float, dy: float) -> Route:
    """The same route elsewhere."""
    label = route.label
    if label is not None:
        label = replace(label, at=(label.at[0] + dx, label.at[1] + dy))
    return replace(route, path=shifted(route.path, dx, dy), label=label)


def shifted(path: Path, dx: float, dy: float) -> Path:
    words, turn, token = [], 0, ""
    for character in path.d + " ":
        if character in "MLCQ ":
            if token:
                words.append(f"{float(token) + (dx if turn % 2 == 0 else dy):g}")
                turn, token = turn + 1, ""
            words.append(character)
        else:
            token += character
    return Path("".join(words).strip(), tuple((x + dx, y + dy) for x, y in path.points))
