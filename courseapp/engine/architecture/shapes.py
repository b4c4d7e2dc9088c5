"""The shapes that a parameter's value may have, as data that can check a value and print itself as JSON Schema.

A shape never raises: it adds a ``Problem`` for everything that is wrong, so that one reading of a document finds all.
Whole numbers are JSON integers; true and false are never numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Protocol

from courseapp.engine.architecture.policy_grammar import is_number
from courseapp.engine.architecture.problems import Place, Problem, did_you_mean, listed, shown

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
class ListOf:
    """A list of at most ``most`` elements of one shape; ``rising`` numbers each greater than the one before."""

    element: Shape
    most: int = 1_000
    least: int = 0
    rising: bool = False

    def allowed(self) -> str:
        return f"a list of at most {self.most:,}"

    def check(self, value: Any, place: Place, problems: Problems) -> None:
        if not isinstance(value, list):
            problems.append(place.wrong(value, "a list"))
            return
        if not self.least <= len(value) <= self.most:
            says = f"must have {self.least:,} to {self.most:,} elements, not {len(value):,}."
            problems.append(place.problem(value, says))
            return
        before = len(problems)
        for index, element in enumerate(value):
            self.element.check(element, place.at(index), problems)
        if self.rising and len(problems) == before:
            for index, (first, second) in enumerate(pairwise(value)):
                if second <= first:
                    problems.append(place.at(index + 1).problem(second, f"must be more than {first} before it."))

    def schema(self) -> Schema:
        least = {"minItems": self.least} if self.least else {}
        return {"type": "array", "items": self.element.schema(), **least, "maxItems": self.most}


@dataclass(frozen=True, slots=True)
class Fields:
    """An object with known fields: those of ``needs`` must be there, of each group in ``one_of`` exactly one."""

    fields: Mapping[str, Shape]
    needs: tuple[str, ...] = ()
    one_of: tuple[tuple[str, ...], ...] = ()

    def allowed(self) -> str:
        return f"an object with {listed(self.fields, 'and')}"

    def check(self, value: Any, place: Place, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.append(place.wrong(value, "an object"))
            return
        for name, inner in value.items():
            if name in self.fields:
                self.fields[name].check(inner, place.at(name), problems)
            else:
                problems.append(unknown_name(name, inner, place, self.fields))
        for name in self.needs:
            if name not in value:
                problems.append(place.problem(value, f"needs {name}."))
        for group in self.one_of:
            if sum(name in value for name in group) != 1:
                problems.append(place.problem(value, f"needs exactly one of {listed(group, 'and')}."))

    def schema(self) -> Schema:
        result: Schema = {
            "type": "object",
            "properties": {name: shape.schema() for name, shape in self.fields.items()},
            "additionalProperties": False,
        }
        if self.needs:
            result["required"] = list(self.needs)
        rules: list[Schema] = [{"oneOf": [{"required": [name]} for name in group]} for group in self.one_of]
        return {**result, "allOf": rules} if rules else result


@dataclass(frozen=True, slots=True)
class Ruled:
    """A shape and, for values that have it, a rule about how their parts go together. ``more`` is what JSON Schema can
    say of that rule."""

    shape: Shape
    rule: Callable[[Any, Place, Problems], None]
    more: Schema = field(default_factory=dict)

    def allowed(self) -> str:
        return self.shape.allowed()

    def check(self, value: Any, place: Place, problems: Problems) -> None:
        before = len(problems)
        self.shape.check(value, place, problems)
        if len(problems) == before:
            self.rule(value, place, problems)

    def schema(self) -> Schema:
        return {**self.shape.schema(), **self.more}


@dataclass(frozen=True, slots=True)
class MapOf:
    """An object with names of the document's own choice, all values of one shape."""

    element: Shape
    most: int = 200
    names: str = ""
    says: str = ""

    def allowed(self) -> str:
        return "an object"

    def check(self, value: Any, place: Place, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.append(place.wrong(value, "an object"))
            return
        if len(value) > self.most:
            problems.append(place.problem(value, f"can have at most {self.most:,} names, not {len(value):,}."))
            return
        for name, inner in value.items():
            if self.names and not re.fullmatch(self.names, name, re.ASCII):
                problems.append(place.problem(value, f"has the name {shown(name)}; a name must be {self.says}."))
            else:
                self.element.check(inner, place.at(name), problems)

    def schema(self) -> Schema:
        names = {"propertyNames": {"pattern": self.names}} if self.names else {}
        return {"type": "object", "additionalProperties": self.element.schema(), "maxProperties": self.most, **names}


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


@dataclass(frozen=True, slots=True)
class Either:
    """One of several shapes, told apart by their JSON type; the problems shown are those of the shape meant."""

    shapes: tuple[Shape, ...]

    def allowed(self) -> str:
        return listed(shape.allowed() for shape in self.shapes)

    def check(self, value: Any, place: Place, problems: Problems) -> None:
        tries: list[Problems] = []
        for shape in self.shapes:
            found: Problems = []
            shape.check(value, place, found)
            if not found:
                return
            tries.append(found)
        inside = [found for found in tries if found[0].path != place.path]
        problems.extend(inside[0] if inside else [place.wrong(value, self.allowed())])

    def schema(self) -> Schema:
        return {"anyOf": [shape.schema() for shape in self.shapes]}


def unknown_name(name: str, value: Any, place: Place, known: Mapping[str, Any], word: str = "field") -> Problem:
    """The problem of a name that does not exist here, with the nearest one that does."""
    owner = f"{place.says} has" if place.says else "There is"
    names = list(known)
    shortened = names if len(names) <= 16 else [*names[:15], f"{len(names) - 15} more"]
    hint = did_you_mean(name, names) or (f" Known are {listed(shortened, 'and')}." if names else "")
    return Problem(place.at(name).path, value, f"{owner} no {word} {shown(name)}.{hint}")
