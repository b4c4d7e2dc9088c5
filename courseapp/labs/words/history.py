"""Step Functions: a history event as a sentence, from AWS's name of its type."""

from __future__ import annotations

from courseapp.labs.words.facts import Facts, cause


def history_sentence(f: Facts) -> str:
    kind, state = f.kind, f.get("state") or f.get("name")
    if kind.endswith("StateEntered"):
        return f"{f.message} entered {state}."
    if kind.endswith("StateExited"):
        return f"{f.message} left {state}."
    if kind.startswith("Execution"):
        what = {
            "ExecutionStarted": "started",
            "ExecutionSucceeded": "succeeded",
            "ExecutionFailed": f"failed: {cause(f)}",
            "ExecutionTimedOut": "timed out",
            "ExecutionAborted": "was stopped",
            "ExecutionRedriven": "was redriven",
        }.get(kind, _apart(kind.removeprefix("Execution")))
        return f"{f.node}: {f.message} {what}."
    where = f" in {state}" if state else ""
    failed = f": {cause(f)}" if kind.endswith(("Failed", "TimedOut")) and (f.told or f.get("error")) else ""
    return f"{f.message}{where}: {_apart(kind)}{failed}."


def _apart(name: str) -> str:
    """``TaskStateEntered`` as ``task state entered``."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()
