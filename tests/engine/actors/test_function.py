"""Functions: asynchronous retries, concurrency, event source mappings, answers to callers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.trial import Trial


def subscribed(function: dict[str, Any], messages: int = 1) -> Trial:
    nodes = {
        "p": ("publisher", {"message": {"name": "m{n}"}, "bursts": [{"at_seconds": 0, "count": messages}]}),
        "t": "topic",
        "f": ("function", function),
    }
    return Trial(nodes, ["p/t", "t/f"])


def mapped(
    function: dict[str, Any], mapping: dict[str, Any] | None = None, messages: int = 1, queue: str = "q"
) -> Trial:
    message = {"name": "m{n}", "MessageGroupId": "g", "MessageDeduplicationId": "{n}"}
    nodes = {
        "p": ("publisher", {"message": message, "bursts": [{"at_seconds": 0, "count": messages}]}),
        queue: ("queue", {"VisibilityTimeout": 30}),
        "f": ("function", function),
    }
    return Trial(nodes, [f"p/{queue}", (f"{queue}/f", mapping or {})])


# -- asynchronous -----------------------------------------------------------------------------------------------------

RETRIES = [
    pytest.param({}, [0, 60, 180], 180, id="twice-more-by-default"),
    pytest.param({"async_retry_seconds": [5]}, [0, 5], 5, id="once"),
    pytest.param({"async_retry_seconds": []}, [0], 0, id="never"),
]


@pytest.mark.parametrize(("function", "failures", "gone_at"), RETRIES)
def test_an_event_whose_run_fails_is_run_again_by_lambda_and_then_gone(function, failures, gone_at):
    trial = subscribed({"failure_probability": 1, **function}).run(1000)
    assert trial.seconds("work_failed") == failures
    assert trial.seconds("dropped") == [gone_at]
    assert trial.of("dropped")[0]["reason"] == {"code": "async_retries_used_up", "arguments": [len(failures)]}
    assert trial.of("dropped")[0]["detail"]["error"] == trial.of("work_failed")[0]["detail"]["error"]
    assert trial.metric("f", "gone") == 1


def test_a_retry_that_succeeds_is_the_end():
    trial = subscribed({"fails_on": [{"match": "m0", "times": 1}], "processing_seconds": 1}).run(1000)
    assert trial.seconds("worked") == [62]
    assert trial.of("dropped") == []


def test_a_function_that_is_down_runs_nothing_and_is_tried_again_by_lambda():
    trial = subscribed({"async_retry_seconds": [10]}).do(0, "Crash", "f").do(5, "Restore", "f").run(100)
    assert trial.of("work_failed")[0]["detail"]["error"] == "Lambda.Unknown"
    assert trial.names("work_failed") == ["m0"]
    assert trial.seconds("worked") == [10]


# -- concurrency ------------------------------------------------------------------------------------------------------


def test_without_a_reserve_every_event_runs_at_once():
    trial = subscribed({"processing_seconds": 10}, messages=20).run(10)
    assert trial.seconds("worked") == [10] * 20


def test_reserved_concurrency_lets_so_many_run_and_the_others_wait():
    trial = subscribed({"processing_seconds": 10, "reserved_concurrency": 2}, messages=5).run(100)
    assert trial.seconds("worked") == [10, 10, 20, 20, 30]


def test_a_call_beyond_the_reserve_is_throttled():
    trial = Trial({"p": "publisher", "f": ("function", {"processing_seconds": 5, "reserved_concurrency": 1})}, ["p/f"])
    trial.do(0, "Send", "p", count=2).run(10)
    assert trial.of("dropped")[0]["detail"]["error"] == "Lambda.TooManyRequestsException"
    assert trial.seconds("worked") == [5]


def test_events_that_wait_begin_when_more_may_run():
    trial = subscribed({"processing_seconds": 1, "reserved_concurrency": 0}, messages=3).run(10)
    assert trial.of("work_started") == []
    trial.do(20, "SetParameter", "f", reserved_concurrency=2).run(30)
    assert trial.seconds("worked") == [21, 21, 22]


def test_an_event_that_has_waited_for_six_hours_is_given_up():
    trial = subscribed({"reserved_concurrency": 0}, messages=1).do(60, "Send", "p").run(7 * 3600)
    assert trial.seconds("dropped", "f") == [6 * 3600, 6 * 3600 + 60]
    assert {record["reason"]["code"] for record in trial.of("dropped")} == {"event_too_old"}
    assert (trial.metric("f", "gone"), trial.metric("f", "holding")) == (2, 0)


def test_a_mapping_whose_function_may_run_again_polls_again():
    trial = mapped({"reserved_concurrency": 0}, messages=1).run(10)
    assert trial.of("received") == []
    assert trial.do(20, "SetParameter", "f", reserved_concurrency=1).run(21).seconds("worked") == [20]


# -- event source mappings --------------------------------------------------------------------------------------------


def test_a_mapping_hands_over_ten_messages_at_a_time_unless_told_otherwise():
    assert [len(batch) for batch in batches(mapped({"processing_seconds": 1}, messages=25).run(50))] == [10, 10, 5]
    trial = mapped({"processing_seconds": 1}, {"BatchSize": 4}, messages=10).run(50)
    assert [len(batch) for batch in batches(trial)] == [4, 4, 2]


def batches(trial: Trial) -> list[list[str]]:
    """Names of the messages that were received in one go, by the order of receives."""
    found: list[list[str]] = []
    last = None
    for record in trial.log:
        if record["type"] == "received":
            if last != "received":
                found.append([])
            found[-1].append(record["message"])
        last = record["type"]
    return found


def test_a_batch_that_is_cut_off_has_taken_its_time():
    trial = mapped({"processing_seconds": 10}, messages=2).do(4, "Crash", "f").run(5)
    assert [record["detail"]["error"] for record in trial.of("work_failed")] == ["Lambda.Unknown"]
    assert (trial.metric("f", "busy_seconds"), trial.metric("f", "failed"), trial.of("deleted")) == (4, 1, [])


def test_a_batch_that_failed_makes_room_for_the_next_one():
    function = {"reserved_concurrency": 1, "processing_seconds": 1, "fails_on": [{"match": "m0", "times": 1}]}
    trial = mapped(function, {"BatchSize": 1}, messages=2).run(10)
    assert (trial.names("work_failed"), trial.names("worked")) == (["m0"], ["m1"])


def test_a_mapping_polls_once_whatever_changes_meanwhile():
    trial = mapped({"reserved_concurrency": 1, "processing_seconds": 1}, {"BatchSize": 1})
    trial.do(1.5, "SetParameter", "f", processing_seconds=2).do(2, "Send", "p", count=3).run(20)
    assert trial.seconds("received") == [0, 2, 4, 6]


def test_a_mapping_of_a_function_that_is_down_does_not_poll():
    trial = mapped({"processing_seconds": 1}).do(2, "Crash", "f").do(3, "Send", "p").run(10)
    assert trial.do(11, "SetParameter", "f", processing_seconds=2).seconds("received") == [0]
    assert trial.do(12, "Restore", "f").seconds("received") == [0, 12]


def test_what_waits_for_room_is_held_too():
    trial = subscribed({"processing_seconds": 10, "reserved_concurrency": 1}, messages=3).run(5)
    assert trial.metric("f", "holding") == 3
    assert trial.run(15).metric("f", "holding") == 2


def test_a_mapping_is_changed_alone():
    burst = {"message": {"name": "m{n}"}, "bursts": [{"at_seconds": 1, "count": 3}]}
    nodes = {"p": ("publisher", burst), "a": "queue", "b": "queue", "f": ("function", {"processing_seconds": 1})}
    trial = Trial(nodes, ["p/a", "p/b", "a/f", "b/f"]).do(0, "SetParameter", "a/f", BatchSize=1).run(10)
    assert trial.seconds("deleted", "a") == [2, 2, 2]
    assert trial.seconds("deleted", "b") == [4, 4, 4]


def test_a_batch_is_deleted_when_all_of_it_is_done():
    trial = mapped({"processing_seconds": 2}, messages=3).run(50)
    assert trial.seconds("worked") == [2, 4, 6]
    assert trial.seconds("deleted") == [6, 6, 6]


def test_an_error_returns_the_whole_batch():
    trial = mapped({"processing_seconds": 2, "fails_on": [{"match": "m1", "times": 1}]}, messages=3).run(100)
    assert trial.seconds("work_failed") == [4]
    assert trial.names("worked") == ["m0", "m0", "m1", "m2"]
    assert trial.seconds("received") == [0, 0, 0, 30, 30, 30]


REPORTS = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}


def test_a_function_that_reports_gives_back_only_what_failed():
    trial = mapped({"processing_seconds": 2, "fails_on": [{"match": "m1", "times": 1}]}, REPORTS, messages=3).run(100)
    assert trial.names("deleted") == ["m0", "m2", "m1"]
    assert len(trial.of("received")) == 4


def test_on_a_fifo_queue_a_reporting_function_gives_back_all_from_the_failed_one_on():
    trial = mapped({"fails_on": [{"match": "m1", "times": 1}]}, REPORTS, messages=3, queue="q.fifo").run(100)
    assert trial.names("received") == ["m0", "m1", "m2", "m1", "m2"]
    assert trial.names("deleted") == ["m0", "m1", "m2"]


def test_a_batching_window_gathers_messages_until_it_closes_or_is_full():
    mapping = {"BatchSize": 3, "MaximumBatchingWindowInSeconds": 10}
    trial = mapped({}, mapping, messages=1).do(4, "Send", "p").run(9.999)
    assert trial.of("work_started") == []
    assert trial.run(10).seconds("worked") == [10, 10]
    trial.do(20, "Send", "p", count=7).run(60)
    assert trial.seconds("worked")[2:] == [20] * 6 + [30]


def test_a_window_that_was_full_early_does_not_cut_the_next_one_short():
    trial = mapped({}, {"BatchSize": 2, "MaximumBatchingWindowInSeconds": 10}, messages=1)
    trial.do(4, "Send", "p").do(6, "Send", "p").run(60)
    assert trial.seconds("worked") == [4, 4, 16]


def test_no_batch_is_larger_than_its_size():
    trial = mapped({"processing_seconds": 100}, {"BatchSize": 10, "MaximumBatchingWindowInSeconds": 5}, messages=7)
    trial.do(2, "Send", "p", count=9).run(20)
    assert trial.seconds("work_started") == [2, 7]
    assert [len(batch.copies) for batch in trial["f"].running] == [10, 6]


def test_a_mapping_runs_five_batches_at_once_or_what_is_reserved():
    assert len(mapped({"processing_seconds": 9}, {"BatchSize": 1}, messages=9).run(1).of("work_started")) == 5
    reserved = mapped({"processing_seconds": 9, "reserved_concurrency": 2}, {"BatchSize": 1}, messages=9).run(1)
    assert len(reserved.of("work_started")) == 2


def test_a_batch_that_is_cut_off_comes_back_and_says_so():
    trial = mapped({"processing_seconds": 5}, messages=2).do(3, "Crash", "f").do(10, "Restore", "f").run(100)
    assert trial.seconds("work_failed") == [3]
    assert trial.seconds("received") == [0, 0, 30, 30]
    assert len(trial.of("deleted")) == 2


def test_what_is_gathered_when_the_function_goes_down_comes_back():
    trial = mapped({}, {"MaximumBatchingWindowInSeconds": 10}).do(5, "Crash", "f").do(20, "Restore", "f").run(100)
    assert trial.seconds("received") == [0, 30]
    assert trial.seconds("worked") == [40]


def test_a_mapping_takes_a_new_batch_size_when_it_is_set():
    trial = mapped({"processing_seconds": 1}, {"BatchSize": 1}, messages=3).do(5, "SetParameter", "q/f", BatchSize=5)
    trial.do(6, "Send", "p", count=3).run(20)
    assert trial.seconds("deleted") == [1, 1, 1, 9, 9, 9]


def test_a_mapping_that_is_disconnected_receives_no_more():
    trial = mapped({}, messages=1).do(1, "Disconnect", "q/f").do(2, "Send", "p").run(50)
    assert trial.seconds("received") == [0]


def test_a_mapping_takes_its_latency():
    trial = mapped({"processing_seconds": 1}, {"latency_seconds": 0.5}).run(5)
    assert (trial.seconds("received"), trial.seconds("worked")) == ([0], [1.5])


# -- callers ----------------------------------------------------------------------------------------------------------


def test_a_caller_gets_the_result_or_the_error():
    nodes = {"p": "publisher", "f": ("function", {"processing_seconds": 2, "fails_on": [{"match": "bad"}]})}
    trial = Trial(nodes, ["p/f"]).do(0, "Send", "p", message={"name": "good"})
    trial.do(5, "Send", "p", message={"name": "bad"}).run(20)
    assert trial.names("worked") == ["good"]
    assert (trial.names("dropped"), trial.seconds("dropped")) == (["bad"], [7])


def test_a_function_writes_and_hands_on():
    trial = Trial(
        {"t": "topic", "f": ("function", {"processing_seconds": 1}), "base": ("database", {"answer_seconds": 1}),
         "next": "queue"},
        ["t/f", "f/base", "f/next"],
    ).do(0, "Publish", "t", Message="text", name="m").run(5)  # fmt: skip
    assert trial.seconds("written") == [2]
    assert (trial.seconds("sent", "next"), trial.names("sent", "next")) == ([2], ["m"])


# -- responses by number ----------------------------------------------------------------------------------------------

RESPONSES = {
    "0": {"Return": {"StatusCode": 200, "Payload": {"id": 7}}},
    "1-2": {"Throw": {"Error": "Flood", "Cause": "The cellar is wet."}, "seconds": 3},
    "3": {"Return": [1, 2], "seconds": 4},
}


def asked(function: dict[str, Any], executions: int, retry: list[dict[str, Any]] | None = None) -> Trial:
    """A machine that calls the function; its executions start at seconds 0, 10, 20, …"""
    task = {"Type": "Task", "Resource": "f", "End": True, **({} if retry is None else {"Retry": retry})}
    machine = {"definition": {"StartAt": "Ask", "States": {"Ask": task}}}
    trial = Trial({"m": ("state_machine", machine), "f": ("function", function)}, ["m/f"])
    for number in range(executions):
        trial.do(number * 10, "StartExecution", "m", name=f"e{number}", input={})
    return trial.run(executions * 10 + 50)


def outcomes(trial: Trial) -> list[tuple[float, str, Any]]:
    ends = {"ExecutionSucceeded": "output", "ExecutionFailed": "error"}
    return [(r["at_ms"] / 1000, r["type"], r["detail"][ends[r["type"]]]) for r in trial.log if r["type"] in ends]


def test_a_machine_is_answered_by_the_number_of_the_invocation_and_in_its_time():
    trial = asked({"processing_seconds": 1, "responses": RESPONSES}, executions=5)
    assert outcomes(trial) == [
        (1, "ExecutionSucceeded", {"id": 7}),
        (13, "ExecutionFailed", "Flood"),
        (23, "ExecutionFailed", "Flood"),
        (34, "ExecutionSucceeded", [1, 2]),
        (41, "ExecutionSucceeded", {}),
    ]
    cause = next(record for record in trial.log if record["type"] == "ExecutionFailed")["detail"]["cause"]
    assert '"errorMessage":"The cellar is wet."' in cause


def test_a_retrier_catches_an_error_by_the_name_that_was_thrown():
    retry = [{"ErrorEquals": ["Flood"], "IntervalSeconds": 1, "BackoffRate": 1}]
    thrown = {"0-1": {"Throw": {"Error": "Flood"}}, "2": {"Return": "dry"}}
    assert outcomes(asked({"responses": thrown}, 1, retry)) == [(2, "ExecutionSucceeded", "dry")]


def test_a_set_response_leaves_nothing_to_chance():
    function = {"failure_probability": 1, "fails_on": [{}], "responses": {"0": {"Return": "sure"}}}
    assert [end[1] for end in outcomes(asked(function, 2))] == ["ExecutionSucceeded", "ExecutionFailed"]


def test_each_try_of_lambda_is_an_invocation_of_its_own():
    trial = subscribed({"responses": {"0-1": {"Throw": {"Error": "Flood"}, "seconds": 2}}}).run(1000)
    assert [record["detail"]["error"] for record in trial.of("work_failed")] == ["Flood", "Flood"]
    assert (trial.seconds("work_failed"), trial.seconds("worked")) == ([2, 64], [184])


def test_a_throttled_call_takes_no_number():
    function = {"processing_seconds": 5, "reserved_concurrency": 1, "responses": {"1": {"Throw": {"Error": "Flood"}}}}
    trial = Trial({"p": "publisher", "f": ("function", function)}, ["p/f"]).do(0, "Send", "p", count=2)
    trial.do(10, "Send", "p").run(20)
    errors = [record["detail"]["error"] for record in trial.of("dropped")]
    assert errors == ["Lambda.TooManyRequestsException", "Flood"]


def test_a_batch_is_one_invocation_whose_time_its_messages_share():
    responses = {"0": {"Throw": {"Error": "Flood"}, "seconds": 6}, "1": {"Return": None, "seconds": 6}}
    trial = mapped({"processing_seconds": 1, "responses": responses}, REPORTS, messages=3).run(100)
    assert (trial.seconds("work_failed"), trial.seconds("returned")) == ([6], [30, 30, 30])
    assert trial.seconds("worked") == [32, 34, 36]
    assert trial.seconds("deleted") == [36, 36, 36]


def test_a_set_answer_reports_which_messages_of_a_batch_failed():
    responses = {"0": {"Return": {"batchItemFailures": [{"itemIdentifier": "m1"}]}}}
    trial = mapped({"responses": responses}, REPORTS, messages=3).run(100)
    assert (trial.names("work_failed"), trial.names("deleted")) == (["m1"], ["m0", "m2", "m1"])
    deaf = mapped({"responses": responses}, messages=3).run(100)
    assert deaf.names("deleted") == ["m0", "m1", "m2"]


def test_responses_that_are_set_count_on_and_bad_ones_are_refused():
    trial = subscribed({"async_retry_seconds": []}, messages=2).run(1)
    throw = {"Throw": {"Error": "Flood"}}
    code, says = trial.refused_command(2, "SetParameter", "f", responses={"x": throw})
    assert code == "InvalidParameter"
    assert 'from 0, or several: "0" or "1-3"' in says
    trial.do(3, "SetParameter", "f", responses={"0-2": throw}).do(4, "Send", "p", count=2).run(5)
    assert (trial.names("work_failed"), trial.names("worked")) == (["m2"], ["m0", "m1", "m3"])


# -- handing on -------------------------------------------------------------------------------------------------------


def test_what_a_state_machine_hands_to_a_function_is_handed_on_as_a_message_of_the_executions_name():
    states = {"Ask": {"Type": "Task", "Resource": "f", "Parameters": {"text": "{n} dry"}, "End": True}}
    machine = {"definition": {"StartAt": "Ask", "States": states}}
    nodes = {"m": ("state_machine", machine), "f": "function", "t": "topic", "q": "queue", "n": "queue"}
    trial = Trial(nodes, ["m/f", "f/t", "f/q", "t/n"]).do(0, "StartExecution", "m", name="walk").run(1)
    asked = trial.of("work_started", "f")[0]["message"]
    assert [(record["node"], record["message"]) for record in trial.of("sent")] == [("n", asked), ("q", asked)]
    assert trial.of("sent", "q")[0]["detail"]["body"] == '{"text":"{n} dry"}'
    assert trial.names("ExecutionSucceeded", "m") == [asked]


@pytest.mark.parametrize("caller", ["function", "http"])
@pytest.mark.parametrize("callee", ["function", "http"])
@pytest.mark.parametrize("first", ["a", "b"])
def test_what_calls_another_finds_it_wherever_the_document_names_it(caller, callee, first):
    kinds = {"a": caller, "b": callee}
    nodes = {"p": "publisher", **({"a": caller, "b": callee} if first == "a" else {"b": callee, "a": caller})}
    trial = Trial(nodes, ["p/a", "a/b"]).do(0, "Send", "p").run(1)
    done = "worked" if kinds["b"] == "function" else "arrived"
    assert trial.metric("b", done) == 1
