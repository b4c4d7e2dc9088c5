"""Regular expressions that could keep a backtracking engine busy for ever, found before they are used.

A pattern is dangerous when one text can be split in very many ways: a repeated group that repeats something itself
with nothing between to hold on to, as in ``(a+)+``, or whose alternatives begin alike, as in ``(a|ab)*``. Both are
found by looking at the pattern alone. A group such as ``(\\w+\\.)+`` is harmless: each round must read a dot, which
``\\w`` never does.
"""

from __future__ import annotations

import re
from functools import lru_cache

_LETTERS = "".join(map(chr, range(128))) + "é€"
_ALL = frozenset(_LETTERS)
_SHORT = {
    "d": frozenset("0123456789"),
    "w": frozenset(letter for letter in _LETTERS if letter.isalnum() or letter == "_"),
    "s": frozenset(" \t\n\r\f\v"),
}
_CONTROL = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v"}
_QUANTIFIER = re.compile(r"([*+?]|\{(\d{1,9})(,(\d{0,9}))?\})[?+]?")
_HEAD = re.compile(r"\?(?:[:=!>]|<[=!]|P?<[^>]*>)")
_LONGEST = 2_000  # ours: letters of a pattern that are looked through
_MANY = 50  # a counted repetition of at least so many rounds is as bad as an endless one


class _Part:
    """A piece of a sequence: what it may begin with, whether it must be there, what it repeats without end."""

    __slots__ = ("endless", "first", "must")

    def __init__(self, first: frozenset[str], must: frozenset[str], endless: tuple[frozenset[str], ...]) -> None:
        self.first = first
        self.must = must  # letters of which one must be read in each round; empty: nothing sure
        self.endless = endless


def danger(pattern: str) -> str:
    """Why a pattern is refused, or an empty text."""
    if len(pattern) > _LONGEST:
        return f"it has more than {_LONGEST} letters"
    try:
        return _Reader(pattern).read()
    except RecursionError:
        return "its groups are nested too deeply"


@lru_cache(maxsize=1024)
def _letters(atom: str) -> frozenset[str]:
    if atom == ".":
        return _ALL - {"\n"}
    if len(atom) == 1:
        return frozenset(atom)
    if atom[0] != "[":
        return _escaped(atom[1])
    negated = atom[1:2] == "^"
    members = _members(atom[1 + negated : -1])
    return _ALL if members is None else _ALL - members if negated else members


def _escaped(letter: str) -> frozenset[str]:
    """What a backslash before a letter stands for."""
    if letter.lower() in _SHORT:
        return _SHORT[letter] if letter in _SHORT else _ALL - _SHORT[letter.lower()]
    if letter.isalnum() and letter not in _CONTROL:
        return _ALL  # a letter by its number, a group met again, a class of letters that is not known here
    return frozenset(_CONTROL.get(letter, letter))


def _members(inside: str) -> frozenset[str] | None:
    """The letters of a class in brackets; None for what cannot be read."""
    found: frozenset[str] = frozenset()
    at = 0
    while at < len(inside):
        if inside[at] == "\\":
            found |= _escaped(inside[at + 1 : at + 2] or "\\")
            at += 2
        elif inside[at + 1 : at + 2] == "-" and at + 2 < len(inside):
            low, high = inside[at], inside[at + 2]
            if high == "\\" or low > high:
                return None
            found |= {letter for letter in (*_LETTERS, low, high) if low <= letter <= high}
            at += 3
        else:
            found |= {inside[at]}
            at += 1
    return found


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.text = pattern
        self.at = 0
        self.says = ""

    def read(self) -> str:
        while self.at < len(self.text):
            self.alternatives()
            self.at += 1  # a closing bracket without its opening one: the engine refuses it
        return self.says

    def alternatives(self) -> list[list[_Part]]:
        found = [self.sequence()]
        while self.text[self.at : self.at + 1] == "|":
            self.at += 1
            found.append(self.sequence())
        return found

    def sequence(self) -> list[_Part]:
        parts: list[_Part] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            part = self.part()
            if part is not None:
                parts.append(part)
        return parts

    def part(self) -> _Part | None:
        letter = self.text[self.at]
        if letter == "(":
            return self.group()
        if letter in "^$":
            self.at += 1
            return None
        atom = self.atom()
        letters = frozenset() if atom in ("\\b", "\\B") else _letters(atom)
        least, endless = self.quantifier()
        return _Part(letters, letters if least else frozenset(), (letters,) if endless else ())

    def atom(self) -> str:
        start = self.at
        if self.text[start] == "[":
            self.at += 2 if self.text[start + 1 : start + 2] == "^" else 1
            while self.at < len(self.text) and self.text[self.at] != "]":
                self.at += 2 if self.text[self.at] == "\\" else 1
            self.at += 1
        elif self.text[start] == "\\":
            self.at += 2
        else:
            self.at += 1
        return self.text[start : self.at]

    def quantifier(self) -> tuple[int, bool]:
        """The fewest rounds, and whether there may be very many."""
        found = _QUANTIFIER.match(self.text, self.at)
        if found is None:
            return 1, False
        self.at = found.end()
        sign = found[1]
        if sign in "*+?":
            return int(sign == "+"), sign != "?"
        least = int(found[2])
        most = least if found[3] is None else int(found[4]) if found[4] else _MANY
        return least, most >= _MANY

    def group(self) -> _Part | None:
        start = self.at
        self.at += 1
        head = _HEAD.match(self.text, self.at)
        if head is not None:
            self.at = head.end()
        found = self.alternatives()
        self.at += 1
        least, endless = self.quantifier()
        if endless and not self.says:
            self.says = _why(found) and f"in '{self.text[start : self.at]}' {_why(found)}"
        if head is not None and head[0] in ("?=", "?!", "?<=", "?<!"):
            return None
        first = frozenset().union(*(_first(parts) for parts in found))
        sure = [_must(parts) for parts in found]
        must = frozenset().union(*sure) if least and all(sure) else frozenset()
        inner = tuple(one for parts in found for part in parts for one in part.endless)
        return _Part(first, must, (*inner, first) if endless else inner)


def _first(parts: list[_Part]) -> frozenset[str]:
    letters: frozenset[str] = frozenset()
    for part in parts:
        letters |= part.first
        if part.must:
            break
    return letters


def _must(parts: list[_Part]) -> frozenset[str]:
    return next((part.must for part in parts if part.must), frozenset())


def _why(alternatives: list[list[_Part]]) -> str:
    """What is wrong with repeating these alternatives."""
    begun: frozenset[str] = frozenset()
    for parts in alternatives:
        endless = [letters for part in parts for letters in part.endless]
        held = any(part.must and not part.endless and not any(part.must & one for one in endless) for part in parts)
        if endless and not held:
            return "a repetition is repeated itself"
        first = _first(parts)
        if first & begun:
            return "two of the repeated alternatives begin alike"
        begun |= first
    return ""
