"""When the number of visible messages crosses a queue's alarm line (``alarm_at_messages``).

The engine knows the line only to show it: whether it is crossed is found here, from the records between two looks at
the figures, so that a queue without an alarm costs nothing. A line is crossed at the end of a millisecond, as figures
are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from courseapp.engine.architecture.document import Architecture
from courseapp.engine.kernel import Record, detail_of

VISIBLE = "ApproximateNumberOfMessagesVisible"
ALARM = "alarm_at_messages"
COMES_OR_GOES = {
    "sent": 1, "returned": 1, "became_visible": 1,
    "received": -1, "moved_to_dlq": -1, "expired": -1, "redriven": -1,
}  # fmt: skip

Crossing = tuple[int, str, int, int, int]
"""When, at which queue, the messages visible then, the line, and the place of the record that it comes after."""


def lines_of(architecture: Architecture) -> dict[str, int]:
    """The queues with an alarm line, and where it lies."""
    return {
        node.id: int(node.parameters[ALARM])
        for node in architecture.nodes
        if node.kind == "queue" and node.parameters.get(ALARM)
    }


class Alarms:
    """Which lines are crossed. A line that is drawn below what waits already is crossed at once."""

    def __init__(self, architecture: Architecture) -> None:
        self.architecture = architecture
        self.lines = lines_of(architecture)
        self.depths = dict.fromkeys(self.lines, 0)
        self.over = dict.fromkeys(self.lines, False)

    def look(
        self, at_ms: int, records: Sequence[Record], metrics: Mapping[str, Mapping[str, float]], now: Architecture
    ) -> list[Crossing]:
        """What has been crossed since the last look, in order."""
        if now is not self.architecture:
            self.architecture, before = now, self.lines
            self.lines = lines_of(now)
            for queue in set(before) - set(self.lines):
                del self.depths[queue], self.over[queue]
            for queue in set(self.lines) - set(before):
                self.depths[queue], self.over[queue] = -1, False
        found = [crossing for queue in self.lines for crossing in self._of(queue, at_ms, records, metrics)]
        return sorted(found, key=lambda crossing: crossing[0])

    def _of(
        self, queue: str, at_ms: int, records: Sequence[Record], metrics: Mapping[str, Mapping[str, float]]
    ) -> list[Crossing]:
        known, depth = self.depths[queue], int(metrics.get(queue, {}).get(VISIBLE, 0))
        drawn = 0
        if known < 0:
            drawn = next((place for place, each in enumerate(records) if each[1] == "changed" and each[2] == queue), 0)
            known = depth - sum(_change(queue, record) for record in records)
        steps = _steps(queue, known, records)
        if (steps[-1][1] if steps else known) != depth:
            steps = [(at_ms, depth, len(records) - 1)]  # something else than usual happened: this much is sure
        elif drawn:
            before = [visible for _, visible, place in steps if place < drawn]
            steps = [(records[drawn][0], before[-1] if before else known, drawn), *steps[len(before) :]]
        self.depths[queue] = depth
        line, crossed = self.lines[queue], list[Crossing]()
        for then_ms, visible, place in steps:
            if (visible >= line) != self.over[queue]:
                self.over[queue] = visible >= line
                crossed.append((then_ms, queue, visible, line, place))
        return crossed


def _steps(queue: str, depth: int, records: Sequence[Record]) -> list[tuple[int, int, int]]:
    """How many were visible at the end of each millisecond in which something came or went."""
    steps: list[tuple[int, int, int]] = []
    own = ((place, record) for place, record in enumerate(records) if _change(queue, record))
    for at_ms, together in groupby(own, key=lambda item: item[1][0]):
        for last, record in together:
            depth += _change(queue, record)
            place = last
        steps.append((at_ms, depth, place))
    return steps


def _change(queue: str, record: Record) -> int:
    if record[2] == queue:
        return COMES_OR_GOES.get(record[1], 0)
    return 1 if record[1] == "moved_to_dlq" and detail_of(record).get("to") == queue else 0


def says(crossing: Crossing, title: str) -> str:
    _, _, visible, line, _ = crossing
    are = "message is" if visible == 1 else "messages are"
    if visible >= line:
        return f"Alarm: {visible:,} {are} visible in {title}, which has its line at {line:,}."
    return f"The alarm of {title} is over: {visible:,} {are} visible, below its line at {line:,}."
