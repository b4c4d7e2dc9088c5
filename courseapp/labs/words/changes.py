"""What somebody changed, as a sentence: AWS's parameters by AWS's names, ours by what they mean."""

from __future__ import annotations

from typing import Any

from courseapp.labs.words.facts import LONGEST_VALUE, Facts, shown

OURS: dict[str, str] = {
    "alarm_at_messages": "The alarm line of {}",
    "at_seconds": "The time of a message of {}, counted from the start,",
    "count": "The size of a burst of {}",
    "fails_on": "The list of what fails at {}",
    "memory_mb": "The memory of {} in MB",
    "messages_per_second": "The number of messages a second of {}",
    "mocks": "The answer to a task of {}",
    "outages": "The end of an outage of {}, counted from the start,",
    "processing_seconds": "The time of {} for a message",
    "remembers": "The memory of {}",
    "retries_at_seconds": "The list of retries on {}",
    "unique_key": "The unique key of {}",
    "when_database_is_down": "The behaviour of {} while the database is down",
    "workers": "The number of workers of {}",
}
"""By the first or the last part of a dotted name."""
SECONDS = ("_seconds", "outages.0.0", "outages.0.1")
CODES = frozenset(("remembers", "when_database_is_down"))
"""Parameters whose values are codes of ours."""


def changed(f: Facts) -> str:
    name, whose = str(f.get("name")), f.title(f.link) if f.link else f.node
    old, new = f.get("from"), f.get("to")
    if name == "enabled" and isinstance(new, bool):
        return f"{whose} was {'enabled' if new else 'disabled'}."
    subject = _subject(name, whose)
    if new is None:
        return f"{subject} was removed."
    if any(isinstance(value, dict | list) and len(shown(value)) > LONGEST_VALUE for value in (old, new)):
        return f"{subject} was {'set' if old is None else 'changed'}."
    if old is None:
        return f"{subject} was set to {_value(name, new)}."
    return f"{subject} changed from {_value(name, old)} to {_value(name, new)}."


def _subject(name: str, whose: str) -> str:
    first, _, rest = name.partition(".")
    if first == "definition":
        return _in_definition(rest, whose)
    if first == "task_seconds" and rest:
        state, _, part = rest.partition(".")
        what = {"": "time", "job_fails": "failure of the job"}.get(part, f"time of the {part}")
        return f"The {what} of {state} in {whose}"
    if first == "message" and rest:
        return f"{rest} in the message of {whose}"
    if first == "mocks" and rest:
        return f"The answer to {rest} in {whose}"
    ours = OURS.get(first) or OURS.get(name.rpartition(".")[2])
    return ours.format(whose) if ours else f"{name.replace('_', ' ')} of {whose}"


def _in_definition(path: str, whose: str) -> str:
    """``ResultPath of LookUpSkills in welcome`` for ``States.LookUpSkills.ResultPath``."""
    states, _, rest = path.partition(".")
    state, _, field = rest.partition(".")
    if path in ("", "States"):
        return f"The definition of {whose}"
    if states != "States":
        return f"{path} in the definition of {whose}"
    return f"{field} of {state} in {whose}" if field else f"The state {state} of {whose}"


def _value(name: str, value: Any) -> str:
    if isinstance(value, str) and name in CODES:
        return value.replace("_", " ")
    if isinstance(value, str) and " " in value:
        return f"“{shown(value)}”"
    timed = name.startswith("task_seconds.") or name.endswith(SECONDS)
    seconds = timed and isinstance(value, int | float) and not isinstance(value, bool)
    return f"{shown(value)} s" if seconds else shown(value)
