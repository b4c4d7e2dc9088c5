"""The peers of the states language: moto's interpreter (LocalStack's, kept up by moto) and statelint.

Imported only when a benchmark runs, since loading moto takes a second.
"""

from __future__ import annotations

import json
import time
from typing import Any

from moto.stepfunctions.parser.asl.eval.evaluation_details import (
    AWSExecutionDetails,
    EvaluationDetails,
    ExecutionDetails,
    StateMachineDetails,
)
from moto.stepfunctions.parser.backend.execution_worker import SyncExecutionWorker
from moto.stepfunctions.parser.backend.execution_worker_comm import ExecutionWorkerCommunication
from statelint.linter import Linter

ROLE = "arn:aws:iam::123456789012:role/machine"
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:machine"
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:machine:execution"


class _Silent(ExecutionWorkerCommunication):
    def terminated(self) -> None:
        """Nobody waits to be told."""


class _Worker(SyncExecutionWorker):
    """One execution in this thread, whose definition is parsed before the clock runs."""

    def __init__(self, details: EvaluationDetails) -> None:
        super().__init__(details, _Silent(), None, {})
        self._program = super()._get_evaluation_entrypoint()

    def _get_evaluation_entrypoint(self) -> Any:
        return self._program


def moto_seconds_a_state(definition: dict[str, Any], data: Any, executions: int = 2) -> float:
    """CPU seconds for each state entered, all its threads together, the best of a few executions."""
    details = EvaluationDetails(
        AWSExecutionDetails("123456789012", "us-east-1", ROLE),
        ExecutionDetails(EXECUTION, "execution", ROLE, data, "2026-01-05T09:00:00.000Z"),
        StateMachineDetails(MACHINE, "machine", "STANDARD", json.dumps(definition)),
    )
    best = float("inf")
    for _ in range(executions):
        worker = _Worker(details)
        began = time.process_time()
        worker.start()
        spent = time.process_time() - began
        events = worker.env.event_manager.get_event_history()
        assert events[-1]["type"] == "ExecutionSucceeded", events[-1]
        best = min(best, spent / sum(str(event["type"]).endswith("StateEntered") for event in events))
    return best


def statelint_problems(definition: dict[str, Any]) -> list[str]:
    found: list[str] = Linter.validate(definition)
    return found
