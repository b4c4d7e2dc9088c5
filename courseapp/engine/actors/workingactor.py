"""Whoever works on messages: a consumer, a function, an HTTP endpoint. What its work takes and what it leads to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from courseapp.engine.actors.actor import Actor
from courseapp.engine.architecture.document import Link, Node
from courseapp.engine.architecture.durations import Duration
from courseapp.engine.kernel import Kernel
from courseapp.engine.messages import matches

CALLED = ("database", "http", "function", "email")
HANDED_ON = ("topic", "queue", "state_machine")


class WorkingActor(Actor):
    """An actor that works on messages: its parameters of work, its calls and what it hands on, in document order."""

    def __init__(self, kernel: Kernel, node: Node, links: list[Link]) -> None:
        self.worked = self.failed = 0
        self.busy_ms = 0
        self.failures_of_rule: dict[int, int] = {}
        self.handled_ids: set[str] = set()
        super().__init__(kernel, node, links)

    def read(self) -> None:
        values = self.parameters
        self.duration = Duration(values.get("processing_seconds", 0))
        self.failure_probability = float(values.get("failure_probability", 0))
        self.fails_on: list[Mapping[str, Any]] = list(values.get("fails_on", []))
        self.treats_as_done: list[str] = list(values.get("treats_as_done", []))
        self.remembers = str(values.get("remembers", "nothing"))
        self.looks_first = self.remembers == "check_then_write"
        self.calls: list[Link] = []
        self.hand_ons: list[Link] = []
        for link in self.links:
            kind = getattr(self.kernel.nodes.get(link.target), "kind", None)
            if kind in CALLED:
                self.calls.append(link)
            elif kind in HANDED_ON:
                self.hand_ons.append(link)
        self.steps = self.calls + self.hand_ons  # what a message leads to, in this order
        self.plain = not (self.calls or self.hand_ons or self.fails_on or self.remembers != "nothing")
        self.dice = self.kernel.dice(self.id)

    def rule_for(self, message: Any) -> Mapping[str, Any] | None:
        """The first ``fails_on`` rule that means this message and is not used up."""
        for place, rule in enumerate(self.fails_on):
            times = rule.get("times")
            if matches(message, rule.get("match")) and (times is None or self.failures_of_rule.get(place, 0) < times):
                self.failures_of_rule[place] = self.failures_of_rule.get(place, 0) + 1
                return rule
        return None
