"""What the expressions of a state may see: the context object, the clock, the dice; and how their errors are worded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from courseapp.engine.states.errors import RUNTIME, PathMissing, StatesError
from courseapp.engine.states.expressions import Expression
from courseapp.engine.states.jsontext import LIGHT, compact
from courseapp.engine.states.quotas import MOST_EFFORT, TIRING_EFFORT
from courseapp.engine.states.templates import Template, not_found
from courseapp.engine.states.timestamps import shortened

if TYPE_CHECKING:
    from courseapp.engine.states.attempts import Attempt
    from courseapp.engine.states.execution import Execution
    from courseapp.engine.states.items import Item
    from courseapp.engine.states.nodes import State


class Sight:
    """The part of a line of control that expressions are given."""

    __slots__ = ("effort",)  # what was spent on the field that is worked on

    if TYPE_CHECKING:
        execution: Execution
        state: State
        entered: int
        entered_ms: int
        retries: int
        item: Item | None
        attempt: Attempt | None
        effort: int
        variables: dict[str, Any]

    def fill(self, template: Template, data: Any) -> Any:
        """A payload template, filled in. Raises StatesError with the state's prefix."""
        self.effort = 0
        if template.weight > LIGHT:
            self.execution.make(template.weight)
        try:
            return template.of(self, data)
        except StatesError as error:
            raise self.problem(error.cause or "", error.name) from None

    def evaluate(self, expression: Expression, field: str, data: Any) -> Any:
        """The value of a path or a call that stands in ``field``."""
        self.effort = 0
        try:
            return expression.of(self, data)
        except PathMissing as missing:
            raise self.problem(not_found(missing.path, field, data, expression).cause or "") from None
        except StatesError as error:
            raise self.problem(error.cause or "", error.name) from None

    def spend(self, effort: int) -> None:
        """So many values and letters were looked at or made for the field that is worked on."""
        self.effort += effort
        if effort >= TIRING_EFFORT:
            self.execution.kernel.tire(effort // TIRING_EFFORT)
        if self.effort > MOST_EFFORT:
            raise StatesError(RUNTIME, f"The expressions look at or make more than {MOST_EFFORT:,} values and letters.")

    def make(self, weight: int) -> None:
        """Something large was made that stays in the history."""
        self.execution.make(weight)

    def problem(self, text: str, name: str | None = RUNTIME) -> StatesError:
        """An error of this state, with the prefix that AWS gives it."""
        where = f"the state '{self.state.name}' (entered at the event id #{self.entered})"
        return StatesError(name, f"An error occurred while executing {where}. {text}")

    @property
    def now_ms(self) -> int:
        return self.execution.kernel.now_ms

    def virtual_ms(self, since_1970_ms: int) -> int:
        return since_1970_ms - self.execution.machine.starts_at_ms

    @property
    def wall_ms(self) -> int:
        """Wall time of the virtual clock, in ms since 1970."""
        return self.execution.machine.starts_at_ms + self.execution.kernel.now_ms

    def random(self) -> float:
        return self.execution.machine.random()

    def shown(self, value: Any) -> str:
        return value if isinstance(value, str) else compact(value)

    def context(self) -> dict[str, Any]:
        """The context object, ``$$``."""
        execution = self.execution
        state: dict[str, Any] = {
            "Name": self.state.name,
            "EnteredTime": shortened(execution.wall_time(self.entered_ms)),
        }
        if self.state.kind in ("Task", "Parallel", "Map"):
            state["RetryCount"] = self.retries
        context = {"Execution": execution.in_context(), "StateMachine": execution.machine.in_context(), "State": state}
        if self.item is not None:
            context["Map"] = {"Item": self.item.in_context()}
        if self.attempt is not None and self.attempt.token is not None:
            context["Task"] = {"Token": self.attempt.token}
        return context
