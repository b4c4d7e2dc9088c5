"""What the time bar shows of a run: marks for what happened, when it failed, and one lane for each figure worth
watching.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from courseapp.diagram.words import names
from courseapp.engine.architecture.document import Architecture
from courseapp.engine.kernel import Record
from courseapp.labs import alarms, words

MOST_MARKS = 600
MANY_RECORDS = 24
"""Records at a time above which only what failed or came back is marked, and of that only a few."""
FEW_MARKS = 6
MOST_POINTS = 1_200
MOST_LANES = 6
MOST_FAILURES = 500_000

# Types that are no mark of their own, since another record of the same instant says it better or they say nothing new.
NO_MARK = frozenset({"empty_receive", "work_started", "delivered", "written", "visibility_changed", "filtered_out"})
# Types that are no event for "next event" and "previous event", and in which nothing happens that anybody waits for.
QUIET = frozenset({"empty_receive"})
AGE = "ApproximateAgeOfOldestMessage"
HELD = tuple(f"ApproximateNumberOfMessages{state}" for state in ("Visible", "NotVisible", "Delayed"))
# What a lane shows of a node of that kind, and what it is called.
LANES: dict[str, tuple[tuple[str, str], ...]] = {
    "queue": (("ApproximateNumberOfMessagesVisible", "waiting"), (AGE, "oldest waits, s")),
    "state_machine": (("ExecutionsStarted", "started"),),
}

Mark = tuple[int, str, str, float]


def is_mark(record: Record) -> bool:
    kind = record[1]
    if kind in NO_MARK:
        return False
    if kind == "sent":  # a copy that a topic put there is told by the publish
        return record[4] is None or getattr(record[4], "route", None) is None
    return kind in words.STATUS or kind.startswith("Execution") or kind.endswith(("Failed", "TimedOut", "StateEntered"))


def is_event(record: Record) -> bool:
    return record[1] not in QUIET


def is_failure(record: Record) -> bool:
    return record[1] not in words.HARMLESS and words.status(record) == "fail"


@dataclass(slots=True)
class Lane:
    node: str
    metric: str
    label: str
    points: list[tuple[int, float]] = field(default_factory=list)
    born_ms: float | None = None
    """Of an age: when the oldest message that it is of began to age, as far as the last look tells."""

    def grow(self, at_ms: int, value: float, holds: bool) -> list[tuple[int, float]]:
        """Note an age, looked at when something happened: it has grown by itself until then, which is a slope.

        ``holds`` tells whether the queue has messages. One that has, yet stays at 0, has only such as do not count.
        """
        new: list[tuple[int, float]] = []
        last = self.points[-1] if self.points else None
        if last is not None and self.born_ms is not None and at_ms > last[0] and (value > 0 or not holds):
            grown = (at_ms, (at_ms - self.born_ms) / 1000)
            if grown[1] > value:
                if self._on_the_slope(grown):
                    self.points.pop()
                self.points.append(grown)
                new.append(grown)
        self.born_ms = at_ms - value * 1000 if holds else None
        point = (at_ms, value)
        if not self.points or self.points[-1] != point:
            if self._on_the_slope(point):
                self.points.pop()
            self.points.append(point)
            new.append(point)
            self._thin_out()
        return new

    def _on_the_slope(self, point: tuple[int, float]) -> bool:
        """Whether the last point lies on the straight line from the one before it to this one: then it says nothing."""
        if len(self.points) < 2:
            return False
        (a, low), (b, middle), (c, high) = self.points[-2], self.points[-1], point
        return a < b < c and abs((middle - low) * (c - a) - (high - low) * (b - a)) < 1e-6 * (c - a)

    def _thin_out(self) -> None:
        if len(self.points) > MOST_POINTS:
            half = self.points[: MOST_POINTS // 2]
            # Of each two older points the higher stays: what a thinner line must not lose is its peaks.
            kept = [max(pair, key=lambda point: point[1]) for pair in zip(half[::2], half[1::2], strict=False)]
            self.points = kept + self.points[len(half) :]

    def add(self, at_ms: int, value: float) -> bool:
        """Note the value if it differs from the last one. True if it was noted."""
        points = self.points
        if points and points[-1][1] == value:
            return False
        if points and points[-1][0] == at_ms:
            points[-1] = (at_ms, value)
        else:
            points.append((at_ms, value))
        self._thin_out()
        return True

    def as_json(self) -> dict[str, Any]:
        return {"node": self.node, "metric": self.metric, "label": self.label, "points": self.points}


def lanes_of(architecture: Architecture) -> list[Lane]:
    """At most six: first what waits where, then how long."""
    named = names(architecture)
    found = [
        (place, Lane(node.id, metric, f"{named[node.id]} {label}"))
        for node in architecture.nodes
        for place, (metric, label) in enumerate(LANES.get(node.kind, ()))
    ]
    return [lane for _, lane in sorted(found, key=lambda item: item[0])][:MOST_LANES]


class Timeline:
    def __init__(self, architecture: Architecture) -> None:
        self.marks: list[Mark] = []
        self.failures: array[int] = array("q")
        self.lanes = lanes_of(architecture)
        self.alarms = alarms.Alarms(architecture)

    def add(
        self, first_sequence: int, records: Sequence[Record], titles: words.Titles, many: int = MANY_RECORDS
    ) -> list[Mark]:
        """Take in what happened; returns the marks that are new.

        At high rates only what failed or came back is marked.
        """
        failures, few = self.failures, len(records) <= many
        new: list[Mark] = []
        for sequence, record in enumerate(records, first_sequence):
            if not few and record[1] in words.HARMLESS:
                continue
            status = words.status(record)
            if status == "fail" and (not failures or failures[-1] != record[0]) and len(failures) < MOST_FAILURES:
                failures.append(record[0])
            wanted = few or (len(new) < FEW_MARKS and status in ("fail", "caught"))
            if wanted and is_mark(record):
                new.append((record[0], status, words.says(record, titles), sequence))
        self.marks += new
        if len(self.marks) > MOST_MARKS:
            self._thin_out()
        return new

    def look_at_alarms(
        self,
        at_ms: int,
        first_sequence: int,
        records: Sequence[Record],
        metrics: Mapping[str, Mapping[str, float]],
        architecture: Architecture,
    ) -> list[Mark]:
        """Mark each alarm line that was crossed, right after the record that did it; returns the marks."""
        new: list[Mark] = []
        found = self.alarms.look(at_ms, records, metrics, architecture)
        for number, crossing in enumerate(found):
            then_ms, queue, visible, line, place = crossing
            says, after = alarms.says(crossing, names(architecture)[queue]), 0.5 + number / (2 * len(found))
            new.append((then_ms, "wait" if visible >= line else "ok", says, first_sequence + place + after))
        if new:
            self.marks = sorted(self.marks + new, key=lambda mark: mark[3])
        return new

    def _thin_out(self) -> None:
        """Let the less grave of each two older marks go."""
        half = self.marks[: MOST_MARKS // 2]
        kept = [max(pair, key=lambda m: words.GRAVITY[m[1]]) for pair in zip(half[::2], half[1::2], strict=False)]
        self.marks = kept + self.marks[len(half) :]

    def sample(self, at_ms: int, metrics: Mapping[str, Mapping[str, float]]) -> dict[int, list[tuple[int, float]]]:
        """Note each lane's figure; returns the new points by the lane's place."""
        new: dict[int, list[tuple[int, float]]] = {}
        for place, lane in enumerate(self.lanes):
            figures = metrics.get(lane.node, {})
            value = figures.get(lane.metric)
            if value is None:
                continue
            if lane.metric == AGE:
                points = lane.grow(at_ms, value, any(figures.get(name, 0) > 0 for name in HELD))
                if points:
                    new[place] = points
            elif lane.add(at_ms, value):
                new[place] = [(at_ms, value)]
        return new

    def lanes_as_json(self) -> list[dict[str, Any]]:
        """The lanes with their alarm lines, as they are drawn now."""
        lines = self.alarms.lines
        return [
            lane.as_json()
            | ({"alarm": lines[lane.node]} if lane.metric == alarms.VISIBLE and lane.node in lines else {})
            for lane in self.lanes
        ]

    def failure_after(self, at_ms: int) -> int | None:
        place = bisect_right(self.failures, at_ms)
        return self.failures[place] if place < len(self.failures) else None

    def failure_before(self, at_ms: int) -> int | None:
        place = bisect_left(self.failures, at_ms)
        return self.failures[place - 1] if place else None
