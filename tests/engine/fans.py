"""Random fan-outs in which all is plain until somebody changes a setting: the ways that the engine cuts short."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.engine.worlds import SECONDS, times

SETTINGS: list[tuple[str, str, dict[str, Any]]] = [
    ("SetParameter", "q0", {"DelaySeconds": 2}),
    ("SetParameter", "q0", {"DelaySeconds": 0}),
    ("SetParameter", "q0", {"VisibilityTimeout": 1}),
    ("SetParameter", "q0", {"VisibilityTimeout": 0}),
    ("SetParameter", "q0", {"MaximumMessageSize": 1024}),
    ("SetParameter", "q1", {"Policy": {"Statement": []}}),
    ("SetParameter", "q1", {"Policy": None}),
    ("SetParameter", "q1", {"servers": 3}),
    ("SetParameter", "q1", {"MessageRetentionPeriod": 60}),
    ("SetParameter", "t", {"MaximumMessageSize": 1024}),
    ("SetParameter", "t/q0", {"FilterPolicy": {"type": ["refund"]}}),
    ("SetParameter", "t/q0", {"FilterPolicy": None}),
    ("SetParameter", "t/q1", {"RawMessageDelivery": True}),
    ("SetParameter", "t/q1", {"latency_seconds": 1}),
    ("SetParameter", "c0", {"failure_probability": 0.5}),
    ("SetParameter", "c0", {"processing_seconds": {"exponential": 2}}),
    ("SetParameter", "c0", {"MaxNumberOfMessages": 3}),
    ("SetParameter", "c0", {"VisibilityTimeout": 2}),
    ("SetParameter", "c1", {"WaitTimeSeconds": 0}),
    ("SetParameter", "p", {"rates.0.messages_per_second": 1}),
    ("SetParameter", "p", {"message": {"body": "other words"}}),
    ("SetParameter", "p/t", {"latency_seconds": 0.5}),
    ("Connect", "p/q0", {}),
    ("Unsubscribe", "t/q0", {}),
    ("Subscribe", "t", {"Endpoint": "q0"}),
    ("Subscribe", "t", {"Endpoint": "mail"}),
    ("ConfirmSubscription", "t/mail", {}),
    ("RemoveNode", "q1", {}),
    ("RemoveNode", "t", {}),
    ("PurgeQueue", "q0", {}),
    ("GhostDelete", "q0", {}),
    ("ReceiveMessage", "q0", {"MaxNumberOfMessages": 10, "VisibilityTimeout": 1}),
    ("Crash", "c0", {"worker": 1}),
    ("Crash", "c0", {"worker": 1, "crash_point": "after_write"}),
    ("Restore", "c0", {}),
    ("Pause", "c1", {}),
    ("Resume", "c1", {}),
    ("Publish", "t", {"Message": "x" * 2000}),
    ("SendMessage", "q0", {"MessageBody": "for a tenant", "MessageGroupId": "tenant"}),
]


@st.composite
def fans(draw: Any) -> tuple[dict[str, Any], list[dict[str, Any]], int]:
    """A document, commands in order of time, and a seed."""
    consumer = {"WaitTimeSeconds": 20, "failure_probability": 0.1}
    nodes: list[dict[str, Any]] = [{"id": "t", "kind": "topic"}, {"id": "mail", "kind": "email"}]
    links: list[dict[str, Any]] = [{"from": "p", "to": "t"}]
    rate = {"messages_per_second": draw(st.sampled_from([1, 3])), "spacing": draw(st.sampled_from(["even", "random"]))}
    nodes.append({"id": "p", "kind": "publisher", "parameters": {"rates": [rate]}})
    for n in range(2):
        redrive = {"deadLetterTargetArn": f"d{n}", "maxReceiveCount": 2}
        queue = {"VisibilityTimeout": draw(st.sampled_from([1, 5])), "RedrivePolicy": redrive}
        works = {"workers": draw(st.integers(1, 3)), "processing_seconds": draw(times), **consumer}
        nodes += [
            {"id": f"q{n}", "kind": "queue", "parameters": queue},
            {"id": f"d{n}", "kind": "queue"},
            {"id": f"c{n}", "kind": "consumer", "parameters": works},
        ]
        links += [{"from": "t", "to": f"q{n}"}, {"from": f"q{n}", "to": f"c{n}"}]
    one = st.builds(
        lambda at, act: {"at_ms": at, "action": act[0], "target": act[1], "parameters": act[2]},
        st.integers(0, SECONDS * 1000),
        st.sampled_from(SETTINGS),
    )
    script = draw(st.lists(one, max_size=5))
    document = {"version": 1, "title": "A fan", "nodes": nodes, "links": links}
    return document, sorted(script, key=lambda command: command["at_ms"]), draw(st.integers(0, 1000))
