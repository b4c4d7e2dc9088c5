"""The value of a field whose name ends in ``.$``: a path, or a call of an intrinsic function.

Grammar of a call: ``States.Name(argument, …)``, where an argument is a text in single quotes, a number, ``true``,
``false``, ``null``, a path or another call; at most ten calls in one field.
"""

from __future__ import annotations

from typing import Any

from courseapp.engine.states.errors import INTRINSIC_FAILURE, IntrinsicFailure, Invalid, StatesError
from courseapp.engine.states.intrinsics import FUNCTIONS, Function
from courseapp.engine.states.jsontext import NotJson, least_size, parse
from courseapp.engine.states.keeping import kept
from courseapp.engine.states.paths import Path, Sees, compile_path
from courseapp.engine.states.quotas import MOST_EFFORT, NESTED_INTRINSICS
from courseapp.engine.states.suggestions import closest

SIZED = frozenset({str, list, dict})


class Constant:
    """A value that is written out in the definition."""

    weight = 0
    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def of(self, sees: Sees, data: Any) -> Any:
        return self.value


class Call:
    """A compiled call of an intrinsic function."""

    __slots__ = ("arguments", "function", "name", "text")

    def __init__(self, text: str, name: str, function: Function, arguments: tuple[Expression, ...]) -> None:
        self.text = text
        self.name = name
        self.function = function
        self.arguments = arguments

    def of(self, sees: Sees, data: Any) -> Any:
        """The result. Raises PathMissing, or StatesError: ``States.IntrinsicFailure``, or for too much effort."""
        values = [argument.of(sees, data) for argument in self.arguments]
        try:
            result = self.function(sees, *values)
        except IntrinsicFailure as failure:
            raise self._failed(str(failure)) from None
        except RecursionError:
            raise self._failed("the value is nested too deeply") from None
        effort = least_size(result, MOST_EFFORT) if type(result) in SIZED else 0
        for value in values:
            if type(value) in SIZED:
                effort += len(value)
        if effort:
            sees.spend(effort)
        return result

    def _failed(self, why: str) -> StatesError:
        return StatesError(INTRINSIC_FAILURE, f"The function '{self.text}' had the following error: {why}")


Expression = Constant | Call | Path


@kept
def compile_expression(text: str) -> Path | Call:
    """A path or a call. Raises Invalid with a sentence."""
    if text.startswith("$"):
        return compile_path(text)
    reader = _Reader(text)
    call = reader.call()
    if reader.at < len(text):
        raise reader.wrong("nothing more")
    return call


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.calls = 0

    def wrong(self, wanted: str) -> Invalid:
        return Invalid(
            f"'{self.text}' is not a valid intrinsic function call: expected {wanted} at character {self.at + 1}."
        )

    def blanks(self) -> None:
        while self.text[self.at : self.at + 1] in (" ", "\t", "\n", "\r"):
            self.at += 1

    def call(self) -> Call:
        start = self.at
        opening = self.text.find("(", start)
        name = self.text[start:opening] if opening > 0 else self.text[start:]
        if opening < 0 or name not in FUNCTIONS:
            hint = closest(name.strip(), FUNCTIONS)
            raise Invalid(f"'{self.text}' is neither a path nor a call of an intrinsic function.{hint}")
        self.calls += 1
        if self.calls > NESTED_INTRINSICS:
            raise Invalid(f"More than {NESTED_INTRINSICS} intrinsic functions in one field.")
        self.at = opening + 1
        arguments: list[Expression] = []
        self.blanks()
        while self.text[self.at : self.at + 1] != ")":
            if arguments:
                if self.text[self.at : self.at + 1] != ",":
                    raise self.wrong("',' or ')'")
                self.at += 1
                self.blanks()
            arguments.append(self.argument(is_template=name == "States.Format" and not arguments))
            self.blanks()
        self.at += 1
        function, fewest, most = FUNCTIONS[name]
        if len(arguments) < fewest or (most is not None and len(arguments) > most):
            wanted = str(fewest) if most == fewest else f"{fewest} or more" if most is None else f"{fewest} to {most}"
            raise Invalid(f"{name} takes {wanted} arguments, not {len(arguments)}.")
        return Call(self.text[start : self.at], name, function, tuple(arguments))

    def argument(self, is_template: bool) -> Expression:
        letter = self.text[self.at : self.at + 1]
        if letter == "'":
            return Constant(self.quoted(keep=is_template))
        start = self.at
        if letter == "$":
            return compile_path(self.path())
        if letter.isalpha() and self.text.startswith("States.", self.at):
            return self.call()
        while self.at < len(self.text) and self.text[self.at] not in ",) \t\r\n":
            self.at += 1
        try:
            value = parse(self.text[start : self.at])
        except NotJson:
            value = ""
        if isinstance(value, (str, list, dict)):
            self.at = start
            raise self.wrong("a text in single quotes, a number, true, false, null, a path or a call")
        return Constant(value)

    def path(self) -> str:
        """The text of a path argument: up to the comma or parenthesis that is not inside its own brackets."""
        start, brackets, mark = self.at, 0, ""
        while self.at < len(self.text):
            letter = self.text[self.at]
            if mark:
                if letter == "\\":
                    self.at += 1
                elif letter == mark:
                    mark = ""
            elif letter in "'\"/" and brackets:
                mark = letter
            elif letter in "[(":
                brackets += 1
            elif letter in "])" and brackets:
                brackets -= 1
            elif letter in ",)" and not brackets:
                break
            self.at += 1
        return self.text[start : self.at].rstrip()

    def quoted(self, keep: bool) -> str:
        """A text in single quotes, its escapes resolved; States.Format reads those of its template itself
        (``keep``)."""
        letters: list[str] = []
        self.at += 1
        while self.at < len(self.text):
            letter = self.text[self.at]
            self.at += 1
            if letter == "'":
                return "".join(letters)
            if letter == "\\":
                escaped = self.text[self.at : self.at + 1]
                if escaped not in ("'", "{", "}", "\\"):
                    raise self.wrong("one of ' { } \\ after the backslash")
                self.at += 1
                letter = letter + escaped if keep and escaped != "'" else escaped
            letters.append(letter)
        raise self.wrong("the closing '")
