"""The shapes that a parameter's value may have, as data that can check a value and print itself as JSON Schema.

A shape never raises: it adds a ``Problem`` for everything that is wrong, so that one reading of a document finds all.
Whole numbers are JSON integers; true and false are never numbers. Lists and objects are in ``composites``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Protocol

from courseapp.engine.architecture.jsonvalues import is_number
from courseapp.engine.architecture.problems import Place, Problem, listed, shown

Problems = list[Problem]
Schema = dict[str, Any]


class Shape(Protocol):
    def check(self, value: Any, place: Place, problems: Problems) -> None: ...

    def schema(self) -> Schema: ...

    def allowed(self) -> str:
        """What may stand here, as the end of "must be …"."""
        ...


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from ``least`` to ``most``, both included."""

    least: int = 0
    most: int | None = None
    unit: str = ""

    def allowed(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        if self.most is None:
            return f"a whole number of at least {self.least:,}{unit}"
        return f"a whole number from {self.least:,} to {self.most:,}{unit}"

    def check(self, value: Any, place: Place, problems: Problems) -> None:
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or value < self.least or (self.most is not None and value > self.most):
            problems.append(place.wrong(value, self.allowed()))

    def schema(self) -> Schema:
        most = {} if self.most is None else {"maximum": self.most}
        return {"type": "integer", "minimum": self.least, **most}


@dataclass(frozen=True, slots=True)
class Number:
    """A number from ``least`` to ``most``; ``above`` excludes the lower end."""

    least: float = 0
    most: float | None = None
    unit: str = ""
    above: bool = False

    def allowed(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        if self.most is None:
            return f"a number {'above' if self.above else 'of at least'} {self.least:,}{unit}"
        if self.above:
            return f"a number above {self.least:,} and at most {self.most:,}{unit}"
        return f"a number from {self.least:,} to {self.most:,}{unit}"

    def check(self, value: Any, place: Place, problems: Problems) -> None:
        fits = is_number(value) and (value > self.least if self.above else value >= self.least)
        if not fits or (self.most is not None and value > self.most):
            problems.append(place.wrong(value, self.allowed()))

    def schema(self) -> Schema:
        least = {"exclusiveMinimum": self.least} if self.above else {"minimum": self.least}
        most = {} if self.most is None else {"maximum": self.most}
        return {"type": "number", **least, **most}


@dataclass(frozen=True, slots=True)
class Flag:
    """true or false; ``only`` where just one of them is possible."""

    only: bool | None = None

    def allowed(self) -> str:
        return "true or false" if self.only is None else str(self.only).lower()

    def check(self, value: Any, place: Place, problems: Problems) -> None:
        if not isinstance(value, bool) or self.only not in (None, value):
            problems.append(place.wrong(value, self.allowed()))

    def schema(self) -> Schema:
        return {"type": "boolean"} if self.only is None else {"const": self.only}


@dataclass(frozen=True, slots=True)
class Text:
    """Text of at most ``most`` characters; ``pattern`` (anchored) with the words for it in ``says``."""

    most: int = 1_000
    least: int = 0
    pattern: str = ""
    says: str = ""

    def allowed(self) -> str:
        return (
            f"{self.says or 'text'} of {self.least or 'at most'}{' to' if self.least else ''} {self.most:,} characters"
        )

    def check(self, value: Any, place: Place, problems: Problems) -> None:
        fits = isinstance(value, str) and self.least <= len(value) <= self.most
        if not fits or (self.pattern and not re.fullmatch(self.pattern, value, re.ASCII)):
            problems.append(place.wrong(value, self.allowed()))

    def schema(self) -> Schema:
        least = {"minLength": self.least} if self.least else {}
        pattern = {"pattern": self.pattern} if self.pattern else {}
        return {"type": "string", **least, "maxLength": self.most, **pattern}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few values."""

    values: tuple[Any, ...]

    def allowed(self) -> str:
        return listed(value if isinstance(value, str) else shown(value) for value in self.values)

    def check(self, value: Any, place: Place, problems: Problems) -> None:
        if not any(type(value) is type(one) and value == one for one in self.values):
            problems.append(place.wrong(value, self.allowed(), [one for one in self.values if isinstance(one, str)]))

    def schema(self) -> Schema:
        return {"enum": list(self.values)}


@dataclass(frozen=True, slots=True)
class AnyObject:
    """An object that somebody else reads: ``says`` whose it is."""

    says: str = "an object"

    def allowed(self) -> str:
        return self.says

    def check(self, value: Any, place: Place, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.append(place.wrong(value, self.says))

    def schema(self) -> Schema:
        return {"type": "object"}


@dataclass(frozen=True, slots=True)
class AnyValue:
    """Any JSON value."""

    def allowed(self) -> str:
        return "any JSON value"

    def check(self, value: Any, place: Place, problems: Problems) -> None:
        return None

    def schema(self) -> Schema:
        return {}
