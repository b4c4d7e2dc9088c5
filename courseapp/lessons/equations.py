"""Equations of metrics, such as ``orders.NumberOfMessagesSent = orders.NumberOfMessagesDeleted + 3``: never executed.

A metric is ``node.metric``; a node's id may hold hyphens and dots, so a minus sign stands between spaces. There are
numbers, ``+ - * /``, parentheses, and one of ``= != < <= > >=`` between the two sides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isclose
from typing import Any

Metric = tuple[str, str]
Tree = tuple[Any, ...]  # ("number", 3.0), ("metric", node, name) or (operator, left, right)

_TOKEN = re.compile(
    r"\s*(?:(?P<metric>[A-Za-z0-9_.-]+\.[A-Za-z_][A-Za-z0-9_-]*)|(?P<number>\d+(?:\.\d+)?)|(?P<sign>!=|<=|>=|[-+*/()=<>]))"
)

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "=": lambda left, right: isclose(left, right, rel_tol=1e-9, abs_tol=1e-9),
    "!=": lambda left, right: not isclose(left, right, rel_tol=1e-9, abs_tol=1e-9),
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
OPERATIONS: Mapping[str, Callable[[float, float], float]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
}


@dataclass(frozen=True, slots=True)
class Equation:
    """Two sides and what is said of them. ``metrics`` are the figures that it needs."""

    left: Tree
    comparison: str
    right: Tree
    metrics: frozenset[Metric]

    def holds(self, figures: Mapping[Metric, float]) -> bool:
        """Whether it holds for these figures. A metric that is not there counts as 0."""
        return COMPARISONS[self.comparison](_value(self.left, figures), _value(self.right, figures))

    def sides(self, figures: Mapping[Metric, float]) -> tuple[float, float]:
        return _value(self.left, figures), _value(self.right, figures)


def read_equation(text: str) -> Equation:
    """Raises ValueError that shows where the text cannot be read."""
    tokens = _tokens(text)
    left, at = _sum(tokens, 0, text)
    comparison = tokens[at][1] if at < len(tokens) else ""
    if comparison not in COMPARISONS:
        raise ValueError(f"one of {', '.join(COMPARISONS)} is missing in {text!r}")
    right, at = _sum(tokens, at + 1, text)
    if at < len(tokens):
        raise ValueError(f"{tokens[at][1]!r} is too much in {text!r}")
    return Equation(left, comparison, right, frozenset(_metrics(left) | _metrics(right)))


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, at = [], 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if not found:
            raise ValueError(f"cannot read {text[at:].strip()!r} in {text!r}")
        kind = str(found.lastgroup)
        tokens.append((kind, found[kind]))
        at = found.end()
    return tokens


def _sum(tokens: list[tuple[str, str]], at: int, text: str) -> tuple[Tree, int]:
    return _chain(tokens, at, text, "+-", _product)


def _product(tokens: list[tuple[str, str]], at: int, text: str) -> tuple[Tree, int]:
    return _chain(tokens, at, text, "*/", _part)


def _chain(
    tokens: list[tuple[str, str]],
    at: int,
    text: str,
    signs: str,
    part: Callable[[list[tuple[str, str]], int, str], tuple[Tree, int]],
) -> tuple[Tree, int]:
    """Parts joined by any of ``signs``, from the left."""
    tree, at = part(tokens, at, text)
    while at < len(tokens) and tokens[at][1] in signs:
        right, after = part(tokens, at + 1, text)
        tree, at = (tokens[at][1], tree, right), after
    return tree, at


def _part(tokens: list[tuple[str, str]], at: int, text: str) -> tuple[Tree, int]:
    if at >= len(tokens):
        raise ValueError(f"{text!r} ends too soon")
    kind, word = tokens[at]
    if kind == "number":
        return ("number", float(word)), at + 1
    if kind == "metric":
        return ("metric", *word.rsplit(".", 1)), at + 1
    if word == "(":
        tree, at = _sum(tokens, at + 1, text)
        if at >= len(tokens) or tokens[at][1] != ")":
            raise ValueError(f"a closing parenthesis is missing in {text!r}")
        return tree, at + 1
    raise ValueError(f"{word!r} is out of place in {text!r}")


def _metrics(tree: Tree) -> set[Metric]:
    if tree[0] == "metric":
        return {(tree[1], tree[2])}
    return set() if tree[0] == "number" else _metrics(tree[1]) | _metrics(tree[2])


def _value(tree: Tree, figures: Mapping[Metric, float]) -> float:
    if tree[0] == "number":
        return float(tree[1])
    if tree[0] == "metric":
        return figures.get((tree[1], tree[2]), 0.0)
    return OPERATIONS[tree[0]](_value(tree[1], figures), _value(tree[2], figures))
