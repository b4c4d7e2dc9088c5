"""What is wrong with a definition: problems as data, and the list that a check fills."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from courseapp.engine.states.suggestions import closest

SCHEMA = "SCHEMA_VALIDATION_FAILED"
TARGET = "MISSING_TRANSITION_TARGET"


class Problem(NamedTuple):
    """``path`` is the JSON pointer of the place, ``code`` AWS's diagnostic code, ``message`` a sentence for the
    author."""

    path: str
    code: str
    message: str

    def as_json(self) -> dict[str, str]:
        return {"path": self.path, "code": self.code, "message": self.message}


def invalid_definition(problems: Iterable[Problem]) -> str:
    """How ``CreateStateMachine`` words its refusal."""
    listed = ", ".join(f"{one.code}: {one.message} at {one.path}" for one in problems)
    return f"Invalid State Machine Definition: '{listed}'"


def pointer(path: str, *names: object) -> str:
    """A JSON pointer, some steps further."""
    return path + "".join("/" + str(name).replace("~", "~0").replace("/", "~1") for name in names)


class Check:
    """Collects problems; its methods check one field each, and answer whether (or with what) it can be used."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def bad(self, path: str, message: str, code: str = SCHEMA) -> None:
        self.problems.append(Problem(path or "/", code, message))

    def is_object(self, value: Any, path: str) -> bool:
        return self._is(value, dict, "an object", path) is not None

    def is_array(self, value: Any, path: str) -> bool:
        """A non-empty array."""
        if self._is(value, list, "an array", path) is None:
            return False
        if not value:
            self.bad(path, "Value cannot be empty")
        return bool(value)

    def is_text(self, value: Any, path: str) -> bool:
        return self._is(value, str, "a string", path) is not None

    def is_boolean(self, value: Any, path: str) -> bool:
        return self._is(value, bool, "true or false", path) is not None

    def _is(self, value: Any, kind: type, called: str, path: str) -> Any:
        if isinstance(value, kind):
            return value
        self.bad(path, f"Expected {called}, found {_shown(value)}.")
        return None

    def is_whole(self, value: Any, path: str, low: int, high: int) -> bool:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.bad(path, f"Expected a whole number from {low} to {high}, found {_shown(value)}.")
            return False
        return True

    def one_of(self, value: Any, path: str, field: str, allowed: tuple[str, ...]) -> bool:
        if isinstance(value, str) and value in allowed:
            return True
        hint = closest(value, allowed) if isinstance(value, str) else ""
        self.bad(
            path, f"The field '{field}' should have one of these values: [{', '.join(allowed)}]{hint and '.' + hint}"
        )
        return False

    def only(self, value: Mapping[str, Any], path: str, allowed: Iterable[str]) -> None:
        """No field beside those."""
        names = tuple(allowed)
        for field in value:
            if field not in names:
                self.bad(pointer(path, field), f"Field '{field}' is not supported.{closest(field, names)}")

    def required(self, value: Mapping[str, Any], path: str, names: Iterable[str]) -> bool:
        missing = [name for name in names if name not in value]
        if missing:
            self.bad(path, f"These fields are required: [{', '.join(missing)}]")
        return not missing

    def at_most_one(self, value: Mapping[str, Any], path: str, group: tuple[str, ...], needed: bool) -> None:
        given = [name for name in group if name in value]
        if len(given) > 1:
            self.bad(path, f"Only one of these fields may be given: [{', '.join(group)}], found [{', '.join(given)}]")
        elif needed and not given:
            self.bad(path, f"One of these fields is required: [{', '.join(group)}]")


def _shown(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (int, float)):
        return str(value) if len(str(value)) <= 30 else "a number with very many digits"
    if isinstance(value, str):
        return f"'{value}'" if len(value) <= 60 else f"'{value[:60]}…'"
    return "an array" if isinstance(value, list) else "an object"
