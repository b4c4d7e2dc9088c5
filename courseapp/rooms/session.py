"""A room as this process sees it: who sits here, what they may do, and who is to be told what. Pure.

It takes what happens and returns events, each saying whom it is for; the carrier in ``presence`` and ``consumers``
sends them. What people will do live one day (vote, publish, consume) is more methods here, more frames in
``messages``, and the carrier stays as it is.

A seat may have several connections: a reload opens the new one before the old one is known to be dead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from courseapp.engine.commands import Refused
from courseapp.rooms import messages

EVERYONE = None


@dataclass(frozen=True, slots=True)
class Event:
    """A frame for one seat, or for ``EVERYONE`` in the room; with ``ends``, their connections are closed after it."""

    to: int | None
    frame: Mapping[str, Any]
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rows say of an open room: how many seats have a connection in all processes, and which run it shows."""

    following: int
    lab: str


class RoomSession:
    """``lab`` is the run that those who are here follow; ``following`` is None until the rows were looked at."""

    def __init__(self, lab: str) -> None:
        self.lab = lab
        self.connections: Counter[int] = Counter()
        self.following: int | None = None

    def may(self, frame_type: str) -> None:
        """Raises Refused for what a follower may not do, whoever it is: the host acts on the lab's own page."""
        if frame_type not in messages.LOOKING:
            raise Refused("not_yours", messages.NOT_YOURS)

    def arrive(self, seat: int) -> list[Event]:
        """One more connection of that seat; it is told how many follow, if that is known."""
        self.connections[seat] += 1
        return [] if self.following is None else [Event(seat, messages.room(self.following))]

    def leave(self, seat: int) -> bool:
        """One connection less. True if that was the seat's last one here."""
        self.connections[seat] -= 1
        if self.connections[seat] > 0:
            return False
        del self.connections[seat]
        return True

    def seats(self) -> frozenset[int]:
        return frozenset(self.connections)

    def looked(self, standing: Standing | None) -> list[Event]:
        """The rows were looked at; None if the room is closed. Only what is new is told.

        Whoever follows a run that is not shown any more comes back to the one that is, as after any lost connection.
        """
        if standing is None:
            return [Event(EVERYONE, messages.closing(), ends=True)]
        if standing.lab != self.lab:
            return [Event(EVERYONE, messages.closing(messages.MOVED_SAYS), ends=True)]
        if standing.following == self.following:
            return []
        self.following = standing.following
        return [Event(EVERYONE, messages.room(standing.following))]
