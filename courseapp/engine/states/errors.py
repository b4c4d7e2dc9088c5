"""Errors of the states language, and which names of ``ErrorEquals`` match them.

An error is fatal when neither Retry nor Catch may see it (``States.Runtime``: a missing path and other conditions that
cannot be processed); the execution then ends with it, from however deep inside Parallel and Map.
"""

from __future__ import annotations

from collections.abc import Collection

from courseapp.engine import limits

ALL = "States.ALL"
TASK_FAILED = "States.TaskFailed"
TIMEOUT = "States.Timeout"
HEARTBEAT_TIMEOUT = "States.HeartbeatTimeout"
PERMISSIONS = "States.Permissions"
RESULT_PATH_MATCH_FAILURE = "States.ResultPathMatchFailure"
PARAMETER_PATH_FAILURE = "States.ParameterPathFailure"
QUERY_EVALUATION_ERROR = "States.QueryEvaluationError"
BRANCH_FAILED = "States.BranchFailed"
NO_CHOICE_MATCHED = "States.NoChoiceMatched"
INTRINSIC_FAILURE = "States.IntrinsicFailure"
EXCEED_TOLERATED_FAILURE_THRESHOLD = "States.ExceedToleratedFailureThreshold"
ITEM_READER_FAILED = "States.ItemReaderFailed"
RESULT_WRITER_FAILED = "States.ResultWriterFailed"
HTTP_SOCKET = "States.Http.Socket"
DATA_LIMIT_EXCEEDED = "States.DataLimitExceeded"
RUNTIME = "States.Runtime"
PREDEFINED = (
    ALL, TASK_FAILED, TIMEOUT, HEARTBEAT_TIMEOUT, PERMISSIONS, RESULT_PATH_MATCH_FAILURE, PARAMETER_PATH_FAILURE,
    QUERY_EVALUATION_ERROR, BRANCH_FAILED, NO_CHOICE_MATCHED, INTRINSIC_FAILURE, EXCEED_TOLERATED_FAILURE_THRESHOLD,
    ITEM_READER_FAILED, RESULT_WRITER_FAILED, HTTP_SOCKET, DATA_LIMIT_EXCEEDED, RUNTIME,
)  # fmt: skip


class StatesError(Exception):
    """``name`` and ``cause`` are what AWS shows; ``also`` is a second name that Retry and Catch may match. ``by_name``:
    only its own name matches, no wildcard. ``at_outset``: a Map could not begin and counts as failed all the same."""

    def __init__(self, name: str | None, cause: str | None, also: str | None = None, by_name: bool = False) -> None:
        super().__init__(name, cause, also, by_name)
        self.name = name
        self.cause = None if cause is None else cause[: limits.SFN_CAUSE_LENGTH_MAX]
        self.also = also
        self.by_name = by_name
        self.at_outset = False

    @property
    def fatal(self) -> bool:
        return self.name == RUNTIME

    def output(self) -> dict[str, str]:
        """The error output that a catcher hands on: always both, as text."""
        return {"Error": self.name or "", "Cause": self.cause or ""}


class PathMissing(Exception):
    """A path found nothing. ``path`` is the path as written; ``why`` what AWS adds for InputPath and its like."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(path, why)
        self.path = path
        self.why = why


class IntrinsicFailure(Exception):
    """An intrinsic function cannot work with its arguments; the text says why."""


class Invalid(Exception):
    """A piece of a definition that does not parse; the text is a sentence for its author."""


def matches(names: Collection[str], error: StatesError) -> bool:
    """Whether a retrier or catcher with these names takes the error.

    ``States.TaskFailed`` takes everything but a time-out; a missed heartbeat shows as ``States.Timeout`` and answers to
    ``States.HeartbeatTimeout`` as well (facts: the history shows the first, Retry and Catch may match the second).
    """
    if error.fatal:
        return False
    if error.by_name:
        return error.name in names
    for name in names:
        if name == ALL or name == error.name or (error.also is not None and name == error.also):
            return True
        if name == TASK_FAILED and (error.name != TIMEOUT or error.also is not None):
            return True
    return False
