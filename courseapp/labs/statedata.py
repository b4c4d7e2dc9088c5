"""The data of states: what each took in and handed on, its attempts and variables, the items of a Map."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from django.template.loader import render_to_string

from courseapp.diagram.text import span
from courseapp.engine.messages import compact
from courseapp.engine.states.execution import Execution
from courseapp.engine.states.history import fold
from courseapp.engine.states.look import map_runs_of, states_of
from courseapp.labs.events import since_start

MOST_LETTERS = 20_000
"""Letters of one input, output or variable in the panel; the journal has all of it."""
ON_AN_EDGE = 400
"""Letters of what is handed on that are sent for the graph; it draws fewer."""

Rows = list[dict[str, Any]]


def state_html(
    lab_id: str, execution: Execution, rows: Rows, state: str, states: Mapping[str, Any], item: str = ""
) -> str:
    """Attempts, input, output and variables of one state, as of its last visit."""
    context = {"lab_id": lab_id, "item": item, **state_facts(execution, rows, state, states)}
    return render_to_string("labs/_workflow_state.html", context)


def state_facts(execution: Execution, rows: Rows, state: str, states: Mapping[str, Any]) -> dict[str, Any]:
    return _facts(execution, [row for row in rows if row["state"] == state], _assigning(rows), state, states)


def every_state(execution: Execution, rows: Rows, states: Mapping[str, Any]) -> Rows:
    """The facts of all states. Rows are sorted by state once, since there may be thousands of either."""
    own: dict[str, Rows] = {}
    for row in rows:
        own.setdefault(row["state"], []).append(row)
    assigning = _assigning(rows)
    return [_facts(execution, own.get(state, []), assigning, state, states) for state in states]


def _assigning(rows: Rows) -> Rows:
    return [row for row in rows if row["fields"].get("assignedVariables")]


def _facts(execution: Execution, own: Rows, assigning: Rows, state: str, states: Mapping[str, Any]) -> dict[str, Any]:
    entered = next((row for row in reversed(own) if row["kind"].endswith("StateEntered")), None)
    exited = next((row for row in reversed(own) if row["kind"].endswith("StateExited")), None)
    visit = [row for row in own if entered is not None and row["number"] >= entered["number"]]
    left = exited if exited is not None and exited in visit else None
    assigned: dict[str, Any] = {}
    for row in assigning:
        if entered is None or row["number"] < entered["number"]:
            assigned |= row["fields"]["assignedVariables"]
    here = (left or {"fields": {}})["fields"].get("assignedVariables") or {}
    return {
        "name": state,
        "view": states[state],
        "attempts": [_attempt(row, visit) for row in visit if _tells(row)],
        "next": next_try(execution, state),
        "has_input": entered is not None,
        "input": _json(entered["fields"].get("input")) if entered else "",
        "has_output": left is not None,
        "output": _json(left["fields"].get("output")) if left else "",
        "caught": left is not None and left["caught"],
        "before": _json(assigned) if assigned else "",
        "assigned": _json(here) if here else "",
        "error": None if entered is None or left is not None else _error(execution, visit, states[state]),
    }


def _error(execution: Execution, visit: Rows, view: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What a state has failed with: its own error, else that which ended the execution in it."""
    own = next((row["fields"] for row in reversed(visit) if row["error"] and row["fields"].get("error")), None)
    ended = view["status"] == "fail" and execution.error is not None
    return own or ({"error": execution.error, "cause": execution.cause} if ended else None)


def _tells(row: Mapping[str, Any]) -> bool:
    return bool(row["error"] or row["caught"] or row["kind"] == "TaskSubmitted")


def _attempt(row: dict[str, Any], visit: Rows) -> dict[str, Any]:
    """A row with what came of it: the attempt that followed, and when. That of a Map points at what its item failed
    with, as the item's end does."""
    ends = (row["number"], row["fields"]["previous"])
    following = next((one for one in visit if one["pause_ms"] and one["fields"]["previous"] in ends), None)
    if following is None:
        return row
    return {
        **row,
        "then": f"after {span(following['pause_ms'] / 1000)}, at {following['time']}, attempt {following['tried']}",
    }


def next_try(execution: Execution, state: str) -> str:
    """When a state that pauses before a retry begins its next attempt: ``attempt 3 at +8.0 s``."""
    line = next((one for one in _lines(execution.root) if one.state is not None and one.state.name == state), None)
    if line is None or line.waits_for != "retry" or line.over or execution.ended_ms is not None:
        return ""
    return f"attempt {line.retries + 1} at {since_start(line.waits_until_ms - execution.started_ms)}"


def _lines(line: Any) -> Any:
    yield line
    if line.group is not None:
        for inner in line.group.lines.values():
            yield from _lines(inner)


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return text if len(text) <= MOST_LETTERS else text[:MOST_LETTERS] + "\n… the rest is left out here"


def handed(rows: Rows) -> dict[str, list[str | None]]:
    """What each state last took in, and what it handed on (None: nothing yet), in short."""
    last: dict[str, list[dict[str, Any] | None]] = {}
    for row in rows:
        if row["kind"].endswith("StateEntered"):
            last[row["state"]] = [row, None]
        elif row["kind"].endswith("StateExited") and row["state"] in last:
            last[row["state"]][1] = row
    return {
        state: [
            _short(row["fields"].get(name)) if row else None
            for row, name in zip(pair, ("input", "output"), strict=True)
        ]
        for state, pair in last.items()
    }


def _short(value: Any) -> str:
    text = compact(value)
    return text if len(text) <= ON_AN_EDGE else text[: ON_AN_EDGE - 1] + "…"


# --- One item of a Map ---


def rows_of_item(rows: Rows, name: str, index: int) -> Rows:
    """The events of one iteration of a Map: what follows from its start, by the chain of events."""
    own: set[int] = set()
    found: Rows = []
    for row in rows:
        fields = row["fields"]
        if row["state"] == name and row["kind"].startswith("MapIteration"):
            mine = fields["index"] == index
            if row["kind"] == "MapIterationStarted" and mine:
                own, found = set(), []  # the Map was tried again
        else:
            mine = fields.get("previous") in own and row["state"] != name
        if mine:
            own.add(row["number"])
            found.append(row)
    return found


def states_of_item(states: Mapping[str, Any], inside: Collection[str], rows: Rows) -> dict[str, Any]:
    """How the states stand, those inside a Map as one of its items sees them."""
    seen: dict[str, list[Any]] = {}
    for row in rows:
        fold(seen, row["kind"], row["fields"])
    shown = dict(states)
    for state in inside:
        status, entered = seen.get(state) or ["idle", 0]
        shown[state] = {"status": status, "says": "", "entered": entered}
    return shown


# --- One child of a distributed Map ---


def child_of(execution: Execution, name: str, number: int) -> Execution | None:
    """A child of the newest Map Run of a distributed Map, if that one has begun."""
    run = next((one for one in reversed(map_runs_of(execution)) if one.name == name), None)
    return None if run is None or not 0 <= number < len(run.children) else run.children[number]


def states_of_child(states: Mapping[str, Any], inside: Collection[str], child: Execution) -> dict[str, Any]:
    """How the states stand, those inside a Map as one of its children sees them."""
    seen = states_of(child)
    return {**states, **{name: seen[name] for name in inside}}
