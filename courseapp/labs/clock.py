"""A lab's clock: which virtual instant the wall clock, the speed and the people ask for. Pure; the host does the
running.

How to think about it. ``live_ms`` is how far the run has got, ``now_ms`` the instant shown. They are the same until
somebody looks back; looking back pauses. Play from there shows again what is recorded, and once the present is
reached the clock is live again and goes on. The clock only says how far to go (``due``), and is told how far the
host got (``reached``): a host that cannot keep up is never asked to make good what it missed, so the clock stays
honest and shows the speed that it reaches.

Skipping idle time: if the next thing is more than a second of wall time away, the clock hurries so that it takes one
second. If only quiet things come of it (polls that find nothing), it goes on, twice as fast with every tick, until
something really happens.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

IDLE_TAKES_S = 1.0
"""The longest time, on the wall, that nothing at all happens while idle time is skipped."""
MEASURED_OVER_S = 2.0
"""The span of wall time over which the reached speed is measured."""
KEEPS_UP = 0.95
"""The part of the asked speed from which on the clock counts as keeping up."""
FASTEST_HURRY = 1e12
"""Virtual milliseconds in a second of wall time: thirty years."""
LONGEST_TICK_S = 2.5
"""What at most counts as passed between two ticks: a process that was stopped for a minute does not jump. Longer than a
host ever sleeps."""


@dataclass(slots=True)
class Clock:
    """All times are virtual milliseconds, wall times seconds of any steady clock."""

    live_ms: int = 0
    now_ms: int = 0
    speed: float = 1.0
    skip_idle: bool = False
    running: bool = False
    until_ms: int | None = None  # where it pauses by itself
    _ran: bool = False  # when somebody began to look back
    _rest: float = 0.0  # the part of a millisecond that has passed beyond now_ms
    _wall_s: float | None = None
    _hurry: float = 0.0  # virtual ms per wall second while idle time is skipped; 0 when it is not
    _hurry_to: int | None = None
    _measured: deque[tuple[float, int]] = field(default_factory=deque)

    @classmethod
    def at(cls, at_ms: int, speed: float = 1.0, skip_idle: bool = False, running: bool = False) -> Clock:
        return cls(live_ms=at_ms, now_ms=at_ms, speed=speed, skip_idle=skip_idle, running=running)

    @property
    def looking(self) -> bool:
        return self.now_ms < self.live_ms

    # --- what people do ---

    def play(self, until_ms: int | None = None) -> None:
        """Go on; with ``until_ms``, if that lies ahead, only to there."""
        self.until_ms = until_ms if until_ms is not None and until_ms > self.now_ms else None
        if not self.running:
            self.running = True
            self._start_again()

    def pause(self) -> None:
        self.running, self.until_ms = False, None
        self._start_again()

    def set_speed(self, speed: float) -> None:
        self.speed = speed
        self._start_again()

    def set_skip_idle(self, on: bool) -> None:
        self.skip_idle = on
        self._start_again()

    def look(self, at_ms: int, begin_ms: int) -> None:
        """Show that instant of the run, held between its beginning and the present, and pause."""
        if not self.looking:
            self._ran = self.running
        self.pause()
        self.now_ms = max(begin_ms, min(at_ms, self.live_ms))

    def go_live(self) -> None:
        """Show the present; it goes on by itself if it did so before somebody looked back."""
        self.now_ms = self.live_ms
        self.running, self._ran, self.until_ms = self.running or self._ran, False, None
        self._start_again()

    def stand_at(self, at_ms: int) -> None:
        """The host has gone to that instant by itself (a step, the next failure, a command)."""
        self.now_ms = at_ms
        self.live_ms = max(self.live_ms, at_ms)
        self._start_again()
        self._stop_where_asked()

    # --- what time does ---

    def due(self, wall_s: float, next_ms: int | None) -> int:
        """The instant to run to now. ``next_ms`` is when the next thing happens in what is shown, None if nothing is.

        Where idle time ends within this tick it stops there; ask again until it gives the instant that was reached.
        """
        if not self.running:
            self._wall_s = wall_s
            return self.now_ms
        if self._wall_s is None:
            self._wall_s = wall_s
            self._measured.clear()
            self._measured.append((wall_s, self.now_ms))
        elapsed = min(max(wall_s - self._wall_s, 0.0), LONGEST_TICK_S)
        self._wall_s = wall_s
        pace = self._pace(next_ms, elapsed)
        passed = self._rest + elapsed * pace
        due = self.now_ms + int(passed)
        self._rest = passed - int(passed)
        if self._hurry and self._hurry_to is not None and due >= self._hurry_to:
            self._wall_s -= (due - self._hurry_to) / pace  # what is left of this tick belongs to what comes after
            due, self._rest = self._hurry_to, 0.0
        if self.looking and due >= self.live_ms:
            due, self._rest = self.live_ms, 0.0
        if self.until_ms is not None and due >= self.until_ms:
            due, self._rest = self.until_ms, 0.0
        return due

    def _pace(self, next_ms: int | None, elapsed: float) -> float:
        """Virtual milliseconds in a second of wall time."""
        pace = self.speed * 1000.0
        if not self.skip_idle or next_ms is None:
            self._hurry, self._hurry_to = 0.0, None
        elif self._hurry and self._hurry_to is None:
            self._hurry = min(2.0 * self._hurry, FASTEST_HURRY) if elapsed else self._hurry
        elif self._hurry_to != next_ms:
            ahead = next_ms - self.now_ms
            idle = ahead > pace * IDLE_TAKES_S
            self._hurry, self._hurry_to = (ahead / IDLE_TAKES_S, next_ms) if idle else (0.0, None)
        return max(pace, self._hurry)

    def reached(self, at_ms: int, wall_s: float, something_happened: bool) -> None:
        """The host got to ``at_ms``, which may be short of what was due."""
        was_there = at_ms == self._hurry_to
        if at_ms != self.now_ms:
            self.now_ms = at_ms
            self.live_ms = max(self.live_ms, at_ms)
        if something_happened:
            self._hurry, self._hurry_to = 0.0, None
        elif was_there:
            self._hurry_to = None  # it came to nothing: from here on ever faster, until something does happen
        self._measured.append((wall_s, at_ms))
        while len(self._measured) > 2 and self._measured[1][0] <= wall_s - MEASURED_OVER_S:
            self._measured.popleft()
        self._stop_where_asked()

    def _stop_where_asked(self) -> None:
        if self.until_ms is not None and self.now_ms >= self.until_ms:
            self.pause()

    def fell_short(self) -> None:
        """The host ran out of time before it was there: what was missed is not made good."""
        self._rest = 0.0

    @property
    def hurries(self) -> bool:
        """Whether idle time is being skipped: the host must then stop at the first thing that really happens."""
        return self._hurry > self.speed * 1000.0

    @property
    def reached_speed(self) -> float:
        """Virtual seconds per second as measured; the asked speed while the clock keeps up, stands, or hurries
        through idle time.
        """
        if not self.running or self.skip_idle or len(self._measured) < 2:
            return self.speed
        (wall_from, from_ms), (wall_to, to_ms) = self._measured[0], self._measured[-1]
        if wall_to - wall_from < MEASURED_OVER_S / 2:
            return self.speed
        measured = (to_ms - from_ms) / 1000.0 / (wall_to - wall_from)
        return self.speed if measured >= KEEPS_UP * self.speed else round(measured, 2)

    def _start_again(self) -> None:
        self._wall_s = None
        self._rest = 0.0
        self._hurry = 0.0
        self._hurry_to = None
        self._measured.clear()

    def as_json(self) -> dict[str, Any]:
        return {
            "now_ms": self.now_ms,
            "live_ms": self.live_ms,
            "speed": self.speed,
            "skip_idle": self.skip_idle,
            "running": self.running,
            "until_ms": self.until_ms,
            "looking": self.looking,
            "reached_speed": self.reached_speed,
        }
