"""Every glyph and status mark, as SVG on its own grid: glyphs on 24, status marks on 16.

Strokes and fills are ``currentColor``; the sign inside a status mark is knocked out in the class ``sign``.
"""

from __future__ import annotations

from functools import lru_cache

GLYPHS: dict[str, str] = {
    "publisher": (
        '<path d="M3.5 6.2h10.2L20.5 12l-6.8 5.8H3.5z"/>'
        '<circle cx="8" cy="12" r="1.7" fill="currentColor" stroke="none"/>'
    ),
    "topic": (
        '<circle cx="6.5" cy="12" r="3.3" fill="currentColor" stroke="none"/>'
        '<path d="M9.6 10.4 16 6M10 12h7M9.6 13.6 16 18"/>'
        '<circle cx="18.4" cy="4.9" r="2"/>'
        '<circle cx="19.4" cy="12" r="2"/>'
        '<circle cx="18.4" cy="19.1" r="2"/>'
    ),
    "queue": (
        '<rect x="2.2" y="6.5" width="19.6" height="11" rx="3.2"/>'
        '<path d="M7.2 10v4M12 10v4M16.8 10v4" stroke-width="2.4"/>'
    ),
    "fifo": (
        '<rect x="2.2" y="6.5" width="19.6" height="11" rx="3.2"/><path d="M6 10l2 2-2 2M11 10l2 2-2 2M16 10l2 2-2 2"/>'
    ),
    "dead_letter_queue": (
        '<path d="M5.4 6.5h13.2a3.2 3.2 0 0 1 3.2 3.2v7.8H2.2V9.7a3.2 3.2 0 0 1 3.2-3.2z"/>'
        '<path d="M9.6 9.8l4.8 4.6M14.4 9.8l-4.8 4.6M2.2 20.4h19.6"/>'
    ),
    "consumer": ('<path d="M3.8 5h13.4a3 3 0 0 1 3 3v8a3 3 0 0 1-3 3H3.8v-4.2L7.6 12 3.8 9.2z"/><path d="M12 12h4"/>'),
    "function": (
        '<rect x="3" y="3" width="18" height="18" rx="5"/>'
        '<path d="M15.4 7.4c-1.9-.7-3 .2-3.3 1.9l-1 5.6c-.3 1.7-1.3 2.5-2.9 1.9M9.2 11.2h5"/>'
    ),
    "database": (
        '<ellipse cx="12" cy="5.6" rx="7.6" ry="2.9"/>'
        '<path d="M4.4 5.6v12.6c0 1.7 3.4 3 7.6 3s7.6-1.3 7.6-3V5.6M4.4 11.9c0 1.7 3.4 3 7.6 3s7.6-1.3 '
        '7.6-3"/>'
    ),
    "email": ('<rect x="2.8" y="5" width="18.4" height="14" rx="2.8"/><path d="M3.4 7.2 12 13.2l8.6-6"/>'),
    "sms": (
        '<path d="M6 4.5h12a3 3 0 0 1 3 3v6a3 3 0 0 1-3 3h-6.2L7.5 20v-3.5H6a3 3 0 0 1-3-3v-6a3 3 0 0 1 '
        '3-3z"/>'
        '<path d="M8 10.5h.01M12 10.5h.01M16 10.5h.01" stroke-width="2.4"/>'
    ),
    "push": (
        '<rect x="5.5" y="2.8" width="11.5" height="18.4" rx="2.8"/>'
        '<path d="M10 18h2.5"/>'
        '<circle cx="17" cy="6" r="3.4" fill="currentColor" stroke="none"/>'
    ),
    "http": '<path d="M7.5 7 2.8 12l4.7 5M16.5 7l4.7 5-4.7 5M13.8 5l-3.6 14"/>',
    "Task": '<rect x="3" y="5.5" width="18" height="13" rx="3"/><path d="M8 12h8"/>',
    "Choice": '<path d="M12 3.2 20.8 12 12 20.8 3.2 12z"/><path d="M12 9.5v2.8M12 15.2h.01"/>',
    "Parallel": '<path d="M4 4.5h16M6.5 4.5v15M12 4.5v15M17.5 4.5v15M4 19.5h16"/>',
    "Map": (
        '<rect x="3" y="8.5" width="12.5" height="12" rx="2.5"/>'
        '<path d="M6.5 5.8h9a2.8 2.8 0 0 1 2.8 2.8v9M10 3h8.2A2.8 2.8 0 0 1 21 5.8V15"/>'
    ),
    "Wait": '<circle cx="12" cy="12" r="8.7"/><path d="M12 7v5l3.2 2"/>',
    "Pass": '<path d="M3 12h14M12.5 7l5 5-5 5M21 5v14"/>',
    "Succeed": '<circle cx="12" cy="12" r="8.7"/><path d="m8 12.3 2.8 2.7L16 9.5"/>',
    "Fail": '<path d="M8.2 3.5h7.6l5 5v7l-5 5H8.2l-5-5v-7z"/><path d="m9 9 6 6M15 9l-6 6"/>',
    "state_machine": (
        '<rect x="8" y="2.6" width="8" height="6" rx="1.9"/>'
        '<rect x="2.4" y="15.4" width="8" height="6" rx="1.9"/>'
        '<rect x="13.6" y="15.4" width="8" height="6" rx="1.9"/>'
        '<path d="M12 8.6v3.2M6.4 15.4v-1.8a1.8 1.8 0 0 1 1.8-1.8h7.6a1.8 1.8 0 0 1 1.8 1.8v1.8"/>'
    ),
}

MARKS: dict[str, str] = {
    "ok": (
        '<circle cx="8" cy="8" r="7" fill="currentColor"/>'
        '<path d="m4.8 8.2 2.2 2.2 4.3-4.6" fill="none" class="sign" stroke-width="1.8" '
        'stroke-linecap="round" stroke-linejoin="round"/>'
    ),
    "run": (
        '<path d="M8 1.8a6.2 6.2 0 1 1-6.2 6.2" fill="none" stroke="currentColor" stroke-width="2.2" '
        'stroke-linecap="round"/>'
        '<circle cx="8" cy="8" r="2.4" fill="currentColor"/>'
    ),
    "wait": (
        '<rect x="1.2" y="1.2" width="13.6" height="13.6" rx="3.6" fill="currentColor"/>'
        '<path d="M6 5v6M10 5v6" class="sign" stroke-width="1.9" stroke-linecap="round"/>'
    ),
    "fail": (
        '<path d="M5.1.8h5.8l4.3 4.3v5.8l-4.3 4.3H5.1L.8 10.9V5.1z" fill="currentColor"/>'
        '<path d="m5.5 5.5 5 5M10.5 5.5l-5 5" class="sign" stroke-width="1.8" stroke-linecap="round"/>'
    ),
    "caught": (
        '<path d="M8 .4 15.6 8 8 15.6.4 8z" fill="currentColor"/>'
        '<path d="M5.3 8.6c.5 1.5 1.6 2.2 2.9 2.2 1.5 0 2.5-1 2.5-2.3S9.7 6.2 8.2 6.2H6.3M7.6 4.6 6 6.2l1.6 '
        '1.6" fill="none" class="sign" stroke-width="1.3" stroke-linecap="round" stroke-linejoin="round"/>'
    ),
    "idle": (
        '<circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.6" '
        'stroke-dasharray="2.6 2.26"/>'
    ),
    "warn": (
        '<path d="M8 1.2 15.3 14.4H.7z" fill="currentColor" stroke="currentColor" stroke-width="1" '
        'stroke-linejoin="round"/>'
        '<path d="M8 6v3.6M8 12h.01" class="sign" stroke-width="1.7" stroke-linecap="round"/>'
    ),
}

FUNNEL = '<path d="M-6-4.5h12l-4.5 5v4.5l-3 1.5v-6z"/>'


@lru_cache(maxsize=4096)
def glyph(name: str, x: float, y: float, size: float = 22.0) -> str:
    """The glyph ``name`` with its top left corner at ``x``, ``y``."""
    return f'<g class="gi gi-{name}" transform="translate({x:g} {y:g}) scale({size / 24:.3g})">{GLYPHS[name]}</g>'


@lru_cache(maxsize=4096)
def mark(status: str, x: float, y: float, size: float = 15.0) -> str:
    """The status mark with its top left corner at ``x``, ``y``."""
    return f'<g class="mk mk-{status}" transform="translate({x:g} {y:g}) scale({size / 16:.3g})">{MARKS[status]}</g>'
