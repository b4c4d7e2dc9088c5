"""Who looks at labs in these tests, and the labs that they look at."""

import asyncio
import json
from contextlib import asynccontextmanager
from typing import Any

from channels.testing import WebsocketCommunicator

from courseapp.asgi import application
from courseapp.engine.commands import Command
from courseapp.labs.models import Lab
from courseapp.labs.start import start
from courseapp.labs.stored import in_database
from courseapp.web.ids import new_id
from courseapp.web.visitor import hashed

# A shop sends when told; one worker takes 2 s for an order; a crashed worker leaves its order hidden for 30 s.
SHOP = {
    "version": 1,
    "title": "A shop",
    "nodes": [
        {
            "id": "shop",
            "kind": "publisher",
            "parameters": {"message": {"name": "order {n}", "type": "order"}, "first_number": 1},
        },
        {"id": "orders", "kind": "queue", "parameters": {"VisibilityTimeout": 30}},
        {
            "id": "A",
            "kind": "consumer",
            "label": "Consumer A",
            "parameters": {"processing_seconds": 2, "WaitTimeSeconds": 20},
        },
    ],
    "links": [{"from": "shop", "to": "orders"}, {"from": "orders", "to": "A"}],
}

WITHIN_S = 30  # what comes by itself is waited for so long: the machine may be busy with other things

IRIS = new_id()  # teaches: the token in her browser
ZOE = new_id()  # only looks


def shop_with(**rates: Any) -> dict[str, Any]:
    """The shop, but sending by itself."""
    document = json.loads(json.dumps(SHOP))
    document["nodes"][0]["parameters"]["rates"] = [rates]
    return document


def started(document: dict[str, Any] = SHOP, token: str = IRIS, **fields: Any) -> Lab:
    return start("", document, 7, hashed(token), **fields)


def send(at_ms: int, count: int = 1) -> Command:
    return Command(at_ms, "Send", "shop", {"count": count})


class Viewer:
    """A browser on a lab: keeps what it was sent, and waits for what it wants to see."""

    def __init__(self, lab_id: str, token: str | None = None, query: str = "") -> None:
        headers = [(b"host", b"localhost"), (b"origin", b"http://localhost")]
        if token is not None:
            headers.append((b"cookie", f"visitor={token}".encode()))
        self.socket = WebsocketCommunicator(application, f"/ws/labs/{lab_id}/{query}", headers)
        self.frames: list[dict[str, Any]] = []

    async def open(self) -> "Viewer":
        connected, _ = await self.socket.connect()
        assert connected
        return self

    async def next(self) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(await self.socket.receive_from(timeout=WITHIN_S))
        self.frames.append(frame)
        return frame

    async def until(self, wanted: Any) -> dict[str, Any]:
        """The next frame of that type, or the next for which the function holds; the frames before it are read too."""
        for _ in range(500):
            frame = await self.next()
            if frame["type"] == wanted if isinstance(wanted, str) else wanted(frame):
                return frame
        raise AssertionError("it never came")

    async def says(self, **frame: Any) -> None:
        await self.socket.send_to(json.dumps(frame))

    async def asks(self, **frame: Any) -> dict[str, Any]:
        """Send a frame and give what comes back for it."""
        await self.says(**frame, ref="asked")
        return await self.until(lambda back: back.get("ref") == "asked")

    async def command(self, action: str, target: Any, **parameters: Any) -> dict[str, Any]:
        return await self.asks(type="command", action=action, target=target, parameters=parameters)

    async def clock(self, do: str, **fields: Any) -> dict[str, Any]:
        return await self.asks(type="clock", do=do, **fields)

    async def picture(self) -> dict[str, Any]:
        await self.says(type="fresh")
        return await self.until("picture")

    async def close_code(self) -> int:
        while True:
            output = await self.socket.receive_output(timeout=WITHIN_S)
            if output["type"] == "websocket.close":
                return int(output.get("code", 1000))

    async def close(self) -> None:
        await self.socket.disconnect()


class Screen:
    """A socket as the hub sees one."""

    def __init__(self):
        self.frames, self.codes, self._more = [], [], asyncio.Event()

    async def send_text(self, text):
        self.frames.append(json.loads(text))
        self._more.set()

    async def end(self, code):
        self.codes.append(code)
        self._more.set()

    async def until(self, holds):
        """Wait until it holds for some frame that has come; gives that frame."""
        async with asyncio.timeout(WITHIN_S):
            while not any(map(holds, self.frames)):
                self._more.clear()
                await self._more.wait()
        return next(filter(holds, self.frames))


@asynccontextmanager
async def looking(lab_id: str, token: str | None = None, query: str = ""):
    viewer = await Viewer(lab_id, token, query).open()
    try:
        yield viewer
    finally:
        await viewer.close()


start_lab = in_database(started)
