"""What is looked for in an expression's words before it is used: what is refused, and what is counted first.

Names that begin with ``$lab__`` are ours: calls that are put into the text, so that what could keep the engine busy is
counted before it happens.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from courseapp.engine.states.errors import Invalid
from courseapp.engine.states.jsonwords import Word
from courseapp.engine.states.regexes import danger

MAKING = frozenset({"$zip", "$spread", "$split", "$keys", "$merge", "$clone", "$partition"})
RANGE = "lab__range"
FEW = "lab__few"
PARSE = "lab__parse"
_DISTINCT = f"(function($lab__x) {{(${FEW}($count($lab__x)); $distinct($lab__x))}})"
_PARSE = f"(function($lab__x) {{$lookup(${PARSE}($lab__x), 'v')}})"  # a function of ours that gives null gives nothing
_INSTEAD = {"$distinct": _DISTINCT, "$parse": _PARSE}

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
    which compares each element with each other, as a function that counts before it compares; ``$parse`` as one that
    can give null."""
    edits = [(word.start, len(word.text), _INSTEAD[word.text]) for word in words if word.text in _INSTEAD]
    for first, dots, last in _ranges(words):
        edits += [(first, 0, f"${RANGE}("), (dots, 2, ","), (last, 0, ")")]
    if not edits:
        return text
    pieces: list[str] = []
    done = 0
    for at, letters, piece in sorted(edits, key=lambda edit: edit[:2]):
        pieces += (text[done:at], piece)
        done = at + letters
    return "".join((*pieces, text[done:]))


_OPENING, _CLOSING = ("[", "(", "{"), ("]", ")", "}")


def _ranges(words: list[Word]) -> Iterator[tuple[int, int, int]]:
    """Of each range inside brackets: where its first operand begins, where its dots stand, and where its last operand
    ends (at the comma or bracket around it). Raises Invalid for a range of a range."""
    inside: list[tuple[int | None, int | None]] = []  # of the brackets around: where the operand begins, the dots
    first: int | None = None
    dots: int | None = None
    for word in words:
        if word.kind != "sign":
            continue
        if word.text in _OPENING:
            inside.append((first, dots))
            first, dots = word.start + 1, None
        elif word.text == ".." and dots is not None:
            raise Invalid("A range cannot be the end of another range: .. stands once between commas or brackets")
        elif word.text == "..":
            dots = word.start
        elif word.text == "," or word.text in _CLOSING:
            if first is not None and dots is not None:
                yield first, dots, word.start
            first, dots = word.start + 1, None
            if word.text != "," and inside:
                first, dots = inside.pop()


def applies_in_part(words: list[Word]) -> bool:
    """Whether a function is called with a ``?`` in the place of an argument."""
    signs = [word.text if word.kind == "sign" else "" for word in words]
    around = zip(signs, signs[1:], signs[2:], strict=False)
    return any(before in ("(", ",") and sign == "?" and after in (",", ")") for before, sign, after in around)


def makes_arrays(words: list[Word]) -> bool:
    """Whether it makes arrays of new things: by such a function, a transformation (``|…|…|``), or an array for each
    element (``.[…]``)."""
    if any(word.kind == "variable" and word.text in MAKING for word in words):
        return True
    signs = [word.text if word.kind == "sign" else "" for word in words]
    return "|" in signs or any(pair == (".", "[") for pair in pairwise(signs))
