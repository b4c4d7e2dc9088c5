"""Real servers that are killed: nothing that was accepted is lost, and the lab stands where a fresh replay says."""

import asyncio
import json
import random
from contextlib import asynccontextmanager

import pytest
import websockets

from courseapp.engine.architecture import parse
from courseapp.engine.commands import Command
from courseapp.labs.run import Log, Run
from courseapp.labs.socket import FRAMES_PER_S
from tests.labs.people import IRIS, shop_with
from tests.scale import often
from tests.server import Server

BUSY = shop_with(messages_per_second=5, spacing="random")
START = """
import json
from courseapp.labs.start import start
from courseapp.web.visitor import hashed
print(start("", json.loads({document!r}), 7, hashed({token!r}), speed=20.0).id)
"""
LOG = """
import json
from courseapp.labs.models import LoggedCommand
print(json.dumps([[row.sequence, row.command().as_json()] for row in LoggedCommand.objects.filter(lab={lab!r})]))
"""


def new_lab(server: Server) -> str:
    return server.manage("shell", "-v", "0", "-c", START.format(document=json.dumps(BUSY), token=IRIS)).strip()


def log_of(server: Server, lab: str) -> list[tuple[int, Command]]:
    rows = json.loads(server.manage("shell", "-v", "0", "-c", LOG.format(lab=lab)))
    return [(sequence, Command(**command)) for sequence, command in rows]


def is_picture(frame) -> bool:
    return frame["type"] == "picture"


class Browser:
    """A real socket that acknowledges what it gets, as our page does."""

    def __init__(self, socket):
        self.socket, self.picture, self.accepted = socket, None, 0

    async def until(self, holds):
        async for text in self.socket:
            frame = json.loads(text)
            if frame["type"] == "picture":
                self.picture = frame
            assert frame["type"] != "closing" and (frame["type"] != "refused" or frame["ref"]), frame
            if "batch" in frame:
                await self.socket.send(json.dumps({"type": "ack", "batch": frame["batch"]}))
            if holds(frame):
                return frame
        raise ConnectionError("closed")

    async def asks(self, **frame):
        await self.socket.send(json.dumps({**frame, "ref": 1}))
        answer = await self.until(lambda back: back.get("ref") == 1)
        assert answer["type"] == "answer", answer

    async def sends_orders_until_it_breaks(self):
        """One command after the other, as fast as a connection may; counts those that were accepted."""
        try:
            while True:
                await asyncio.sleep(2 / FRAMES_PER_S)  # every other frame is an acknowledgement
                await self.asks(type="command", action="Send", target="shop")
                self.accepted += 1
        except (ConnectionError, OSError, websockets.ConnectionClosed):
            return


@asynccontextmanager
async def browser(server: Server, lab: str):
    headers = {"Cookie": f"visitor={IRIS}", "Origin": server.url}
    async with (
        asyncio.timeout(30),
        websockets.connect(f"{server.socket_url}/ws/labs/{lab}/", additional_headers=headers, max_size=None) as socket,
    ):
        yield Browser(socket)


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path).prepare().start()
    yield server
    server.stop()


async def test_killed_at_random_moments_a_lab_loses_no_accepted_command_and_equals_a_fresh_replay(server):
    lab = await asyncio.to_thread(new_lab, server)
    dice, accepted = random.Random(20), 0
    for _ in range(often(3, 20)):
        async with browser(server, lab) as iris:
            await iris.until(is_picture)
            await iris.asks(type="clock", do="play")
            working = asyncio.create_task(iris.sends_orders_until_it_breaks())
            await asyncio.sleep(dice.uniform(0.1, 1.0))
            await asyncio.to_thread(server.kill)
            await working
        accepted += iris.accepted
        await asyncio.to_thread(server.start)
        logged = await asyncio.to_thread(log_of, server, lab)
        assert len(logged) >= accepted > 0
        assert [sequence for sequence, _ in logged] == list(range(1, len(logged) + 1))
        async with browser(server, lab) as iris:
            await iris.until(is_picture)
            await iris.asks(type="clock", do="pause")
            await iris.socket.send('{"type": "fresh"}')
            await iris.until(is_picture)
        shown = iris.picture
        fresh = Run(parse(BUSY), 7, Log.of(logged))
        fresh.run_to(shown["clock"]["live_ms"])
        assert shown["nodes"] == json.loads(json.dumps(fresh.simulation.view()["nodes"]))
        assert shown["clock"]["live_ms"] >= max(command.at_ms for _, command in logged)
        accepted = len(logged)


async def test_one_process_alone_does_not_wait_for_the_lease_of_its_dead_predecessor(server):
    lab = await asyncio.to_thread(new_lab, server)
    async with browser(server, lab) as iris:
        await iris.until(is_picture)
        await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.start)
    async with browser(server, lab) as iris:
        picture = await iris.until(is_picture)
    assert picture["epoch"] == 2  # not refused and followed: taken at once


@pytest.fixture
def two_servers(tmp_path, postgres_url, redis_url):
    one = Server(tmp_path, database_url=postgres_url, redis_url=redis_url, name="one").prepare()
    two = Server(tmp_path, database_url=postgres_url, redis_url=redis_url, name="two")
    one.start()
    two.start()
    yield one, two
    one.stop()
    two.stop()


async def test_two_processes_show_the_same_lab_and_when_its_owner_is_killed_the_other_goes_on(two_servers):
    one, two = two_servers
    lab = await asyncio.to_thread(new_lab, one)
    async with browser(one, lab) as here:
        await here.until(is_picture)
        async with browser(two, lab) as there:
            await there.until(is_picture)
            assert there.picture["nodes"] == here.picture["nodes"]
            await there.asks(type="command", action="Send", target="shop", parameters={"count": 3})
            await here.until(lambda frame: len(frame.get("records", ())) >= 3)
            await asyncio.to_thread(one.kill)
            async with asyncio.timeout(5):  # not a measurement: it is what those who watch are promised
                after = await there.until(lambda frame: is_picture(frame) and frame["epoch"] == 2)
            assert after["nodes"]["shop"]["sent"] == 3
            await there.asks(type="command", action="Send", target="shop")
            logged = await asyncio.to_thread(log_of, two, lab)
    assert [command.action for _, command in logged] == ["Send", "Send"]
