"""A topic as a ringed circle, and a state machine as its workflow graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from courseapp.diagram.geometry import Box, Point, number, rounded
from courseapp.diagram.glyphs import GLYPHS, glyph, mark
from courseapp.diagram.model import Placed, State, Transition
from courseapp.diagram.shapes import STATUSES, corner_mark, digits, frame, gauge, header, lane, number_of, status, text
from courseapp.diagram.text import count, escape, fit, width
from courseapp.diagram.tokens import draw_token
from courseapp.diagram.workflow import CHIP, CHIP_ROWS, PAD

View = Mapping[str, Any]
PUBLISHED = "NumberOfMessagesPublished"
ITEM_WORDS = {"": "not begun", "run": "running", "ok": "succeeded", "fail": "failed", "cut": "cut off"}
ROOMY = 208.0  # a machine that has room for what runs and for its transitions, side by side


# --- Topic ---


def topic(node: Placed, view: View, now_ms: int) -> str:
    box, body = node.box, node.body
    published = number_of(view, PUBLISHED)
    retrying: Sequence[View] = view.get("retrying") or ()
    if node.form == "beside":
        drawn = frame(box, 32) + f'<circle class="topic" cx="{number(box.x + 32)}" cy="{number(box.y + 32)}" r="22"/>'
        drawn += glyph("topic", box.x + 19, box.y + 19, 26)
        words = fit(node.title, box.width - 124, 13, True)
        drawn += text(words, box.x + 64, box.y + 28, "nm") + text(node.caption, box.x + 64, box.y + 44)
        return drawn + gauge(PUBLISHED, published, box.right - 22, box.y + 37, "big")
    x, y = body.middle
    radius = body.width / 2
    drawn = (
        f'<circle class="halo" cx="{number(x)}" cy="{number(y)}" r="{number(radius + 8)}"/>'
        f'<circle class="topic" cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"/>'
        + glyph("topic", x - 15, y - 15, 30)
    )
    y = body.bottom + 26
    drawn += text(fit(node.title, box.width, 13, True), x, y, "nm", "middle")
    drawn += text(fit(node.caption, box.width), x, y + 16, "cap", "middle")
    wide = width("published") + width(count(published), 11)
    drawn += text("published", x - wide / 2 - 3, y + 33, "cap3")
    drawn += gauge(PUBLISHED, published, x + wide / 2 + 5, y + 33)
    if node.facts.get("tray"):
        drawn += _tray(Box(box.x, y + 42, box.width, 66), retrying, now_ms)
    elif retrying:
        drawn += text(f"{len(retrying)} being retried", x, y + 49, "bad", "middle")
    return drawn


def _tray(box: Box, retrying: Sequence[View], now_ms: int) -> str:
    """The copies that SNS will try again: a ring that shrinks to the next try, digits, and which try it will be."""
    if not retrying:
        return ""
    drawn = lane(box)
    slots = min(int(box.width // 42), len(retrying))
    shown = slots if len(retrying) == slots else slots - 1
    for place, token in enumerate(retrying[:shown]):
        x = box.x + box.width * (2 * place + 1) / (2 * slots)
        drawn += draw_token(token, x, box.y + 20, "retry", now_ms, 7)
        drawn += digits(token.get("until_ms"), now_ms, x, box.y + 46)
        if token.get("try"):
            drawn += text(f"try {token['try']}", x, box.y + 60, "cap3", "middle")
    if len(retrying) > shown:
        drawn += text(f"+{len(retrying) - shown}", box.right - box.width / (2 * slots), box.y + 37, "mono", "middle")
    return drawn


# --- State machine ---


def state_machine(node: Placed, view: View, now_ms: int) -> str:
    box, workflow = node.box, node.workflow
    running = number_of(view, "running", "running")
    roomy = box.width >= ROOMY
    titled = node if roomy else replace(node, caption=node.caption.removesuffix(" workflow"))
    drawn = frame(box) + header(titled, 30) + corner_mark(box, status(view), 14)
    x = box.x + 42
    if roomy:
        drawn += text("Running", x, box.y + 56, "cap3")
        drawn += gauge("running", running, x + 50, box.y + 56, "mono", "start")
        x += 62 + 8 * len(count(running))
    moves = number_of(view, "transitions", "transitions")
    drawn += text("Transitions", x, box.y + 56, "cap3")
    drawn += gauge("transitions", moves, x + 66, box.y + 56, "mono", "start")
    if workflow is None or not workflow.states:
        return drawn
    scale = float(str(node.facts.get("scale", 1)))
    x, y = box.x + (box.width - workflow.width * scale) / 2, box.y + 72
    found: Mapping[str, View] = view.get("states") or {}
    here = _executions_by_state(view)
    smaller = "" if scale == 1 else f" scale({scale:.3f})"
    drawn += f'<g class="workflow" transform="translate({number(x)} {number(y)}){smaller}">'
    for state in workflow.states:
        if state.container:
            drawn += _container(state, found.get(state.name) or {})
    for (x0, y0), (x1, y1) in workflow.dividers:
        drawn += f'<path class="divider" d="M{number(x0)} {number(y0)}L{number(x1)} {number(y1)}"/>'
    for arrow in workflow.transitions:
        drawn += _arrow(arrow, found)
    if workflow.start is not None:
        started = " taken" if any(each.get("entered") for each in found.values()) else ""
        drawn += (
            f'<circle class="start{started}" cx="{number(workflow.start[0])}" cy="{number(workflow.start[1])}" r="6"/>'
        )
    for state in workflow.states:
        if not state.container:
            drawn += _state(state, found.get(state.name) or {}, here.get(state.name, 0))
    return drawn + "</g>"


def _executions_by_state(view: View) -> dict[str, int]:
    here: dict[str, int] = {}
    for execution in view.get("executions") or ():
        name = execution.get("state")
        if execution.get("status") == "RUNNING" and isinstance(name, str):
            here[name] = here.get(name, 0) + 1
    return here


def _status(view: View) -> str:
    found = view.get("status")
    return found if found in STATUSES else "idle"


def _glyph(state: State) -> str:
    return state.type if state.type in GLYPHS else "Task"


def _container(state: State, view: View) -> str:
    box, found = state.box, _status(view)
    says = str(view.get("says") or state.type)
    x = box.x + 38 + width(state.name, 12, True) + 10
    room = box.right - 34 - x
    drawn = f'<g class="st st-{found} container" data-state="{escape(state.name)}" data-status="{found}">'
    drawn += _rect(box, 14) + glyph(_glyph(state), box.x + 13, box.y + 9, 18)
    drawn += text(fit(state.name, box.width - 76, 12, True), box.x + 38, box.y + 23, "nm small")
    if room > 40:
        drawn += text(fit(says, room, 11.5), x, box.y + 23, "cap")
    if view.get("items"):
        drawn += _chips(box, view["items"])
    return drawn + mark(found, box.right - 26, box.y + 11) + "</g>"


def _chips(box: Box, items: View) -> str:
    """A chip for each item of a Map, with how it stands; where they are too many, the first ones and how many more, and
    of a distributed Map how many stand in which way."""
    wide, high, gap = CHIP
    a_row = int((box.width - 2 * PAD + gap) // (wide + gap))
    slots, total, word = a_row * CHIP_ROWS, items["total"], "Child" if "counts" in items else "Item"
    if total > slots and "counts" in items:
        return _counts(box, items["counts"])
    shown = items["first"][: slots if total <= slots else slots - 1]
    drawn = ""
    for place, found in enumerate(shown):
        x = box.x + PAD + place % a_row * (wide + gap)
        y = box.bottom - PAD - (CHIP_ROWS - place // a_row) * (high + gap) + gap
        kind = found if found in STATUSES else "idle"
        drawn += (
            f'<g class="it st-{kind}" data-item="{place}"><title>{word} {place}, {ITEM_WORDS[found]}</title>'
            f"{_rect(Box(x, y, wide, high), 5)}{mark(kind, x + 5, y + 4, 10)}"
            + text(str(place), x + wide - 6, y + 13, "tiny", "end")
            + "</g>"
        )
    if total > len(shown):
        y = box.bottom - PAD - high
        drawn += text(f"+{count(total - len(shown))}", box.x + PAD + (a_row - 1) * (wide + gap) + 4, y + 13, "tiny")
    return drawn


def _counts(box: Box, counts: Mapping[str, int]) -> str:
    """A chip for each way in which children stand, with their number."""
    wide, (_, high, gap) = (box.width - 2 * PAD + CHIP[2]) / 3, CHIP
    drawn = ""
    for place, (found, many) in enumerate(counts.items()):
        x = box.x + PAD + place % 3 * wide
        y = box.bottom - PAD - (CHIP_ROWS - place // 3) * (high + gap) + gap
        kind = found if found in STATUSES else "idle"
        drawn += (
            f'<g class="it st-{kind}"><title>{count(many)} children {ITEM_WORDS[found]}</title>'
            f"{_rect(Box(x, y, wide - gap, high), 5)}{mark(kind, x + 5, y + 4, 10)}"
            + text(count(many), x + wide - gap - 6, y + 13, "tiny", "end")
            + "</g>"
        )
    return drawn


def _state(state: State, view: View, many: int) -> str:
    box, found = state.box, _status(view)
    says = str(view.get("says") or "")
    if many > 1:
        says = f"{many} here" + (f", {says}" if says else "")
    drawn = f'<g class="st st-{found}" data-state="{escape(state.name)}" data-status="{found}">'
    middle = box.y + box.height / 2
    drawn += _rect(box, 9) + glyph(_glyph(state), box.x + 9, middle - 9, 18)
    room = box.width - 60
    drawn += text(fit(state.name, room, 12, True), box.x + 33, middle - 3 if says else middle + 4, "nm small")
    if says:
        drawn += text(fit(says, room, 11), box.x + 33, middle + 12 if box.height >= 40 else middle + 11, "tiny")
    return drawn + mark(found, box.right - 23, middle - 7, 14) + "</g>"


def _rect(box: Box, radius: float) -> str:
    return (
        f'<rect x="{number(box.x)}" y="{number(box.y)}" width="{number(box.width)}" '
        f'height="{number(box.height)}" rx="{number(radius)}"/>'
    )


def _arrow(arrow: Transition, found: Mapping[str, View]) -> str:
    taken = _taken(arrow, found)
    kind = "caught" if arrow.kind == "catch" and taken else "taken" if taken else "open"
    path = rounded(arrow.route)
    drawn = f'<path class="tr tr-{kind}" data-to="{escape(arrow.target)}" d="{path.d}"/>'
    drawn += arrowhead(arrow.route[-2:], f"head head-{kind}")
    if arrow.label and arrow.label_at:
        x, y = arrow.label_at
        wide = width(arrow.label, 11) + 6
        under = Box(x - wide / 2, y - 8, wide, 16)
        drawn += f'<rect class="under" x="{number(under.x)}" y="{number(under.y)}" width="{number(wide)}" height="16"/>'
        drawn += text(arrow.label, x, y + 4, f"tiny lab-{kind}", "middle")
    return drawn


def _taken(arrow: Transition, found: Mapping[str, View]) -> bool:
    """Whether the newest execution went this way, as far as the states' own records tell."""
    target, source = found.get(arrow.target) or {}, found.get(arrow.source) or {}
    if not target.get("entered"):
        return False
    if not arrow.source:
        return True
    if arrow.kind == "catch":
        return _status(source) == "caught"
    return bool(source.get("entered")) and _status(source) == "ok"


@lru_cache(maxsize=4096)
def arrowhead(last: tuple[Point, ...], name: str) -> str:
    """A head at the end of a line that ends with the piece ``last``."""
    (x0, y0), (x1, y1) = last
    turn = 0 if x1 > x0 else 180 if x1 < x0 else 90 if y1 > y0 else 270
    return (
        f'<path class="{name}" d="M-5-4.5L0 0L-5 4.5" transform="translate({number(x1)} {number(y1)}) rotate({turn})"/>'
    )
