"""When copies in flight come back.

Most receives of a queue hide a message for the same time, so deadlines are set in the order in which they pass: they
stand in a line. One that is earlier than the last of the line (a shorter timeout, an extension) goes into a heap
beside it. A delete takes nothing out of either; an entry whose receive no longer counts is dropped when its turn
comes.
"""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from typing import Any

from courseapp.engine.sqs.copies import IN_FLIGHT, Copy


class Deadlines:
    """The visibility deadlines of one queue, in virtual ms."""

    __slots__ = ("_heap", "line")

    def __init__(self) -> None:
        self.line: deque[tuple[int, int, Any]] = deque()
        self._heap: list[tuple[int, int, int, Copy]] = []

    def add(self, until_ms: int, copy: Copy) -> None:
        """A receive has just hidden ``copy`` until then, or a later call has changed its deadline."""
        flight, line = copy.flight, self.line
        assert flight is not None
        if line and line[-1][0] > until_ms:
            heappush(self._heap, (until_ms, copy.order, flight.count, copy))
        else:
            line.append((until_ms, flight.count, copy))

    def next_ms(self) -> int | None:
        """The earliest deadline that still counts; None if nothing is in flight."""
        line, heap = self.line, self._heap
        while line:
            until_ms, receipt, copy = line[0]
            flight = copy.flight
            if flight.state == IN_FLIGHT and flight.count == receipt and flight.deadline_ms == until_ms:
                break
            line.popleft()
        while heap and not counts(heap[0][3], heap[0][2], heap[0][0]):
            heappop(heap)
        if line and heap:
            return min(line[0][0], heap[0][0])
        return line[0][0] if line else heap[0][0] if heap else None

    def passed(self, now_ms: int) -> list[Copy]:
        """Copies whose deadline has come, in the order of their places in the queue."""
        line, heap = self.line, self._heap
        due: dict[int, Copy] = {}
        while line and line[0][0] <= now_ms:
            until_ms, receipt, copy = line.popleft()
            if counts(copy, receipt, until_ms):
                due[copy.order] = copy
        while heap and heap[0][0] <= now_ms:
            until_ms, order, receipt, copy = heappop(heap)
            if counts(copy, receipt, until_ms):
                due[order] = copy
        return [due[order] for order in sorted(due)] if len(due) > 1 else list(due.values())


def counts(copy: Copy, receipt: int, until_ms: int) -> bool:
    """Whether a deadline is still the one in force for the receive that it was set for."""
    flight = copy.flight
    return (
        flight is not None and flight.state == IN_FLIGHT and flight.count == receipt and flight.deadline_ms == until_ms
    )
