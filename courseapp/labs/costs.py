"""What executions cost: one of them, a machine's all together, and the bills of machines side by side."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string

from courseapp.engine import limits
from courseapp.engine.architecture import Architecture
from courseapp.engine.states.execution import Execution
from courseapp.engine.states.machine import StateMachine
from courseapp.engine.world import Simulation
from courseapp.labs.words.money import dollars

FREE_TRANSITIONS = limits.FREE_PER_MONTH["states_standard_transitions"]
TRANSITION_USD = limits.PRICES_USD["states_standard_transition"]
REQUEST_USD = limits.PRICES_USD["states_express_request"]
DATED = f"{limits.PRICES_REGION}, {limits.PRICES_DATED}"
PRICE = {
    "STANDARD": f"${TRANSITION_USD * 1000:g} for each 1,000 state transitions",
    "EXPRESS": (
        f"${limits.PRICES_USD['states_express_request'] * 1_000_000:.2f} for a million requests, "
        f"${limits.PRICES_USD['states_express_gb_second']:.8f} for each GB-second"
    ),
}


def cost(machine: StateMachine, chosen: Execution | None) -> dict[str, Any]:
    """Transitions and price of one execution and of all, with the price's date."""
    return {
        "type": machine.type,
        "transitions": 0 if chosen is None else chosen.transitions,
        "usd": dollars(0 if chosen is None else machine.cost_of(chosen)),
        "price": PRICE[machine.type],
        "dated": DATED,
        "words": in_words(machine, chosen),
    }


def in_words(machine: StateMachine, chosen: Execution | None) -> dict[str, str]:
    """What the page writes of an execution's cost, and of that of all, by the place where it stands."""
    metrics, express = machine.metrics(), machine.type == "EXPRESS"
    whole, paid = _many(int(metrics["transitions"]), "transition"), dollars(metrics["cost_usd"])
    seconds = 0 if chosen is None else chosen.billed_ms() / 1000
    transitions, again = (0, 0) if chosen is None else (chosen.transitions, retries(chosen))
    retried = ", 1 of them a retry" if again == 1 else f", {again:,} of them retries" if again else ""
    counted = f"state transition{'' if transitions == 1 else 's'}{retried}"
    free = "" if express else f" The first {FREE_TRANSITIONS:,} transitions of a month are free."
    return {
        "type": f"{machine.type.lower()} workflow",
        "amount": f"{seconds:,.1f} s" if express else f"{transitions:,}",
        "of_which": f"of {machine.memory_mb:g} MB, and one request" if express else counted,
        "usd": dollars(0 if chosen is None else machine.cost_of(chosen)),
        "price": f"at {PRICE[machine.type]}",
        "all": f"All executions: {whole}, {paid}.{free}",
    }


def retries(execution: Execution) -> int:
    """How often a task was scheduled again, or a Parallel or Map started again, without its state being entered."""
    again = entered = 0
    for _, kind, _detail in execution.history:
        again += kind.endswith("Scheduled") or kind in ("ParallelStateStarted", "MapStateStarted")
        entered += kind in ("TaskStateEntered", "ParallelStateEntered", "MapStateEntered")
    return max(0, again - entered)


def has_bills(architecture: Architecture) -> bool:
    """Whether a document has machines that are billed in different ways."""
    machines = [node for node in architecture.nodes if node.kind == "state_machine" and not node.group]
    return len({node.parameters.get("type") or "STANDARD" for node in machines}) > 1


def bills(simulation: Simulation) -> list[dict[str, Any]]:
    """The bill of each machine, where there are Standard and Express ones to compare; those that have run first.

    ``each`` is what an execution costs on average, of those that have ended: ``transitions``, ``seconds``, ``usd``.
    """
    found = _bills(simulation)
    return [bill for bill in found if bill["executions"]] or found[:2]


def figures(simulation: Simulation) -> dict[str, list[str]]:
    """What changes on the bills while a run goes on, by machine: the sum, what it is for, and that of an execution."""
    return {bill["node"]: [bill["usd"], bill["says"], bill["each"]["says"]] for bill in _bills(simulation)}


def _bills(simulation: Simulation) -> list[dict[str, Any]]:
    if not has_bills(simulation.architecture):
        return []
    nodes = [node for node in simulation.architecture.nodes if node.kind == "state_machine"]
    return [_bill(node.title, simulation.kernel.nodes[node.id]) for node in nodes]


def _bill(title: str, machine: StateMachine) -> dict[str, Any]:
    metrics = machine.metrics()
    started, closed = int(metrics["ExecutionsStarted"]), int(metrics["ExecutionsStarted"]) - len(machine.running)
    running = sum(one.billed_ms() for one in machine.running.values())
    seconds = (machine.closed_ms + running) / 1000
    executions, counted = _many(started, "execution"), _many(int(metrics["transitions"]), "state transition")
    timed = f"{seconds:,.1f} s of {machine.memory_mb:g} MB"
    return {
        "node": machine.id,
        "title": title,
        "type": machine.type,
        "executions": started,
        "usd": dollars(metrics["cost_usd"]),
        "says": f"{executions}, {counted if machine.type == 'STANDARD' else timed}",
        "price": PRICE[machine.type],
        "each": {
            "transitions": machine.closed_transitions / closed if closed else 0,
            "seconds": machine.closed_ms / 1000 / closed if closed else 0,
            "usd": machine.closed_cost / closed if closed else 0,
            "says": dollars(machine.closed_cost / closed) if closed else "",
        },
        "free": FREE_TRANSITIONS,
        "transition_usd": TRANSITION_USD,
        "request_usd": REQUEST_USD,
        "second_usd": limits.express_cost_usd(1, 1, machine.memory_mb) - REQUEST_USD,
    }


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def bills_html(simulation: Simulation) -> str:
    found = bills(simulation)
    return render_to_string("labs/_workflow_bills.html", {"bills": found}) if found else ""
