"""Random documents and commands for property tests: small worlds in which everything can go wrong."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

SECONDS = 120
times = st.one_of(
    st.sampled_from([0, 0.5, 1, 2, 5]),
    st.builds(lambda mean: {"exponential": mean}, st.sampled_from([0.2, 1, 3])),
    st.builds(lambda a, b: {"uniform": [a, a + b]}, st.sampled_from([0, 0.5, 2]), st.sampled_from([0.5, 2])),
)
outages = st.lists(st.integers(1, SECONDS), min_size=2, max_size=2, unique=True).map(lambda ab: [sorted(ab)])
policies = st.sampled_from(
    [
        {"type": ["order"]},
        {"amount": [{"numeric": [">=", 50]}]},
        {"type": [{"anything-but": ["order"]}]},
        {"missing": [{"exists": False}]},
    ]
)
REPORTS = [[], ["ReportBatchItemFailures"]]
runs_of_functions = st.fixed_dictionaries(
    {},
    optional={
        "reserved_concurrency": st.sampled_from([0, 1, 2]),
        "responses": st.sampled_from(
            [
                {"0": {"Throw": {"Error": "Flood"}}, "3-9": {"Return": {"wet": True}, "seconds": 2}},
                {"0-20": {"Return": {"batchItemFailures": [{"itemIdentifier": "shop 1"}]}}},
            ]
        ),
    },
)
CALLS_ALL = {
    "StartAt": "Ask",
    "TimeoutSeconds": 60,
    "States": {
        "Ask": {"Type": "Task", "Resource": "stock", "TimeoutSeconds": 3, "Retry": [{"ErrorEquals": ["States.ALL"]}],
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Send"}], "Next": "Send"},
        "Send": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True,
                 "Parameters": {"QueueUrl": "second", "MessageBody.$": "States.JsonToString($)"}},
    },
}  # fmt: skip


@st.composite
def publishers(draw: Any, node_id: str, fifo: bool) -> dict[str, Any]:
    message: dict[str, Any] = {
        "name": node_id + " {n}",
        "type": draw(st.sampled_from(["order", "refund", "signup"])),
        "MessageAttributes": {
            "type": {"DataType": "String", "StringValue": draw(st.sampled_from(["order", "refund"]))},
            "amount": {"DataType": "Number", "StringValue": str(draw(st.integers(0, 100)))},
        },
    }
    if fifo:
        message["MessageGroupId"] = draw(st.sampled_from(["a", "b", "{n}"]))
        message["MessageDeduplicationId"] = draw(st.sampled_from(["{n}", "same"]))
    if draw(st.booleans()):
        message["DelaySeconds"] = 0 if fifo else draw(st.sampled_from([0, 3, 30, 120]))
    rate = {
        "messages_per_second": draw(st.sampled_from([0.1, 0.5, 2])),
        "spacing": draw(st.sampled_from(["even", "random"])),
    }
    return {
        "id": node_id,
        "kind": "publisher",
        "parameters": {
            "message": message,
            "rates": [rate],
            "bursts": [{"at_seconds": draw(st.integers(0, SECONDS)), "count": draw(st.integers(1, 5))}],
        },
    }


@st.composite
def queues(draw: Any, node_id: str, dead_letters: str) -> dict[str, Any]:
    parameters: dict[str, Any] = {
        "VisibilityTimeout": draw(st.sampled_from([1, 5, 30])),
        "MessageRetentionPeriod": draw(st.sampled_from([60, 90, 345_600])),
        "DelaySeconds": draw(st.sampled_from([0, 0, 2])),
        "ReceiveMessageWaitTimeSeconds": draw(st.sampled_from([0, 5, 20])),
    }
    if draw(st.booleans()):
        parameters["RedrivePolicy"] = {
            "deadLetterTargetArn": dead_letters,
            "maxReceiveCount": draw(st.integers(1, 3)),
        }
    if not node_id.endswith(".fifo"):
        parameters["duplicate_probability"] = draw(st.sampled_from([0, 0, 0.2]))
        parameters["servers"] = draw(st.sampled_from([1, 1, 3]))
        parameters["sample_probability"] = draw(st.sampled_from([1, 0.5]))
        parameters["poison_to_back"] = draw(st.booleans())
    return {"id": node_id, "kind": "queue", "parameters": parameters}


@st.composite
def consumers(draw: Any, node_id: str) -> dict[str, Any]:
    """Half of them are plain: one message at a time, worked on and deleted."""
    if draw(st.booleans()):
        plain = {
            "workers": draw(st.integers(1, 3)),
            "WaitTimeSeconds": draw(st.sampled_from([3, 20])),
            "processing_seconds": draw(times),
            "failure_probability": draw(st.sampled_from([0, 0.1, 0.5])),
        }
        return {"id": node_id, "kind": "consumer", "parameters": plain}
    parameters: dict[str, Any] = {
        "workers": draw(st.integers(1, 3)),
        "MaxNumberOfMessages": draw(st.sampled_from([1, 1, 3, 10])),
        "processing_seconds": draw(times),
        "failure_probability": draw(st.sampled_from([0, 0.1, 0.5, 1])),
        "deletes": draw(st.sampled_from(["each", "whole_batch", "before_work"])),
        "when_database_is_down": draw(st.sampled_from(["pause", "keep_polling", "give_back"])),
        "remembers": draw(st.sampled_from(["nothing", "message_ids", "check_then_write", "conditional_write"])),
    }
    if draw(st.booleans()):
        parameters["WaitTimeSeconds"] = draw(st.sampled_from([0, 3, 20]))
    if draw(st.booleans()):
        parameters["restart_seconds"] = draw(st.integers(1, 20))
    if draw(st.booleans()):
        parameters["heartbeat_seconds"] = draw(st.sampled_from([1, 2]))
        parameters["heartbeat_extends_seconds"] = draw(st.sampled_from([2, 10]))
    if draw(st.booleans()):
        parameters["database_check_seconds"] = draw(st.sampled_from([0, 5]))
    return {"id": node_id, "kind": "consumer", "parameters": parameters}


@st.composite
def documents(draw: Any) -> dict[str, Any]:
    """A publisher, a topic with all kinds of subscribers, two queues with a dead-letter queue, consumers, a store."""
    fifo = draw(st.booleans())
    suffix = ".fifo" if fifo else ""
    topic, first, second, dead = f"topic{suffix}", f"first{suffix}", f"second{suffix}", f"dead{suffix}"
    topic_node: dict[str, Any] = {"id": topic, "kind": "topic"}
    nodes: list[dict[str, Any]] = [
        draw(publishers("shop", fifo)),
        topic_node,
        draw(queues(first, dead)),
        draw(queues(second, dead)),
        {"id": dead, "kind": "queue"},
        draw(consumers("worker")),
        draw(consumers("reader")),
        {
            "id": "base",
            "kind": "database",
            "parameters": {"answer_seconds": draw(st.sampled_from([0, 0.5])), "outages": draw(outages)},
        },
    ]
    links: list[dict[str, Any]] = [
        {"from": "shop", "to": topic},
        {"from": "shop", "to": first},
        {"from": topic, "to": first, "parameters": _subscription(draw, dead)},
        {"from": topic, "to": second, "parameters": _subscription(draw, dead)},
        {"from": first, "to": "worker"},
        {"from": second, "to": "reader"},
    ]
    if draw(st.booleans()):
        links.append({"from": "worker", "to": "base"})
    if not fifo:
        nodes += [
            {
                "id": "partner",
                "kind": "http",
                "parameters": {
                    "answers": draw(st.sampled_from([200, 200, 503, 404, "nothing"])),
                    "outages": draw(outages),
                    "answer_seconds": draw(st.sampled_from([0, 1, 14, 16, {"uniform": [0, 40]}])),
                },
            },
            {"id": "mail", "kind": "email", "parameters": {"outages": draw(outages)}},
            {
                "id": "stock",
                "kind": "function",
                "parameters": {
                    "processing_seconds": draw(times),
                    "failure_probability": draw(st.sampled_from([0, 0.5])),
                    **draw(runs_of_functions),
                },
            },
            {"id": "batcher", "kind": "function", "parameters": {"processing_seconds": 1, **draw(runs_of_functions)}},
            {"id": "machine", "kind": "state_machine", "parameters": {"definition": CALLS_ALL}},
        ]
        deliveries = draw(st.sampled_from([{}, {"throttlePolicy": {"maxReceivesPerSecond": 1}}]))
        links += [
            {
                "from": topic,
                "to": "partner",
                "parameters": {**_subscription(draw, dead), "DeliveryPolicy": deliveries},
            },
            {"from": second, "to": "batcher", "parameters": {"FunctionResponseTypes": draw(st.sampled_from(REPORTS))}},
            {"from": "shop", "to": "machine"},
            {"from": "machine", "to": "stock", "parameters": {"latency_seconds": draw(st.sampled_from([0, 0.3]))}},
            {"from": "machine", "to": second, "parameters": {"latency_seconds": draw(st.sampled_from([0, 3]))}},
            {"from": topic, "to": "mail", "parameters": {"confirmed": draw(st.booleans())}},
            {"from": topic, "to": "stock"},
        ]
        if draw(st.booleans()):
            links.append({"from": "reader", "to": first})
    return {"version": 1, "title": "A random world", "nodes": nodes, "links": links}


def _subscription(draw: Any, dead: str) -> dict[str, Any]:
    parameters: dict[str, Any] = {"RawMessageDelivery": draw(st.booleans())}
    if draw(st.booleans()):
        parameters["FilterPolicy"] = draw(policies)
    if draw(st.booleans()):
        parameters["RedrivePolicy"] = {"deadLetterTargetArn": dead}
    if draw(st.booleans()):
        parameters["latency_seconds"] = draw(st.sampled_from([0.2, 2]))
    return parameters


def commands(fifo: bool = False) -> st.SearchStrategy[list[dict[str, Any]]]:
    """What people do to such a world, in order of time. Some of it is nonsense, which the engine refuses."""
    suffix = ".fifo" if fifo else ""
    first, dead, topic = f"first{suffix}", f"dead{suffix}", f"topic{suffix}"
    of_standard: list[tuple[str, Any, dict[str, Any]]] = [
        ("Crash", "stock", {}),
        ("Restore", "stock", {}),
        ("Crash", "batcher", {}),
        ("SetParameter", "batcher", {"reserved_concurrency": 1}),
        ("SetParameter", "stock", {"responses": {"0-99": {"Throw": {"Error": "Flood"}, "seconds": 1}}}),
        ("SetParameter", "machine/second", {"latency_seconds": 1}),
        ("RemoveNode", "partner", {}),
        ("RemoveNode", "stock", {}),
        ("RemoveNode", "batcher", {}),
        ("Unsubscribe", "topic/partner", {}),
        ("StopExecution", "machine", {}),
        ("SendMessage", "first", {"MessageBody": "x", "MessageGroupId": "tenant"}),
        ("Publish", "topic", {"Message": "x", "MessageGroupId": "tenant"}),
    ]
    subscribers = ["partner", "mail", "stock"]
    if fifo:
        of_standard, subscribers = [], []
    acts: list[tuple[str, Any, dict[str, Any]]] = [
        ("Send", "shop", {"count": 3}),
        ("Send", "shop", {"lose_answer": True}),
        ("Crash", "worker", {}),
        ("Crash", "worker", {"worker": 1, "crash_point": "after_write"}),
        ("Crash", {"holder_of": first}, {}),
        ("Restore", "worker", {}),
        ("Crash", "base", {}),
        ("Restore", "base", {}),
        ("Pause", "reader", {}),
        ("Resume", "reader", {}),
        ("PurgeQueue", first, {}),
        ("StartMessageMoveTask", dead, {}),
        ("StartMessageMoveTask", dead, {"MaxNumberOfMessagesPerSecond": 1}),
        ("SetParameter", topic, {"FilterPolicy": {"type": ["refund"]}}),
        ("ReceiveMessage", dead, {"MaxNumberOfMessages": 10}),
        ("ReceiveMessage", first, {"WaitTimeSeconds": 5}),
        ("SetParameter", first, {"VisibilityTimeout": 2}),
        ("SetParameter", first, {"MessageRetentionPeriod": 60}),
        ("SetParameter", first, {"VisibilityTimeout": 99_999}),
        ("SetParameter", "worker", {"workers": 2}),
        ("SetParameter", "shop", {"rates.0.messages_per_second": 3}),
        ("SetParameter", f"{topic}/{first}", {"FilterPolicy": {"type": ["refund"]}}),
        ("Unsubscribe", f"{topic}/{first}", {}),
        ("Subscribe", topic, {"Endpoint": f"second{suffix}"}),
        ("Disconnect", f"{first}/worker", {}),
        ("RemoveNode", "reader", {}),
        ("RemoveNode", f"second{suffix}", {}),
        ("GhostDelete", first, {}),
        ("SetParameter", f"{topic}/{first}", {"FilterPolicy.type": None}),
        ("SetParameter", f"{topic}/{first}", {"FilterPolicy": None}),
        ("SetParameter", first, {"RedrivePolicy": {"deadLetterTargetArn": "nowhere", "maxReceiveCount": 1}}),
        ("SetParameter", first, {"RedrivePolicy": {"deadLetterTargetArn": dead, "maxReceiveCount": 1}}),
        ("SetParameter", first, {"RedrivePolicy": None}),
        ("RemoveNode", dead, {}),
        *of_standard,
    ]
    moment = st.integers(0, SECONDS * 1000)
    one = st.builds(
        lambda at, act: {"at_ms": at, "action": act[0], "target": act[1], "parameters": act[2]},
        moment,
        st.sampled_from(acts),
    )
    kinds = st.sampled_from(["queue", "topic", "email", "http", "function", "consumer", "database"])
    replaced = st.builds(
        _replace, moment, st.sampled_from([0, 1, 1_500]), st.sampled_from([f"second{suffix}", *subscribers]), kinds
    )
    several = st.lists(one.map(lambda command: [command]) | replaced, max_size=6)
    return several.map(lambda many: sorted((command for each in many for command in each), key=lambda c: c["at_ms"]))


def _replace(at_ms: int, after_ms: int, node: str, kind: str) -> list[dict[str, Any]]:
    """A node is removed, and something else is added under its name and subscribed where it was."""
    acts: list[tuple[int, str, str, dict[str, Any]]] = [
        (at_ms, "RemoveNode", node, {}),
        (at_ms + after_ms, "AddNode", node, {"kind": kind}),
        (at_ms + after_ms + 1_000, "Connect", f"topic{'.fifo' if node.endswith('.fifo') else ''}/{node}", {}),
    ]
    return [{"at_ms": at, "action": action, "target": to, "parameters": values} for at, action, to, values in acts]
