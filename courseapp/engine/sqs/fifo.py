"""Where a FIFO queue keeps its copies, and what it remembers of the sends of the last five minutes.

Order holds within a message group only. A group's copies stand in one line, those in flight included, and what a
receive may take from it is the stretch before the first copy that is not visible: while the head is in flight or
delayed the whole group waits, other groups go on. That lock is never a flag; it follows from where the copies stand
(facts: sqs 9).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from heapq import heappop, heappush

from courseapp.engine.sqs.copies import DELAYED, IN_FLIGHT, VISIBLE, Copy
from courseapp.engine.sqs.store import all_gone


class FifoStore:
    """Copies of a FIFO queue by message group."""

    fifo = True
    fresh: tuple[Copy, ...] = ()  # here no copy stands apart from its group

    def __init__(self) -> None:
        self.groups: dict[str, deque[Copy]] = {}
        self.in_flight: dict[int, Copy] = {}
        self.delayed: list[tuple[int, int, Copy]] = []
        self.visible = 0
        self.delayed_count = 0
        self._ready: list[tuple[int, str]] = []
        self._current: Iterator[Copy] | None = None

    def add(self, copy: Copy) -> None:
        """A new visible copy at the end of its group."""
        self._line_of(copy).append(copy)
        self.visible += 1
        self._offer(str(copy.group))

    def add_delayed(self, copy: Copy, visible_ms: int) -> None:
        self._line_of(copy).append(copy)
        heappush(self.delayed, (visible_ms, copy.order, copy))
        self.delayed_count += 1

    def put_back(self, copy: Copy) -> None:
        """A copy that is visible again stands where it stood."""
        self.in_flight.pop(copy.order, None)
        self.visible += 1
        self._offer(str(copy.group))

    def begin(self) -> None:
        self._current = None

    def take(self) -> Copy | None:
        """The next copy of this receive: from the group that it is filling itself from, else from the one with the
        oldest head."""
        while True:
            if self._current is not None:
                copy = next(self._current, None)
                if copy is not None and copy.state == VISIBLE:
                    self.visible -= 1
                    return copy
                self._current = None
            if not self._ready:
                return None
            order, group = heappop(self._ready)
            line = self.groups.get(group)
            if line and line[0].order == order and line[0].state == VISIBLE:
                self._current = iter(tuple(line))

    def forget(self, copy: Copy) -> None:
        """Take one copy out, wherever it stands, and let its group go on."""
        state = copy.state
        if state == IN_FLIGHT:
            self.in_flight.pop(copy.order, None)
        elif state == DELAYED:
            self.delayed_count -= 1
        elif state == VISIBLE:
            self.visible -= 1
        self._leave_line(copy)

    end = forget

    def drop_taken(self, copy: Copy) -> None:
        """A copy that ``take`` gave out and that leaves the queue instead of being received."""
        self._leave_line(copy)

    def waiting(self) -> Iterator[Copy]:
        return (copy for copy in self._in_order() if copy.state == VISIBLE)

    def visible_copies(self) -> Iterator[Copy]:
        return (copy for line in self.groups.values() for copy in line if copy.state == VISIBLE)

    def delayed_copies(self) -> Iterator[Copy]:
        return (copy for copy in self._in_order() if copy.state == DELAYED)

    def everything(self) -> Iterator[Copy]:
        return self._in_order()

    def oldest(self) -> Iterator[Copy]:
        """Copies among which the one with the earliest ``sent_ms`` is: a group stands in the order of its sends."""
        return (line[0] for line in self.groups.values())

    def others(self) -> Iterator[Copy]:
        """All of them, in any order."""
        return (copy for line in self.groups.values() for copy in line)

    def clear(self) -> int:
        removed = all_gone(self.everything())
        self.__init__()  # type: ignore[misc]
        return removed

    def _line_of(self, copy: Copy) -> deque[Copy]:
        return self.groups.setdefault(str(copy.group), deque())

    def _offer(self, group: str) -> None:
        line = self.groups.get(group)
        if line and line[0].state == VISIBLE:
            heappush(self._ready, (line[0].order, group))

    def _leave_line(self, copy: Copy) -> None:
        group = str(copy.group)
        line = self.groups.get(group)
        if line is None or copy not in line:
            return
        line.remove(copy)
        if line:
            self._offer(group)
        else:
            del self.groups[group]

    def _in_order(self) -> Iterator[Copy]:
        return iter(sorted((copy for line in self.groups.values() for copy in line), key=lambda copy: copy.order))


class DeduplicationMemory:
    """Which ids were sent in the last five minutes, and with which message they were answered (facts: sqs 9)."""

    def __init__(self, window_ms: int) -> None:
        self.window_ms = window_ms
        self._known: dict[str, tuple[int, str]] = {}
        self._ends: deque[tuple[int, str]] = deque()

    def seen(self, key: str, now_ms: int) -> str | None:
        """The id that the first accepted send of this window was answered with; None if there was none."""
        while self._ends and self._ends[0][0] <= now_ms:
            end_ms, old = self._ends.popleft()
            if self._known.get(old, (0, ""))[0] == end_ms:
                del self._known[old]
        known = self._known.get(key)
        return None if known is None else known[1]

    def remember(self, key: str, answered_with: str, now_ms: int) -> None:
        end_ms = now_ms + self.window_ms
        self._known[key] = (end_ms, answered_with)
        self._ends.append((end_ms, key))

    def clear(self) -> None:
        self._known.clear()
        self._ends.clear()
