"""Each journal record as one plain sentence, the short word for it in a message's journey, and its status. Pure.

``says(record, titles)`` words a record; ``titles`` maps ids to what people call the nodes. What the engine recorded
as a code with arguments becomes a sentence only here, when somebody reads it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from courseapp.diagram.document import ordinal
from courseapp.engine.kernel import Record, detail_of

Titles = Mapping[str, str]

OUTSIDE = "outside"

LONGEST_VALUE = 60
"""Letters of a value in a sentence."""


def span(seconds: float) -> str:
    """A span of time in its two largest units: ``0.5 s``, ``12 min 40 s``, ``6 d 23 h``."""
    if seconds < 60:
        return f"{round(seconds, 3):g} s"
    whole = round(seconds)
    units = [(whole // 86_400, "d"), (whole % 86_400 // 3_600, "h"), (whole % 3_600 // 60, "min"), (whole % 60, "s")]
    while units[0][0] == 0:
        units.pop(0)
    return " ".join(f"{count} {unit}" for count, unit in units[:2] if count)


def plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def times(count: int) -> str:
    return "once" if count == 1 else "twice" if count == 2 else f"{count:,} times"


class Facts:
    """A record as a sentence needs it: names in place of ids, details at hand."""

    __slots__ = ("at_ms", "detail", "kind", "link", "message", "node", "node_id", "reason", "titles")

    def __init__(self, record: Record, titles: Titles) -> None:
        self.at_ms, self.kind, self.node_id, self.link, message, reason, _ = record
        self.titles = titles
        self.node = self.title(self.node_id)
        self.message = "a message" if message is None else str(message.name)
        self.reason: tuple[Any, ...] = reason or ("",)
        self.detail = _light_detail(record)

    def title(self, node_id: Any) -> str:
        """What people call a node or a link; ``saver#2`` is the second worker of ``saver``."""
        source, _, end = str(node_id).partition("/")
        if end:
            return f"the link from {self.title(source)} to {self.title(end)}"
        if source == OUTSIDE:
            return "somebody outside"
        name, _, worker = source.partition("#")
        title = self.titles.get(name, name)
        return title if worker in ("", "1") else f"{title} (worker {worker})"

    @property
    def by(self) -> str:
        return self.title(self.detail.get("by", OUTSIDE))

    @property
    def outside(self) -> bool:
        return str(self.detail.get("by", OUTSIDE)) == OUTSIDE

    @property
    def endpoint(self) -> str:
        return self.title((self.link or "/").partition("/")[2])

    @property
    def worker(self) -> str:
        worker = self.detail.get("worker")
        named = "#" in self.node_id or worker in (None, 0, 1)
        return "" if named else f" (worker {worker})"

    def get(self, name: str, default: Any = None) -> Any:
        return self.detail.get(name, default)


def _light_detail(record: Record) -> dict[str, Any]:
    """The detail without the message's text, which no sentence shows."""
    if record[1] in ("sent", "published") and record[4] is not None:
        record = (*record[:4], None, record[5], record[6])
    return detail_of(record)


# --- SQS ---


def _sent(f: Facts) -> str:
    if f.outside:
        return f"{f.message} was sent to {f.node} from outside."
    return f"{f.by} sent {f.message} to {f.node}."


def _received(f: Facts) -> str:
    count = f.get("count", 1)
    again = f" for the {ordinal(count)} time" if count > 1 else ""
    return f"{f.by} received {f.message}{again}."


def _returned(f: Facts) -> str:
    code, *arguments = f.reason
    if code == "visibility_timeout" and arguments and arguments[0]:
        why = f"its visibility timeout of {span(arguments[0])} passed without a delete"
    elif code == "visibility_timeout":
        why = "its visibility timeout is 0"
    elif code == "given_back":
        why = f"{f.title(arguments[0])} gave it back"
    else:
        why = _spelled(f.reason)
    return f"{f.message} returned to {f.node}: {why}."


def _visibility_changed(f: Facts) -> str:
    left_ms = f.get("until_ms", f.at_ms) - f.at_ms
    if left_ms <= 0:
        return f"{f.by} set the visibility timeout of {f.message} to 0."
    return f"{f.by} keeps {f.message} hidden for {span(left_ms / 1000)} from now."


def _delete_missed(f: Facts) -> str:
    if f.reason[0] == "stale_receipt":
        return (
            f"{f.by} tried to delete {f.message} with an old receipt handle: it was received again since, so it stays."
        )
    if f.reason[0] == "server_away":
        return f"{f.by} deleted {f.message}, but a server that holds a copy was away: the message can come back."
    return f"{f.by} could not delete {f.message}: {_spelled(f.reason)}."


def _moved_to_dlq(f: Facts) -> str:
    to = f.title(f.get("to", "the dead-letter queue"))
    code, *arguments = f.reason
    if code == "received_too_often":
        limit = int(arguments[0])
        return f"{f.message} moved to {to}: a {ordinal(limit + 1)} receive would pass the limit of {limit}."
    return f"{f.message} moved to {to}: {_gave_up(f)}."


def _expired(f: Facts) -> str:
    kept = f" of {span(f.reason[1])}" if len(f.reason) > 1 else ""
    return f"{f.message} expired in {f.node}: its retention period{kept} is over."


def _purged(f: Facts) -> str:
    return f"{f.node} was purged: {plural(int(f.get('count', 0)), 'message')} gone."


def _redrive_started(f: Facts) -> str:
    count = plural(int(f.get("count", 0)), "message")
    to = f.get("to")
    where = (
        f"to {f.title(to)}" if to else "to the queue it came from" if f.get("count") == 1 else "to where they came from"
    )
    return f"A redrive of {count} from {f.node} {where} began."


def _redriven(f: Facts) -> str:
    return f"{f.message} went from {f.node} to {f.title(f.get('to'))} as a new message with a new id."


def _deduplicated(f: Facts) -> str:
    return (
        f"{f.node} accepted {f.message} but did not store it: the same deduplication id came within the last 5 minutes."
    )


# --- SNS ---


def _published(f: Facts) -> str:
    if f.outside:
        return f"{f.message} was published to {f.node} from outside."
    return f"{f.by} published {f.message} to {f.node}."


def _delivered(f: Facts) -> str:
    tried = f.get("try", 1)
    again = f" at try {tried}" if isinstance(tried, int) and tried > 1 else ""
    return f"{f.node} delivered {f.message} to {f.endpoint}{again}."


def _filtered_out(f: Facts) -> str:
    why = f.get("says") or (
        f"{f.reason[1]} does not match" if len(f.reason) > 1 else "its filter policy does not match"
    )
    return f"{f.message} was filtered out for {f.endpoint}: {why}."


def _delivery_failed(f: Facts) -> str:
    what = str(f.get("says") or f.get("error") or "no answer").rstrip(".")
    next_ms = f.get("next_at_ms")
    then = (
        f"The next try is in {span((next_ms - f.at_ms) / 1000)}" if next_ms is not None else "There is no further try"
    )
    return f"Try {f.get('try', 1)} to deliver {f.message} to {f.endpoint} failed: {what}. {then}."


def _gave_up(f: Facts) -> str:
    code, *arguments = f.reason
    tries = arguments[0] if arguments else f.get("try", 1)
    if code == "never_retried":
        return f"{f.endpoint} refused it with an error that is never retried"
    if code == "retries_used_up":
        tried = "1 try" if tries == 1 else f"{tries} tries"
        return f"{f.endpoint} did not take it, and its retries are used up after {tried}"
    if code == "unsubscribed":
        return f"the subscription of {f.endpoint} was removed while it was being retried"
    return _spelled(f.reason)


def _dropped(f: Facts) -> str:
    if f.reason[0] in ("gave_up", "async_retries_used_up"):
        tries = f.reason[1]
        return f"{f.node} gave up on {f.message} after {'1 try' if tries == 1 else f'{tries} tries'}: {_cause(f)}."
    if f.link is None:
        return f"{f.node} gave up on {f.message}: {_cause(f)}."
    return f"{f.message} is lost for {f.endpoint}: {_gave_up(f)}, and there is no dead-letter queue that takes it."


def _subscribed(f: Facts) -> str:
    pending = ", which must confirm first" if f.reason[0] == "pending_confirmation" else ""
    return f"{f.endpoint} was subscribed to {f.node}{pending}."


# --- actors ---


def _cause(f: Facts) -> str:
    """The error in words if there are some, else its name, else the reason."""
    words = str(f.get("says") or f.get("cause") or "").rstrip(".")
    error = str(f.get("error") or "")
    if words and error and error not in words:
        return f"{words} ({error})"
    return words or error or _spelled(f.reason) or "no reason given"


def _worked(f: Facts) -> str:
    if f.reason[0] == "handled_before":
        return f"{f.node}{f.worker} has handled {f.message} before and does nothing more."
    return f"{f.node}{f.worker} finished {f.message}."


def _work_failed(f: Facts) -> str:
    if f.reason[0] == "swallowed":
        return f"{f.node}{f.worker} failed at {f.message} ({_cause(f)}) and went on as if it had not."
    return f"{f.node}{f.worker} failed at {f.message}: {_cause(f)}."


def _write_refused(f: Facts) -> str:
    code, *arguments = f.reason
    if code == "database_down":
        return f"{f.node} is down and refused {f.message} from {f.by}."
    if code == "throttled":
        return f"{f.node} refused {f.message} from {f.by}: it takes at most {_value(arguments[0])} requests a second."
    if code == "row_exists":
        return f"{f.node} refused {f.message} from {f.by}: it has a row for {_value(arguments[0])} already."
    return f"{f.node} refused {f.message} from {f.by}: {_cause(f)}."


def _answered(f: Facts) -> str:
    status = f.get("status")
    text = str(f.get("text") or "")
    shown = text if len(text) <= 60 else text[:59] + "…"
    if status in (None, "ok", 200, "200", "delivered") and shown:
        return f"{f.node} got {f.message}: “{shown}”."
    if status is None:
        return f"{f.node} got {f.message}."
    return f"{f.node} answered {status} to {f.message}."


def _crashed(f: Facts) -> str:
    holding = f.get("message") or (None if f.message == "a message" else f.message)
    held = f" while it held {holding}" if holding else ""
    if "worker" not in f.detail:
        return f"{f.node} went down."
    return f"{f.node}{f.worker} crashed{held}."


def _changed(f: Facts) -> str:
    whose = f.title(f.link) if f.link else f.node
    old, new = f.get("from"), f.get("to")
    if new is not None and any(
        isinstance(value, dict | list) and len(_value(value)) > LONGEST_VALUE for value in (old, new)
    ):
        return f"{f.get('name')} of {whose} was {'set' if old is None else 'changed'}."
    if old is None:
        return f"{f.get('name')} of {whose} was set to {_value(new)}."
    if new is None:
        return f"{f.get('name')} of {whose} was removed."
    return f"{f.get('name')} of {whose} changed from {_value(old)} to {_value(new)}."


def _refused(f: Facts) -> str:
    words = str(f.get("says") or f.get("message") or "").rstrip(".")
    error = f.get("error") or (f.reason[0] if f.reason[0] else "refused")
    return f"{f.get('action', 'The call')} on {f.node} was refused: {words + ' ' if words else ''}({error})."


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int | float):
        return f"{value:g}"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    text = str(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def _spelled(reason: tuple[Any, ...]) -> str:
    """A reason for which there is no sentence of its own: its code as words, and its arguments."""
    words = str(reason[0]).replace("_", " ")
    arguments = ", ".join(_value(argument) for argument in reason[1:] if argument is not None)
    return f"{words} ({arguments})" if arguments else words


# --- Step Functions: AWS's history event types ---


def _history(f: Facts) -> str:
    kind, state = f.kind, f.get("state") or f.get("name")
    if kind.endswith("StateEntered"):
        return f"{f.message} entered {state}."
    if kind.endswith("StateExited"):
        return f"{f.message} left {state}."
    if kind.startswith("Execution"):
        what = {
            "ExecutionStarted": "started",
            "ExecutionSucceeded": "succeeded",
            "ExecutionFailed": f"failed: {_cause(f)}",
            "ExecutionTimedOut": "timed out",
            "ExecutionAborted": "was stopped",
            "ExecutionRedriven": "was redriven",
        }.get(kind, _apart(kind.removeprefix("Execution")))
        return f"{f.node}: {f.message} {what}."
    where = f" in {state}" if state else ""
    failed = f": {_cause(f)}" if kind.endswith(("Failed", "TimedOut")) else ""
    return f"{f.message}{where}: {_apart(kind)}{failed}."


def _apart(name: str) -> str:
    """``TaskStateEntered`` as ``task state entered``."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()


SENTENCES: dict[str, Callable[[Facts], str]] = {
    "sent": _sent,
    "published": _published,
    "deduplicated": _deduplicated,
    "delivered": _delivered,
    "filtered_out": _filtered_out,
    "delivery_failed": _delivery_failed,
    "dropped": _dropped,
    "became_visible": lambda f: f"{f.message} became visible in {f.node}: its delay is over.",
    "received": _received,
    "empty_receive": lambda f: f"{f.by} asked {f.node} and got nothing.",
    "returned": _returned,
    "visibility_changed": _visibility_changed,
    "deleted": lambda f: f"{f.by} deleted {f.message}.",
    "delete_missed": _delete_missed,
    "moved_to_dlq": _moved_to_dlq,
    "redrive_started": _redrive_started,
    "redriven": _redriven,
    "expired": _expired,
    "purged": _purged,
    "work_started": lambda f: f"{f.node}{f.worker} began to work on {f.message}.",
    "worked": _worked,
    "work_failed": _work_failed,
    "written": lambda f: f"{f.by} wrote {f.message} to {f.node}.",
    "write_refused": _write_refused,
    "answered": _answered,
    "crashed": _crashed,
    "restored": lambda f: f"{f.node}{f.worker} is up again.",
    "paused": lambda f: f"{f.node} finishes what it holds and receives no more.",
    "resumed": lambda f: f"{f.node} receives again.",
    "subscribed": _subscribed,
    "unsubscribed": lambda f: f"{f.endpoint} was unsubscribed from {f.node}.",
    "confirmation_sent": lambda f: f"{f.node} was asked to confirm its subscription.",
    "confirmed": lambda f: f"{f.endpoint} confirmed its subscription to {f.node}.",
    "changed": _changed,
    "node_added": lambda f: f"{f.node} was added.",
    "node_removed": lambda f: f"{f.node} was removed.",
    "connected": lambda f: f"{f.title((f.link or '/').partition('/')[0])} was connected to {f.endpoint}.",
    "disconnected": lambda f: f"{f.title((f.link or '/').partition('/')[0])} was disconnected from {f.endpoint}.",
    "refused": _refused,
    "job_ended": lambda f: f"The job of {f.get('state') or f.message} ended.",
}

# What happened to a message, in the fewest words, where its whole journey is listed.
JOURNEY: dict[str, Callable[[Facts], str]] = {
    "sent": lambda f: f"Sent to {f.node}",
    "published": lambda f: f"Published to {f.node}",
    "deduplicated": lambda f: "Not stored (a duplicate send)",
    "delivered": lambda f: f"Delivered to {f.endpoint}",
    "filtered_out": lambda f: f"Filtered out for {f.endpoint}",
    "delivery_failed": lambda f: f"Try {f.get('try', 1)} to {f.endpoint} failed",
    "dropped": lambda f: "Lost",
    "became_visible": lambda f: f"Visible in {f.node}",
    "received": lambda f: (
        f"Received by {f.by}" + (f" ({ordinal(f.get('count'))} time)" if f.get("count", 1) > 1 else "")
    ),
    "returned": lambda f: "Returned to the queue",
    "visibility_changed": lambda f: "Visibility timeout changed",
    "deleted": lambda f: "Deleted",
    "delete_missed": lambda f: "Delete missed",
    "moved_to_dlq": lambda f: f"Moved to {f.title(f.get('to'))}",
    "redriven": lambda f: "Redriven (a new message with a new id)",
    "expired": lambda f: "Expired",
    "work_started": lambda f: f"{f.node} began to work",
    "worked": lambda f: f"{f.node} finished",
    "work_failed": lambda f: f"{f.node} failed",
    "written": lambda f: f"Written to {f.node}",
    "write_refused": lambda f: f"Refused by {f.node}",
    "answered": lambda f: f"Arrived at {f.node}",
}

# The status that a record's mark shows: ok, run, wait, fail, caught or idle.
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


def says(record: Record, titles: Titles) -> str:
    """The record as one plain sentence."""
    facts = Facts(record, titles)
    return SENTENCES.get(facts.kind, _history)(facts)


def journey_words(record: Record, titles: Titles) -> str:
    """The record in the fewest words, for the list of what happened to one message."""
    facts = Facts(record, titles)
    words = JOURNEY.get(facts.kind)
    return words(facts) if words else SENTENCES.get(facts.kind, _history)(facts).rstrip(".")


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
    if kind.endswith(("Failed", "TimedOut", "Aborted")):
        return "fail" if kind.startswith("Execution") else "caught"
    if kind.endswith(("Succeeded", "StateExited")):
        return "ok"
    return "wait" if kind.startswith("WaitState") else "run"
