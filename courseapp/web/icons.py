"""The signs of the interface as SVG paths: icons and node glyphs on a 24 grid, status marks on a 16 grid.

Icons and glyphs are outlines in the colour of the text around them. A status mark is filled in the colour of the
status, and what is knocked out of it has the class `sign`, whose colour is that of the ground (`--ground`).
"""

from typing import Final

from courseapp.diagram.glyphs import GLYPHS, MARKS

__all__ = ["ICONS", "MARKS", "TOKENS"]

# Node and state glyphs are the diagram's own; here they go by the names that templates use.
STATES: Final = ("Task", "Choice", "Parallel", "Map", "Wait", "Pass", "Succeed", "Fail")
NODES: Final = {name: path for name, path in GLYPHS.items() if name not in STATES}

ICONS: Final[dict[str, str]] = {
    **NODES,
    "dlq": GLYPHS["dead_letter_queue"],
    **{f"{name.lower()}_state": GLYPHS[name] for name in STATES},
    "clock": GLYPHS["Wait"],
    "play": '<path d="M7 4.8v14.4L19 12z" fill="currentColor"/>',
    "pause": '<path d="M8.2 5v14M15.8 5v14" stroke-width="3.6"/>',
    "step": '<path d="M5 5.5v13l9-6.5z" fill="currentColor"/><path d="M18.5 5v14" stroke-width="2.4"/>',
    "back": '<path d="M19 5.5v13l-9-6.5z" fill="currentColor"/><path d="M5.5 5v14" stroke-width="2.4"/>',
    "reset": '<path d="M4 12a8 8 0 1 0 2.6-5.9M4 4.5v4.2h4.2"/>',
    "share": '<path d="M12 15V4M8 7.5 12 3.5l4 4M5 12.5V18a2.5 2.5 0 0 0 2.5 2.5h9A2.5 2.5 0 0 0 19 18v-5.5"/>',
    "users": (
        '<circle cx="9" cy="8" r="3.5"/>'
        '<path d="M2.5 20c.4-3.8 3-5.8 6.5-5.8s6.1 2 6.5 5.8M15.5 4.8a3.5 3.5 0 0 1 0 6.4M17.5 14.6c2.4.7 '
        '3.8 2.6 4 5.4"/>'
    ),
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "minus": '<path d="M5 12h14"/>',
    "check": '<path d="m5 12.5 4.6 4.5L19 7.5"/>',
    "close": '<path d="m6 6 12 12M18 6 6 18"/>',
    "chevron": '<path d="m9 5 7 7-7 7"/>',
    "down": '<path d="m5 9 7 7 7-7"/>',
    "arrow": '<path d="M4 12h15M13 6l6 6-6 6"/>',
    "arrow_left": '<path d="M20 12H5M11 6l-6 6 6 6"/>',
    "sun": (
        '<circle cx="12" cy="12" r="4"/>'
        '<path d="M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4'
        'M6.7 17.3l-1.4 1.4"/>'
    ),
    "moon": '<path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z"/>',
    "bolt": '<path d="M13 2.5 4.5 13.5H11l-1 8 8.5-11H12z"/>',
    "plug": '<path d="M9 3v5M15 3v5M6.5 8h11v3.5a5.5 5.5 0 0 1-11 0zM12 17v4M3.5 3.5l17 17"/>',
    "book": '<path d="M4 5.5A2.5 2.5 0 0 1 6.5 3H20v15H6.5A2.5 2.5 0 0 0 4 20.5zM4 20.5A2.5 2.5 0 0 0 6.5 21H20"/>',
    "copy": (
        '<rect x="8" y="8" width="12.5" height="12.5" rx="2.5"/>'
        '<path d="M16 8V6a2.5 2.5 0 0 0-2.5-2.5H6A2.5 2.5 0 0 0 3.5 6v7.5A2.5 2.5 0 0 0 6 16h2"/>'
    ),
    "screen": '<rect x="2.5" y="4" width="19" height="12.5" rx="2.5"/><path d="M8 20.5h8M12 16.5v4"/>',
    "key": (
        '<rect x="3" y="6" width="18" height="12" rx="3"/>'
        '<path d="M7.5 12h.01M12 12h.01M16.5 12h.01" stroke-width="2.6"/>'
    ),
    "hand": (
        '<path d="M8 12.5V5.8a1.6 1.6 0 0 1 3.2 0V11M11.2 11V4.6a1.6 1.6 0 0 1 3.2 0V11M14.4 11.5V6a1.6 1.6 '
        '0 0 1 3.2 0v8.5a6.5 6.5 0 0 1-6.5 6.5c-2.5 0-4-1-5.4-3.2L3.6 14a1.7 1.7 0 0 1 2.7-2L8 13.8"/>'
    ),
    "fit": (
        '<path d="M4 9V5.5A1.5 1.5 0 0 1 5.5 4H9M15 4h3.5A1.5 1.5 0 0 1 20 5.5V9M20 15v3.5a1.5 1.5 0 0 1-1.5 '
        '1.5H15M9 20H5.5A1.5 1.5 0 0 1 4 18.5V15"/>'
    ),
    "eye": (
        '<path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z"/><circle cx="12" cy="12" r="3"/>'
    ),
    "menu": '<path d="M4 7h16M4 12h16M4 17h16"/>',
    "funnel": '<path d="M4 5h16l-6 7v5.5l-4 2V12z"/>',
    "system": '<circle cx="12" cy="12" r="8.5"/><path d="M12 3.5v17a8.5 8.5 0 0 0 0-17z" fill="currentColor"/>',
    "motion": '<path d="M3 8h9M3 12h6M3 16h9"/><circle cx="17" cy="12" r="4"/>',
    "print": '<path d="M7 9V3.5h10V9M7 17H4.5V10a1 1 0 0 1 1-1h13a1 1 0 0 1 1 1v7H17M7 14h10v6.5H7z"/>',
}

TOKENS: Final[dict[str, str]] = {
    "order": '<circle r="7.2"/>',
    "refund": '<path d="M0-8.2 8.2 0 0 8.2-8.2 0z"/>',
    "signup": '<rect x="-6.3" y="-6.3" width="12.6" height="12.6" rx="2.3"/>',
    "payment": '<path d="M0-8 6.9-4v8L0 8l-6.9-4v-8z"/>',
    "notice": '<path d="M0-7.6 8 6.4H-8z"/>',
}
