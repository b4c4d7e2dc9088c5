"""Small labs for the tests of checks and predictions, made from a document on the spot."""

from __future__ import annotations

from typing import Any

from courseapp.engine.architecture import parse
from courseapp.lessons.content import LabContent

# One order at 1 s, received at once, worked on for 2 s; a queue, a consumer, a database.
DOCUMENT: dict[str, Any] = {
    "version": 1,
    "title": "One order",
    "starts_at": "2026-01-05T09:00:00Z",
    "nodes": [
        {"id": "shop", "kind": "publisher", "parameters": {
            "first_number": 1,
            "message": {"name": "order {n}", "type": "order", "body": {"order": "{n}"}},
            "messages": [{"at_seconds": 1}, {"at_seconds": 2}],
        }},
        {"id": "orders", "kind": "queue", "parameters": {"VisibilityTimeout": 30}},
        {"id": "clerk", "kind": "consumer", "parameters": {"WaitTimeSeconds": 20, "processing_seconds": 2}},
        {"id": "rows", "kind": "database"},
    ],
    "links": [
        {"from": "shop", "to": "orders"},
        {"from": "orders", "to": "clerk"},
        {"from": "clerk", "to": "rows"},
    ],
}  # fmt: skip


def lab_of(document: dict[str, Any] | None = None, **lab: Any) -> LabContent:
    """A lab with this document; ``lab`` are fields of its lab.json."""
    document = document or DOCUMENT
    values: dict[str, Any] = {"slug": "small", "seed": 7, "script": [], "predictions": [], "claims": [], **lab}
    return LabContent(
        slug="small",
        stop=3,
        number="3.1",
        title="Small",
        ask="What happens?",
        minutes=1,
        path="03-sqs/small/architecture.json",
        architecture=parse(document),
        document=document,
        lab=values,
        texts={},
        beliefs=(),
    )
