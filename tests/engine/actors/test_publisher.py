"""Publishers: when they send, what they say, and calls that wait for their answer."""

from __future__ import annotations

from typing import Any

import pytest

from courseapp.engine.commands import Command
from tests.engine.trial import Trial

EVEN = [
    pytest.param({"every_seconds": 2}, [0, 2, 4, 6, 8, 10], id="every-two-seconds"),
    pytest.param({"messages_per_second": 0.5}, [0, 2, 4, 6, 8, 10], id="half-a-message-a-second"),
    pytest.param({"every_seconds": 2, "from_seconds": 3}, [3, 5, 7, 9], id="from"),
    pytest.param({"every_seconds": 2, "until_seconds": 6}, [0, 2, 4], id="until-is-excluded"),
    pytest.param({"every_seconds": 2, "count": 3}, [0, 2, 4], id="count-is-a-limit"),
    pytest.param({"messages_per_second": 0}, [], id="no-rate"),
    pytest.param({"messages_per_second": 3, "count": 4}, [0, 0.333, 0.667, 1], id="rounding-does-not-add-up"),
]


def publisher(**parameters: Any) -> Trial:
    return Trial({"p": ("publisher", parameters), "q": "queue"}, ["p/q"])


@pytest.mark.parametrize(("rate", "at"), EVEN)
def test_an_even_rate_sends_at_exact_times(rate, at):
    assert publisher(rates=[rate]).run(10).seconds("sent") == at


def test_random_spacing_has_the_rate_as_its_mean():
    counts = [len(publisher_with_seed(seed).run(100).of("sent")) for seed in range(100)]
    mean = sum(counts) / len(counts)
    variance = sum((count - mean) ** 2 for count in counts) / (len(counts) - 1)
    assert 194 < mean < 206  # 2 a second for 100 s: 200, with a standard error of 1.4
    assert 120 < variance < 300  # that of a Poisson process is its mean


def publisher_with_seed(seed: int) -> Trial:
    rates = [{"messages_per_second": 2, "spacing": "random"}]
    return Trial({"p": ("publisher", {"rates": rates}), "q": "queue"}, ["p/q"], seed=seed)


def test_each_rate_has_a_stream_of_its_own_that_nothing_else_moves():
    rate = {"messages_per_second": 1, "spacing": "random"}
    alone = publisher(rates=[rate]).run(50).seconds("sent")
    together = publisher(rates=[rate, {**rate, "message": {"name": "other {n}"}}]).run(50)
    names = together.names("sent")
    of_first = [at for at, name in zip(together.seconds("sent"), names, strict=True) if "other" not in name]
    assert of_first == alone
    with_consumers = Trial(
        {"p": ("publisher", {"rates": [rate]}), "q": "queue", "c": ("consumer", {"failure_probability": 0.5})},
        ["p/q", "q/c"],
    )
    assert with_consumers.run(50).seconds("sent") == alone


def test_bursts_and_single_messages_come_at_their_time():
    trial = publisher(
        bursts=[{"at_seconds": 5, "count": 3, "message": {"name": "burst {n}"}}],
        messages=[{"at_seconds": 2, "message": {"name": "one"}}],
    ).run(10)
    assert list(zip(trial.seconds("sent"), trial.names("sent"), strict=True)) == [
        (2, "one"), (5, "burst 1"), (5, "burst 2"), (5, "burst 3"),
    ]  # fmt: skip


def test_numbers_run_on_from_the_first_number():
    trial = publisher(first_number=100, message={"name": "order {n}"}, bursts=[{"at_seconds": 1, "count": 2}])
    assert trial.run(1).names("sent") == ["order 100", "order 101"]


def test_variants_are_merged_over_the_message_every_so_often():
    trial = publisher(
        message={"name": "order {n}", "type": "order"},
        variants=[{"every": 3, "from": 1, "message": {"name": "refund {n}", "type": "refund"}}],
        bursts=[{"at_seconds": 0, "count": 6}],
    ).run(0)
    assert trial.names("sent") == ["order 0", "refund 1", "order 2", "order 3", "refund 4", "order 5"]
    assert trial.simulation.node_view("q")["by_type"] == {"order": 4, "refund": 2}


def test_the_running_number_stands_in_every_text_of_the_template():
    attributes = {"id": {"DataType": "String", "StringValue": "#{n}"}}
    trial = publisher(
        message={"body": {"id": "{n}", "of": "order {n}"}, "MessageAttributes": attributes}, first_number=7
    ).do(1, "Send", "p")
    detail = trial.of("sent")[0]["detail"]
    assert detail["body"] == '{"id":"7","of":"order 7"}'
    assert detail["attributes"]["id"]["StringValue"] == "#7"


def test_a_link_merges_its_message_over_the_publishers():
    trial = Trial(
        {"p": ("publisher", {"message": {"name": "a", "type": "order"}}), "x": "queue", "y": "queue"},
        ["p/x", ("p/y", {"message": {"name": "b"}})],
    ).do(0, "Send", "p")
    assert [(r["node"], r["message"]) for r in trial.of("sent")] == [("x", "a"), ("y", "b")]


def test_groups_and_dedupe_ids_are_left_out_for_standard_queues():
    message = {"MessageGroupId": "g", "MessageDeduplicationId": "{n}"}
    trial = Trial({"p": ("publisher", {"message": message}), "q": "queue", "q.fifo": "queue"}, ["p/q", "p/q.fifo"]).do(
        0, "Send", "p"
    )
    assert [(record["node"], record["type"]) for record in trial.log if record["type"] in ("sent", "refused")] == [
        ("q", "sent"), ("q.fifo", "sent"),
    ]  # fmt: skip


def test_a_command_sends_as_often_as_it_says_with_what_it_brings():
    trial = publisher(message={"name": "order {n}"}).do(3, "Send", "p", count=2, message={"type": "refund"})
    assert trial.seconds("sent") == [3, 3]
    assert trial.simulation.node_view("q")["by_type"] == {"refund": 2}


@pytest.mark.parametrize(("lost", "again_at"), [(True, 4), (7.5, 10.5)])
def test_a_lost_answer_makes_the_publisher_send_the_same_again(lost, again_at):
    trial = publisher(message={"name": "order {n}"}).do(3, "Send", "p", lose_answer=lost).run(20)
    assert trial.seconds("sent") == [3, again_at]
    assert trial.names("sent") == ["order 0", "order 0"]


def test_a_new_rate_holds_from_now_on():
    trial = publisher(rates=[{"every_seconds": 10}]).do(12, "SetParameter", "p", **{"rates.0.every_seconds": 5}).run(30)
    assert trial.seconds("sent") == [0, 10, 15, 20, 25, 30]


CHANGED = [
    pytest.param([{"every_seconds": 10}], [(12, 8), (13, 9)], [0, 10, 19, 28], id="twice-before-the-next"),
    pytest.param([{"every_seconds": 10}], [(12, 8), (13, 7), (14, 5)], [0, 10, 15, 20, 25, 30], id="thrice"),
    pytest.param([{"every_seconds": 10}], [(12, 8), (25, 9), (26, 8)], [0, 10, 18, 26], id="the-second-is-late"),
    pytest.param([{"every_seconds": 1, "count": 4}], [(2.5, 2), (2.7, 3)], [0, 1, 2, 5], id="its-count-goes-on"),
    pytest.param(
        [{"every_seconds": 5, "from_seconds": 20}, {"every_seconds": 10}],
        [(12, 6)],
        [0, 10, 20, 20, 26, 30],
        id="other",
    ),
]


@pytest.mark.parametrize(("rates", "changes", "sent"), CHANGED)
def test_however_often_a_rate_is_changed_the_next_message_is_one_interval_after_the_last(rates, changes, sent):
    trial = publisher(rates=rates)
    for at_s, every_s in changes:
        trial.do(at_s, "SetParameter", "p", **{"rates.0.every_seconds": every_s})
    assert trial.run(30).seconds("sent") == sent


def test_a_rate_that_is_set_to_zero_ends_and_can_begin_again():
    trial = publisher(rates=[{"messages_per_second": 1}])
    trial.do(2.5, "SetParameter", "p", **{"rates.0.messages_per_second": 0}).run(10)
    trial.do(10, "SetParameter", "p", **{"rates.0.messages_per_second": 1}).run(12)
    assert trial.seconds("sent") == [0, 1, 2, 10, 11, 12]


def test_what_a_queue_refuses_is_counted_and_recorded():
    trial = publisher(message={"body": {"repeat": "x", "times": 1_048_577}}).do(0, "Send", "p")
    assert trial.refusal()[0] == "InvalidParameterValue"
    assert trial.metric("p", "refused") == 1
    assert trial.of("sent") == []


def test_a_link_takes_its_latency():
    trial = Trial({"p": "publisher", "q": "queue"}, [("p/q", {"latency_seconds": 1.5})]).do(2, "Send", "p").run(5)
    assert trial.seconds("sent") == [3.5]


# -- calls ------------------------------------------------------------------------------------------------------------


def calling(parameters: dict[str, Any], database: dict[str, Any]) -> Trial:
    return Trial({"p": "publisher", "base": ("database", database)}, [("p/base", parameters)])


CALLS = [
    pytest.param({}, [[0, 100]], [1], None, id="no-retries-no-second-try"),
    pytest.param({"retries_at_seconds": [1, 3, 7]}, [[0, 3.5]], [1, 2], 4, id="at-fixed-times-from-the-start"),
    pytest.param({"retries_at_seconds": [1, 3]}, [[0, 100]], [1, 2, 4], None, id="given-up-after-the-last"),
    pytest.param({"retry_interval_seconds": 2}, [[0, 5]], [1, 3], 5, id="for-ever-at-an-interval"),
    pytest.param({"retry_interval_seconds": 2, "patience_seconds": 5}, [[0, 100]], [1, 3, 5], None, id="patience-ends"),
]


@pytest.mark.parametrize(("link", "outages", "failures", "written"), CALLS)
def test_a_direct_call_is_tried_again_as_its_link_says_and_then_given_up(link, outages, failures, written):
    trial = calling(link, {"outages": outages}).do(1, "Send", "p").run(200)
    assert trial.seconds("delivery_failed") == failures
    assert trial.seconds("written") == ([] if written is None else [written])
    assert trial.metric("p", "given_up") == (1 if written is None else 0)
    assert bool(trial.of("dropped")) is (written is None)


def test_a_database_that_takes_its_time_to_refuse_delays_the_next_try():
    trial = (
        calling({"retry_interval_seconds": 2}, {"timeout_seconds": 3, "outages": [[0, 5]]}).do(1, "Send", "p").run(50)
    )
    assert trial.seconds("delivery_failed") == [4]
    assert trial.seconds("written") == [6]


def test_each_try_of_a_call_goes_the_whole_way():
    trial = (
        calling({"retry_interval_seconds": 2, "latency_seconds": 0.5}, {"outages": [[0, 3]]}).do(1, "Send", "p").run(9)
    )
    assert trial.seconds("delivery_failed") == [1.5]
    assert trial.seconds("written") == [4]


def test_calls_in_turn_wait_for_each_answer_and_stop_at_the_first_failure():
    nodes = {
        "p": ("publisher", {"calls": "in_turn"}),
        "one": ("http", {"answer_seconds": 2}),
        "two": ("http", {"answer_seconds": 2, "answers": 200}),
        "three": "http",
    }
    links = ["p/one", "p/two", "p/three"]
    trial = Trial(nodes, links).do(0, "Send", "p").run(10)
    assert [(r["node"], r["at_ms"]) for r in trial.of("answered")] == [("one", 2000), ("two", 4000), ("three", 4000)]
    nodes["two"] = ("http", {"answers": 503})
    trial = Trial(nodes, links).do(0, "Send", "p").run(10)
    assert [r["node"] for r in trial.of("answered")] == ["one", "two"]


def test_calls_that_are_not_in_turn_are_made_in_the_same_instant():
    trial = Trial({"p": "publisher", "one": ("http", {"answer_seconds": 2}), "two": "http"}, ["p/one", "p/two"])
    trial.do(0, "Send", "p").run(10)
    assert [(r["node"], r["at_ms"]) for r in trial.of("answered")] == [("two", 0), ("one", 2000)]


def test_a_topic_that_is_removed_gets_nothing_and_the_publisher_goes_on():
    trial = Trial({"p": ("publisher", {"rates": [{"every_seconds": 1}]}), "q": "queue", "r": "queue"}, ["p/q", "p/r"])
    trial.do(2.5, "RemoveNode", "q").run(5)
    assert trial.seconds("sent", "q") == [0, 1, 2]
    assert trial.seconds("sent", "r") == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("links", [["p/t", "p/q"], ["p/q", "p/t"]])
def test_what_a_rate_sends_goes_over_every_link(links):
    nodes = {"p": ("publisher", {"rates": [{"every_seconds": 1, "count": 3}]}), "t": "topic", "q": "queue"}
    trial = Trial(nodes, links).run(5)
    assert trial.seconds("published") == trial.seconds("sent") == [0, 1, 2]
    assert trial.metric("p", "sent") == 3


def test_a_rate_says_its_own_words_and_variants_those_of_their_numbers():
    rates = [{"every_seconds": 1, "count": 3, "message": {"type": "refund"}}, {"every_seconds": 1, "count": 1}]
    publisher = {"message": {"name": "m{n}", "type": "order"}, "rates": rates}
    variants = [{"from": 3, "every": 1, "message": {"name": "late"}}]
    for more, names in (({}, ["m0", "m1", "m2", "m3"]), ({"variants": variants}, ["m0", "m1", "m2", "late"])):
        trial = Trial({"p": ("publisher", {**publisher, **more}), "t": "topic", "q": "queue"}, ["p/t", "t/q"]).run(5)
        assert trial.names("published") == names
        assert trial["q"].view()["by_type"] == {"refund": 3, "order": 1}


def test_a_call_goes_on_until_its_answer_has_come_or_it_is_given_up():
    trial = calling({"retries_at_seconds": [2]}, {"answer_seconds": 1, "outages": [[5, 20]]}).do(1, "Send", "p")
    assert trial["p"].view()["calling"] == 1
    assert trial.run(2)["p"].view()["calling"] == 0
    assert trial.do(6, "Send", "p")["p"].view()["calling"] == 1
    assert trial.run(7.9)["p"].view()["calling"] == 1
    assert trial.run(8)["p"].view()["calling"] == 0


@pytest.mark.parametrize("count", [True, 0, -1, 1.0, "1"])
def test_a_count_is_a_whole_number_from_one(count):
    code, says = publisher(message={"name": "m{n}"}).refused_command(1, "Send", "p", count=count)
    assert code == "InvalidParameter" and says.startswith("count must be a whole number from 1 to ")


def test_two_commands_of_one_millisecond_are_carried_out_in_their_order():
    trial = publisher(message={"name": "m{n}"})
    for name in ("first", "second"):
        trial.simulation.apply(Command(1000, "Send", "p", {"message": {"name": name}}))
    assert trial.run(1).names("sent") == ["first", "second"]


def test_a_number_that_stands_in_many_places_counts_in_each_of_them():
    message = {"body": "x" * 850, "MessageAttributes": {"a": {"DataType": "String", "StringValue": "{n}" * 20}}}
    publisher = {"message": message, "first_number": 10**9}
    trial = Trial({"p": ("publisher", publisher), "q": ("queue", {"MaximumMessageSize": 1024})}, ["p/q"])
    trial.do(0, "Send", "p")
    assert (trial.refusal()[0], trial.of("sent")) == ("InvalidParameterValue", [])
