"""A room in two processes on PostgreSQL and Redis: the host in one, followers in both."""

import asyncio
import json
from contextlib import asynccontextmanager, suppress

import pytest
import websockets

from courseapp.rooms import messages
from tests.labs.people import SHOP, WITHIN_S
from tests.rooms.people import ANA, BEN, IRIS
from tests.server import Server

OPEN = """
import json
from courseapp.labs.start import start
from courseapp.rooms.stored import open_room, take_seat
from courseapp.web.visitor import hashed
lab = start("", json.loads({document!r}), 7, hashed({iris!r}))
room = open_room(lab, lab.owner)
for token in {seated!r}:
    take_seat(room, hashed(token))
print(lab.id, room.code)
"""
CLOSE = """
from courseapp.rooms.models import Room
from courseapp.rooms.stored import close_room
close_room(Room.objects.get())
"""


class Screen:
    """A browser on a real socket: it acknowledges every batch as it comes, also while nobody asks what it shows."""

    def __init__(self, socket):
        self.socket, self.frames = socket, asyncio.Queue()

    async def reads(self):
        with suppress(websockets.ConnectionClosed):
            async for text in self.socket:
                self.frames.put_nowait(frame := json.loads(text))
                if "batch" in frame:
                    await self.sends(type="ack", batch=frame["batch"])

    async def until(self, holds):
        """The next frame for which it holds; the frames before it are read too."""
        async with asyncio.timeout(WITHIN_S):
            while not holds(frame := await self.frames.get()):
                pass
        return frame

    async def sends(self, **frame):
        await self.socket.send(json.dumps(frame))


@asynccontextmanager
async def screen(server: Server, path: str, token: str):
    headers = {"Cookie": f"visitor={token}", "Origin": server.url}
    async with websockets.connect(f"{server.socket_url}{path}", additional_headers=headers) as socket:
        shown = Screen(socket)
        reading = asyncio.create_task(shown.reads())
        try:
            yield shown
        finally:
            reading.cancel()


@pytest.fixture
def two_servers(tmp_path, postgres_url, redis_url):
    one = Server(tmp_path, database_url=postgres_url, redis_url=redis_url, name="one").prepare().start()
    two = Server(tmp_path, database_url=postgres_url, redis_url=redis_url, name="two").start()
    yield one, two
    one.stop()
    two.stop()


def is_picture(frame):
    return frame["type"] == "picture"


async def test_followers_in_another_process_see_the_same_are_counted_and_hear_that_the_room_is_closed(two_servers):
    one, two = two_servers
    script = OPEN.format(document=json.dumps(SHOP), iris=IRIS, seated=[ANA, BEN])
    lab, code = (await asyncio.to_thread(one.manage, "shell", "-v", "0", "-c", script)).split()
    async with screen(one, f"/ws/labs/{lab}/", IRIS) as iris:
        await iris.until(is_picture)
        await iris.sends(type="command", action="Send", target="shop", parameters={"count": 3})
        await iris.until(lambda frame: frame.get("records"))
        await iris.sends(type="clock", do="pause")  # so that two pictures show the same, whenever they are taken
        await iris.until(lambda frame: "clock" in frame and not frame["clock"]["running"])
        async with screen(one, f"/ws/live/{code}/", ANA) as ana, screen(two, f"/ws/live/{code}/", BEN) as ben:
            here, there = [await each.until(is_picture) for each in (ana, ben)]
            assert there["nodes"] == here["nodes"] and there["nodes"]["shop"]["sent"] == 3
            for each in (ana, ben):
                await each.until(lambda frame: frame == messages.room(2))
            await iris.sends(type="clock", do="look", at_ms=0)
            for each in (ana, ben):
                await each.until(lambda frame: frame.get("jump") and frame["clock"]["now_ms"] == 0)
            await ben.sends(type="clock", do="live", ref=1)
            refusal = await ben.until(lambda frame: frame.get("ref") == 1)
            assert refusal["code"] == "not_yours"
            await asyncio.to_thread(two.manage, "shell", "-v", "0", "-c", CLOSE)
            for each in (ana, ben):
                await each.until(lambda frame: frame["type"] == "closing")
                await each.socket.wait_closed()
                assert each.socket.close_code == messages.ROOM_CLOSED
