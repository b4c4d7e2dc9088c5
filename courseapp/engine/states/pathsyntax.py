"""Reading a JSONPath: from its text to a root and steps.

Steps are plain data: a name (str) or an index (int); ``("*",)``; ``("names", (…))``; ``("indices", (…))``;
``("slice", from, to, step)``; ``("filter", condition)``; ``("..", step)`` for any depth; ``("call", function)`` at the
end only. A condition is ``("or" | "and", (…))``, ``("not", a)``, ``("exists", operand)``, ``("matches", operand,
pattern, flags)`` or ``("compare", operator, operand, operand)``; an operand ``("value", v)``, ``("path", "@" | "$",
steps)`` or ``("call", function, operand)``.
"""

from __future__ import annotations

from typing import Any

from courseapp.engine.states.errors import Invalid
from courseapp.engine.states.jsontext import NotJson, parse
from courseapp.engine.states.pathwords import FUNCTIONS, LEXICAL, compile_pattern
from courseapp.engine.states.suggestions import closest

Step = Any

_ENDS_NAME = frozenset(".[]()'\"*,:?@=<>!&| \t\r\n")
_COMPARISONS = ("==", "!=", "<=", ">=", "<", ">")
_DEEPEST = 20


def read_path(text: str) -> tuple[str, tuple[Step, ...]]:
    """``("$" | "$$" | variable, steps)``. Raises Invalid."""
    reader = _Reader(text)
    root = reader.root()
    steps = reader.steps()
    if reader.at < len(text):
        raise reader.wrong("nothing more")
    return root, steps


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def wrong(self, wanted: str) -> Invalid:
        found = f"'{self.text[self.at]}'" if self.at < len(self.text) else "the end"
        return Invalid(
            f"'{self.text}' is not a valid path: expected {wanted} at character {self.at + 1}, found {found}."
        )

    def peek(self, piece: str) -> bool:
        return self.text.startswith(piece, self.at)

    def take(self, piece: str) -> bool:
        if self.peek(piece):
            self.at += len(piece)
            return True
        return False

    def need(self, piece: str) -> None:
        if not self.take(piece):
            raise self.wrong(f"'{piece}'")

    def blanks(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in " \t\r\n":
            self.at += 1

    def root(self) -> str:
        if self.take("$$"):
            return "$$"
        self.need("$")
        start = self.at
        while self.at < len(self.text) and (self.text[self.at] == "_" or self.text[self.at].isalnum()):
            self.at += 1
        name = self.text[start : self.at]
        if name and not name.isidentifier():
            self.at = start
            raise self.wrong("'.', '[' or the name of a variable")
        return name or "$"

    def steps(self) -> tuple[Step, ...]:
        steps: list[Step] = []
        while self.at < len(self.text):
            if self.take(".."):
                steps.append(("..", self.bracket() if self.peek("[") else self.name_or_star()))
            elif self.take("."):
                steps.append(self.bracket() if self.peek("[") else self.name_or_star())
                if self.take("("):
                    steps[-1] = self.function(steps[-1])
                    break
            elif self.peek("["):
                steps.append(self.bracket())
            else:
                break
        return tuple(steps)

    def name_or_star(self) -> Step:
        if self.take("*"):
            return ("*",)
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in _ENDS_NAME:
            self.at += 1
        if self.at == start:
            raise self.wrong("a name")
        return self.text[start : self.at]

    def function(self, name: Step) -> Step:
        if name not in FUNCTIONS:
            hint = closest(str(name), FUNCTIONS)
            raise Invalid(f"'{self.text}': {name} is no function that a path may end with.{hint}")
        self.blanks()
        self.need(")")
        return ("call", name)

    def bracket(self) -> Step:
        self.need("[")
        self.blanks()
        step: Step
        if self.take("*"):
            step = ("*",)
        elif self.take("?"):
            self.blanks()
            self.need("(")
            step = ("filter", self.either())
            self.blanks()
            self.need(")")
        elif self.peek("'") or self.peek('"'):
            names = self.listed(self.quoted)
            step = names[0] if len(names) == 1 else ("names", tuple(names))
        else:
            step = self.numbers()
        self.blanks()
        self.need("]")
        return step

    def listed(self, read: Any) -> list[Any]:
        found = [read()]
        self.blanks()
        while self.take(","):
            self.blanks()
            found.append(read())
            self.blanks()
        return found

    def numbers(self) -> Step:
        first = None if self.peek(":") else self.integer()
        self.blanks()
        if self.take(":"):
            to = self.integer(optional=True)
            by = self.integer(optional=True) if self.take(":") else None
            if by is not None and by < 1:
                raise Invalid(f"'{self.text}': the step of a slice must be 1 or more.")
            return ("slice", first, to, by)
        more = [first]
        while self.take(","):
            self.blanks()
            more.append(self.integer())
            self.blanks()
        return first if len(more) == 1 else ("indices", tuple(more))

    def integer(self, optional: bool = False) -> int | None:
        self.blanks()
        start = self.at
        self.take("-")
        while self.at < len(self.text) and self.text[self.at] in "0123456789":
            self.at += 1
        digits = self.text[start : self.at]
        if digits in ("", "-") or len(digits) > 10:
            if optional and not digits:
                return None
            self.at = start
            raise self.wrong("a whole number, a quoted name, '*' or '?('")
        return int(digits)

    def quoted(self) -> str:
        mark = self.text[self.at : self.at + 1]
        if mark not in ("'", '"'):
            raise self.wrong("a quoted name")
        letters: list[str] = []
        self.at += 1
        while self.at < len(self.text):
            letter = self.text[self.at]
            self.at += 1
            if letter == mark:
                return "".join(letters)
            if letter == "\\" and self.text[self.at : self.at + 1] in (mark, "\\"):
                letter = self.text[self.at]
                self.at += 1
            letters.append(letter)
        raise self.wrong(f"the closing {mark}")

    def either(self) -> Any:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise Invalid(f"'{self.text}': the filter is nested too deeply.")
        parts = [self.both()]
        self.blanks()
        while self.take("||"):
            parts.append(self.both())
            self.blanks()
        self.depth -= 1
        return parts[0] if len(parts) == 1 else ("or", tuple(parts))

    def both(self) -> Any:
        parts = [self.one()]
        self.blanks()
        while self.take("&&"):
            parts.append(self.one())
            self.blanks()
        return parts[0] if len(parts) == 1 else ("and", tuple(parts))

    def one(self) -> Any:
        self.blanks()
        if self.peek("!") and not self.peek("!="):
            self.depth += 1
            if self.depth > _DEEPEST:
                raise Invalid(f"'{self.text}': the filter is nested too deeply.")
            self.at += 1
            inner = self.one()
            self.depth -= 1
            return ("not", inner)
        if self.take("("):
            inner = self.either()
            self.blanks()
            self.need(")")
            return inner
        left = self.operand()
        self.blanks()
        if self.take("=~"):
            return ("matches", left, *self.pattern())
        for operator in (*_COMPARISONS, *LEXICAL):
            if self.take(operator):
                self.blanks()
                right = ("value", self.array()) if self.peek("[") else self.operand()
                return ("compare", operator, left, right)
        return ("exists", left)

    def operand(self) -> Any:
        self.blanks()
        if self.peek("@") or self.peek("$"):
            root = self.text[self.at]
            self.at += 1
            steps = self.steps()
            if steps and type(steps[-1]) is tuple and steps[-1][0] == "call":
                return (*steps[-1], ("path", root, steps[:-1]))
            return ("path", root, steps)
        return ("value", self.value())

    def pattern(self) -> tuple[str, str]:
        """A regular expression between slashes, and the letters after it."""
        self.blanks()
        start = self.at
        self.need("/")
        while self.at < len(self.text) and self.text[self.at] != "/":
            self.at += 2 if self.text[self.at] == "\\" else 1
        pattern = self.text[start + 1 : self.at]
        self.need("/")
        flags = self.at
        while self.at < len(self.text) and self.text[self.at].isalpha():
            self.at += 1
        found = (pattern, self.text[flags : self.at])
        try:
            compile_pattern(*found)
        except Invalid as invalid:
            raise Invalid(f"'{self.text}': {invalid}") from None
        return found

    def array(self) -> list[Any]:
        self.need("[")
        self.blanks()
        values = [] if self.peek("]") else self.listed(self.value)
        self.need("]")
        return values

    def value(self) -> Any:
        if self.peek("'") or self.peek('"'):
            return self.quoted()
        start = self.at
        while self.at < len(self.text) and (self.text[self.at].isalnum() or self.text[self.at] in "+-."):
            self.at += 1
        try:
            return parse(self.text[start : self.at])
        except NotJson:
            self.at = start
            raise self.wrong("a value") from None
