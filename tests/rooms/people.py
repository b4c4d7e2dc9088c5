"""Iris hosts; Ana and Ben are in the room; Zoe is not."""

from contextlib import asynccontextmanager

from channels.testing import WebsocketCommunicator
from django.test import Client

from courseapp.asgi import application
from courseapp.labs.models import Lab
from courseapp.labs.stored import in_database
from courseapp.rooms.models import Room
from courseapp.rooms.stored import open_room, take_seat
from courseapp.web.ids import new_id
from courseapp.web.visitor import hashed
from tests.labs.people import IRIS, ZOE, Viewer, started

ANA, BEN = new_id(), new_id()
SLUG = "visibility-timeout"
__all__ = ["ANA", "BEN", "IRIS", "SLUG", "ZOE"]


def browser_of(token: str) -> Client:
    """Somebody's browser, which has been here before."""
    client = Client(HTTP_HOST="localhost")
    client.cookies["visitor"] = token
    return client


def room_of(lab: Lab) -> Room:
    return open_room(lab, lab.owner)


def seated(room: Room, *tokens: str) -> None:
    for token in tokens:
        take_seat(room, hashed(token))


open_with = in_database(lambda lab, *tokens: (room := room_of(lab), seated(room, *tokens))[0])
"""Open a room on the lab, with a seat for each of the tokens."""

start_lab = in_database(started)


class Follower(Viewer):
    """A browser on a room's page."""

    def __init__(self, code: str, token: str | None, query: str = "") -> None:
        super().__init__("x", token)
        headers = [(b"host", b"localhost"), (b"origin", b"http://localhost")]
        if token is not None:
            headers.append((b"cookie", f"visitor={token}".encode()))
        self.socket = WebsocketCommunicator(application, f"/ws/live/{code}/{query}", headers)


@asynccontextmanager
async def following(code: str, token: str | None):
    follower = await Follower(code, token).open()
    try:
        yield follower
    finally:
        await follower.close()
