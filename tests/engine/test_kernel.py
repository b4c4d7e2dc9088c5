"""The clock and agenda alone: what comes first, and where a run stops."""

from __future__ import annotations

from typing import Any

from courseapp.engine.kernel import COMMANDS, EXPIRY, RECEIVES, SENDS, TIMERS, WORK, Kernel


class Diary:
    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.lines: list[str] = []

    def note(self, line: str) -> None:
        self.lines.append(line)

    def plans(self, _: Any) -> None:
        """In the middle of an instant, more is planned for it."""
        kernel = self.kernel
        kernel.plan_receive_now(self, "note", "receive at once")
        kernel.plan(kernel.now_ms, RECEIVES, self, "note", "receive planned after it")
        kernel.plan_receive_now(self, "note", "receive at last")
        kernel.plan(kernel.now_ms, WORK, self, "note", "work")
        kernel.plan(kernel.now_ms + 1, COMMANDS, self, "note", "the next millisecond")


def planned() -> tuple[Kernel, Diary]:
    kernel = Kernel(7)
    diary = Diary(kernel)
    kernel.plan(5, SENDS, diary, "plans")
    return kernel, diary


def test_phases_come_in_their_order_and_within_one_what_was_planned_first():
    kernel = Kernel(7)
    diary = Diary(kernel)
    for place, phase in enumerate((RECEIVES, WORK, SENDS, TIMERS, EXPIRY, COMMANDS) * 2):
        kernel.plan(5, phase, diary, "note", f"{phase} {place}")
    assert kernel.run_until(5)
    assert diary.lines == sorted(diary.lines, key=lambda line: [int(number) for number in line.split()])


def test_receives_of_this_instant_come_last_in_the_order_of_planning_wherever_they_wait():
    kernel, diary = planned()
    assert kernel.run_until(5)
    assert diary.lines == ["work", "receive at once", "receive planned after it", "receive at last"]


def test_a_run_that_may_do_one_thing_at_a_time_has_not_arrived_before_all_is_done():
    kernel, diary = planned()
    arrived = [kernel.run_until(5, most=1) for _ in range(5)]
    assert (arrived, kernel.now_ms, len(diary.lines)) == ([False, False, False, False, True], 5, 4)
    assert kernel.run_until(9, most=1) and diary.lines[-1] == "the next millisecond"


def test_the_next_thing_is_now_while_a_receive_waits():
    kernel, _ = planned()
    assert kernel.next_event_ms() == 5
    kernel.run_until(5, most=2)
    assert kernel.next_event_ms() == 5
    kernel.run_until(5)
    assert kernel.next_event_ms() == 6
