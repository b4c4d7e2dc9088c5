"""The words for a key that kept a message out: what it is, and what the policy asked for."""

from __future__ import annotations

from typing import Any, Final

STRING: Final = "string"
NUMBER: Final = "number"
BOOLEAN: Final = "boolean"
NULL: Final = "null"

Value = tuple[str, Any]
Condition = tuple[str, Any]

_LENGTH_MAX = 40
_LISTED_MAX = 4
_FOR_STRINGS = frozenset({"prefix", "suffix", "equals-ignore-case", "cidr"})
_WRONG_SIDE = {">": "not above", ">=": "below", "<": "not below", "<=": "above", "=": "not"}


def sentence(key: str, conditions: tuple[Condition, ...], values: tuple[Value, ...], scope: str) -> str:
    """Why none of the conditions holds for the values of this key (no values: the key is missing)."""
    if not values:
        return f"{key} is missing"
    if all(operator == "exists" for operator, _ in conditions):
        return f"{key} is present"
    wanted = {_wanted_type(condition) for condition in conditions if condition[0] != "exists"}
    held = {kind for kind, _ in values}
    if len(wanted) == 1 and len(held) == 1 and None not in wanted and wanted != held:
        return f"{key} is {_type_name(held.pop(), scope)}, not {_type_name(str(wanted.pop()), scope)}"
    return _against(key, conditions, values)


def shown(value: Any) -> str:
    """A value as a sentence has it: a text bare, a number without needless decimals, long ones cut short."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, int) and abs(value) >= 10**_LENGTH_MAX:
        return "a very large number" if value > 0 else "a very small number"
    text = str(value)
    if text == "":
        return "empty"
    return text if len(text) <= _LENGTH_MAX else f"{text[: _LENGTH_MAX - 1]}…"


def _against(key: str, conditions: tuple[Condition, ...], values: tuple[Value, ...]) -> str:
    """The refusals of all conditions in one sentence; equal values of ``exact`` are listed together."""
    exact = [shown(argument[1]) for operator, argument in conditions if operator == "exact"]
    others = [condition for condition in conditions if condition[0] not in ("exact", "exists")]
    held = _listed([shown(content) for _, content in values], "and")
    if not others:
        return f"{key} is {held}, not {_listed(exact, 'or')}"
    if not exact and len(others) == 1 and others[0][0] == "numeric" and len(values) == 1:
        return f"{key} {held} is {_beside(others[0][1], values[0][1])}"
    refusals = [_refusal(operator, argument, values) for operator, argument in others]
    if exact:
        refusals.insert(0, f"is not {_listed(exact, 'or')}")
    return f"{key} is {held}, which {_listed(refusals, 'and')}"


def _refusal(operator: str, argument: Any, values: tuple[Value, ...]) -> str:
    if operator == "anything-but":
        return "anything-but excludes"
    if operator == "anything-but-prefix":
        return f"begins with {shown(argument)}"
    if operator == "prefix":
        return f"does not begin with {shown(argument)}"
    if operator == "suffix":
        return f"does not end in {shown(argument)}"
    if operator == "equals-ignore-case":
        return f"is not {shown(argument[0])} in any spelling"
    if operator == "cidr":
        return f"is outside {argument[0]}"
    numbers = [content for kind, content in values if kind == NUMBER]
    if len(numbers) == 1 == len(values):
        return f"is {_beside(argument, numbers[0])}"
    return f"has no number that is {' and '.join(f'{sign} {shown(bound)}' for sign, bound in argument)}"


def _beside(bounds: tuple[tuple[str, Any], ...], number: Any) -> str:
    """On which side of its bounds a number lies, such as ``below 50``."""
    if not isinstance(number, int | float) or isinstance(number, bool):
        return "no number"
    for sign, bound in bounds:
        fits = {
            "=": number == bound,
            ">": number > bound,
            ">=": number >= bound,
            "<": number < bound,
            "<=": number <= bound,
        }[sign]
        if not fits:
            return f"{_WRONG_SIDE[sign]} {shown(bound)}"
    return "inside"


def _wanted_type(condition: Condition) -> str | None:
    operator, argument = condition
    if operator == "exact":
        return str(argument[0])
    if operator == "numeric":
        return NUMBER
    return STRING if operator in _FOR_STRINGS else None


def _type_name(kind: str, scope: str) -> str:
    if kind == NULL:
        return NULL
    name = kind.capitalize() if scope == "MessageAttributes" and kind in (STRING, NUMBER) else kind
    return f"a {name}"


def _listed(texts: list[str], word: str) -> str:
    if len(texts) > _LISTED_MAX:
        texts = [*texts[: _LISTED_MAX - 1], f"{len(texts) - _LISTED_MAX + 1} more"]
    if len(texts) == 1:
        return texts[0]
    return f"{', '.join(texts[:-1])} {word} {texts[-1]}"
