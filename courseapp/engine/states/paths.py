"""JSONPath as Step Functions speaks it (Jayway's dialect), and reference paths, which can also be written to.

A path is compiled once. Its steps are names and indices, which lead to at most one value, or wider steps (``*``,
slices, unions, ``..``, filters). A *definite* path has only names and indices: it yields its value, or nothing. Any
other path yields an array of 0 to n values, or what the function at its end (``.length()``) makes of it. A *reference*
path is a definite one.

What a path starts from is part of it: ``$`` the data of the moment, ``$$`` the context object, ``$name`` a variable.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, Protocol

from courseapp.engine.states.errors import Invalid, PathMissing
from courseapp.engine.states.jsontext import FEW, weight_of_list, weight_of_object
from courseapp.engine.states.keeping import kept
from courseapp.engine.states.pathsteps import select
from courseapp.engine.states.pathsyntax import Step, read_path
from courseapp.engine.states.pathwords import FUNCTIONS


class Sees(Protocol):
    """What an expression can see beside the data of the moment."""

    variables: dict[str, Any]

    def context(self) -> dict[str, Any]: ...
    def random(self) -> float: ...
    def spend(self, effort: int) -> None: ...
    def make(self, weight: int) -> None: ...


class _Missing:
    __slots__ = ()

    def __reduce__(self) -> str:
        return "MISSING"


MISSING: Any = _Missing()


class Path:
    """A compiled path. ``root`` is "$", "$$" or a variable's name."""

    __slots__ = ("definite", "root", "steps", "text")

    def __init__(self, text: str, root: str, steps: tuple[Step, ...]) -> None:
        self.text = text
        self.root = root
        self.steps = steps
        self.definite = all(type(step) in (str, int) for step in steps)

    def find(self, sees: Sees, data: Any) -> Any:
        """The value (a list of values for a path that is not definite), or MISSING."""
        value = data
        if self.root != "$":
            value = sees.context() if self.root == "$$" else sees.variables.get(self.root, MISSING)
        if not self.definite:
            return MISSING if value is MISSING else select(value, self.steps, sees.spend)
        for step in self.steps:
            kind = type(value)
            if kind is dict:
                value = value.get(step, MISSING)
            elif kind is list and type(step) is int:
                try:
                    value = value[step]
                except IndexError:
                    return MISSING
            else:
                return MISSING
        return value

    def of(self, sees: Sees, data: Any) -> Any:
        """The value. Raises PathMissing."""
        value = self.find(sees, data)
        if value is MISSING:
            raise PathMissing(self.text, self._why(sees, data))
        return value

    def _why(self, sees: Sees, data: Any) -> str:
        """In AWS's words: the last name had nothing, or the way to it was not there (recorded texts)."""
        steps = self.steps if self.root in ("$", "$$") else (self.root, *self.steps)
        if len(steps) > 1:
            parent = Path(self.text, self.root, self.steps[:-1])
            if type(parent.find(sees, data)) is not dict:
                return f"Missing property in path {bracketed(steps[:-1])}"
        return f"No results for path: {bracketed(steps)}"


class Computed(Path):
    """A path that ends with a function: it yields the one value that the function gives of what the rest finds."""

    __slots__ = ("inner", "work")

    def __init__(self, text: str, root: str, steps: tuple[Step, ...]) -> None:
        super().__init__(text, root, steps)
        self.inner = Path(text, root, steps[:-1])
        self.work = FUNCTIONS[steps[-1][1]]

    def find(self, sees: Sees, data: Any) -> Any:
        value = self.inner.find(sees, data)
        found = None if value is MISSING else self.work(value)
        return MISSING if found is None else found

    def _why(self, sees: Sees, data: Any) -> str:
        if self.inner.find(sees, data) is MISSING:
            return self.inner._why(sees, data)
        return f"{self.steps[-1][1]}() has nothing to work on"


def bracketed(steps: tuple[Step, ...]) -> str:
    return "$" + "".join(f"['{step}']" if isinstance(step, str) else f"[{step}]" for step in steps)


@kept
def compile_path(text: str) -> Path:
    """Any path. Raises Invalid with a sentence."""
    root, steps = read_path(text)
    computed = bool(steps) and type(steps[-1]) is tuple and steps[-1][0] == "call"
    return Computed(text, root, steps) if computed else Path(text, root, steps)


def compile_reference(text: str) -> Path:
    """A reference path. Raises Invalid."""
    path = compile_path(text)
    if not path.definite:
        raise Invalid(f"'{text}' is not a reference path: only names and indices may stand in it.")
    return path


def placed(raw: Any, steps: tuple[Step, ...], value: Any, make: Callable[[int], None]) -> Any:
    """``raw`` with ``value`` at the place that the steps name; objects missing on the way are made, nothing is
    changed in place. ``make`` hears the weight of large copies.

    Raises KeyError where the way leads through something that is not an object (or not an array with that index).
    """
    if not steps:
        return value
    top = root = _copy_for(raw, steps[0], make)
    for step, following in pairwise(steps):
        if type(root) is dict:
            inner = root[step] = _copy_for(root.get(step, MISSING), following, make)
        else:
            inner = root[step] = _copy_for(root[step], following, make)
        root = inner
    root[steps[-1]] = value
    return top


def _copy_for(value: Any, step: Step, make: Callable[[int], None]) -> Any:
    if type(step) is str:
        if value is MISSING:
            return {}
        if type(value) is dict:
            if len(value) > FEW:
                make(weight_of_object(len(value)))
            return dict(value)
    elif type(value) is list and -len(value) <= step < len(value):
        if len(value) > FEW:
            make(weight_of_list(len(value)))
        return list(value)
    raise KeyError(step)
