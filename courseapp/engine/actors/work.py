"""What is done with one message: connect, work, call, hand on.

A consumer's worker, an invocation of a function and a request at an HTTP endpoint all go through the same four steps,
and any of them can fail or be cut off by a crash. A crash raises ``turn``; whatever was planned for an earlier turn
then finds that it is no longer meant. The duration and the failures come from the actor's own parameters and random
stream.
"""

from __future__ import annotations

from typing import Any

from courseapp.engine.actors.handing import hand_on
from courseapp.engine.actors.workingactor import HANDED_ON, WorkingActor
from courseapp.engine.architecture.document import Link
from courseapp.engine.architecture.durations import latency_ms
from courseapp.engine.commands import Refused
from courseapp.engine.kernel import WORK
from courseapp.engine.messages import Call, matches

Error = tuple[str, str]
FAILED: Error = ("Error", "The work failed.")  # of work that fails by chance


class Work:
    """One worker's or invocation's work on one message at a time. Subclasses say what follows ``done`` and
    ``failed``."""

    __slots__ = (
        "actor", "in_call", "is_answered", "kernel", "message", "next_step", "planned_error", "stage", "started_ms",
        "swallowed", "turn", "until_ms", "worker",
    )  # fmt: skip

    def __init__(self, actor: WorkingActor) -> None:
        self.worker = 1
        self.actor = actor
        self.kernel = actor.kernel
        self.turn = 0
        self.message: Any = None
        self.stage = "idle"
        self.started_ms = -1
        self.until_ms = -1
        self.planned_error: Error | None = None
        self.swallowed = False
        self.next_step = 0
        self.is_answered = self.in_call = False

    @property
    def id(self) -> str:
        return self.actor.id

    def done(self) -> None:
        raise NotImplementedError

    def failed(self, error: Error, database: Any) -> None:
        raise NotImplementedError

    def set_out(self, message: Any, way_ms: int) -> None:
        """Begin once ``message`` has come the way of its link."""
        if way_ms == 0:
            self.begin(message)
            return
        self.message = message
        self.turn += 1
        self.stage = "working"
        self.started_ms = self.kernel.now_ms
        self.until_ms = self.started_ms + way_ms
        self.kernel.plan(self.until_ms, WORK, self, "has_come", self.turn)

    def has_come(self, turn: int) -> None:
        if turn == self.turn:
            self.begin(self.message)

    def begin(self, message: Any) -> None:
        """Start to work on ``message``: connect, then take the time that it takes."""
        actor, kernel = self.actor, self.kernel
        now = kernel.now_ms
        self.message = message
        self.turn += 1
        self.started_ms = now
        self.planned_error = None
        if actor.plain:
            takes_ms = actor.duration.draw_ms(actor.dice)
        else:
            if self._is_known() or not self._connects():
                return
            takes_ms = self._plan_failure()
            if takes_ms < 0:
                takes_ms = actor.duration.draw_ms(actor.dice)
        self.stage = "working"
        self.until_ms = until = now + takes_ms
        write = kernel.write
        if write is not None:
            write((now, "work_started", actor.id, None, message, None, (self.worker, until)))
        kernel.plan(until, WORK, self, "processed", self.turn)

    def _is_known(self) -> bool:
        """Whether this message needs no work: its id is remembered, or a look finds its row."""
        actor = self.actor
        if actor.remembers == "message_ids":
            known = getattr(self.message, "message_id", self.message.name) in actor.handled_ids
        elif actor.remembers == "check_then_write":
            known = any(database.has(self.message) for database in self._databases())
        else:
            return False
        if known:
            self.kernel.record(
                "worked", actor.id, None, self.message, ("handled_before", actor.remembers), (self.worker,)
            )
            self._complete()
        return known

    def _databases(self) -> list[Any]:
        nodes = self.kernel.nodes
        return [
            nodes[link.target]
            for link in self.actor.calls
            if nodes[link.target].kind == "database" and self._means(link)
        ]

    def _means(self, link: Link) -> bool:
        match = link.parameters.get("match")
        return match is None or matches(self.message, match)

    def _connects(self) -> bool:
        """A database that is down refuses the connection, at once or after its time-out."""
        for database in self._databases():
            if not database.up:
                self.stage = "calling"
                self.until_ms = self.kernel.now_ms + database.timeout_ms
                if database.timeout_ms == 0:
                    self.connection_refused((self.turn, database))
                else:
                    self.kernel.plan(self.until_ms, WORK, self, "connection_refused", (self.turn, database))
                return False
        return True

    def connection_refused(self, what: tuple[int, Any]) -> None:
        turn, database = what
        if turn != self.turn:
            return
        database.refused += 1
        link = f"{self.actor.id}/{database.id}"
        detail = {"by": self.actor.id, "error": database.error}
        self.kernel.record("write_refused", database.id, link, self.message, ("database_down",), detail)
        self._fail((database.error, f"{database.id} is down."), database)

    def _plan_failure(self) -> int:
        """How long the work takes if a rule makes it fail, in ms; -1 if none does."""
        rule = self.actor.rule_for(self.message)
        if rule is None:
            return -1
        error = str(rule.get("error", "Error"))
        self.planned_error = (error, error)
        self.swallowed = bool(rule.get("swallowed", False))
        after = rule.get("after_seconds")
        return -1 if after is None else round(float(after) * 1000)

    def processed(self, turn: int) -> None:
        """The time of work is over."""
        if turn != self.turn:
            return
        actor = self.actor
        if self.planned_error is not None:
            self._planned_failure(self.planned_error)
        elif actor.failure_probability and actor.dice.random() < actor.failure_probability:
            self._fail(FAILED, None)
        elif actor.plain:
            self._succeed()
        else:
            self.next_step = 0
            self.go_on()

    def _planned_failure(self, error: Error) -> None:
        if not self.swallowed:
            self._fail(error, None)
            return
        self.actor.failed += 1
        detail = {"error": error[0], "worker": self.worker, "swallowed": True}
        self.kernel.record("work_failed", self.actor.id, None, self.message, ("swallowed", error[0]), detail)
        self._complete()

    def go_on(self) -> None:
        """Make the calls one after another; then hand on, and be done. Each may take a time to get there."""
        actor, kernel = self.actor, self.kernel
        while self.next_step < len(actor.steps):
            link = actor.steps[self.next_step]
            self.next_step += 1
            if not self._means(link) or link.target not in kernel.nodes:
                continue
            way_ms = latency_ms(link.parameters)
            if way_ms:
                self.stage = "calling"
                kernel.plan(kernel.now_ms + way_ms, WORK, self, "reached", (self.turn, link))
                return
            if not self._is_done(link):
                return
        self._succeed()

    def reached(self, what: tuple[int, Link]) -> None:
        """A call or what is handed on has come to the end of its link."""
        turn, link = what
        if turn == self.turn and (link.target not in self.kernel.nodes or self._is_done(link)):
            self.go_on()

    def _is_done(self, link: Link) -> bool:
        """Call or hand on. False if the answer is still to come, or if it failed and the work with it."""
        target = self.kernel.nodes[link.target]
        if target.kind in HANDED_ON:
            return self._hand_on(link)
        payload = {"conditional": self.actor.remembers == "conditional_write"} if target.kind == "database" else None
        turn = self.turn
        self.stage = "calling"
        self.is_answered, self.in_call = False, True
        target.invoke(Call(self, (turn, link.target), self.message, payload))
        self.in_call = False
        return self.turn == turn and self.is_answered

    def answered(self, token: tuple[int, str], error: Error | None, result: Any) -> None:
        """A call came back, in the same instant or later."""
        turn, target = token
        if turn != self.turn:
            return
        if error is not None and error[0] not in self.actor.treats_as_done:
            database = self.kernel.nodes.get(target)
            self._fail(error, database if getattr(database, "kind", "") == "database" else None)
            return
        self.is_answered = True
        if not self.in_call:
            self.go_on()

    def _hand_on(self, link: Link) -> bool:
        """Publish, send or start an execution with what was received. False if that failed and the work with it."""
        target = self.kernel.nodes[link.target]
        try:
            hand_on(self.kernel, target, link, self.message, self.actor.id)
        except Refused as refusal:
            if refusal.code in self.actor.treats_as_done:
                return True
            self._fail((refusal.code, refusal.says), None)
            return False
        return True

    def _succeed(self) -> None:
        actor = self.actor
        if actor.remembers == "message_ids":
            actor.handled_ids.add(getattr(self.message, "message_id", self.message.name))
        write = self.kernel.write
        if write is not None:
            write((self.kernel.now_ms, "worked", actor.id, None, self.message, None, (self.worker,)))
        self._complete()

    def _complete(self) -> None:
        actor = self.actor
        self.turn += 1
        actor.worked += 1
        actor.busy_ms += self.kernel.now_ms - self.started_ms
        self.stage = "idle"
        self.done()

    def _fail(self, error: Error, database: Any) -> None:
        actor = self.actor
        self.turn += 1
        actor.failed += 1
        actor.busy_ms += self.kernel.now_ms - self.started_ms
        self.stage = "idle"
        detail = {"error": error[0], "says": error[1], "worker": self.worker}
        self.kernel.record("work_failed", actor.id, None, self.message, ("error", error[0]), detail)
        self.failed(error, database)
