"""An execution's history as a page shows it: a row for each event, in a few words, with its mark.

Which attempt an event belongs to, and whether an exit is that of a caught error, follow from the chain of events
(``previous``): iterations of a Map, whose states have the same names, are never mixed up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.template.loader import render_to_string

from courseapp.diagram.text import span
from courseapp.engine.states.execution import Execution
from courseapp.engine.states.history import fields_of

CAUSE = 240
"""Letters of a cause that a row shows."""
_FAILED = ("Failed", "TimedOut", "Aborted")
_ERRORS = (*_FAILED, "EvaluationFailed")


def rows_of(execution: Execution, first: int = 0) -> list[dict[str, Any]]:
    """The history from an event on as the table shows it: number, time since the start, event, state, detail, status,
    fields. ``tried`` is the number of the attempt (``tries``: of each state on the way), ``pause_ms`` how long a retry
    waited for it."""
    chain: dict[int, dict[str, Any]] = {}
    return [_row(execution, event, chain) for event in execution.history[first:]]


def _row(execution: Execution, event: tuple[int, str, Any], chain: dict[int, dict[str, Any]]) -> dict[str, Any]:
    at_ms, kind, detail = event
    fields = fields_of(kind, detail)
    before = chain.get(fields.get("previous", 0))
    state, tries = fields.get("state") or "", {} if before is None else before["tries"]
    again = kind.endswith("Scheduled") or kind in ("ParallelStateStarted", "MapStateStarted")
    if again or (kind.endswith("StateEntered") and state in tries):
        tries = {**tries, state: tries.get(state, 0) + 1 if again else 0}
    tried = tries.get(state, 0)
    raised = before["raised"] if before is not None else None
    caught = kind.endswith("StateExited") and before is not None and before["error"]
    row: dict[str, Any] = {
        "number": fields["event"],
        "at_ms": at_ms,
        "time": since_start(at_ms - execution.started_ms),
        "kind": kind,
        "state": state,
        "mark": "caught" if caught else _mark(kind),
        "error": kind.endswith(_ERRORS) or kind == "FailStateEntered",
        "caught": caught,
        "raised": fields.get("error") or (raised if kind.endswith("StateFailed") else None),
        "tries": tries,
        "tried": tried,
        "pause_ms": at_ms - before["at_ms"] if again and tried > 1 and before is not None else 0,
        "fields": fields,
    }
    row["says"] = _says(row, raised)
    chain[row["number"]] = row
    return row


def since_start(ms: int) -> str:
    """``+8.1 s``; from a minute on ``+2:05``, from a day on ``+6 d 23:59:58``."""
    if ms < 60_000:
        return f"+{ms // 100 / 10:.1f} s"
    seconds = ms // 1000
    days, hours, minutes = seconds // 86_400, seconds // 3_600 % 24, seconds // 60 % 60
    clock = f"{hours}:{minutes:02}:{seconds % 60:02}" if hours or days else f"{minutes}:{seconds % 60:02}"
    return f"+{days} d {clock}" if days else f"+{clock}"


def _mark(kind: str) -> str:
    if kind.endswith(_FAILED) or kind in ("FailStateEntered", "EvaluationFailed"):
        return "fail"
    if kind.endswith(("StateExited", "Succeeded")):
        return "ok"
    return "wait" if kind in ("TaskSubmitted", "WaitStateEntered") else "run"


def _says(row: Mapping[str, Any], caught: str | None) -> str:
    """The detail in a few words."""
    kind, fields, tried = row["kind"], row["fields"], row["tried"]
    if row["caught"]:
        return f"caught {caught or _caught(fields)}"
    if fields.get("error") or fields.get("cause"):
        if kind == "ExecutionFailed":
            return ": ".join(filter(None, (fields.get("error"), str(fields.get("cause") or "")[:CAUSE])))
        attempt = f", attempt {tried}" if tried and kind.startswith(("Task", "Lambda", "Activity")) else ""
        return f"{fields.get('error') or 'no error name'}{attempt}"
    if kind.endswith("Scheduled"):
        what = fields.get("resource", "")
        called = f"{fields['resourceType']}:{what}" if "resourceType" in fields else str(what).rpartition(":")[2]
        later = f", {span(row['pause_ms'] / 1000)} later" if row["pause_ms"] else ""
        return called + (f", attempt {tried}{later}" if tried > 1 else "")
    if kind.endswith("StateAborted"):
        return "cut off"
    if "length" in fields:
        return f"length {fields['length']}" + (f", attempt {tried}" if tried > 1 else "")
    if "index" in fields:
        return f"item {fields['index']}"
    if kind == "TaskSubmitted":
        return "waits for its token" if "waitForTaskToken" in str(fields.get("resource")) else "waits for its job"
    if fields.get("assignedVariables"):
        return "assigns " + ", ".join(fields["assignedVariables"])
    return ""


def _caught(fields: Mapping[str, Any]) -> str:
    """The name of a caught error, where the output has it."""
    output = fields.get("output")
    return str(output.get("Error", "an error")) if isinstance(output, dict) else "an error"


def rows_html(rows: list[dict[str, Any]]) -> str:
    return render_to_string("labs/_workflow_rows.html", {"rows": rows})
