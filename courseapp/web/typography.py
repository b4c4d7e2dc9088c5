"""Apostrophes as they are set in print. Content and sentences may be typed with the key's straight one."""

import re
from typing import Any

READ = frozenset(
    {
        "says", "explains", "asks", "label", "toggle_label", "title", "summary", "why", "prompt",
        "allowed", "default", "idea", "correction", "situation", "question",
    }
)  # fmt: skip
"""The fields of the course's JSON that are read; commands, parameters and definitions are run."""
RUN = frozenset({"commands", "parameters", "definition", "checks", "input"})

_CODE = re.compile(r"(`[^`]*`)")
_INSIDE = re.compile(r"(?<=[^\W_])'(?=[^\W\d_])")
_AFTER_S = re.compile(r"(?<=s)'(?=\s)")
_OPENS = re.compile(r"(?<!\w)'(?=\w)")


def apostrophes(text: str) -> str:
    """Curly between letters (the queue’s) and after a plural (the workers’); not in `code` and where 'quotes' stand."""
    if "'" not in text:
        return text
    parts = _CODE.split(text)
    return "".join(part if place % 2 else _curly(part) for place, part in enumerate(parts))


def _curly(text: str) -> str:
    text = _INSIDE.sub("’", text)
    return text if _OPENS.search(text) else _AFTER_S.sub("’", text)


def in_words(values: Any, all_of_it: bool = False) -> Any:
    """A JSON value with its apostrophes set in the fields that are read, however deep; what runs stays as it is."""
    if isinstance(values, dict):
        return {
            name: value if name in RUN else in_words(value, all_of_it or name in READ) for name, value in values.items()
        }
    if isinstance(values, list):
        return [in_words(value, all_of_it) for value in values]
    return apostrophes(values) if all_of_it and isinstance(values, str) else values
