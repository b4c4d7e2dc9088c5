"""What all actors share: an id, parameters, and the outages that their document plans."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from courseapp.engine.architecture.document import Link, Node
from courseapp.engine.architecture.parameters import set_inside
from courseapp.engine.commands import Refused
from courseapp.engine.kernel import COMMANDS, Kernel


class Actor:
    """A node of ours. ``links`` are the links that begin at it, in document order."""

    kind = ""

    def __init__(self, kernel: Kernel, node: Node, links: list[Link]) -> None:
        self.kernel = kernel
        self.node = node
        self.id = node.id
        self.parameters: dict[str, Any] = dict(node.parameters)
        self.links = links
        self.up = True
        self.since_ms: int | None = None
        self._plan = 0  # which plan of outages holds: what an older one planned comes to nothing
        self.read()

    def read(self) -> None:
        """Take the parameters over into the engine's units."""

    def start(self) -> None:
        """Virtual 0, or when it is added to a running world: plan what the document says from now on."""
        self._plan_outages()

    def _plan_outages(self, is_out: bool = False) -> None:
        """``is_out``: in an outage already, which is not to begin anew where somebody ended it before its time."""
        self._plan += 1
        now = self.kernel.now_ms
        for begin_s, end_s in self.parameters.get("outages", []):
            if end_s * 1000 > now:
                if not (is_out and begin_s * 1000 <= now):
                    self.kernel.plan(max(now, round(begin_s * 1000)), COMMANDS, self, "outage_begins", self._plan)
                self.kernel.plan(round(end_s * 1000), COMMANDS, self, "outage_ends", self._plan)

    def _is_out(self) -> bool:
        now = self.kernel.now_ms
        return any(begin_s * 1000 <= now < end_s * 1000 for begin_s, end_s in self.parameters.get("outages", []))

    @property
    def is_gone(self) -> bool:
        """Whether it was taken out of the world: what it had planned, or was at, comes to nothing."""
        return self.kernel.nodes.get(self.id) is not self

    def outage_begins(self, plan: int) -> None:
        if plan == self._plan and not self.is_gone:
            self.go_down()

    def outage_ends(self, plan: int) -> None:
        if plan == self._plan and not self.is_gone:
            self.come_back()

    def relink(self, links: list[Link]) -> None:
        """The links that begin here have changed."""
        self.links = links
        self.read()

    def set_parameter(self, name: str, value: Any) -> None:
        """Change one parameter (a dotted name reaches inside); ``None`` removes. The value has been checked."""
        was_out = self._is_out()
        first, whole = set_inside(self.parameters, name, value)
        if whole is None:
            self.parameters.pop(first, None)
        else:
            self.parameters[first] = whole
        self.read()
        if first == "outages":
            self._plan_outages(was_out)
            if was_out and not self._is_out():
                self.come_back()

    def go_down(self, _: Any = None) -> None:
        if self.up:
            self.up = False
            self.since_ms = self.kernel.now_ms
            self.kernel.record("crashed", self.id)

    def come_back(self, _: Any = None) -> None:
        if not self.up:
            self.up = True
            self.since_ms = None
            self.kernel.record("restored", self.id)

    def crash(self, parameters: Mapping[str, Any]) -> None:
        """``Crash``: down until ``Restore``."""
        if not self.up:
            raise Refused("AlreadyDown", f"{self.id} is down already.")
        self.go_down()

    def restore(self, parameters: Mapping[str, Any]) -> None:
        if self.up:
            raise Refused("AlreadyUp", f"{self.id} is up already.")
        self.come_back()

    def metrics(self) -> dict[str, float]:
        return {}

    def view(self) -> dict[str, Any]:
        return {"status": "ok" if self.up else "fail", "says": "", "gauges": {}}

    def attributes(self) -> dict[str, str]:
        return {}
