"""The execution history: what an event carries, and how it is spelled out in AWS's form.

While an execution runs, an event is ``(at_ms, type, detail)``, and the very same ``detail`` goes into the journal: a
tuple whose names stand in ``NAMES`` (and, by it, in ``journal.DETAIL``), or a dict where a type has fields that may
be absent. Its first two values are the event's id and the id of the event before it. Values are JSON values, never
text; AWS's texts, timestamps and names of detail objects are made when somebody looks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from courseapp.engine.kernel.journal import DETAIL
from courseapp.engine.states.errors import RUNTIME, StatesError
from courseapp.engine.states.jsontext import compact
from courseapp.engine.states.quotas import HISTORY_EVENTS

Event = tuple[int, str, Any]

_HEAD = ("event", "previous", "state")
_TYPES = ("Pass", "Task", "Choice", "Wait", "Succeed", "Parallel", "Map")

NAMES: dict[str, tuple[str, ...]] = {
    **{f"{kind}StateEntered": (*_HEAD, "input") for kind in (*_TYPES, "Fail")},
    **{f"{kind}StateExited": (*_HEAD, "output") for kind in _TYPES},
    **{f"{kind}StateAborted": _HEAD for kind in ("Task", "Wait", "Parallel", "Map")},
    **{f"{kind}State{what}": _HEAD for kind in ("Parallel", "Map") for what in ("Succeeded", "Failed")},
    "ParallelStateStarted": _HEAD,
    "MapStateStarted": (*_HEAD, "length"),
    **{f"MapIteration{what}": (*_HEAD, "index") for what in ("Started", "Succeeded", "Failed", "Aborted")},
    **{f"MapRun{what}": _HEAD for what in ("Succeeded", "Aborted")},
    "LambdaFunctionStarted": _HEAD,
    "TaskStarted": (*_HEAD, "resourceType", "resource"),
}
DETAIL.update(NAMES)

# Types whose event has no detail object in AWS's form.
_BARE = frozenset(
    kind for kind in NAMES if kind.endswith("Aborted") or "StateSucceeded" in kind or "StateFailed" in kind
) - {"MapIterationAborted"} | {"ParallelStateStarted", "LambdaFunctionStarted", "MapRunSucceeded"}
_ERRORS = (
    "TaskFailed", "TaskTimedOut", "LambdaFunctionFailed", "LambdaFunctionTimedOut", "ActivityFailed",
    "ActivityTimedOut", "EvaluationFailed",
)  # fmt: skip
# Fields that hold a JSON value: AWS's form has its text.
AS_TEXT = ("input", "output", "parameters")


def history_full() -> StatesError:
    """The history has reached its limit; the event that says so is the last one."""
    return StatesError(RUNTIME, f"The execution reached the maximum number of history events ({HISTORY_EVENTS}).")


def fields_of(kind: str, detail: Any) -> dict[str, Any]:
    """The detail of an event by name."""
    return dict(zip(NAMES[kind], detail, strict=True)) if isinstance(detail, tuple) else detail


def fold(states: dict[str, list[Any]], kind: str, fields: dict[str, Any]) -> None:
    """Follow how each state stands, event by event: {name: [status, times entered]}."""
    name = fields.get("state")
    if name is None:
        return
    state = states.setdefault(name, ["idle", 0])
    if kind.endswith("StateEntered"):
        state[0] = "fail" if kind == "FailStateEntered" else "run"
        state[1] += 1
    elif kind.endswith("StateExited"):
        state[0] = "caught" if state[0] == "fail" else "ok"
    elif kind in _ERRORS or kind.endswith(("StateFailed", "StateAborted")):
        state[0] = "fail"
    elif kind.endswith("Scheduled") or kind.endswith("StateStarted"):
        state[0] = "run"


def spelled_out(events: Iterable[Event], wall_time: Callable[[int], str]) -> list[dict[str, Any]]:
    """The events as ``GetExecutionHistory`` gives them."""
    return [_as_aws(event, wall_time) for event in events]


def _as_aws(event: Event, wall_time: Callable[[int], str]) -> dict[str, Any]:
    at_ms, kind, detail = event
    fields = dict(fields_of(kind, detail))
    number, previous, state = fields.pop("event"), fields.pop("previous"), fields.pop("state", None)
    shown = {"timestamp": wall_time(at_ms), "type": kind, "id": number, "previousEventId": previous}
    if kind not in _BARE:
        shown[_details_name(kind)] = _details(kind, state, fields)
    return shown


def _details_name(kind: str) -> str:
    for ending in ("StateEntered", "StateExited"):
        if kind.endswith(ending):
            return f"{ending[0].lower()}{ending[1:]}EventDetails"
    return f"{kind[0].lower()}{kind[1:]}EventDetails"


def _details(kind: str, state: str | None, fields: dict[str, Any]) -> dict[str, Any]:
    details: dict[str, Any] = {"state": state} if kind == "EvaluationFailed" else {}
    if state is not None and ("StateE" in kind or kind.startswith("MapIteration")):
        details["name"] = state
    for name, value in fields.items():
        if name == "assignedVariables":
            details[name] = {variable: compact(one) for variable, one in value.items()}
            details["assignedVariablesDetails"] = {"truncated": False}
        elif name in AS_TEXT:
            details[name] = compact(value)
            if name != "parameters":
                details[f"{name}Details"] = {"truncated": False}
        else:
            details[name] = value
    return details
