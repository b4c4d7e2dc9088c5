"""Which copy of a queue is the oldest, asked again and again while their retention ends.

Copies that nobody has received stand in the order of their sends, so the first of them is their oldest. All others are
put into a heap when the question comes up, and not before: until then they cost nothing. What joins the others later
was sent after the heap was made (``_made``), or was received out of the line and so is no older than where that began
(``_line_began``); where a source queue gave up on a copy, the queue says so. Up to there the heap is right.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush, heapreplace
from typing import TYPE_CHECKING

from courseapp.engine.sqs.copies import GONE, Copy

if TYPE_CHECKING:
    from courseapp.engine.sqs.clocks import Clocks

Age = tuple[int, int]


class Ages:
    """The oldest of one queue's copies."""

    __slots__ = ("_line_began", "_made", "_others", "_received")

    def __init__(self) -> None:
        self._others: list[tuple[int, int, Copy]] = []
        self._made: Age = (0, 0)  # no copy that was sent later was there when the heap was made
        self._line_began: Age = (0, 0)  # where the line of those never received began then
        self._received = 0  # how many receives the queue had seen then

    def add(self, copy: Copy) -> None:
        """One that joins the queue although it was sent before."""
        if self._others:
            heappush(self._others, (copy.sent_ms, copy.order, copy))

    def oldest(self, queue: Clocks) -> Copy | None:
        line = queue.store.fresh
        other = self._first_other()
        known = self._made if queue.received == self._received else self._line_began
        if other is None or _age(other) > known:
            self._look_at_all(queue)
            other = self._first_other()
        if line and (other is None or _age(line[0]) < _age(other)):
            return line[0]
        return other

    def _first_other(self) -> Copy | None:
        others = self._others
        while others:
            sent_ms, order, copy = others[0]
            if copy.state == GONE:
                heappop(others)
            elif copy.order != order:  # it was put behind all others
                heapreplace(others, (sent_ms, copy.order, copy))
            else:
                return copy
        return None

    def _look_at_all(self, queue: Clocks) -> None:
        line = queue.store.fresh
        self._others = [(copy.sent_ms, copy.order, copy) for copy in queue.store.others()]
        heapify(self._others)
        self._made = queue.kernel.now_ms, queue.last_order
        self._line_began = _age(line[0]) if line else self._made
        self._received = queue.received


def _age(copy: Copy) -> Age:
    return copy.sent_ms, copy.order
