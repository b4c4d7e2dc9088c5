"""A receive that is tried again: ``ReceiveRequestAttemptId`` of FIFO queues (facts: sqs 9).

Whoever does not know whether a receive has succeeded asks again with the same id, within five minutes, and gets the
same messages with the same receipt handles, hidden anew; unless one of them was deleted, was given another deadline or
has come back meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseapp.engine import limits
from courseapp.engine.sqs.copies import IN_FLIGHT, Copy

if TYPE_CHECKING:
    from courseapp.engine.sqs.queue import Queue

WINDOW_MS = limits.SQS_RECEIVE_ATTEMPT_WINDOW_S * 1000
Held = tuple[Copy, int, int]  # a copy, its receipt, and until when it was hidden


class Attempts:
    """What the receives of the last five minutes brought, by their ids."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, list[Held]]] = {}

    def remember(self, attempt_id: str, copies: list[Copy], now_ms: int) -> None:
        for old in [old for old, (first_ms, _) in self._known.items() if first_ms + WINDOW_MS <= now_ms]:
            del self._known[old]
        self._known[attempt_id] = (now_ms, [_held(copy) for copy in copies])

    def again(self, queue: Queue, attempt_id: str, visibility_ms: int, by: str) -> list[Copy]:
        """The same messages once more; none if this has to be a new receive."""
        now = queue.kernel.now_ms
        first_ms, held = self._known.get(attempt_id, (now, []))
        if not held or first_ms + WINDOW_MS <= now or not all(_is_as_it_was(one) for one in held):
            return []
        until = now + visibility_ms
        copies = [copy for copy, _, _ in held]
        queue.uneven = True
        queue.other_requests += len(copies)
        queue.bill_receive(copies)
        for copy in copies:
            flight = copy.flight
            assert flight is not None
            flight.since_ms, flight.deadline_ms = now, until
            queue.kernel.record("visibility_changed", queue.id, None, copy, None, {"by": by, "until_ms": until})
            queue.set_deadline(copy, until)
        self._known[attempt_id] = (first_ms, [_held(copy) for copy in copies])
        return copies


def _held(copy: Copy) -> Held:
    flight = copy.flight
    assert flight is not None
    return copy, flight.count, flight.deadline_ms


def _is_as_it_was(held: Held) -> bool:
    copy, receipt, until_ms = held
    flight = copy.flight
    return (
        flight is not None and flight.state == IN_FLIGHT and flight.count == receipt and flight.deadline_ms == until_ms
    )
