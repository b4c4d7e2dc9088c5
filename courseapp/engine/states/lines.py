"""A line of control: what stands in one state at a time and moves through a States object.

An execution has one; a Parallel adds one for each branch and a Map one for each iteration, each in a States object of
its own. A line carries what belongs to the visit of its state (its raw input, its retry counters, what it waits for)
and what the state may see (variables, context object). All its methods are called from the loop of its execution,
which catches the StatesError that they may raise and gives it to ``fail``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from courseapp.engine.kernel.phases import TIMERS
from courseapp.engine.states.errors import StatesError, matches
from courseapp.engine.states.flow import checked, put, too_large
from courseapp.engine.states.handlers import Catcher, Retrier
from courseapp.engine.states.history import history_full
from courseapp.engine.states.jsontext import FEW, size
from courseapp.engine.states.queries import answer
from courseapp.engine.states.quotas import FEW_VARIABLES, VARIABLES_BYTES
from courseapp.engine.states.sight import Sight

if TYPE_CHECKING:
    from courseapp.engine.states.attempts import Attempt
    from courseapp.engine.states.definition import Scope
    from courseapp.engine.states.execution import Execution
    from courseapp.engine.states.groups import Group
    from courseapp.engine.states.items import Item
    from courseapp.engine.states.mapruns import MapRun
    from courseapp.engine.states.nodes import Move, State

_ABORTED = frozenset({"Task", "Wait", "Parallel", "Map"})  # the types for which AWS has a …StateAborted event
_RESUMED = frozenset({"Task", "Parallel", "Map"})  # those that a redrive does not enter anew


class Line(Sight):
    __slots__ = (
        "attempt",  # the call of a Task that is going on
        "branch",  # number within its group
        "entered",  # event id of the entry into its state
        "entered_ms",
        "execution",
        "goes_to",  # a move that was still to come when it was cut off
        "group",  # the branches or iterations that its Parallel or Map has going
        "input",  # raw input of its state
        "inside",  # whether it is in its state (not between two)
        "item",  # of the iteration that it belongs to
        "over",  # it has ended, or was cut off
        "owner",  # the group that it belongs to, or None for the execution's own line
        "previous",  # event id that its next event points at
        "retries",  # how often its state was retried
        "scope",
        "sizes",  # of the variables, in bytes, once they are so many that it may matter
        "state",
        "ticket",  # number of its newest timer; older ones are void
        "tries",  # by number of the retrier: how often it has acted
        "variables",
        "waits_for",  # "wait", "retry" or "" ...
        "waits_until_ms",  # ... and until when
    )

    def __init__(self, execution: Execution, scope: Scope, owner: Group | None = None, branch: int = 0) -> None:
        self.execution = execution
        self.scope = scope
        self.owner = owner
        self.branch = branch
        self.state: State = scope.states[scope.start_at]
        self.input: Any = None
        self.variables: dict[str, Any] = {}
        self.sizes: dict[str, int] | None = None
        self.previous = self.entered = self.entered_ms = self.retries = self.ticket = self.waits_until_ms = 0
        self.effort = 0
        self.waits_for = ""
        self.inside = self.over = False
        self.tries: dict[int, int] | None = None
        self.attempt: Attempt | None = None
        self.group: Group | MapRun | None = None
        self.goes_to: Move = None
        self.item: Item | None = None

    # Moving

    def go(self, move: Move) -> Move:
        return move

    def enter(self, name: str, value: Any) -> Move:
        """Enter a state and let it work as far as it can. The hottest path of the interpreter: no call that is not
        needed."""
        execution = self.execution
        state = self.state = self.scope.states[name]
        number = execution.events + 1
        if number >= execution.most_events:
            raise history_full()
        kernel = execution.kernel
        self.entered_ms = now_ms = kernel.now_ms
        detail = (number, self.previous, name, value)
        execution.events = self.previous = self.entered = number
        execution.transitions += 1
        execution.history.append((now_ms, state.entered, detail))
        write = kernel.write
        if write is not None:
            write((now_ms, state.entered, execution.node, None, execution, None, detail))
        self.input = value
        self.inside = True
        return state.run(self, value)

    def leave(self, output: Any, to: str | None, assigned: dict[str, Any] | None = None) -> Move:
        """Leave the state with an output. ``to`` None ends the line."""
        execution = self.execution
        state = self.state
        number = execution.events + 1
        if number >= execution.most_events:
            raise history_full()
        detail: Any = (number, self.previous, state.name, output)
        if assigned:
            self.variables = self._with(assigned)
            names = ("event", "previous", "state", "output")
            detail = {**dict(zip(names, detail, strict=True)), "assignedVariables": assigned}
        execution.events = self.previous = number
        kernel = execution.kernel
        now_ms = kernel.now_ms
        execution.history.append((now_ms, state.exited, detail))
        write = kernel.write
        if write is not None:
            write((now_ms, state.exited, execution.node, None, execution, None, detail))
        self.inside = False
        if self.tries is not None:
            self.tries = None
            self.retries = 0
        if to is not None:
            return to, output
        self.over = True
        if self.owner is None:
            execution.succeed(output)
        else:
            self.owner.line_done(self, output)
        return None

    def _with(self, assigned: dict[str, Any]) -> dict[str, Any]:
        """The variables with what is assigned. Raises StatesError for too much in one Assign, or in all of them."""
        variables = {**self.variables, **checked(self, assigned)}
        if len(variables) > FEW_VARIABLES:
            known = _sizes(self.variables) if self.sizes is None else self.sizes
            sizes = {**known, **_sizes(assigned)}
            if sum(sizes.values()) >= VARIABLES_BYTES:  # the second brace is one byte more
                raise too_large(self.state.name)
            self.sizes = sizes
        return variables

    def sleep(self, until_ms: int, happening: str, waits_for: str = "wait") -> None:
        """Let ``happening`` of this line come at that virtual time."""
        self.ticket += 1
        self.waits_for, self.waits_until_ms = waits_for, until_ms
        self.execution.plan(until_ms, TIMERS, self, "time", (self.ticket, happening))

    def time(self, what: tuple[int, str]) -> None:
        """The agenda calls: a timer has run out."""
        ticket, happening = what
        if ticket == self.ticket and not self.over:
            self.waits_for = ""
            self.execution.resume(self, happening)

    # What the execution's loop lets happen

    def woken(self, _: Any) -> Move:
        return self.state.woken(self)

    def retried(self, _: Any) -> Move:
        """The pause of a retrier is over."""
        self.execution.transitions += 1
        return self.state.again(self)

    def grouped(self, _: Any) -> Move:
        """All branches or iterations have ended."""
        group = self.group
        assert group is not None
        self.group = None
        self.execution.note(self, f"{self.state.kind}StateSucceeded", advance=False)
        return self.state.done(self, group.results)

    def mapped(self, _: Any) -> Move:
        """A Map Run has come to its end."""
        return self.group.at_the_end() if self.group is not None else None

    def next_item(self, previous: int) -> Move:
        """A slot of a Map is free."""
        if self.group is not None:
            self.group.start_next(previous)
        return None

    def broken(self, error: StatesError) -> Move:
        """A branch or an iteration has failed."""
        raise error

    def called(self, attempt: Attempt) -> Move:
        return attempt.after_call() if attempt is self.attempt else None

    def redone(self, _: Any) -> Move:
        """A redrive: do again what did not succeed in this state."""
        if self.group is not None:
            self.group.redrive()
            return None
        if self.state.kind in _RESUMED:
            self.execution.transitions += 1
            return self.state.again(self)
        return self.enter(self.state.name, self.input)

    def finished(self, attempt: Attempt) -> Move:
        return attempt.at_the_end() if attempt is self.attempt else None

    # Failing

    def fail(self, error: StatesError) -> None:
        """The state has failed: try again, or catch, or hand the error outwards."""
        if error.cause is not None and len(error.cause) > FEW:
            self.execution.make(len(error.cause))
        if self.attempt is not None:
            self.attempt.abandon()
            self.attempt = None
        if self.group is not None:
            self.group.abort(silently=False)
        retrier = self._retrier(error)
        if retrier is not None:
            self.retries += 1
            drawn = self.random() if retrier.full_jitter else None
            self.sleep(self.now_ms + retrier.pause_ms(self.retries_of(retrier), drawn), "retried", "retry")
            return
        if self.group is not None or error.at_outset:
            self.execution.note_if_room(self, f"{self.state.kind}StateFailed")
        catcher = next((one for one in self.state.catchers if matches(one.names, error)), None)
        if catcher is not None:
            self.group = None
            self.execution.ready.append((self, "go", self._caught(catcher, error)))
            return
        self.hand_out(error)

    def hand_out(self, error: StatesError) -> None:
        """Neither tried again nor caught: the branch or iteration fails, or the execution."""
        self.over = True
        if self.owner is None:
            self.execution.end("FAILED", error=error.name, cause=error.cause)
        else:
            self.owner.line_failed(self, error)

    def _retrier(self, error: StatesError) -> Retrier | None:
        """The first retrier that matches, if it has not yet acted as often as it may; it is counted."""
        for number, retrier in enumerate(self.state.retriers):
            if matches(retrier.names, error):
                if self.tries is None:
                    self.tries = {}
                used = self.tries.get(number, 0)
                if used >= retrier.attempts:
                    return None
                self.tries[number] = used + 1
                return retrier
        return None

    def retries_of(self, retrier: Retrier) -> int:
        """How often that retrier has acted during this visit."""
        return (self.tries or {}).get(self.state.retriers.index(retrier), 0)

    def _caught(self, catcher: Catcher, error: StatesError) -> Move:
        caught = error.output()
        if catcher.query:
            assigned = None if catcher.assign is None else answer(catcher.assign, self, error=caught)
            output = caught if catcher.output is None else answer(catcher.output, self, error=caught)
            return self.leave(output, catcher.next, assigned)
        assigned = None if catcher.assign is None else self.fill(catcher.assign, caught)
        output = put(self, self.input, catcher.result_path, caught)
        return self.leave(output if output is self.input else checked(self, output), catcher.next, assigned)

    def abort(self, silently: bool = False) -> None:
        """Cut the line off where it stands, and all that goes on inside its state."""
        self.over = True
        if self.group is not None:
            self.group.abort(silently)
        if self.attempt is not None:
            self.attempt.abandon()
        if self.inside and not silently and self.state.kind in _ABORTED:
            self.execution.note_if_room(self, f"{self.state.kind}StateAborted")
        self.inside = False

    def redrive(self, previous: int) -> None:
        """Go on where it stopped; its next event points at ``previous``. The counters of its retriers begin anew."""
        self.over = False
        self.ticket += 1
        self.tries, self.retries, self.waits_for = None, 0, ""
        self.attempt, self.previous = None, previous
        move, self.goes_to = self.goes_to, None
        self.inside = move is None
        self.execution.ready.append((self, "go", move) if move is not None else (self, "redone", None))


def _sizes(variables: dict[str, Any]) -> dict[str, int]:
    """Each with its name, and with the comma or brace before it."""
    return {name: size({name: value}) - 1 for name, value in variables.items()}
