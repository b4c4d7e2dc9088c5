"""A publisher: sends by its plan, or when told to, over all its links in document order.

Each rate has a random stream of its own, so that a change elsewhere never moves an arrival. A direct call (to a
database, an HTTP endpoint or a function) waits for its answer; what cannot be delivered in time the publisher gives
up, and that loss is its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heappush
from math import log
from typing import Any

from courseapp.engine.actors.actor import Actor
from courseapp.engine.actors.directcall import DirectCall
from courseapp.engine.actors.handing import refused, start_execution
from courseapp.engine.actors.rate import Rate
from courseapp.engine.actors.work import Error
from courseapp.engine.actors.workingactor import CALLED
from courseapp.engine.architecture.document import Link
from courseapp.engine.architecture.durations import latency_ms
from courseapp.engine.commands import Refused
from courseapp.engine.kernel import SENDS
from courseapp.engine.messages import Message, Template
from courseapp.engine.sns.topic import Topic

SEND_AGAIN_MS = 1_000  # a caller whose answer was lost sends again after this time, unless it says when


class Publisher(Actor):
    kind = "publisher"

    def read(self) -> None:
        values = self.parameters
        self.base: Mapping[str, Any] = values.get("message") or {}
        self.variants: list[Mapping[str, Any]] = list(values.get("variants", []))
        self.in_turn = values.get("calls") == "in_turn"
        self.templates: dict[tuple[Any, ...], Template] = {}
        if not hasattr(self, "n"):
            self.n = int(values.get("first_number", 0))
            self.sent = self.refused = self.given_up = 0
            self.rates: list[Rate] = []
            self.version = self.bursts_version = 0
            self.started = False
            self.by = (self.id,)
            self.calls: dict[int, DirectCall] = {}
            self.call_number = 0

    def start(self) -> None:
        super().start()
        self.started = True
        self._read_rates()
        self._plan_rates()
        self._plan_bursts()

    def fall_silent(self) -> None:
        """Nothing that was planned is said any more."""
        self.version += 1
        self.bursts_version += 1

    def _plan_bursts(self) -> None:
        """Plan the bursts and single messages that are still to come."""
        self.bursts_version += 1
        planned = [(burst, int(burst.get("count", 1))) for burst in self.parameters.get("bursts", [])]
        planned += [(message, 1) for message in self.parameters.get("messages", [])]
        for values, count in planned:
            at_ms = round(float(values["at_seconds"]) * 1000)
            if at_ms >= self.kernel.now_ms:
                data = (self.bursts_version, count, values.get("message") or {})
                self.kernel.plan(at_ms, SENDS, self, "burst", data)

    def _read_rates(self) -> None:
        """Rates count from now on."""
        now, dice = self.kernel.now_ms, self.kernel.dice
        self.rates = [
            Rate(place, values, now, dice(f"{self.id}/rates/{place}" if place else self.id))
            for place, values in enumerate(self.parameters.get("rates", []))
        ]

    def _plan_rates(self) -> None:
        """Plan the first message of each rate; what was planned before comes to nothing."""
        self.version += 1
        for rate in self.rates:
            if rate.every_ms > 0:
                self._plan_next(rate, rate.from_ms)

    def _plan_next(self, rate: Rate, after_ms: int) -> None:
        if rate.count is not None and rate.sent >= rate.count:
            return
        if rate.random:
            at = after_ms + int(0.5 - log(1.0 - rate.dice.random()) * rate.every_ms)
        else:
            at = rate.from_ms + int(rate.number * rate.every_ms + 0.5)
        if rate.until_ms is not None and at >= rate.until_ms:
            return
        self.kernel.plan(at, SENDS, self, "due", (self.version, rate))

    def due(self, what: tuple[int, Rate]) -> None:
        version, rate = what
        if version != self.version:
            return
        kernel = self.kernel
        now = kernel.now_ms
        rate.number += 1
        rate.sent += 1
        if rate.is_endless:
            kernel.order = order = kernel.order + 1
            at = now + int(0.5 - log(1.0 - rate.dice.random()) * rate.every_ms)
            heappush(kernel.agenda, (at, SENDS, order, self.due, what))
        else:
            self._plan_next(rate, now)
        if rate.changes != kernel.changes:
            rate.changes = kernel.changes
            rate.topic, rate.template, rate.fan = self._only_topic(), None, None
        n = self.n
        if rate.fan is not None and rate.template is not None:
            self.n = n + 1
            self.sent += 1
            kernel.uid = uid = kernel.uid + 1
            rate.fan.publish(Message(uid, rate.template, n, now), self.by, True)
            return
        if rate.topic is None:
            self.send(rate.message, rate.place)
            return
        self.n = n + 1
        self.sent += 1
        if rate.template is None:
            message = self._message(n, rate.message, rate.place, 0)
            rate.template, fan = message.template, rate.topic.fan()
            rate.fan = fan if fan is not None and fan.takes(message) else None
        else:
            message = Message(kernel.next_uid(), rate.template, n, now)
        self._publish(rate.topic, message)

    def _only_topic(self) -> Topic | None:
        """The topic, if each message goes there, at once, in the same words, and nowhere else."""
        if len(self.links) != 1 or self.links[0].parameters or self.variants:
            return None
        target = self.kernel.nodes.get(self.links[0].target)
        return target if isinstance(target, Topic) else None

    def _publish(self, topic: Topic, message: Message) -> bool:
        try:
            topic.publish(message, self.id)
        except Refused as refusal:
            self.refused += 1
            refused(self.kernel, topic.id, "Publish", refusal, message, self.id)
            return False
        return True

    def burst(self, what: tuple[int, int, Mapping[str, Any]]) -> None:
        version, count, message = what
        if version == self.bursts_version:
            for _ in range(count):
                self.send(message)

    def set_parameter(self, name: str, value: Any) -> None:
        """A change of rates holds from now on: the next message is one interval after the last one, or now."""
        before = [(rate.sent, rate.last_ms) for rate in self.rates]
        super().set_parameter(name, value)
        if self.started and name.split(".")[0] in ("bursts", "messages"):
            self._plan_bursts()
        if not self.started or not name.startswith("rates"):
            return
        self._read_rates()
        for rate, (sent, last_ms) in zip(self.rates, before, strict=False):
            rate.go_on(sent, last_ms)
        self._plan_rates()

    # -- sending ----------------------------------------------------------------------------------------------------

    def send_command(self, parameters: Mapping[str, Any]) -> None:
        """``Send``: now, over all links. With ``lose_answer`` the publisher sends the same again (after that many
        seconds, or 1 s)."""
        extra = parameters.get("message") or {}
        for _ in range(int(parameters.get("count", 1))):
            n = self.send(extra)
            lost = parameters.get("lose_answer")
            if lost:
                after_ms = SEND_AGAIN_MS if lost is True else round(float(lost) * 1000)
                self.kernel.plan(self.kernel.now_ms + after_ms, SENDS, self, "send_again", (n, dict(extra)))

    def send_again(self, what: tuple[int, dict[str, Any]]) -> None:
        n, extra = what
        if not self.is_gone:
            self._say(n, extra, None)

    def send(self, extra: Mapping[str, Any], rate: int | None = None) -> int:
        """Send one message with the next running number over all links; the number."""
        n = self.n
        self.n += 1
        self._say(n, extra, rate)
        return n

    def _say(self, n: int, extra: Mapping[str, Any], rate: int | None) -> None:
        self.sent += 1
        if self.in_turn and len(self.links) > 1:
            self.call_in_turn((n, extra, rate, 0))
            return
        for place, link in enumerate(self.links):
            message = self._message(n, extra, rate, place)
            if link.parameters:
                self._over(link, message, None)
            else:
                self._arrive(link, message, None)

    def call_in_turn(self, what: tuple[int, Mapping[str, Any], int | None, int]) -> None:
        """The next link, once the one before has answered."""
        n, extra, rate, place = what
        if place < len(self.links) and not self.is_gone:
            message = self._message(n, extra, rate, place)
            self._over(self.links[place], message, (n, extra, rate, place + 1))

    def _message(self, n: int, extra: Mapping[str, Any], rate: int | None, place: int) -> Message:
        variants: tuple[int, ...] = ()
        if self.variants:
            variants = tuple(at for at, variant in enumerate(self.variants) if _applies(variant, n))
        key = (variants, rate, place)
        template = None if extra and rate is None else self.templates.get(key)
        if template is None:
            fields: dict[str, Any] = dict(self.base)
            for at in variants:
                fields.update(self.variants[at].get("message") or {})
            fields.update(extra)
            link = self.links[place]
            fields.update(link.parameters.get("message") or {})
            target = self.kernel.nodes.get(link.target)
            if getattr(target, "kind", "") in ("queue", "topic") and not target.fifo:  # type: ignore[union-attr]
                fields.pop("MessageGroupId", None)
                fields.pop("MessageDeduplicationId", None)
            template = Template(fields)
            if not extra or rate is not None:
                self.templates[key] = template
        return Message(self.kernel.next_uid(), template, n, self.kernel.now_ms)

    def _over(self, link: Link, message: Message, then: Any) -> None:
        target = self.kernel.nodes.get(link.target)
        way_ms = latency_ms(link.parameters)
        if target is None:
            return
        if way_ms and target.kind not in CALLED:
            self.kernel.plan(self.kernel.now_ms + way_ms, SENDS, self, "arrives", (link, message, then))
        else:
            self._arrive(link, message, then)

    def arrives(self, what: tuple[Link, Message, Any]) -> None:
        self._arrive(*what)

    def _arrive(self, link: Link, message: Message, then: Any) -> None:
        target = self.kernel.nodes.get(link.target)
        if target is None:
            return
        if target.kind == "topic":
            if self._publish(target, message) and then is not None:
                self.call_in_turn(then)
            return
        try:
            if target.kind == "queue":
                target.send(message, self.id, message.template.delay_s)
            elif target.kind == "state_machine":
                start_execution(self.kernel, target, link, message, self.id)
            else:
                DirectCall(self, link, message, then).try_now()
                return
        except Refused as refusal:
            self.refused += 1
            if target.kind != "state_machine":
                refused(self.kernel, target.id, "SendMessage", refusal, message, self.id)
            return
        if then is not None:
            self.call_in_turn(then)

    def answered(self, token: int, error: Error | None, result: Any) -> None:
        call = self.calls.get(token)
        if call is not None:
            call.came_back(error)

    # -- looking ----------------------------------------------------------------------------------------------------

    def metrics(self) -> dict[str, float]:
        return {"sent": self.sent, "refused": self.refused, "given_up": self.given_up}

    def view(self) -> dict[str, Any]:
        says = "" if not self.given_up else f"Gave up {self.given_up}"
        gauges = {"sent": self.sent, "refused": self.refused, "given_up": self.given_up}
        status = "fail" if self.given_up or self.refused else "ok" if self.sent else "idle"
        return {"status": status, "says": says, "gauges": gauges, **gauges, "calling": len(self.calls)}


def _applies(variant: Mapping[str, Any], n: int) -> bool:
    first = int(variant.get("from", 0))
    return n >= first and (n - first) % int(variant.get("every", 1)) == 0
