"""A record as a sentence needs it, and the phrases that sentences share."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from courseapp.engine.kernel import Record, detail_of

Titles = Mapping[str, str]

OUTSIDE = "outside"
SOMEBODY = "somebody outside"
NO_MESSAGE = "a message"  # what a record without a message says of it

LONGEST_VALUE = 60
"""Letters of a value in a sentence."""

_OF_A_NODE = re.compile(r"(The service behind |Nobody holds a message of |\w+ of )?([A-Za-z0-9_./-]+)(?= )")
"""How the engine's own sentences begin, which know a node or link by its id alone: ``crm answered 503.``"""


def plural(count: int, noun: str, many: str = "") -> str:
    """``1 message``, ``1,200 messages``; ``many`` where an s is not enough."""
    return f"{count:,} {noun if count == 1 else many or f'{noun}s'}"


class Facts:
    """A record as a sentence needs it: names in place of ids, details at hand."""

    __slots__ = ("at_ms", "detail", "kind", "link", "message", "node", "node_id", "reason", "titles")

    def __init__(self, record: Record, titles: Titles) -> None:
        self.at_ms, self.kind, self.node_id, self.link, message, reason, _ = record
        self.titles = titles
        self.node = self.title(self.node_id)
        self.message = NO_MESSAGE if message is None else str(message.name)
        self.reason: tuple[Any, ...] = reason or ("",)
        self.detail = _light_detail(record)

    def title(self, node_id: Any) -> str:
        """What people call a node or a link; ``saver#2`` is the second worker of ``saver``."""
        source, _, end = str(node_id).partition("/")
        if end:
            return f"the link from {self.title(source)} to {self.title(end)}"
        if source == OUTSIDE:
            return SOMEBODY
        name, _, worker = source.partition("#")
        title = self.titles.get(name, name)
        return title if worker in ("", "1") else f"{title} (worker {worker})"

    @property
    def told(self) -> str:
        """What the engine says of it in a sentence of its own, with what people call the node that it is about."""
        words = str(self.detail.get("says") or self.detail.get("cause") or "").rstrip(".")
        about = _OF_A_NODE.match(words)
        if about is None or not all(name in self.titles for name in about[2].split("/")):
            return words
        return f"{about[1] or ''}{self.title(about[2])}{words[about.end() :]}"

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


Sentence = Callable[[Facts], str]

# --- Phrases ---


def shown(value: Any) -> str:
    """A value in a sentence; a long text is cut short."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.12g}" if isinstance(value, float) else str(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def spelled(reason: tuple[Any, ...]) -> str:
    """A reason for which there is no sentence of its own: its code as words, and its arguments."""
    words = str(reason[0]).replace("_", " ")
    arguments = ", ".join(shown(argument) for argument in reason[1:] if argument is not None)
    return f"{words} ({arguments})" if arguments else words


def cause(f: Facts) -> str:
    """The error in words if there are some, else its name, else the reason."""
    error = str(f.get("error") or "")
    if error and f.told.startswith("{"):
        return error  # what a function raised comes as JSON, with its trace
    if f.told and error and error not in f.told:
        return f"{f.told} ({error})"
    return f.told or error or spelled(f.reason) or "no reason given"


def gave_up(f: Facts) -> str:
    """Why a subscription no longer tries to deliver a message."""
    code, *arguments = f.reason
    tries = arguments[0] if arguments else f.get("try", 1)
    if code == "never_retried":
        return f"{f.endpoint} refused it with an error that is never retried"
    if code == "retries_used_up":
        return f"{f.endpoint} did not take it, and its retries are used up after {plural(tries, 'try', 'tries')}"
    if code == "unsubscribed":
        return f"the subscription of {f.endpoint} was removed while it was being retried"
    return spelled(f.reason)
