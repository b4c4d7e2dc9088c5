"""The words of a JSONata expression, as far as checking needs them."""

from __future__ import annotations

import re
from typing import NamedTuple

_WORD = re.compile(  # what has no closing sign goes to the end, so that its end is looked for once
    r"(?P<blank>\s+|/\*.*?(?:\*/|\Z))"
    r"|(?P<text>\"(?:\\.|[^\"\\])*(?:\"|\\?\Z)|'(?:\\.|[^'\\])*(?:'|\\?\Z))"
    r"|(?P<quoted>`[^`]*(?:`|\Z))"
    r"|(?P<variable>\$[^\s.\[\]{}(),@#;:?+\-*/%|=<>^&!~\"'`]*)"
    r"|(?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<sign>\.\.|:=|!=|<=|>=|\*\*|~>|\?\?|\?:|[.\[\]{}(),@#;:?+\-*/%|=<>^&!~])"
    r"|(?P<name>[^\s.\[\]{}(),@#;:?+\-*/%|=<>^&!~\"'`]+)"
    r"|(?P<stray>.)",
    re.DOTALL,
)
_OPERANDS = frozenset({"text", "quoted", "variable", "number", "name", "regex"})


class Word(NamedTuple):
    kind: str
    text: str
    start: int
    called: bool = False  # a variable with an argument list behind it


def words_of(text: str) -> list[Word]:
    """The words in order, without blanks and comments. Never fails: what does not fit is ``stray``."""
    words: list[Word] = []
    at = 0
    while at < len(text):
        if text[at] == "/" and not text.startswith("/*", at) and not _after_operand(words):
            end = _regex_end(text, at)
            words.append(Word("regex", text[at:end], at))
            at = end
            continue
        found = _WORD.match(text, at)
        assert found is not None and found.lastgroup is not None
        if found.lastgroup != "blank":
            if found[0] == "(" and words and words[-1].kind == "variable":
                words[-1] = words[-1]._replace(called=True)
            words.append(Word(found.lastgroup, found[0], at))
        at = found.end()
    return words


def _after_operand(words: list[Word]) -> bool:
    """Whether a / here divides; else a regular expression begins."""
    if not words:
        return False
    last = words[-1]
    return last.kind in _OPERANDS or last.text in (")", "]", "}")


def _regex_end(text: str, at: int) -> int:
    """Behind the closing / (brackets keep one from closing, as in JSONata's own scanner) and its flags."""
    depth = 0
    place = at + 1
    while place < len(text):
        letter = text[place]
        if letter == "\\":
            place += 1
        elif letter == "/" and depth == 0:
            place += 1
            while text[place : place + 1] in ("i", "m"):
                place += 1
            return place
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
        place += 1
    return len(text)
