"""What the page shows of a state machine's executions: states, history, data, tokens that wait, versions, cost.

One execution is chosen by its uid (0: the newest). Its history is told from event ``since`` on, so that a viewer who
follows gets only what is new. The picture that everyone shares shows the newest execution; whoever has chosen another
gets that one's drawing beside the facts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.template.loader import render_to_string

from courseapp.engine import limits
from courseapp.engine.architecture import Architecture
from courseapp.engine.commands import Refused
from courseapp.engine.states.execution import Execution
from courseapp.engine.states.history import fields_of
from courseapp.engine.states.look import states_of
from courseapp.engine.states.machine import StateMachine
from courseapp.engine.world import Simulation
from courseapp.labs import drawing, inspector
from courseapp.labs.definitions import check
from courseapp.labs.run import Logged

MOST_EXECUTIONS = 60
MOST_ROWS = 400
"""Events of a history that the page shows; of a longer one the newest."""
WINDOW = 3_000
"""Events of a long history that are read for the page: the newest; what came before is counted, not told."""
MOST_LETTERS = 20_000
"""Letters of one input, output or variable in the panel; the journal has all of it."""
FREE_TRANSITIONS = 4_000  # a month, for ever (AWS Step Functions pricing page)
STATUS = {"RUNNING": "run", "SUCCEEDED": "ok", "FAILED": "fail", "TIMED_OUT": "fail", "ABORTED": "fail"}
_FAILED = ("Failed", "TimedOut", "Aborted")
_ERRORS = (*_FAILED, "EvaluationFailed")


def machine_of(simulation: Simulation, node_id: str) -> StateMachine:
    """Raises Refused."""
    node = simulation.kernel.nodes.get(node_id)
    if not isinstance(node, StateMachine):
        raise Refused("no_such_machine", f"There is no state machine {node_id!r} in this lab.")
    return node


def first_machine(architecture: Architecture) -> str | None:
    """The machine that a lab's page is about: the first of its document."""
    return next((node.id for node in architecture.nodes if node.kind == "state_machine" and not node.group), None)


# --- Versions of the definition ---

Version = dict[str, Any]


def versions(commands: Iterable[Logged], machine_id: str, now_ms: int) -> list[Version]:
    """The versions that the definition has had: ``number`` from 1, ``saved_ms`` (None: the document's own)."""
    found: list[Version] = [{"number": 1, "saved_ms": None}]
    for at_ms, _, command in commands:
        changes = command.action == "SetParameter" and command.target == machine_id and at_ms <= now_ms
        if changes and any(name.split(".")[0] == "definition" for name in command.parameters):
            found.append({"number": len(found) + 1, "saved_ms": at_ms})
    return found


def version_at(known: list[Version], at_ms: int) -> Version:
    """The version that an execution started at ``at_ms`` runs."""
    return next(one for one in reversed(known) if one["saved_ms"] is None or one["saved_ms"] <= at_ms)


# --- What is asked for ---


def answer(
    lab_id: str,
    simulation: Simulation,
    commands: Iterable[Logged],
    now_ms: int,
    asked: Mapping[str, Any],
    narrow: bool = False,
) -> dict[str, Any]:
    """The answer to ``{"type": "inspect", "node", "execution", "state"?, "since"?}``. Raises Refused."""
    node_id = str(asked["node"])
    machine = machine_of(simulation, node_id)
    chosen = chosen_of(machine, int(asked["execution"]))
    facts = facts_of(simulation, node_id, chosen, versions(commands, node_id, now_ms), now_ms)
    facts["html"] = ""
    if chosen is None:
        return facts
    events = len(chosen.history)
    read_from = max(0, events - WINDOW)
    rows = rows_of(chosen, read_from)
    since = int(asked.get("since", 0))
    first = max(since if 0 <= since <= events else 0, events - MOST_ROWS)
    facts |= {"events": events, "from": first, "rows": rows_html(rows[first - read_from :])}
    if chosen is not machine.executions[-1]:
        shown = {**machine.view(), "states": facts["states"], "executions": []}
        picture = drawing.Drawing(simulation.architecture, narrow)
        facts["part"] = picture.node(node_id, shown, now_ms)
    state = asked.get("state")
    if state is not None and str(state) in facts["states"]:
        facts["html"] = state_html(lab_id, chosen, rows, str(state), facts["states"])
    return facts


def chosen_of(machine: StateMachine, uid: int) -> Execution | None:
    """The execution of that uid, else the newest; None where there is none yet."""
    found = next((one for one in machine.executions if one.uid == uid), None)
    return found or (machine.executions[-1] if machine.executions else None)


def facts_of(
    simulation: Simulation, node_id: str, chosen: Execution | None, known: list[Version], now_ms: int
) -> dict[str, Any]:
    """Everything but rows and panels: executions, the chosen one's states, waiting tasks, versions, cost."""
    machine = machine_of(simulation, node_id)
    starts_at = simulation.architecture.starts_at
    listed = machine.executions[-MOST_EXECUTIONS:]
    if chosen is not None and chosen not in listed:
        listed = [chosen, *listed[1:]]
    runs = None if chosen is None else version_at(known, chosen.started_ms)
    return {
        "executions": [_listed(one, starts_at) for one in reversed(listed)],
        "more": len(machine.executions) - len(listed),
        "chosen": None if chosen is None else chosen.uid,
        "states": _states(machine, chosen),
        "waiting": waiting(machine, chosen),
        "version": known[-1]["number"],
        "runs": _runs(runs, starts_at),
        "cost": cost(machine, chosen),
    }


def _states(machine: StateMachine, chosen: Execution | None) -> dict[str, Any]:
    """How the states stand; those of the newest execution are folded as it goes."""
    if chosen is None:
        return {}
    found: dict[str, Any] = machine.view()["states"] if chosen is machine.executions[-1] else states_of(chosen)
    return found


def _runs(version: Version | None, starts_at: str) -> str:
    """The status line: ``The execution runs v3, saved 09:12``."""
    if version is None:
        return "No execution yet"
    saved = version["saved_ms"]
    since = "as the lab brings it" if saved is None else f"saved {inspector.clock_text(starts_at, saved)[:-5]}"
    return f"The execution runs v{version['number']}, {since}"


def _listed(execution: Execution, starts_at: str) -> dict[str, Any]:
    return {
        "id": execution.uid,
        "name": execution.name,
        "status": execution.status,
        "mark": STATUS[execution.status],
        "started": inspector.clock_text(starts_at, execution.started_ms),
    }


def waiting(machine: StateMachine, chosen: Execution | None) -> list[dict[str, Any]]:
    """The tasks that wait for ``SendTaskSuccess`` or ``SendTaskFailure``; those of the chosen execution first."""
    found = [
        {
            "token": attempt.token,
            "state": attempt.state,
            "execution": attempt.line.execution.name,
            "chosen": attempt.line.execution is chosen,
        }
        for attempt in machine.attempts.values()
        if attempt.token is not None and not attempt.ended
    ]
    return sorted(found, key=lambda one: not one["chosen"])[:MOST_EXECUTIONS]


def cost(machine: StateMachine, chosen: Execution | None) -> dict[str, Any]:
    """Transitions and price, with the price's date."""
    metrics = machine.metrics()
    standard = machine.type != "EXPRESS"
    price = limits.PRICES_USD["states_standard_transition"] * 1000
    return {
        "type": machine.type,
        "transitions": 0 if chosen is None else chosen.transitions,
        "retries": 0 if chosen is None else retries(chosen),
        "usd": dollars(0 if chosen is None else machine.cost_of(chosen)),
        "all_transitions": f"{int(metrics['transitions']):,}",
        "all_usd": dollars(metrics["cost_usd"]),
        "price": f"${price:g} for each 1,000 state transitions"
        if standard
        else "$1.00 for a million requests, and time",
        "dated": f"{limits.PRICES_REGION}, {limits.PRICES_DATED}",
        "events": 0 if chosen is None else chosen.events,
        "most_events": f"{chosen.most_events:,}" if chosen is not None else "",
    }


def retries(execution: Execution) -> int:
    """How often a task was scheduled again, or a Parallel or Map started again, without its state being entered."""
    again = entered = 0
    for _, kind, _detail in execution.history:
        again += kind.endswith("Scheduled") or kind in ("ParallelStateStarted", "MapStateStarted")
        entered += kind in ("TaskStateEntered", "ParallelStateEntered", "MapStateEntered")
    return max(0, again - entered)


def dollars(usd: float) -> str:
    """Money with enough digits not to be nought: $0.0004."""
    if not usd:
        return "$0"
    return "$" + (f"{usd:.2f}" if usd >= 1 else f"{usd:.4f}" if usd >= 0.0001 else f"{usd:.6f}")


# --- History ---


def rows_of(execution: Execution, first: int = 0) -> list[dict[str, Any]]:
    """The history from an event on as the table shows it: number, time since the start, event, state, detail, status,
    fields."""
    tries: dict[str, int] = {}
    return [_row(execution, event, tries) for event in execution.history[first:]]


def _row(execution: Execution, event: tuple[int, str, Any], tries: dict[str, int]) -> dict[str, Any]:
    at_ms, kind, detail = event
    fields = fields_of(kind, detail)
    state = fields.get("state") or ""
    if kind.endswith("StateEntered"):
        tries[state] = 0
    elif kind.endswith("Scheduled"):
        tries[state] = tries.get(state, 0) + 1
    return {
        "number": fields.get("event"),
        "at_ms": at_ms,
        "time": since_start(at_ms - execution.started_ms),
        "kind": kind,
        "state": state,
        "says": _says(kind, fields, tries.get(state, 0)),
        "mark": _mark(kind, fields, tries.get(state, 0)),
        "error": kind.endswith(_ERRORS) or kind == "FailStateEntered",
        "fields": fields,
    }


def since_start(ms: int) -> str:
    """``+8.1 s``; from a minute on ``+2:05``, from a day on ``+6 d 23:59:58``."""
    if ms < 60_000:
        return f"+{ms / 1000:.1f} s"
    seconds = ms // 1000
    days, hours, minutes = seconds // 86_400, seconds // 3_600 % 24, seconds // 60 % 60
    clock = f"{hours}:{minutes:02}:{seconds % 60:02}" if hours or days else f"{minutes}:{seconds % 60:02}"
    return f"+{days} d {clock}" if days else f"+{clock}"


def _mark(kind: str, fields: Mapping[str, Any], tried: int) -> str:
    if kind.endswith(_FAILED) or kind in ("FailStateEntered", "EvaluationFailed"):
        return "fail"
    if kind.endswith("StateExited"):
        return "caught" if _is_caught(fields) and tried else "ok"
    if kind.endswith(("Succeeded",)):
        return "ok"
    return "wait" if kind in ("TaskSubmitted", "WaitStateEntered") else "run"


def _is_caught(fields: Mapping[str, Any]) -> bool:
    output = fields.get("output")
    return isinstance(output, dict) and set(output) == {"Error", "Cause"}


def _says(kind: str, fields: Mapping[str, Any], tried: int) -> str:
    """The detail in a few words."""
    if fields.get("error") or fields.get("cause"):
        attempt = f", attempt {tried}" if tried and kind.startswith(("Task", "Lambda", "Activity")) else ""
        return f"{fields.get('error') or 'no error name'}{attempt}"
    if kind.endswith("Scheduled"):
        what = fields.get("resource", "")
        called = f"{fields['resourceType']}:{what}" if "resourceType" in fields else str(what).rpartition(":")[2]
        return called + (f", attempt {tried}" if tried > 1 else "")
    if "length" in fields:
        return f"length {fields['length']}"
    if "index" in fields:
        return f"item {fields['index']}"
    if kind == "TaskSubmitted":
        return "waits for its token" if "waitForTaskToken" in str(fields.get("resource")) else "waits for its job"
    if fields.get("assignedVariables"):
        return "assigns " + ", ".join(fields["assignedVariables"])
    if kind.endswith("StateExited") and _is_caught(fields) and tried:
        return f"caught {fields['output']['Error']}"
    return ""


def rows_html(rows: list[dict[str, Any]]) -> str:
    return render_to_string("labs/_workflow_rows.html", {"rows": rows})


# --- One state ---


def state_html(
    lab_id: str, execution: Execution, rows: list[dict[str, Any]], state: str, states: Mapping[str, Any]
) -> str:
    """Attempts, input, output and variables of one state, as of its last visit."""
    return render_to_string(
        "labs/_workflow_state.html", {"lab_id": lab_id, **state_facts(execution, rows, state, states)}
    )


def state_facts(
    execution: Execution, rows: list[dict[str, Any]], state: str, states: Mapping[str, Any]
) -> dict[str, Any]:
    own = [row for row in rows if row["state"] == state]
    entered = next((row for row in reversed(own) if row["kind"].endswith("StateEntered")), None)
    exited = next((row for row in reversed(own) if row["kind"].endswith("StateExited")), None)
    visit = [row for row in own if entered is not None and row["number"] >= entered["number"]]
    left = exited if exited is not None and exited in visit else None
    assigned: dict[str, Any] = {}
    for row in rows if entered is None else [row for row in rows if row["number"] < entered["number"]]:
        assigned |= row["fields"].get("assignedVariables") or {}
    here = (left or {"fields": {}})["fields"].get("assignedVariables") or {}
    return {
        "name": state,
        "view": states[state],
        "attempts": [row for row in visit if row["error"] or row["mark"] == "caught" or row["kind"] == "TaskSubmitted"],
        "has_input": entered is not None,
        "input": _json(entered["fields"].get("input")) if entered else "",
        "has_output": left is not None,
        "output": _json(left["fields"].get("output")) if left else "",
        "caught": left is not None and left["mark"] == "caught",
        "before": _json(assigned) if assigned else "",
        "assigned": _json(here) if here else "",
        "error": next((row["fields"] for row in reversed(visit) if row["error"] and row["fields"].get("error")), None),
    }


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return text if len(text) <= MOST_LETTERS else text[:MOST_LETTERS] + "\n… the rest is left out here"


# --- The page before anything was started, and without scripts ---


def definition_text(definition: Any) -> str:
    return definition if isinstance(definition, str) else json.dumps(definition, ensure_ascii=False, indent=2)


def at_rest(simulation: Simulation, now_ms: int) -> dict[str, Any] | None:
    """What a page shows of the first machine of a simulation; None for a document without one."""
    node_id = first_machine(simulation.architecture)
    if node_id is None:
        return None
    node = simulation.architecture.node(node_id)
    machine = machine_of(simulation, node_id)
    text = definition_text(node.parameters["definition"])
    chosen = chosen_of(machine, 0)
    facts = facts_of(simulation, node_id, chosen, versions((), node_id, now_ms), now_ms)
    rows = [] if chosen is None else rows_of(chosen)
    return {
        **facts,
        "node": node_id,
        "title": node.title,
        "type": machine.type,
        "text": text,
        "lines": check(text, machine.type, machine.reach)["states"],
        "history": rows[-MOST_ROWS:],
        "panels": []
        if chosen is None
        else [state_facts(chosen, rows, name, facts["states"]) for name in facts["states"]],
    }
