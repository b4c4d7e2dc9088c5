"""What is wrong with a definition: problems as data, and the list that a check fills."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from courseapp.engine.states.suggestions import closest, closest_name

SCHEMA = "SCHEMA_VALIDATION_FAILED"
TARGET = "MISSING_TRANSITION_TARGET"
MOST_PROBLEMS = 300  # ours: AWS's own check tells at most 100 at a time
LONGEST_POINTER = 600  # ours: many values under very long names would fill the memory
_LONGEST_MESSAGE = 1_000  # letters: what is said of a long text begins and ends with words
_MISSPELT = 30  # fields of one object that are looked at as misspelt ones


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
    """A JSON pointer, some steps further. What lies deeper than LONGEST_POINTER letters is told where they end."""
    if len(path) > LONGEST_POINTER:
        return path
    return path + "".join("/" + str(name).replace("~", "~0").replace("/", "~1") for name in names)


class TooManyProblems(Exception):
    """There are more than anybody reads; the check has stopped."""


class Check:
    """Collects problems; its methods check one field each, and answer whether (or with what) it can be used. Each may
    raise TooManyProblems."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def bad(self, path: str, message: str, code: str = SCHEMA) -> None:
        if len(self.problems) >= MOST_PROBLEMS:
            raise TooManyProblems
        if len(message) > _LONGEST_MESSAGE:
            message = f"{message[: _LONGEST_MESSAGE // 2]} … {message[-_LONGEST_MESSAGE // 2 :]}"
        self.problems.append(Problem(path or "/", code, message))

    def is_object(self, value: Any, path: str) -> bool:
        return self._is(value, dict, "an object", path) is not None

    def is_array(self, value: Any, path: str) -> bool:
        """A non-empty array."""
        if not isinstance(value, list):
            self.bad(path, f"Expected an array, found {shown(value)}. Put it between [ and ].")
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
        bare = kind is bool and value in ("true", "false")
        self.bad(path, f"Expected {called}, found {shown(value)}.{' Write it without quotes.' if bare else ''}")
        return None

    def is_whole(self, value: Any, path: str, low: int, high: int) -> bool:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            bare = isinstance(value, str) and value.removeprefix("-").isdecimal()
            quotes = " Write it without quotes." if bare else ""
            self.bad(path, f"Expected a whole number from {low} to {high}, found {shown(value)}.{quotes}")
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

    def only(
        self, value: Mapping[str, Any], path: str, allowed: Iterable[str], elsewhere: Mapping[str, str] | None = None
    ) -> None:
        """No field beside those. ``elsewhere`` says of some others to which query language they belong."""
        names = tuple(allowed)
        for field in value:
            if field in names:
                continue
            if elsewhere is not None and field in elsewhere:
                says = f"Field '{field}' belongs to {elsewhere[field]} and is not supported here."
            else:
                says = f"Field '{field}' is not supported.{closest(field, names)}"
            self.bad(pointer(path, field), says)

    def meant(self, value: Mapping[str, Any], known: tuple[str, ...]) -> set[str | None]:
        """What the fields that do not exist come closest to."""
        unknown = [field for field in value if field not in known]
        return {closest_name(field, known) for field in unknown[:_MISSPELT]}

    def is_meant(self, value: Mapping[str, Any], name: str, known: tuple[str, ...]) -> bool:
        """Whether a field is there in a wrong spelling, which is told where it stands."""
        return name in self.meant(value, known)

    def required(
        self, value: Mapping[str, Any], path: str, names: Iterable[str], known: tuple[str, ...] | None = None
    ) -> bool:
        """``known`` are the fields that may stand there: one that is missing may be there in a wrong spelling."""
        missing = [name for name in names if name not in value]
        if missing and known is not None:
            missing = [name for name in missing if not self.is_meant(value, name, known)]
        if missing:
            self.bad(path, f"These fields are required: [{', '.join(missing)}]")
        return not missing

    def at_most_one(
        self,
        value: Mapping[str, Any],
        path: str,
        group: tuple[str, ...],
        needed: bool,
        known: tuple[str, ...] | None = None,
    ) -> None:
        given = [name for name in group if name in value]
        if len(given) > 1:
            self.bad(path, f"Only one of these fields may be given: [{', '.join(group)}], found [{', '.join(given)}]")
        elif needed and not given and not any(self.is_meant(value, name, known or group) for name in group):
            self.bad(path, f"One of these fields is required: [{', '.join(group)}]")


def shown(value: Any) -> str:
    """A value in a sentence."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (int, float)):
        return str(value) if len(str(value)) <= 30 else "a number with very many digits"
    if isinstance(value, str):
        return f"'{value}'" if len(value) <= 60 else f"'{value[:60]}…'"
    return "an array" if isinstance(value, list) else "an object"
