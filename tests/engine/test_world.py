"""What people do to a running world: edits, commands that make no sense, and loops that take no time."""

from __future__ import annotations

import json
from typing import Any

import pytest

from courseapp.engine.architecture import parse
from courseapp.engine.commands import ACTIONS, Command, Refused, read_command
from courseapp.engine.kernel import Kernel
from courseapp.engine.kernel.kernel import Stalled
from courseapp.engine.world import Simulation
from tests.engine.architecture.documents import BASE
from tests.engine.trial import Trial

NODES = {"p": "publisher", "t": "topic", "q": "queue", "c": ("consumer", {"WaitTimeSeconds": 20})}
LINKS = ["p/t", "t/q", "q/c"]


def world() -> Trial:
    return Trial(NODES, LINKS).run(0)


# -- edits ------------------------------------------------------------------------------------------------------------


def test_a_node_that_is_added_and_connected_takes_part_at_once():
    trial = world().do(1, "AddNode", "second", kind="queue").do(1, "Connect", "t/second")
    trial.do(2, "Send", "p")
    assert [record["node"] for record in trial.of("sent")] == ["q", "second"]
    assert (len(trial.of("node_added")), len(trial.of("connected"))) == (1, 1)
    assert trial.simulation.architecture.link("t/second").source == "t"


def test_a_consumer_that_is_added_begins_to_poll():
    trial = world().do(1, "AddNode", "d", kind="consumer", parameters={"WaitTimeSeconds": 20})
    trial.do(1, "AddNode", "other", kind="queue").do(2, "Connect", "other/d")
    trial.do(3, "SendMessage", "other", MessageBody="a").run(4)
    assert [record["node"] for record in trial.of("worked")] == ["d"]


def test_a_publisher_that_is_added_begins_when_it_is_added():
    trial = world().do(5.5, "AddNode", "late", kind="publisher", parameters={"rates": [{"every_seconds": 2}]})
    trial.do(5.5, "Connect", "late/q").run(10)
    assert trial.seconds("sent") == [7.5, 9.5]


def test_an_actor_that_is_added_during_one_of_its_outages_is_down_at_once():
    trial = world().do(5, "AddNode", "base", kind="database", parameters={"outages": [[1, 2], [4, 8]]}).run(10)
    assert (trial.seconds("crashed"), trial.seconds("restored")) == ([5], [8])


def test_a_queue_that_is_disconnected_is_not_polled_and_keeps_its_messages():
    trial = world().do(1, "Disconnect", "q/c").do(2, "Send", "p").run(30)
    assert trial.counts("q") == (1, 0, 0)
    trial.do(31, "Connect", "q/c").run(32)
    assert trial.seconds("received") == [31]


def test_a_subscription_that_is_disconnected_gets_no_more():
    trial = world().do(1, "Disconnect", "t/q").do(2, "Send", "p").run(3)
    assert trial.of("sent") == []
    assert len(trial.of("unsubscribed")) == 1


def test_a_worker_that_holds_a_message_finishes_it_after_its_queue_was_disconnected():
    trial = Trial({"q": "queue", "c": ("consumer", {"WaitTimeSeconds": 20, "processing_seconds": 5})}, ["q/c"])
    trial.do(0, "SendMessage", "q", MessageBody="a").do(1, "Disconnect", "q/c").run(30)
    assert trial.seconds("deleted") == [5]


def test_what_a_removed_node_held_is_gone_with_it():
    trial = Trial({"q": "queue", "c": ("consumer", {"WaitTimeSeconds": 20, "processing_seconds": 50})}, ["q/c"])
    trial.do(0, "SendMessage", "q", MessageBody="a").do(1, "RemoveNode", "c").run(100)
    assert trial.seconds("returned") == [30]
    assert trial.of("worked") == []
    trial.do(101, "RemoveNode", "q").run(102)
    assert trial.simulation.view()["nodes"] == {}


SLOW = {"answer_seconds": 10}
WAITS = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 10, "End": True}}}
AT_WORK: list[tuple[str, Any, str, list[str]]] = [
    ("publisher", {"rates": [{"every_seconds": 2}], "bursts": [{"at_seconds": 7, "count": 1}]}, "x/q", []),
    ("publisher", {"messages": [{"at_seconds": 9}], "rates": [{"every_seconds": 0.5, "until_seconds": 1}]}, "x/q", []),
    ("queue", {"VisibilityTimeout": 8, "MessageRetentionPeriod": 60}, "p/x", []),
    ("queue", {"VisibilityTimeout": 8, "DelaySeconds": 30}, "p/x", []),
    ("function", {"processing_seconds": 10}, "t/x", ["crashed", "work_failed", "work_failed"]),
    ("function", {"processing_seconds": 10, "reserved_concurrency": 0}, "t/x", ["crashed"]),
    ("function", {"failure_probability": 1}, "t/x", ["crashed"]),
    ("consumer", {"restart_seconds": 5, "processing_seconds": 10}, "q/x", ["crashed"]),
    ("consumer", {"restart_seconds": 5, "processing_seconds": 1}, "q/x", []),
    ("state_machine", {"definition": WAITS}, "p/x", ["WaitStateAborted", "ExecutionAborted"] * 2),
    ("database", {**SLOW, "outages": [[7, 8]]}, "c/x", []),
    ("http", {**SLOW, "outages": [[7, 8]]}, "t/x", []),
    ("email", {"outages": [[7, 8]]}, "t/x", []),
]


@pytest.mark.parametrize(("kind", "parameters", "link", "last"), AT_WORK)
def test_a_node_that_is_removed_does_nothing_more(kind, parameters, link, last):
    nodes = {"p": "publisher", "t": "topic", "q": "queue", "c": ("consumer", {"processing_seconds": 1})}
    trial = Trial({**nodes, "x": (kind, parameters)}, ["p/t", "p/q", "q/c", link]).do(1, "Send", "p", count=2)
    if kind == "queue":
        trial.do(2, "ReceiveMessage", "x")
    before = len(trial.run(5).log)
    trial.do(5.1, "RemoveNode", "x").run(300)
    assert [record["type"] for record in trial.log[before:] if record["node"] == "x"] == [*last, "node_removed"]
    assert [second for second in trial.seconds("sent") if second > 5.1] == []


@pytest.mark.parametrize(("kind", "link"), [("database", "c/x"), ("http", "c/x"), ("http", "p/x")])
def test_who_waits_for_a_node_that_is_removed_is_told_that_it_is_gone(kind, link):
    nodes = {"p": "publisher", "q": "queue", "c": ("consumer", {"WaitTimeSeconds": 20}), "x": (kind, SLOW)}
    trial = Trial(nodes, ["p/q", "q/c", link]).do(1, "Send", "p").do(5, "RemoveNode", "x").run(12)
    (told,) = trial.of("work_failed") or trial.of("delivery_failed")
    assert (told["at_ms"], told["detail"]["error"]) == (11_000, "EndpointGone")


def test_a_publisher_that_is_removed_makes_its_calls_no_more():
    patient = {"retry_interval_seconds": 5, "patience_seconds": 100}
    trial = Trial({"p": "publisher", "x": ("database", {"timeout_seconds": 1})}, [("p/x", patient)])
    trial.do(0, "Crash", "x").do(1, "Send", "p").do(8.5, "RemoveNode", "p").run(200)
    assert trial.seconds("write_refused") == [2, 8]


def test_a_publisher_that_is_removed_while_it_waits_for_one_answer_makes_no_other_call():
    nodes = {"p": ("publisher", {"calls": "in_turn"}), "q": "queue", "r": "queue"}
    trial = Trial(nodes, [("p/q", {"latency_seconds": 5}), "p/r"]).do(1, "Send", "p").do(2, "RemoveNode", "p").run(20)
    assert [one["node"] for one in trial.of("sent")] == ["q"]


def test_an_endpoint_that_is_removed_is_cut_off_from_what_it_works_on():
    nodes = {"p": "publisher", "h": ("http", {"answer_seconds": 4}), "base": "database"}
    trial = Trial(nodes, ["p/h", "h/base"]).do(1, "Send", "p").do(2, "RemoveNode", "h").run(40)
    assert trial.seconds("work_failed", "h") == [2]
    assert [one["detail"]["error"] for one in trial.of("delivery_failed")] == ["EndpointGone"]
    assert trial.seconds("delivery_failed") == [2]
    assert trial.of("written") == trial.of("answered") == []


def test_removing_a_node_removes_its_links_from_the_document():
    trial = world().do(1, "RemoveNode", "q")
    assert [link.id for link in trial.simulation.architecture.links] == ["p/t"]
    assert not trial.simulation.architecture.has("q")


REFUSED = [
    ("AddNode", "q", {"kind": "queue"}, "AlreadyThere"),
    ("AddNode", "x", {"kind": "fountain"}, "InvalidEdit"),
    ("AddNode", "x y", {"kind": "queue"}, "InvalidEdit"),
    ("AddNode", "x", {"kind": "queue", "parameters": {"VisibilityTimeout": 99_999}}, "InvalidEdit"),
    ("RemoveNode", "x", {}, "NoSuchNode"),
    ("Connect", "q/x", {}, "NoSuchNode"),
    ("Connect", "q/c", {}, "AlreadyConnected"),
    ("Connect", "c/p", {}, "InvalidEdit"),
    ("Connect", "p/q", {"latency_seconds": -1}, "InvalidEdit"),
    ("Disconnect", "c/q", {}, "NoSuchLink"),
    ("SetParameter", "c", {"workers": -1}, "InvalidParameter"),
    ("SetParameter", "c", {"colour": "red"}, "InvalidParameter"),
    ("Send", "p", {"cuont": 3}, "InvalidParameter"),
    ("Crash", "c", {"wroker": 1}, "InvalidParameter"),
    ("Pause", "c", {"worker": 1}, "InvalidParameter"),
    ("SetParameter", "c", {}, "InvalidCommand"),
    ("SetParameter", "p", {"rates.0.every_seconds": 1}, "NoSuchParameter"),
    ("SetParameter", "x", {"workers": 1}, "NoSuchNode"),
    ("SetParameter", "q/x", {"latency_seconds": 1}, "NoSuchLink"),
    ("Send", "x", {}, "NoSuchNode"),
    ("Send", "q", {}, "WrongKind"),
    ("Publish", "q", {"Message": "a"}, "WrongKind"),
    ("ReceiveMessage", "t", {}, "WrongKind"),
    ("Unsubscribe", "t/c", {}, "NoSuchLink"),
    ("Pause", "p", {}, "WrongKind"),
    ("Restore", {"holder_of": "c"}, {}, "NoSuchNode"),
    ("Pause", {"holder_of": "q"}, {}, "NoSuchNode"),
]


@pytest.mark.parametrize(("action", "target", "parameters", "code"), REFUSED)
def test_what_cannot_be_done_is_refused_before_it_is_stored_and_changes_nothing(action, target, parameters, code):
    trial = world().run(1)
    before = (trial.simulation.architecture, trial.simulation.view(), trial.simulation.metrics())
    found, says = trial.refused_command(2, action, target, **parameters)
    assert found == code
    assert says.endswith((".", "?"))
    assert (trial.simulation.architecture, trial.simulation.view(), trial.simulation.metrics()) == before
    assert trial.log == trial._read().log


def test_a_node_of_the_wrong_kind_is_named_in_words():
    trial = Trial({"t": "topic", "m": "email"}, ["t/m"])
    assert trial.run(1).refused_command(2, "StartExecution", "m") == (
        "WrongKind",
        "StartExecution goes to a state machine; m is an email.",
    )


def test_an_edit_for_later_that_turns_out_wrong_is_a_refusal_in_the_journal():
    trial = world()
    trial.simulation.apply(Command(5000, "RemoveNode", "q"))
    trial.simulation.apply(Command(6000, "Disconnect", "q/c"))
    trial.run(10)
    assert len(trial.of("node_removed")) == 1
    assert trial.of("refused")[0]["detail"]["action"] == "Disconnect"


def test_commands_of_one_instant_are_checked_against_what_those_before_them_make():
    trial = world()
    trial.simulation.apply(Command(1000, "AddNode", "x", {"kind": "queue"}))
    trial.simulation.run_until(999)
    for command in (
        Command(1000, "AddNode", "y", {"kind": "queue"}),
        Command(1000, "Connect", "t/y"),
        Command(1000, "SetParameter", "t/y", {"RawMessageDelivery": True}),
        Command(1000, "SendMessage", "y", {"MessageBody": "a"}),
    ):
        trial.simulation.apply(command)
    trial.run(1)
    assert trial.of("refused") == []
    assert trial.counts("y") == (1, 0, 0)


def test_nothing_can_be_done_in_the_past():
    trial = world().run(10)
    with pytest.raises(Refused, match="InThePast"):
        trial.simulation.apply(Command(5000, "Send", "p"))


def test_a_parameter_of_the_document_follows_what_is_set_and_null_removes_it():
    trial = world().do(1, "SetParameter", "c", workers=3)
    assert trial.simulation.architecture.node("c").parameters["workers"] == 3
    trial.do(2, "SetParameter", "c", workers=None)
    assert "workers" not in trial.simulation.architecture.node("c").parameters
    assert [r["detail"] for r in trial.of("changed")] == [
        {"name": "workers", "from": None, "to": 3},
        {"name": "workers", "from": 3, "to": None},
    ]


# -- reading commands -------------------------------------------------------------------------------------------------

UNREADABLE = [
    (None, "InvalidCommand"),
    ([], "InvalidCommand"),
    ({"action": "Explode", "target": "q"}, "UnknownAction"),
    ({"target": "q"}, "UnknownAction"),
    ({"action": "Send"}, "InvalidCommand"),
    ({"action": "Send", "target": 5}, "InvalidCommand"),
    ({"action": "Send", "target": {"holder": "q"}}, "InvalidCommand"),
    ({"action": "Send", "target": "p", "at_ms": 1.5}, "InvalidCommand"),
    ({"action": "Send", "target": "p", "at_ms": True}, "InvalidCommand"),
    ({"action": "Send", "target": "p", "parameters": []}, "InvalidCommand"),
    ({"action": "Send", "target": "p", "when": 1}, "InvalidCommand"),
]


@pytest.mark.parametrize(("value", "code"), UNREADABLE)
def test_what_is_no_command_is_refused_with_a_sentence(value, code):
    with pytest.raises(Refused) as refusal:
        read_command(value)
    assert refusal.value.code == code
    assert refusal.value.says.endswith(".")


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_reads_back_as_it_was_written(action):
    value = {"at_ms": 5, "action": action, "target": "q", "parameters": {"a": 1}}
    assert read_command(value).as_json() == value


NONSENSE: list[dict[str, Any]] = [
    {}, {"count": 0}, {"count": "x"}, {"count": -1}, {"lose_answer": "soon"}, {"message": "text"}, {"message": 5},
    {"lose_answer": float("inf")}, {"message": {"name": 5}}, {"message": {"MessageAttributes": 5}},
    {"message": {"MessageAttributes": {"a": {}}}}, {"message": {"MessageAttributes": {"a": {"DataType": "String"}}}},
    {"message": {"MessageAttributes": {"a": {"DataType": 5, "StringValue": "5"}}}}, {"worker": "two"}, {"worker": 1.5},
    {"crash_point": 5}, {"MessageBody": 5}, {"MessageBody": "a", "DelaySeconds": "x"},
    {"MessageBody": "a", "DelaySeconds": 1.5}, {"MessageBody": "a", "MessageGroupId": 5},
    {"MessageBody": "a", "MessageAttributes": "x"}, {"MessageBody": "a", "MessageAttributes": {"a": 5}},
    {"MaxNumberOfMessages": "many"}, {"WaitTimeSeconds": []}, {"VisibilityTimeout": "long"},
    {"message": "a", "VisibilityTimeout": []}, {"ReceiptHandle": 5}, {"message": "a", "number": "x"},
    {"Message": {"a": 1}}, {"Message": "a", "Subject": 5}, {"Message": "a", "MessageAttributes": {"a": 5}},
    {"Message": "a", "MessageStructure": 5}, {"Message": "[]", "MessageStructure": "json"}, {"Endpoint": None},
    {"Endpoint": "d", "Attributes": "x"}, {"Endpoint": "d", "Attributes": {"FilterPolicy": {"a": []}}},
    {"Endpoint": "d", "Attributes": {"colour": 1}}, {"Endpoint": "d", "Attributes": {"RawMessageDelivery": "maybe"}},
    {"Endpoint": "d", "Attributes": {"RedrivePolicy": {"deadLetterTargetArn": "nowhere"}}}, {"DestinationArn": 5},
    {"DestinationArn": ["q"]},
    {"MessageBody": "a", "MessageAttributes": {"a": {"DataType": "String", "StringValue": 5}}},
    {"MaxNumberOfMessagesPerSecond": 0}, {"MaxNumberOfMessagesPerSecond": "fast"}, {"name": 5}, {"input": "x"},
    {"kind": 5}, {"node": 5}, {"kind": "queue", "parameters": 5}, {"workers": "many"}, {"rates": 5},
]  # fmt: skip


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_with_nonsense_is_refused_and_never_breaks_the_run(action):
    policy = {"RedrivePolicy": {"deadLetterTargetArn": "d", "maxReceiveCount": 1}}
    machine = {"definition": {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}}
    nodes = {**NODES, "q": ("queue", policy), "d": "queue", "base": "database", "m": ("state_machine", machine)}
    for target in ("p", "t", "q", "d", "c", "base", "m", "t/q", "q/c", "new", "p/d", {"holder_of": "q"}):
        trial = Trial(nodes, LINKS).do(0, "SendMessage", "d", MessageBody="a", name="a")
        for parameters in NONSENSE:
            now = trial.simulation.now_ms
            try:
                trial.simulation.apply(read_command(_command(now + 1, action, target, parameters)))
            except Refused:
                continue
            trial.simulation.run_until(now + 1)
        trial.run(100)
        json.dumps([trial.simulation.view(), trial.log])


def _command(at_ms: int, action: str, target: Any, parameters: dict[str, Any]) -> dict[str, Any]:
    return {"at_ms": at_ms, "action": action, "target": target, "parameters": parameters}


# -- time -------------------------------------------------------------------------------------------------------------


def test_a_loop_that_takes_no_time_is_told_and_does_not_hang(monkeypatch):
    monkeypatch.setattr("courseapp.engine.kernel.kernel.AT_ONCE_MAX", 2000)
    trial = Trial(
        {"q": "queue", "c": ("consumer", {"WaitTimeSeconds": 20})},
        ["q/c", "c/q"],
    )
    with pytest.raises(Stalled) as stalled:
        trial.do(5, "SendMessage", "q", MessageBody="a").run(10)
    assert stalled.value.at_ms == 5000
    assert "loop" in str(stalled.value)


def test_nothing_can_be_planned_for_a_time_that_has_passed():
    kernel = Kernel(7)
    kernel.run_until(1000)
    with pytest.raises(ValueError, match="into the past"):
        kernel.plan(999, 0, kernel, "run_until")


def test_the_next_event_is_known_and_none_is_left_in_a_quiet_world():
    trial = Trial({"q": "queue"}).run(0)
    assert trial.simulation.next_event_ms() is None
    trial.do(1, "SendMessage", "q", MessageBody="a", DelaySeconds=5)
    assert trial.simulation.next_event_ms() == 6000


def test_a_run_may_stop_after_so_many_events():
    trial = Trial({"p": ("publisher", {"rates": [{"every_seconds": 1}]}), "q": "queue"}, ["p/q"])
    assert trial.simulation.run_until(10_000, most=4) is False
    assert trial.simulation.now_ms < 10_000
    assert trial.simulation.run_until(10_000) is True
    assert len(trial.run(10).of("sent")) == 11


def test_a_run_can_begin_before_zero():
    simulation = Simulation(Trial(NODES, LINKS).simulation.architecture, 7, start_ms=-5000)
    simulation.apply(Command(-5000, "SendMessage", "q", {"MessageBody": "a"}))
    simulation.run_until(0)
    assert [(record[0], record[1]) for record in simulation.drain() if record[1] in ("sent", "received")] == [
        (-5000, "sent"),
        (0, "received"),
    ]


def test_without_a_journal_a_run_goes_the_same_way():
    documents = Trial(
        {
            "p": ("publisher", {"rates": [{"messages_per_second": 5, "spacing": "random"}]}),
            "q": ("queue", {"VisibilityTimeout": 5}),
            "c": ("consumer", {"WaitTimeSeconds": 20, "failure_probability": 0.3, "processing_seconds": 0.1}),
        },
        ["p/q", "q/c"],
    ).simulation.architecture
    with_journal, without = Simulation(documents, 7), Simulation(documents, 7, journal=False)
    for simulation in (with_journal, without):
        simulation.run_until(100_000)
    assert without.drain() == []
    assert with_journal.metrics() == without.metrics()
    assert with_journal.view() == without.view()


# -- documents --------------------------------------------------------------------------------------------------------


def test_a_document_with_one_of_everything_runs():
    simulation = Simulation(parse(BASE), 7)
    assert simulation.run_until(200_000)
    assert simulation.metrics()["rows"]["written"] > 0
    assert simulation.view()["nodes"]["rows"]["rows"] > 0
