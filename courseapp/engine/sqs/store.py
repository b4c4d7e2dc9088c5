"""Where a standard queue keeps its copies.

A backlog must cost next to nothing a message, and the next message must be found at once. So copies that nobody has
received stand in one line (``fresh``); those that came back, or whose delay is over, are few and stand in a heap by
their place in the queue (``again``). The next copy is the smaller of the two heads: with one server the sending order
is kept.

With several servers (a model's parameter, facts: sqs 7) each copy has a home server and two more that hold it. A
receive asks the servers in rotated order and takes what lies on the first, which swaps neighbours now and then; a
short poll asks only some of them and may miss what the others hold.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from heapq import heapify, heappop, heappush
from itertools import chain, islice

from courseapp.engine.kernel.randomness import Dice
from courseapp.engine.sqs.copies import DELAYED, GONE, IN_FLIGHT, VISIBLE, Copy, Flight

LOOK_AHEAD = 20  # how far a receive looks for a copy on the server that it asks first
COPIES_HELD = 3  # servers that hold a message


class StandardStore:
    """Copies of a standard queue by state. ``visible`` and ``delayed_count`` are exact counts."""

    __slots__ = ("again", "came_back", "delayed", "delayed_count", "fresh", "in_flight", "servers")
    fifo = False

    def __init__(self, servers: int = 1) -> None:
        self.servers = servers
        self.fresh: deque[Copy] = deque()
        self.again: list[tuple[int, Copy]] = []
        self.delayed: list[tuple[int, int, Copy]] = []
        self.in_flight: dict[int, Copy] = {}
        self.came_back = 0  # visible copies in ``again``
        self.delayed_count = 0

    @property
    def visible(self) -> int:
        return len(self.fresh) + self.came_back

    def add(self, copy: Copy) -> None:
        """A new visible copy, sent just now, at the end of the line."""
        self.fresh.append(copy)

    def add_delayed(self, copy: Copy, visible_ms: int) -> None:
        heappush(self.delayed, (visible_ms, copy.order, copy))
        self.delayed_count += 1

    def put_back(self, copy: Copy) -> None:
        """A copy that is visible again (or for the first time, after a delay): back to its place."""
        self.in_flight.pop(copy.order, None)
        heappush(self.again, (copy.order, copy))
        self.came_back += 1

    def put_last(self, copy: Copy, order: int) -> None:
        """A copy that was received too often without a delete: behind all others (facts: sqs 7, poison pills)."""
        self.in_flight.pop(copy.order, None)
        copy.order = order
        self.put_back(copy)

    def begin(self) -> None:
        """A receive begins."""

    def take(self) -> Copy | None:
        """The next visible copy, taken out of the line; None if there is none."""
        again, fresh = self.again, self.fresh
        while again and again[0][1].state != VISIBLE:
            heappop(again)
        if fresh and not (again and again[0][0] < fresh[0].order):
            return fresh.popleft()
        if again:
            self.came_back -= 1
            return heappop(again)[1]
        return None

    def take_from_some(self, dice: Dice, asked_probability: float) -> Copy | None:
        """The same for several servers, of which each is asked with that probability (1: a long poll, which asks
        all)."""
        asked = [dice.random() < asked_probability for _ in range(self.servers)] if asked_probability < 1 else None
        first = int(dice.random() * self.servers)
        found: Copy | None = None
        for copy in islice(self.in_turn(), LOOK_AHEAD):
            home = home_server(copy, self.servers)
            if asked is not None and not any(asked[(home + k) % self.servers] for k in range(COPIES_HELD)):
                continue
            if home == first:
                found = copy
                break
            found = found or copy
        if found is not None:
            self.forget(found)
        return found

    def in_turn(self) -> Iterable[Copy]:
        """Visible copies, first those that a receive shall look at first."""
        return self.waiting()

    def forget(self, copy: Copy) -> None:
        """Take one copy out, wherever it stands."""
        state = copy.state
        if state == IN_FLIGHT:
            self.in_flight.pop(copy.order, None)
        elif state == DELAYED:
            self.delayed_count -= 1
        elif state == VISIBLE:
            if copy.flight is None:
                self.fresh.remove(copy)
            else:
                self.came_back -= 1
                self._drop_what_is_gone(copy)

    def end(self, copy: Copy) -> None:
        """Take one copy out for good. One that came back keeps its entry for now: it is passed over."""
        if copy.state != VISIBLE or copy.flight is None:
            self.forget(copy)
            return
        self.came_back -= 1
        if len(self.again) > 2 * self.came_back:
            self._drop_what_is_gone(copy)

    def _drop_what_is_gone(self, copy: Copy) -> None:
        """Leave no entry of ``copy`` nor of those that are not visible any more."""
        self.again = [entry for entry in self.again if entry[1] is not copy and entry[1].state == VISIBLE]
        heapify(self.again)

    def waiting(self) -> Iterator[Copy]:
        """Visible copies, in the order in which they would be received."""
        came_back = sorted((entry for entry in self.again if entry[1].state == VISIBLE), key=lambda entry: entry[0])
        position = 0
        for copy in self.fresh:
            while position < len(came_back) and came_back[position][0] < copy.order:
                yield came_back[position][1]
                position += 1
            yield copy
        for _, copy in came_back[position:]:
            yield copy

    def visible_copies(self) -> Iterator[Copy]:
        """Visible copies in any order."""
        return chain(self.fresh, (copy for _, copy in self.again if copy.state == VISIBLE))

    def delayed_copies(self) -> Iterator[Copy]:
        return (copy for _, _, copy in sorted(self.delayed, key=lambda entry: entry[:2]) if copy.state == DELAYED)

    def everything(self) -> Iterator[Copy]:
        yield from self.waiting()
        yield from self.delayed_copies()
        yield from self.in_flight.values()

    def oldest(self) -> Iterator[Copy]:
        """Copies among which the one with the earliest ``sent_ms`` is."""
        if self.fresh:
            yield self.fresh[0]
        yield from self.others()

    def others(self) -> Iterator[Copy]:
        """All but those that nobody has received, which stand in the order of their sends; in any order."""
        yield from (copy for _, copy in self.again if copy.state == VISIBLE)
        yield from (copy for _, _, copy in self.delayed if copy.state == DELAYED)
        yield from self.in_flight.values()

    def clear(self) -> int:
        """Remove all copies; how many there were."""
        removed = all_gone(self.everything())
        self.__init__(self.servers)  # type: ignore[misc]
        return removed


def all_gone(copies: Iterable[Copy]) -> int:
    """Tell all copies that they are not in their queue any more; how many there were."""
    never_received = Flight(GONE)
    count = 0
    for copy in list(copies):
        count += 1
        if copy.flight is None:
            copy.flight = never_received
        else:
            copy.flight.state = GONE
            copy.flight.holder = None
    return count


def home_server(copy: Copy, servers: int) -> int:
    """The server that a copy's first copy lies on: spread evenly, the same in every run."""
    return (copy.order * 2654435761 >> 8) % servers
