"""Text in a picture: how wide it is, what fits, and how it is written safely.

SVG doesn't wrap, and a picture laid out on the server can't ask a font. Widths are therefore estimated from Inter's
proportions, a little on the wide side, so that a narrower fallback font never overflows.
"""

from __future__ import annotations

from functools import lru_cache
from html import escape as _escape

ELLIPSIS = "…"
_NARROW, _WIDE = "iljtfrI1.,:;'|!()[] /", "mwMW@%—"
_MONO = 0.62  # every character of the monospaced face, in em


@lru_cache(maxsize=4096)
def width(text: str, size: float = 12.0, bold: bool = False) -> float:
    """The width of ``text`` in pixels, set in the sans face at ``size`` pixels."""
    em = 0.0
    for character in text:
        if character in _NARROW:
            em += 0.32
        elif character in _WIDE:
            em += 0.88
        elif character.isupper():
            em += 0.69
        elif ord(character) > 0x2E7F:
            em += 1.05
        else:
            em += 0.585
    return em * size * (1.06 if bold else 1.0)


def mono_width(text: str, size: float = 11.0) -> float:
    return len(text) * size * _MONO


@lru_cache(maxsize=4096)
def fit(text: str, room: float, size: float = 12.0, bold: bool = False) -> str:
    """``text``, or as much of it as ``room`` pixels hold with an ellipsis at its end."""
    if width(text, size, bold) <= room:
        return text
    kept = text
    while kept and width(kept + ELLIPSIS, size, bold) > room:
        kept = kept[:-1]
    return kept.rstrip(" ,;:") + ELLIPSIS


@lru_cache(maxsize=4096)
def wrap(text: str, room: float, lines: int, size: float = 12.0) -> tuple[str, ...]:
    """``text`` in at most ``lines`` lines of ``room`` pixels; what is left over ends in an ellipsis."""
    written: list[str] = []
    words = text.split()
    while words and len(written) < lines:
        line = words.pop(0)
        while words and width(f"{line} {words[0]}", size) <= room:
            line = f"{line} {words.pop(0)}"
        if words and len(written) == lines - 1:
            line = f"{line} {' '.join(words)}"
        written.append(fit(line, room, size))
    return tuple(written)


@lru_cache(maxsize=8192)
def escape(text: str) -> str:
    """Text for an element or a quoted attribute. What XML 1.0 can't hold is left out."""
    return _escape(
        "".join(
            c for c in text if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff" and not "\ud800" <= c <= "\udfff")
        )
    )


def clock(ms: int) -> str:
    """A time that remains: ``0:07``, ``1:02:03``, and the two largest units from a day on."""
    seconds = max(0, -(-ms // 1000))
    if seconds < 3_600:
        return f"{seconds // 60}:{seconds % 60:02d}"
    if seconds < 86_400:
        return f"{seconds // 3_600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    days, hours = seconds // 86_400, seconds // 3_600 % 24
    return f"{days} d {hours} h" if hours else f"{days} d"


def span(seconds: float) -> str:
    """A span of time in its two largest units: ``0.5 s``, ``12 min 40 s``, ``6 d 23 h``."""
    if seconds < 60:
        return f"{round(seconds, 3):g} s"
    whole = round(seconds)
    units = [(whole // 86_400, "d"), (whole % 86_400 // 3_600, "h"), (whole % 3_600 // 60, "min"), (whole % 60, "s")]
    while units[0][0] == 0:
        units.pop(0)
    return " ".join(f"{count} {unit}" for count, unit in units[:2] if count)


def count(value: float) -> str:
    """A number as people read it: thousands with a comma, no needless decimals."""
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.1f}"
