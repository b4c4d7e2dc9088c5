"""The clock against a wall clock that the test turns."""

from bisect import bisect_right

import pytest

from courseapp.labs.clock import Clock


class Wall:
    """Ticks of 100 ms; what happens, happens at the given instants, of which ``quiet`` ones come to nothing."""

    def __init__(self, clock: Clock, events=(), quiet=()):
        self.clock, self.now_s = clock, 1000.0
        self.events, self.quiet = sorted([*events, *quiet]), set(quiet)

    def next_event(self):
        place = bisect_right(self.events, self.clock.now_ms)
        return self.events[place] if place < len(self.events) else None

    def between(self, from_ms, until_ms):
        return self.events[bisect_right(self.events, from_ms) : bisect_right(self.events, until_ms)]

    def tick(self, seconds=0.1, reach=None):
        """One tick, as the host does it; ``reach`` is how far the simulation gets in it at most."""
        self.now_s += seconds
        for _ in range(200_000):
            before = self.clock.now_ms
            due = self.clock.due(self.now_s, self.next_event())
            if due <= before:
                return
            at_ms = due if reach is None else min(due, before + reach)
            if self.clock.hurries:
                at_ms = next((event for event in self.between(before, at_ms) if event not in self.quiet), at_ms)
            happened = any(event not in self.quiet for event in self.between(before, at_ms))
            self.clock.reached(at_ms, self.now_s, happened)
            if reach is not None and at_ms < due:
                self.clock.fell_short()
                return
            if not self.clock.hurries:
                return
        raise AssertionError("a tick never ends")

    def ticks(self, count, **how):
        for _ in range(count):
            self.tick(**how)
        return self.clock.now_ms


def running(**fields):
    clock = Clock.at(0, **fields)
    clock.play()
    clock.due(1000.0, None)
    return clock


@pytest.mark.parametrize(("speed", "after_a_second"), [(0.1, 100), (1, 1_000), (5, 5_000), (1_000, 1_000_000)])
def test_virtual_time_is_wall_time_times_the_speed(speed, after_a_second):
    assert Wall(running(speed=speed)).ticks(10) == pytest.approx(after_a_second, abs=1)


def test_parts_of_a_millisecond_are_not_lost():
    assert Wall(running(speed=0.1)).ticks(1000, seconds=0.001) == pytest.approx(100, abs=1)


def test_a_paused_clock_stands():
    clock = running()
    wall = Wall(clock)
    wall.ticks(5)
    clock.pause()
    assert wall.ticks(20) == pytest.approx(500, abs=1)


def test_time_does_not_pass_between_pause_and_play():
    clock = running()
    wall = Wall(clock)
    wall.ticks(5)
    clock.pause()
    wall.now_s += 60
    clock.play()
    wall.ticks(1)
    assert wall.ticks(5) == pytest.approx(1_000, abs=1)


def test_a_process_that_was_stopped_does_not_jump():
    assert Wall(running()).ticks(1, seconds=3_600) == 2_500


def test_idle_time_is_skipped_within_a_second():
    week_ms = 7 * 24 * 3_600_000
    clock = running(skip_idle=True)
    assert Wall(clock, events=[week_ms]).ticks(11) >= week_ms


def test_after_idle_time_the_clock_goes_on_at_its_speed():
    clock = running(skip_idle=True)
    wall = Wall(clock, events=[100_000, 100_300, 100_600, 100_900])
    wall.ticks(10)
    assert clock.now_ms == pytest.approx(100_000, abs=20)
    assert wall.ticks(3) == pytest.approx(100_300, abs=30)


def test_events_that_come_to_nothing_are_hurried_over_ever_faster():
    polls = range(20_000, 4 * 24 * 3_600_000, 20_000)
    clock = running(skip_idle=True)
    assert Wall(clock, events=[4 * 24 * 3_600_000], quiet=polls).ticks(30) >= 4 * 24 * 3_600_000 - 1


def test_a_gap_of_less_than_a_second_is_not_skipped():
    clock = running(skip_idle=True, speed=10)
    assert Wall(clock, events=[9_000, 18_000]).ticks(5) == pytest.approx(5_000, abs=10)


def test_a_clock_that_cannot_keep_up_shows_the_speed_that_it_reaches():
    clock = running(speed=1_000)
    Wall(clock).ticks(30, reach=20_000)
    assert clock.reached_speed == pytest.approx(200, rel=0.1)


def test_what_was_missed_is_not_made_good():
    clock = running(speed=100)
    wall = Wall(clock)
    wall.ticks(10, reach=1_000)
    behind = clock.now_ms
    assert wall.ticks(10) == pytest.approx(behind + 100_000, rel=0.01)


def test_a_clock_that_keeps_up_shows_its_own_speed():
    clock = running(speed=7)
    Wall(clock).ticks(30)
    assert clock.reached_speed == 7


def test_looking_back_pauses_and_is_held_within_the_run():
    clock = running()
    live_ms = Wall(clock).ticks(50)
    clock.look(2_000, -1_000)
    assert (clock.now_ms, clock.live_ms, clock.looking, clock.running) == (2_000, live_ms, True, False)
    clock.look(-9_000, -1_000)
    assert clock.now_ms == -1_000
    clock.look(9_000, -1_000)
    assert (clock.now_ms, clock.looking) == (live_ms, False)


def test_play_from_the_past_stops_at_the_present_and_then_goes_on():
    clock = running()
    wall = Wall(clock)
    live_ms = wall.ticks(50)
    clock.look(4_500, 0)
    clock.play()
    shown = [wall.ticks(1) for _ in range(12)]
    assert live_ms in shown
    assert clock.live_ms == shown[-1] > live_ms
    assert not clock.looking


def test_live_again_goes_on_only_if_it_went_on_before():
    clock = running()
    live_ms = Wall(clock).ticks(10)
    clock.look(100, 0)
    clock.look(50, 0)
    clock.go_live()
    assert clock.running and clock.now_ms == live_ms
    clock.pause()
    clock.look(100, 0)
    clock.go_live()
    assert not clock.running


@pytest.mark.parametrize("fields", [{"speed": 1}, {"speed": 1_000}, {"speed": 1, "skip_idle": True}])
def test_a_clock_that_was_asked_to_play_to_an_instant_stands_exactly_there(fields):
    clock = Clock.at(0, **fields)
    clock.play(until_ms=4_321)
    clock.due(1000.0, None)
    wall = Wall(clock, events=[4_000, 90_000_000])
    assert wall.ticks(100) == 4_321
    assert not clock.running
    clock.play()
    assert wall.ticks(100) > 4_321


def test_an_instant_that_is_over_does_not_stop_the_clock():
    clock = running(speed=1)
    wall = Wall(clock)
    wall.ticks(10)
    clock.play(until_ms=500)
    assert wall.ticks(10) > 1_900


def test_a_pause_forgets_where_the_clock_was_to_stop():
    clock = running(speed=1)
    clock.play(until_ms=500)
    clock.pause()
    clock.play()
    assert Wall(clock).ticks(10) > 500


def test_a_command_may_carry_the_clock_over_the_instant_where_it_was_to_stop():
    clock = running(speed=1)
    clock.play(until_ms=1)
    clock.stand_at(1)
    assert not clock.running
