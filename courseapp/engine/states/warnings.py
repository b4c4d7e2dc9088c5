"""What is allowed in a definition and yet is probably not meant: AWS's warnings, and three of ours.

A definition with warnings runs. ``NO_DOLLAR``: a text looks like a path or a call, but its name has no ``.$``, so that
it stays a text. ``NO_PATH``: a name ends in ``.$`` where this means nothing. ``PASS_RESULT_IS_STATIC``: a path in the
Result of a Pass, which is never followed. Ours are ``NO_QUERY_LANGUAGE``, a text between ``{%`` and ``%}`` in a
JSONPath state, where it is a text like any other; ``NO_EXPRESSION``, a text in a JSONata state that looks like an
expression or a call and has no such marks, or something outside them; and ``NOT_DEFINED``, a name in an expression
that nothing gives a value, which the service too finds out only when it gets there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from courseapp.engine.states.errors import Invalid
from courseapp.engine.states.jsonata import compile_query, is_query
from courseapp.engine.states.problems import MOST_PROBLEMS, Problem, pointer
from courseapp.engine.states.suggestions import closest
from courseapp.engine.states.validate import read_definition

_PATH = re.compile(r"\$\$?(?:[.\[]|$)|States\.[A-Z]\w*\(", re.ASCII)
_EXPRESSION = re.compile(r"\$[A-Za-z_]\w*[.(\[]|States\.[A-Z]\w*\(", re.ASCII)
_MARKED = re.compile(r"\s+\{%|(?!\{%).*%\}\s*$", re.DOTALL)  # a text that begins with {% is a problem
_STATES = ("input", "context", "result", "errorOutput")
_TEMPLATES = ("Parameters", "ItemSelector", "ResultSelector", "Assign", "Credentials")
_QUERIES = (
    "Arguments", "Output", "Assign", "ItemSelector", "Items", "Credentials", "Condition", "Seconds", "Timestamp",
    "Error", "Cause", "TimeoutSeconds", "HeartbeatSeconds", "MaxConcurrency",
)  # fmt: skip


def warnings(definition: Any) -> list[Problem]:
    """The warnings about a definition (JSON text, or its value), at most MOST_PROBLEMS; none if it cannot be read."""
    value, problems = read_definition(definition)
    found = () if problems else islice(_of_machine(value), MOST_PROBLEMS)
    return sorted(found, key=lambda warning: warning.path)


def _of_machine(machine: dict[str, Any]) -> Iterator[Problem]:
    """Walks the States objects inside one another, each with the query language that it speaks."""
    own, variables = machine.get("QueryLanguage"), _variables(machine)
    waiting: list[tuple[Any, str, Any]] = [(machine, "", own)]
    while waiting:
        scope, path, outer = waiting.pop()
        states = scope.get("States") if isinstance(scope, dict) else None
        if not isinstance(states, dict):
            continue
        language = scope.get("QueryLanguage", outer)
        for name, state in states.items():
            if not isinstance(state, dict):
                continue
            place = pointer(path, "States", name)
            if state.get("QueryLanguage", language) == "JSONata":
                yield from _of_queries(state, place, variables)
            else:
                yield from _of_paths(state, place)
            for field in ("ItemProcessor", "Iterator"):
                waiting.append((state.get(field), pointer(place, field), own))
            branches = state.get("Branches")
            for index, branch in enumerate(branches if isinstance(branches, list) else ()):
                waiting.append((branch, pointer(place, "Branches", index), own))


def _variables(machine: dict[str, Any]) -> set[str]:
    """All that are set anywhere in it."""
    assigns = [value for _, name, value in _inside(machine, "") if name == "Assign" and isinstance(value, dict)]
    return {name.removesuffix(".$") for assign in assigns for name in assign}


def _of_paths(state: dict[str, Any], path: str) -> Iterator[Problem]:
    for where, owner in _owners(state, path):
        for field in _TEMPLATES:
            yield from _texts(owner.get(field), pointer(where, field))
    if state.get("Type") == "Pass":
        yield from _static(state.get("Result"), pointer(path, "Result"))


def _of_queries(state: dict[str, Any], path: str, variables: set[str]) -> Iterator[Problem]:
    for where, owner in _owners(state, path):
        for field in _QUERIES:
            place = pointer(where, field)
            for at, name, value in [(place, "", owner.get(field)), *_inside(owner.get(field), place)]:
                if name.endswith(".$"):
                    says = f"In JSONata '{name}' is a name like any other: write '{name[:-2]}' and an expression."
                    yield Problem(at, "NO_PATH", says)
                elif is_query(value):
                    yield from _undefined(value, at, variables)
                elif isinstance(value, str) and (_EXPRESSION.match(value) or _MARKED.match(value)):
                    says = "stays a text: an expression stands between {% and %}, with nothing outside them."
                    yield Problem(at, "NO_EXPRESSION", f"'{value[:60]}' {says}")


def _undefined(text: str, path: str, variables: set[str]) -> Iterator[Problem]:
    try:
        query = compile_query(text)
    except Invalid:
        return
    for name, inner in sorted(query.outside().items()):
        if name == "states":
            for part in sorted(inner) if isinstance(inner, dict) else ():
                if part not in _STATES:
                    says = f"There is no $states.{part}.{closest(part, _STATES)}"
                    yield Problem(path, "NOT_DEFINED", says)
        elif name not in variables:
            says = f"Nothing gives ${name} a value: no state assigns it, and it is no function."
            yield Problem(path, "NOT_DEFINED", says + closest(name, (*variables, "states")))


def _owners(state: dict[str, Any], path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The state, its rules and its catchers, and what a distributed Map reads, batches and writes with."""
    yield path, state
    for field in ("Choices", "Catch"):
        rules = state.get(field)
        for index, rule in enumerate(rules if isinstance(rules, list) else ()):
            if isinstance(rule, dict):
                yield pointer(path, field, index), rule
    for field in ("ItemReader", "ResultWriter"):
        if isinstance(state.get(field), dict):
            yield pointer(path, field), state[field]


def _inside(value: Any, path: str) -> Iterator[tuple[str, str, Any]]:
    """(pointer, name, value) of every member of the objects in a template."""
    if isinstance(value, dict):
        for name, inner in value.items():
            place = pointer(path, name)
            yield place, name, inner
            yield from _inside(inner, place)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            if isinstance(inner, (dict, list)):
                yield from _inside(inner, pointer(path, index))


def _texts(template: Any, path: str) -> Iterator[Problem]:
    for at, name, value in _inside(template, path):
        if name.endswith(".$") or not isinstance(value, str):
            continue
        if _PATH.match(value):
            says = f"'{value[:60]}' stays a text as it stands. To have its value, write '{name}.$' for '{name}'."
            yield Problem(at, "NO_DOLLAR", says)
        elif is_query(value):
            says = f"'{value[:60]}' stays a text: this state speaks JSONPath. Expressions need \"QueryLanguage\": "
            yield Problem(at, "NO_QUERY_LANGUAGE", f'{says}"JSONata".')


def _static(result: Any, path: str) -> Iterator[Problem]:
    found = [(path, "", result), *_inside(result, path)]
    for at, name, value in found:
        if name.endswith(".$") or (isinstance(value, str) and _PATH.match(value)):
            says = "The Result of a Pass is never looked into: a path in it stays a text. To have its value, use"
            yield Problem(at, "PASS_RESULT_IS_STATIC", f"{says} 'Parameters'.")
