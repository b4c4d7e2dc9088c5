"""A definition compiled: states as plain nodes, made once and shared by all executions of that text.

Compiled things are never changed, and never pickled whole. A pickle holds the definition's text and, for a States
object or a state, its address in it; loading compiles the text again (or finds it compiled) and looks the address up.
So snapshots stay small, and nothing compiled has to be picklable.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from courseapp.engine.states import groups, maps, tasks  # noqa: F401  # they add their types to NODES
from courseapp.engine.states.jsontext import compact, parse
from courseapp.engine.states.nodes import NODES, State


class Scope:
    """One States object: the machine's own, a branch's, or that of an item processor."""

    __slots__ = ("definition", "index", "language", "start_at", "states")

    def __init__(self, definition: Definition, index: int, value: Mapping[str, Any]) -> None:
        self.definition = definition
        self.index = index
        self.language: str = value.get("QueryLanguage", definition.language)
        self.start_at: str = value["StartAt"]
        self.states: dict[str, State] = {}
        for name, state in value["States"].items():
            self.states[name] = NODES[state["Type"]](name, state, self, definition.scope)

    def __reduce__(self) -> Any:
        return _scope_of, (self.definition, self.index)


class Definition:
    """``text`` is the compact JSON text; ``timeout_ms`` the machine's own TimeoutSeconds, or None."""

    __slots__ = ("all_states", "language", "scopes", "start", "text", "timeout_ms")

    def __init__(self, text: str) -> None:
        value = parse(text)
        self.text = text
        self.language: str = value.get("QueryLanguage", "JSONPath")
        seconds = value.get("TimeoutSeconds")
        self.timeout_ms = None if seconds is None else seconds * 1000
        self.scopes: list[Scope] = []
        self.start = self.scope(value)
        self.all_states: dict[str, State] = {name: state for one in self.scopes for name, state in one.states.items()}

    def scope(self, value: Mapping[str, Any]) -> Scope:
        """Compile a States object and give it its place among the definition's scopes."""
        index = len(self.scopes)
        self.scopes.append(None)  # type: ignore[arg-type]  # its inner scopes take the numbers after it
        scope = self.scopes[index] = Scope(self, index, value)
        return scope

    def __reduce__(self) -> Any:
        return compile_text, (self.text,)


def _scope_of(definition: Definition, index: int) -> Scope:
    return definition.scopes[index]


@lru_cache(maxsize=128)
def compile_text(text: str) -> Definition:
    return Definition(text)


def compile_definition(definition: Any) -> Definition:
    """The compiled form of a definition (JSON text, or its value) in which ``validate`` finds no problem."""
    value = parse(definition) if isinstance(definition, str) else definition
    return compile_text(compact(value))
