"""A fair queue: a standard queue whose messages say for which tenant they are (facts: sqs 11).

A tenant is a ``MessageGroupId``; a message without one is a tenant of its own. One that has more than a tenth of what
is in flight, and at least thirty messages, is noisy: while a message of a quiet tenant waits, that one is received
first. Nothing is ordered, locked or dropped. AWS also counts processing time, and remembers for some minutes who was
noisy; here what is in flight at the moment of the receive decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from heapq import heappop, heappush

from courseapp.engine import limits
from courseapp.engine.kernel.randomness import Dice
from courseapp.engine.sqs.copies import VISIBLE, Copy
from courseapp.engine.sqs.store import StandardStore

Line = list[tuple[int, Copy]]


class FairStore(StandardStore):
    """A standard queue's copies, and beside them a line for each tenant. A line may hold copies that are no longer
    visible; they are dropped when their turn comes."""

    __slots__ = ("lines",)

    def __init__(self, servers: int = 1) -> None:
        super().__init__(servers)
        self.lines: dict[str | None, Line] = {}

    @classmethod
    def of(cls, store: StandardStore) -> FairStore:
        """The same copies."""
        fair = cls(store.servers)
        for name in StandardStore.__slots__:
            setattr(fair, name, getattr(store, name))
        for copy in fair.waiting():
            fair._line_up(copy)
        return fair

    def add(self, copy: Copy) -> None:
        super().add(copy)
        self._line_up(copy)

    def put_back(self, copy: Copy) -> None:
        super().put_back(copy)
        self._line_up(copy)

    def take(self) -> Copy | None:
        noisy = self.noisy()
        copy = self._first_but_for(noisy) if noisy else super().take()
        if copy is not None:
            self._leaves_its_line(copy)
        return copy

    def take_from_some(self, dice: Dice, asked_probability: float) -> Copy | None:
        copy = super().take_from_some(dice, asked_probability)
        if copy is not None:
            self._leaves_its_line(copy)
        return copy

    def in_turn(self) -> Iterable[Copy]:
        noisy = self.noisy()
        return sorted(self.waiting(), key=lambda copy: noisy.get(copy.group or "", 0)) if noisy else self.waiting()

    def noisy(self) -> dict[str, int]:
        """The noisy tenants, and how many messages each has in flight."""
        if len(self.in_flight) < limits.SQS_FAIR_IN_FLIGHT_MIN:
            return {}
        counts = Counter(copy.group for copy in self.in_flight.values() if copy.group is not None)
        share = len(self.in_flight) * limits.SQS_FAIR_IN_FLIGHT_SHARE
        return {
            tenant: count
            for tenant, count in counts.items()
            if count >= limits.SQS_FAIR_IN_FLIGHT_MIN and count > share
        }

    def _first_but_for(self, noisy: dict[str, int]) -> Copy | None:
        """The oldest message of a quiet tenant; else one of the noisy tenant that has the fewest in flight."""
        heads = [(noisy.get(tenant or "", 0), head) for tenant in list(self.lines) if (head := self._head(tenant))]
        if not heads:
            return None
        _, (_, copy) = min(heads, key=lambda one: (one[0], one[1][0]))
        self.forget(copy)
        return copy

    def _leaves_its_line(self, copy: Copy) -> None:
        line = self.lines.get(copy.group)
        if line and line[0][1] is copy:
            heappop(line)
        self._head(copy.group)

    def _line_up(self, copy: Copy) -> None:
        heappush(self.lines.setdefault(copy.group, []), (copy.order, copy))

    def _head(self, tenant: str | None) -> tuple[int, Copy] | None:
        line = self.lines.get(tenant, [])
        while line and (line[0][1].state != VISIBLE or line[0][1].order != line[0][0]):
            heappop(line)
        if not line:
            self.lines.pop(tenant, None)
            return None
        return line[0]
