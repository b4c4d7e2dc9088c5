"""SQS written down a second time, as a function of the clock alone, and compared with the engine over random calls."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from courseapp.engine.commands import Refused
from courseapp.engine.sqs import api
from tests.engine.trial import Trial

WINDOW_MS = 300_000


@dataclass(eq=False)
class Kept:
    body: str
    group: str | None
    sent: int
    visible_from: int
    count: int = 0
    held_until: int = -1

    def state(self, now: int) -> str:
        return "in flight" if self.held_until > now else "delayed" if self.visible_from > now else "visible"


class Model:
    """A queue ``q`` and its dead-letter queue ``d``. Calls answer with what AWS answers, an error with its code."""

    def __init__(self, fifo: bool, visibility_s: int, delay_s: int, retention_s: int, most_receives: int, scope: str):
        self.fifo, self.visibility_s, self.delay_s = fifo, visibility_s, delay_s
        self.retention_s, self.most_receives, self.scope = retention_s, most_receives, scope
        self.now = 0
        self.queues: dict[str, list[Kept]] = {"q": [], "d": []}
        self.accepted: dict[Any, int] = {}

    def wait(self, ms: int) -> None:
        self.now += ms
        for queue, kept in self.queues.items():
            self.queues[queue] = [one for one in kept if one.sent + self.retention_s * 1000 > self.now]

    def send(self, body: str, group: str, dedupe: str, delay_s: int | None) -> str | None:
        if self.fifo and delay_s:
            return "InvalidParameterValue"
        key = (group, dedupe) if self.scope == "messageGroup" else dedupe
        if self.fifo and self.now - self.accepted.get(key, -WINDOW_MS) < WINDOW_MS:
            return None
        self.accepted[key] = self.now
        hidden_s = self.delay_s if self.fifo or delay_s is None else delay_s
        self.queues["q"].append(Kept(body, group if self.fifo else None, self.now, self.now + hidden_s * 1000))
        return None

    def receive(self, queue: str, most: int, timeout_s: int | None) -> list[Kept]:
        lines: dict[Any, list[Kept]] = {}
        for one in self.queues[queue]:
            lines.setdefault(one.group if self.fifo else one, []).append(one)
        taken: list[Kept] = []
        for line in lines.values():
            for one in line:
                if len(taken) == most or one.state(self.now) != "visible":
                    break
                if queue == "q" and one.count >= self.most_receives:
                    self.queues["q"].remove(one)
                    moved = replace(one, visible_from=self.now, sent=self.now if self.fifo else one.sent)
                    self.queues["d"].append(moved)
                    continue
                one.count += 1
                one.held_until = self.now + 1000 * (self.visibility_s if timeout_s is None else timeout_s)
                taken.append(one)
        self.wait(0)  # what was too old for the dead-letter queue
        return taken

    def delete(self, queue: str, one: Kept, receipt: int) -> str | None:
        if one not in self.queues[queue]:
            return None
        if self.fifo and (one.count != receipt or one.state(self.now) != "in flight"):
            return "InvalidParameterValue"
        if one.count == receipt:
            self.queues[queue].remove(one)
        return None

    def change(self, queue: str, one: Kept, receipt: int, timeout_s: int) -> str | None:
        if one not in self.queues[queue]:
            return "InvalidParameterValue"
        if one.count != receipt or one.state(self.now) != "in flight":
            return "AWS.SimpleQueueService.MessageNotInflight"
        one.held_until = self.now + timeout_s * 1000
        return None

    def counts(self, queue: str) -> tuple[int, ...]:
        states = [one.state(self.now) for one in self.queues[queue]]
        return tuple(states.count(state) for state in ("visible", "in flight", "delayed"))


sends = st.tuples(
    st.just("send"), st.sampled_from("aab"), st.sampled_from(["{}", "{}", "1"]), st.sampled_from([None, None, 0, 3])
)
receives = st.tuples(
    st.just("receive"), st.sampled_from("qqd"), st.sampled_from([1, 2, 10]), st.sampled_from([None, None, 0, 2, 40])
)
others = st.one_of(
    st.tuples(st.just("wait"), st.sampled_from([1, 1000, 1000, 4000, 5000, 60_000, 299_000])),
    st.tuples(st.just("delete"), st.integers(0, 3)),
    st.tuples(st.just("change"), st.integers(0, 3), st.sampled_from([0, 1, 5, 100])),
)
rounds = st.tuples(sends, receives, others, others).map(list)
settings = st.tuples(
    st.booleans(), st.sampled_from([1, 5, 30]), st.sampled_from([0, 0, 4]), st.sampled_from([60, 345_600]),
    st.integers(1, 3), st.sampled_from(["queue", "messageGroup"]),
)  # fmt: skip


def code_of(call: Any, *arguments: Any) -> str | None:
    try:
        call(*arguments)
    except Refused as refusal:
        return refusal.code
    return None


@given(settings, st.lists(rounds, min_size=5, max_size=15))
def test_the_engine_does_what_the_facts_say_whatever_is_called(given: Any, rounds: list[list[Any]]) -> None:
    fifo, visibility_s, delay_s, retention_s, most_receives, scope = given
    model, end = Model(*given), ".fifo" if fifo else ""
    kept = {"MessageRetentionPeriod": retention_s, "VisibilityTimeout": visibility_s}
    policy = {"RedrivePolicy": {"deadLetterTargetArn": f"d{end}", "maxReceiveCount": most_receives}}
    own = {"DelaySeconds": delay_s, **policy, **({"DeduplicationScope": scope} if fifo else {})}
    trial = Trial({f"q{end}": ("queue", {**kept, **own}), f"d{end}": ("queue", kept)}).run(0)
    held: list[tuple[str, Kept, int, str]] = []  # queue, message, receipt, and the engine's handle for it
    for number, (what, *values) in enumerate(itertools.chain.from_iterable(rounds)):
        if what == "wait":
            model.wait(*values)
        elif what == "send":
            body, (group, dedupe, own_delay_s) = str(number), values
            dedupe = dedupe.format(number)
            call = {"MessageBody": body, **({} if own_delay_s is None else {"DelaySeconds": own_delay_s})}
            call |= {"MessageGroupId": group, "MessageDeduplicationId": dedupe} if fifo else {}
            found = code_of(api.send_message, trial[f"q{end}"], call)
            assert found == model.send(body, group, dedupe, own_delay_s)
        elif what == "receive":
            queue, most, timeout_s = values
            call = {"MaxNumberOfMessages": most, **({} if timeout_s is None else {"VisibilityTimeout": timeout_s})}
            answer = api.receive_message(trial[f"{queue}{end}"], call).get("Messages", [])
            taken = model.receive(*values)
            counts = [int(message["Attributes"]["ApproximateReceiveCount"]) for message in answer]
            assert [message["Body"] for message in answer] == [one.body for one in taken]
            assert counts == [one.count for one in taken]
            held += [(queue, one, one.count, m["ReceiptHandle"]) for one, m in zip(taken, answer, strict=True)]
        elif held:
            queue, one, receipt, handle = held[-1 - values[0] % len(held)]
            call = {"ReceiptHandle": handle, **({"VisibilityTimeout": values[1]} if what == "change" else {})}
            operation = api.delete_message if what == "delete" else api.change_message_visibility
            found = code_of(operation, trial[f"{queue}{end}"], call)
            assert found == getattr(model, what)(queue, one, receipt, *values[1:])
        trial.run(model.now / 1000)
        assert (trial.counts(f"q{end}"), trial.counts(f"d{end}")) == (model.counts("q"), model.counts("d"))
