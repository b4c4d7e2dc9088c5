"""Checking one state: the fields that its type takes and what each of them holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from courseapp.engine import limits
from courseapp.engine.states.checkfields import FieldChecks
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
from courseapp.engine.states.quotas import LONGEST_SECONDS, MAX_DELAY_SECONDS, PAYLOAD_BYTES
from courseapp.engine.states.resources import read_resource
from courseapp.engine.states.schema import (
    BATCHER_FIELDS,
    BRANCH_FIELDS,
    CATCHER_FIELDS,
    DISTRIBUTED_ONLY,
    EXCLUSIVE,
    FIELDS,
    MOVING,
    QUERY_CATCHER_FIELDS,
    QUERY_FIELDS,
    READER_CHOICES,
    READER_CONFIG_FIELDS,
    READER_FIELDS,
    READER_RESOURCES,
    REQUIRED,
    RETRIER_FIELDS,
    TYPES,
    WRITER_CHOICES,
    WRITER_FIELDS,
    WRITER_RESOURCE,
)
from courseapp.engine.states.suggestions import closest
from courseapp.engine.states.timestamps import nanoseconds


class StateChecks(FieldChecks):
    """The checks of a state. What lies around it (names, scopes) is the business of whoever inherits."""

    def scope(self, value: dict[str, Any], path: str) -> None:
        raise NotImplementedError

    def target(self, name: str, path: str) -> None:
        raise NotImplementedError

    def processor(self, value: Any, path: str) -> None:
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

    def _map(self, state: Mapping[str, Any], path: str) -> None:
        for field in ("ItemProcessor", "Iterator"):
            if field in state:
                self.processor(state[field], pointer(path, field))
        if self.query and "Items" in state:
            place = pointer(path, "Items")
            if isinstance(state["Items"], (list, dict)) or (
                self.is_text(state["Items"], place) and self.query_text(state["Items"], place)
            ):
                self.asking(state["Items"], place)
            elif isinstance(state["Items"], str):
                self.bad(place, "'Items' holds an array, an object or an expression.")
        if "ItemsPath" in state and not self.query:
            self.path(state["ItemsPath"], pointer(path, "ItemsPath"), reference=True)
        for field, high in (
            ("MaxConcurrency", LONGEST_SECONDS),
            ("ToleratedFailureCount", LONGEST_SECONDS),
            ("ToleratedFailurePercentage", 100),
        ):
            self._amount(state, field, path, 0, high, share=high == 100)
        self._distributed(state, path)

    def _amount(
        self, owner: Mapping[str, Any], field: str, path: str, low: int, high: int, share: bool = False
    ) -> None:
        """A number, or the path or the expression that stands for it."""
        place = pointer(path, field)
        if field in owner and share and isinstance(owner[field], float):
            if not low <= owner[field] <= high:
                self.bad(place, f"{field} must be between {low} and {high}.")
        elif field in owner:
            self.number(owner[field], place, low, high)
        if f"{field}Path" in owner and not self.query:
            self.path(owner[f"{field}Path"], pointer(path, f"{field}Path"), reference=True)

    def _distributed(self, state: Mapping[str, Any], path: str) -> None:
        processor = state.get("ItemProcessor", state.get("Iterator"))
        config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
        if not isinstance(config, dict) or config.get("Mode") != "DISTRIBUTED":
            for field in DISTRIBUTED_ONLY:
                if field in state:
                    says = f"'{field}' is for a Map whose ProcessorConfig has the Mode DISTRIBUTED."
                    self.bad(pointer(path, field), says)
            return
        if self.express:
            says = "Express state machine does not support Map of Mode 'DISTRIBUTED'"
            self.bad(pointer(path, "ItemProcessor", "ProcessorConfig", "Mode"), says)
        if "Label" in state:
            self._label(state["Label"], pointer(path, "Label"))
        if "ItemReader" in state and self.is_object(state["ItemReader"], pointer(path, "ItemReader")):
            self._reader(state["ItemReader"], pointer(path, "ItemReader"))
        if "ItemBatcher" in state and self.is_object(state["ItemBatcher"], pointer(path, "ItemBatcher")):
            self._batcher(state["ItemBatcher"], pointer(path, "ItemBatcher"))
        if "ResultWriter" in state and self.is_object(state["ResultWriter"], pointer(path, "ResultWriter")):
            self._writer(state["ResultWriter"], pointer(path, "ResultWriter"))

    def _label(self, label: Any, path: str) -> None:
        if not self.is_text(label, path):
            return
        forbidden = any(letter in limits.SFN_NAME_FORBIDDEN or letter < " " for letter in label)
        if not 1 <= len(label) <= limits.SFN_MAP_LABEL_LENGTH_MAX or forbidden:
            says = f"A Label has 1 to {limits.SFN_MAP_LABEL_LENGTH_MAX} characters, and none of blanks and signs."
            self.bad(path, says, "INVALID_LABEL_NAME")
        if label in self.labels:
            self.bad(path, f"The label '{label}' is used by another Map.", "DUPLICATE_LABEL_NAME")
        self.labels.add(label)

    def _where(self, owner: Mapping[str, Any], path: str, needed: bool) -> None:
        """Parameters or Arguments of a reader or writer."""
        field = "Arguments" if self.query else "Parameters"
        if field not in owner:
            if needed:
                self.required(owner, path, (field,))
        elif self.query:
            self.asking(owner[field], pointer(path, field))
        elif self.is_object(owner[field], pointer(path, field)):
            self.template(owner[field], pointer(path, field))

    def _choices(self, owner: Mapping[str, Any], path: str, choices: Mapping[str, tuple[str, ...]]) -> None:
        for field, allowed in choices.items():
            if field in owner:
                self.one_of(owner[field], pointer(path, field), field, allowed)

    def _reader(self, reader: Mapping[str, Any], path: str) -> None:
        self.only(reader, path, (*READER_FIELDS, "Arguments" if self.query else "Parameters"))
        if self.required(reader, path, ("Resource",)):
            self.one_of(reader["Resource"], pointer(path, "Resource"), "Resource", READER_RESOURCES)
        self._where(reader, path, needed=True)
        config, place = reader.get("ReaderConfig", {}), pointer(path, "ReaderConfig")
        if not self.is_object(config, place):
            return
        self.only(config, place, READER_CONFIG_FIELDS)
        self._choices(config, place, READER_CHOICES)
        self.at_most_one(config, place, ("MaxItems", "MaxItemsPath"), False)
        self._amount(config, "MaxItems", place, 0, 100_000_000)
        given = config.get("CSVHeaderLocation") == "GIVEN"
        if given and self.required(config, place, ("CSVHeaders",)):
            headers = config["CSVHeaders"]
            if self.is_array(headers, pointer(place, "CSVHeaders")):
                for index, name in enumerate(headers):
                    self.is_text(name, pointer(place, "CSVHeaders", index))
        if "ItemsPointer" in config and self.is_text(config["ItemsPointer"], pointer(place, "ItemsPointer")):
            asked = self.query and self.query_text(config["ItemsPointer"], pointer(place, "ItemsPointer"))
            if not asked and not config["ItemsPointer"].startswith("/"):
                self.bad(pointer(place, "ItemsPointer"), "A JSON pointer begins with '/'.")

    def _batcher(self, batcher: Mapping[str, Any], path: str) -> None:
        self.only(batcher, path, BATCHER_FIELDS)
        most = ("MaxItemsPerBatch", "MaxInputBytesPerBatch")
        for field, high in zip(most, (LONGEST_SECONDS, PAYLOAD_BYTES), strict=True):
            self.at_most_one(batcher, path, (field, f"{field}Path"), False)
            self._amount(batcher, field, path, 1, high)
        if not any(name in batcher for field in most for name in (field, f"{field}Path")):
            self.bad(path, f"One of these fields is required: [{', '.join(most)}]")
        if "BatchInput" in batcher and self.query:
            self.asking(batcher["BatchInput"], pointer(path, "BatchInput"))
        elif "BatchInput" in batcher and self.is_object(batcher["BatchInput"], pointer(path, "BatchInput")):
            self.template(batcher["BatchInput"], pointer(path, "BatchInput"))

    def _writer(self, writer: Mapping[str, Any], path: str) -> None:
        self.only(writer, path, (*WRITER_FIELDS, "Arguments" if self.query else "Parameters"))
        if not writer:
            self.bad(path, "Value cannot be empty")
        if "Resource" in writer:
            self.one_of(writer["Resource"], pointer(path, "Resource"), "Resource", (WRITER_RESOURCE,))
        self._where(writer, path, needed="Resource" in writer)
        config, place = writer.get("WriterConfig", {}), pointer(path, "WriterConfig")
        if self.is_object(config, place):
            self.only(config, place, tuple(WRITER_CHOICES))
            self._choices(config, place, WRITER_CHOICES)

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
    "Map": StateChecks._map,
    "Wait": StateChecks._wait,
    "Choice": StateChecks._choice,
    "Fail": StateChecks._fail,
}
