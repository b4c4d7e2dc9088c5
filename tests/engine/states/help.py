"""Running a machine on a kernel, and reading its journal, for the tests of the states language."""

from __future__ import annotations

from typing import Any

from courseapp.engine.architecture import Node
from courseapp.engine.kernel import Kernel, detail_of
from courseapp.engine.states.machine import StateMachine
from courseapp.engine.states.timestamps import milliseconds

INVOKE = "arn:aws:states:::lambda:invoke"


def task(name: str, **fields: Any) -> dict[str, Any]:
    """A Task that invokes the function of that name."""
    return {"Type": "Task", "Resource": INVOKE, "Parameters": {"FunctionName": name, "Payload.$": "$"}, **fields}


def machine(
    definition: Any, reach: tuple[str, ...] = (), name: str = "m", kernel: Kernel | None = None, **parameters: Any
) -> StateMachine:
    """A machine on a kernel (of its own, unless one is given)."""
    kernel = kernel or Kernel(7, starts_ms=milliseconds("2026-01-05T09:00:00Z") or 0)
    parameters["definition"] = definition
    built = StateMachine(kernel, Node(name, "state_machine", parameters=parameters), reach)
    kernel.nodes[name] = built
    return built


def records(kernel: Kernel) -> list[tuple[float, str, str | None, dict[str, Any]]]:
    """All records so far, as (seconds, type, state, detail)."""
    found = []
    for record in kernel.journal.records:
        detail = detail_of(record)
        found.append((record[0] / 1000, record[1], detail.get("state"), detail))
    return found


def times(kernel: Kernel, kind: str, state: str | None = None) -> list[float]:
    """When records of that type (and state) were written, in seconds."""
    return [at for at, type_, name, _ in records(kernel) if type_ == kind and state in (None, name)]
