"""What is wrong with a document: where, what stands there, and what may stand there instead."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

_SHOWN_LENGTH_MAX = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """``path`` is a JSON pointer into the document, ``value`` what stands there, ``says`` a sentence with what is
    allowed."""

    path: str
    value: Any
    says: str


class InvalidArchitecture(ValueError):
    """A document that cannot be run. ``problems`` holds all that is wrong with it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{problem.path or '/'}: {problem.says}" for problem in self.problems))


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a document: its JSON pointer, and its name in a sentence (``rates.0.count of "shop"``)."""

    path: str = ""
    name: str = ""
    owner: str = ""

    def at(self, key: str | int) -> Place:
        """The place of a field or an element inside this one."""
        escaped = str(key).replace("~", "~0").replace("/", "~1")
        plain = str(key) if str(key).isprintable() and len(str(key)) <= _SHOWN_LENGTH_MAX else shown(key)
        return Place(f"{self.path}/{escaped}", f"{self.name}.{plain}" if self.name else plain, self.owner)

    @property
    def says(self) -> str:
        if not self.name:
            return self.owner[:1].upper() + self.owner[1:]
        return f"{self.name} of {self.owner}" if self.owner else self.name

    def problem(self, value: Any, says: str) -> Problem:
        return Problem(self.path, value, f"{self.says} {says}")

    def wrong(self, value: Any, allowed: str, among: Iterable[str] = ()) -> Problem:
        """``… must be <allowed>, not <value>.``, with the nearest of ``among`` as a suggestion."""
        return self.problem(value, f"must be {allowed}, not {shown(value)}.{did_you_mean(value, among)}")


def shown(value: Any) -> str:
    """A value as JSON, cut short where it is long."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = type(value).__name__
    return text if len(text) <= _SHOWN_LENGTH_MAX else f"{text[: _SHOWN_LENGTH_MAX - 1]}…"


def did_you_mean(value: Any, among: Iterable[str]) -> str:
    """`` Did you mean "queue"?`` where a known name is near, else nothing."""
    if not isinstance(value, str) or len(value) > 200:
        return ""
    names = list(among)
    by_lower = {name.lower(): name for name in reversed(names)}
    near = get_close_matches(value.lower(), list(by_lower), n=1, cutoff=0.6)
    return f' Did you mean "{by_lower[near[0]]}"?' if near else ""


def listed(names: Iterable[str], word: str = "or") -> str:
    """``a, b or c``."""
    texts = list(names)
    if len(texts) < 2:
        return "".join(texts)
    return f"{', '.join(texts[:-1])} {word} {texts[-1]}"


def spoken(kind: str) -> str:
    """A kind in a sentence: ``state machine``."""
    return kind.replace("_", " ")


def article(kind: str) -> str:
    """A kind with its article: ``an email``, ``a queue``."""
    return f"{'an' if kind in ('email', 'http', 'sms') else 'a'} {spoken(kind)}"
