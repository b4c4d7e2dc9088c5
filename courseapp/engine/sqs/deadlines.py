"""When copies in flight come back.

Most receives of a queue hide a message for the same time, so copies stand in ``in_flight`` in the order in which their
deadlines pass, and the first ones are all that has to be looked at. A shorter timeout or an extension breaks that order
(``Clocks.uneven``); then all of them are looked at, until the order is right again. Nothing is kept beside the copies
themselves, so that a delete has nothing to tidy up.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from courseapp.engine.sqs.copies import Copy

NEVER_MS = 1 << 62


def passed(in_flight: dict[int, Any], now_ms: int, uneven: bool) -> list[Copy]:
    """Copies whose deadline has come, in the order of their places in the queue."""
    due: list[Copy] = []
    for copy in in_flight.values():
        if copy.flight.deadline_ms <= now_ms:
            due.append(copy)
        elif not uneven:
            break
    return sorted(due, key=lambda copy: copy.order) if len(due) > 1 else due


def look_again(in_flight: dict[int, Any], uneven: bool) -> tuple[int, int, bool]:
    """The earliest and the latest deadline of all (``NEVER_MS`` twice if nothing is in flight), and whether they stand
    in another order than they pass in."""
    if not in_flight:
        return NEVER_MS, NEVER_MS, False
    if not uneven:
        first, last = next(iter(in_flight.values())), next(reversed(in_flight.values()))
        return first.flight.deadline_ms, last.flight.deadline_ms, False
    deadlines = [copy.flight.deadline_ms for copy in in_flight.values()]
    return min(deadlines), max(deadlines), any(later < earlier for earlier, later in pairwise(deadlines))
