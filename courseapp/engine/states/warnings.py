"""What is allowed in a definition and yet is probably not meant: AWS's warnings, and one of ours.

A definition with warnings runs. ``NO_DOLLAR``: a text looks like a path or a call, but its name has no ``.$``, so that
it stays a text. ``NO_PATH``: a name ends in ``.$`` where this means nothing. ``PASS_RESULT_IS_STATIC``: a path in the
Result of a Pass, which is never followed. Ours is ``NO_QUERY_LANGUAGE``: a text between ``{%`` and ``%}`` in a JSONPath
state, where it is a text like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from courseapp.engine.states.jsonata import is_query
from courseapp.engine.states.problems import Problem, pointer
from courseapp.engine.states.validate import read_definition

_PATH = re.compile(r"\$\$?(?:[.\[]|$)|States\.[A-Z]\w*\(", re.ASCII)
_TEMPLATES = ("Parameters", "ItemSelector", "ResultSelector", "Assign", "Credentials")
_QUERIES = ("Arguments", "Output", "Assign", "ItemSelector", "Items", "Credentials")


def warnings(definition: Any) -> list[Problem]:
    """The warnings about a definition (JSON text, or its value); none if it cannot be read at all."""
    value, problems = read_definition(definition)
    return [] if problems else sorted(_of_machine(value), key=lambda warning: warning.path)


def _of_machine(machine: dict[str, Any]) -> Iterator[Problem]:
    """Walks the States objects inside one another, each with the query language that it speaks."""
    own = machine.get("QueryLanguage")
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
            yield from _of_state(state, place, state.get("QueryLanguage", language) == "JSONata")
            for field in ("ItemProcessor", "Iterator"):
                waiting.append((state.get(field), pointer(place, field), own))
            branches = state.get("Branches")
            for index, branch in enumerate(branches if isinstance(branches, list) else ()):
                waiting.append((branch, pointer(place, "Branches", index), own))


def _of_state(state: dict[str, Any], path: str, query: bool) -> Iterator[Problem]:
    if query:
        for where, owner in _owners(state, path):
            for field in _QUERIES:
                yield from _dollars(owner.get(field), pointer(where, field))
        return
    for where, owner in _owners(state, path):
        for field in _TEMPLATES:
            yield from _texts(owner.get(field), pointer(where, field))
    if state.get("Type") == "Pass":
        yield from _static(state.get("Result"), pointer(path, "Result"))


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
    waiting = [(value, path)]
    while waiting:
        one, at = waiting.pop()
        if isinstance(one, dict):
            for name, inner in one.items():
                yield pointer(at, name), name, inner
                waiting.append((inner, pointer(at, name)))
        elif isinstance(one, list):
            waiting.extend((inner, pointer(at, index)) for index, inner in enumerate(one))


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


def _dollars(template: Any, path: str) -> Iterator[Problem]:
    for at, name, _ in _inside(template, path):
        if name.endswith(".$"):
            says = f"In JSONata the name stays '{name}' and its value a text: write '{name[:-2]}' and an expression."
            yield Problem(at, "NO_PATH", says)


def _static(result: Any, path: str) -> Iterator[Problem]:
    found = [(path, "", result), *_inside(result, path)]
    for at, name, value in found:
        if name.endswith(".$") or (isinstance(value, str) and _PATH.match(value)):
            says = "The Result of a Pass is never looked into: a path in it stays a text. Parameters has values."
            yield Problem(at, "PASS_RESULT_IS_STATIC", says)
