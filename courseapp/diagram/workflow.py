"""A state machine's definition as a graph: read top to bottom, containers around their branches.

Transitions never leave their level, so each level is laid out on its own, innermost first, and a container is then a
node of fixed size on the level above. Branches of a Parallel stand side by side where there is room, else one under
another.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from courseapp.diagram.flat import Arrow, Block, layout
from courseapp.diagram.geometry import Point, snap
from courseapp.diagram.model import State, Transition, Workflow
from courseapp.diagram.text import width
from courseapp.engine.messages import compact

START = "\0start"  # no state can be called that
STATE_HEIGHT = 44.0
HEADER = 38.0
PAD = 12.0
GAP = 26.0
CHIP = (38.0, 18.0, 4.0)  # of one item of a Map: width, height, distance
CHIP_ROWS, CHIPS_A_ROW = 2, 6
LOW_STATE, LOW_GAP = 32.0, 16.0
ROOM_WIDE, ROOM_NARROW = 608.0, 334.0
NARROWEST, WIDEST = 136.0, 208.0
SIGNS = {
    "NumericEquals": "=",
    "NumericGreaterThan": ">",
    "NumericGreaterThanEquals": "≥",
    "NumericLessThan": "<",
    "NumericLessThanEquals": "≤",
    "StringEquals": "is",
    "BooleanEquals": "is",
    "IsPresent": "is present",
    "IsNull": "is null",
}


@dataclass(slots=True)
class _Level:
    width: float
    height: float
    states: list[State] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)
    start: Point | None = None
    dividers: list[tuple[Point, Point]] = field(default_factory=list)


def lay_out_workflow(definition: object, narrow: bool = False, low: bool = False) -> Workflow:
    """The picture of a definition; a ``low`` one has the least height that is still read.

    What isn't a definition gives an empty picture; problems are told elsewhere.
    """
    try:
        return _laid_out(compact(definition), narrow, low)
    except (TypeError, ValueError):
        return _laid_out("null", narrow, low)


@lru_cache(maxsize=64)  # a document is laid out in many ways, and each asks for its machines' pictures
def _laid_out(definition: str, narrow: bool, low: bool) -> Workflow:
    room = ROOM_NARROW if narrow else ROOM_WIDE
    level = _level(json.loads(definition), room, outermost=True, low=low)
    return Workflow(
        level.width, level.height, tuple(level.states), tuple(level.transitions), level.start, tuple(level.dividers)
    )


def _level(machine: object, room: float, outermost: bool, low: bool = False) -> _Level:
    states = _states(machine)
    if not states:
        return _Level(NARROWEST, 0)
    inner = {name: _branches(state, room - 2 * PAD) for name, state in states.items() if _is_container(state)}
    plain = _plain_width([name for name in states if name not in inner], room)
    blocks = [_block(name, inner.get(name), plain, LOW_STATE if low else STATE_HEIGHT) for name in states]
    edges = _edges(states)
    start = machine.get("StartAt") if isinstance(machine, Mapping) else None
    if start in states:
        blocks.insert(0, Block(START, 13, 13) if outermost else Block(START, 1, 1))
        edges.insert(0, ("start", Arrow(START, str(start))))
    gap = LOW_GAP if low else GAP if outermost else GAP - 6
    flat = layout(blocks, [edge for _, edge in edges], "down", gap)
    level = _Level(flat.width, flat.height)
    for name, state in states.items():
        box = flat.boxes[name]
        level.states.append(State(name, str(state.get("Type", "")), box, name in inner))
        inside = inner.get(name, _Inside())
        for branch, (x, y) in inside.placed:
            _take(level, branch, box.x + PAD + x, box.y + HEADER + y)
        for down in inside.dividers:
            y = box.y + HEADER + down
            level.dividers.append(((box.x + PAD, y), (box.right - PAD, y)))
    for (kind, edge), route, label in zip(edges, flat.routes, flat.labels, strict=True):
        source = "" if edge.source == START else edge.source
        level.transitions.append(Transition(source, edge.target, kind, route, edge.label, label))
    if start in states:
        level.start = flat.boxes[START].middle
    return level


def _states(machine: object) -> dict[str, Mapping[str, Any]]:
    states = machine.get("States") if isinstance(machine, Mapping) else None
    if not isinstance(states, Mapping):
        return {}
    return {str(name): state for name, state in states.items() if isinstance(state, Mapping)}


def _is_container(state: Mapping[str, Any]) -> bool:
    return bool(_machines_inside(state))


def _machines_inside(state: Mapping[str, Any]) -> list[object]:
    if state.get("Type") == "Parallel" and isinstance(state.get("Branches"), list | tuple):
        return [branch for branch in state["Branches"] if _states(branch)]
    if state.get("Type") == "Map":
        return [each for each in (state.get("ItemProcessor"), state.get("Iterator")) if _states(each)][:1]
    return []


@dataclass(slots=True)
class _Inside:
    """The branches of a container with their top left corners, and the room that they take together."""

    placed: list[tuple[_Level, Point]] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0
    dividers: list[float] = field(default_factory=list)  # between branches that stand one under another
    items: bool = False


def _branches(state: Mapping[str, Any], room: float) -> _Inside:
    levels = [_level(machine, room, outermost=False) for machine in _machines_inside(state)]
    inside = _Inside()
    if sum(level.width for level in levels) + PAD * (len(levels) - 1) <= room:
        inside.height = max(level.height for level in levels)
        for level in levels:
            inside.placed.append((level, (inside.width, 0)))
            inside.width += level.width + PAD
        inside.width -= PAD
    else:
        inside.width = max(level.width for level in levels)
        for level in levels:
            if inside.placed:
                inside.dividers.append(inside.height + PAD)
                inside.height += 2 * PAD
            inside.placed.append((level, ((inside.width - level.width) / 2, inside.height)))
            inside.height += level.height
    if state.get("Type") == "Map":
        inside.items = True
        inside.height += CHIP_ROWS * (CHIP[1] + CHIP[2]) + CHIP[2]
    return inside


def _plain_width(names: Sequence[str], room: float) -> float:
    longest = max((width(name, 12, bold=True) for name in names), default=0.0)
    return min(snap(min(max(longest + 66, NARROWEST), WIDEST)), room)


def _block(name: str, inside: _Inside | None, plain: float, high: float) -> Block:
    if inside is None:
        return Block(name, plain, high)
    header = min(width(name, 12, bold=True) + 150, 260)
    if inside.items:
        header = max(header, CHIPS_A_ROW * (CHIP[0] + CHIP[2]) - CHIP[2])
    missing = max(0.0, header - inside.width)
    inside.placed = [(level, (x + missing / 2, y)) for level, (x, y) in inside.placed]
    inside.width += missing
    return Block(name, inside.width + 2 * PAD, HEADER + inside.height + PAD)


def _take(level: _Level, branch: _Level, x: float, y: float) -> None:
    """Put a branch's states and arrows into the level above, at ``x``, ``y``."""
    for state in branch.states:
        level.states.append(State(state.name, state.type, state.box.moved(x, y), state.container))
    level.dividers += [((ax + x, ay + y), (bx + x, by + y)) for (ax, ay), (bx, by) in branch.dividers]
    for arrow in branch.transitions:
        label_at = (arrow.label_at[0] + x, arrow.label_at[1] + y) if arrow.label_at else None
        kind = "branch" if arrow.kind == "start" else arrow.kind
        route = tuple((px + x, py + y) for px, py in arrow.route)
        level.transitions.append(Transition(arrow.source, arrow.target, kind, route, arrow.label, label_at))


# --- Arrows ---


def _edges(states: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, Arrow]]:
    """The arrows between the states of one level, in the order of the definition; one for each pair and kind."""
    found: dict[tuple[str, str, str], list[str]] = {}

    def add(kind: str, source: str, target: object, label: str = "") -> None:
        if isinstance(target, str) and target in states:
            labels = found.setdefault((kind, source, target), [])
            if label and label not in labels:
                labels.append(label)

    for name, state in states.items():
        add("next", name, state.get("Next"))
        for choice in _listed(state.get("Choices")):
            add("choice", name, choice.get("Next"), condition(choice))
        add("default", name, state.get("Default"), "otherwise")
        for catch in _listed(state.get("Catch")):
            add("catch", name, catch.get("Next"), "Catch")
    return [
        (kind, Arrow(source, target, _short(" or ".join(labels)))) for (kind, source, target), labels in found.items()
    ]


def _listed(value: object) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list | tuple) else []


def condition(choice: Mapping[str, Any]) -> str:
    """A choice rule in short: ``hours ≥ 2``."""
    if isinstance(choice.get("Condition"), str):
        return str(choice["Condition"]).strip().removeprefix("{%").removesuffix("%}").strip()
    for joint in ("And", "Or"):
        if joint in choice:
            return f" {joint.lower()} ".join(condition(each) for each in _listed(choice[joint]))
    if isinstance(choice.get("Not"), Mapping):
        return f"not {condition(choice['Not'])}"
    name = str(choice.get("Variable", "")).removeprefix("$.")
    for operator, value in choice.items():
        if operator in ("Variable", "Next", "Comment", "Assign", "Output"):
            continue
        if operator in ("IsPresent", "IsNull"):
            return f"{name} {SIGNS[operator]}" if value else f"{name} {SIGNS[operator].replace('is', 'is not')}"
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        return f"{name} {SIGNS.get(operator, operator)} {shown}"
    return name


def _short(label: str, most: int = 26) -> str:
    return label if len(label) <= most else label[: most - 1].rstrip() + "…"
