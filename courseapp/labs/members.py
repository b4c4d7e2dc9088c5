"""A viewer of a lab, as its audience knows one: a connection, what it may do, and what it has seen."""

from __future__ import annotations

from typing import Protocol

from courseapp.labs.host import Answer


class Socket(Protocol):
    """What an audience needs of a viewer's connection."""

    async def send_text(self, text: str) -> None: ...

    async def end(self, code: int) -> None: ...


class Member:
    """One viewer of one lab. ``seen`` is the last batch that the client has acknowledged."""

    def __init__(self, socket: Socket, may_control: bool, narrow: bool = False) -> None:
        self.socket = socket
        self.may_control = may_control
        self.narrow = narrow
        self.seen = 0
        self._first: str | None = None

    def welcome(self, text: str, batch: int) -> None:
        """The picture that must reach the client before any batch."""
        self._first, self.seen = text, batch

    async def send(self, text: str | None = None) -> None:
        first, self._first = self._first, None
        if first is not None:
            await self.socket.send_text(first)
        if text is not None:
            await self.socket.send_text(text)


def for_member(picture: Answer, may_control: bool, comes: bool = False) -> Answer:
    """A picture is the same for everyone but for what the viewer may do. Whoever ``comes`` was not counted yet."""
    clock = {**picture["clock"], "can_control": may_control}
    return {**picture, "clock": clock, "viewers": picture["viewers"] + comes}
