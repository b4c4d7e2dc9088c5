"""Publishers, consumers, functions, databases and what people read on: the programs around the services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from courseapp.diagram.geometry import Box, number
from courseapp.diagram.glyphs import glyph, mark
from courseapp.diagram.model import Placed
from courseapp.diagram.shapes import (
    bar,
    big_room,
    corner_mark,
    elapsed,
    frame,
    gauge,
    header,
    number_of,
    status,
    text,
    title,
)
from courseapp.diagram.sizes import MOST_ROWS
from courseapp.diagram.text import clock, fit, mono_width, span, width, wrap
from courseapp.diagram.tokens import draw_token

View = Mapping[str, Any]
DOING = {
    "idle": "Idle",
    "polling": "Waiting for messages",
    "paused": "Paused",
    "crashed": "Crashed",
    "waiting": "Waiting",
}
WORKER_MARKS = {
    "idle": "idle",
    "polling": "idle",
    "working": "run",
    "calling": "run",
    "paused": "wait",
    "waiting": "wait",
    "crashed": "fail",
}


# --- Publisher ---


def publisher(node: Placed, view: View, now_ms: int) -> str:
    box = node.box
    sent, refused = number_of(view, "sent", "sent"), number_of(view, "refused", "refused")
    slim = node.form == "row" and width(node.title, 13, True) > box.width - 100  # then the number stands under the name
    drawn = frame(box, 10) + title(node, 60 if node.form == "row" and not slim else 4, 21 if slim else 26)
    if slim:
        return (
            drawn
            + text("sent", box.x + 38, box.y + 37, "cap3")
            + gauge("sent", sent, box.x + 66, box.y + 37, "mono", "start")
        )
    if node.form == "row":
        words = gauge("sent", sent, box.right - 12, box.y + 29)
        return drawn + text("sent", box.right - 16 - mono_width(f"{sent:,.0f}"), box.y + 29, "cap3", "end") + words
    rows = [("Sent", "sent", sent), ("Refused", "refused", refused)]
    if node.facts.get("calls"):
        rows.append(("Given up", "given_up", number_of(view, "given_up", "given_up")))
    for place, (words, metric, value) in enumerate(rows):
        y = box.y + 54 + 20 * place
        drawn += text(words, box.x + 12, y) + gauge(metric, value, box.right - 12, y)
    return drawn


# --- Consumer ---


def consumer(node: Placed, view: View, now_ms: int) -> str:
    box, found = node.box, status(view)
    drawn = frame(box, 10) + title(node, 34) + corner_mark(box, found)
    workers: Sequence[View] = view.get("workers") or ()
    many = int(node.facts.get("workers", 1))  # type: ignore[call-overload]
    if many == 1:
        return drawn + _alone(node, view, workers[0] if workers else {}, now_ms)
    if many <= MOST_ROWS:
        for place, worker in enumerate(workers[:many]):
            drawn += _worker(box, worker, box.y + 40 + 28 * place, now_ms)
    else:
        drawn += _crowd(box, workers)
    drawn += text("Worked", box.x + 12, box.bottom - 11, "cap3")
    return drawn + gauge("worked", number_of(view, "worked"), box.right - 12, box.bottom - 11)


def _alone(node: Placed, view: View, worker: View, now_ms: int) -> str:
    """One worker: what it does, how far it is, or in words why it doesn't."""
    box = node.box
    room = box.width - 24
    if worker.get("state") == "crashed":
        words = doing(worker)
        drawn = text(fit(words, room, 12, True), box.x + 12, box.y + 50, "bad")
        says = str(view.get("says") or "")
        back = worker.get("until_ms")
        last = f"Restarts in {clock(back - now_ms)}" if isinstance(back, int) else ""
        if not last and (not says or says == words):
            says = "Stays down until it is restored."
        y = box.y + (89 if says and says != words else 72)
        for place, line in enumerate(wrap(says, room, 1 if last else 2) if says and says != words else ()):
            drawn += text(line, box.x + 12, box.y + 68 + 17 * place, "cap strong")
        if last:
            drawn += mark("wait", box.x + 12, y - 11, 13)
            drawn += text(last, box.x + 31, y, "cap strong", "", f' data-until="{back}" data-form="Restarts in {{}}"')
        return drawn
    drawn = text(briefly(worker, room) if worker else "", box.x + 12, box.y + 50)
    start, end = (worker.get("from_ms"), worker.get("until_ms")) if _busy(worker) else (None, None)
    drawn += bar(box.x + 12, box.y + 61, room, start, end, now_ms)
    drawn += text("Worked", box.x + 12, box.y + 91, "cap3")
    drawn += gauge(
        "worked", number_of(view, "worked"), box.x + 12 + width("Worked ", 11.5) + 2, box.y + 91, "mono", "start"
    )
    far = elapsed(start, end, now_ms) if box.width >= 150 else ""
    if far:
        drawn += text(
            far, box.right - 12, box.y + 91, "mono elapsed", "end", f' data-from="{start}" data-until="{end}"'
        )
    return drawn


def _busy(worker: View) -> bool:
    return worker.get("state") in ("working", "calling")


def doing(worker: View) -> str:
    """What a worker does, in its own words if it has any."""
    says = str(worker.get("says") or "")
    if says:
        return says
    state = str(worker.get("state") or "idle")
    message = worker.get("message")
    name = str(message.get("name") or "") if isinstance(message, Mapping) else ""
    if state == "working":
        return f"Working on {name}" if name else "Working"
    if state == "calling":
        return f"Saving {name}" if name else "Saving"
    if state == "crashed" and name:
        return f"Crashed on {name}"
    return DOING.get(state, state.capitalize())


def briefly(worker: View, room: float) -> str:
    """What a worker does, in as many words as there is room for: ``Working on order 1082``, else ``order 1082``."""
    says, message = doing(worker), worker.get("message")
    shorter = str(message.get("name") or "") if isinstance(message, Mapping) and _busy(worker) else says.split(": ")[0]
    return says if width(says) <= room else fit(shorter or says, room)


def _worker(box: Box, worker: View, y: float, now_ms: int) -> str:
    """One of a few workers: its mark, its message, what it does, and a bar."""
    state = str(worker.get("state") or "idle")
    drawn = mark(WORKER_MARKS.get(state, "idle"), box.x + 13, y + 2, 13)
    message = worker.get("message")
    x = box.x + 33
    if isinstance(message, Mapping):
        drawn += draw_token(message, x + 8, y + 8, "held", now_ms, 6)
        x += 22
    name = "bad" if state == "crashed" else "cap"
    drawn += text(briefly(worker, box.right - 12 - x), x, y + 12, name)
    if _busy(worker):
        room = box.width - 24
        drawn += bar(box.x + 12, y + 20, room, worker.get("from_ms"), worker.get("until_ms"), now_ms)
    return drawn


def _crowd(box: Box, workers: Sequence[View]) -> str:
    """Many workers: a mark each."""
    columns = max(1, int((box.width - 20) // 24))
    room = columns * int((box.height - 64) // 24)
    drawn = "".join(
        mark(
            WORKER_MARKS.get(str(worker.get("state")), "idle"),
            box.x + 14 + 24 * (place % columns),
            box.y + 42 + 24 * (place // columns),
            14,
        )
        for place, worker in enumerate(workers[:room])
    )
    return drawn


# --- Function ---


def function(node: Placed, view: View, now_ms: int) -> str:
    box, found = node.box, status(view)
    worked = number_of(view, "worked")
    drawn = frame(box) + header(node, big_room(worked) + 22)
    drawn += gauge("worked", worked, box.right - 34, box.y + 30, "big") + corner_mark(box, found, 14)
    workers: Sequence[View] = [worker for worker in view.get("workers") or () if worker.get("message")]
    failed = number_of(view, "failed")
    y = box.y + 56
    if found == "fail":
        return drawn + text(fit(str(view.get("says") or "Failing"), box.width - 24, 12, True), box.x + 12, y + 6, "bad")
    for place, worker in enumerate(workers[: int((box.width - 110) // 24)]):
        drawn += draw_token(worker["message"], box.x + 21 + 24 * place, y + 2, "held", now_ms, 7)
    if workers:
        first = workers[0]
        drawn += bar(box.x + 12, y + 16, box.width - 24, first.get("from_ms"), first.get("until_ms"), now_ms)
    words = str(view.get("says") or "") if not workers else ""
    if words:
        drawn += text(fit(words, box.width - 110), box.x + 12, y + 6)
    shown = gauge("failed", failed, box.right - 12, y + 6)
    return drawn + text("failed", box.right - 18 - mono_width(f"{failed:,.0f}"), y + 6, "cap3", "end") + shown


# --- Database ---


def database(node: Placed, view: View, now_ms: int) -> str:
    up, slow = view.get("up", True), view.get("slow_factor", 1)
    found = status(view) if view else "idle"
    word = "Down" if not up else "Slow" if isinstance(slow, int | float) and slow > 1 else "Up"
    sign = {"Down": "fail", "Slow": "wait", "Up": "ok"}[word] if view else found
    rows = number_of(view, "rows", "rows")
    since = view.get("since_ms")
    box, body = node.box, node.body
    if node.form == "row":
        words = f"{word}, {rows:,.0f} row{'' if rows == 1 else 's'}" if view else "Database"
        drawn = frame(box) + glyph("database", box.x + 11, box.y + 16)
        drawn += text(fit(node.title, box.width - 78, 13, True), box.x + 42, box.y + 25, "nm")
        extra = f' data-gauge="rows" data-value="{rows:.0f}" data-form="{word}, {{}} rows"'
        drawn += text(fit(words, box.width - 78), box.x + 42, box.y + 41, "cap", "", extra)
        return drawn + mark(sign, box.right - 28, box.y + 20, 16)
    x, middle = body.x, body.x + body.width / 2
    drawn = (
        f'<path class="box" d="M{number(x)} {number(body.y + 12)}v{number(body.height - 24)}'
        f'c0 7 16 12.5 36 12.5s36-5.5 36-12.5v-{number(body.height - 24)}"/>'
        f'<ellipse class="box" cx="{number(middle)}" cy="{number(body.y + 12)}" rx="36" ry="12"/>'
    )
    drawn += mark(sign, middle - 8, body.y + 30, 16)
    drawn += text(word if view else "At rest", middle, body.y + 64, "cap strong", "middle")
    if not up and isinstance(since, int):
        passed = span(max(0, now_ms - since) // 1000)
        drawn += text(passed, middle, body.y + 81, "cap", "middle", f' data-since="{since}"')
    else:
        drawn += gauge("rows", rows, middle, body.y + 81, "mono", "middle")
    drawn += text(fit(node.title, box.width, 13, True), middle, body.bottom + 20, "nm", "middle")
    return drawn + text("rows saved" if up else "down", middle, body.bottom + 36, "cap", "middle")


# --- Endpoints ---


def endpoint(node: Placed, view: View, now_ms: int) -> str:
    """HTTPS, email, SMS and push: what arrived, the newest text, or why nothing does."""
    box, found = node.box, status(view)
    arrived = number_of(view, "arrived", "arrived")
    drawn = frame(box) + header(node, big_room(arrived) + 22)
    drawn += gauge("arrived", arrived, box.right - 34, box.y + 30, "big") + corner_mark(box, found, 14)
    room = box.width - 24
    if found == "fail" or view.get("up") is False:
        words = str(view.get("says") or "Down: refuses every call")
        for place, line in enumerate(wrap(words, room, 2)):
            drawn += text(line, box.x + 12, box.y + 60 + 17 * place, "bad")
        return drawn
    inbox: Sequence[View] = view.get("inbox") or ()
    if inbox:
        newest = inbox[-1]
        words = str(newest.get("subject") or newest.get("text") or newest.get("name") or "")
        if newest.get("subject") and newest.get("text"):
            words = f"{newest['subject']}: {newest['text']}"
        lines = wrap(words, room - 16, 2, 11.5)
        high = 8 + 16 * len(lines)
        drawn += (
            f'<rect class="lane" x="{number(box.x + 8)}" y="{number(box.y + 46)}" width="{number(box.width - 16)}" '
        )
        drawn += f'height="{number(high)}" rx="7"/>'
        for place, line in enumerate(lines):
            drawn += text(line, box.x + 16, box.y + 61.5 + 16 * place, "cap strong")
    elif view.get("says"):
        drawn += text(fit(str(view["says"]), room), box.x + 12, box.y + 62)
    return drawn
