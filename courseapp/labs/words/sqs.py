"""What happens in queues, as sentences."""

from __future__ import annotations

from courseapp.diagram.document import ordinal
from courseapp.diagram.text import span
from courseapp.labs.words.facts import Facts, Sentence, gave_up, plural, spelled


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
        why = spelled(f.reason)
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
    return f"{f.by} could not delete {f.message}: {spelled(f.reason)}."


def _moved_to_dlq(f: Facts) -> str:
    to = f.title(f.get("to", "the dead-letter queue"))
    code, *arguments = f.reason
    if code == "received_too_often":
        limit = int(arguments[0])
        return f"{f.message} moved to {to}: the {ordinal(limit + 1)} receive would pass the limit of {limit}."
    return f"{f.message} moved to {to}: {gave_up(f)}."


def _expired(f: Facts) -> str:
    kept = f" of {span(f.reason[1])}" if len(f.reason) > 1 else ""
    return f"{f.message} expired in {f.node}: its retention period{kept} is over."


def _purged(f: Facts) -> str:
    return f"{f.node} was purged: {plural(int(f.get('count', 0)), 'message')} gone."


def _redrive_started(f: Facts) -> str:
    if not f.get("count"):
        return f"A redrive of {f.node} began and found nothing to move."
    count = plural(int(f.get("count")), "message")
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


SENTENCES: dict[str, Sentence] = {
    "sent": _sent,
    "deduplicated": _deduplicated,
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
}
