"""The audience of one lab in this process: who looks at it, and where it is run.

A batch is encoded once and the same text is written to every local socket, giving way to others every hundred. An
audience either owns its lab, and then runs the host, or follows the process that does: what its members ask goes there,
and the answers come back. When the owner falls silent, whoever follows takes the lease, replays, and goes on.

Each member says which batch it has last seen. One that is five seconds behind is closed: its connection would only
fill our memory, and it comes back to a fresh picture.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from courseapp.engine.commands import Refused
from courseapp.labs import frames, lease
from courseapp.labs.frames import Frame, encode
from courseapp.labs.host import Answer, Host
from courseapp.labs.members import Member, for_member
from courseapp.labs.models import Lab
from courseapp.labs.remote import Listener, Remote
from courseapp.labs.stored import Fenced, Stored, in_database

if TYPE_CHECKING:
    from courseapp.labs.hub import Hub

BREATH = 100  # sends between two times of giving way
BEHIND_S = 5.0
CHECKED_EVERY_S = 1.0
FOLLOWED_EVERY_S = 0.5
LISTENER_LASTS_S = 5.0
ANSWER_WITHIN_S = 5.0
LEFT_ALONE_S = 10.0
"""How long a lab without viewers keeps running before it is unloaded; then its clock stands until somebody comes."""
FAILURES = 3  # of a host within FAILURES_WITHIN_S, after which its audience is sent away
FAILURES_WITHIN_S = 60.0

log = logging.getLogger(__name__)


class NoSuchLab(Exception):
    """Nobody has started a lab of that id."""


class Audience:
    """All members of one lab in this process."""

    def __init__(self, hub: Hub, lab_id: str) -> None:
        self.hub = hub
        self.lab_id = lab_id
        self.members: set[Member] = set()
        self.source: Host | Remote | None = None
        self.known = asyncio.Event()  # there is a source
        self.listeners: dict[str, Listener] = {}  # by their channels
        self.missing = False  # there is no such lab
        self.gone = False  # it has ended; a new audience may be made
        self._awaited = 0  # people who are waiting for their first picture
        self._enough = asyncio.Event()  # the lab need not be run here any longer
        self.task: asyncio.Task[None] | None = None
        self._sent: deque[tuple[int, float]] = deque(maxlen=200)
        self._left_s = time.monotonic()
        self._failures: deque[float] = deque(maxlen=FAILURES)

    # --- members ---

    async def welcome(self, member: Member) -> None:
        """Give a member the whole picture, and every batch from then on. Raises Refused."""
        comes = member not in self.members

        def now(picture: Answer) -> None:
            if not comes and member not in self.members:
                return  # gone while the picture was on its way
            text = encode(for_member(picture, member.may_control, member not in self.members))
            member.welcome(text, picture["batch"])
            self.members.add(member)

        self._awaited += 1
        try:
            await self.ask(Frame("fresh", {"narrow": member.narrow}), member.may_control, now)
        finally:
            self._awaited -= 1
        await member.send()

    async def ask(self, frame: Frame, may_control: bool, at_once: Callable[[Answer], None] | None = None) -> Answer:
        """Have the owner deal with a frame, wherever it is; once more if it moves meanwhile.

        Raises Refused, NoSuchLab.
        """
        for last in (False, True):
            try:
                async with asyncio.timeout(ANSWER_WITHIN_S * 2):
                    await self.known.wait()
                    if self.missing:
                        raise NoSuchLab(self.lab_id)
                    if self.gone or self.source is None:
                        raise Refused("moved", "The lab has just been unloaded. Try again.")
                    return await self.source.ask(frame, may_control, at_once)
            except TimeoutError:
                raise Refused("no_answer", "The lab does not answer. Try again in a moment.") from None
            except Refused as refusal:
                if refusal.code != "moved" or last:
                    raise
                await asyncio.sleep(FOLLOWED_EVERY_S / 5)
        raise AssertionError("unreachable")

    def leave(self, member: Member) -> None:
        self.members.discard(member)
        self._left_s = time.monotonic()
        self._count_anew()

    def viewers(self) -> int:
        """How many look at the lab, here and elsewhere, as its owner knows it."""
        return len(self.members) + sum(listener.viewers for listener in self.listeners.values())

    def _count_anew(self) -> None:
        if isinstance(self.source, Host):
            self.source.wake()

    def listened(self, channel: str, viewers: int) -> None:
        """Another process says that it follows, and how many look at the lab there."""
        before = self.listeners.get(channel)
        self.listeners[channel] = Listener(time.monotonic(), viewers)
        if before is None or before.viewers != viewers:
            self._count_anew()

    async def publish(self, frame: Answer) -> None:
        """From the own host: to every member here and to every process that listens."""
        await self._fan_out(frame)
        if self.listeners:
            await self._tell_listeners(frame)

    async def _fan_out(self, frame: Answer) -> None:
        if frame["type"] == "picture":
            texts = {may: encode(for_member(frame, may)) for may in {m.may_control for m in self.members}}
            await self.to_all(lambda member: texts[member.may_control], frame["batch"], first=True)
        else:
            text = encode(frame)
            await self.to_all(lambda _: text, frame["batch"])

    async def to_all(self, text_for: Callable[[Member], str], batch: int, first: bool = False) -> None:
        if first:
            self._sent.clear()
            for member in self.members:
                member.seen = batch
        self._sent.append((batch, time.monotonic()))
        for count, member in enumerate(list(self.members), 1):
            await self._send(member, text_for(member))
            if count % BREATH == 0:
                await asyncio.sleep(0)

    async def _send(self, member: Member, text: str | None = None) -> None:
        try:
            await member.send(text)
        except Exception:
            log.info("A viewer of lab %s went away while being written to", self.lab_id)
            self.leave(member)

    async def _tell_listeners(self, frame: Answer) -> None:
        message = {"type": "lab.batch", "lab": self.lab_id, "epoch": frame["epoch"], "text": encode(frame)}
        for channel in list(self.listeners):
            await self.hub.send(channel, message)

    async def _close_those_behind(self) -> None:
        """Whoever has not acknowledged what was sent five seconds ago is closed."""
        now_s = time.monotonic()
        overdue = max((batch for batch, sent_s in self._sent if now_s - sent_s > BEHIND_S), default=None)
        if overdue is None:
            return
        for member in [member for member in self.members if member.seen < overdue]:
            self.leave(member)
            await self._send_away(member, frames.TOO_SLOW)

    async def _send_away(self, member: Member, code: int) -> None:
        try:
            await member.send(encode(frames.closing(code)))
            await member.socket.end(code)
        except Exception:
            log.debug("A viewer of lab %s was gone already", self.lab_id)

    async def send_all_away(self, code: int) -> None:
        members, self.members = list(self.members), set()
        for member in members:
            await self._send_away(member, code)

    # --- owning and following ---

    async def main(self) -> None:
        """Own the lab or follow its owner, as long as somebody looks at it."""
        try:
            while not self._deserted():
                await self.hub.listen_as_owner(self.lab_id)  # before it is known who owns it: no question may be missed
                taken = await in_database(lease.take)(self.lab_id, self.hub.name, lease.wall_ms())
                if isinstance(taken, Stored):
                    await self._own(taken)
                    await self.hub.stop_listening_as_owner(self.lab_id)
                else:
                    await self.hub.stop_listening_as_owner(self.lab_id)
                    await self._follow(taken)
        except Lab.DoesNotExist:
            self.missing = True
            self.known.set()
            await self.send_all_away(frames.NO_SUCH_LAB)

    def _deserted(self) -> bool:
        now_s = time.monotonic()
        there = {at: one for at, one in self.listeners.items() if now_s - one.heard_s <= LISTENER_LASTS_S}
        if len(there) < len(self.listeners):
            self.listeners = there
            self._count_anew()
        alone = not (self.members or self.listeners or self._awaited)
        return alone and now_s - self._left_s > LEFT_ALONE_S

    async def check(self) -> None:
        """What is to be seen to once a second in a lab that is run here."""
        if isinstance(self.source, Host):
            if self.source.lost or self._deserted():
                self._enough.set()
            else:
                await self._close_those_behind()

    async def _own(self, lab: Stored) -> None:
        host = Host(lab, self.publish, self.viewers)
        task = asyncio.create_task(host.main(), name=f"host of lab {self.lab_id}")
        task.add_done_callback(lambda _: self._enough.set())
        self.hub.hosts[self.lab_id] = host
        self.source = host
        self._enough.clear()
        self.known.set()
        try:
            await self._enough.wait()
        finally:
            self.known.clear()
            self.source = None
            self.hub.hosts.pop(self.lab_id, None)
            await self._end_host(host, task)

    async def _end_host(self, host: Host, task: asyncio.Task[None]) -> None:
        """Let it finish what it is doing, and let the lab go with a last mark."""
        host.stop()
        try:
            await task
        except Fenced:
            host.lost = True
            log.warning("Lab %s has another owner now", self.lab_id)
        except Exception:
            log.exception("The host of lab %s failed", self.lab_id)
            await self._give_up_after_failures()
        if not host.lost:
            await in_database(lease.release)(self.lab_id, host.lab.epoch, host.last_mark_ms)

    async def _give_up_after_failures(self) -> None:
        self._failures.append(time.monotonic())
        if len(self._failures) == FAILURES and self._failures[-1] - self._failures[0] < FAILURES_WITHIN_S:
            await self.send_all_away(frames.RESTARTING)
        await asyncio.sleep(FOLLOWED_EVERY_S)

    async def _follow(self, held: lease.Held) -> None:
        remote = Remote(self.hub, self.lab_id, held.epoch)
        self.source = remote
        await self._listen()
        self.known.set()
        await self._refresh_all()
        try:
            while not self._deserted():
                await asyncio.sleep(FOLLOWED_EVERY_S)
                now = await in_database(lease.look)(self.lab_id, lease.wall_ms())
                if now is None or now.owner != held.owner or now.epoch != held.epoch:
                    return
                await self._listen()
                await self._close_those_behind()
                self.listeners.clear()
        finally:
            self.known.clear()
            self.source = None

    async def _listen(self) -> None:
        await self.hub.tell_owner(self.lab_id, {"type": "lab.listen", "viewers": len(self.members)})

    async def _refresh_all(self) -> None:
        """Members that were here before get a picture from the one whom we follow now."""

        def now(picture: Answer) -> None:
            for member in self.members:
                member.welcome(encode(for_member(picture, member.may_control)), picture["batch"])
            self._sent.clear()

        if self.members and isinstance(self.source, Remote):
            try:
                narrow = any(member.narrow for member in self.members)
                await self.source.ask(Frame("fresh", {"narrow": narrow}), False, now)
            except Refused:
                return  # the owner is gone again; whoever comes next sends a picture
            for member in list(self.members):
                await self._send(member)

    # --- from other processes ---

    async def heard(self, message: dict[str, Any]) -> None:
        """A batch from the owner that we follow; one of an earlier owner is ignored."""
        if not isinstance(self.source, Remote) or message["epoch"] < self.source.epoch:
            return
        text: str = message["text"]
        frame = frames.decode(text)
        if frame["type"] == "picture":
            await self._fan_out(frame)
        else:
            await self.to_all(lambda _: text, frame["batch"])


async def check_all(audiences: Mapping[str, Audience]) -> None:
    """Check each of them every second, for good. One timer for all, so that a lab that stands costs nothing."""
    while True:
        await asyncio.sleep(CHECKED_EVERY_S)
        for audience in list(audiences.values()):
            try:
                await audience.check()
            except Exception:
                log.exception("The audience of lab %s could not be seen to", audience.lab_id)
