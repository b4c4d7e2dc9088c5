"""The ways through one States object: which states nothing leads to, and whether it can end.

A mistake on the way (a name that does not exist, a Next that was forgotten) is told where it stands. What it cuts off
is no second mistake: a wrong name is followed to the closest one, and where that explains nothing, no state is called
unreachable until the mistake is mended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from courseapp.engine.states.schema import TERMINAL, TYPES
from courseapp.engine.states.suggestions import closest_name


def meant_type(state: Any) -> str:
    """A state's type, or the one that its Type comes closest to; "" if there is none."""
    kind = state.get("Type") if isinstance(state, dict) else None
    if not isinstance(kind, str):
        return ""
    return kind if kind in TYPES else closest_name(kind, TYPES) or ""


class Ways:
    def __init__(self, start: Any, states: Mapping[str, Any]) -> None:
        self.start = start
        self.states = states
        self.onwards = {name: list(_onwards(state)) for name, state in states.items()}

    def can_end(self) -> bool:
        """Whether some state ends, or a mistake stands where the end may have been meant."""
        if any(_ends(state) for state in self.states.values()):
            return True
        return any(name not in self.states for names in self.onwards.values() for name in names)

    def unreachable(self) -> list[str]:
        """The states that nothing leads to; not those that are reached from these alone."""
        reached: set[str] = set()
        broken = self._follow([self.start], reached)
        while broken:
            guesses = [closest_name(name, self.states) if isinstance(name, str) else None for name in broken]
            if any(guess is None or guess in reached for guess in guesses):
                return []
            broken = self._follow(guesses, reached)
        left = [name for name in self.states if name not in reached]
        entered = {to for name in left for to in self.onwards[name] if to != name}
        roots = [name for name in left if name not in entered]
        self._follow(roots, reached)
        for name in left:  # what is left now goes round in circles
            if name not in reached:
                roots.append(name)
                self._follow([name], reached)
        return roots

    def _follow(self, names: Iterable[Any], reached: set[str]) -> list[Any]:
        """Add all that can be reached from there; what names no state is given back."""
        waiting, broken = list(names), []
        while waiting:
            name = waiting.pop()
            if not isinstance(name, str) or name not in self.states:
                broken.append(name)
            elif name not in reached:
                reached.add(name)
                waiting.extend(self.onwards[name])
        return broken


def _onwards(state: Any) -> Iterable[Any]:
    """What a state may go to: names, and None where one is missing. A field that must not stand there counts too: that
    is told of the field."""
    if not isinstance(state, dict):
        return (None,)
    kind = meant_type(state)
    found: list[Any] = [_name(state[field]) for field in ("Next", "Default") if field in state]
    if kind == "Choice" or "Choices" in state:
        found += _nexts(state.get("Choices")) or [None]
    elif kind not in TERMINAL and "Next" not in state and "End" not in state:
        found.append(None)
    if "Catch" in state:
        found += _nexts(state["Catch"])
    return found


def _nexts(rules: Any) -> list[Any]:
    if not isinstance(rules, list):
        return [None]
    return [_name(rule.get("Next")) if isinstance(rule, dict) else None for rule in rules]


def _name(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _ends(state: Any) -> bool:
    """An End that is not true is a mistake of its own."""
    return isinstance(state, dict) and ("End" in state or meant_type(state) in TERMINAL)
