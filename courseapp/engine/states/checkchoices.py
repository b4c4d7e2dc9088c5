"""Checking a Choice: its rules in either language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from courseapp.engine.states.checkhandlers import HandlerChecks
from courseapp.engine.states.choices import (
    COMBINING,
    COMPARISONS,
    OPERAND_TYPES,
    OPERATORS,
    wildcard_pieces,
)
from courseapp.engine.states.errors import Invalid
from courseapp.engine.states.problems import pointer

_WAYS = (*OPERATORS, *COMBINING)
_INNER = ("Comment",)
_OUTER = ("Next", "Assign", "Comment")
_QUESTION = ("Condition", "Next", "Assign", "Output", "Comment")


class ChoiceChecks(HandlerChecks):
    def choice(self, state: Mapping[str, Any], path: str) -> None:
        if "Default" in state and self.is_text(state["Default"], pointer(path, "Default")):
            self.target(state["Default"], pointer(path, "Default"))
        if "Choices" not in state or not self.is_array(state["Choices"], pointer(path, "Choices")):
            return
        for index, rule in enumerate(state["Choices"]):
            place = pointer(path, "Choices", index)
            if not self.is_object(rule, place):
                continue
            self.leads_on(rule, place, _QUESTION if self.query else (*_WAYS, "Variable", *_OUTER))
            if "Assign" in rule:
                self.assign(rule["Assign"], pointer(place, "Assign"))
            if self.query:
                self._question(rule, place)
            else:
                self._rule(rule, place, _OUTER)

    def _question(self, rule: Mapping[str, Any], path: str) -> None:
        """A rule of a JSONata Choice."""
        self.only(rule, path, _QUESTION, dict.fromkeys((*_WAYS, "Variable"), "JSONPath"))
        self.comment(rule, path)
        if "Output" in rule:
            self.asking(rule["Output"], pointer(path, "Output"))
        self.required(rule, path, ("Condition",), _QUESTION)
        if isinstance(rule.get("Condition", True), bool):
            return
        condition, place = rule["Condition"], pointer(path, "Condition")
        if not isinstance(condition, str) or not self.query_text(condition, place):
            self.bad(place, "A Condition is true, false or an expression.")

    def _rule(self, rule: Mapping[str, Any], path: str, beside: tuple[str, ...]) -> None:
        self.comment(rule, path)
        known = (*_WAYS, "Variable", *beside)
        given = [name for name in rule if name in _WAYS]
        self.only(rule, path, known, {"Condition": "JSONata", "Output": "JSONata"})
        if not given and ("Condition" in rule or not self.meant(rule, known).isdisjoint(_WAYS)):
            return
        if len(given) != 1:
            found = f"found [{', '.join(given)}]" if given else "found none"
            self.bad(path, f"A rule has exactly one comparison operator, or And, Or or Not; {found}.")
            return
        name = given[0]
        place = pointer(path, name)
        if name in COMBINING:
            self._combined(rule, name, path, place)
            return
        self.required(rule, path, ("Variable",), known)
        if "Variable" in rule:
            self.path(rule["Variable"], pointer(path, "Variable"), reference=True)
        self._operand(name, rule[name], place)

    def _combined(self, rule: Mapping[str, Any], name: str, path: str, place: str) -> None:
        if "Variable" in rule:
            self.bad(pointer(path, "Variable"), f"'Variable' stands in the rules inside '{name}', not beside it.")
        if name == "Not":
            if self.is_object(rule[name], place):
                self._rule(rule[name], place, _INNER)
        elif self.is_array(rule[name], place):
            for index, inner in enumerate(rule[name]):
                if self.is_object(inner, pointer(place, index)):
                    self._rule(inner, pointer(place, index), _INNER)

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
                path = isinstance(value, str) and value.startswith("$")
                hint = f" A path stands in '{name}Path'." if path else ""
                self.bad(place, f"'{name}' compares with {called}.{hint}")
