"""What a receipt is good for: to delete a message, and to move the end of its visibility timeout.

A receipt is the number of the receive that handed it out, and counts until the next one. Where the service lets a
delete go by without a word, so does a queue here (facts: sqs 6 and 7).
"""

from __future__ import annotations

from typing import Any

from courseapp.engine import limits
from courseapp.engine.commands import Refused
from courseapp.engine.sqs.clocks import Clocks
from courseapp.engine.sqs.copies import GONE, IN_FLIGHT, Copy

GONE_ALREADY = (
    "InvalidParameterValue",
    "Value for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility "
    "timeout change.",
)
IN_FLIGHT_MAX_MS = limits.SQS_IN_FLIGHT_TOTAL_MAX_S * 1000


class Receipts(Clocks):
    """The part of a queue that answers whoever holds a receipt."""

    __slots__ = ()

    def delete(self, copy: Copy, receipt: int, by: str) -> bool:
        """``DeleteMessage`` with a receipt. True if the message is gone now. Raises Refused on a FIFO queue (facts:
        sqs 6)."""
        flight = copy.flight
        assert flight is not None
        state = flight.state
        if self.fifo and state != GONE and (flight.count != receipt or state != IN_FLIGHT):
            self.other_requests += 1
            raise Refused(
                "InvalidParameterValue",
                "Value for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.",
            )
        why: tuple[Any, ...] | None = None
        if state != GONE and flight.count != receipt:
            why = ("stale_receipt", receipt, flight.count)
        elif state != GONE and self._misses(state):
            why = ("server_away",)
        if why is not None:
            self.kernel.record("delete_missed", self.id, None, copy, why, {"by": by})
        if state == GONE or why is not None:
            self.delete_nothing()
            return False
        self._is_deleted(copy, by)
        return True

    def delete_nothing(self) -> None:
        """A delete that succeeds though nothing goes away: it counts, and is billed (facts: sqs 6, 12 and 13)."""
        self.vain_deletes += 1
        self.other_requests += 1

    def _is_deleted(self, copy: Copy, by: str) -> None:
        self.end(copy)
        self.removed += 1
        self.kernel.record("deleted", self.id, None, copy, None, (by,))
        if self.store.visible:
            self.wake()  # its group, or the place in flight that it took, is free now

    def _misses(self, state: int) -> bool:
        """Whether a server that holds a copy is away, so that the message can come back (facts: sqs 7)."""
        if self.fifo or state != IN_FLIGHT:
            return False
        if self._ghosts:
            self._ghosts -= 1
            self.read()
            return True
        probability = self.settings.duplicate_probability
        return probability > 0 and self.kernel.dice(f"{self.id}/duplicates").random() < probability

    def change_visibility(self, copy: Copy, receipt: int, timeout_ms: int, by: str) -> None:
        """``ChangeMessageVisibility``: a new deadline counted from now (facts: sqs 5). Raises Refused with AWS's
        code."""
        flight = copy.flight
        assert flight is not None
        self.other_requests += 1
        if flight.state == GONE:
            raise Refused(*GONE_ALREADY)
        if flight.state != IN_FLIGHT or flight.count != receipt:
            raise Refused("AWS.SimpleQueueService.MessageNotInflight", "The specified message isn't in flight.")
        now = self.kernel.now_ms
        if now + timeout_ms > flight.received_ms + IN_FLIGHT_MAX_MS:
            raise Refused(
                "InvalidParameterValue",
                "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]",
            )
        until = now + timeout_ms
        flight.since_ms, flight.deadline_ms = now, until
        self.kernel.record("visibility_changed", self.id, None, copy, None, {"by": by, "until_ms": until})
        if timeout_ms == 0:
            self.give_back(copy, ("given_back", by))
        else:
            self.uneven = True
            self.set_deadline(copy, until)

    def miss_next_delete(self) -> None:
        """The next delete does not reach a server that holds a copy (``GhostDelete``)."""
        if self.fifo:
            raise Refused("InvalidAction", f"{self.id} is a FIFO queue, whose deletes are never missed.")
        self._ghosts += 1
        self.read()
