"""Checking one state: the fields that its type takes and what each of them holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from courseapp.engine.states.checkchoices import ChoiceChecks
from courseapp.engine.states.errors import Invalid
from courseapp.engine.states.expressions import Call
from courseapp.engine.states.intrinsics import GIVE_TEXT
from courseapp.engine.states.paths import Path
from courseapp.engine.states.problems import TARGET, pointer
from courseapp.engine.states.quotas import LONGEST_SECONDS
from courseapp.engine.states.resources import read_resource
from courseapp.engine.states.schema import (
    BRANCH_FIELDS,
    COUNTERPARTS,
    EXCLUSIVE,
    FIELDS,
    MOVING,
    QUERY_FIELDS,
    REQUIRED,
    TERMINAL,
    TYPES,
)
from courseapp.engine.states.suggestions import closest
from courseapp.engine.states.timestamps import nanoseconds
from courseapp.engine.states.ways import meant_type


def _counterpart(field: str, own: tuple[str, ...]) -> str:
    """What does the same in the language of a state that has the fields ``own``, as a sentence; or nothing."""
    found = next((names for names in COUNTERPARTS.get(field, ()) if set(names) <= set(own)), ())
    done_by = " and ".join(f"'{name}'" for name in found)
    value = field.removesuffix("Path")
    if not found and value != field and value in own:
        done_by = f"'{value}' with an expression"
    return f" What it does is done by {done_by}." if done_by else ""


class StateChecks(ChoiceChecks):
    """The checks of a state. What lies around it (names, scopes) is the business of whoever inherits."""

    def scope(self, value: dict[str, Any], path: str, known: tuple[str, ...]) -> None:
        raise NotImplementedError

    def state(self, state: dict[str, Any], path: str) -> None:
        """A state whose Type is misspelt is checked as what was meant; one of no type, for what all have in common."""
        kind = meant_type(state)
        outer = self.query
        self.query = self.language(state, path, self.scope_language) == "JSONata"
        if "Type" in state:
            self.one_of(state["Type"], pointer(path, "Type"), "Type", TYPES)
        else:
            self.required(state, path, ("Type",), self._own(kind))
        self._fields(state, kind, path)
        self.query = outer

    def _own(self, kind: str) -> tuple[str, ...]:
        return (QUERY_FIELDS if self.query else FIELDS)[kind]

    def _fields(self, state: dict[str, Any], kind: str, path: str) -> None:
        self._known_fields(state, kind, path)
        self.comment(state, path)
        own = self._own(kind)
        self.required(state, path, REQUIRED.get(kind, ()), own)
        for group, needed in EXCLUSIVE.get(kind, ()):
            self.at_most_one(state, path, tuple(name for name in group if name in own), needed, own)
        if kind in MOVING or not kind:
            self._moves(state, kind, path)
        self._data_flow(state, kind, path)
        for field in ("Retry", "Catch"):
            if field in state and field in FIELDS[kind]:
                self.handlers(state[field], pointer(path, field), field)
        for check in _OWN.get(kind, ()):
            check(self, state, path)

    def _known_fields(self, state: Mapping[str, Any], kind: str, path: str) -> None:
        own, other = self._own(kind), (FIELDS if self.query else QUERY_FIELDS)[kind]
        for field in state:
            if field in own:
                continue
            if field in other:
                belongs, speaks = ("JSONPath", "JSONata") if self.query else ("JSONata", "JSONPath")
                says = f"Field '{field}' belongs to {belongs} and is not supported in a {speaks} state."
                says += _counterpart(field, own)
                if belongs == "JSONata":
                    says += ' Or set "QueryLanguage": "JSONata".'
            elif not kind:
                says = f"Field '{field}' is not supported in any state.{closest(field, own)}"
            else:
                why = _NO_WAY_ON.get(kind, "") if field in ("Next", "End") else closest(field, own)
                why = f" It stands inside {_INSIDE[kind]}." if field in BRANCH_FIELDS and kind in _INSIDE else why
                says = f"Field '{field}' is not supported in a state of type {kind}.{why}"
            self.bad(pointer(path, field), says)

    # Moving on

    def _moves(self, state: Mapping[str, Any], kind: str, path: str) -> None:
        if "End" in state and state["End"] is not True:
            says = "'End' must be true; a state that does not end has a 'Next' instead."
            self.bad(pointer(path, "End"), "'End' must be true, without quotes." if state["End"] == "true" else says)
        if "Next" in state and "End" in state:
            self.bad(path, "Only one of these fields may be given: [Next, End]")
        elif kind and not any(name in state or self.is_meant(state, name, self._own(kind)) for name in ("Next", "End")):
            self.bad(path, "One of these fields is required: [Next, End]", TARGET)
        if "Next" in state and self.is_text(state["Next"], pointer(path, "Next")):
            self.target(state["Next"], pointer(path, "Next"))

    # Data flow

    def _data_flow(self, state: Mapping[str, Any], kind: str, path: str) -> None:
        if self.query:
            self._queries(state, kind, path)
            return
        allowed = FIELDS[kind]
        for field in ("InputPath", "OutputPath"):
            if field in state and field in allowed and state[field] is not None:
                self.path(state[field], pointer(path, field))
        for field in ("Parameters", "ItemSelector", "ResultSelector"):
            if field in state and field in allowed and self.is_object(state[field], pointer(path, field)):
                self.template(state[field], pointer(path, field))
        if "ResultPath" in state and "ResultPath" in allowed:
            self.result_path(state["ResultPath"], pointer(path, "ResultPath"))
        if "Assign" in state and "Assign" in allowed:
            self.assign(state["Assign"], pointer(path, "Assign"))

    def _queries(self, state: Mapping[str, Any], kind: str, path: str) -> None:
        allowed = QUERY_FIELDS[kind]
        has_result = kind in ("Task", "Parallel", "Map")
        for field in ("Arguments", "ItemSelector"):
            if field in state and field in allowed:
                self.asking(state[field], pointer(path, field))
        if "Output" in state and "Output" in allowed:
            self.asking(state["Output"], pointer(path, "Output"), result=has_result)
        if "Assign" in state and "Assign" in allowed:
            self.assign(state["Assign"], pointer(path, "Assign"), result=has_result)

    # Each type's own fields

    def _task(self, state: Mapping[str, Any], path: str) -> None:
        if "Resource" in state and self.is_text(state["Resource"], pointer(path, "Resource")):
            try:
                read_resource(state["Resource"], self.express, self.reach)
            except Invalid as error:
                express = str(error).startswith("Express")
                self.bad(
                    pointer(path, "Resource"), str(error), "SCHEMA_VALIDATION_FAILED" if express else "INVALID_RESOURCE"
                )
        seconds: dict[str, int] = {}
        for field in ("TimeoutSeconds", "HeartbeatSeconds"):
            if field in state and self.number(state[field], pointer(path, field), 1, LONGEST_SECONDS):
                seconds[field] = state[field]
            if f"{field}Path" in state and not self.query:
                self.path(state[f"{field}Path"], pointer(path, f"{field}Path"), reference=True)
        if len(seconds) == 2 and seconds["HeartbeatSeconds"] >= seconds["TimeoutSeconds"]:
            self.bad(pointer(path, "HeartbeatSeconds"), "HeartbeatSeconds must be smaller than TimeoutSeconds.")
        if "Credentials" in state and self.is_object(state["Credentials"], pointer(path, "Credentials")):
            place = pointer(path, "Credentials")
            if "RoleArn" not in state["Credentials"] and "RoleArn.$" not in state["Credentials"]:
                self.bad(place, "The field 'RoleArn' is required but was missing")
            if self.query:
                self.asking(state["Credentials"], place)
            else:
                self.template(state["Credentials"], place)

    def _parallel(self, state: Mapping[str, Any], path: str) -> None:
        branches, place = state.get("Branches"), pointer(path, "Branches")
        if "Branches" not in state or not self.is_array(branches, place):
            return
        for index, branch in enumerate(state["Branches"]):
            if self.is_object(branch, pointer(place, index)):
                self.only(branch, pointer(place, index), BRANCH_FIELDS)
                self.comment(branch, pointer(place, index))
                self.scope(branch, pointer(place, index), BRANCH_FIELDS)

    def _wait(self, state: Mapping[str, Any], path: str) -> None:
        if "Seconds" in state:
            self.number(state["Seconds"], pointer(path, "Seconds"), 0, LONGEST_SECONDS)
        timestamp = state.get("Timestamp", "1970-01-01T00:00:00Z")
        if self.query and isinstance(timestamp, str) and self.query_text(timestamp, pointer(path, "Timestamp")):
            return
        if not isinstance(timestamp, str) or nanoseconds(timestamp) is None:
            says = "String does not match RFC3339 timestamp. An example is 2026-03-14T09:00:00Z."
            self.bad(pointer(path, "Timestamp"), says)
        for field in ("SecondsPath", "TimestampPath"):
            if field in state and not self.query:
                self.path(state[field], pointer(path, field), reference=True)

    def _fail(self, state: Mapping[str, Any], path: str) -> None:
        for field in ("Error", "Cause"):
            if field in state and self.is_text(state[field], pointer(path, field)) and self.query:
                self.query_text(state[field], pointer(path, field))
            field = f"{field}Path"
            if field not in state or self.query:
                continue
            compiled = self.expression(state[field], pointer(path, field), field)
            if isinstance(compiled, Call) and compiled.name not in GIVE_TEXT:
                says = f"{compiled.name} gives no string; use one of {', '.join(sorted(GIVE_TEXT))}."
                self.bad(pointer(path, field), says)
            elif isinstance(compiled, Path) and not compiled.definite:
                self.bad(pointer(path, field), f"'{compiled.text}' is not a reference path.")


Checks = Callable[[StateChecks, Mapping[str, Any], str], None]
_OWN: dict[str, tuple[Checks, ...]] = {
    "Task": (StateChecks._task,),
    "Parallel": (StateChecks._parallel,),
    "Map": (StateChecks.map,),
    "Wait": (StateChecks._wait,),
    "Choice": (StateChecks.choice,),
    "Fail": (StateChecks._fail,),
}
_OWN[""] = tuple(check for checks in _OWN.values() for check in checks)
_INSIDE = {"Map": "'ItemProcessor'", "Parallel": "each of the 'Branches'"}
_NO_WAY_ON = {
    "Choice": " A Choice goes where its rules or its 'Default' lead.",
    **{kind: f" A {kind} always ends." for kind in TERMINAL},
}
