"""What a task does in the simulation: it reaches a function, a queue, a topic or another machine.

``perform`` starts the work of an attempt and gives its answer, or None when it comes later. A target is named by its
node's id, or by an ARN or URL that ends in it. One that the document does not let the machine reach is refused as AWS
refuses a missing permission; one that is no node of the document answers ``{}``, as does every service that is not
simulated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from courseapp.engine.architecture.problems import article
from courseapp.engine.commands import Refused
from courseapp.engine.kernel.phases import WORK
from courseapp.engine.messages import Call, as_uuid
from courseapp.engine.states import jobs, storage
from courseapp.engine.states.errors import TASK_FAILED, StatesError
from courseapp.engine.states.jsontext import compact
from courseapp.engine.states.mapruns import described
from courseapp.engine.states.mocks import Answer
from courseapp.engine.states.resources import SYNC, TOKEN

if TYPE_CHECKING:
    from courseapp.engine.states.attempts import Attempt
    from courseapp.engine.states.execution import Execution

# How errors are named: the integration's prefix, and the service's name in the cause.
_SERVICE = {
    "lambda": ("Lambda", "AWSLambda"),
    "sqs": ("SQS", "AmazonSQS"),
    "sns": ("SNS", "AmazonSNS"),
    "states": ("StepFunctions", "AWSStepFunctions"),
}
# Where a call names its target.
_NAMED_BY = {
    "lambda": ("FunctionName",),
    "sqs": ("QueueUrl",),
    "sns": ("TopicArn", "TargetArn"),
    "states": ("StateMachineArn",),
}
# Errors of a function that come from the platform, not from its code.
_PLATFORM = ("Lambda.", "Sandbox.", "States.")


def perform(attempt_machine: Any, attempt: Attempt, sent: Any) -> Answer | None:
    """Begin the work of an attempt. None: the answer comes later."""
    resource = attempt.resource
    if resource.family == "lambda":
        return _invoke(attempt_machine, attempt, resource.target, sent, wrapped=False)
    if resource.service == "aws-sdk:s3" and isinstance(sent, Mapping):
        return storage.perform(attempt_machine, resource.action, sent, _request_id(attempt))
    work = _WORK.get((resource.service, resource.action))
    if work is None or not isinstance(sent, Mapping):
        return Answer({})
    return work(attempt_machine, attempt, sent)


def way_ms(machine: Any, attempt: Attempt, sent: Any) -> int:
    """How long a call is on its way: the latency of the link to the node that it means."""
    ways_ms: Mapping[str, int] = machine.ways_ms
    if not ways_ms:
        return 0
    fields = _NAMED_BY.get(attempt.resource.service, ())
    named = [sent[field] for field in fields if field in sent] if isinstance(sent, Mapping) else []
    node = _named(machine, attempt.resource.target or (named[0] if named else ""))
    return 0 if node is None else ways_ms.get(node.id, 0)


def _named(machine: Any, named: Any) -> Any:
    """The node of that id, or that an ARN or URL ends in; None if there is none."""
    name = str(named).rstrip("/").replace("/", ":").split(":function:")[-1]
    name = name.split(":")[0] if ":function:" in str(named) else name.split(":")[-1]
    return machine.kernel.nodes.get(str(named), machine.kernel.nodes.get(name))


def _target(machine: Any, attempt: Attempt, named: Any, kind: str) -> Any:
    """The node that a task means, None if the document has none of that name. Raises StatesError."""
    node = _named(machine, named)
    if node is None:
        return None
    prefix = _SERVICE[attempt.resource.service][0]
    if node.kind != kind:
        raise StatesError(f"{prefix}.ResourceNotFoundException", f"{named} is {article(node.kind)}, not a {kind}.")
    if node.id not in machine.reach:
        action = f"{attempt.resource.service}:{attempt.resource.action}"
        says = f"User: {machine.role_arn} is not authorized to perform: {action} on resource: {node.id}"
        raise _service_error(attempt, "AccessDeniedException", says, 403)
    return node


def _service_error(attempt: Attempt, code: str, says: str, status: int = 400) -> StatesError:
    prefix, service = _SERVICE[attempt.resource.service]
    name = "AmazonSQSException" if prefix == "SQS" else code if code.endswith("Exception") else f"{code}Exception"
    request = f"Request ID: {_request_id(attempt)}; Proxy: null"
    cause = f"{says} (Service: {service}; Status Code: {status}; Error Code: {code}; {request})"
    return StatesError(f"{prefix}.{name}", cause)


def _request_id(attempt: Attempt) -> str:
    return as_uuid(attempt.line.execution.arn, attempt.number)


def enveloped(attempt: Attempt, answer: Mapping[str, Any]) -> dict[str, Any]:
    """An optimised integration's answer: the API's, with the SDK's metadata."""
    request = _request_id(attempt)
    headers = {"x-amzn-RequestId": request, "Content-Type": "application/json"}
    http = {
        "AllHttpHeaders": {name: [value] for name, value in headers.items()},
        "HttpHeaders": headers,
        "HttpStatusCode": 200,
    }
    return {**answer, "SdkHttpMetadata": http, "SdkResponseMetadata": {"RequestId": request}}


# Lambda


def _invoke(machine: Any, attempt: Attempt, named: Any, payload: Any, wrapped: bool) -> Answer | None:
    try:
        function = _target(machine, attempt, named, "function")
    except StatesError as error:
        return Answer(error=error)
    if function is None:
        return Answer({})
    token = (attempt.number, wrapped)
    function.invoke(Call(machine, token, attempt.line.execution, payload))
    return None


def _lambda_invoke(machine: Any, attempt: Attempt, sent: Mapping[str, Any]) -> Answer | None:
    return _invoke(machine, attempt, sent.get("FunctionName"), sent.get("Payload", {}), wrapped=True)


def function_answer(attempt: Attempt, wrapped: bool, error: tuple[str, str] | None, result: Any) -> Answer:
    """What a function's answer means to the task: its result, or its error in the form that Lambda gives it."""
    if error is not None:
        name, text = error
        if name.startswith(_PLATFORM):
            return Answer(error=StatesError(name, text))
        cause = {"errorMessage": text, "errorType": name, "requestId": _request_id(attempt), "stackTrace": []}
        return Answer(error=StatesError(name, compact(cause)))
    if not wrapped:
        return Answer(result)
    return Answer(enveloped(attempt, {"ExecutedVersion": "$LATEST", "Payload": result, "StatusCode": 200}))


# SQS and SNS


def _spoken(attempt: Attempt, sent: Mapping[str, Any], field: str) -> dict[str, Any]:
    """The parameters with that field as text: an object is sent as JSON. The message is called what its execution is
    called, and looks like what has started it."""
    execution, value = attempt.line.execution, sent.get(field)
    texts = {} if value is None or isinstance(value, str) else {field: compact(value)}
    return {**sent, **texts, "name": execution.name, "type": execution.type}


def _send(machine: Any, attempt: Attempt, sent: Mapping[str, Any]) -> Answer:
    return _request(attempt, machine, sent.get("QueueUrl"), "queue", "send_from", _spoken(attempt, sent, "MessageBody"))


def _publish(machine: Any, attempt: Attempt, sent: Mapping[str, Any]) -> Answer:
    named = sent.get("TopicArn", sent.get("TargetArn"))
    return _request(attempt, machine, named, "topic", "publish_from", _spoken(attempt, sent, "Message"))


def _request(attempt: Attempt, machine: Any, named: Any, kind: str, method: str, sent: Mapping[str, Any]) -> Answer:
    try:
        node = _target(machine, attempt, named, kind)
        return Answer({}) if node is None else Answer(enveloped(attempt, getattr(node, method)(machine.id, sent)))
    except StatesError as error:
        return Answer(error=error)
    except Refused as refusal:
        return Answer(error=_service_error(attempt, refusal.code, refusal.says))


# Step Functions


def _start(machine: Any, attempt: Attempt, sent: Mapping[str, Any]) -> Answer:
    try:
        node = _target(machine, attempt, sent.get("StateMachineArn"), "state_machine")
        if node is None:
            return Answer({})
        name = sent.get("Name")
        execution, _ = node.open(name, sent.get("Input", {}), attempt.line.execution)
    except StatesError as error:
        return Answer(error=error)
    except Refused as refusal:
        return Answer(error=_service_error(attempt, refusal.code, refusal.says))
    if attempt.resource.pattern == SYNC:
        execution.watched_by(attempt)
    answer = {"ExecutionArn": execution.arn, "StartDate": execution.wall_time(execution.started_ms)}
    return Answer(enveloped(attempt, answer))


def is_nested(attempt: Attempt) -> bool:
    """Whether the attempt waits for an execution of another machine."""
    answer = attempt.answer
    return (
        attempt.resource.service == "states"
        and answer is not None
        and isinstance(answer.result, Mapping)
        and "ExecutionArn" in answer.result
    )


def nested_answer(attempt: Attempt, execution: Execution) -> Answer:
    """What the end of a nested execution brings to the task that waits for it."""
    shown = described(execution, attempt.resource.parsed_output)
    if execution.status == "SUCCEEDED":
        return Answer(shown)
    return Answer(error=StatesError(TASK_FAILED, compact(shown)))


def tell(attempt: Attempt, execution: Execution) -> None:
    """Let the answer come in the same instant, as an event of its own."""
    execution.kernel.plan(execution.kernel.now_ms, WORK, attempt, "answered", nested_answer(attempt, execution))


# What a mocked call is shown to have answered before its job or its token ended


def submission(attempt: Attempt) -> Any:
    """The answer of the call that starts a mocked job, in the published shape where it is a short one."""
    resource, identity = attempt.resource, _request_id(attempt)
    if resource.pattern == TOKEN:
        return {}
    return enveloped(attempt, jobs.started(resource.service, resource.action, attempt.sent, identity))


def failed_job(attempt: Attempt) -> dict[str, Any]:
    """The description of a job that has failed, as the cause of ``States.TaskFailed``."""
    described = None if attempt.answer is None else attempt.answer.result
    return jobs.failed(attempt.resource.service, attempt.resource.action, described, attempt.job_fails)


_WORK: dict[tuple[str, str], Callable[[Any, Attempt, Mapping[str, Any]], Answer | None]] = {
    ("lambda", "invoke"): _lambda_invoke,
    ("sqs", "sendMessage"): _send,
    ("sns", "publish"): _publish,
    ("states", "startExecution"): _start,
}
