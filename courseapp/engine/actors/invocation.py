"""One run of a function: what is set for it, and what follows when it is done or has failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from courseapp.engine.actors.responses import Response
from courseapp.engine.actors.work import Error, Work
from courseapp.engine.kernel import TIMERS
from courseapp.engine.messages import Call

if TYPE_CHECKING:
    from courseapp.engine.actors.function import Function


class Invocation(Work):
    """One run of a function: for a caller that waits, for Lambda's asynchronous queue, or for one batch."""

    actor: Function

    def __init__(self, function: Function, call: Call | None, tries: int) -> None:
        super().__init__(function)
        self.call = call
        self.tries = tries
        self.response: Response | None = None

    def _plan_failure(self) -> int:
        response = self.response
        if response is None:
            return super()._plan_failure()
        self.planned_error = response.error
        self.swallowed = False
        return -1 if response.ms is None else response.ms

    def processed(self, turn: int) -> None:
        if turn == self.turn and self.response is not None and self.planned_error is None:
            self.next_step = 0
            self.go_on()
        else:
            super().processed(turn)

    def done(self) -> None:
        self.actor.finished(self)
        if self.call is not None:
            result = {} if self.response is None else self.response.result
            self.call.caller.answered(self.call.token, None, result)

    def failed(self, error: Error, database: Any) -> None:
        function = self.actor
        function.finished(self)
        if self.call is not None:
            self.call.caller.answered(self.call.token, error, None)
        elif self.tries < len(function.async_retry_ms):
            at = self.kernel.now_ms + function.async_retry_ms[self.tries]
            self.kernel.plan(at, TIMERS, function, "run_async", (self.message, self.tries + 1))
        else:
            function.gone += 1
            self.kernel.record(
                "dropped",
                function.id,
                None,
                self.message,
                ("async_retries_used_up", self.tries + 1),
                {"error": error[0]},
            )

    def cut_off(self) -> None:
        """The function's service is away."""
        self.turn += 1
        self._fail(("Lambda.Unknown", f"{self.actor.id} is down."), None)
