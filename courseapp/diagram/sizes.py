"""How much room each node gets, and in which form its kind is drawn.

Room depends on the kind and on what the document allows, never on what happens: a lab that runs doesn't move.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from courseapp.diagram.document import caption, delays, groups, is_fifo, kind_words
from courseapp.diagram.geometry import Box, snap
from courseapp.diagram.model import Placed, Workflow
from courseapp.diagram.text import width
from courseapp.diagram.words import names
from courseapp.diagram.workflow import lay_out_workflow
from courseapp.engine.architecture.document import Architecture, Node

STRETCHING = frozenset(("queue", "function", "http", "email", "sms", "push"))
ENDPOINTS = frozenset(("http", "email", "sms", "push"))
COMPACT = {
    "publisher": 104.0,
    "topic": 96.0,
    "queue": 208.0,
    "consumer": 144.0,
    "function": 184.0,
    "http": 184.0,
    "email": 184.0,
    "sms": 184.0,
    "push": 184.0,
    "state_machine": 168.0,
}
SLIM = {
    **COMPACT,
    "publisher": 96.0,
    "topic": 88.0,
    "queue": 168.0,
    "consumer": 128.0,
    "database": 88.0,
    "function": 152.0,
    "http": 160.0,
    "email": 160.0,
    "sms": 160.0,
    "push": 160.0,
    "state_machine": 144.0,
}
TITLED = {  # widest, beside the title
    "publisher": (168.0, 44.0),
    "topic": (136.0, 4.0),
    "consumer": (176.0, 70.0),
    "database": (136.0, 4.0),
    **dict.fromkeys(sorted(ENDPOINTS), (216.0, 104.0)),
}
TIGHT = 2  # how tightly a picture can be drawn: 0 with room, 1 compact, 2 slim
MOST_ROWS = 5  # message groups, and workers, that get a row of their own
CYLINDER = (72.0, 96.0)
SMALL = 152.0  # the height of a queue with one lane above the other count
TOPIC_RADIUS = 33.0
TOPIC_TOP = 8.0


@dataclass(frozen=True, slots=True)
class Size:
    """The room of one node. ``least`` and ``most`` bound its width where rows share one (narrow pictures)."""

    node: Node
    form: str
    width: float
    height: float
    caption: str
    glyph: str
    least: float = 0.0
    most: float = 0.0
    facts: Mapping[str, object] = field(default_factory=dict)
    workflow: Workflow | None = None

    def body(self, box: Box) -> Box:
        """What edges end at, inside ``box``: the cylinder of a database, the circle of a topic, else all of it."""
        if self.form == "cylinder":
            return Box(box.x + (box.width - CYLINDER[0]) / 2, box.y, *CYLINDER)
        if self.form == "circle":
            middle = box.x + box.width / 2
            return Box(middle - TOPIC_RADIUS, box.y + TOPIC_TOP, 2 * TOPIC_RADIUS, 2 * TOPIC_RADIUS)
        return box

    def placed(self, box: Box) -> Placed:
        node, facts = self.node, dict(self.facts)
        return Placed(
            node.id,
            node.kind,
            node.title,
            self.caption,
            self.glyph,
            box,
            self.body(box),
            self.form,
            facts,
            self.workflow,
        )

    def stretched(self, to: float) -> Size:
        return replace(self, width=to)


def sizes(
    architecture: Architecture, dead: frozenset[str], narrow: bool, tight: int = 0, low: bool = False
) -> dict[str, Size]:
    """The room of every node, by id. ``tight`` ones are narrower, for pictures of many columns; ``low`` ones less
    high, for frames that stand one above another."""
    crowd = _crowd(architecture, dead)
    if low and crowd == "tall":
        crowd = "middle"
    measure = _narrow if narrow else _wide
    found: dict[str, Size] = {}
    for node in architecture.nodes:
        size = measure(architecture, node, dead, crowd)
        if low:
            size = _low(size, tight)
        found[node.id] = _dressed(_tightened(size, tight) if tight else size, architecture, dead)
    return found


def _low(size: Size, tight: int) -> Size:
    """A node of less height."""
    if size.workflow is not None:
        workflow = lay_out_workflow(size.node.parameters.get("definition"), low=True)
        return replace(size, workflow=workflow, height=snap(88 + workflow.height))
    if size.form == "lanes" and tight == TIGHT and not size.node.group:
        return replace(size, form="small", height=SMALL)
    return replace(size, height=80) if size.node.kind in ENDPOINTS else size


def _title(architecture: Architecture, node: str) -> str:
    return architecture.node(node).title if architecture.has(node) else node


def _is_crew(architecture: Architecture, node: str) -> bool:
    """Whether several workers read under one name."""
    return architecture.has(node) and workers(architecture.node(node)) > 1


def _crowd(architecture: Architecture, dead: frozenset[str]) -> str:
    """How much room queues get: less where several of them, or many subscribers of a topic, stand in one column."""
    queues = sum(node.kind == "queue" and node.id not in dead for node in architecture.nodes)
    subscribers = [len(list(architecture.links_from(node.id))) for node in architecture.nodes if node.kind == "topic"]
    if queues > 2 or max(subscribers, default=0) > 2:
        return "flat"
    return "tall" if queues < 2 and _may_send(architecture) > 12 else "middle"


def _may_send(architecture: Architecture) -> float:
    """How many messages the document's publishers send by themselves; any rate without a count is a great many."""
    many = 0.0
    for node in architecture.nodes:
        values = node.parameters if node.kind == "publisher" else {}
        many += len(values.get("messages") or ())
        many += sum(_number(burst.get("count"), 1) for burst in values.get("bursts") or ())
        many += sum(_number(rate.get("count"), 1000) for rate in values.get("rates") or ())
    return many


def _number(value: object, otherwise: float) -> float:
    return value if isinstance(value, int | float) else otherwise


def _tightened(size: Size, tight: int) -> Size:
    """A narrower node of the same height."""
    least = (SLIM if tight == TIGHT else COMPACT).get(size.node.kind, size.width)
    if size.node.kind == "state_machine" and size.workflow is not None:
        least = max(snap(size.workflow.width + 16), least)
    if size.node.kind in TITLED:
        least = _named(size.node, least, *TITLED[size.node.kind])
    if size.form in ("groups", "flat"):
        least = 216 if tight == TIGHT and size.form == "flat" else 240
    if size.facts.get("tray"):
        least = size.width
    return replace(size, width=min(size.width, least))


def _dressed(size: Size, architecture: Architecture, dead: frozenset[str]) -> Size:
    node = size.node
    glyph = "dead_letter_queue" if node.id in dead else "fifo" if node.kind == "queue" and is_fifo(node) else node.kind
    facts = {
        **size.facts,
        "name": names(architecture)[node.id],
        "words": kind_words(architecture, node, dead),
        "readers": {link.target: _title(architecture, link.target) for link in architecture.links_from(node.id)},
        "crews": frozenset(
            link.target for link in architecture.links_from(node.id) if _is_crew(architecture, link.target)
        ),
    }
    return replace(size, caption=caption(architecture, node, dead), glyph=glyph, facts=facts)


def _size(node: Node, form: str, wide: float, high: float, **facts: object) -> Size:
    return Size(node, form, wide, high, "", "", wide, wide, facts)


def _wide(architecture: Architecture, node: Node, dead: frozenset[str], crowd: str) -> Size:
    match node.kind:
        case "publisher":
            calls = _calls_directly(architecture, node)
            return _size(node, "card", _named(node, 128, 168, 48), 112 if calls else 96, calls=calls)
        case "topic":
            tray = any(architecture.node(link.target).kind == "http" for link in architecture.links_from(node.id))
            room = _named(node, 168 if tray else 112, 176, 8)
            return _size(node, "circle", room, 208 if tray else 136, tray=tray)
        case "queue" if node.id in dead:
            return _size(node, "row", 264, 96)
        case "queue" if is_fifo(node):
            rows = min(max(len(groups(architecture, node)), 2), MOST_ROWS)
            return _size(node, "groups", 280, 72 + 56 * rows, rows=rows, groups=groups(architecture, node))
        case "queue":
            return _queue(node, crowd, delays(architecture, node))
        case "consumer":
            return _size(node, "card", 176, workers_height(workers(node)), workers=workers(node))
        case "database":
            return _size(node, "cylinder", _named(node, 96, 136, 8), 136)
        case "state_machine":
            workflow = lay_out_workflow(node.parameters.get("definition"))
            wide = max(workflow.width + 32, _named(node, 224, 320, 80))
            return replace(_size(node, "workflow", snap(wide), snap(88 + workflow.height)), workflow=workflow)
        case "function":
            return _size(node, "card", 216, 80)
        case _:
            return _size(node, "card", 216, 96)


def _queue(node: Node, crowd: str, delayed: bool) -> Size:
    if crowd == "flat":
        return _size(node, "flat", 280, 120, delayed=delayed)
    visible = 112 if crowd == "tall" else 64
    height = 56 + (64 if delayed else 0) + visible + 8 + (104 if crowd == "tall" else 96) + 8
    return _size(node, "lanes", 264, height, delayed=delayed, visible=visible)


def _narrow(architecture: Architecture, node: Node, dead: frozenset[str], crowd: str) -> Size:
    match node.kind:
        case "publisher":
            return _flexible(_size(node, "row", 200, 48, calls=_calls_directly(architecture, node)), 144, 216)
        case "topic":
            return _flexible(_size(node, "beside", 216, 64), 144, 240)
        case "queue" if node.id in dead:
            return _flexible(_size(node, "row", 236, 56), 112, 236)
        case "queue" if is_fifo(node):
            rows = min(max(len(groups(architecture, node)), 2), MOST_ROWS)
            facts = {"rows": rows, "groups": groups(architecture, node)}
            return _flexible(_size(node, "groups", 342, 72 + 56 * rows, **facts), 264, 342)
        case "queue":
            delayed = delays(architecture, node)
            if crowd == "flat":
                return _flexible(_size(node, "small", 166, SMALL, delayed=delayed), 160, 342)
            return _flexible(_size(node, "phone", 342, 264 if crowd == "tall" else 224, delayed=delayed), 240, 342)
        case "consumer":
            short = workers(node) == 1 and width(node.title, 13, bold=True) < 34
            size = _size(node, "card", 110, workers_height(workers(node)), workers=workers(node))
            return _flexible(size, 108 if short else 164, 208)
        case "database":
            return _flexible(_size(node, "row", 236, 56), 112, 236)
        case "state_machine":
            workflow = lay_out_workflow(node.parameters.get("definition"), narrow=True)
            wide = max(workflow.width + 16, 208)
            size = _flexible(_size(node, "workflow", wide, snap(88 + workflow.height)), wide, max(wide, 264))
            return replace(size, workflow=workflow)
        case _:
            return _flexible(_size(node, "card", 342, 88), 240, 342)


def _flexible(size: Size, least: float, most: float) -> Size:
    return replace(size, least=least, most=most)


def workers(node: Node) -> int:
    """The workers of a consumer or function; 1 where the document says nothing usable."""
    given = node.parameters.get("workers", 1)
    return given if isinstance(given, int) and not isinstance(given, bool) and given > 0 else 1


def workers_height(many: int) -> float:
    if many == 1:
        return 104
    if many <= MOST_ROWS:
        return snap(64 + 28 * many)
    return 64 + 24 * -(-many // 6) if many <= 60 else 64 + 24 * 10


def _named(node: Node, least: float, most: float, beside: float) -> float:
    return snap(min(max(width(node.title, 13, bold=True) + beside, least), most))


def _calls_directly(architecture: Architecture, node: Node) -> bool:
    return any(
        architecture.has(link.target) and architecture.node(link.target).kind in ("database", "http", "function")
        for link in architecture.links_from(node.id)
    )
