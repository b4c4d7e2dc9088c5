"""Checking one state: the fields that its type takes and what each of them holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from courseapp.engine.states.checkmaps import MapChecks
from courseapp.engine.states.choices import (
    COMBINING,
    COMPARISONS,
    OPERAND_TYPES,
    OPERATORS,
    wildcard_pieces,
)
from courseapp.engine.states.errors import ALL, Invalid
from courseapp.engine.states.expressions import Call
from courseapp.engine.states.intrinsics import GIVE_TEXT
from courseapp.engine.states.paths import Path
from courseapp.engine.states.problems import TARGET, pointer
from courseapp.engine.states.quotas import LONGEST_SECONDS, MAX_DELAY_SECONDS
from courseapp.engine.states.resources import read_resource
from courseapp.engine.states.schema import (
    BRANCH_FIELDS,
    CATCHER_FIELDS,
    EXCLUSIVE,
    FIELDS,
    MOVING,
    QUERY_CATCHER_FIELDS,
    QUERY_FIELDS,
    REQUIRED,
    RETRIER_FIELDS,
    TYPES,
)
from courseapp.engine.states.suggestions import closest
from courseapp.engine.states.timestamps import nanoseconds


class StateChecks(MapChecks):
    """The checks of a state. What lies around it (names, scopes) is the business of whoever inherits."""

    def scope(self, value: dict[str, Any], path: str) -> None:
        raise NotImplementedError

    def target(self, name: str, path: str) -> None:
        raise NotImplementedError

    def state(self, state: dict[str, Any], path: str) -> None:
        if "Type" not in state:
            self.required(state, path, ("Type",))
            return
        if not self.one_of(state["Type"], pointer(path, "Type"), "Type", TYPES):
            return
        kind: str = state["Type"]
        outer = self.query
        self.query = self.language(state, path, self.scope_language) == "JSONata"
        self._fields(state, kind, path)
        self.query = outer

    def _fields(self, state: dict[str, Any], kind: str, path: str) -> None:
        self._known_fields(state, kind, path)
        if "Comment" in state:
            self.is_text(state["Comment"], pointer(path, "Comment"))
        self.required(state, path, REQUIRED.get(kind, ()))
        for group, needed in EXCLUSIVE.get(kind, ()):
            self.at_most_one(state, path, group, needed)
        if kind in MOVING:
            self._moves(state, path)
        self._data_flow(state, kind, path)
        for field in ("Retry", "Catch"):
            if field in state and field in FIELDS[kind]:
                self._handlers(state[field], pointer(path, field), field)
        _OWN.get(kind, StateChecks._nothing)(self, state, path)

    def _nothing(self, state: Mapping[str, Any], path: str) -> None:
        """Pass and Succeed have nothing more."""

    def _known_fields(self, state: Mapping[str, Any], kind: str, path: str) -> None:
        for field in state:
            own, other = (QUERY_FIELDS, FIELDS) if self.query else (FIELDS, QUERY_FIELDS)
            if field in own[kind]:
                continue
            if field in other[kind]:
                belongs, speaks = ("JSONPath", "JSONata") if self.query else ("JSONata", "JSONPath")
                says = f"Field '{field}' belongs to {belongs} and is not supported in a {speaks} state."
            else:
                says = f"Field '{field}' is not supported in a state of type {kind}.{closest(field, own[kind])}"
            self.bad(pointer(path, field), says)

    # Moving on

    def _moves(self, state: Mapping[str, Any], path: str) -> None:
        if "End" in state and state["End"] is not True:
            self.bad(pointer(path, "End"), "'End' must be true; a state that does not end has a 'Next' instead.")
        if "Next" in state and "End" in state:
            self.bad(path, "Only one of these fields may be given: [Next, End]")
        elif "Next" not in state and "End" not in state:
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

    # Retry and Catch

    def _handlers(self, handlers: Any, path: str, field: str) -> None:
        if not self._is_list(handlers, path):
            return
        for index, handler in enumerate(handlers):
            place = pointer(path, index)
            if not self.is_object(handler, place):
                continue
            self._error_names(handler, place, index == len(handlers) - 1)
            if field == "Retry":
                self._retrier(handler, place)
            else:
                self._catcher(handler, place)

    def _is_list(self, value: Any, path: str) -> bool:
        if isinstance(value, list):
            return True
        return self.is_array(value, path)

    def _error_names(self, handler: Mapping[str, Any], path: str, last: bool) -> None:
        if not self.required(handler, path, ("ErrorEquals",)):
            return
        place = pointer(path, "ErrorEquals")
        if not self.is_array(handler["ErrorEquals"], place):
            return
        names = handler["ErrorEquals"]
        for index, name in enumerate(names):
            self.is_text(name, pointer(place, index))
        if ALL in names and len(names) > 1:
            self.bad(place, "States.ALL must stand alone in ErrorEquals.")
        if ALL in names and not last:
            self.bad(
                place, "States.ALL may only stand in the last one of the list: those after it would never be reached."
            )

    def _retrier(self, retrier: Mapping[str, Any], path: str) -> None:
        self.only(retrier, path, RETRIER_FIELDS)
        interval = retrier.get("IntervalSeconds", 1)
        good = self.is_whole(interval, pointer(path, "IntervalSeconds"), 1, LONGEST_SECONDS)
        self.is_whole(retrier.get("MaxAttempts", 3), pointer(path, "MaxAttempts"), 0, LONGEST_SECONDS)
        rate = retrier.get("BackoffRate", 2.0)
        if isinstance(rate, bool) or not isinstance(rate, (int, float)) or rate < 1:
            self.bad(pointer(path, "BackoffRate"), "BackoffRate must be a number of at least 1.")
        if "MaxDelaySeconds" in retrier:
            place = pointer(path, "MaxDelaySeconds")
            delay = retrier["MaxDelaySeconds"]
            if self.is_whole(delay, place, 1, MAX_DELAY_SECONDS) and good and delay <= interval:
                self.bad(place, "MaxDelaySeconds must be greater than IntervalSeconds.")
        jitter = retrier.get("JitterStrategy", "NONE")
        self.one_of(jitter, pointer(path, "JitterStrategy"), "JitterStrategy", ("FULL", "NONE"))
        self.comment(retrier, path)

    def _catcher(self, catcher: Mapping[str, Any], path: str) -> None:
        self.only(catcher, path, QUERY_CATCHER_FIELDS if self.query else CATCHER_FIELDS)
        if self.required(catcher, path, ("Next",)) and self.is_text(catcher["Next"], pointer(path, "Next")):
            self.target(catcher["Next"], pointer(path, "Next"))
        if self.query and "Output" in catcher:
            self.asking(catcher["Output"], pointer(path, "Output"), error=True)
        if "ResultPath" in catcher and not self.query:
            self.result_path(catcher["ResultPath"], pointer(path, "ResultPath"))
        if "Assign" in catcher:
            self.assign(catcher["Assign"], pointer(path, "Assign"), error=True)
        self.comment(catcher, path)

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
                self.scope(branch, pointer(place, index))

    def _wait(self, state: Mapping[str, Any], path: str) -> None:
        if "Seconds" in state:
            self.number(state["Seconds"], pointer(path, "Seconds"), 0, LONGEST_SECONDS)
        timestamp = state.get("Timestamp", "1970-01-01T00:00:00Z")
        if self.query and isinstance(timestamp, str) and self.query_text(timestamp, pointer(path, "Timestamp")):
            return
        if not isinstance(timestamp, str) or nanoseconds(timestamp) is None:
            self.bad(pointer(path, "Timestamp"), "String does not match RFC3339 timestamp")
        for field in ("SecondsPath", "TimestampPath"):
            if field in state and not self.query:
                self.path(state[field], pointer(path, field), reference=True)

    def _choice(self, state: Mapping[str, Any], path: str) -> None:
        if "Default" in state and self.is_text(state["Default"], pointer(path, "Default")):
            self.target(state["Default"], pointer(path, "Default"))
        if "Choices" not in state or not self.is_array(state["Choices"], pointer(path, "Choices")):
            return
        for index, rule in enumerate(state["Choices"]):
            place = pointer(path, "Choices", index)
            if not self.is_object(rule, place):
                continue
            if self.required(rule, place, ("Next",)) and self.is_text(rule["Next"], pointer(place, "Next")):
                self.target(rule["Next"], pointer(place, "Next"))
            if "Assign" in rule:
                self.assign(rule["Assign"], pointer(place, "Assign"))
            if self.query:
                self._question(rule, place)
            else:
                self._rule(rule, place, ("Next", "Assign", "Comment"))

    def _question(self, rule: Mapping[str, Any], path: str) -> None:
        """A rule of a JSONata Choice."""
        self.only(rule, path, ("Condition", "Next", "Assign", "Output", "Comment"))
        self.comment(rule, path)
        if "Output" in rule:
            self.asking(rule["Output"], pointer(path, "Output"))
        if not self.required(rule, path, ("Condition",)) or isinstance(rule["Condition"], bool):
            return
        condition, place = rule["Condition"], pointer(path, "Condition")
        if self.is_text(condition, place) and not self.query_text(condition, place):
            self.bad(place, "A Condition is true, false or an expression.")

    def _rule(self, rule: Mapping[str, Any], path: str, beside: tuple[str, ...]) -> None:
        self.comment(rule, path)
        given = [name for name in rule if name in OPERATORS or name in COMBINING]
        self.only(rule, path, (*OPERATORS, *COMBINING, "Variable", *beside))
        if len(given) != 1:
            found = f"found [{', '.join(given)}]" if given else "found none"
            self.bad(path, f"A rule has exactly one comparison operator, or And, Or or Not; {found}.")
            return
        name = given[0]
        place = pointer(path, name)
        if name in COMBINING:
            self._combined(rule, name, path, place)
            return
        if self.required(rule, path, ("Variable",)):
            self.path(rule["Variable"], pointer(path, "Variable"), reference=True)
        self._operand(name, rule[name], place)

    def _combined(self, rule: Mapping[str, Any], name: str, path: str, place: str) -> None:
        if "Variable" in rule:
            self.bad(pointer(path, "Variable"), f"'Variable' stands in the rules inside '{name}', not beside it.")
        if name == "Not":
            if self.is_object(rule[name], place):
                self._rule(rule[name], place, ("Comment",))
        elif self.is_array(rule[name], place):
            for index, inner in enumerate(rule[name]):
                if self.is_object(inner, pointer(place, index)):
                    self._rule(inner, pointer(place, index), ("Comment",))

    def _operand(self, name: str, value: Any, place: str) -> None:
        if name == "StringMatches":
            if self.is_text(value, place):
                try:
                    wildcard_pieces(value)
                except Invalid as error:
                    self.bad(place, str(error))
        elif name.endswith("Path"):
            self.path(value, place, reference=True)
        elif name.startswith("Is"):
            self.is_boolean(value, place)
        else:
            fits, called = OPERAND_TYPES[COMPARISONS[name][0]]
            if not fits(value):
                self.bad(place, f"'{name}' compares with {called}.")

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


_OWN = {
    "Task": StateChecks._task,
    "Parallel": StateChecks._parallel,
    "Map": StateChecks.map,
    "Wait": StateChecks._wait,
    "Choice": StateChecks._choice,
    "Fail": StateChecks._fail,
}
