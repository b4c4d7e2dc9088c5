"""The rooms with somebody here, in this process: renews their seats, counts who follows, and notices a closed room.

The lab itself comes through the labs' hub. What a room adds changes a few times a minute, so no process tells another:
each looks at the rows once a second, in one query for all its rooms. A room closed in one process is thus closed in
all of them within a second, and a process that is killed leaves no seat taken for longer than ``HERE_FOR_MS``.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from weakref import WeakKeyDictionary

from courseapp.labs.hub import Socket
from courseapp.labs.stored import in_database
from courseapp.rooms import messages, stored
from courseapp.rooms.session import EVERYONE, Event, RoomSession
from courseapp.rooms.stored import Place
from courseapp.web.shutdown import on_shutdown

LOOKED_EVERY_S = 1.0
RENEWED_EVERY_S = 15.0

log = logging.getLogger(__name__)


class Attendance:
    """One room here: its session, and its sockets with their seats (None: the host's second screen)."""

    def __init__(self, lab: str) -> None:
        self.session = RoomSession(lab)
        self.sockets: dict[Socket, int | None] = {}

    async def carry_out(self, events: Iterable[Event]) -> None:
        for event in events:
            text = messages.encode(event.frame)
            for socket, seat in list(self.sockets.items()):
                if event.to in (EVERYONE, seat):
                    await self._send(socket, text, event.ends)

    async def _send(self, socket: Socket, text: str, ends: bool) -> None:
        try:
            await socket.send_text(text)
            if ends:
                await socket.end(messages.ROOM_CLOSED)
        except Exception:
            log.info("A follower went away while being written to")


class Presence:
    """All rooms of this process."""

    def __init__(self) -> None:
        self.rooms: dict[tuple[int, str], Attendance] = {}  # by room and by the run that it shows
        self._until_ms: dict[int, int] = {}  # what this process last wrote of its seats
        self._task: asyncio.Task[None] | None = None
        self._look = asyncio.Event()
        self._renewed_s = time.monotonic()
        self._closed = False

    async def enter(self, place: Place, socket: Socket) -> RoomSession:
        """Somebody follows from now on. Everybody hears of it at the next look, which comes at once."""
        room = self.rooms.setdefault((place.room, place.lab), Attendance(place.lab))
        room.sockets[socket] = place.seat
        events = [] if place.seat is None else room.session.arrive(place.seat)
        try:
            if place.seat is not None:
                await self._renew([place.seat])
                await room.carry_out(events)
            elif room.session.following is not None:
                await socket.send_text(messages.encode(messages.room(room.session.following)))
        except BaseException:  # nobody will tell us that this connection has ended
            await self.leave(place, socket)
            raise
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._main(), name="rooms of this process")
        self._look.set()
        return room.session

    async def leave(self, place: Place, socket: Socket) -> None:
        room = self.rooms.get((place.room, place.lab))
        if room is None or socket not in room.sockets:
            return
        del room.sockets[socket]
        if not room.sockets:
            del self.rooms[(place.room, place.lab)]
        if place.seat is not None and room.session.leave(place.seat):
            await in_database(stored.gone)(place.seat, self._until_ms.pop(place.seat, 0))
            self._look.set()

    async def close(self) -> None:
        self._closed = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _renew(self, seats: list[int]) -> None:
        until_ms = await in_database(stored.renew)(seats)
        self._until_ms.update(dict.fromkeys(seats, until_ms))

    async def _main(self) -> None:
        while self.rooms and not self._closed:
            self._look.clear()
            try:
                await self._look_once()
            except Exception:
                log.exception("The rooms of this process could not be looked at")
            try:
                async with asyncio.timeout(LOOKED_EVERY_S):
                    await self._look.wait()
            except TimeoutError:
                pass

    async def _look_once(self) -> None:
        now_s = time.monotonic()
        if now_s - self._renewed_s >= RENEWED_EVERY_S:
            self._renewed_s = now_s
            await self._renew([seat for room in self.rooms.values() for seat in room.session.seats()])
        asked = list(self.rooms.items())  # whoever opens a room meanwhile is counted next time
        standings = await in_database(stored.standings)({number for (number, _), _ in asked})
        for (number, _), room in asked:
            await room.carry_out(room.session.looked(standings.get(number)))


_presences: WeakKeyDictionary[asyncio.AbstractEventLoop, Presence] = WeakKeyDictionary()


def presence() -> Presence:
    """The one of this process (of this event loop), made when first asked for."""
    loop = asyncio.get_running_loop()
    found = _presences.get(loop)
    if found is None or found._closed:
        found = _presences[loop] = Presence()
    return found


@on_shutdown
async def close_presence() -> None:
    found = _presences.get(asyncio.get_running_loop())
    if found is not None:
        await found.close()
