"""The status that a record's mark shows: ok, run, wait, fail, caught or idle."""

from __future__ import annotations

from courseapp.engine.kernel import Record, detail_of

STATUS: dict[str, str] = {
    **dict.fromkeys(
        ("deleted", "delivered", "worked", "written", "answered", "restored", "resumed", "confirmed"), "ok"
    ),
    **dict.fromkeys(("redriven", "redrive_started", "subscribed", "node_added", "connected"), "ok"),
    **dict.fromkeys(("sent", "published", "received", "work_started", "became_visible", "changed"), "run"),
    **dict.fromkeys(("paused", "visibility_changed", "deduplicated", "confirmation_sent"), "wait"),
    **dict.fromkeys(("returned", "delete_missed", "delivery_failed"), "caught"),
    **dict.fromkeys(
        ("moved_to_dlq", "dropped", "expired", "work_failed", "write_refused", "crashed", "refused"), "fail"
    ),
    **dict.fromkeys(
        ("filtered_out", "empty_receive", "purged", "unsubscribed", "node_removed", "disconnected"), "idle"
    ),
}
HARMLESS = frozenset(kind for kind, status in STATUS.items() if status not in ("fail", "caught"))
"""Types that never tell of something that failed or came back."""
GRAVITY = {"fail": 5, "caught": 4, "wait": 3, "run": 2, "ok": 1, "idle": 0}


def status(record: Record) -> str:
    kind = record[1]
    known = STATUS.get(kind)
    if known is None:
        known = _history_status(kind)
    if kind == "delivery_failed" and not detail_of(record).get("next_at_ms"):
        return "fail"
    return known


def is_grave(record: Record) -> bool:
    """Whether something failed or came back."""
    return record[1] not in HARMLESS and GRAVITY[status(record)] >= GRAVITY["caught"]


def _history_status(kind: str) -> str:
    if kind.endswith(("Failed", "TimedOut")) or kind == "ExecutionAborted":
        return "fail"  # also an attempt that is retried, or whose error is caught: there is something to look at
    if kind.endswith("Aborted"):
        return "caught"  # it was cut off
    if kind.endswith(("Succeeded", "StateExited")):
        return "ok"
    return "wait" if kind.startswith("WaitState") else "run"
