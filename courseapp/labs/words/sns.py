"""What topics do with messages, and who subscribes, as sentences."""

from __future__ import annotations

from courseapp.diagram.text import span
from courseapp.labs.words.facts import Facts, Sentence, cause, gave_up, plural


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
    what = f.told or str(f.get("error") or "no answer").rstrip(".")
    next_ms = f.get("next_at_ms")
    then = (
        f"The next try is in {span((next_ms - f.at_ms) / 1000)}" if next_ms is not None else "There is no further try"
    )
    return f"Try {f.get('try', 1)} to deliver {f.message} to {f.endpoint} failed: {what}. {then}."


def _dropped(f: Facts) -> str:
    if f.reason[0] in ("gave_up", "async_retries_used_up"):
        return f"{f.node} gave up on {f.message} after {plural(f.reason[1], 'try', 'tries')}: {cause(f)}."
    if f.reason[0] == "event_too_old":
        return f"{f.node} had no room for {f.message} in {f.reason[1] // 3600} hours, and Lambda gave it up."
    if f.link is None:
        return f"{f.node} gave up on {f.message}: {cause(f)}."
    return f"{f.message} is lost for {f.endpoint}: {gave_up(f)}, and there is no dead-letter queue that takes it."


def _subscribed(f: Facts) -> str:
    pending = ", which must confirm first" if f.reason[0] == "pending_confirmation" else ""
    return f"{f.endpoint} was subscribed to {f.node}{pending}."


SENTENCES: dict[str, Sentence] = {
    "published": _published,
    "delivered": _delivered,
    "filtered_out": _filtered_out,
    "delivery_failed": _delivery_failed,
    "dropped": _dropped,
    "subscribed": _subscribed,
    "unsubscribed": lambda f: f"{f.endpoint} was unsubscribed from {f.node}.",
    "confirmation_sent": lambda f: f"{f.node} was asked to confirm its subscription.",
    "confirmed": lambda f: f"{f.endpoint} confirmed its subscription to {f.node}.",
}
