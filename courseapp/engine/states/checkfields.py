"""Checking the fields that many states share: paths, templates, variables, the query language."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Mapping
from typing import Any

from courseapp.engine.states.errors import Invalid
from courseapp.engine.states.expressions import Call, Expression, compile_expression
from courseapp.engine.states.jsonata import compile_query, is_query
from courseapp.engine.states.paths import Path, compile_path, compile_reference
from courseapp.engine.states.problems import Check, pointer
from courseapp.engine.states.quotas import NAME_CHARACTERS
from courseapp.engine.states.suggestions import closest


class FieldChecks(Check):
    """Knows what surrounds the field: the names and variables in scope, the machine's type, the nodes within reach."""

    def __init__(self, express: bool, reach: Container[str]) -> None:
        super().__init__()
        self.express = express
        self.reach = reach
        self.names: Collection[str] = ()
        self.all_names: frozenset[str] = frozenset()  # of the whole machine …
        self.seen_names: set[str] = set()  # … and those that were come by
        self.variables: frozenset[str] = frozenset()
        self.machine_language = self.scope_language = "JSONPath"
        self.query = False  # whether the state that is looked at speaks JSONata
        self.labels: set[str] = set()

    def language(self, value: Mapping[str, Any], path: str, otherwise: str) -> str:
        """The query language of a machine, a branch or a state."""
        if "QueryLanguage" not in value:
            return otherwise
        language = value["QueryLanguage"]
        if not self.one_of(language, pointer(path, "QueryLanguage"), "QueryLanguage", ("JSONPath", "JSONata")):
            return otherwise
        if language == "JSONPath" and self.machine_language == "JSONata":
            self.bad(path, "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine")
        return str(language)

    def comment(self, value: Mapping[str, Any], path: str) -> None:
        if "Comment" in value:
            self.is_text(value["Comment"], pointer(path, "Comment"))

    def result_path(self, value: Any, path: str) -> None:
        if value is None or not self.is_text(value, path):
            return
        try:
            compiled = compile_reference(value)
        except Invalid as error:
            self.bad(path, f"{error}{_perhaps(value)}")
            return
        if compiled.root != "$":
            self.bad(path, "A ResultPath starts with '$': it cannot write to the context object or to a variable.")

    def path(self, value: Any, path: str, reference: bool = False) -> None:
        if not self.is_text(value, path):
            return
        try:
            compiled = compile_reference(value) if reference else compile_path(value)
        except Invalid as error:
            self.bad(path, f"{error}{_perhaps(value)}")
            return
        self._uses(compiled, path)

    def _uses(self, expression: Expression, path: str) -> None:
        for name in variables_of(expression):
            if name not in self.variables:
                says = f"No state in scope assigns the variable '{name}'.{closest(name, self.variables)}"
                self.bad(path, says)

    def template(self, value: Any, path: str) -> None:
        if isinstance(value, list):
            for index, inner in enumerate(value):
                self.template(inner, pointer(path, index))
        if not isinstance(value, dict):
            return
        for name, inner in value.items():
            if not name.endswith(".$"):
                self.template(inner, pointer(path, name))
                continue
            if name[:-2] in value:
                self.bad(pointer(path, name), f"The field '{name[:-2]}' is given twice: with and without '.$'.")
            self.expression(inner, path, name)

    def expression(self, value: Any, path: str, field: str) -> Expression | None:
        """The value of a ``.$`` field. AWS's sentence stands at the object that holds it."""
        says = f"The value for the field '{field}' must be a valid JSONPath or a valid intrinsic function call"
        if not isinstance(value, str):
            self.bad(path, says)
            return None
        try:
            compiled = compile_expression(value)
        except Invalid as error:
            self.bad(path, f"{says}. {error}{_perhaps(value, field)}")
            return None
        self._uses(compiled, path)
        return compiled

    def assign(self, value: Any, path: str, result: bool = False, error: bool = False) -> None:
        if not self.is_object(value, path):
            return
        if self.query:
            self.asking(value, path, result, error)
        else:
            self.template(value, path)

    # JSONata

    def asking(self, value: Any, path: str, result: bool = False, error: bool = False) -> None:
        """A template in which any text may be an expression. ``result``, ``error``: whether $states.result and
        $states.errorOutput are there."""
        if isinstance(value, str):
            self.query_text(value, path, result, error)
        elif isinstance(value, dict):
            for name, inner in value.items():
                self.asking(inner, pointer(path, name), result, error)
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                self.asking(inner, pointer(path, index), result, error)

    def query_text(self, value: str, path: str, result: bool = False, error: bool = False) -> bool:
        """Whether a text is an expression; what is wrong with it is noted."""
        if not is_query(value):
            if value.startswith("{%"):
                self.bad(path, "An expression begins with {% and ends with %}, with nothing after it.")
            return False
        try:
            query = compile_query(value)
        except Invalid as invalid:
            self.bad(path, str(invalid))
            return True
        if query.reads_result and not result:
            self.bad(path, "$states.result is there only in Output and Assign of a Task, Parallel or Map.")
        if query.reads_errors and not error:
            self.bad(path, "$states.errorOutput is there only in Output and Assign of a Catch.")
        return True

    def number(self, value: Any, path: str, low: int, high: int) -> bool:
        """A whole number written out; in a JSONata state an expression may stand for it, which gives False."""
        if self.query and isinstance(value, str) and self.query_text(value, path):
            return False
        if isinstance(value, str) and value.startswith("$"):
            field = path.rpartition("/")[2]
            hint = "an expression stands between {% and %}" if self.query else f"a path stands in '{field}Path'"
            self.bad(path, f"Expected a whole number from {low} to {high}, found '{value[:60]}'; {hint}.")
            return False
        return self.is_whole(value, path, low, high)

    def assigned_in(self, states: Mapping[str, Any], path: str) -> frozenset[str]:
        """The variables that the states of one States object set, each checked as a name."""
        found: set[str] = set()
        for place, assign, query in _assigns(states, path, self.scope_language):
            for field in assign:
                name = field if query else field.removesuffix(".$")
                found.add(name)
                if not name.isidentifier() or name[0] == "_" or len(name) > NAME_CHARACTERS or name == "states":
                    says = f"'{name}' cannot name a variable: a letter, then letters, digits or _, and not 'states'."
                    self.bad(pointer(place, field), says)
                elif name in self.variables:
                    self.bad(
                        pointer(place, field),
                        f"The variable '{name}' belongs to an outer scope and cannot be set here.",
                    )
        return frozenset(found)


def _perhaps(value: str, field: str = "") -> str:
    """What was probably meant by a text that stands where a path is wanted."""
    if is_query(value):
        return ' Expressions between {% and %} need "QueryLanguage": "JSONata".'
    if not value.replace(".", "").replace("_", "").isalnum():
        return ""
    plain = f", or '{field[:-2]}' without '.$' for the text itself" if field.endswith(".$") else ""
    return f" Perhaps '$.{value[:60]}' is meant{plain}."


def variables_of(expression: Expression) -> Iterator[str]:
    """The names of the variables that an expression reads."""
    if isinstance(expression, Call):
        for argument in expression.arguments:
            yield from variables_of(argument)
    elif isinstance(expression, Path) and expression.root not in ("$", "$$"):
        yield expression.root


def _assigns(states: Mapping[str, Any], path: str, language: str) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Each Assign of one States object, with its place, and whether it is JSONata: of the states, their rules and
    their catchers."""
    for name, state in states.items():
        if not isinstance(state, dict):
            continue
        place = pointer(path, name)
        owners = [(place, state)]
        for field in ("Choices", "Catch"):
            if isinstance(state.get(field), list):
                owners.extend(
                    (pointer(place, field, index), rule)
                    for index, rule in enumerate(state[field])
                    if isinstance(rule, dict)
                )
        for where, owner in owners:
            if isinstance(owner.get("Assign"), dict):
                query = state.get("QueryLanguage", language) == "JSONata"
                yield pointer(where, "Assign"), owner["Assign"], query
