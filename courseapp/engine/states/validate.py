"""Checking a definition: all problems at once, each with its place, AWS's code and a sentence.

A definition that passes is one that the interpreter can run without ever raising; a definition with a problem never
starts. The tables of ``schema`` say which fields there are; here is what they must hold and how they must fit together.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterator, Mapping
from typing import Any

from courseapp.engine.states.checkstates import StateChecks
from courseapp.engine.states.jsontext import compact, depth_exceeds, parse, twice
from courseapp.engine.states.problems import MOST_PROBLEMS, SCHEMA, TARGET, Problem, TooManyProblems, pointer
from courseapp.engine.states.quotas import DEFINITION_BYTES, DEFINITION_NESTING, LONGEST_SECONDS, NAME_CHARACTERS
from courseapp.engine.states.schema import PROCESSOR_FIELDS, TOP_FIELDS
from courseapp.engine.states.suggestions import closest
from courseapp.engine.states.ways import Ways


def validate(definition: Any, kind: str = "STANDARD", reach: Container[str] = ()) -> list[Problem]:
    """Everything that is wrong with a definition (JSON text, or its value); an empty list for a valid one.

    ``kind`` is the machine's type, STANDARD or EXPRESS. ``reach`` holds the ids of the nodes that the document lets the
    machine's tasks reach: only these may stand where AWS wants an ARN.
    """
    value, problems = read_definition(definition)
    if problems:
        return problems
    check = _MachineCheck(kind == "EXPRESS", reach)
    try:
        if isinstance(definition, str):
            check.given_twice(definition)
        check.machine(value)
    except TooManyProblems:
        says = f"More than {MOST_PROBLEMS} problems were found, and the check has stopped. Mend these first."
        check.problems.append(Problem("/", SCHEMA, says))
    return sorted(check.problems, key=lambda problem: problem.path)


def read_definition(definition: Any) -> tuple[dict[str, Any], list[Problem]]:
    """The definition's object, or what keeps it from being read at all."""
    value = definition
    if isinstance(definition, str):
        if not definition.strip():
            return {}, [Problem("/", SCHEMA, "Definition must be a valid JSON object")]
        try:
            value = parse(definition)
        except ValueError as error:
            return {}, [
                Problem(_location(definition), "INVALID_JSON_DESCRIPTION", f"The definition is not JSON: {error}.")
            ]
    if not isinstance(value, Mapping):
        return {}, [Problem("/", SCHEMA, "Definition must be a valid JSON object")]
    if depth_exceeds(value, DEFINITION_NESTING):
        return {}, [
            Problem("/", "TOO_DEEPLY_NESTED", f"The definition is nested more than {DEFINITION_NESTING} levels deep.")
        ]
    try:
        text = compact(value)
    except (ValueError, TypeError) as error:
        return {}, [Problem("/", "INVALID_JSON_DESCRIPTION", f"The definition is not JSON: {error}")]
    if len(text.encode("utf-8", "surrogatepass")) > DEFINITION_BYTES:
        return {}, [Problem("/", SCHEMA, f"The definition is longer than {DEFINITION_BYTES} bytes.")]
    return dict(value), []


def _location(text: str) -> str:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return f"[Source: (String); line: {error.lineno}, column: {error.colno}]"
    except (ValueError, RecursionError):
        pass
    return "/"


class _MachineCheck(StateChecks):
    """Walks a machine: its own fields, and the States objects inside one another."""

    sees_all = True  # no state is hidden behind another of its name

    def given_twice(self, text: str) -> None:
        """Of a name that an object has twice the reader keeps the last, and nobody hears of the first."""
        for *way, name in twice(text):
            self.sees_all = False
            path = pointer("", *way, name)
            if way and way[-1] == "States":
                self.bad(path, f"There are two states '{name}' in this States object.", "DUPLICATE_STATE_NAME")
            else:
                self.bad(path, f"The field '{name}' is given twice.")

    def machine(self, value: dict[str, Any]) -> None:
        self.only(value, "", TOP_FIELDS)
        self.machine_language = self.scope_language = self.language(value, "", "JSONPath")
        if "Comment" in value:
            self.is_text(value["Comment"], "/Comment")
        if "Version" in value:
            self.one_of(value["Version"], "/Version", "Version", ("1.0",))
        if "TimeoutSeconds" in value:
            self.is_whole(value["TimeoutSeconds"], "/TimeoutSeconds", 1, LONGEST_SECONDS - 1)
        self.all_names = frozenset(_names(value))
        self.scope(value, "", TOP_FIELDS)

    def scope(self, value: dict[str, Any], path: str, known: tuple[str, ...]) -> None:
        """One States object with its StartAt: names, states, ways through it."""
        self.required(value, path, ("States", "StartAt"), known)
        start, states_path = value.get("StartAt", ""), pointer(path, "States")
        named = self.is_text(start, pointer(path, "StartAt"))
        if "States" not in value or not self.is_object(value["States"], states_path):
            return
        states = value["States"]
        if not states:
            self.bad(states_path, "Value cannot be empty")
            return
        outer_names, outer_variables, outer_language = self.names, self.variables, self.scope_language
        self.scope_language = self.language(value, path, self.machine_language) if path else self.machine_language
        self.names, self.variables = states, outer_variables | self.assigned_in(states, states_path)
        if named and "StartAt" in value:
            self.target(start, pointer(path, "StartAt"))
        for name, state in states.items():
            self.name(name, pointer(states_path, name))
            if self.is_object(state, pointer(states_path, name)):
                self.state(state, pointer(states_path, name))
        self.ways(value.get("StartAt"), states, states_path)
        self.names, self.variables, self.scope_language = outer_names, outer_variables, outer_language

    def name(self, name: str, path: str) -> None:
        if not 1 <= len(name) <= NAME_CHARACTERS:
            says = f"A state's name has 1 to {NAME_CHARACTERS} characters, not {len(name)}."
            self.bad(path, says, "INVALID_STATE_NAME")
        if name in self.seen_names:
            self.bad(path, f"The name '{name}' is used by another state of this machine.", "DUPLICATE_STATE_NAME")
        self.seen_names.add(name)

    def target(self, name: str, path: str) -> None:
        if name in self.names:
            return
        if name in self.all_names:
            says = f"State '{name}' is not in the same States object: a branch or a processor is left by its end alone."
            self.bad(path, says, TARGET)
        else:
            self.bad(path, f"There is no state '{name}'.{closest(name, self.names)}", TARGET)

    def ways(self, start: Any, states: Mapping[str, Any], path: str) -> None:
        """Every state can be reached from StartAt, and some state ends."""
        ways = Ways(start, states)
        if not ways.can_end():
            says = 'No state ends this States object: it needs a Succeed, a Fail, or a state with "End": true.'
            self.bad(path, says, "MISSING_END_STATE")
        for name in ways.unreachable() if self.sees_all else ():
            self.bad(pointer(path, name), f"State '{name}' is not reachable from StartAt: nothing leads to it.", TARGET)

    def processor(self, value: Any, path: str) -> None:
        """An ItemProcessor or Iterator of a Map."""
        if not self.is_object(value, path):
            return
        self.only(value, path, PROCESSOR_FIELDS)
        configuration = value.get("ProcessorConfig", {})
        config_path = pointer(path, "ProcessorConfig")
        if self.is_object(configuration, config_path):
            self.only(configuration, config_path, ("Mode", "ExecutionType"))
            mode = configuration.get("Mode", "INLINE")
            self.one_of(mode, pointer(config_path, "Mode"), "Mode", ("INLINE", "DISTRIBUTED"))
            kind = configuration.get("ExecutionType", "STANDARD")
            self.one_of(kind, pointer(config_path, "ExecutionType"), "ExecutionType", ("STANDARD", "EXPRESS"))
            if mode == "DISTRIBUTED":
                self.required(configuration, config_path, ("ExecutionType",))
                self._children(value, path, kind == "EXPRESS")
                return
        self.scope(value, path, PROCESSOR_FIELDS)

    def _children(self, value: dict[str, Any], path: str, express: bool) -> None:
        """The States object of children that are executions of their own: no outer variables, a type of their own."""
        outer, self.variables = self.variables, frozenset()
        was_express, self.express = self.express, self.express or express
        self.scope(value, path, PROCESSOR_FIELDS)
        self.variables, self.express = outer, was_express


def _names(machine: Any) -> Iterator[str]:
    """The names of all states, those inside Parallel and Map too."""
    waiting = [machine]
    while waiting:
        one = waiting.pop()
        states = one.get("States") if isinstance(one, dict) else None
        if not isinstance(states, dict):
            continue
        for name, state in states.items():
            yield name
            if isinstance(state, dict):
                waiting += [state.get("ItemProcessor"), state.get("Iterator")]
                waiting += state["Branches"] if isinstance(state.get("Branches"), list) else ()
