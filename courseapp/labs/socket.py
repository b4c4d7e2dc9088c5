"""The socket of a lab: says who is speaking, reads frames, hands them over, sends what comes back. Nothing else."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from typing import Any

from channels.consumer import get_handler_name
from channels.generic.websocket import AsyncWebsocketConsumer

from courseapp.engine.commands import Refused
from courseapp.labs import frames
from courseapp.labs.frames import Frame, Malformed
from courseapp.labs.hub import Member, NoSuchLab, hub
from courseapp.labs.stored import in_database, owner_of
from courseapp.web.ids import is_id
from courseapp.web.visitor import visitor_in

MOST_MALFORMED = 20
"""Malformed frames after which a connection is closed; each frame that can be read takes one off."""
FRAMES_PER_S = 40
"""Frames that one connection may send in a second, over any ten seconds."""
LETTERS_LIKE_A_FRAME = 10_000
"""Of a long frame so many letters count as one more."""
MOST_WAITING = 100
"""Frames of one connection that wait until those before them have been dealt with."""

log = logging.getLogger(__name__)


def too_fast() -> Refused:
    return Refused("too_fast", f"A connection may send {FRAMES_PER_S} frames a second. Slow down.")


class LabSocket(AsyncWebsocketConsumer):  # type: ignore[misc]
    channel_layer_alias = None  # the hub feeds it; a channel of its own would only cost
    member: Member | None = None
    malformed = 0
    gone = False

    async def dispatch(self, message: dict[str, Any]) -> None:
        """As in Channels, but without waiting for the database's thread at every frame.

        It may be busy, and an ``ack`` does not need it; whatever does need it goes there by ``in_database``.
        """
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        self.lab_id: str = self.scope["url_route"]["kwargs"].get("lab_id", "")
        self._allowance, self._since_s = FRAMES_PER_S * 10.0, time.monotonic()
        self._todo: deque[Frame] = deque()
        self._work: asyncio.Task[None] | None = None
        await self.accept()
        try:
            await self.enter()
        except BaseException:  # nobody will tell us that this connection has ended
            self._leave()
            raise

    async def enter(self) -> None:
        """Find out what this connection is for, and join. Overridden where a lab is reached by another way."""
        owner = await in_database(owner_of)(self.lab_id) if is_id(self.lab_id) else None
        if owner is None:
            await self._send_away(frames.NO_SUCH_LAB)
            return
        await self.join(may_control=visitor_in(self.scope) == owner)

    async def join(self, may_control: bool) -> None:
        try:
            narrow = b"narrow=1" in self.scope["query_string"].split(b"&")
            self.member = await hub().join(self.lab_id, self, may_control, narrow)
        except NoSuchLab:
            await self._send_away(frames.NO_SUCH_LAB)
        except Refused as refusal:
            await self.send_text(frames.encode(frames.refused(refusal)))
            await self.end(frames.RESTARTING)

    async def disconnect(self, code: int) -> None:
        self.gone = True
        self._leave()

    def _leave(self) -> None:
        self._todo.clear()
        if self.member is not None:
            hub().leave(self.lab_id, self.member)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Read a frame and put it behind those before it. An ``ack`` does not wait for what they lead to."""
        if self.member is None or self.gone:
            return
        frame: Frame | None = None
        try:
            if text_data is None:
                raise Malformed("A frame must be text, not bytes.")
            frame = frames.read(text_data)
            self._spend(1 + len(text_data) // LETTERS_LIKE_A_FRAME)
            self.check(frame)
            if frame.type == "ack":
                await hub().handle(self.lab_id, self.member, frame)
                return
            if len(self._todo) >= MOST_WAITING:
                raise too_fast()
        except Refused as refusal:
            self.malformed += isinstance(refusal, Malformed)
            await self._refuse(refusal, None if frame is None else frame.ref)
            if self.malformed >= MOST_MALFORMED:
                await self._send_away(frames.MALFORMED)
            return
        self.malformed = max(0, self.malformed - 1)
        self._todo.append(frame)
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._deal_with_all())

    async def _deal_with_all(self) -> None:
        while self._todo and self.member is not None:
            frame = self._todo.popleft()
            try:
                reply = await hub().handle(self.lab_id, self.member, frame)
            except NoSuchLab:
                await self._send_away(frames.NO_SUCH_LAB)
            except Refused as refusal:
                await self._refuse(refusal, frame.ref)
            except Exception:
                log.exception("A frame of type %s could not be dealt with in lab %s", frame.type, self.lab_id)
                await self._send_away(frames.RESTARTING)
            else:
                if reply is not None and reply["ref"] is not None:
                    await self._reply(reply)

    async def _refuse(self, refusal: Refused, ref: Any) -> None:
        await self._reply(frames.refused(refusal, refusal.ref if isinstance(refusal, Malformed) else ref))

    async def _reply(self, frame: dict[str, Any]) -> None:
        """To a connection that may have been closed meanwhile: then nobody wants to know."""
        if not self.gone:
            try:
                await self.send_text(frames.encode(frame))
            except Exception:
                log.debug("A viewer of lab %s was gone already", self.lab_id)

    def check(self, frame: Frame) -> None:
        """Raises Refused for what may not be asked on this way to the lab; the host itself checks who owns it."""

    def _spend(self, cost: int) -> None:
        """Raises Refused for a connection that sends more than it may."""
        now_s = time.monotonic()
        most = FRAMES_PER_S * 10.0
        self._allowance = min(most, self._allowance + (now_s - self._since_s) * FRAMES_PER_S)
        self._since_s = now_s
        if self._allowance < cost:
            raise too_fast()
        self._allowance -= cost

    async def _send_away(self, code: int) -> None:
        if not self.gone:
            await self._reply(frames.closing(code))
            await self.end(code)

    # What the hub needs of a connection.

    async def send_text(self, text: str) -> None:
        await self.send(text_data=text)

    async def end(self, code: int) -> None:
        self.gone = True
        self._leave()
        await self.close(code=code)
