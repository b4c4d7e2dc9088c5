"""The past of a run: the newest records, and frozen states from which any earlier instant is a short run away.

A state is frozen whenever running has cost a certain time on the processor since the last one, so that going back
to any instant costs about that much, however busy or idle the run was. Freezing itself may cost at most a fifth of
the running. If the frozen states outgrow their room, the one is dropped whose neighbours are nearest to each other;
the spacing grows evenly and going back stays equally quick everywhere. All of it is a cache: the log is the truth.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from courseapp.engine.kernel import Record
from courseapp.engine.kernel.memory import MB
from courseapp.labs.run import Log, Run, no_collection

SPACING_S = 0.015
"""Processor seconds of running between two frozen states, as long as their room lasts."""
FREEZING_SHARE = 5.0
"""Running must cost so many times what freezing costs."""
UNKNOWN_COST_S = 1e9
"""Of a stretch that was run elsewhere: a state on its border is never the one to be dropped."""
ROOM_BYTES = 24 * 2**20
MOST_STATES = 1_000
MOST_RECORDS = 40_000
"""Newest records kept in memory; older ones are found by running again."""
MOST_MADE = 128 * MB
"""What was made (see ``kernel.memory``) in the time of the records kept in memory, who may hold all of it."""

Timer = Callable[[], float]


def _packed(run: Run) -> bytes:
    return zlib.compress(run.freeze(), 1)


@dataclass(slots=True)
class Frozen:
    at_ms: int
    sequence: int
    state: bytes  # packed: a third of the size for a fifth more of the time
    cost_s: float  # processor seconds from the state before to this one


class Room:
    """Since when a run has made so little that the records since then may be kept, however large what they hold."""

    def __init__(self, run: Run) -> None:
        self._marked = 0
        self._marked_made = run.simulation.kernel.memory.made

    def first(self, run: Run) -> int:
        """The sequence of the first record that may be kept of a run that is drained."""
        made = run.simulation.kernel.memory.made
        if made - self._marked_made <= MOST_MADE // 2:
            return 0
        first, self._marked, self._marked_made = self._marked, run.sequence + 1, made
        return first


class History:
    """``timer`` gives processor seconds. ``begin`` is the state before anything has happened and is never dropped."""

    def __init__(self, begin: Run, timer: Timer, room_bytes: int = ROOM_BYTES) -> None:
        self.timer = timer
        self.room_bytes = room_bytes
        self.states = [Frozen(begin.at_ms, begin.sequence, _packed(begin), 0.0)]
        self.bytes = len(self.states[0].state)
        self.records: list[Record] = []
        self.first_sequence = begin.sequence + 1
        self.room = Room(begin)
        self._cost_s = 0.0
        self.freezing_s = 0.0

    def go_on_from(self, run: Run) -> None:
        """The run was thawed where it stands: that is one more frozen state, and records are kept from here."""
        state = _packed(run)
        self.states.append(Frozen(run.at_ms, run.sequence, state, UNKNOWN_COST_S))
        self.bytes += len(state)
        self.first_sequence = run.sequence + 1
        self.room = Room(run)

    @property
    def begin_ms(self) -> int:
        return self.states[0].at_ms

    def keep(self, records: list[Record], run: Run) -> None:
        """Add what has just been drained of the run; the oldest are let go in large pieces."""
        self.records += records
        if len(self.records) > MOST_RECORDS * 3 // 2:
            self._let_go(len(self.records) - MOST_RECORDS)
        self._let_go(self.room.first(run) - self.first_sequence)

    def _let_go(self, surplus: int) -> None:
        if surplus > 0:
            self.first_sequence += surplus
            del self.records[:surplus]

    def ran(self, run: Run, cost_s: float) -> None:
        """The run was advanced at that cost and is drained.

        If it stands at the end of an instant, freeze it if that is worth it.
        """
        self._cost_s += cost_s
        enough_s = max(SPACING_S, FREEZING_SHARE * self.freezing_s)
        if self._cost_s >= enough_s and run.at_ms > self.states[-1].at_ms:
            began_s = self.timer()
            state = _packed(run)
            took_s = self.timer() - began_s
            self.freezing_s = (
                took_s if self.freezing_s == 0 else min(took_s, 1.3 * self.freezing_s)
            )  # not by one slow one
            self.states.append(Frozen(run.at_ms, run.sequence, state, self._cost_s))
            self.bytes += len(state)
            self._cost_s = 0.0
            while len(self.states) > 2 and (self.bytes > self.room_bytes or len(self.states) > MOST_STATES):
                self._thin_out()

    def _thin_out(self) -> None:
        states = self.states
        gaps = (states[i].cost_s + states[i + 1].cost_s for i in range(1, len(states) - 1))
        dropped = 1 + min(enumerate(gaps), key=lambda gap: gap[1])[0]
        states[dropped + 1].cost_s += states[dropped].cost_s
        self.bytes -= len(states[dropped].state)
        del states[dropped]

    def nearest(self, at_ms: int, log: Log) -> Run:
        """A run of its own that stands at the newest frozen instant not after ``at_ms``. Run it on to get there, and
        let it go when it is not needed any more.
        """
        place = bisect_right(self.states, at_ms, key=lambda frozen: frozen.at_ms) - 1
        return Run.thaw(zlib.decompress(self.states[max(place, 0)].state), log)

    def exact(self, at_ms: int, log: Log) -> Run:
        """A run of its own that stands at the end of that millisecond, which must lie in what has been run."""
        with no_collection():
            run = self.nearest(at_ms, log)
            run.run_to(at_ms)
        return run

    def before(self, at_ms: int) -> Iterator[tuple[int, int]]:
        """The stretches between frozen instants that lie before ``at_ms``, newest first, as (from, to) with ``to``
        included.
        """
        place = bisect_left(self.states, at_ms, key=lambda frozen: frozen.at_ms)
        until_ms = at_ms - 1
        for frozen in reversed(self.states[:place]):
            if frozen.at_ms <= until_ms:
                yield frozen.at_ms, until_ms
            until_ms = frozen.at_ms

    def newest(self, until_ms: int) -> list[tuple[int, Record]]:
        """The kept records up to and including that instant, with their sequences."""
        end = bisect_right(self.records, until_ms, key=lambda record: record[0])
        return list(enumerate(self.records[:end], self.first_sequence))
