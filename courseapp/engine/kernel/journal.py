"""What happened, in order, as plain tuples.

A record is ``(at_ms, type, node, link, message, reason, detail)``; its sequence is its place in the journal. Millions
of records must be cheap, so nothing is worded or formatted while the run goes on: ``message`` is the engine's own
object (with ``name`` and ``uid``), ``reason`` a tuple of a code and its arguments, and ``detail`` a dict of JSON
values or, for the types of ``DETAIL``, a bare tuple whose names stand there. ``as_json`` spells a record out when
somebody looks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Record = tuple[int, str, str, str | None, Any, tuple[Any, ...] | None, Any]

# The names of the values that a record of this type carries as a bare tuple.
DETAIL: dict[str, tuple[str, ...]] = {
    "sent": ("by",),
    "published": ("by",),
    "received": ("by", "count", "until_ms"),
    "returned": ("count",),
    "deleted": ("by",),
    "work_started": ("worker", "until_ms"),
    "worked": ("worker",),
    "delivered": ("try",),
    "became_visible": (),
    "written": ("by",),
}

# Types whose record shows the text and attributes of its message.
SHOWS_MESSAGE = frozenset({"sent", "published"})


class Journal:
    """The records of a run that nobody has fetched yet, and how many were fetched before them."""

    __slots__ = ("first_sequence", "records", "write")

    def __init__(self, on: bool = True) -> None:
        self.records: list[Record] = []
        self.first_sequence = 1
        self.write: Callable[[Record], None] | None = self.records.append if on else None

    def drain(self) -> list[Record]:
        """Hand over the records and forget them; the next one goes on with the numbers."""
        records = self.records[:]
        self.records.clear()
        self.first_sequence += len(records)
        return records


def detail_of(record: Record) -> dict[str, Any]:
    """The detail of a record as a dict of JSON values."""
    kind, message, detail = record[1], record[4], record[6]
    if detail is None:
        values: dict[str, Any] = {}
    elif isinstance(detail, tuple):
        values = dict(zip(DETAIL[kind], detail, strict=True))
    else:
        values = dict(detail)
    if kind in SHOWS_MESSAGE and message is not None:
        values["body"] = message.body
        values["attributes"] = message.attributes
    return values


def as_json(sequence: int, record: Record) -> dict[str, Any]:
    """A record spelled out, as it stands in a journal file (one JSON object a line)."""
    at_ms, kind, node, link, message, reason, _ = record
    return {
        "sequence": sequence,
        "at_ms": at_ms,
        "type": kind,
        "node": node,
        "link": link,
        "message": None if message is None else message.name,
        "id": None if message is None else message.uid,
        "reason": None if reason is None else {"code": reason[0], "arguments": list(reason[1:])},
        "detail": detail_of(record),
    }
