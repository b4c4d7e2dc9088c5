"""The executions of a state machine: begun, found by name, stopped, redriven; counted, and let go when they are old."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from courseapp.engine import limits
from courseapp.engine.arns import arn
from courseapp.engine.commands import Refused
from courseapp.engine.messages import as_uuid
from courseapp.engine.states import integrations
from courseapp.engine.states.execution import EVENT_WEIGHT, Execution
from courseapp.engine.states.jsontext import same, weight
from courseapp.engine.states.mapruns import MapRun
from courseapp.engine.states.quotas import NAME_KEPT_MS, REDRIVE_TOKEN_MS
from courseapp.engine.states.starting import Bucket, check_failure, check_input, check_name

if TYPE_CHECKING:
    from courseapp.engine.kernel import Kernel

HISTORIES_KEPT = 500  # ours: the histories of older closed executions are let go; what they were and ended as is kept
CHILDREN_KEPT = 100_000  # ours: of all Map Runs that are kept together
MAP_RUNS_KEPT = 100  # ours: older Map Runs of closed executions are let go with their children
_COUNTED = {
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}


class Executions:
    """The part of a state machine that keeps the book."""

    def __init__(self, kernel: Kernel, name: str) -> None:
        self.kernel = kernel
        self.id = name
        self.arn = arn("states", f"stateMachine:{self.id}")
        self.type = "STANDARD"
        self.memory_mb: float = limits.SFN_EXPRESS_MEMORY_STEP_MB
        self.starts_at_ms = kernel.starts_ms
        self.executions: list[Execution] = []
        self.by_name: dict[str, Execution] = {}
        self.running: dict[int, Execution] = {}
        self.map_runs: list[MapRun] = []
        self.counts = dict.fromkeys(("ExecutionsStarted", *_COUNTED.values(), "ExecutionThrottled"), 0)
        self.closed_transitions = 0
        self.closed_ms = 0
        self.closed_cost = 0.0
        self._map_runs = 0
        self._redrive_tokens: dict[str, tuple[int, int]] = {}
        self.bucket = Bucket(kernel.now_ms)

    # Begin

    def open(self, name: str | None, data: Any, message: Any = None) -> tuple[Execution, bool]:
        """The execution of that name, and whether it is a new one. Raises Refused as ``start`` does."""
        check_name(name)
        check_input(data)
        old = None if name is None or self.type == "EXPRESS" else self.by_name.get(name)
        if old is not None and (old.ended_ms is None or self.kernel.now_ms - old.ended_ms < NAME_KEPT_MS):
            if old.ended_ms is None and same(old.input, data):
                return old, False
            raise Refused(
                "ExecutionAlreadyExists", f"Execution Already Exists: '{self.execution_arn(old.execution_name, 0)}'"
            )
        if not self.bucket.take(self.type, self.kernel.now_ms):
            self.counts["ExecutionThrottled"] += 1
            raise Refused("ThrottlingException", "Rate exceeded")
        self.counts["ExecutionsStarted"] += 1
        number = self.counts["ExecutionsStarted"]
        called = getattr(message, "name", None) or name or f"{self.id}-{number}"
        machine: Any = self
        execution = Execution(machine, self.kernel.next_uid() << 8, called, name or as_uuid(self.id, number), data)
        if message is not None:
            execution.type = getattr(message, "type", execution.type)
        self.executions.append(execution)
        self.by_name[execution.execution_name] = execution
        self.running[execution.uid] = execution
        if len(self.executions) > HISTORIES_KEPT and self.executions[-HISTORIES_KEPT].ended_ms is not None:
            self.executions[-HISTORIES_KEPT].let_go()  # one that is still running: when it ends
        if made := weight(data):
            execution.make(made)
        execution.begin()
        return execution, True

    def child(self, run: MapRun, number: int, data: Any) -> Execution:
        """The execution of one iteration (or batch) of a Map Run. It is none of those that people have started."""
        uid = self.kernel.next_uid() << 8
        machine: Any = self
        child = Execution(machine, uid, f"{run.line.execution.name}/{number}", as_uuid(run.arn, number), data, run)
        child.number = number
        child.type = run.line.execution.type
        return child

    def next_map_run(self, run: MapRun) -> int:
        """A new Map Run and its number. The oldest that nobody can need any more are let go."""
        children = sum(len(one.children) for one in self.map_runs)
        for old in [one for one in self.map_runs if one.over and one.line.execution.ended_ms is not None]:
            if len(self.map_runs) < MAP_RUNS_KEPT and children <= CHILDREN_KEPT:
                break
            self.map_runs.remove(old)
            children -= len(old.children)
            if old.line.group is not old:  # else a redrive goes on with it
                old.let_go()
        self.map_runs.append(run)
        self._map_runs += 1
        return self._map_runs

    def drop_map_runs(self, execution: Execution) -> None:
        """Nobody can need those of that execution any more."""
        for run in self.map_runs:
            if run.line.execution is execution:
                run.let_go()
        self.map_runs = [run for run in self.map_runs if run.line.execution is not execution]

    def execution_arn(self, name: str, uid: int, run: MapRun | None = None) -> str:
        if run is not None:
            return f"{self.arn.replace(':stateMachine:', ':execution:')}/{run.label}:{name}"
        if self.type == "EXPRESS":
            return arn("states", f"express:{self.id}:{name}:{as_uuid(self.id, uid)}")
        return arn("states", f"execution:{self.id}:{name}")

    # Find, stop, redrive

    def find(self, execution: Any = None) -> Execution:
        """An execution by its ARN, its name, the name of its message, or ``{"message": name, "number": n}``; the
        newest one that fits, a running one before a closed one; None is the newest. Raises
        Refused(``ExecutionDoesNotExist``)."""
        fitting = self._fitting(execution)
        return next((one for one in reversed(fitting) if one.ended_ms is None), fitting[-1])

    def _fitting(self, execution: Any) -> list[Execution]:
        number = None
        if isinstance(execution, Mapping):
            execution, number = execution.get("message"), execution.get("number")
        fitting = [
            one
            for one in self.executions
            if execution is None or execution in (one.arn, one.execution_name, one.name, one.uid)
        ]
        if isinstance(number, int) and 1 <= number <= len(fitting):
            return [fitting[number - 1]]
        if not fitting:
            fitting = [child for run in self.map_runs for child in run.children if child.arn == execution]
        if not fitting:
            raise Refused("ExecutionDoesNotExist", f"Execution Does Not Exist: '{execution}'")
        return fitting

    def stop(self, execution: Any = None, error: str | None = None, cause: str | None = None) -> dict[str, Any]:
        """``StopExecution``; one that has ended stays as it is. Express machines refuse it."""
        if self.type == "EXPRESS":
            raise Refused(
                "StateMachineTypeNotSupported", "This operation is not supported by this type of state machine"
            )
        check_failure(error, cause)
        found = self.find(execution)
        found.end("ABORTED", error=error, cause=cause)
        return {"stopDate": (self.starts_at_ms + (found.ended_ms or 0)) / 1000}

    def redrive(self, execution: Any = None, client_token: Any = None) -> dict[str, Any]:
        """``RedriveExecution``: what did not succeed is run again. Named as in ``find``; of several that fit, the
        newest that can be redriven. A client token that was used within 15 minutes changes nothing any more.

        Raises Refused: ``ExecutionDoesNotExist``, ``ExecutionNotRedrivable``, ``ValidationException``.
        """
        if client_token is not None and not (isinstance(client_token, str) and 1 <= len(client_token) <= 64):
            raise Refused("ValidationException", "clientToken must have 1 to 64 characters.")
        fitting = self._fitting(execution)
        found = next((one for one in reversed(fitting) if one.why_not_redrivable() is None), fitting[-1])
        now_ms = self.kernel.now_ms
        if client_token is not None:
            uid, at_ms = self._redrive_tokens.get(client_token, (0, 0))
            if uid in [one.uid for one in fitting] and now_ms - at_ms < REDRIVE_TOKEN_MS:
                return {"redriveDate": (self.starts_at_ms + at_ms) / 1000}
        why = found.why_not_redrivable()
        if why is not None:
            raise Refused("ExecutionNotRedrivable", f"{why}: '{found.arn}'")
        if client_token is not None:
            recent = {token: use for token, use in self._redrive_tokens.items() if now_ms - use[1] < REDRIVE_TOKEN_MS}
            self._redrive_tokens = {**recent, client_token: (found.uid, now_ms)}
        found.redrive()
        return {"redriveDate": (self.starts_at_ms + now_ms) / 1000}

    # Ends and counts

    def closed(self, execution: Execution) -> None:
        """An execution has ended."""
        if execution.run is not None:
            self.closed_transitions += execution.transitions - execution.counted
            self.closed_cost += self.cost_of(execution) - limits.transitions_cost_usd(execution.counted)
            execution.run.closed(execution)
            self._ended(execution)
            return
        self.running.pop(execution.uid, None)
        self._count(f"Redriven{_COUNTED[execution.status]}" if execution.redrives else _COUNTED[execution.status])
        self.closed_transitions += execution.transitions
        self.closed_ms += execution.billed_ms()
        self.closed_cost += self.cost_of(execution)
        for attempt in execution.watchers:
            integrations.tell(attempt, execution)
        execution.watchers = []
        if len(self.executions) > HISTORIES_KEPT and execution.uid <= self.executions[-HISTORIES_KEPT].uid:
            execution.let_go()
        self._ended(execution)

    def _ended(self, execution: Execution) -> None:
        """Its history may be let go when there is not enough room for all."""
        if execution.history:
            self.kernel.memory.ended(execution, EVENT_WEIGHT * (len(execution.history) - execution.redriven_at))

    def reopened(self, execution: Execution) -> None:
        """A closed one is redriven: what it has used so far is counted with the running ones again. A child of a Map
        Run is counted when it ends, and then what it has used since."""
        self.kernel.memory.goes_on(execution)
        if execution.run is not None:
            execution.counted = execution.transitions
            return
        self.running[execution.uid] = execution
        self.closed_transitions -= execution.transitions
        self.closed_cost -= self.cost_of(execution)
        self.closed_ms -= execution.billed_ms()
        self._count("ExecutionsRedriven")

    def _count(self, metric: str) -> None:
        """Those of redrives are there once something was redriven."""
        self.counts[metric] = self.counts.get(metric, 0) + 1

    def cost_of(self, execution: Execution) -> float:
        """What it has cost so far, by the price list of ``engine.limits``."""
        if execution.kind == "EXPRESS":
            return limits.express_cost_usd(1, execution.billed_ms() / 1000, execution.memory_mb)
        return limits.transitions_cost_usd(execution.transitions)

    def metrics(self) -> dict[str, float]:
        """CloudWatch's names; ``ExecutionTime`` is the mean of the closed executions in ms. Ours: transitions,
        cost_usd."""
        closed = self.counts["ExecutionsStarted"] - len(self.running)
        return {
            **self.counts,
            "ExecutionTime": round(self.closed_ms / closed) if closed else 0,
            "transitions": self.closed_transitions + sum(one.transitions for one in self.running.values()),
            "cost_usd": round(self.closed_cost + sum(self.cost_of(one) for one in self.running.values()), 12),
        }
