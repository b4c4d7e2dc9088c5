"""HTTP endpoints, people and databases that fall out."""

from __future__ import annotations

import json

import pytest

from tests.engine.trial import Trial


def called(http: dict, *, base: dict | None = None) -> Trial:
    nodes = {"p": "publisher", "h": ("http", http)}
    if base is not None:
        nodes["base"] = ("database", base)
    return Trial(nodes, ["p/h"] if base is None else ["p/h", "h/base"]).do(1, "Send", "p", message={"name": "a"})


ANSWERS = [
    pytest.param({}, 1, 200, id="at-once"),
    pytest.param({"answer_seconds": 2}, 3, 200, id="after-its-time"),
    pytest.param({"answers": 418}, 1, 418, id="another-status"),
    pytest.param({"answers": "nothing"}, 16, "nothing", id="no-answer-within-15-s"),
]


@pytest.mark.parametrize(("http", "at_s", "status"), ANSWERS)
def test_an_endpoint_answers_as_it_is_set(http, at_s, status):
    trial = called(http).run(60)
    assert [(r["at_ms"], r["detail"]["status"]) for r in trial.of("answered")] == [(at_s * 1000, status)]
    assert trial.metric("h", "arrived") == (1 if status == 200 else 0)


def test_an_endpoint_that_is_down_answers_503_or_what_it_is_told():
    for given, status in ({}, 503), ({"answers_when_down": 500, "fails_after_seconds": 4}, 500):
        trial = Trial({"p": "publisher", "h": ("http", given)}, ["p/h"]).do(0, "Crash", "h").do(1, "Send", "p").run(60)
        assert [(r["at_ms"], r["detail"]["status"]) for r in trial.of("answered")] == [
            (1000 if status == 503 else 5000, status)
        ]


def test_an_endpoint_that_works_for_its_answer_calls_its_database_first():
    trial = called({}, base={"answer_seconds": 2}).run(20)
    assert trial.seconds("written") == [3]
    assert trial.seconds("answered") == [3]


def test_the_time_of_its_answer_passes_before_it_calls():
    trial = called({"answer_seconds": 3}, base={"answer_seconds": 2}).run(20)
    assert (trial.seconds("written"), trial.seconds("answered")) == ([6], [6])


SLOW = [
    pytest.param({"answer_seconds": 14.999}, None, [14.999], id="just-in-time"),
    pytest.param({"answer_seconds": 15}, None, [15, 50], id="too-late"),
    pytest.param({"answer_seconds": 5}, {"answer_seconds": 20}, [25, 60], id="because-of-its-database"),
]


@pytest.mark.parametrize(("http", "base", "answered"), SLOW)
def test_an_endpoint_that_takes_fifteen_seconds_has_done_its_work_and_is_told_again(http, base, answered):
    nodes = {"t": "topic", "h": ("http", http), **({} if base is None else {"base": ("database", base)})}
    policy = {"healthyRetryPolicy": {"numRetries": 1}}
    links = [("t/h", {"DeliveryPolicy": policy, "retry_jitter": "none"}), *([] if base is None else ["h/base"])]
    trial = Trial(nodes, links).do(0, "Publish", "t", Message="a").run(100)
    assert trial.seconds("answered") == answered
    late = len(answered) == 2
    assert trial.metric("h", "arrived") == len(answered)
    assert trial.seconds("delivery_failed") == ([15, 50] if late else [])
    assert trial.seconds("dropped") == ([50] if late else [])


CUT_OFF = [  # at 3 s, two seconds after it was asked
    pytest.param({"answer_seconds": 4}, None, [(3, 503)], id="at-work"),
    pytest.param({"answer_seconds": 4, "answers": 418}, None, [(3, 503)], id="whatever-it-would-have-said"),
    pytest.param({"answer_seconds": 4}, {}, [(3, 503)], id="before-it-calls"),
    pytest.param({}, {"answer_seconds": 4}, [(3, 503)], id="while-its-database-writes"),
    pytest.param(
        {"answer_seconds": 4, "answers_when_down": 500, "fails_after_seconds": 3}, None, [(6, 500)], id="slow"
    ),
    pytest.param({"answer_seconds": 4, "answers_when_down": "nothing"}, None, [(16, "nothing")], id="not-a-word"),
    pytest.param({"answer_seconds": 2}, None, [(3, 503)], id="in-the-very-millisecond"),
    pytest.param({"answer_seconds": 1.999}, None, [(2.999, 200)], id="after-it-has-answered"),
]


@pytest.mark.parametrize(("http", "base", "answered"), CUT_OFF)
@pytest.mark.parametrize("back_s", [4, 40])
def test_an_endpoint_that_goes_down_answers_as_one_that_is_down_what_it_was_at(http, base, answered, back_s):
    trial = called(http, base=base).do(3, "Crash", "h").do(back_s, "Restore", "h").run(60)
    assert [(one["at_ms"] / 1000, one["detail"]["status"]) for one in trial.of("answered")] == answered
    assert trial.metric("h", "arrived") == (1 if answered[0][1] == 200 else 0)
    assert trial.metric("p", "given_up") == (0 if answered[0][1] == 200 else 1)
    written = [5] if base and "answer_seconds" in base else []  # what it asked for before is done all the same
    assert trial.seconds("written") == written


def test_a_topic_tries_again_what_an_endpoint_was_at_when_it_went_down():
    trial = Trial({"t": "topic", "h": ("http", {"answer_seconds": 4})}, [("t/h", {"retry_jitter": "none"})])
    trial.do(0, "Publish", "t", Message="a").do(2, "Crash", "h").do(10, "Restore", "h").run(60)
    assert (trial.seconds("delivery_failed"), trial.seconds("delivered")) == ([2], [26])


def test_nobody_is_told_that_it_went_down_who_has_stopped_waiting():
    trial = called({"answer_seconds": 20}).do(17, "Crash", "h").run(60)
    assert (trial.of("answered"), trial.seconds("dropped")) == ([], [16])


def test_an_endpoint_that_must_confirm_is_sent_the_address_for_it_and_nothing_else():
    trial = Trial({"t": "topic", "h": "http"}).do(1, "Subscribe", "t", Endpoint="h").do(2, "Publish", "t", Message="a")
    (sent,) = trial.of("confirmation_sent")
    text = json.loads(sent["detail"]["text"])
    assert (text["Type"], text["Token"] in text["SubscribeURL"]) == ("SubscriptionConfirmation", True)
    assert [one["text"] for one in trial["h"].view()["inbox"]] == [sent["detail"]["text"]]
    assert trial.metric("h", "arrived") == 0
    assert text["Timestamp"].endswith(":00:01.000Z")
    trial.do(3, "ConfirmSubscription", "t/h").do(4, "Publish", "t", Message="b", name="b")
    assert trial.names("delivered") == ["b"]


def test_it_answers_503_if_its_database_is_down():
    trial = called({}, base={"outages": [[0, 50]]}).run(20)
    assert trial.of("answered")[0]["detail"]["status"] == 503
    assert trial.metric("h", "refused") == 1


def test_an_inbox_shows_the_five_newest():
    trial = Trial({"t": "topic", "mail": "email"}, ["t/mail"])
    for n in range(8):
        trial.do(n, "Publish", "t", Message=f"text {n}")
    inbox = trial.simulation.node_view("mail")["inbox"]
    assert [mail["text"] for mail in inbox] == [f"text {n}" for n in range(3, 8)]


def test_outages_begin_and_end_when_the_document_says():
    trial = Trial({"base": ("database", {"outages": [[5, 8], [20, 21]]})}).run(30)
    assert (trial.seconds("crashed"), trial.seconds("restored")) == ([5, 20], [8, 21])


def test_an_outage_and_a_crash_by_hand_are_one():
    trial = Trial({"base": ("database", {"outages": [[5, 8]]})}).do(4, "Crash", "base").do(10, "Restore", "base")
    assert (trial.seconds("crashed"), trial.seconds("restored")) == ([4], [8])
    assert trial.refusal()[0] == "AlreadyUp"


@pytest.mark.parametrize(
    ("at_s", "outages", "crashed", "restored"),
    [
        (2, [[5, 12]], [5], [12]),  # before it begins
        (6, [[5, 12]], [5], [12]),  # longer
        (6, [[5, 7]], [5], [7]),  # shorter
        (6, [[5, 6]], [5], [6]),  # over at once
        (6, None, [5], [6]),
        (9, [[5, 12]], [5, 9], [8, 12]),  # it was over, and is not
        (9, [[5, 8], [10, 11]], [5, 10], [8, 11]),
    ],
)
def test_an_outage_can_be_made_longer_and_shorter_while_it_runs(at_s, outages, crashed, restored):
    trial = Trial({"base": ("database", {"outages": [[5, 8]]})}).do(at_s, "SetParameter", "base", outages=outages)
    trial.run(30)
    assert (trial.seconds("crashed"), trial.seconds("restored")) == (crashed, restored)


def test_an_outage_that_somebody_ended_by_hand_does_not_begin_again_when_its_end_is_moved():
    trial = Trial({"base": ("database", {"outages": [[5, 20]]})}).do(7, "Restore", "base")
    trial.do(9, "SetParameter", "base", **{"outages.0.1": 25}).run(30)
    assert (trial.seconds("crashed"), trial.seconds("restored")) == ([5], [7])


def test_a_program_may_write_to_an_address():
    trial = Trial({"q": "queue", "c": ("consumer", {"WaitTimeSeconds": 20}), "mail": "email"}, ["q/c", "c/mail"])
    trial.do(1, "SendMessage", "q", MessageBody="hello").run(2)
    assert trial.of("answered")[0]["detail"]["text"] == "hello"
    trial.do(3, "Crash", "mail").do(4, "SendMessage", "q", MessageBody="lost").run(5)
    assert trial.of("work_failed")[0]["detail"]["error"] == "ServiceUnavailable"
