"""The clock and the agenda: what is planned, in which order it happens, and nothing about any service.

How to think about it. A simulation is one object graph. What will happen is a heap of entries ``(at_ms, phase, order,
happening, data)``: at that millisecond ``happening``, a method of an object of the graph, is called with ``data``. A
bound method is pickled as its object and its name, which no closure could be, so the whole graph can be pickled between
any two events. Ties are decided, and the decision is written down: earlier phase first, then the order of planning.

Receives are the last phase of a millisecond and the commonest thing to be planned for "now"; they wait in a plain
list beside the heap (``at_once``), which is looked at only when nothing else of this instant is left.

Nothing that a run makes by the thousand refers back to itself, so Python's search for cycles finds nothing and costs a
sixth of the time; it rests while events happen, and is as it was before afterwards.
"""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

from courseapp.engine.kernel.backstop import CannotGoOn
from courseapp.engine.kernel.journal import Journal
from courseapp.engine.kernel.memory import Memory
from courseapp.engine.kernel.phases import RECEIVES
from courseapp.engine.kernel.randomness import Dice, stream

Entry = tuple[int, int, int, Callable[[Any], None], Any]
AT_ONCE_MAX = 1_000_000
TURNS = 250  # things that happen before the loop looks up
EFFORT_MAX = 20  # expressions of the usual length; after so many a run that was given a number of things ends early


class Stalled(CannotGoOn):
    """Virtual time does not pass any more: things keep happening in the millisecond ``at_ms``."""

    def __init__(self, at_ms: int) -> None:
        super().__init__(
            f"More than {AT_ONCE_MAX:,} things happened at {at_ms} ms: the document has a loop that takes no time."
        )
        self.at_ms = at_ms


class Kernel:
    """Virtual time in whole milliseconds, the agenda, the random streams and the journal of one run."""

    def __init__(self, seed: int, start_ms: int = 0, journal: bool = True, starts_ms: int = 0) -> None:
        """``start_ms`` is where the clock stands, ``starts_ms`` the wall time of virtual 0 in epoch milliseconds."""
        self.seed = seed
        self.starts_ms = starts_ms
        self.now_ms = start_ms
        self.nodes: dict[str, Any] = {}
        self.journal = Journal(journal)
        self.records = self.journal.records if journal else None  # where the hot paths write
        self.write = self.journal.write
        self.agenda: list[Entry] = []
        self.at_once: deque[tuple[int, Callable[[Any], None], Any]] = deque()
        self.order = 0
        self.changes = 0  # raised with each change of a setting, for those who keep what follows from settings
        self.turns: list[None] = [None]  # those left until the loop looks up; empty while ``tire`` has ended them
        self.is_tired = False  # whether the newest run ended early
        self._effort = 0
        self._streams: dict[str, Dice] = {}
        self.uid = 0  # the newest of those given out
        self.memory = Memory()

    def plan(self, at_ms: int, phase: int, target: Any, happening: str, data: Any = None) -> None:
        """Call ``target.happening(data)`` at ``at_ms``, in that phase. Raises ValueError for a time that has passed."""
        if at_ms < self.now_ms:
            raise ValueError(f"cannot plan {happening} {self.now_ms - at_ms} ms into the past")
        self.order = order = self.order + 1
        heappush(self.agenda, (at_ms, phase, order, getattr(target, happening), data))

    def plan_receive_now(self, target: Any, happening: str, data: Any = None) -> None:
        """The same for this very millisecond and the phase of receives, without the heap."""
        self.order += 1
        self.at_once.append((self.order, getattr(target, happening), data))

    def next_event_ms(self) -> int | None:
        """When the next planned thing happens; None if nothing is planned."""
        if self.at_once:
            return self.now_ms
        return self.agenda[0][0] if self.agenda else None

    def run_until(self, at_ms: int, most: int | None = None) -> bool:
        """Let everything up to and including ``at_ms`` happen, but at most ``most`` things; True if it was reached.

        Things that take long (``tire``) count for more: then fewer happen, and ``is_tired`` is True. Raises Stalled if
        a million things happen within one millisecond: the document has a loop that takes no time.
        """
        if most is not None:
            return self._run(at_ms, most)
        while True:
            before_ms = self.now_ms
            if self._run(at_ms, AT_ONCE_MAX):
                return True
            if self.now_ms == before_ms and not self.is_tired:
                raise Stalled(before_ms)

    def _run(self, at_ms: int, left: int) -> bool:
        collects = gc.isenabled()
        gc.disable()
        try:
            return self._run_on(at_ms, left)
        finally:
            if collects:
                if gc.get_count()[0] > gc.get_threshold()[0]:
                    gc.collect(0)  # what is due; left to itself, Python would walk through a whole backlog with it
                gc.enable()

    def _run_on(self, at_ms: int, left: int) -> bool:
        agenda, at_once = self.agenda, self.at_once
        self.is_tired = False
        while left > 0 and not self.is_tired and (at_once or (agenda and agenda[0][0] <= at_ms)):
            turns = self.turns = [None] * min(left, TURNS)
            left -= TURNS
            for _ in turns:
                if at_once and not (agenda and self._is_before(agenda[0], at_once[0][0])):
                    _, happening, data = at_once.popleft()
                elif agenda:
                    due_ms, phase, order, happening, data = heappop(agenda)
                    if due_ms > at_ms:
                        heappush(agenda, (due_ms, phase, order, happening, data))
                        break
                    self.now_ms = due_ms
                else:
                    break
                happening(data)
        self.turns = [None]
        if at_once or (agenda and agenda[0][0] <= at_ms):
            return False
        if at_ms > self.now_ms:
            self.now_ms = at_ms
        return True

    def tire(self, effort: int) -> None:
        """What happens right now takes as long as ``effort`` expressions of the usual length. Whoever runs a few things
        at a time gets the chance to look at a clock; what happens, and when, stays the same."""
        self._effort += effort
        if self._effort >= EFFORT_MAX:
            self._effort = 0
            self.is_tired = True
            self.turns.clear()

    def _is_before(self, entry: Entry, order: int) -> bool:
        """Whether an entry of the heap comes before a receive of this instant that was planned as number ``order``."""
        return entry[0] == self.now_ms and (entry[1] < RECEIVES or entry[2] < order)

    def record(
        self,
        kind: str,
        node: str,
        link: str | None = None,
        message: Any = None,
        reason: tuple[Any, ...] | None = None,
        detail: Any = None,
    ) -> None:
        """Write into the journal what has just happened."""
        if self.write is not None:
            self.write((self.now_ms, kind, node, link, message, reason, detail))

    def dice(self, name: str) -> Dice:
        """The random stream of that name, made when first asked for."""
        dice = self._streams.get(name)
        if dice is None:
            dice = self._streams[name] = stream(self.seed, name)
        return dice

    def next_uid(self) -> int:
        """A number that nothing else in this run has."""
        self.uid += 1
        return self.uid
