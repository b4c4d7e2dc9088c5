"""A small world for one rule: nodes and links in short form, commands at seconds, and the journal to ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from courseapp.engine.architecture import parse, validate
from courseapp.engine.commands import Refused, read_command
from courseapp.engine.kernel import as_json
from courseapp.engine.world import Simulation


class Trial:
    """``Trial({"q": "queue", "c": ("consumer", {"workers": 2})}, ["q/c", ("t/q", {"RawMessageDelivery": True})])``"""

    def __init__(self, nodes: Mapping[str, Any], links: Sequence[Any] = (), seed: int = 7, title: str = "A trial"):
        self.document = {
            "version": 1,
            "title": title,
            "nodes": [_node(node_id, values) for node_id, values in nodes.items()],
            "links": [_link(values) for values in links],
        }
        assert validate(self.document) == []
        self.simulation = Simulation(parse(self.document), seed)
        self.log: list[dict[str, Any]] = []

    def __getitem__(self, node_id: str) -> Any:
        return self.simulation.kernel.nodes[node_id]

    def run(self, to_s: float) -> Trial:
        """Everything up to and including that second."""
        self.simulation.run_until(round(to_s * 1000))
        return self._read()

    def do(self, at_s: float, action: str, target: Any, **parameters: Any) -> Trial:
        """A command, and everything of its millisecond."""
        at_ms = round(at_s * 1000)
        self.simulation.run_until(at_ms - 1)
        command = {"at_ms": at_ms, "action": action, "target": target, "parameters": parameters}
        self.simulation.apply(read_command(command))
        self.simulation.run_until(at_ms)
        return self._read()

    def _read(self) -> Trial:
        first = self.simulation.kernel.journal.first_sequence
        self.log += [as_json(first + place, record) for place, record in enumerate(self.simulation.drain())]
        return self

    def of(self, kind: str, node: str | None = None, message: str | None = None) -> list[dict[str, Any]]:
        """Records of a type, of one node or message only if it is named."""
        return [
            record
            for record in self.log
            if record["type"] == kind
            and (node is None or record["node"] == node)
            and (message is None or record["message"] == message)
        ]

    def seconds(self, kind: str, node: str | None = None, message: str | None = None) -> list[float]:
        return [record["at_ms"] / 1000 for record in self.of(kind, node, message)]

    def names(self, kind: str, node: str | None = None) -> list[str]:
        return [record["message"] for record in self.of(kind, node)]

    def metric(self, node: str, name: str) -> float:
        return self.simulation.metrics()[node][name]

    def counts(self, queue: str) -> tuple[float, float, float]:
        """Visible, in flight, delayed."""
        values = self.simulation.metrics()[queue]
        return tuple(values[f"ApproximateNumberOfMessages{state}"] for state in ("Visible", "NotVisible", "Delayed"))

    def refusal(self) -> tuple[str, str]:
        """Code and text of the newest refusal of the journal."""
        detail = self.of("refused")[-1]["detail"]
        return detail["error"], detail["says"]

    def refused_command(self, at_s: float, action: str, target: Any, **parameters: Any) -> tuple[str, str]:
        """Code and text with which a command is refused before it is stored."""
        try:
            self.do(at_s, action, target, **parameters)
        except Refused as refusal:
            return refusal.code, refusal.says
        raise AssertionError(f"{action} was not refused")


def _node(node_id: str, values: Any) -> dict[str, Any]:
    kind, parameters = (values, {}) if isinstance(values, str) else values
    return {"id": node_id, "kind": kind, "parameters": parameters}


def _link(values: Any) -> dict[str, Any]:
    ends, parameters = (values, {}) if isinstance(values, str) else values
    source, _, target = ends.partition("/")
    return {"from": source, "to": target, "parameters": parameters}


def refused(call: Any, *arguments: Any) -> tuple[str, str]:
    """Code and text with which a call is refused."""
    try:
        call(*arguments)
    except Refused as refusal:
        return refusal.code, refusal.says
    raise AssertionError("nothing was refused")
