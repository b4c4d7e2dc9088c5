"""Endpoints outside: an HTTP server, and people reached by email, SMS and mobile push."""

from __future__ import annotations

from typing import Any

from courseapp.engine import limits
from courseapp.engine.actors.actor import Actor
from courseapp.engine.actors.work import Error, Work
from courseapp.engine.actors.workingactor import WorkingActor
from courseapp.engine.architecture.durations import Duration
from courseapp.engine.kernel import WORK
from courseapp.engine.messages import Call
from courseapp.engine.sns.access import gone
from courseapp.engine.sns.envelope import confirmation

KEPT = 5  # newest texts that an inbox shows
PATIENCE_MS = limits.SNS_HTTP_TIMEOUT_S * 1000
NO_ANSWER: Error = ("NoAnswer", f"No answer within {limits.SNS_HTTP_TIMEOUT_S} s.")


class Post:
    """A request whose sender waits for its answer, but not for ever. ``is_open``: it still does; ``is_lost``: the
    endpoint went down while it was at it."""

    __slots__ = ("call", "is_lost", "is_open", "since_ms")

    def __init__(self, call: Call, since_ms: int) -> None:
        self.call = call
        self.since_ms = since_ms
        self.is_open = True
        self.is_lost = False

    def close(self, error: Error | None, result: Any) -> None:
        """Tell the sender, unless it has stopped waiting."""
        if self.is_open:
            self.is_open = False
            self.call.caller.answered(self.call.token, error, result)


class Http(WorkingActor):
    """An HTTP endpoint. What it calls (a database, say) it calls before it answers; if that fails it answers 503.

    A sender waits for 15 s. An endpoint that takes longer has done its work all the same, and will be told again. One
    that goes down loses what it is at, and the senders that still wait are told what one that is down tells.
    """

    kind = "http"

    def read(self) -> None:
        super().read()
        values = self.parameters
        self.answers: Any = values.get("answers", 200)
        self.answers_when_down: Any = values.get("answers_when_down", 503)
        self.duration = Duration(values.get("answer_seconds", 0))
        self.fails_after_ms = round(float(values.get("fails_after_seconds", 0)) * 1000)
        if not hasattr(self, "inbox"):
            self.inbox: list[dict[str, Any]] = []
            self.arrived = self.refused = 0
            self.at_work: dict[Post, Request | None] = {}  # what is to be done for the answer, if anything is

    def invoke(self, call: Call) -> None:
        """A POST. The caller is answered when the endpoint does, or after 15 s."""
        post = Post(call, self.kernel.now_ms)
        if not self.up:
            self._answer_in(self.fails_after_ms, post, self.answers_when_down)
            return
        works = self.calls or self.hand_ons or self.fails_on or self.failure_probability
        if works and self.answers != "nothing" and int(self.answers) < 300:
            request = self.at_work[post] = Request(self, post)
            request.begin(call.message)
            if post.is_open:
                self._let_it_wait(post)
        else:
            self.at_work[post] = None
            self._answer_in(self.duration.draw_ms(self.dice), post, self.answers)

    def _answer_in(self, after_ms: int, post: Post, answers: Any) -> None:
        now, patience_ends_ms = self.kernel.now_ms, post.since_ms + PATIENCE_MS
        at_ms = patience_ends_ms if answers == "nothing" else now + after_ms
        if answers != "nothing" and at_ms >= patience_ends_ms:
            self._let_it_wait(post)
        if at_ms == now:
            self.answer((post, answers))
        else:
            self.kernel.plan(at_ms, WORK, self, "answer", (post, answers))

    def _let_it_wait(self, post: Post) -> None:
        self.kernel.plan(post.since_ms + PATIENCE_MS, WORK, self, "waited_too_long", post)

    def go_down(self, _: Any = None) -> None:
        super().go_down()
        lost, self.at_work = self.at_work, {}
        for post, request in lost.items():
            post.is_lost = True
            if request is not None:
                request.cut_off()
            if post.is_open:
                post.is_open = False
                self._answer_in(self.fails_after_ms, Post(post.call, post.since_ms), self.answers_when_down)

    def waited_too_long(self, post: Post) -> None:
        post.close(NO_ANSWER, None)

    def fall_silent(self) -> None:
        """It is taken away: what it works on is cut off, and the sender is told."""
        for post, request in list(self.at_work.items()):
            if request is not None:
                post.is_lost = True
                request.cut_off()
                post.close(gone(self.id), None)

    def answer(self, what: tuple[Post, Any]) -> None:
        post, answers = what
        call = post.call
        if post.is_lost:
            return
        self.at_work.pop(post, None)
        if self.is_gone:
            post.close(gone(self.id), None)
            return
        good = answers != "nothing" and 200 <= int(answers) < 300
        if good:
            self.arrived += 1
        else:
            self.refused += 1
        text = call.payload if isinstance(call.payload, str) else ""
        detail = {"by": call.caller.id, "status": answers, "text": text}
        reason = None if good else ("http_answer", answers)
        self.kernel.record("answered", self.id, None, call.message, reason, detail)
        if good:
            remember(self, text or getattr(call.message, "body", ""), None, call.message.name)
            post.close(None, answers)
        elif answers == "nothing":
            post.close(NO_ANSWER, None)
        else:
            post.close((str(answers), f"{self.id} answered {answers}."), None)

    def ask_to_confirm(self, link: str) -> None:
        """SNS posts a ``SubscriptionConfirmation``; no notification follows before it is confirmed."""
        text = confirmation(link, self.kernel.starts_ms + self.kernel.now_ms)
        self.kernel.record("confirmation_sent", self.id, link, None, None, {"text": text})
        if self.up:
            remember(self, text, None, "confirmation")

    def metrics(self) -> dict[str, float]:
        return {"arrived": self.arrived, "refused": self.refused}

    def view(self) -> dict[str, Any]:
        broken = not self.up or self.answers == "nothing" or int(self.answers) >= 300
        answers = self.answers if self.up else self.answers_when_down
        says = "" if not broken else "Does not answer" if answers == "nothing" else f"Answers {answers}"
        return {
            "status": "fail" if broken else "ok" if self.arrived else "idle",
            "says": says,
            "gauges": {"arrived": self.arrived},
            "up": self.up,
            "arrived": self.arrived,
            "refused": self.refused,
            "inbox": self.inbox[-KEPT:],
        }


class Request(Work):
    """One POST that an HTTP endpoint works on before it answers."""

    actor: Http

    def __init__(self, http: Http, post: Post) -> None:
        super().__init__(http)
        self.post = post

    def done(self) -> None:
        self.actor.answer((self.post, self.actor.answers))

    def failed(self, error: Error, database: Any) -> None:
        self.actor.answer((self.post, 503))

    def cut_off(self) -> None:
        """The endpoint goes down."""
        self._fail(("ServiceUnavailable", f"{self.actor.id} is down."), None)


class Person(Actor):
    """An address of a person: mail, telephone or app. ``enabled`` false: the address is not to be used any more."""

    def read(self) -> None:
        self.enabled = bool(self.parameters.get("enabled", True))
        if not hasattr(self, "inbox"):
            self.inbox: list[dict[str, Any]] = []
            self.arrived = self.refused = 0

    def deliver(self, attempt: Any, text: str, subject: str | None, link: str) -> tuple[Error | None, bool]:
        """A text from a topic: (error, whether the error is a client-side one)."""
        if not self.enabled:
            self.refused += 1
            return ("EndpointDisabled", f"{self.id} is disabled."), True
        if not self.up:
            self.refused += 1
            return ("ServiceUnavailable", f"The service behind {self.id} is away."), False
        self.arrived += 1
        detail: dict[str, Any] = {"by": link.split("/")[0], "status": "delivered", "text": text}
        if self.kind == "sms":
            detail["parts"] = limits.sms_parts(text)
        elif self.kind == "email" and subject is not None:
            detail["subject"] = subject
        self.kernel.record("answered", self.id, link, attempt, None, detail)
        remember(self, text, subject, attempt.name)
        return None, False

    def ask_to_confirm(self, link: str) -> None:
        """SNS asks the owner of the address; what is in this mail is no notification."""
        topic = link.split("/")[0]
        text = f"You have chosen to subscribe to the topic {topic}. Confirm the subscription, or ignore this message."
        self.kernel.record("confirmation_sent", self.id, link, None, None, {"text": text})
        remember(self, text, "AWS Notification - Subscription Confirmation", "confirmation")

    def invoke(self, call: Call) -> None:
        """A program sends something to this address."""
        text = str(call.payload) if call.payload is not None else call.message.body
        if not self.enabled or not self.up:
            self.refused += 1
            error = ("EndpointDisabled" if not self.enabled else "ServiceUnavailable", f"{self.id} cannot be reached.")
            self.kernel.record(
                "answered",
                self.id,
                None,
                call.message,
                ("unreachable", error[0]),
                {"by": call.caller.id, "status": error[0]},
            )
            call.caller.answered(call.token, error, None)
            return
        self.arrived += 1
        self.kernel.record(
            "answered", self.id, None, call.message, None, {"by": call.caller.id, "status": "delivered", "text": text}
        )
        remember(self, text, None, call.message.name)
        call.caller.answered(call.token, None, "delivered")

    def metrics(self) -> dict[str, float]:
        return {"arrived": self.arrived, "refused": self.refused}

    def view(self) -> dict[str, Any]:
        says = "" if self.up and self.enabled else "Disabled" if self.up else "Away"
        return {
            "status": "fail" if says else "ok" if self.arrived else "idle",
            "says": says,
            "gauges": {"arrived": self.arrived},
            "up": self.up and self.enabled,
            "arrived": self.arrived,
            "refused": self.refused,
            "inbox": self.inbox[-KEPT:],
        }


class Email(Person):
    kind = "email"


class Sms(Person):
    kind = "sms"


class Push(Person):
    kind = "push"


def remember(endpoint: Any, text: str, subject: str | None, name: str) -> None:
    """Keep the newest texts for whoever looks."""
    endpoint.inbox.append({"at_ms": endpoint.kernel.now_ms, "text": text[:2000], "subject": subject, "name": name})
    del endpoint.inbox[: -2 * KEPT]
