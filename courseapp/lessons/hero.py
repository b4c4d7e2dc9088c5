"""The miniature on the home page: one topic, three subscribers, and a Publish button that runs the engine.

What was published so far travels in the address as letters (`o` an order, `r` a refund), so that a press is a pure
function of the address: nothing is stored, and the page works without a script.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from courseapp.engine.architecture import parse
from courseapp.engine.commands import Command
from courseapp.engine.world import Simulation

MOST = 40
KINDS = {"o": "order", "r": "refund"}
OPENS_WITH = "o"
EVERY_MS = 4_000
SHOWN = 13  # tokens in a row; more are counted

DOCUMENT: dict[str, Any] = {
    "version": 1,
    "title": "One publish, a copy for each matching subscriber",
    "starts_at": "2026-01-05T09:00:00Z",
    "nodes": [
        {"id": "shop", "kind": "publisher", "label": "shop", "parameters": {"first_number": 1}},
        {"id": "order-events", "kind": "topic", "label": "order-events"},
        {"id": "shipping", "kind": "queue", "label": "shipping", "parameters": {"servers": 1}},
        {"id": "update-stock", "kind": "function", "label": "update-stock", "parameters": {"processing_seconds": 0.5}},
        {"id": "refund-desk", "kind": "email", "label": "refund-desk"},
    ],
    "links": [
        {"from": "shop", "to": "order-events"},
        {"from": "order-events", "to": "shipping"},
        {"from": "order-events", "to": "update-stock"},
        {"from": "order-events", "to": "refund-desk", "parameters": {"FilterPolicy": {"type": ["refund"]}}},
    ],
}


@dataclass(frozen=True, slots=True)
class Hero:
    """The miniature after what was published: who holds what, and which copies the last message made."""

    sent: str
    shipping: int
    shipping_tokens: tuple[str, ...]
    worked: int
    desk: int
    last: str
    copies: tuple[str, ...]

    @property
    def shipping_more(self) -> int:
        return self.shipping - len(self.shipping_tokens)

    @property
    def desk_tokens(self) -> tuple[str, ...]:
        return ("refund",) * min(self.desk, SHOWN)

    @property
    def full(self) -> bool:
        return len(self.sent) >= MOST

    @property
    def to_desk(self) -> bool:
        return "refund-desk" in self.copies

    @property
    def says(self) -> str:
        """The last publish in words, for those who do not see the picture."""
        filtered = "" if self.to_desk else " The filter policy of refund-desk let nothing through."
        article = "An" if self.last == "order" else "A"
        return f"{article} {self.last} was published once. Copies went to {_listed(self.copies)}.{filtered}"


def hero(sent: str, kind: str = "") -> Hero:
    """The miniature after the letters in `sent` and one more publish of `kind`; anything else in them is ignored."""
    letters = re.sub("[^or]", "", sent)[:MOST] + (kind if kind in KINDS else "")
    return _run(letters[:MOST] or OPENS_WITH)


@lru_cache(maxsize=256)
def _run(sent: str) -> Hero:
    simulation = Simulation(parse(DOCUMENT), seed=1)
    for place, letter in enumerate(sent):
        simulation.run_until(place * EVERY_MS)
        simulation.drain()
        simulation.apply(Command(place * EVERY_MS + 1, "Send", "shop", {"message": _message(KINDS[letter])}))
    simulation.run_until(len(sent) * EVERY_MS)
    copies = [link for _, kind, _, link, *_ in simulation.drain() if kind == "delivered" and link]
    view, metrics = simulation.view()["nodes"], simulation.metrics()
    waiting = int(view["shipping"]["counts"]["visible"])
    return Hero(
        sent=sent,
        shipping=waiting,
        shipping_tokens=tuple(KINDS[letter] for letter in sent[: SHOWN if waiting <= SHOWN else SHOWN - 2]),
        worked=int(metrics["update-stock"]["worked"]),
        desk=int(metrics["refund-desk"]["arrived"]),
        last=KINDS[sent[-1]],
        copies=tuple(link.partition("/")[2] for link in copies),
    )


def _message(kind: str) -> dict[str, Any]:
    attributes = {"type": {"DataType": "String", "StringValue": kind}}
    return {"name": f"{kind} {{n}}", "type": kind, "body": {kind: "{n}"}, "MessageAttributes": attributes}


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
