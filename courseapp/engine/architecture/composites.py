"""The shapes of lists and objects, made of those of their parts (see ``shapes``)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from courseapp.engine.architecture.problems import Place, Problem, did_you_mean, listed, shown
from courseapp.engine.architecture.shapes import Problems, Schema, Shape


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
