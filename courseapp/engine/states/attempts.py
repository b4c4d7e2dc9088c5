"""One attempt of a Task: what goes on between ``…Scheduled`` and the event that ends it.

Its answer comes from a mock, from a node of the simulation, or (where there is neither) is ``{}`` after the state's
``task_seconds``. What "done" means depends on the pattern: request-response ends with the call's answer; ``.sync``
with the end of the job; ``.waitForTaskToken`` with ``SendTaskSuccess`` or ``SendTaskFailure``. Each attempt has a
number of its own, and a token where it needs one; both are void once it has ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from courseapp.engine.arns import REGION
from courseapp.engine.kernel.phases import TIMERS, WORK
from courseapp.engine.states import integrations, jobs
from courseapp.engine.states.errors import HEARTBEAT_TIMEOUT, HTTP_SOCKET, TASK_FAILED, TIMEOUT, StatesError
from courseapp.engine.states.flow import too_large
from courseapp.engine.states.jsontext import compact, fits, weight
from courseapp.engine.states.mocks import Answer
from courseapp.engine.states.nodes import Move
from courseapp.engine.states.quotas import HTTP_TASK_MS
from courseapp.engine.states.resources import REQUEST, SYNC, TOKEN, Resource
from courseapp.engine.states.times import Times

if TYPE_CHECKING:
    from courseapp.engine.states.execution import Execution
    from courseapp.engine.states.lines import Line

_PREFIX = {"task": "Task", "lambda": "LambdaFunction", "activity": "Activity"}


class Attempt:
    __slots__ = (
        "answer",  # what the call or the job brings, once it is known
        "beat_ms",  # when a heartbeat was last heard
        "cancelled",  # so is its job
        "ended",
        "has_timer",  # a time-out or a heartbeat will end it if nothing else does
        "heartbeat_ms",
        "job_fails",
        "job_ms",  # virtual end of the job that the call has started, or None
        "line",
        "mocked",
        "nested",  # the execution that it waits for
        "number",
        "resource",
        "sent",  # what the call was sent with
        "started_ms",
        "state",  # its name
        "submitted",
        "token",
    )

    def __init__(self, line: Line, number: int, resource: Resource) -> None:
        self.line = line
        self.number = number
        self.resource = resource
        self.state = line.state.name
        self.token: str | None = None
        self.sent: Any = None
        self.answer: Answer | None = None
        self.started_ms = self.beat_ms = line.now_ms
        self.heartbeat_ms: int | None = None
        self.job_ms: int | None = None
        self.job_fails: str | None = None
        self.nested: Execution | None = None
        self.ended = self.mocked = self.submitted = self.cancelled = self.has_timer = False

    # Beginning

    def begin(self, sent: Any, timeout_s: int | None, heartbeat_s: int | None, credentials: Any) -> None:
        line = self.line
        execution, resource = line.execution, self.resource
        limits = {"timeoutInSeconds": timeout_s, "heartbeatInSeconds": heartbeat_s}
        role = None if credentials is None else {"roleArn": credentials.get("RoleArn")}
        if resource.family == "task":
            kinds = {
                "resourceType": resource.service,
                "resource": resource.resource,
                "region": REGION,
            }
            execution.note_fields(line, "TaskScheduled", **kinds, parameters=sent, **limits, taskCredentials=role)
            execution.note(line, "TaskStarted", resource.service, resource.resource)
        elif resource.family == "lambda":
            arn = execution.machine.function_arn(resource)
            limits.pop("heartbeatInSeconds")
            execution.note_fields(
                line, "LambdaFunctionScheduled", resource=arn, input=sent, **limits, taskCredentials=role
            )
            execution.note(line, "LambdaFunctionStarted")
        else:
            execution.note_fields(line, "ActivityScheduled", resource=resource.resource, input=sent, **limits)
            execution.note_fields(line, "ActivityStarted")
        self.has_timer = timeout_s is not None or (heartbeat_s is not None and resource.pattern == TOKEN)
        if timeout_s is not None:
            execution.plan(self.started_ms + timeout_s * 1000, TIMERS, self, "timed_out")
        if heartbeat_s is not None and resource.pattern == TOKEN:
            self.heartbeat_ms = heartbeat_s * 1000
            execution.plan(self.started_ms + self.heartbeat_ms, TIMERS, self, "beat_missed")
        self._call(sent)

    def _call(self, sent: Any) -> None:
        self.sent = sent
        line, machine = self.line, self.line.execution.machine
        number = line.execution.calls.get(self.state, 0)
        line.execution.calls[self.state] = number + 1
        times = machine.task_times(self.state)
        if times.job_ms is not None:
            self.job_ms, self.job_fails = self.started_ms + times.job_ms, times.job_fails
            machine.kernel.plan(max(self.job_ms, machine.kernel.now_ms), WORK, self, "job_ends")
        self.answer = machine.mocks.answer(self.state, number)
        self.mocked = self.answer is not None
        way_ms = 0 if self.mocked else integrations.way_ms(machine, self, sent)
        if way_ms:
            line.execution.plan(line.now_ms + way_ms, WORK, self, "arrives", times)
        else:
            self._perform(times)

    def arrives(self, times: Times) -> None:
        """The call has come to the end of its link."""
        if not self.ended:
            self._perform(times)
            if not self.line.execution.running:
                self.line.execution.go_on()

    def _perform(self, times: Times) -> None:
        line = self.line
        if self.answer is None:
            self.answer = integrations.perform(line.execution.machine, self, self.sent)
            if self.answer is None:
                line.execution.plan_the_end(surely=True)
                return
        if self.resource.service == "http" and times.call_ms > HTTP_TASK_MS:
            says = f"The HTTP request took more than {HTTP_TASK_MS // 1000} seconds."
            self.answer, times = Answer(error=StatesError(HTTP_SOCKET, says)), times._replace(call_ms=HTTP_TASK_MS)
        if times.call_ms:
            line.execution.plan(line.now_ms + times.call_ms, WORK, self, "call_ends")
        else:
            line.execution.ready.append((line, "called", self))

    # What the agenda calls

    def call_ends(self, _: Any) -> None:
        if not self.ended:
            self.line.execution.resume(self.line, "called", self)

    def answered(self, answer: Answer) -> None:
        """A node has answered a request, or a nested execution has ended."""
        if not self.ended:
            self.answer = answer
            self.line.execution.resume(self.line, "finished" if self.submitted else "called", self)

    def job_ends(self, _: Any) -> None:
        """The job that the call started is over, whether anybody waits for it or not."""
        if self.cancelled or (self.ended and self.resource.pattern == SYNC and not self.submitted):
            return
        self._record_job("FAILED" if self.job_fails else "SUCCEEDED")
        if not self.ended and self.submitted and self.resource.pattern == SYNC:
            self.line.execution.resume(self.line, "finished", self)

    def timed_out(self, _: Any) -> None:
        if not self.ended:
            self._stop_with(StatesError(TIMEOUT, None))

    def beat_missed(self, _: Any) -> None:
        if self.ended or self.heartbeat_ms is None:
            return
        execution = self.line.execution
        due_ms = self.beat_ms + self.heartbeat_ms
        if due_ms > execution.kernel.now_ms:
            execution.plan(due_ms, TIMERS, self, "beat_missed")
        else:
            self._stop_with(StatesError(TIMEOUT, None, HEARTBEAT_TIMEOUT))

    def _stop_with(self, error: StatesError) -> None:
        self.answer = Answer(error=error)
        self.line.execution.resume(self.line, "finished", self)

    # Ending; called from the execution's loop

    def after_call(self) -> Move:
        """The call itself has been answered."""
        answer, pattern = self.answer, self.resource.pattern
        assert answer is not None
        if pattern == REQUEST or answer.error is not None:
            return self.at_the_end()
        line = self.line
        given = integrations.submission(self) if self.mocked else answer.result
        kinds = {"resourceType": self.resource.service, "resource": self.resource.resource}
        line.execution.note_fields(line, "TaskSubmitted", **kinds, output=given)
        self.submitted = True
        if pattern == TOKEN:
            if self.mocked:
                return self.at_the_end()
            self.answer = None
            line.execution.plan_the_end(surely=self.has_timer)
        elif self.job_ms is None or self.job_ms <= line.now_ms:
            if not self.mocked and integrations.is_nested(self):
                line.execution.plan_the_end(surely=True)
                return None
            return self.at_the_end()
        return None

    def at_the_end(self) -> Move:
        """The outcome is known."""
        line, answer, resource = self.line, self.answer, self.resource
        assert answer is not None
        if self.job_fails and self.submitted and answer.error is None and resource.pattern == SYNC:
            answer = Answer(error=StatesError(TASK_FAILED, compact(integrations.failed_job(self))))
        bad = None if answer.error else jobs.refused(resource.service, resource.pattern, answer.result)
        if bad is not None:
            answer = Answer(error=StatesError(*bad))
        if answer.error is None and not fits(answer.result):
            named = resource.service if resource.family == "task" else line.execution.machine.function_arn(resource)
            answer = Answer(error=too_large(named, by_name=False))
        self.close()
        line.attempt = None
        if not self.mocked and (made := weight(answer.result)):
            line.make(made)
        if answer.error is None:
            self._note("Succeeded", output=answer.result)
            return line.state.done(line, answer.result)
        timed_out = answer.error.name == TIMEOUT
        self._note("TimedOut" if timed_out else "Failed", error=answer.error.name, cause=answer.error.cause)
        raise answer.error

    def _note(self, what: str, **fields: Any) -> None:
        family = self.resource.family
        kinds = {"resourceType": self.resource.service, "resource": self.resource.resource} if family == "task" else {}
        self.line.execution.note_fields(self.line, f"{_PREFIX[family]}{what}", **kinds, **fields)

    def abandon(self) -> None:
        """The state is cut off: what it waits for, a job or a nested execution, is cancelled; a function runs on."""
        if not self.ended and self.resource.pattern == SYNC:
            self.cancelled = True
            if self.job_ms is not None:
                self._record_job("STOPPED")
            if self.nested is not None:
                self.nested.kernel.plan(self.nested.kernel.now_ms, WORK, self.nested, "cut_off")
        self.close()

    def close(self) -> None:
        self.ended = True
        self.line.execution.machine.attempts.pop(self.number, None)

    def _record_job(self, status: str) -> None:
        execution = self.line.execution
        detail: dict[str, Any] = {"state": self.state, "status": status}
        if status == "FAILED":
            detail["error"] = self.job_fails
        execution.kernel.record("job_ended", execution.node, message=execution, detail=detail)
