"""What a picture is told of a node: its status and its few words, at the moments at which they change."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.trial import Trial

LONG = {"WaitTimeSeconds": 20}
WORK = {**LONG, "processing_seconds": 5}
SENDS = {"message": {"name": "m{n}"}, "bursts": [{"at_seconds": 1, "count": 1}]}


def worked_on(consumer: dict[str, Any] = WORK, **database: Any) -> Trial:
    """A message at second 1, which a consumer works on and saves."""
    nodes = {
        "p": ("publisher", SENDS),
        "q": ("queue", {"VisibilityTimeout": 30}),
        "c": ("consumer", consumer),
        "base": ("database", database),
    }
    return Trial(nodes, ["p/q", "q/c", "c/base"])


def told(kind: str, confirmed: bool = True, **parameters: Any) -> Trial:
    """A topic that tells one subscriber of that kind at second 1."""
    nodes = {"p": ("publisher", SENDS), "t": "topic", "x": (kind, parameters)}
    return Trial(nodes, ["p/t", ("t/x", {} if confirmed else {"confirmed": False})])


def seen(trial: Trial, node: str) -> tuple[str, str]:
    view = trial[node].view()
    return view["status"], view["says"]


CONSUMER = [
    ("while it waits for a message", {}, 0, ("idle", "Polling")),
    ("while it works and saves", {"answer_seconds": 2}, 7, ("run", "Saving m0")),
    ("after it", {"answer_seconds": 2}, 9, ("idle", "Polling")),
    ("after a failure", {"outages": [[4, 8]]}, 7, ("idle", "Failed: DatabaseUnavailable")),
    ("while its database is down", {"outages": [[0, 8]]}, 0, ("wait", "Waits: the database is down")),
]


@pytest.mark.parametrize(("database", "at_s", "says"), [case[1:] for case in CONSUMER], ids=[c[0] for c in CONSUMER])
def test_a_consumer_says_what_it_does(database, at_s, says):
    pauses = {"when_database_is_down": "pause"} if says[0] == "wait" else {}
    assert seen(worked_on({**WORK, **pauses}, **database).run(at_s), "c") == says


@pytest.mark.parametrize(("worker", "restart", "says"), [(None, None, "Crashed on m0"), (2, None, "Crashed")])
def test_of_several_workers_the_one_in_trouble_speaks(worker, restart, says):
    trial = worked_on({**WORK, "workers": 2})
    trial.do(2, "Crash", "c", **({} if worker is None else {"worker": worker}))
    assert seen(trial, "c") == ("fail", says)


def test_a_worker_works_first_and_then_calls():
    trial = worked_on(answer_seconds=2)
    states = [trial.run(at_s)["c"].view()["workers"][0]["state"] for at_s in (0, 3, 7, 9)]
    assert states == ["polling", "working", "calling", "polling"]


def test_a_crashed_worker_shows_when_it_comes_back():
    trial = worked_on({**WORK, "restart_seconds": 20}).do(2, "Crash", "c")
    (worker,) = trial["c"].view()["workers"]
    assert (worker["state"], worker["message"], worker["from_ms"], worker["until_ms"]) == (
        "crashed",
        None,
        None,
        22_000,
    )


def test_a_paused_consumer_says_so_once_it_holds_nothing():
    trial = Trial({"p": ("publisher", SENDS), "q": "queue", "c": ("consumer", WORK)}, ["p/q", "q/c"])
    assert seen(trial.run(2), "c") == ("run", "Working on m0")
    assert seen(trial.do(3, "Pause", "c"), "c") == ("wait", "Working on m0")
    assert seen(trial.run(7), "c") == ("wait", "Paused")
    assert seen(trial.do(8, "Resume", "c"), "c") == ("idle", "Polling")


def progress(worker: dict[str, Any]) -> tuple[Any, ...]:
    return worker["message"]["name"], worker["held"], worker["from_ms"], worker["until_ms"]


def test_a_worker_shows_how_far_its_message_is_and_what_else_it_holds():
    trial = worked_on({**WORK, "MaxNumberOfMessages": 3}).do(1, "Send", "p", count=2).run(2)
    (worker,) = trial["c"].view()["workers"]
    assert progress(worker) == ("m0", 3, 1_000, 6_000)
    (worker,) = trial.run(7)["c"].view()["workers"]
    assert progress(worker) == (
        "m1",
        2,
        6_000,
        11_000,
    )
    assert trial.metric("c", "holding") == 2
    assert trial.metric("c", "busy_seconds") == 6


RECEIVERS = [
    ("function", {}, 0, ("idle", "")),
    ("function", {"processing_seconds": 5}, 3, ("run", "1 running")),
    ("function", {"processing_seconds": 5}, 6, ("ok", "")),
    ("http", {}, 0, ("idle", "")),
    ("http", {}, 2, ("ok", "")),
    ("http", {"answers": 299}, 2, ("ok", "")),
    ("http", {"answers": 300}, 2, ("fail", "Answers 300")),
    ("http", {"answers": "nothing"}, 2, ("fail", "Does not answer")),
    ("http", {"outages": [[1, 4]]}, 2, ("fail", "Answers 503")),
    ("http", {"outages": [[1, 4]]}, 4, ("idle", "")),
    ("sms", {}, 0, ("idle", "")),
    ("sms", {}, 2, ("ok", "")),
    ("sms", {"enabled": False}, 2, ("fail", "Disabled")),
    ("sms", {"outages": [[1, 4]]}, 2, ("fail", "Away")),
]


@pytest.mark.parametrize(("kind", "parameters", "at_s", "says"), RECEIVERS)
def test_whoever_a_topic_tells_says_how_it_is(kind, parameters, at_s, says):
    assert seen(told(kind, **parameters).run(at_s), "x") == says


def test_a_function_that_is_down_says_so():
    trial = told("function").do(0, "Crash", "x")
    assert seen(trial, "x") == ("fail", "Down")
    assert seen(trial.do(2, "Restore", "x"), "x") == ("idle", "")


def test_a_database_says_whether_it_is_up_slow_or_down():
    trial = worked_on(outages=[[5, 8]]).run(4)
    assert seen(trial, "base") == ("ok", "Up")
    assert seen(trial.run(5), "base") == ("fail", "Down")
    assert seen(trial.run(8).do(9, "SetParameter", "base", slow_factor=2), "base") == ("wait", "Slow")
    assert seen(trial.do(10, "SetParameter", "base", slow_factor=1), "base") == ("ok", "Up")


def test_a_publisher_is_in_trouble_when_something_was_refused():
    trial = Trial({"p": ("publisher", SENDS), "q": ("queue", {"MaximumMessageSize": 1024})}, ["p/q"])
    assert seen(trial.run(0), "p") == ("idle", "")
    assert seen(trial.run(1), "p") == ("ok", "")
    assert seen(trial.do(2, "Send", "p", message={"body": "x" * 2000}), "p") == ("fail", "")


# -- queues and topics ------------------------------------------------------------------------------------------------


def test_a_queue_says_what_it_holds_and_when_its_alarm_is_over():
    trial = Trial({"q": ("queue", {"alarm_at_messages": 2})}).run(0)
    assert seen(trial, "q") == ("idle", "")
    assert seen(trial.do(1, "SendMessage", "q", MessageBody="a"), "q") == ("ok", "")
    assert seen(trial.do(2, "SendMessage", "q", MessageBody="b"), "q") == ("wait", "over its alarm line of 2")
    assert seen(trial.do(3, "ReceiveMessage", "q"), "q") == ("ok", "")
    assert trial["q"].view()["counts"] == {"delayed": 0, "visible": 1, "in_flight": 1}
    assert trial["q"].view()["alarm"] == {"at": 2, "over": False}


def test_a_fifo_queue_shows_its_groups_and_what_each_waits_for():
    trial = Trial({"q.fifo": ("queue", {"ContentBasedDeduplication": True})}).run(0)
    for name in ("a1", "a2", "b1"):
        trial.do(1, "SendMessage", "q.fifo", MessageBody=name, name=name, MessageGroupId=name[0])
    trial.do(2, "ReceiveMessage", "q.fifo")

    def named(tokens: list[dict[str, Any]]) -> list[str]:
        return [token["name"] for token in tokens]

    groups = trial["q.fifo"].view()["groups"]
    assert [(group["group"], named(group["tokens"]), named(group["in_flight"])) for group in groups] == [
        ("a", ["a2"], ["a1"]),
        ("b", ["b1"], []),
    ]
    assert [(group["waits_for"], group["length"]) for group in groups] == [("a1", 2), (None, 1)]


@pytest.mark.parametrize("of_subscription", [False, True])
def test_what_lies_in_a_dead_letter_queue_waits_for_a_person(of_subscription):
    redrive = {"RedrivePolicy": {"deadLetterTargetArn": "d", "maxReceiveCount": 3}}
    nodes: dict[str, Any] = {"d": "queue", "q": ("queue", {} if of_subscription else redrive), "t": "topic"}
    to_q = {"RedrivePolicy": {"deadLetterTargetArn": "d"}} if of_subscription else {}
    trial = Trial(nodes, [("t/q", to_q)]).run(0)
    assert seen(trial, "d") == ("idle", "")
    assert seen(trial.do(1, "SendMessage", "d", MessageBody="lost"), "d") == ("fail", "waits for a person")
    assert trial["d"].view()["dead_letter_of"] == ["t/q" if of_subscription else "q"]
    assert seen(trial.do(2, "ReceiveMessage", "d"), "d") == ("ok", "")


def test_a_message_in_flight_shows_who_holds_it_until_when_and_one_that_came_back_that_it_did():
    trial = worked_on({**WORK, "processing_seconds": 60}).run(2)
    (held,) = trial["q"].view()["lanes"]["in_flight"]
    assert (held["holder"], held["from_ms"], held["until_ms"], held["again"]) == ("c#1", 1_000, 31_000, False)
    trial.do(3, "Pause", "c").do(4, "Crash", "c").run(31)
    (back,) = trial["q"].view()["lanes"]["visible"]
    assert (back["holder"], back["from_ms"], back["until_ms"], back["again"]) == (None, None, None, True)
    trial.do(32, "ReceiveMessage", "q")
    assert trial["q"].view()["lanes"]["in_flight"][0]["again"] is True


def test_a_delayed_message_shows_how_long():
    trial = Trial({"q": "queue"}).do(2, "SendMessage", "q", MessageBody="x", DelaySeconds=10)
    (hidden,) = trial["q"].view()["lanes"]["delayed"]
    assert (hidden["holder"], hidden["from_ms"], hidden["until_ms"], hidden["again"]) == (None, 2_000, 12_000, False)


def test_a_subscription_is_pending_then_good_then_failing_while_it_retries():
    trial = told("http", confirmed=False, answers=503)

    def stands(at_s: float) -> tuple[str, str]:
        view = trial.run(at_s)["t"].view()
        return view["status"], view["subscriptions"]["t/x"]["status"]

    assert stands(0) == ("idle", "pending")
    trial.do(0.5, "ConfirmSubscription", "t/x")
    assert stands(0.5) == ("idle", "ok")
    assert stands(2) == ("ok", "failing")
    (again,) = trial["t"].view()["retrying"]
    assert (again["name"], again["try"], again["link"]) == ("m0", 2, "t/x")


# -- links ------------------------------------------------------------------------------------------------------------

READERS = [
    ("one that polls", [], ("ok", "")),
    ("one of two crashed", [("Crash", {"worker": 1})], ("ok", "")),
    ("both crashed", [("Crash", {})], ("failing", "crashed")),
    ("both paused", [("Pause", {})], ("blocked", "nobody polls")),
    ("one crashed, one paused", [("Crash", {"worker": 1}), ("Pause", {})], ("blocked", "nobody polls")),
]


@pytest.mark.parametrize(("acts", "says"), [case[1:] for case in READERS], ids=[case[0] for case in READERS])
def test_a_link_to_a_consumer_says_whether_anybody_polls(acts, says):
    trial = Trial({"q": "queue", "c": ("consumer", {**LONG, "workers": 2})}, ["q/c"]).run(0)
    for action, parameters in acts:
        trial.do(1, action, "c", **parameters)
    assert link(trial, "q/c") == says


def test_a_link_to_what_is_down_fails():
    nodes = {"p": "publisher", "t": "topic", "q": "queue", "h": "http", "f": "function"}
    trial = Trial(nodes, ["p/h", "p/t", "p/q", "t/f"]).run(0)
    assert [link(trial, each) for each in ("p/h", "p/t", "p/q", "t/f")] == [("ok", "")] * 4
    trial.do(1, "Crash", "h").do(1, "Crash", "f")
    assert [link(trial, each) for each in ("p/h", "p/t", "t/f")] == [("failing", "down"), ("ok", ""), ("failing", "")]


def test_a_subscription_that_waits_or_retries_says_so_on_its_link():
    trial = told("http", confirmed=False, answers=503).run(0)
    assert link(trial, "t/x") == ("pending", "pending confirmation")
    assert link(trial.do(0.5, "ConfirmSubscription", "t/x"), "t/x") == ("ok", "")
    assert link(trial.run(2), "t/x") == ("failing", "")


def link(trial: Trial, link_id: str) -> tuple[str, str]:
    view = trial.simulation.view()["links"][link_id]
    return view["status"], view["says"]


# -- who holds what ---------------------------------------------------------------------------------------------------


def test_messages_lie_in_queues_in_workers_hands_and_with_a_topic_that_retries():
    nodes = {
        "p": ("publisher", {"message": {"name": "m{n}"}, "bursts": [{"at_seconds": 1, "count": 2}]}),
        "t": "topic",
        "x": ("http", {"answers": 503}),
        "q": "queue",
        "c": ("consumer", WORK),
    }
    trial = Trial(nodes, ["p/t", "t/x", "t/q", "q/c"]).run(3)
    listed = {
        node: [(message["name"], message["state"]) for message in trial.simulation.messages_at(node)] for node in "tqcx"
    }
    assert listed == {
        "t": [("m0", "being retried"), ("m1", "being retried")],
        "q": [("m1", "visible"), ("m0", "in flight")],
        "c": [("m0", "held")],
        "x": [],
    }
