"""The picture in words: the sentence that sums it up, what each node is called, and the same facts as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from courseapp.diagram.document import dead_letter_queues, kind_words
from courseapp.diagram.text import count
from courseapp.engine.architecture.document import Architecture, Node

View = Mapping[str, Any]
STATUS_WORDS = {
    "ok": "up",
    "run": "working",
    "wait": "waiting",
    "fail": "failed",
    "caught": "caught",
    "idle": "at rest",
}
# Which gauges are read out for a kind, and as what. A missing gauge is left out.
COUNTS: dict[str, tuple[tuple[str, str], ...]] = {
    "publisher": (("sent", "sent"), ("refused", "refused"), ("given_up", "given up")),
    "topic": (
        ("NumberOfMessagesPublished", "published"),
        ("NumberOfNotificationsDelivered", "delivered"),
        ("NumberOfNotificationsFilteredOut", "filtered out"),
        ("NumberOfNotificationsFailed", "failed"),
    ),
    "queue": (
        ("ApproximateNumberOfMessagesVisible", "visible"),
        ("ApproximateNumberOfMessagesNotVisible", "in flight"),
        ("ApproximateNumberOfMessagesDelayed", "delayed"),
    ),
    "consumer": (("worked", "worked"), ("failed", "failed"), ("holding", "in hand")),
    "function": (("worked", "worked"), ("failed", "failed"), ("holding", "in hand")),
    "database": (("rows", "rows"), ("refused", "refused")),
    "http": (("arrived", "arrived"), ("refused", "refused")),
    "email": (("arrived", "arrived"), ("refused", "refused")),
    "sms": (("arrived", "arrived"), ("refused", "refused")),
    "push": (("arrived", "arrived"), ("refused", "refused")),
    "state_machine": (
        ("ExecutionsStarted", "started"),
        ("running", "running"),
        ("ExecutionsSucceeded", "succeeded"),
        ("ExecutionsFailed", "failed"),
        ("transitions", "transitions"),
    ),
}
LANES = {"visible": "visible", "in flight": "in_flight", "delayed": "delayed"}
ALWAYS = frozenset(("visible", "in flight", "sent", "published", "worked", "rows", "arrived", "running"))
OF_ONE = {"rows": "row", "transitions": "transition"}


@dataclass(frozen=True, slots=True)
class Row:
    """One node of the table: ``counts`` are pairs of words and number, in the order in which they are read."""

    node: str
    title: str
    kind: str
    status: str
    says: str
    counts: tuple[tuple[str, float], ...]


def names(architecture: Architecture) -> dict[str, str]:
    """What the nodes are called in words, where no frame around them tells those of one title apart."""
    often = Counter(node.title for node in architecture.nodes)
    return {
        node.id: f"{node.title} ({node.group})" if often[node.title] > 1 and node.group else node.title
        for node in architecture.nodes
    }


def describe(architecture: Architecture, views: Mapping[str, View]) -> list[Row]:
    """The facts of the picture as rows, in the document's order."""
    dead, named = dead_letter_queues(architecture), names(architecture)
    return [_row(architecture, node, named[node.id], views.get(node.id) or {}, dead) for node in architecture.nodes]


def _row(architecture: Architecture, node: Node, name: str, view: View, dead: frozenset[str]) -> Row:
    words = kind_words(architecture, node, dead)
    status = str(view.get("status") or "idle")
    return Row(node.id, name, words, status, _says(node.kind, status, view), tuple(counts(node.kind, view)))


def _says(kind: str, status: str, view: View) -> str:
    says = str(view.get("says") or "")
    if says:
        return says
    if kind == "database" and view:
        slow = view.get("slow_factor", 1)
        return "down" if view.get("up") is False else "slow" if isinstance(slow, int | float) and slow > 1 else "up"
    if kind in ("consumer", "function"):
        busy = [str(worker.get("says")) for worker in view.get("workers") or () if worker.get("says")]
        if busy:
            return "; ".join(busy[:5])
    return STATUS_WORDS.get(status, status)


def counts(kind: str, view: View) -> list[tuple[str, float]]:
    """What is read out of a view: those counts that always count, and any other that isn't 0."""
    gauges, lanes = view.get("gauges") or {}, view.get("counts") or {}
    found: list[tuple[str, float]] = []
    for metric, words in COUNTS.get(kind, ()):
        value = gauges.get(metric, lanes.get(LANES.get(words, ""), view.get(metric)))
        if isinstance(value, int | float) and not isinstance(value, bool) and (value or words in ALWAYS):
            found.append((OF_ONE.get(words, words) if value == 1 else words, value))
    return found


def node_label(title: str, kind: str, words: str, view: View) -> str:
    """What a node is called: ``signups, standard queue, 29 visible, 3 in flight, 2 delayed``."""
    parts = [title, words]
    parts += [f"{count(value)} {what}" for what, value in counts(kind, view)]
    status = view.get("status")
    if status in ("fail", "wait", "caught"):
        parts.append(STATUS_WORDS[status])
    if says := str(view.get("says") or ""):
        parts += [says] if says not in parts else []  # a machine says "1 running", which is among its counts
    elif kind == "database" and view:
        parts.append(_says(kind, "", view))
    return ", ".join(parts)


def summary(architecture: Architecture) -> str:
    """One sentence that says what feeds what."""
    if not architecture.nodes:
        return "An empty architecture."
    titles = names(architecture)
    verbs = {"publisher": "sends to", "topic": "copies to", "queue": "is read by"}
    parts = []
    for node in architecture.nodes:
        targets = [titles[link.target] for link in architecture.links_from(node.id) if link.target in titles]
        if targets:
            parts.append(f"{titles[node.id]} {verbs.get(node.kind, 'calls')} {listed(targets)}")
    for node in architecture.nodes:
        target = (node.parameters.get("RedrivePolicy") or {}) if node.kind == "queue" else {}
        name = target.get("deadLetterTargetArn") if isinstance(target, Mapping) else None
        if name in titles:
            parts.append(f"what {titles[node.id]} can’t get rid of moves to {titles[name]}")
    return f"{architecture.title}: {'; '.join(parts)}." if parts else f"{architecture.title}."


def listed(words: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
