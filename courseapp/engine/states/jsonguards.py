"""What is looked for in an expression's words before it is used: what is refused, and what is counted first.

Names that begin with ``$lab__`` are ours: calls that are put into the text, so that what could keep the engine busy is
counted before it happens.
"""

from __future__ import annotations

from itertools import pairwise

from courseapp.engine.states.errors import Invalid
from courseapp.engine.states.jsonwords import Word
from courseapp.engine.states.regexes import danger

MAKING = frozenset({"$zip", "$spread", "$split", "$keys", "$merge", "$clone", "$partition"})
RANGE = "lab__range"
FEW = "lab__few"
_DISTINCT = f"(function($lab__x) {{(${FEW}($count($lab__x)); $distinct($lab__x))}})"

OTHER_LANGUAGES = {
    "==": " JSONata compares with one '='.",
    "&&": " JSONata writes 'and' for '&&'.",
    "||": " JSONata writes 'or' for '||'.",
    "=>": " JSONata writes function($x) { … }.",
}


def refuse(word: Word) -> None:
    if word.kind == "sign" and word.text in ("??", "?:"):
        raise Invalid(f"'{word.text}' came after JSONata 2.0.6, the version that Step Functions uses.")
    if word.kind == "variable" and word.text == "$eval":
        raise Invalid("$eval is not supported; use $parse to read JSON.")
    if word.kind == "variable" and word.text.startswith("$lab__"):
        raise Invalid(f"'{word.text}' is no name that can be used.")
    if word.kind == "regex":
        why = danger(word.text[1 : word.text.rindex("/")])
        if why:
            raise Invalid(f"The regular expression {word.text} could take for ever: {why}.")


def bounded(text: str, words: list[Word]) -> str:
    """The text with each ``a..b`` as a call of ours, which counts before it makes the elements, and each ``$distinct``,
    which compares each element with each other, as a function that counts before it compares."""
    edits: list[tuple[int, int, str]] = []  # where, how many letters, what instead
    for place, word in enumerate(words):
        if word.kind == "variable" and word.text == "$distinct":
            edits.append((word.start, len(word.text), _DISTINCT))
        if word.kind != "sign" or word.text != "..":
            continue
        first, last = _edge(words, place, -1), _edge(words, place, 1)
        if first is None or last is None:
            continue
        edits += [(first, 0, f"${RANGE}("), (word.start, 2, ","), (last, 0, ")")]
    for at, letters, piece in sorted(edits, key=lambda edit: edit[0], reverse=True):
        text = text[:at] + piece + text[at + letters :]
    return text


_OPENING, _CLOSING = ("[", "(", "{"), ("]", ")", "}")


def _edge(words: list[Word], place: int, way: int) -> int | None:
    """Where the operand of a range begins (way -1) or ends (1): at the comma or bracket around it."""
    down, up = (_CLOSING, _OPENING) if way < 0 else (_OPENING, _CLOSING)
    depth = 0
    while 0 <= (place := place + way) < len(words):
        word = words[place]
        if word.kind != "sign":
            continue
        if word.text in down:
            depth += 1
        elif (word.text in up or word.text == ",") and depth == 0:
            return word.start + (1 if way < 0 else 0)
        elif word.text in up:
            depth -= 1
    return None


def makes_arrays(words: list[Word]) -> bool:
    """Whether it makes arrays of new things: by such a function, a transformation (``|…|…|``), or an array for each
    element (``.[…]``)."""
    if any(word.kind == "variable" and word.text in MAKING for word in words):
        return True
    signs = [word.text if word.kind == "sign" else "" for word in words]
    return "|" in signs or any(pair == (".", "[") for pair in pairwise(signs))
