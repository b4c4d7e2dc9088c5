"""The facts about one message or one node, and the run as a table: for the inspector's panels and for pages without
scripts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.template.loader import render_to_string

from courseapp.diagram.document import caption, dead_letter_queues
from courseapp.diagram.words import STATUS_WORDS, counts
from courseapp.engine.commands import Refused
from courseapp.engine.kernel import Record, detail_of
from courseapp.engine.world import Simulation
from courseapp.labs import words
from courseapp.labs.picture import titles_of
from courseapp.labs.timeline import is_event

NEWEST = 12
"""Records that the running text shows."""
MOST_JOURNEY = 400
MOST_MESSAGES = 200
AWS_KINDS = frozenset({"queue", "topic", "state_machine"})

Numbered = tuple[int, Record]


class Utterance:
    """Which records belong to one message: its copies, what a topic tries to deliver, what a redrive makes anew."""

    def __init__(self, uid: int) -> None:
        self.uid = uid
        self.origins = {uid >> 8}
        self.name: str | None = None
        self.number: int | None = None

    def has(self, message: Any) -> bool:
        if message is None:
            return False
        number = getattr(message, "n", None)
        if message.uid >> 8 in self.origins:
            if self.name is None:
                self.name, self.number = message.name, number
            return True
        return self.name is not None and number == self.number and message.name == self.name

    def learn(self, numbered: Iterable[Numbered]) -> None:
        """Find out what the message is called, from any record of it."""
        for _, record in numbered:
            if self.name is None and record[4] is not None:
                self.has(record[4])


def journey(simulation: Simulation, uid: int, numbered: Sequence[Numbered]) -> dict[str, Any]:
    """Everything that happened to a message and its copies. Raises Refused if there is no such message."""
    if not numbered:
        raise Refused("no_such_message", f"No message {uid} has been seen up to this moment.")
    titles = titles_of(simulation.architecture)
    utterance = Utterance(uid)
    utterance.learn(numbered)
    newest = next(
        (record[4] for _, record in reversed(numbered) if record[4] is not None and record[4].uid == uid), None
    )
    body, received = _text_of(numbered), getattr(newest, "received", "")
    told = [_line(simulation, sequence, record, titles) for sequence, record in numbered if is_event(record)]
    state = simulation.message_state(uid)
    return {
        "uid": uid,
        "name": utterance.name or f"message {uid}",
        "type": getattr(newest, "type", None) or _type_of(numbered),
        "body": body,
        "received": pretty(received) if received != body else "",
        "attributes": _attributes_of(numbered),
        "state": state and {**state, "node": titles[state["node"]]},
        "lines": told[-MOST_JOURNEY:],
        "left_out": max(0, len(told) - MOST_JOURNEY),
    }


def pretty(text: str) -> str:
    """JSON text with its parts on lines of their own; any other text as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _line(simulation: Simulation, sequence: int, record: Record, titles: words.Titles) -> dict[str, Any]:
    short, says = words.journey_words(record, titles), words.says(record, titles)
    return {
        "sequence": sequence,
        "at_ms": record[0],
        "clock": clock_text(simulation.architecture.starts_at, record[0]),
        "status": words.status(record),
        "words": short,
        "says": says,
        "more": "" if says.startswith(short) else says,
        "message": None if record[4] is None else record[4].uid,
    }


def _type_of(numbered: Sequence[Numbered]) -> str | None:
    return next((getattr(record[4], "type", None) for _, record in numbered if record[4] is not None), None)


def _text_of(numbered: Sequence[Numbered]) -> str:
    for _, record in numbered:
        if record[1] in ("sent", "published") and record[4] is not None:
            return str(detail_of(record).get("body", ""))
    return ""


def _attributes_of(numbered: Sequence[Numbered]) -> dict[str, Any]:
    for _, record in numbered:
        if record[1] in ("sent", "published") and record[4] is not None:
            attributes = detail_of(record).get("attributes") or {}
            return {name: value.get("StringValue", value.get("BinaryValue", "")) for name, value in attributes.items()}
    return {}


def node_facts(simulation: Simulation, node_id: str) -> dict[str, Any]:
    """A node's attributes under AWS's names, its metrics under CloudWatch's, and the messages that it holds.

    Raises Refused.
    """
    metrics, architecture = figures(simulation, node_id), simulation.architecture
    node, view = architecture.node(node_id), simulation.node_view(node_id)
    messages = list(simulation.messages_at(node_id))
    kind = caption(architecture, node, dead_letter_queues(architecture))
    counted = [f"{number(value)} {what}" for what, value in counts(node.kind, view)]
    return {
        "id": node_id,
        "title": titles_of(architecture)[node_id],
        "kind": node.kind,
        "is_aws": node.kind in AWS_KINDS,
        "status": view["status"],
        "says": view.get("says") or ", ".join([kind, *counted]),
        "attributes": simulation.attributes(node_id),
        "metrics": metrics,
        "messages": messages[:MOST_MESSAGES],
        "more": max(0, len(messages) - MOST_MESSAGES),
    }


def figures(simulation: Simulation, node_id: str) -> dict[str, str]:
    """A node's metrics as they are read. Raises Refused."""
    if not simulation.architecture.has(node_id):
        raise Refused("no_such_node", f"There is no node {node_id!r} in this lab.")
    return {name: number(value) for name, value in simulation.metrics().get(node_id, {}).items()}


def table(simulation: Simulation, numbered: Sequence[Numbered]) -> dict[str, Any]:
    """The picture as a table, and the newest records as sentences."""
    titles = titles_of(simulation.architecture)
    metrics = simulation.metrics()
    views = simulation.view()["nodes"]
    rows = [
        {
            "id": node.id,
            "title": titles[node.id],
            "kind": node.kind,
            "status": views[node.id]["status"],
            "says": views[node.id].get("says") or STATUS_WORDS[views[node.id]["status"]].capitalize(),
            "figures": {
                name: number(value) for name, value in _figures(views[node.id], metrics.get(node.id, {})).items()
            },
        }
        for node in simulation.architecture.nodes
    ]
    newest = [_line(simulation, sequence, record, titles) for sequence, record in numbered if is_event(record)][
        -NEWEST:
    ]
    return {
        "rows": rows,
        "lines": newest[::-1],
        "clock": clock_text(simulation.architecture.starts_at, simulation.now_ms),
    }


def _figures(view: Any, metrics: Any) -> Any:
    """What the picture shows in numbers, or all metrics of a node that shows none."""
    return view.get("gauges") or metrics


def message_html(lab_id: str, simulation: Simulation, uid: int, numbered: Sequence[Numbered]) -> str:
    return render_to_string("labs/_journey.html", {"lab_id": lab_id, "journey": journey(simulation, uid, numbered)})


def node_html(lab_id: str, simulation: Simulation, node_id: str) -> str:
    return render_to_string("labs/_node.html", {"lab_id": lab_id, "node": node_facts(simulation, node_id)})


def table_html(lab_id: str, simulation: Simulation, numbered: Sequence[Numbered]) -> str:
    return render_to_string("labs/_table.html", {"lab_id": lab_id, "table": table(simulation, numbered)})


def clock_text(starts_at: str, at_ms: int) -> str:
    """The time of day of a virtual instant, as the clock shows it, with the date on another day: ``09:46:34``."""
    start = datetime.fromisoformat(starts_at).astimezone(UTC)
    moment = start + timedelta(milliseconds=at_ms)
    text = f"{moment:%H:%M:%S}"
    return text if moment.date() == start.date() else f"{moment.day} {moment:%b} {text}"


def number(value: float) -> str:
    """A figure for reading: thousands with a comma, money with enough digits not to be nought."""
    if isinstance(value, int) or float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.3f}".rstrip("0").rstrip(".") if abs(value) >= 0.01 else f"{value:.7f}".rstrip("0")
