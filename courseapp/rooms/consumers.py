"""The socket of a room: a lab's socket that is reached by a code and a seat, and from which nobody acts."""

from __future__ import annotations

from courseapp.labs.frames import Frame
from courseapp.labs.socket import LabSocket
from courseapp.labs.stored import in_database
from courseapp.rooms import messages, stored
from courseapp.rooms.presence import presence
from courseapp.rooms.session import RoomSession
from courseapp.rooms.stored import Place
from courseapp.web.visitor import visitor_in


class RoomSocket(LabSocket):
    place: Place | None = None
    session: RoomSession

    async def enter(self) -> None:
        code = self.scope["url_route"]["kwargs"]["code"]
        place = await in_database(stored.place_of)(code, visitor_in(self.scope))
        if place is None:
            await self.send_text(messages.encode(messages.closing()))
            await self.end(messages.ROOM_CLOSED)
            return
        self.place, self.lab_id = place, place.lab
        await self.join(may_control=False)
        if self.member is not None:
            self.session = await presence().enter(place, self)

    def check(self, frame: Frame) -> None:
        self.session.may(frame.type)

    async def disconnect(self, code: int) -> None:
        await super().disconnect(code)
        if self.place is not None:
            await presence().leave(self.place, self)
