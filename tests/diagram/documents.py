"""Documents for the diagram's tests: the course's labs, and random ones."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from courseapp.engine.architecture.document import Architecture, Link, Node

CONTENT = Path(__file__).parents[2] / "courseapp" / "lessons" / "content"
LABS = sorted(path.parent.name for path in CONTENT.glob("*/*/architecture.json"))
ACTORS = ["publisher", "consumer", "function", "database", "http", "email", "sms", "push"]
KINDS = ["topic", "queue", "state_machine", *ACTORS]
NASTY = '<b> & "quoted" \u0000 \ud83d'


def load(document: dict[str, Any]) -> Architecture:
    nodes = tuple(
        Node(each["id"], each["kind"], each.get("label", ""), each.get("group"), each.get("parameters", {}))
        for each in document["nodes"]
    )
    links = tuple(Link(each["from"], each["to"], each.get("parameters", {})) for each in document.get("links", []))
    return Architecture(document.get("title", "A test"), nodes, links)


def lab(slug: str) -> Architecture:
    (path,) = CONTENT.glob(f"*/{slug}/architecture.json")
    return load(json.loads(path.read_text(encoding="utf-8")))


MACHINE = {
    "StartAt": "Check",
    "States": {
        "Check": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.hours", "NumericGreaterThanEquals": 2, "Next": "Prepare"}],
            "Default": "Ask",
        },
        "Prepare": {
            "Type": "Parallel",
            "Branches": [
                {
                    "StartAt": "Mail",
                    "States": {
                        "Mail": {
                            "Type": "Task",
                            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Later"}],
                            "End": True,
                        },
                        "Later": {"Type": "Pass", "End": True},
                    },
                },
                {
                    "StartAt": "Both",
                    "States": {
                        "Both": {
                            "Type": "Parallel",
                            "Branches": [
                                {"StartAt": "Left", "States": {"Left": {"Type": "Task", "End": True}}},
                                {"StartAt": "Right", "States": {"Right": {"Type": "Task", "End": True}}},
                            ],
                            "End": True,
                        }
                    },
                },
            ],
            "Next": "Week",
        },
        "Week": {"Type": "Wait", "Seconds": 604800, "Next": "Check"},
        "Ask": {"Type": "Task", "Next": "Stop"},
        "Stop": {"Type": "Fail"},
    },
}


@st.composite
def architectures(draw: st.DrawFn) -> Architecture:
    """Any nodes of any kind, linked in any way, valid or not: circles, loops, shared dead-letter queues, frames."""
    many = draw(st.integers(1, 12))
    names = [f"n{number}" for number in range(many)]
    frames = draw(st.sampled_from([[None], [None], [None, "one", "two"], ["one", "two"]]))
    nodes = []
    for name in names:
        kind = draw(st.sampled_from(KINDS))
        label = draw(st.sampled_from(["", "orders", "a rather long label of a node that will not fit", NASTY]))
        parameters: dict[str, Any] = {}
        if kind == "queue":
            parameters = draw(st.sampled_from([{}, {"FifoQueue": True}, {"DelaySeconds": 5}]))
            if draw(st.booleans()):
                target = {
                    "deadLetterTargetArn": draw(st.sampled_from(names)),
                    "maxReceiveCount": draw(st.integers(1, 30)),
                }
                parameters = {**parameters, "RedrivePolicy": target}
        if kind == "consumer":
            parameters = {"workers": draw(st.sampled_from([1, 2, 5, 9, 40]))}
        if kind == "state_machine":
            parameters = {
                "definition": draw(st.sampled_from([MACHINE, {}, "text", {"States": {"A": {"Type": "Pass"}}}]))
            }
        nodes.append(Node(name, kind, label, draw(st.sampled_from(frames)), parameters))
    pairs = draw(st.lists(st.tuples(st.sampled_from(names), st.sampled_from(names)), max_size=18, unique=True))
    policies = [
        {},
        {"FilterPolicy": {"type": ["order"], "amount": [{"numeric": [">=", 100]}]}},
        {"RawMessageDelivery": True},
        {"RedrivePolicy": {"deadLetterTargetArn": names[0]}},
    ]
    links = [Link(source, target, draw(st.sampled_from(policies))) for source, target in pairs]
    return Architecture("A random document", tuple(nodes), tuple(links))


FILTER = {"FilterPolicy": {"type": ["order"]}}
HEADS: dict[str, list[Node]] = {
    "topic": [
        Node("topic", "topic", "news"),
        Node("function", "function"),
        Node("email", "email"),
        Node("http", "http"),
    ],
    "queue": [
        Node("queue", "queue", "", None, {"RedrivePolicy": {"deadLetterTargetArn": "dead", "maxReceiveCount": 2}}),
        Node("dead", "queue"),
        Node("consumer", "consumer", "saver", None, {"workers": 5}),
    ],
    "state_machine": [Node("machine", "state_machine", "", None, {"definition": MACHINE})],
    "database": [Node("rows", "database", "volunteers")],
}


@st.composite
def fed(draw: st.DrawFn) -> Architecture:
    """Frames that hold different things, and publishers above them that send to what each holds first."""
    held = draw(st.lists(st.sampled_from(sorted(HEADS)), min_size=2, unique=True))
    titles = ["short", "the title of a frame that is longer than what it holds is wide", NASTY, "AWS Step Functions"]
    publishers = [Node(f"form{number}", "publisher") for number in range(draw(st.integers(1, 3)))]
    nodes, links = list(publishers), []
    for number, kind in enumerate(held):
        first, *others = HEADS[kind]
        nodes += [replace(node, group=titles[number]) for node in (first, *others)]
        links += [Link(publisher.id, draw(st.sampled_from([first, first, *others])).id) for publisher in publishers]
        links += [Link(first.id, node.id, draw(st.sampled_from([{}, FILTER]))) for node in others if node.id != "dead"]
    return Architecture("Frames in a row", tuple(nodes), tuple(links))


TOKEN = {
    "id": 7,
    "name": "order 7",
    "type": "order",
    "group": None,
    "again": True,
    "from_ms": 0,
    "until_ms": 30_000,
    "holder": "n1#2",
    "try": 2,
}


def busy_views(architecture: Architecture, many: int = 3) -> dict[str, dict[str, Any]]:
    """A view of each node with something to show, in the shapes of docs/engine.md."""
    tokens = [{**TOKEN, "id": number, "name": NASTY} for number in range(min(many, 30))]
    by_kind: dict[str, dict[str, Any]] = {
        "queue": {
            "gauges": {
                "ApproximateNumberOfMessagesVisible": many,
                "ApproximateNumberOfMessagesNotVisible": many,
                "ApproximateNumberOfMessagesDelayed": many,
            },
            "lanes": {"delayed": tokens, "visible": tokens, "in_flight": tokens},
            "counts": {"delayed": many, "visible": many, "in_flight": many},
            "by_type": {"order": many},
            "groups": [
                {"group": name, "tokens": tokens, "in_flight": tokens[:1], "waits_for": NASTY, "length": many}
                for name in "ABCDEFG"
            ],
        },
        "topic": {"gauges": {"NumberOfMessagesPublished": many}, "retrying": tokens, "subscriptions": {}},
        "consumer": {
            "gauges": {"worked": many, "failed": 0},
            "workers": [
                {"worker": 1, "state": "crashed", "message": None, "from_ms": None, "until_ms": 9_000, "says": NASTY},
                {"worker": 2, "state": "working", "message": TOKEN, "from_ms": 0, "until_ms": 6_000, "says": ""},
            ],
        },
        "function": {
            "gauges": {"worked": many, "failed": 1},
            "workers": [{"worker": 1, "state": "working", "message": TOKEN, "from_ms": 0, "until_ms": 500, "says": ""}],
        },
        "database": {"gauges": {"rows": many}, "up": False, "since_ms": 0, "slow_factor": 1, "rows": many},
        "publisher": {"gauges": {"sent": many, "refused": 1, "given_up": 0}},
        "state_machine": {
            "gauges": {},
            "running": many,
            "transitions": many,
            "executions": [{"status": "RUNNING", "state": "Mail"}] * many,
            "states": {
                "Mail": {"status": "caught", "says": NASTY, "entered": 1},
                "Later": {"status": "ok", "says": "", "entered": 1},
            },
        },
    }
    endpoint = {
        "gauges": {"arrived": many},
        "up": True,
        "inbox": [{"at_ms": 1, "text": NASTY, "subject": NASTY, "name": "order 7"}],
    }
    return {
        node.id: {"status": status, "says": NASTY if number % 2 else "", **by_kind.get(node.kind, endpoint)}
        for number, (node, status) in enumerate(
            zip(architecture.nodes, ["ok", "run", "fail", "wait", "idle", "caught"] * 3, strict=False)
        )
    }
