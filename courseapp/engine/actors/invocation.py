"""One run of a function: what is set for it, and what follows when it is done or has failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from courseapp.engine.actors.responses import Response
from courseapp.engine.actors.work import Error, Work
from courseapp.engine.kernel import TIMERS
from courseapp.engine.messages import Call

if TYPE_CHECKING:
    from courseapp.engine.actors.function import Function

Asynchronous = tuple[Any, int, int]  # an event, how often it was tried before, and when Lambda took it


class Invocation(Work):
    """One run of a function: for a caller that waits, for Lambda's asynchronous queue, or for one batch."""

    actor: Function

    def __init__(self, function: Function, call: Call | None, event: Asynchronous | None) -> None:
        """``call``: somebody waits for the answer; ``event``: nobody does, Lambda runs it again if it fails."""
        super().__init__(function)
        self.call = call
        self.event = event
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
        elif self.event is not None:
            message, tries, since_ms = self.event
            if tries < len(function.async_retry_ms):
                at_ms = self.kernel.now_ms + function.async_retry_ms[tries]
                self.kernel.plan(at_ms, TIMERS, function, "run_async", (message, tries + 1, since_ms))
            else:
                function.give_up(message, ("async_retries_used_up", tries + 1), error[0])

    def cut_off(self) -> None:
        """The function's service is away."""
        self._fail(("Lambda.Unknown", f"{self.actor.id} is down."), None)
