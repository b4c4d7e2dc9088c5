"""What a state machine shows of itself: its executions, and the states of the newest one.

How each state stands is folded from the history as far as it was looked at before (``Seen``); the running state of the
simulation knows nothing of who looks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from courseapp.engine.states.history import fields_of, fold
from courseapp.engine.states.mapruns import MapRun

if TYPE_CHECKING:
    from courseapp.engine.states.execution import Execution
    from courseapp.engine.states.lines import Line
    from courseapp.engine.states.machine import StateMachine

SHOWN = 20
CHILDREN_SHOWN = 100
ITEMS_SHOWN = 60
_ITEM = {"Started": "run", "Succeeded": "ok", "Failed": "fail", "Aborted": "cut"}
_STATUS = {"RUNNING": "run", "SUCCEEDED": "ok", "FAILED": "fail", "TIMED_OUT": "fail", "ABORTED": "fail"}
_CHILD = {**_STATUS, "ABORTED": "cut"}


class Seen:
    """How far an execution's history was folded, and what came of it: {state: [status, entered]}, and of each inline
    Map {index: status}, with how many items it has."""

    def __init__(self, uid: int = -1) -> None:
        self.uid = uid
        self.events = 0
        self.states: dict[str, list[Any]] = {}
        self.items: dict[str, tuple[int, dict[int, str]]] = {}
        self.cut: set[str] = set()  # states that were cut off when they were last entered


def view(machine: StateMachine, seen: Seen) -> dict[str, Any]:
    """``node.view()`` of a state machine (docs/engine.md)."""
    newest = machine.executions[-1] if machine.executions else None
    metrics = machine.metrics()
    if newest is not None and newest.definition.text != machine.definition.text:
        newest = None  # nothing has run yet of what the machine is by now
    status = "run" if machine.running else "idle" if newest is None else _STATUS[newest.status]
    return {
        "status": status,
        "says": _says(machine, newest),
        "gauges": metrics,
        "executions": [_shown(execution) for execution in machine.executions[-SHOWN:]],
        "running": len(machine.running),
        "states": {} if newest is None else states_of(newest, seen),
        "transitions": metrics["transitions"],
    }


def _says(machine: StateMachine, newest: Execution | None) -> str:
    if machine.running:
        return f"{len(machine.running)} running"
    return "" if newest is None else newest.error or newest.status.lower().replace("_", " ")


def _shown(execution: Execution) -> dict[str, Any]:
    return {
        "id": execution.uid,
        "name": execution.name,
        "status": execution.status,
        "started_ms": execution.started_ms,
        "ended_ms": execution.ended_ms,
        "state": execution.root.state.name,
    }


def states_of(execution: Execution, seen: Seen | None = None) -> dict[str, dict[str, Any]]:
    """How each state of an execution stands: {name: {"status", "says", "entered"}}, all states of its definition."""
    seen = Seen() if seen is None else seen
    if seen.uid != execution.uid or seen.events > len(execution.history):
        Seen.__init__(seen, execution.uid)
    for _, kind, detail in execution.history[seen.events :]:
        fields = fields_of(kind, detail)
        fold(seen.states, kind, fields)
        if kind.endswith("StateAborted"):
            seen.cut.add(fields["state"])
        elif kind.endswith("StateEntered"):
            seen.cut.discard(fields["state"])
        if kind.startswith("Map"):
            _fold_items(seen.items, kind, fields)
    seen.events = len(execution.history)
    inner = _inside_map_runs(execution)
    says = {} if execution.ended_ms is not None else dict(_waits(execution.root))
    shown: dict[str, dict[str, Any]] = {}
    for name in execution.definition.all_states:
        status, entered = seen.states.get(name) or inner.get(name) or ["idle", 0]
        waits, words = says.get(name, ("", "cut off" if name in seen.cut else ""))
        if status == "run" and execution.ended_ms is not None:
            status = "ok" if execution.status == "SUCCEEDED" else "fail"
        shown[name] = {"status": waits or status, "says": words, "entered": entered}
        if name in seen.items:
            shown[name] |= _items(*seen.items[name], over=execution.ended_ms is not None)
    for run in map_runs_of(execution):
        shown[run.name]["items"] = _children(run)
    return shown


def map_runs_of(execution: Execution) -> list[MapRun]:
    """The Map Runs of an execution that are still known, oldest first."""
    return [run for run in execution.machine.map_runs if run.line.execution is execution]


def _fold_items(items: dict[str, tuple[int, dict[int, str]]], kind: str, fields: dict[str, Any]) -> None:
    if kind == "MapStateStarted":
        items[fields["state"]] = (fields["length"], {})
    elif kind == "MapRunStarted":
        items.pop(fields["state"], None)  # its items are executions of their own
    elif kind.startswith("MapIteration") and fields["state"] in items:
        items[fields["state"]][1][fields["index"]] = _ITEM[kind.removeprefix("MapIteration")]


def _items(total: int, known: dict[int, str], over: bool) -> dict[str, Any]:
    """``items``: how each of the first ones stands, "" for one that has not begun; and how many are done in all."""
    done = sum(status == "ok" for status in known.values())
    first = [known.get(index, "") for index in range(min(total, ITEMS_SHOWN))]
    return {
        "says": f"{done} of {total} done",
        "items": {"total": total, "first": ["cut" if over and each == "run" else each for each in first]},
    }


def _children(run: MapRun) -> dict[str, Any]:
    """Like an inline Map's items; and how many children stand in which way, and some that failed beyond the first."""
    known = [_CHILD[child.status] for child in run.children]
    counts = {status: number for status in ("ok", "run", "fail", "cut") if (number := known.count(status))}
    if left := len(run.jobs) - len(known):
        counts[""] = left
    first = [*known[:ITEMS_SHOWN], *[""] * max(0, min(len(run.jobs), ITEMS_SHOWN) - len(known))]
    failed = [number for number, status in enumerate(known[ITEMS_SHOWN:], ITEMS_SHOWN) if status == "fail"]
    return {"total": len(run.jobs), "first": first, "counts": counts, "failed": failed[:ITEMS_SHOWN]}


def _inside_map_runs(execution: Execution) -> dict[str, list[Any]]:
    """How the states of distributed Maps stand: of all children that have ended, and of some that are running."""
    states: dict[str, list[Any]] = {}
    for run in map_runs_of(execution):
        for name, (status, entered) in run.states.items():
            states[name] = [status, entered + states.get(name, ("", 0))[1]]
        for child in list(run.running.values())[:CHILDREN_SHOWN]:
            for _, kind, detail in child.history:
                fold(states, kind, fields_of(kind, detail))
    return states


def _waits(line: Line) -> list[tuple[str, tuple[str, str]]]:
    """What the lines of an execution wait for: (state, (status, words))."""
    found: list[tuple[str, tuple[str, str]]] = []
    if line.inside and not line.over:
        if line.waits_for:
            left_s = (line.waits_until_ms - line.now_ms) / 1000
            retry = line.waits_for == "retry"
            words = f"attempt {line.retries + 1} in {_span(left_s)}" if retry else f"{_span(left_s)} left"
            found.append((line.state.name, ("wait", words)))
        elif line.attempt is not None and line.attempt.submitted:
            waits = "waits for its token" if line.attempt.token is not None else "waits for its job"
            found.append((line.state.name, ("wait", waits)))
        elif line.retries:
            found.append((line.state.name, ("run", f"attempt {line.retries + 1}")))
    if line.group is not None:
        if isinstance(line.group, MapRun) and not line.group.over:
            counts = line.group.counts()
            done = counts["succeeded"] + counts["failed"]
            found.append((line.state.name, ("run", f"{done} of {counts['total']} items done")))
        for inner in line.group.lines.values():
            found.extend(_waits(inner))
    return found


def _span(seconds: float) -> str:
    """A length of time: 0:02, 1:05:00, 6 d 23 h."""
    whole = max(0, -int(-seconds // 1))
    if whole >= 86_400:
        return f"{whole // 86_400} d {whole % 86_400 // 3_600} h"
    hours, minutes = whole // 3_600, whole % 3_600 // 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
