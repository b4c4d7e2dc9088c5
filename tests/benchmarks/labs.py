"""What live labs cost: going back in time, one lab for many viewers, many labs in one process."""

from __future__ import annotations

import asyncio
import gc
import json
import random
import secrets
import tempfile
import time
from pathlib import Path
from typing import Any

import websockets

from courseapp.labs.history import History
from courseapp.labs.run import Log, Run
from courseapp.lessons.content import ROOT
from courseapp.web.visitor import COOKIE, hashed
from tests.benchmarks import Measured, benchmark
from tests.benchmarks.fanout import document
from tests.server import Server

HOUR_MS = 3_600_000
SLICE_MS = 500
ACCEPTED_LAG_S = 0.250
WATCHED_S = 10
VIEWERS = (500, 1_000, 1_500)
SOLO_LABS = (150, 300, 500)


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


@benchmark("labs/rewind")
def rewind() -> Measured:
    """Milliseconds, p95, to have the exact state of a random instant of an hour of the fan-out."""
    gc.collect()
    gc.freeze()  # as `manage.py serve` does before it serves
    run = Run(document(6), 7, Log.of([]))
    history = History(run, time.process_time)
    while run.at_ms < HOUR_MS:
        began = time.process_time()
        run.run_to(run.at_ms + SLICE_MS)
        cost = time.process_time() - began
        history.keep(run.drain(), run)
        history.ran(run, cost)
    dice = random.Random(7)
    took = []
    for _ in range(200):
        at_ms = dice.randrange(HOUR_MS)
        began = time.process_time()
        history.exact(at_ms, run.log).let_go()
        took.append((time.process_time() - began) * 1000)
    gc.unfreeze()
    return Measured(percentile(took, 0.95), f"CPU ms, p95 ({history.bytes / 2**20:.0f} MiB)", "limit", 100)


# A queue that grows by ten messages a second: ten frames a second, each of more than the 2 kB that are asked for.
STEADY: dict[str, Any] = {
    "version": 1,
    "title": "Steady",
    "nodes": [
        {"id": "shop", "kind": "publisher", "parameters": {"rates": [{"messages_per_second": 10}]}},
        {"id": "orders", "kind": "queue"},
    ],
    "links": [{"from": "shop", "to": "orders"}],
}

START = """
from courseapp.labs.start import start
import json
document = json.loads({document!r})
print("LABS", json.dumps([start("", document, 7, {owner!r}).id for _ in range({labs})]))
"""


def start_labs(server: Server, architecture: dict[str, Any], owner: str, labs: int) -> list[str]:
    """Stored labs of one visitor, by their ids."""
    script = START.format(document=json.dumps(architecture), owner=owner, labs=labs)
    printed = server.manage("shell", "-v", "0", "-c", script)
    ids: list[str] = json.loads(printed.split("LABS ", 1)[1].splitlines()[0])
    return ids


class Viewer:
    """A socket that notes when each batch came, and how much virtual time it had seen by then."""

    def __init__(self, server: Server, lab_id: str, token: str = "") -> None:
        self.address = f"{server.socket_url}/ws/labs/{lab_id}/"
        self.headers = {"Cookie": f"{COOKIE}={token}"} if token else {}
        self.origin: Any = server.url
        self.came: list[tuple[float, int]] = []
        self.bytes = 0
        self.notes = False
        self.socket: Any = None

    async def connect(self) -> None:
        self.socket = await websockets.connect(
            self.address, origin=self.origin, additional_headers=self.headers, compression=None, max_size=None
        )
        await self.socket.recv()
        self.listening = asyncio.create_task(self.listen())

    async def play(self) -> None:
        await self.socket.send('{"type": "clock", "do": "play"}')

    async def watch(self, until: float) -> None:
        """Note what comes until then."""
        self.notes = True
        await asyncio.sleep(until - time.perf_counter())
        self.notes = False

    async def leave(self) -> None:
        self.listening.cancel()
        await self.socket.close()

    async def listen(self) -> None:
        last_ack = 0.0
        async for text in self.socket:
            now = time.perf_counter()
            if '"batch"' not in text[:40]:
                continue
            if self.notes:
                self.bytes += len(text)
                place = text.find('"now_ms":')
                self.came.append((now, int(text[place + 9 : text.find(",", place)])))
            if now - last_ack > 1:
                last_ack = now
                place = text.find('"batch":')
                number = int(text[place + 8 : text.find(",", place)])
                await self.socket.send(f'{{"type": "ack", "batch": {number}}}')


def lags(viewers: list[Viewer]) -> list[float]:
    """How late each batch came, against the batch that came least late: seconds."""
    late = [came - shown_ms / 1000 for viewer in viewers for came, shown_ms in viewer.came[5:]]
    least = min(late, default=0.0)
    return [one - least for one in late]


async def watch_one(server: Server, lab_id: str, token: str, count: int) -> tuple[float, float]:
    """p95 of the lag in seconds with that many viewers, and bytes a frame."""
    viewers = [Viewer(server, lab_id, token)] + [Viewer(server, lab_id) for _ in range(count - 1)]
    for first in range(0, count, 50):
        await asyncio.gather(*(viewer.connect() for viewer in viewers[first : first + 50]))
    await viewers[0].play()
    until = time.perf_counter() + WATCHED_S
    await asyncio.gather(*(viewer.watch(until) for viewer in viewers))
    frames = sum(len(viewer.came) for viewer in viewers)
    await asyncio.gather(*(viewer.leave() for viewer in viewers))
    return percentile(lags(viewers), 0.95), sum(viewer.bytes for viewer in viewers) / max(1, frames)


@benchmark("labs/viewers")
def viewers() -> Measured:
    """Viewers of one lab at 1× whose batches come within 250 ms (p95). Clients and server share the machine's cores."""
    token = secrets.token_urlsafe(16)
    held, size = 0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        for count in VIEWERS:
            place = Path(folder) / str(count)
            place.mkdir()
            server = Server(place).prepare().start()
            try:
                lab_id = start_labs(server, STEADY, hashed(token), 1)[0]
                lag, size = asyncio.run(watch_one(server, lab_id, token, count))
            finally:
                server.stop()
            if lag > ACCEPTED_LAG_S:
                break
            held = count
    return Measured(held, f"viewers ({size / 1000:.1f} kB)", "wanted", 500, more_is_better=True)


async def play_all(server: Server, ids: list[str], token: str) -> float:
    """The share of real time that the slowest of these labs kept up with."""
    watching = [Viewer(server, lab_id, token) for lab_id in ids]
    for first in range(0, len(ids), 25):
        await asyncio.gather(*(viewer.connect() for viewer in watching[first : first + 25]))
    for viewer in watching:
        await viewer.play()
    until = time.perf_counter() + WATCHED_S
    await asyncio.gather(*(viewer.watch(until) for viewer in watching))
    shares = []
    for viewer in watching:
        if len(viewer.came) < 2:
            return 0.0
        (first_s, first_ms), (last_s, last_ms) = viewer.came[0], viewer.came[-1]
        shares.append((last_ms - first_ms) / 1000 / (last_s - first_s))
    await asyncio.gather(*(viewer.leave() for viewer in watching))
    return min(shares)


@benchmark("labs/solo")
def solo() -> Measured:
    """Labs of `the-buffer`, each with its own learner, that one process runs at 1× (at least 95 % of real time)."""
    architecture = json.loads((ROOT / "03-sqs" / "the-buffer" / "architecture.json").read_text())
    token = secrets.token_urlsafe(16)
    held = 0
    with tempfile.TemporaryDirectory() as folder:
        for count in SOLO_LABS:
            place = Path(folder) / str(count)
            place.mkdir()
            server = Server(place).prepare().start()
            try:
                ids = start_labs(server, architecture, hashed(token), count)
                share = asyncio.run(play_all(server, ids, token))
            finally:
                server.stop()
            if share < 0.95:
                break
            held = count
    return Measured(held, "labs", "wanted", 150, more_is_better=True)
