"""The state machine as a node of the simulation: AWS's operations on it, its executions, what it counts and costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from courseapp.engine import limits
from courseapp.engine.architecture import Link, Node
from courseapp.engine.architecture.durations import latency_ms
from courseapp.engine.arns import arn
from courseapp.engine.commands import Refused
from courseapp.engine.kernel.phases import WORK
from courseapp.engine.states import integrations, look, tokens
from courseapp.engine.states.definition import Definition, compile_definition
from courseapp.engine.states.errors import StatesError
from courseapp.engine.states.executions import Executions
from courseapp.engine.states.jsontext import NotJson, parse
from courseapp.engine.states.mocks import Answer, Mocks, read_mocks
from courseapp.engine.states.problems import invalid_definition
from courseapp.engine.states.resources import Resource
from courseapp.engine.states.starting import check_failure
from courseapp.engine.states.times import AT_ONCE, Times, draw
from courseapp.engine.states.validate import validate
from courseapp.engine.states.written import Written

if TYPE_CHECKING:
    from courseapp.engine.kernel import Kernel


class StateMachine(Executions):
    """Runs on the kernel's clock. ``reach`` holds the ids of the nodes that its tasks may call."""

    kind = "state_machine"

    def __init__(self, kernel: Kernel, node: Node, reach: Iterable[str]) -> None:
        super().__init__(kernel, node.id)
        self.reach = tuple(reach)
        self.ways_ms: dict[str, int] = {}  # how long a call is on its way to a node, where that takes a time
        self.parameters: dict[str, Any] = dict(node.parameters)
        self.role_arn = arn("iam", f"role/{self.id}", region="")
        self.definition: Definition
        self.mocks: Mocks
        self.attempts: dict[int, Any] = {}
        self.written = Written(kernel, node.id)
        self._attempts = 0
        self._seen = look.Seen()
        self._read(self.parameters)

    def __getstate__(self) -> dict[str, Any]:
        """What was looked at is no part of the state: two machines that differ in it alone are the same."""
        return {**self.__dict__, "_seen": look.Seen()}

    # Definition and parameters

    def _read(self, parameters: Mapping[str, Any]) -> None:
        kind = parameters.get("type") or "STANDARD"
        problems = validate(parameters.get("definition"), kind, self.reach)
        if problems:
            raise Refused("InvalidDefinition", invalid_definition(problems))
        mocks = read_mocks(parameters.get("mocks") or None, self.id, of_document=True)
        self.definition = compile_definition(parameters["definition"])
        self.mocks = mocks
        self.type = kind
        self.memory_mb = parameters.get("memory_mb") or limits.SFN_EXPRESS_MEMORY_STEP_MB

    def set_parameter(self, name: str, value: Any) -> None:
        """Change one parameter (None: its default). A new definition or type is for new executions only.

        Raises Refused: ``InvalidDefinition`` with all problems, ``InvalidMocks``.
        """
        changed = {key: one for key, one in {**self.parameters, name: value}.items() if one is not None}
        if name in ("definition", "type", "mocks", "memory_mb"):
            self._read(changed)
        self.parameters = changed

    def relink(self, links: Sequence[Link]) -> None:
        """These are its links now: which nodes are within reach, and how far away."""
        self.reach = tuple(link.target for link in links)
        self.ways_ms = {link.target: way_ms for link in links if (way_ms := latency_ms(link.parameters))}

    def task_times(self, state: str) -> Times:
        seconds = (self.parameters.get("task_seconds") or {}).get(state)
        return AT_ONCE if seconds is None else draw(seconds, self.kernel.dice(f"{self.id}/{state}"))

    # Operations

    def start(self, name: str | None, data: Any, message: Any = None) -> dict[str, Any]:
        """``StartExecution`` with the input as a JSON value. The execution inherits the name of the message that
        starts it.

        Idempotent by name for Standard machines. Raises Refused with AWS's code: ``ExecutionAlreadyExists``,
        ``InvalidName``, ``InvalidExecutionInput``, ``ThrottlingException``.
        """
        execution, _ = self.open(name, data, message)
        return {"executionArn": execution.arn, "startDate": (self.starts_at_ms + execution.started_ms) / 1000}

    def start_execution(self, parameters: Mapping[str, Any], message: Any = None) -> dict[str, Any]:
        """``StartExecution`` with AWS's parameters: ``name``, and ``input`` as JSON text (or, in a document, as its
        value)."""
        data = parameters.get("input", {})
        if isinstance(data, str):
            try:
                data = parse(data)
            except NotJson as error:
                raise Refused("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'") from None
        return self.start(parameters.get("name"), data, message)

    def objects(self) -> dict[str, Any]:
        """The lab's object store, ``bucket/key`` to content."""
        return {**(self.parameters.get("data_sets") or {}), **self.written.objects}

    # Task tokens

    def token(self, number: int) -> str:
        return tokens.make(self.id, number)

    def _attempt_of(self, token: Any) -> Any:
        """The task that waits for a token; the token may be given as the name of its execution."""
        number = tokens.read(self.id, token) if isinstance(token, str) else None
        if number is None:
            return self._waiting(token)
        attempt = self.attempts.get(number)
        if attempt is None:
            raise Refused("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
        return attempt

    def _waiting(self, named: Any) -> Any:
        try:
            execution = self.find(named)
        except Refused:
            raise Refused("InvalidToken", f"Invalid Token: '{named}'") from None
        for attempt in self.attempts.values():
            if attempt.line.execution is execution and attempt.token is not None:
                return attempt
        raise Refused("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")

    def send_task_success(self, token: Any, output: Any) -> dict[str, Any]:
        """``SendTaskSuccess``; ``output`` is JSON text, or its value. Raises Refused: ``InvalidOutput``,
        ``InvalidToken``, ``TaskTimedOut``."""
        attempt = self._attempt_of(token)
        if isinstance(output, str):
            try:
                output = parse(output)
            except NotJson as error:
                raise Refused("InvalidOutput", f"Invalid Output: '{error}'") from None
        self._answer(attempt, Answer(output))
        return {}

    def send_task_failure(self, token: Any, error: str | None = None, cause: str | None = None) -> dict[str, Any]:
        """``SendTaskFailure``. Raises Refused: ``InvalidToken``, ``TaskTimedOut``, ``ValidationException``."""
        check_failure(error, cause)
        self._answer(self._attempt_of(token), Answer(error=StatesError(error, cause)))
        return {}

    def send_task_heartbeat(self, token: Any) -> dict[str, Any]:
        """``SendTaskHeartbeat``: the heartbeat's clock begins anew; no history event."""
        self._attempt_of(token).beat_ms = self.kernel.now_ms
        return {}

    def _answer(self, attempt: Any, answer: Answer) -> None:
        attempt.submitted = True
        attempt.answered(answer)

    # Calls to other nodes

    def next_attempt(self) -> int:
        self._attempts += 1
        return self._attempts

    def answered(self, token: tuple[int, bool], error: tuple[str, str] | None, result: Any) -> None:
        """A node answers a task's call. It is taken in by an event of its own in the same instant."""
        number, wrapped = token
        attempt = self.attempts.get(number)
        if attempt is not None:
            answer = integrations.function_answer(attempt, wrapped, error, result)
            self.kernel.plan(self.kernel.now_ms, WORK, attempt, "answered", answer)

    def function_arn(self, resource: Resource) -> str:
        if resource.resource.startswith("arn:"):
            return resource.resource
        return arn("lambda", f"function:{resource.target}")

    def random(self) -> float:
        return self.kernel.dice(self.id).random()

    def in_context(self) -> dict[str, Any]:
        """``$$.StateMachine``."""
        return {"Id": self.arn, "Name": self.id}

    # Looks

    def view(self) -> dict[str, Any]:
        return look.view(self, self._seen)

    def attributes(self) -> dict[str, str]:
        """What ``DescribeStateMachine`` shows, as text."""
        return {
            "stateMachineArn": self.arn,
            "name": self.id,
            "status": "ACTIVE",
            "type": self.type,
            "roleArn": self.role_arn,
            "definition": self.definition.text,
        }

    def history(self, execution: Any = None) -> list[dict[str, Any]]:
        """``GetExecutionHistory`` of an execution, named as in ``find``."""
        return self.find(execution).history_as_aws()

    def crash(self, parameters: Mapping[str, Any]) -> None:
        raise Refused(
            "CannotCrash",
            "Step Functions is a managed service: a state machine cannot crash. Stop an execution instead.",
        )

    def restore(self, parameters: Mapping[str, Any]) -> None:
        raise Refused("CannotRestore", "A state machine does not crash, so there is nothing to restore.")
