"""The hub: one for each process. It knows the audiences here, renews leases, and talks to other processes.

Between processes a batch goes over the channel layer as the very text that the sockets get, once for each process that
has asked for it. Whoever wants something of a lab that is run elsewhere asks the group in which its owner listens.
"""

from __future__ import annotations

import asyncio
import contextvars
import itertools
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

from channels.layers import get_channel_layer

from courseapp.engine.commands import Refused
from courseapp.labs import frames, lease
from courseapp.labs.audience import ANSWER_WITHIN_S, Audience, NoSuchLab, check_all
from courseapp.labs.frames import Frame
from courseapp.labs.host import Answer, Host
from courseapp.labs.members import Member, Socket
from courseapp.labs.stored import in_database
from courseapp.web.shutdown import on_shutdown

log = logging.getLogger(__name__)

__all__ = ["Hub", "Member", "NoSuchLab", "Socket", "hub"]


class Hub:
    """``name`` is how this process signs its leases."""

    def __init__(self, name: str | None = None) -> None:
        self.name = name or lease.process_name()
        self.audiences: dict[str, Audience] = {}
        self.hosts: dict[str, Host] = {}
        self._channel: str | None = None
        self._beginning = asyncio.Lock()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._asked = itertools.count(1)
        self._answers: dict[int, tuple[asyncio.Future[Answer], Callable[[Answer], None] | None]] = {}
        self._closed = False

    # --- members ---

    async def join(self, lab_id: str, socket: Socket, may_control: bool = False, narrow: bool = False) -> Member:
        """Let somebody look at a lab: sends a picture at once, and every batch after it. Raises NoSuchLab, Refused."""
        if self._closed:
            raise Refused("restarting", frames.CLOSING_SAYS[frames.RESTARTING])
        await self._begin()
        member = Member(socket, may_control, narrow)
        for last in (False, True):
            audience = self._audience(lab_id)
            try:
                await audience.welcome(member)
                break
            except BaseException as error:
                audience.leave(member)
                unloaded = isinstance(error, Refused) and error.code == "moved"
                if last or not unloaded:  # it was being unloaded just then: once more, with a new audience
                    raise
        return member

    async def ask(self, lab_id: str, frame: Frame, may_control: bool) -> Answer:
        """Have a frame dealt with for somebody without a socket. Raises NoSuchLab, Refused."""
        await self._begin()
        try:
            return await self._audience(lab_id).ask(frame, may_control)
        except Refused as refusal:
            if refusal.code != "moved":
                raise
        return await self._audience(lab_id).ask(frame, may_control)  # it was being unloaded just then

    def leave(self, lab_id: str, member: Member) -> None:
        audience = self.audiences.get(lab_id)
        if audience is not None:
            audience.leave(member)

    async def handle(self, lab_id: str, member: Member, frame: Frame) -> Answer | None:
        """Deal with a member's frame; gives the frame to send back to that member alone, if any.

        Raises NoSuchLab, Refused.
        """
        audience = self._audience(lab_id)
        if frame.type == "ack":
            member.seen = max(member.seen, int(frame.fields["batch"]))
            return None
        if frame.type == "fresh":
            member.narrow = frame.fields.get("narrow", member.narrow)
            await audience.welcome(member)
            return None
        answer = await audience.ask(frame, member.may_control)
        return frames.answer(frame.ref, **answer)

    def viewers(self, lab_id: str) -> int:
        audience = self.audiences.get(lab_id)
        return 0 if audience is None else len(audience.members)

    def _audience(self, lab_id: str) -> Audience:
        audience = self.audiences.get(lab_id)
        if audience is None:
            audience = self.audiences[lab_id] = Audience(self, lab_id)
            audience.task = self._start(self._attend(audience), f"audience of lab {lab_id}")
        return audience

    async def _attend(self, audience: Audience) -> None:
        try:
            await audience.main()
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("The audience of lab %s failed; its viewers come back to a new one", audience.lab_id)
            await audience.send_all_away(frames.RESTARTING)
        finally:
            audience.gone = True
            audience.known.set()
            if self.audiences.get(audience.lab_id) is audience:
                del self.audiences[audience.lab_id]

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        # Not in the context of whoever asked for it: a request's thread for the database ends with the request.
        task = asyncio.create_task(work, name=name, context=contextvars.Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _begin(self) -> None:
        async with self._beginning:  # at a restart everybody comes at once, and a channel of Redis takes its time
            if self._channel is None:
                self._channel = await get_channel_layer().new_channel()
                self._start(self._renew_leases(), "leases of this process")
                self._start(self._hear(), "what other processes say")
                self._start(check_all(self.audiences), "audiences of this process")

    async def _renew_leases(self) -> None:
        while True:
            await asyncio.sleep(lease.RENEWED_EVERY_S)
            marks = [host.mark for host in self.hosts.values()]
            if not marks:
                continue
            try:
                lost = await in_database(lease.renew)(marks, self.name, lease.wall_ms())
            except Exception:
                log.exception("The leases of this process could not be renewed")
                continue
            epochs = {mark.lab: mark.epoch for mark in marks}
            for lab_id in lost:
                host = self.hosts.get(lab_id)
                if host is not None and host.lab.epoch == epochs[lab_id]:
                    host.lost = True

    async def close(self) -> None:
        """The process ends: marks are written, leases let go, and every socket is told to come back."""
        self._closed = True
        audiences = list(self.audiences.values())
        for audience in audiences:
            await audience.send_all_away(frames.RESTARTING)
            if audience.task is not None:
                audience.task.cancel()
        await asyncio.gather(*(a.task for a in audiences if a.task is not None), return_exceptions=True)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # --- between processes ---

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        try:
            await get_channel_layer().send(channel, message)
        except Exception:
            log.warning("Another process could not be told of %s", message["type"], exc_info=True)

    async def tell_owner(self, lab_id: str, message: dict[str, Any]) -> None:
        try:
            await get_channel_layer().group_send(
                _owner_group(lab_id), {**message, "lab": lab_id, "reply": self._channel}
            )
        except Exception:
            log.warning("The owner of lab %s could not be reached", lab_id, exc_info=True)

    async def listen_as_owner(self, lab_id: str) -> None:
        try:
            await get_channel_layer().group_add(_owner_group(lab_id), self._channel)
        except Exception:
            log.warning("Other processes cannot reach lab %s here", lab_id, exc_info=True)

    async def stop_listening_as_owner(self, lab_id: str) -> None:
        try:
            await get_channel_layer().group_discard(_owner_group(lab_id), self._channel)
        except Exception:
            log.warning("Other processes may still ask for lab %s here", lab_id, exc_info=True)

    async def ask_owner(
        self, lab_id: str, frame: Frame, may_control: bool, at_once: Callable[[Answer], None] | None
    ) -> Answer:
        """Raises Refused: what the owner said, or that it said nothing."""
        asked, future = next(self._asked), asyncio.get_running_loop().create_future()
        self._answers[asked] = (future, at_once)
        question = {"type": "lab.ask", "asked": asked, "frame": frame.as_json(), "may_control": may_control}
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await self.tell_owner(lab_id, question)
                answer: Answer = await future
                return answer
        except TimeoutError:
            raise Refused("no_answer", "The lab does not answer. Try again in a moment.") from None
        finally:
            del self._answers[asked]

    async def _hear(self) -> None:
        layer = get_channel_layer()
        while True:
            try:
                message = await layer.receive(self._channel)
            except asyncio.CancelledError:
                raise
            except Exception:
                log.warning("Other processes cannot be heard", exc_info=True)
                await asyncio.sleep(1)
                continue
            try:
                await self._take_message(message)
            except Exception:
                log.exception("A message of another process could not be dealt with")

    async def _take_message(self, message: dict[str, Any]) -> None:
        kind, lab_id = message["type"], message["lab"]
        audience = self.audiences.get(lab_id)
        if kind == "lab.batch" and audience is not None:
            await audience.heard(message)
        elif kind == "lab.listen" and audience is not None:
            audience.listened(message["reply"], message["viewers"])
        elif kind == "lab.ask" and audience is not None:
            self._start(self._answer(audience, message), f"answer about lab {lab_id}")
        elif kind == "lab.answer":
            self._take_answer(message)

    async def _answer(self, audience: Audience, message: dict[str, Any]) -> None:
        """As the owner. Whoever is not (or not any more) stays silent: the one who asked finds the new owner."""
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await audience.known.wait()
        host = audience.source
        if not isinstance(host, Host):
            return
        reply = {"type": "lab.answer", "lab": message["lab"], "asked": message["asked"]}
        frame = Frame(**message["frame"])
        try:
            answer = await host.ask(frame, message["may_control"])
        except Refused as refusal:
            await self.send(message["reply"], {**reply, "refused": [refusal.code, refusal.says]})
        else:
            await self.send(message["reply"], {**reply, "answer": frames.pack(answer)})

    def _take_answer(self, message: dict[str, Any]) -> None:
        waiting = self._answers.get(message["asked"])
        if waiting is None or waiting[0].done():
            return
        future, at_once = waiting
        if "refused" in message:
            code, says = message["refused"]
            future.set_exception(Refused(code, says))
            return
        answer = frames.decode(message["answer"])
        if at_once is not None:
            at_once(answer)
        future.set_result(answer)


def _owner_group(lab_id: str) -> str:
    return f"lab-owner.{lab_id}"


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of this process (of this event loop), made when first asked for."""
    loop = asyncio.get_running_loop()
    found = _hubs.get(loop)
    if found is None or found._closed:
        found = _hubs[loop] = Hub()
    return found


@on_shutdown
async def close_hub() -> None:
    found = _hubs.get(asyncio.get_running_loop())
    if found is not None:
        await found.close()
