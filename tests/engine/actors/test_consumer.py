"""Consumers: batches, failures, crashes, pauses, heartbeats, databases, and what a consumer remembers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.trial import Trial

LONG = {"WaitTimeSeconds": 20}


def working(consumer: dict[str, Any], queue: dict[str, Any] | None = None, messages: int = 1, **more: Any) -> Trial:
    """Messages m0, m1, … in a queue at second 0, and a consumer of it. ``more`` are further nodes it is linked to."""
    nodes = {
        "p": ("publisher", {"message": {"name": "m{n}"}, "bursts": [{"at_seconds": 0, "count": messages}]}),
        "q": ("queue", {"VisibilityTimeout": 30, **(queue or {})}),
        "c": ("consumer", {**LONG, **consumer}),
        **more,
    }
    return Trial(nodes, ["p/q", "q/c", *(f"c/{name}" for name in more)])


# -- batches ----------------------------------------------------------------------------------------------------------


def test_a_batch_is_worked_on_message_by_message_and_each_is_deleted_after_its_work():
    trial = working({"MaxNumberOfMessages": 3, "processing_seconds": 2}, messages=3).run(20)
    assert trial.seconds("received") == [0, 0, 0]
    assert trial.seconds("deleted") == [2, 4, 6]


def test_a_whole_batch_is_deleted_at_its_end():
    trial = working({"MaxNumberOfMessages": 3, "processing_seconds": 2, "deletes": "whole_batch"}, messages=3).run(20)
    assert trial.seconds("deleted") == [6, 6, 6]


def test_a_whole_batch_comes_back_if_one_of_it_fails():
    consumer = {
        "MaxNumberOfMessages": 3,
        "processing_seconds": 2,
        "deletes": "whole_batch",
        "fails_on": [{"match": "m1", "times": 1}],
    }
    trial = working(consumer, messages=3).run(100)
    assert trial.seconds("work_failed") == [4]
    assert trial.names("received") == ["m0", "m1", "m2"] * 2
    assert len(trial.of("deleted")) == 3


def test_deleting_before_the_work_loses_what_fails():
    trial = working({"processing_seconds": 2, "deletes": "before_work", "fails_on": [{"match": "m0"}]}).run(100)
    assert trial.seconds("deleted") == [0]
    assert len(trial.of("received")) == 1
    assert trial.counts("q") == (0, 0, 0)


def test_the_last_of_a_batch_may_come_back_before_it_is_worked_on():
    trial = working(
        {"MaxNumberOfMessages": 3, "processing_seconds": 10, "workers": 2}, {"VisibilityTimeout": 25}, messages=3
    ).run(60)
    assert [r["reason"]["code"] for r in trial.of("delete_missed")] == ["stale_receipt"]
    assert len(trial.of("received", message="m2")) == 2


# -- failures ---------------------------------------------------------------------------------------------------------


def test_what_fails_is_left_alone_and_comes_back_after_its_timeout():
    trial = working({"processing_seconds": 2, "fails_on": [{"match": "m0", "times": 1}]}).run(100)
    assert trial.seconds("work_failed") == [2]
    assert trial.seconds("received") == [0, 30]
    assert trial.seconds("deleted") == [32]


RULES = [
    pytest.param({"match": "m1"}, ["m1"], id="by-name"),
    pytest.param({"match": {"type": "order"}}, ["m0", "m1", "m2"], id="by-type"),
    pytest.param({"match": {"number": 2}}, ["m2"], id="by-number"),
    pytest.param({"match": {"$.n": "1"}}, ["m1"], id="by-a-path-of-the-body"),
    pytest.param({}, ["m0", "m1", "m2"], id="all"),
]


@pytest.mark.parametrize(("rule", "failing"), RULES)
def test_a_rule_says_on_which_messages_the_work_fails(rule, failing):
    trial = Trial(
        {
            "p": (
                "publisher",
                {"message": {"name": "m{n}", "body": {"n": "{n}"}}, "bursts": [{"at_seconds": 0, "count": 3}]},
            ),
            "q": "queue",
            "c": ("consumer", {**LONG, "fails_on": [{**rule, "error": "Broken"}]}),
        },
        ["p/q", "q/c"],
    ).run(20)
    assert trial.names("work_failed") == failing
    assert {r["detail"]["error"] for r in trial.of("work_failed")} == {"Broken"}


def test_a_rule_may_fail_at_its_own_time_and_a_swallowed_failure_is_deleted():
    rule = {"match": "m0", "after_seconds": 2.5, "swallowed": True}
    trial = working({"processing_seconds": 5, "fails_on": [rule]}).run(50)
    assert trial.seconds("work_failed") == [2.5]
    assert trial.of("work_failed")[0]["reason"]["code"] == "swallowed"
    assert trial.seconds("deleted") == [2.5]


def test_failures_come_as_often_as_their_probability_says():
    failed = worked = 0
    for seed in range(10):
        trial = Trial(
            {
                "p": ("publisher", {"rates": [{"messages_per_second": 10, "until_seconds": 50}]}),
                "q": "queue",
                "c": ("consumer", {**LONG, "failure_probability": 0.2}),
            },
            ["p/q", "q/c"],
            seed=seed,
        ).run(60)
        failed += trial.metric("c", "failed")
        worked += trial.metric("c", "worked")
    assert 0.18 < failed / (failed + worked) < 0.22


def test_an_error_that_counts_as_done_is_deleted():
    database = {"unique_key": "$.id"}
    for treats, deleted in (([], 0), (["Down"], 1)):
        trial = working(
            {"treats_as_done": treats}, base=("database", {**database, "error": "Down", "answer_seconds": 1})
        )
        trial.do(0.5, "Crash", "base").run(20)
        assert len(trial.of("deleted")) == deleted


# -- crashes ----------------------------------------------------------------------------------------------------------


def test_a_crash_loses_the_work_and_the_queue_is_not_told():
    trial = working({"processing_seconds": 10}).do(3, "Crash", "c").run(29)
    assert trial.counts("q") == (0, 1, 0)
    assert trial.run(30).counts("q") == (1, 0, 0)
    assert trial.simulation.node_view("c")["workers"][0]["state"] == "crashed"
    trial.do(40, "Restore", "c").run(60)
    assert trial.seconds("received") == [0, 40]
    assert trial.seconds("deleted") == [50]


def test_those_that_follow_a_failed_one_are_worked_on_unless_the_batch_is_deleted_as_a_whole():
    consumer = {"MaxNumberOfMessages": 3, "processing_seconds": 2, "fails_on": [{"match": "m0", "times": 1}]}
    trial = working(consumer, messages=3).run(20)
    assert trial.names("worked") == trial.names("deleted") == ["m1", "m2"]


def test_a_consumer_that_is_crashed_as_a_whole_crashes_those_of_its_workers_that_are_up():
    trial = working({"workers": 3}).do(1, "Crash", "c", worker=2).do(2, "Crash", "c")
    assert [record["detail"]["worker"] for record in trial.of("crashed")] == [2, 1, 3]
    assert trial.do(3, "Restore", "c").seconds("restored") == [3, 3, 3]


def test_a_crashed_worker_that_was_waiting_receives_nothing():
    trial = working({}).do(1, "Crash", "c").do(2, "Send", "p").run(10)
    assert (trial.seconds("received"), trial["q"].view()["polled"]) == ([0], False)
    assert trial.do(11, "Restore", "c").seconds("received") == [0, 11]


def test_a_worker_that_somebody_restored_does_not_come_back_once_more():
    trial = working({"processing_seconds": 1, "restart_seconds": 5}).do(3, "Crash", "c").do(4, "Restore", "c")
    assert trial["c"].view()["says"] == "Polling"
    assert trial.do(6, "Crash", "c").run(10.9).seconds("restored") == [4]
    assert trial.run(60).seconds("restored") == [4, 11]


def test_a_worker_comes_back_by_itself_after_its_restart_time():
    trial = working({"processing_seconds": 10, "restart_seconds": 5}).do(3, "Crash", "c").run(60)
    assert trial.seconds("restored") == [8]
    assert trial.seconds("received") == [0, 30]


def test_one_of_several_workers_may_crash():
    trial = working({"workers": 2, "processing_seconds": 10}, messages=2).do(3, "Crash", "c", worker=2).run(20)
    assert trial.of("crashed")[0]["detail"] == {"worker": 2}
    assert trial.seconds("deleted") == [10]


def test_a_consumer_says_what_its_status_comes_from():
    trial = working({"workers": 2, "processing_seconds": 2}).do(3, "Send", "p").run(4)
    view = trial.simulation.node_view("c")
    assert [worker["state"] for worker in view["workers"]] == ["polling", "working"]
    assert (view["status"], view["says"]) == ("run", "Working on m1")
    view = trial.do(4.5, "Pause", "c").run(4.6).simulation.node_view("c")
    assert (view["status"], view["says"]) == ("wait", "Paused")


def test_a_crash_between_the_write_and_the_delete_leaves_both_the_row_and_the_message():
    trial = working({"processing_seconds": 4, "restart_seconds": 1}, base="database")
    trial.do(1, "Crash", "c", crash_point="after_write").run(100)
    assert trial.seconds("written") == [4, 34]
    assert trial.seconds("crashed") == [4]
    assert trial.seconds("deleted") == [34]


def test_a_crash_that_is_planned_while_the_worker_waits_holds_for_its_next_message():
    trial = Trial({"q": "queue", "c": ("consumer", {**LONG, "processing_seconds": 1, "restart_seconds": 1})}, ["q/c"])
    trial.do(1, "Crash", "c", crash_point="after_write").do(2, "SendMessage", "q", MessageBody="a").run(50)
    assert trial.seconds("crashed") == [3]
    assert trial.seconds("received") == [2, 32]


def test_a_crash_may_be_meant_for_whoever_holds_a_message():
    trial = Trial(
        {
            "p": ("publisher", {"message": {"name": "m{n}"}, "bursts": [{"at_seconds": 0, "count": 2}]}),
            "q": "queue",
            "a": ("consumer", {**LONG, "processing_seconds": 10}),
            "b": ("consumer", {**LONG, "processing_seconds": 10}),
        },
        ["p/q", "q/a", "q/b"],
    )
    trial.do(3, "Crash", {"holder_of": "q"}, message="m1").run(4)
    assert [record["node"] for record in trial.of("crashed")] == ["b"]
    trial.do(5, "Crash", {"holder_of": "q"})
    assert [record["node"] for record in trial.of("crashed")] == ["b", "a"]
    trial.do(6, "Crash", {"holder_of": "q"})
    assert trial.refusal()[0] == "NobodyHolds"


REFUSED_CRASHES = [
    ("Crash", {"worker": 3}, "NoSuchWorker"),
    ("Restore", {}, "AlreadyUp"),
    ("Pause", {}, None),
    ("Resume", {}, "NotPaused"),
]


@pytest.mark.parametrize(("action", "parameters", "code"), REFUSED_CRASHES)
def test_what_makes_no_sense_is_refused(action, parameters, code):
    trial = working({}).do(1, action, "c", **parameters)
    assert [r["detail"]["error"] for r in trial.of("refused")] == ([] if code is None else [code])


def test_a_crashed_consumer_cannot_crash_again():
    trial = working({}).do(1, "Crash", "c").do(2, "Crash", "c")
    assert trial.refusal()[0] == "AlreadyDown"


# -- pauses -----------------------------------------------------------------------------------------------------------


def test_a_paused_consumer_finishes_what_it_holds_and_receives_no_more():
    trial = working({"processing_seconds": 5}, messages=3).do(3, "Pause", "c").run(20)
    assert trial.seconds("deleted") == [5]
    assert trial.counts("q") == (2, 0, 0)
    trial.do(20, "Resume", "c").run(40)
    assert trial.seconds("deleted") == [5, 25, 30]


def test_more_workers_begin_at_once_and_those_let_go_finish_first():
    trial = working({"processing_seconds": 10}, messages=6).do(5, "SetParameter", "c", workers=3).run(12)
    assert trial.seconds("received") == [0, 5, 5, 10]
    trial.do(12, "SetParameter", "c", workers=1).run(60)
    assert trial.seconds("deleted") == [10, 15, 15, 20, 30, 40]


def test_a_new_processing_time_holds_from_the_next_message_on():
    trial = working({"processing_seconds": 10}, messages=3).do(5, "SetParameter", "c", processing_seconds=1).run(30)
    assert trial.seconds("deleted") == [10, 11, 12]


# -- heartbeats -------------------------------------------------------------------------------------------------------


def test_a_heartbeat_keeps_a_message_hidden_for_as_long_as_the_work_takes():
    consumer = {"processing_seconds": 100, "heartbeat_seconds": 20, "heartbeat_extends_seconds": 30}
    trial = working(consumer).run(200)
    assert trial.seconds("visibility_changed") == [20, 40, 60, 80, 100]
    assert (len(trial.of("received")), trial.seconds("deleted")) == (1, [100])


def test_without_a_heartbeat_work_longer_than_the_timeout_is_done_over_and_over():
    trial = working({"processing_seconds": 40, "workers": 2}).run(100)
    assert trial.seconds("received") == [0, 30, 60, 90]
    assert trial.seconds("delete_missed") == [40, 70, 100]


def test_a_heartbeat_is_for_the_message_that_it_was_begun_for():
    trial = working({"processing_seconds": 3, "heartbeat_seconds": 5}, messages=3).run(20)
    assert trial.seconds("worked") == [3, 6, 9]
    assert trial.of("visibility_changed") == trial.of("refused") == []


def test_a_crash_ends_the_heartbeat():
    consumer = {"processing_seconds": 100, "heartbeat_seconds": 20, "heartbeat_extends_seconds": 30}
    trial = working(consumer).do(50, "Crash", "c").run(200)
    assert trial.seconds("visibility_changed") == [20, 40]
    assert trial.seconds("returned") == [70]


# -- databases --------------------------------------------------------------------------------------------------------


def test_a_write_takes_the_time_of_the_database_after_the_work():
    trial = working({"processing_seconds": 3}, base=("database", {"answer_seconds": 2, "slow_factor": 2})).run(20)
    assert trial.seconds("written") == [7]
    assert trial.seconds("deleted") == [7]


def test_a_database_that_is_down_refuses_when_the_work_begins_after_its_timeout():
    trial = working({"processing_seconds": 3}, base=("database", {"timeout_seconds": 5, "outages": [[0, 100]]}))
    assert trial.run(20).seconds("write_refused") == [5]
    assert trial.seconds("work_failed") == [5]


def test_a_write_fails_if_the_database_goes_down_meanwhile():
    database = {"answer_seconds": 5, "outages": [[6, 7]]}
    trial = working({"processing_seconds": 3}, base=("database", database)).run(20)
    assert trial.seconds("write_refused") == [8]


def test_a_pausing_consumer_that_knows_its_database_receives_nothing_while_it_is_down():
    consumer = {"when_database_is_down": "pause", "processing_seconds": 1}
    trial = working(consumer, messages=3, base=("database", {"outages": [[0.5, 50]]})).run(100)
    assert trial.seconds("received") == [0, 50, 51, 52]
    assert trial.metric("base", "rows") == 3


def test_a_consumer_that_keeps_polling_uses_up_its_receives():
    consumer = {"when_database_is_down": "keep_polling"}
    policy = {"RedrivePolicy": {"deadLetterTargetArn": "d", "maxReceiveCount": 2}, "VisibilityTimeout": 5}
    trial = Trial(
        {
            "p": ("publisher", {"bursts": [{"at_seconds": 1, "count": 1}]}),
            "q": ("queue", policy),
            "d": "queue",
            "c": ("consumer", {**LONG, **consumer}),
            "base": ("database", {"outages": [[0, 60]]}),
        },
        ["p/q", "q/c", "c/base"],
    ).run(30)
    assert trial.seconds("received") == [1, 6]
    assert trial.seconds("moved_to_dlq") == [11]


def test_a_consumer_may_give_back_what_it_cannot_save_and_ask_again_later():
    consumer = {"when_database_is_down": "give_back", "database_check_seconds": 4}
    trial = working(consumer, base=("database", {"outages": [[0, 10]]})).run(60)
    assert [r["reason"]["code"] for r in trial.of("returned")][:1] == ["given_back"]
    assert trial.seconds("received") == [0, 4, 8, 12]
    assert trial.seconds("written") == [12]


@pytest.mark.parametrize(("check", "received"), [({}, []), ({"database_check_seconds": 5}, [0])])
def test_a_pausing_consumer_that_has_to_look_does_not_know_before_its_first_call(check, received):
    consumer = {"when_database_is_down": "pause", **check}
    trial = working(consumer, base=("database", {"outages": [[0, 20]]})).run(10)
    assert trial.seconds("received") == trial.seconds("work_failed") == received
    trial = working(consumer, base=("database", {"outages": [[2, 20]]})).do(3, "Pause", "c").do(4, "Resume", "c")
    assert trial.do(5, "Send", "p").run(10).seconds("work_failed") == [5 for _ in received]


@pytest.mark.parametrize(("when", "returned"), [("give_back", [0]), ("keep_polling", [30]), ("pause", [])])
def test_only_one_that_gives_back_lets_others_have_at_once_what_it_cannot_save(when, returned):
    consumer = {"when_database_is_down": when, **({"database_check_seconds": 60} if when == "give_back" else {})}
    trial = working(consumer, base=("database", {"outages": [[0, 25]]})).run(30)
    assert trial.seconds("returned") == returned
    assert trial.seconds("visibility_changed") == ([0] if when == "give_back" else [])


def test_a_worker_shows_how_long_it_waits_for_an_answer_of_its_database():
    base = ("database", {"timeout_seconds": 4, "outages": [[0, 60]]})
    trial = working({"processing_seconds": 2}, base=base).run(1)
    (worker,) = trial["c"].view()["workers"]
    assert (worker["state"], worker["until_ms"]) == ("calling", 4_000)


def test_one_that_learns_by_a_failed_call_waits_until_its_database_answers():
    consumer = {"when_database_is_down": "pause", "database_check_seconds": 5}
    trial = working(consumer, messages=3, base=("database", {"outages": [[0, 12]]})).run(100)
    assert trial.seconds("work_failed") == [0]
    assert trial.seconds("written") == [15, 15, 30]


REMEMBERS = [("nothing", 2), ("message_ids", 1), ("check_then_write", 1), ("conditional_write", 1)]


@pytest.mark.parametrize(("remembers", "rows"), REMEMBERS)
def test_what_a_consumer_remembers_decides_whether_a_second_receive_writes_again(remembers, rows):
    trial = working({"remembers": remembers}, {"VisibilityTimeout": 5}, base="database")
    trial.simulation.apply(_ghost())
    trial.run(30)
    assert len(trial.of("received")) == 2
    assert trial.metric("base", "rows") == rows
    assert len(trial.of("deleted")) == 1


def _ghost() -> Any:
    from courseapp.engine.commands import Command

    return Command(0, "GhostDelete", "q", {})


def test_looking_first_does_not_help_two_who_look_at_the_same_time():
    trial = working(
        {"remembers": "check_then_write", "workers": 2, "processing_seconds": 8},
        {"VisibilityTimeout": 5},
        base="database",
    ).run(60)
    assert trial.metric("base", "rows") == 2
    trial = working(
        {"remembers": "conditional_write", "workers": 2, "processing_seconds": 8},
        {"VisibilityTimeout": 5},
        base="database",
    ).run(60)
    assert trial.metric("base", "rows") == 1
    assert trial.of("write_refused")[0]["reason"]["code"] == "row_exists"


def test_a_unique_key_knows_two_messages_about_the_same_thing():
    trial = Trial(
        {
            "p": ("publisher", {"message": {"body": {"id": "same"}}, "bursts": [{"at_seconds": 0, "count": 2}]}),
            "q": "queue",
            "c": ("consumer", LONG),
            "base": ("database", {"unique_key": "$.id"}),
        },
        ["p/q", "q/c", "c/base"],
    ).run(10)
    assert trial.metric("base", "rows") == 1
    assert len(trial.of("deleted")) == 2


def test_messages_that_lack_the_unique_key_are_known_by_their_names():
    messages = [{"at_seconds": 0, "message": {"name": name, "body": "no id"}} for name in ("a", "b", "a")]
    nodes = {"p": ("publisher", {"messages": messages}), "base": ("database", {"unique_key": "$.id"})}
    trial = Trial({**nodes, "q": "queue", "c": ("consumer", LONG)}, ["p/q", "q/c", "c/base"]).run(10)
    assert trial.names("written") == ["a", "b"]


def test_a_database_takes_so_many_requests_a_second_and_refuses_more():
    trial = working({"MaxNumberOfMessages": 10}, messages=5, base=("database", {"requests_per_second": 3})).run(1)
    assert trial.metric("base", "written") == 3
    assert {r["detail"]["error"] for r in trial.of("write_refused")} == {"Throttled"}


# -- links ------------------------------------------------------------------------------------------------------------


def test_a_link_with_a_match_means_only_those_messages():
    trial = Trial(
        {
            "p": ("publisher", {"message": {"name": "m{n}"}, "bursts": [{"at_seconds": 0, "count": 3}]}),
            "q": "queue",
            "c": ("consumer", LONG),
            "base": "database",
            "next": "queue",
        },
        ["p/q", "q/c", ("c/base", {"match": "m1"}), ("c/next", {"match": {"number": 2}})],
    ).run(5)
    assert trial.names("written") == ["m1"]
    assert trial.names("sent", "next") == ["m2"]


def test_what_is_handed_on_keeps_its_name_and_comes_after_the_calls():
    trial = working({"processing_seconds": 1}, base=("database", {"answer_seconds": 2}), t="topic").run(10)
    assert trial.names("published") == ["m0"]
    assert trial.seconds("published") == [3]


def test_what_is_handed_on_is_what_was_received_inside_an_envelope_the_envelope():
    trial = (
        Trial({"t": "topic", "q": "queue", "c": ("consumer", LONG), "next": "queue"}, ["t/q", "q/c", "c/next"])
        .do(0, "Publish", "t", Message="text")
        .run(5)
    )
    assert '"Type":"Notification"' in trial.of("sent", "next")[0]["detail"]["body"]


def test_a_hand_on_that_is_refused_fails_the_work():
    trial = working({}, next=("queue", {"MaximumMessageSize": 1024}))
    trial.do(0.5, "SendMessage", "q", MessageBody="x" * 2000, name="big").run(5)
    assert trial.names("work_failed") == ["big"]
    assert trial.names("sent", "next") == ["m0"]


def test_one_consumer_may_read_several_queues_in_turn_of_arrival():
    trial = Trial({"x": "queue", "y": "queue", "c": ("consumer", {**LONG, "processing_seconds": 1})}, ["x/c", "y/c"])
    for at_s, queue in ((1, "y"), (3, "x"), (3.2, "y")):
        trial.do(at_s, "SendMessage", queue, MessageBody="a")
    trial.run(10)
    assert [(r["node"], r["at_ms"]) for r in trial.of("received")] == [("y", 1000), ("x", 3000), ("y", 4000)]


LATENCY = {"latency_seconds": 0.5}
WAYS = [
    pytest.param("q/c", {"work_started": [0.5], "written": [1.5], "sent": [0, 1.5]}, id="from-the-queue"),
    pytest.param("c/base", {"work_started": [0], "written": [1.5], "sent": [0, 1.5]}, id="to-the-database"),
    pytest.param("c/next", {"work_started": [0], "written": [1], "sent": [0, 1.5]}, id="to-the-next-queue"),
]


@pytest.mark.parametrize(("link", "times"), WAYS)
def test_every_link_takes_its_latency(link, times):
    ends = ["p/q", "q/c", "c/base", "c/next"]
    trial = Trial(
        {
            "p": ("publisher", {"bursts": [{"at_seconds": 0, "count": 1}]}),
            "q": "queue",
            "c": ("consumer", {**LONG, "processing_seconds": 1}),
            "base": "database",
            "next": "queue",
        },
        [(end, LATENCY) if end == link else end for end in ends],
    ).run(10)
    assert trial.seconds("received", "q") == [0]
    assert {kind: trial.seconds(kind) for kind in times} == times
    assert trial.seconds("deleted") == [max(times["sent"])]


def test_what_is_on_its_way_to_a_worker_is_hidden_from_others_and_its_timeout_runs():
    trial = Trial(
        {
            "p": ("publisher", {"bursts": [{"at_seconds": 0, "count": 1}]}),
            "q": ("queue", {"VisibilityTimeout": 3}),
            "c": ("consumer", {**LONG, "processing_seconds": 2}),
        },
        ["p/q", ("q/c", {"latency_seconds": 2})],
    ).run(3)
    assert trial.seconds("returned") == [3]


def test_a_latency_that_is_set_later_holds_from_the_next_message_on():
    trial = working({"processing_seconds": 1}, messages=2).do(0.5, "SetParameter", "q/c", latency_seconds=3).run(10)
    assert trial.seconds("work_started") == [0, 4]
