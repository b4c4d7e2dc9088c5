"""The shapes of times: seconds that may vary from one use to the next, and spans in which something is down."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from courseapp.engine.architecture.jsonvalues import is_number
from courseapp.engine.architecture.problems import Place, did_you_mean, shown
from courseapp.engine.architecture.shapes import Number, Problems, Schema

# A time of more than a century is a slip of the pen; it also keeps whole milliseconds small.
SECONDS_MAX = 3_155_760_000

SECONDS = Number(0, SECONDS_MAX, "seconds")
SECONDS_ABOVE_0 = Number(0, SECONDS_MAX, "seconds", above=True)


@dataclass(frozen=True, slots=True)
class Time:
    """Seconds that may vary: a number, ``{"uniform": [a, b]}``, ``{"exponential": mean}`` or
    ``{"mixture": [[weight, time], …]}``."""

    most: float = SECONDS_MAX
    unit: str = field(default="seconds", init=False)

    def allowed(self) -> str:
        return (
            f"a number from 0 to {self.most:,} seconds, "
            '{"uniform": [a, b]}, {"exponential": mean} or {"mixture": [[weight, time], …]}'
        )

    def check(self, value: Any, place: Place, problems: Problems) -> None:
        if not isinstance(value, dict):
            if not is_number(value) or not 0 <= value <= self.most:
                problems.append(place.wrong(value, self.allowed()))
            return
        if len(value) != 1:
            problems.append(place.wrong(value, self.allowed()))
            return
        ((name, inner),) = value.items()
        if name == "exponential":
            Number(0, self.most, "seconds", above=True).check(inner, place.at(name), problems)
        elif name == "uniform":
            self._check_uniform(inner, place.at(name), problems)
        elif name == "mixture":
            self._check_mixture(inner, place.at(name), problems)
        else:
            hint = did_you_mean(name, ("uniform", "exponential", "mixture"))
            problems.append(place.problem(value, f"must be {self.allowed()}, not {shown(value)}.{hint}"))

    def _check_uniform(self, value: Any, place: Place, problems: Problems) -> None:
        fits = isinstance(value, list) and len(value) == 2 and all(is_number(end) for end in value)
        if not fits or not 0 <= value[0] <= value[1] <= self.most:
            problems.append(place.wrong(value, f"[a, b] with 0 ≤ a ≤ b ≤ {self.most:,} seconds"))

    def _check_mixture(self, value: Any, place: Place, problems: Problems) -> None:
        if not isinstance(value, list) or not 1 <= len(value) <= 20:
            problems.append(place.wrong(value, "a list of 1 to 20 pairs [weight, time]"))
            return
        for index, pair in enumerate(value):
            spot = place.at(index)
            if not isinstance(pair, list) or len(pair) != 2:
                problems.append(spot.wrong(pair, "a pair [weight, time]"))
                continue
            Number(0, 1_000_000, above=True).check(pair[0], spot.at(0), problems)
            if isinstance(pair[1], dict) and "mixture" in pair[1]:
                problems.append(spot.at(1).wrong(pair[1], "a time that is not a mixture itself"))
            else:
                self.check(pair[1], spot.at(1), problems)

    def schema(self) -> Schema:
        number: Schema = {"type": "number", "minimum": 0, "maximum": self.most}
        ends = {"type": "array", "items": number, "minItems": 2, "maxItems": 2}
        mean = {"type": "number", "exclusiveMinimum": 0, "maximum": self.most}
        simple = [number, _one_field("uniform", ends), _one_field("exponential", mean)]
        weight = {"type": "number", "exclusiveMinimum": 0, "maximum": 1_000_000}
        pair = {
            "type": "array",
            "prefixItems": [weight, {"anyOf": simple}],
            "items": False,
            "minItems": 2,
        }
        mixture = {"type": "array", "items": pair, "minItems": 1, "maxItems": 20}
        return {"anyOf": [*simple, _one_field("mixture", mixture)]}


@dataclass(frozen=True, slots=True)
class Spans:
    """Spans of time ``[[from, to], …]`` in seconds, the end excluded, in order and apart from each other."""

    most: int = 100

    def allowed(self) -> str:
        return "a list of [from, to] in seconds, in order"

    def check(self, value: Any, place: Place, problems: Problems) -> None:
        if not isinstance(value, list) or len(value) > self.most:
            problems.append(place.wrong(value, f"a list of at most {self.most} pairs [from, to] in seconds"))
            return
        free_from: float = 0
        for index, pair in enumerate(value):
            spot = place.at(index)
            fits = isinstance(pair, list) and len(pair) == 2 and all(is_number(end) for end in pair)
            if not fits or not 0 <= pair[0] < pair[1] <= SECONDS_MAX:
                problems.append(spot.wrong(pair, "[from, to] in seconds, 0 ≤ from < to"))
            elif pair[0] < free_from:
                problems.append(spot.problem(pair, f"begins at {pair[0]}, before the one ahead of it ends."))
            else:
                free_from = pair[1]

    def schema(self) -> Schema:
        number = {"type": "number", "minimum": 0, "maximum": SECONDS_MAX}
        pair = {"type": "array", "items": number, "minItems": 2, "maxItems": 2}
        return {"type": "array", "items": pair, "maxItems": self.most}


def _one_field(name: str, shape: Schema) -> Schema:
    return {"type": "object", "properties": {name: shape}, "required": [name], "additionalProperties": False}
