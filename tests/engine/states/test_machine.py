"""The state machine as a node: AWS's operations, tokens, calls to other nodes, what it shows."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from courseapp.engine.architecture import parse
from courseapp.engine.commands import Refused
from courseapp.engine.kernel import Kernel
from courseapp.engine.states.machine import StateMachine
from courseapp.engine.world import Simulation
from tests.engine.states.help import machine, records, task, times

WAIT = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 4, "End": True}}}
ASK: dict[str, Any] = {
    "StartAt": "AskCoordinator",
    "States": {
        "AskCoordinator": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {"QueueUrl": "approvals", "MessageBody": {"token.$": "$$.Task.Token"}},
            "TimeoutSeconds": 86400,
            "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Escalate"}],
            "Next": "Onboard",
        },
        "Onboard": task("onboard", Next="Done"),
        "Escalate": task("escalate", Next="Done"),
        "Done": {"Type": "Succeed"},
    },
}


class Queue:
    """Takes what a machine sends."""

    id, kind = "approvals", "queue"

    def __init__(self, refuses: bool = False) -> None:
        self.sent: list[Any] = []
        self.refuses = refuses

    def send_from(self, caller: str, parameters: Any) -> dict[str, Any]:
        if self.refuses:
            raise Refused("InvalidParameterValue", "One or more parameters are invalid.")
        self.sent.append((caller, parameters["MessageBody"]))
        return {"MessageId": f"id-{len(self.sent)}", "MD5OfMessageBody": "x"}


def asking(definition: Any = ASK, refuses: bool = False) -> tuple[StateMachine, Queue]:
    seconds = {"Onboard": 1, "Escalate": 1}
    built = machine(definition, ("approvals",), task_seconds=seconds)
    queue = built.kernel.nodes["approvals"] = Queue(refuses)
    built.start("ask", {})
    built.kernel.run_until(0)
    return built, queue


def token_of(sent: Any) -> str:
    return str(sent[1]).split('"')[3]


# StartExecution


def test_the_same_name_and_input_while_it_runs_is_the_same_execution() -> None:
    built = machine(WAIT)
    first = built.start("order-77", {"order": 77})
    built.kernel.run_until(3000)
    assert built.start("order-77", {"order": 77}) == first
    assert built.metrics()["ExecutionsStarted"] == 1
    with pytest.raises(Refused, match="ExecutionAlreadyExists"):
        built.start("order-77", {"order": 78})


def test_a_closed_name_is_refused_for_90_days() -> None:
    built = machine(WAIT)
    built.start("order-77", {})
    built.kernel.run_until(10_000)
    with pytest.raises(Refused, match="ExecutionAlreadyExists"):
        built.start("order-77", {})
    built.kernel.run_until(91 * 86_400_000)
    built.start("order-77", {})
    assert built.metrics()["ExecutionsStarted"] == 2


def test_express_is_not_idempotent() -> None:
    built = machine(WAIT, type="EXPRESS")
    assert built.start("a", {})["executionArn"] != built.start("a", {})["executionArn"]


@pytest.mark.parametrize("name", ["", "a b", "a/b", "x" * 81, "tab\t", "half\ud800", "none\uffff", 7])
def test_a_name_that_aws_does_not_take(name: Any) -> None:
    with pytest.raises(Refused, match="InvalidName"):
        machine(WAIT).start(name, {})


@pytest.mark.parametrize("text", ["{", "NaN", "x" * 10, '"' + "x" * 262_144 + '"', "[" * 500 + "]" * 500])
def test_an_input_that_aws_does_not_take(text: str) -> None:
    with pytest.raises(Refused, match="InvalidExecutionInput"):
        machine(WAIT).start_execution({"input": text})


@pytest.mark.parametrize(
    ("seconds", "limit", "ended"),
    [
        ({"call": 1, "job": 9}, 5, [(9, "SUCCEEDED")]),
        ({"call": 6, "job": 9}, 5, []),
        ({"call": 1, "job": 4}, 5, [(4, "SUCCEEDED")]),
    ],
    ids=["a time-out cancels no job", "a call that was not answered has started none", "a job in time"],
)
def test_a_job_ends_once_whether_its_task_still_waits_or_not(seconds: Any, limit: int, ended: Any) -> None:
    job = {"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync", "TimeoutSeconds": limit, "End": True}
    built = machine({"StartAt": "J", "States": {"J": job}}, task_seconds={"J": seconds})
    built.start(None, {})
    built.kernel.run_until(20_000)
    found = [(at, detail["status"]) for at, kind, _, detail in records(built.kernel) if kind == "job_ended"]
    assert found == ended


def test_a_number_with_too_many_digits_is_refused_in_words_for_people() -> None:
    with pytest.raises(Refused, match="a number has more than 4,300 digits"):
        machine(WAIT).start_execution({"input": "9" * 5_000})


def test_input_may_be_any_json_value() -> None:
    built = machine(WAIT)
    for text in ("1", "null", '"a"', "[]"):
        built.start_execution({"input": text})
    assert [one.input for one in built.executions] == [1, None, "a", []]


def test_an_execution_is_called_as_the_message_that_starts_it() -> None:
    class Message:
        name = "order 77"

    built = machine(WAIT)
    built.start("order-77", {}, Message())
    [record, *_] = built.kernel.journal.records
    assert (record[4].name, record[4].execution_name) == ("order 77", "order-77")


def test_machines_that_start_one_another_are_throttled_and_end() -> None:
    kernel = Kernel(7)
    again = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution", "End": True}
    definition = {"StartAt": "Again", "States": {"Again": {**again, "Parameters": {"StateMachineArn": "m"}}}}
    built = machine(definition, ("m",), kernel=kernel)
    built.start(None, {})
    assert kernel.run_until(0, most=100_000)
    assert built.metrics()["ExecutionsStarted"] == 1300
    assert built.executions[-1].error == "StepFunctions.ThrottlingException"


def test_a_definition_with_a_problem_never_starts_and_a_refused_change_changes_nothing() -> None:
    bad = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}
    with pytest.raises(Refused, match="There is no state 'B'"):
        machine(bad)
    built = machine(WAIT)
    with pytest.raises(Refused, match="InvalidDefinition"):
        built.set_parameter("definition", bad)
    with pytest.raises(Refused, match="InvalidMocks"):
        built.set_parameter("mocks", {"W": {"1": {"Return": 1}}})
    built.start(None, {"x": 1})
    built.kernel.run_until(5000)
    assert built.find().status == "SUCCEEDED"


# Tokens


def test_an_approval_brings_the_output_and_is_good_once() -> None:
    built, queue = asking()
    token = token_of(queue.sent[0])
    built.kernel.run_until(18_000_000)
    built.send_task_success(token, '{"approved": true}')
    with pytest.raises(Refused, match="TaskTimedOut"):
        built.send_task_success(token, {})
    built.kernel.run_until(19_000_000)
    assert times(built.kernel, "ExecutionSucceeded") == [18_001]
    [submitted] = [detail for _, kind, _, detail in records(built.kernel) if kind == "TaskSubmitted"]
    assert submitted["output"]["MessageId"] == "id-1"
    onboard = next(d for _, k, s, d in records(built.kernel) if k == "TaskStateEntered" and s == "Onboard")
    assert onboard["input"] == {"approved": True}
    assert built.metrics()["transitions"] == 3


def test_silence_times_out_and_escalates_and_a_late_answer_is_refused() -> None:
    built, queue = asking()
    built.kernel.run_until(90_000_000)
    assert times(built.kernel, "TaskTimedOut") == [86_400]
    assert times(built.kernel, "ExecutionSucceeded") == [86_401]
    with pytest.raises(Refused, match="TaskTimedOut"):
        built.send_task_success(token_of(queue.sent[0]), {})


def test_a_retry_makes_a_new_token_and_a_second_message() -> None:
    definition = copy.deepcopy(ASK)
    retry = {"ErrorEquals": ["States.Timeout"], "MaxAttempts": 1, "IntervalSeconds": 1}
    definition["States"]["AskCoordinator"]["Retry"] = [retry]
    built, queue = asking(definition)
    built.kernel.run_until(200_000_000)
    assert len({token_of(sent) for sent in queue.sent}) == 2
    assert times(built.kernel, "TaskTimedOut") == [86_400, 172_801]
    assert times(built.kernel, "ExecutionSucceeded") == [172_802]
    assert built.metrics()["transitions"] == 4


def test_heartbeats_keep_a_task_alive_until_one_is_missed() -> None:
    definition = copy.deepcopy(ASK)
    definition["States"]["AskCoordinator"]["HeartbeatSeconds"] = 3600
    built, queue = asking(definition)
    built.kernel.run_until(3_000_000)
    built.send_task_heartbeat(token_of(queue.sent[0]))
    built.kernel.run_until(10_000_000)
    assert times(built.kernel, "TaskTimedOut") == [6600]


def test_a_decline_fails_the_task_and_a_name_stands_for_the_token() -> None:
    built, _ = asking()
    built.send_task_failure({"message": "ask"}, "Declined", "no")
    assert (built.find().error, built.find().cause) == ("Declined", "no")


@pytest.mark.parametrize("token", ["", "nonsense", "bS8xL2FiYw==", "x" * 5000, 7, None])
def test_a_forged_token_is_refused(token: Any) -> None:
    built = machine(WAIT)
    with pytest.raises(Refused, match=r"InvalidToken|TaskTimedOut"):
        built.send_task_success(token, {})


@pytest.mark.parametrize("given", [("x" * 257, None), ({}, None), ("E", "x" * 32_769), ("E", 5)])
def test_an_error_and_a_cause_have_a_length(given: tuple[Any, Any]) -> None:
    built, queue = asking()
    for refused in (
        lambda: built.send_task_failure(token_of(queue.sent[0]), *given),
        lambda: built.stop("ask", *given),
    ):
        with pytest.raises(Refused, match="ValidationException"):
            refused()
    assert built.executions[0].status == "RUNNING"


def test_output_that_is_no_json_is_refused_and_the_task_waits_on() -> None:
    built, queue = asking()
    with pytest.raises(Refused, match="InvalidOutput"):
        built.send_task_success(token_of(queue.sent[0]), "{")
    assert built.find().status == "RUNNING"


# Other nodes


def test_a_refusal_of_the_queue_is_an_error_in_the_services_name() -> None:
    built, _ = asking(refuses=True)
    assert built.find().error == "SQS.AmazonSQSException"
    assert "Error Code: InvalidParameterValue" in str(built.find().cause)


def test_a_node_without_a_link_may_not_be_called() -> None:
    built = machine(ASK)
    built.kernel.nodes["approvals"] = Queue()
    built.start(None, {})
    built.kernel.run_until(0)
    assert "is not authorized to perform: sqs:sendMessage" in str(built.find().cause)


@pytest.mark.parametrize(("suffix", "parsed"), [(".sync", '{"x":1}'), (".sync:2", {"x": 1})])
def test_a_nested_execution_is_waited_for(suffix: str, parsed: Any) -> None:
    kernel = Kernel(7)
    machine(WAIT, name="child", kernel=kernel)
    call = {"Type": "Task", "Resource": f"arn:aws:states:::states:startExecution{suffix}", "End": True}
    parameters = {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:child", "Input": {"x": 1}}
    definition = {"StartAt": "Call", "States": {"Call": {**call, "Parameters": parameters}}}
    parent = machine(definition, ("child",), name="parent", kernel=kernel)
    parent.start(None, {})
    kernel.run_until(10_000)
    execution = parent.find()
    assert (execution.status, execution.ended_ms) == ("SUCCEEDED", 4000)
    assert execution.output["Output"] == parsed


@pytest.mark.parametrize(("suffix", "status"), [(".sync", "ABORTED"), (".sync:2", "ABORTED"), ("", "SUCCEEDED")])
def test_a_nested_execution_that_was_waited_for_is_stopped_with_what_waits(suffix: str, status: str) -> None:
    kernel = Kernel(7)
    child = machine(WAIT, name="child", kernel=kernel)
    call = {"Type": "Task", "Resource": f"arn:aws:states:::states:startExecution{suffix}", "Next": "Rest"}
    states = {"Call": {**call, "Parameters": {"StateMachineArn": "child"}}, "Rest": {"Type": "Wait", "Seconds": 9}}
    states["Rest"]["End"] = True
    failing = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 2, "Next": "F"}, "F": {"Type": "Fail"}}}
    branches = [{"StartAt": "Call", "States": states}, failing]
    both = {"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "Branches": branches, "End": True}}}
    parent = machine(both, ("child",), name="parent", kernel=kernel)
    parent.start(None, {})
    kernel.run_until(10_000)
    assert (parent.find().status, parent.find().ended_ms) == ("FAILED", 2_000)
    assert (child.find().status, child.find().ended_ms) == (status, 2_000 if suffix else 4_000)


def test_a_nested_failure_is_task_failed() -> None:
    kernel = Kernel(7)
    machine({"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E"}}}, name="child", kernel=kernel)
    call = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync", "End": True}
    definition = {"StartAt": "Call", "States": {"Call": {**call, "Parameters": {"StateMachineArn": "child"}}}}
    parent = machine(definition, ("child",), name="parent", kernel=kernel)
    parent.start(None, {})
    kernel.run_until(10_000)
    assert parent.find().error == "States.TaskFailed"
    assert '"Error":"E"' in str(parent.find().cause)


# What it shows


def test_what_it_shows_while_a_retry_pauses_and_after_the_end() -> None:
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 1}]
    definition = {
        "StartAt": "A",
        "States": {
            "A": task("f", Retry=retry, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "B"}], Next="B"),
            "B": {"Type": "Pass", "End": True},
        },
    }
    built = machine(definition, task_seconds={"A": 1}, mocks={"A": {"0-9": {"Throw": {"Error": "E"}}}})
    assert built.view()["status"] == "idle"
    built.start("one", {})
    built.kernel.run_until(1000)
    view = built.view()
    assert (view["status"], view["running"]) == ("run", 1)
    assert view["states"] == {
        "A": {"status": "wait", "says": "attempt 2 in 0:02", "entered": 1},
        "B": {"status": "idle", "says": "", "entered": 0},
    }
    built.kernel.run_until(9000)
    view = built.view()
    assert view["states"]["A"]["status"] == "caught"
    assert view["states"]["B"] == {"status": "ok", "says": "", "entered": 1}
    [shown] = view["executions"]
    assert (shown["name"], shown["status"], shown["ended_ms"]) == ("one", "SUCCEEDED", 4000)


def test_the_price_of_express_is_time_and_memory() -> None:
    states = {name: task("f", Next=to) for name, to in zip("ABCD", "BCDE", strict=True)}
    definition = {"StartAt": "A", "States": {**states, "E": {"Type": "Succeed"}}}
    built = machine(definition, type="EXPRESS", memory_mb=64, task_seconds=dict.fromkeys("ABCD", 0.5))
    for _ in range(20):
        built.start(None, {})
    built.kernel.run_until(5000)
    assert built.metrics()["cost_usd"] == pytest.approx(20 * 0.000001 + 20 * 2 * 0.0625 * 0.00001667, abs=1e-9)


def test_a_machine_cannot_crash() -> None:
    built = machine(WAIT)
    for what in (built.crash, built.restore):
        with pytest.raises(Refused):
            what({})


def test_what_a_machine_sends_and_starts_is_called_like_the_message_that_started_it() -> None:
    steps = {
        "StartAt": "Tell",
        "States": {
            "Tell": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish",
                     "Parameters": {"TopicArn": "news", "Message.$": "$"}, "Next": "Start"},
            "Start": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution",
                      "Parameters": {"StateMachineArn": "inner", "Name": "any", "Input": {}}, "End": True},
        },
    }  # fmt: skip
    send = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
            "Parameters": {"QueueUrl": "desk", "MessageBody": {"a": 1}}, "End": True}  # fmt: skip
    inner = {"StartAt": "Send", "States": {"Send": send}}
    message = {"name": "refund {n}", "type": "refund", "body": '{"n":{n}}'}
    nodes = [
        {"id": "shop", "kind": "publisher", "parameters": {"message": message, "messages": [{"at_seconds": 1}]}},
        {"id": "outer", "kind": "state_machine", "parameters": {"definition": steps}},
        {"id": "inner", "kind": "state_machine", "parameters": {"definition": inner}},
        {"id": "news", "kind": "topic"},
        {"id": "desk", "kind": "queue"},
    ]
    ways = (("shop", "outer"), ("outer", "news"), ("outer", "inner"), ("inner", "desk"), ("news", "desk"))
    document = {"version": 1, "title": "Names", "nodes": nodes, "links": [{"from": a, "to": b} for a, b in ways]}
    simulation = Simulation(parse(document), 7)
    simulation.run_until(5_000)
    told = {kind: (message.name, message.type) for _, kind, _, _, message, _, _ in simulation.drain() if message}
    assert set(told.values()) == {("refund 0", "refund")}
    assert {"published", "sent", "ExecutionSucceeded"} <= told.keys()
