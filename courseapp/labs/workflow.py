"""What the page shows of a state machine's executions: states, history, data, tokens that wait, versions, cost.

One execution is chosen by its uid (0: the newest). Its history is told from event ``since`` on, so that a viewer who
follows gets only what is new. The picture that everyone shares shows the newest execution; whoever has chosen another,
or one item of a Map, gets that drawing beside the facts. Rows of the history are made in ``events``, the data of
states in ``statedata``, money in ``costs``.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from courseapp.engine.architecture import Architecture, Node
from courseapp.engine.commands import Refused
from courseapp.engine.states.execution import Execution
from courseapp.engine.states.look import states_of
from courseapp.engine.states.machine import StateMachine
from courseapp.engine.world import Simulation
from courseapp.labs import costs, drawing, events, inspector, statedata
from courseapp.labs.definitions import check, states_inside
from courseapp.labs.run import Logged

MOST_EXECUTIONS = 60
MOST_ROWS = 400
"""Events of a history that the page shows; of a longer one the newest."""
WINDOW = 3_000
"""Events of a long history that are read for the page: the newest; what came before is counted, not told."""
STATUS = {"RUNNING": "run", "SUCCEEDED": "ok", "FAILED": "fail", "TIMED_OUT": "fail", "ABORTED": "fail"}


def machine_of(simulation: Simulation, node_id: str) -> StateMachine:
    """Raises Refused."""
    node = simulation.kernel.nodes.get(node_id)
    if not isinstance(node, StateMachine):
        raise Refused("no_such_machine", f"There is no state machine {node_id!r} in this lab.")
    return node


def machines_of(architecture: Architecture) -> list[Node]:
    """The machines that a lab's page is about. Those inside a frame are part of a larger picture."""
    return [node for node in architecture.nodes if node.kind == "state_machine" and not node.group]


def first_machine(architecture: Architecture) -> str | None:
    return next((node.id for node in machines_of(architecture)), None)


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
    """The answer to ``{"type": "inspect", "node", "execution", "state"?, "map"?, "item"?, "since"?}``. Raises
    Refused."""
    node_id = str(asked["node"])
    machine = machine_of(simulation, node_id)
    chosen = chosen_of(machine, int(asked["execution"]))
    facts = facts_of(simulation, node_id, chosen, versions(commands, node_id, now_ms), now_ms)
    facts |= {"html": "", "now_ms": now_ms, "bills": costs.bills_html(simulation)}
    if chosen is None:
        return facts
    many = len(chosen.history)
    read_from = max(0, many - WINDOW)
    rows = events.rows_of(chosen, read_from)
    since = int(asked.get("since", 0))
    first = max(since if 0 <= since <= many else 0, many - MOST_ROWS)
    facts |= {"events": many, "from": first, "rows": events.rows_html(rows[first - read_from :])}
    maps = [name for name, view in facts["states"].items() if "items" in view]
    facts["inside"] = {name: states_inside(chosen.definition.text, name) for name in maps}
    way = _way_of_item(chosen, rows, read_from, str(asked.get("map", "")), int(asked.get("item", -1)), facts)
    facts["handed"] = statedata.handed(way.rows)
    newest = chosen is machine.executions[-1]
    earlier = bool(facts["own"]) and chosen.definition.text != machine.definition.text
    if not newest or way.inside or (earlier and chosen.ended_ms is None):
        shown = {**machine.view(), "states": facts["states"], "executions": []}
        picture = drawing.Drawing(simulation.architecture, narrow)
        if earlier:
            number, text = facts["own"]
            facts["part"] = picture.machine(node_id, shown, now_ms, json.loads(text), f"v{number}")
        else:
            facts["part"] = picture.node(node_id, shown, now_ms)
    state = asked.get("state")
    if state is not None and str(state) in facts["states"]:
        if str(state) in way.inside:
            facts["html"] = statedata.state_html(lab_id, way.whose, way.rows, str(state), facts["states"], way.words)
        else:
            facts["html"] = statedata.state_html(lab_id, chosen, rows, str(state), facts["states"])
    return facts


@dataclass(frozen=True, slots=True)
class _Way:
    """Whose history the page tells: that of an execution, or of one item of a Map in it, for the states ``inside``."""

    whose: Execution
    rows: statedata.Rows
    inside: Collection[str] = ()
    words: str = ""


def _way_of_item(
    chosen: Execution, rows: statedata.Rows, read_from: int, of_map: str, item: int, facts: dict[str, Any]
) -> _Way:
    """Where an item of a Map is asked for, the facts become its own. One of a distributed Map is a child execution,
    with a history of its own."""
    inside = states_inside(chosen.definition.text, of_map) if item >= 0 else ()
    if not inside:
        return _Way(chosen, rows)
    child = statedata.child_of(chosen, of_map, item)
    if child is None:
        mine = statedata.rows_of_item(events.rows_of(chosen) if read_from else rows, of_map, item)
        facts["states"] = statedata.states_of_item(facts["states"], inside, mine)
        facts["of_item"] = [row["number"] for row in mine]
        return _Way(chosen, mine, inside, f"item {item}")
    mine = events.rows_of(child, max(0, len(child.history) - WINDOW))
    facts["states"] = statedata.states_of_child(facts["states"], inside, child)
    facts["child"] = {"id": child.uid, "name": child.name, "kept": bool(child.history)}
    facts |= {"events": child.events, "from": 0, "rows": events.rows_html(mine[-MOST_ROWS:])}
    return _Way(child, mine, inside, f"child {item}")


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
        "redrivable": chosen is not None and chosen.why_not_redrivable() is None,
        "arn": "" if chosen is None else chosen.arn,
        "states": _states(machine, chosen),
        "waiting": waiting(machine, chosen),
        "version": known[-1]["number"],
        "runs": _runs(runs, starts_at),
        "own": None
        if chosen is None or runs is None or runs is known[-1]
        else [runs["number"], chosen.definition.text],
        "cost": costs.cost(machine, chosen),
        "bills": costs.bills(simulation),
    }


def awaits_an_answer(simulation: Simulation) -> bool:
    """Whether a task of any machine waits for its token."""
    machines = [node for node in simulation.kernel.nodes.values() if isinstance(node, StateMachine)]
    return any(one.token is not None and not one.ended for each in machines for one in each.attempts.values())


def _states(machine: StateMachine, chosen: Execution | None) -> dict[str, Any]:
    """How the states stand; those of the newest execution are folded as it goes."""
    if chosen is None:
        return {}
    folded: dict[str, Any] = machine.view()["states"] if chosen is machine.executions[-1] else {}
    return folded or states_of(chosen)


def _runs(version: Version | None, starts_at: str) -> str:
    """The status line: ``The execution runs v3, saved 09:12:40``."""
    if version is None:
        return "No execution yet"
    saved = version["saved_ms"]
    since = "as the lab brings it" if saved is None else f"saved {inspector.clock_text(starts_at, saved)}"
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
            "beats": getattr(attempt.line.state, "heartbeat", None) is not None,
            "chosen": attempt.line.execution is chosen,
        }
        for attempt in machine.attempts.values()
        if attempt.token is not None and not attempt.ended
    ]
    return sorted(found, key=lambda one: not one["chosen"])[:MOST_EXECUTIONS]


# --- The page before anything was started, and without scripts ---


def definition_text(definition: Any) -> str:
    return definition if isinstance(definition, str) else json.dumps(definition, ensure_ascii=False, indent=2)


def at_rest(simulation: Simulation, now_ms: int, commands: Iterable[Logged] = ()) -> dict[str, Any] | None:
    """What a page shows of the first machine of a simulation; None for a document without one."""
    node_id = first_machine(simulation.architecture)
    if node_id is None:
        return None
    node = simulation.architecture.node(node_id)
    machine = machine_of(simulation, node_id)
    text = definition_text(node.parameters["definition"])
    chosen = chosen_of(machine, 0)
    facts = facts_of(simulation, node_id, chosen, versions(commands, node_id, now_ms), now_ms)
    rows = [] if chosen is None else events.rows_of(chosen)
    return {
        **facts,
        "node": node_id,
        "title": node.title,
        "type": machine.type,
        "text": text,
        "lines": check(text, machine.type, machine.reach)["states"],
        "machines": [(each.id, each.title) for each in machines_of(simulation.architecture)],
        "dated": costs.DATED,
        "handed": statedata.handed(rows),
        "history": rows[-MOST_ROWS:],
        "panels": [] if chosen is None else statedata.every_state(chosen, rows, facts["states"]),
    }
