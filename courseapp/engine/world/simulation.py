"""The object that everybody else holds: a world, its clock, and the way of a command from its check to its record."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from courseapp.engine.architecture import Architecture
from courseapp.engine.commands import Command, Refused
from courseapp.engine.edits import check_edit, edited
from courseapp.engine.kernel import COMMANDS, Kernel, Record
from courseapp.engine.world import calls, looking
from courseapp.engine.world.building import World
from courseapp.engine.world.editing import EDITS, check_machine, edit


class Simulation(World):
    """One run. See ``docs/engine.md`` for what each method promises."""

    def __init__(self, architecture: Architecture, seed: int, journal: bool = True, start_ms: int = 0) -> None:
        starts = datetime.fromisoformat(architecture.starts_at.replace("Z", "+00:00"))
        super().__init__(architecture, Kernel(seed, min(0, start_ms), journal, round(starts.timestamp() * 1000)))
        self.seed = seed
        self.refused: list[Command] = []  # those that came to nothing when their time came
        self._foreseen: Architecture | None = None  # the document once the edits that are due at once are carried out
        self.kernel.plan(0, COMMANDS, self, "start")

    # -- time -------------------------------------------------------------------------------------------------------

    @property
    def now_ms(self) -> int:
        return self.kernel.now_ms

    def next_event_ms(self) -> int | None:
        return self.kernel.next_event_ms()

    def run_until(self, at_ms: int, most: int | None = None) -> bool:
        """Everything up to and including that millisecond, but at most ``most`` events; True if the time was
        reached."""
        return self.kernel.run_until(at_ms, most)

    @property
    def is_tired(self) -> bool:
        """Whether the newest run ended early, since what happened took long."""
        return self.kernel.is_tired

    def drain(self) -> list[Record]:
        return self.kernel.journal.drain()

    # -- commands ---------------------------------------------------------------------------------------------------

    def apply(self, command: Command) -> None:
        """Put a command into the agenda at its own time.

        One that is due at once is checked first: Refused is raised and nothing changes. One for later is checked when
        its time comes; its refusal is then a ``refused`` record.
        """
        if command.at_ms < self.now_ms:
            raise Refused(
                "InThePast", f"The run is at {self.now_ms} ms; a command cannot be given for {command.at_ms} ms."
            )
        if command.at_ms <= self.now_ms + 1:
            self.check(command)
            if command.action in EDITS:
                self._foreseen = edited(self._foreseen or self.architecture, command)
        self.kernel.plan(command.at_ms, COMMANDS, self, "carry_out", command)

    def check(self, command: Command) -> None:
        """Raise Refused if this command could not be carried out now. Changes nothing."""
        document = self._foreseen or self.architecture
        if command.action in EDITS or command.action == "SetParameter":
            check_edit(document, command)
            if command.action == "AddNode":
                check_machine(edited(document, command).node(str(command.target)))
        elif not (
            isinstance(command.target, str) and document is not self.architecture and document.has(command.target)
        ):
            calls.target_of(self, command)
        calls.check_parameters(command)

    def carry_out(self, command: Command) -> None:
        self._foreseen = None if command.action in EDITS else self._foreseen
        self.kernel.changes += 1
        try:
            if command.action in EDITS:
                edit(self, command)
            else:
                calls.carry_out(self, command)
        except Refused as refusal:
            target = command.target if isinstance(command.target, str) else str(next(iter(command.target.values())))
            self.kernel.record("refused", target, None, None, *refusal.recorded(command.action))
            self.refused.append(command)

    # -- looking ----------------------------------------------------------------------------------------------------

    def metrics(self) -> dict[str, dict[str, float]]:
        """All metrics of all nodes: counts since the start of the run, gauges at this instant."""
        return {node_id: node.metrics() for node_id, node in self.kernel.nodes.items()}

    def view(self) -> dict[str, Any]:
        return {
            "nodes": {node_id: node.view() for node_id, node in self.kernel.nodes.items()},
            "links": {link.id: self.link_view(link.id) for link in self.architecture.links},
        }

    def node_view(self, node_id: str) -> dict[str, Any]:
        view: dict[str, Any] = self.kernel.nodes[node_id].view()
        return view

    def link_view(self, link_id: str) -> dict[str, Any]:
        """How a link stands: ok, blocked (nobody polls), failing (calls fail), pending (not confirmed)."""
        return looking.link_view(self, link_id)

    def attributes(self, node_id: str) -> dict[str, str]:
        node = self.kernel.nodes[node_id]
        return dict(node.attributes()) if hasattr(node, "attributes") else {}

    def messages_at(self, node_id: str) -> list[dict[str, Any]]:
        """What a node holds now, for its list: queues by state, workers by what they hold, topics by what they
        retry."""
        return looking.messages_at(self, node_id)

    def message_state(self, uid: int) -> dict[str, Any] | None:
        """Where a copy is now, with its text and attributes; None if no queue holds it any more."""
        return looking.message_state(self, uid)
