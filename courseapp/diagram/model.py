"""What a laid-out picture consists of. Immutable, picklable, and without anything that changes while a lab runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from courseapp.diagram.geometry import Box, Path, Point


@dataclass(frozen=True, slots=True)
class Label:
    """Up to two short lines at an edge, one above it, one below; up to three ``beside`` one that runs down. ``at`` is
    where its funnel or first letter is."""

    at: Point
    lines: tuple[str, ...]
    room: float
    anchor: str = "start"
    funnel: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """A drawn connection. ``id`` is ``from/to``; ``kind`` is ``link`` or ``redrive`` (a dead-letter rule)."""

    id: str
    kind: str
    source: str
    target: str
    path: Path
    label: Label | None = None
    arrow: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """One state of a workflow, with its frame if it is a container; positions are the workflow's own."""

    name: str
    type: str
    box: Box
    container: bool = False


@dataclass(frozen=True, slots=True)
class Transition:
    """An arrow of a workflow with its right-angled route. ``kind``: next, choice, default, catch, branch or start."""

    source: str
    target: str
    kind: str
    route: tuple[Point, ...]
    label: str = ""
    label_at: Point | None = None


@dataclass(frozen=True, slots=True)
class Workflow:
    width: float
    height: float
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]
    start: Point | None = None
    dividers: tuple[tuple[Point, Point], ...] = ()


@dataclass(frozen=True, slots=True)
class Placed:
    """A node in its place. ``box`` is all the room that it may use; ``body`` is what edges end at.

    ``form`` names the way its kind is drawn, ``facts`` what the drawing needs to know of the document.
    """

    id: str
    kind: str
    title: str
    caption: str
    glyph: str
    box: Box
    body: Box
    form: str
    facts: Mapping[str, object] = field(default_factory=dict)
    workflow: Workflow | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands together; its title starts ``indent`` from the left."""

    title: str
    box: Box
    indent: float = 14.0


@dataclass(frozen=True, slots=True)
class Layout:
    """The whole picture, ``width`` by ``height``; nodes and routes by id, in reading order."""

    width: float
    height: float
    nodes: Mapping[str, Placed]
    routes: Mapping[str, Route]
    frames: tuple[Frame, ...] = ()
    narrow: bool = False

    @property
    def prefix(self) -> str:
        """What the ids of the narrow picture begin with: it may stand in the same page as the wide one."""
        return "narrow-" if self.narrow else ""
