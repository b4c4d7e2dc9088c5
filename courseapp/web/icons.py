"""The signs of the interface as SVG paths: icons and node glyphs on a 24 grid, status marks on a 16 grid.

Icons and glyphs are outlines in the colour of the text around them. A status mark is filled in the colour of the
status, and what is knocked out of it has the class `sign`, whose colour is that of the ground (`--ground`).
"""

from typing import Final

ICONS: Final[dict[str, str]] = {
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
    "dlq": (
        '<path d="M5.4 6.5h13.2a3.2 3.2 0 0 1 3.2 3.2v7.8H2.2V9.7a3.2 3.2 0 0 1 3.2-3.2z"/>'
        '<path d="M9.6 9.8l4.8 4.6M14.4 9.8l-4.8 4.6M2.2 20.4h19.6"/>'
    ),
    "consumer": '<path d="M3.8 5h13.4a3 3 0 0 1 3 3v8a3 3 0 0 1-3 3H3.8v-4.2L7.6 12 3.8 9.2z"/><path d="M12 12h4"/>',
    "function": (
        '<rect x="3" y="3" width="18" height="18" rx="5"/>'
        '<path d="M15.4 7.4c-1.9-.7-3 .2-3.3 1.9l-1 5.6c-.3 1.7-1.3 2.5-2.9 1.9M9.2 11.2h5"/>'
    ),
    "database": (
        '<ellipse cx="12" cy="5.6" rx="7.6" ry="2.9"/>'
        '<path d="M4.4 5.6v12.6c0 1.7 3.4 3 7.6 3s7.6-1.3 7.6-3V5.6M4.4 11.9c0 1.7 3.4 3 7.6 3s7.6-1.3 '
        '7.6-3"/>'
    ),
    "email": '<rect x="2.8" y="5" width="18.4" height="14" rx="2.8"/><path d="M3.4 7.2 12 13.2l8.6-6"/>',
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
    "task_state": '<rect x="3" y="5.5" width="18" height="13" rx="3"/><path d="M8 12h8"/>',
    "choice_state": '<path d="M12 3.2 20.8 12 12 20.8 3.2 12z"/><path d="M12 9.5v2.8M12 15.2h.01"/>',
    "parallel_state": '<path d="M4 4.5h16M6.5 4.5v15M12 4.5v15M17.5 4.5v15M4 19.5h16"/>',
    "map_state": (
        '<rect x="3" y="8.5" width="12.5" height="12" rx="2.5"/>'
        '<path d="M6.5 5.8h9a2.8 2.8 0 0 1 2.8 2.8v9M10 3h8.2A2.8 2.8 0 0 1 21 5.8V15"/>'
    ),
    "wait_state": '<circle cx="12" cy="12" r="8.7"/><path d="M12 7v5l3.2 2"/>',
    "pass_state": '<path d="M3 12h14M12.5 7l5 5-5 5M21 5v14"/>',
    "succeed_state": '<circle cx="12" cy="12" r="8.7"/><path d="m8 12.3 2.8 2.7L16 9.5"/>',
    "fail_state": '<path d="M8.2 3.5h7.6l5 5v7l-5 5H8.2l-5-5v-7z"/><path d="m9 9 6 6M15 9l-6 6"/>',
    "play": '<path d="M7 4.8v14.4L19 12z" fill="currentColor"/>',
    "pause": '<path d="M8.2 5v14M15.8 5v14" stroke-width="3.6"/>',
    "step": '<path d="M5 5.5v13l9-6.5z" fill="currentColor"/><path d="M18.5 5v14" stroke-width="2.4"/>',
    "back": '<path d="M19 5.5v13l-9-6.5z" fill="currentColor"/><path d="M5.5 5v14" stroke-width="2.4"/>',
    "reset": '<path d="M4 12a8 8 0 1 0 2.6-5.9M4 4.5v4.2h4.2"/>',
    "share": '<path d="M12 15V4M8 7.5 12 3.5l4 4M5 12.5V18a2.5 2.5 0 0 0 2.5 2.5h9A2.5 2.5 0 0 0 19 18v-5.5"/>',
    "users": (
        '<circle cx="9" cy="8" r="3.5"/>'
        '<path d="M2.5 20c.4-3.8 3-5.8 6.5-5.8s6.1 2 6.5 5.8M15.5 4.8a3.5 3.5 0 0 1 0 6.4M17.5 14.6c2.400.7 '
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
    "clock": '<circle cx="12" cy="12" r="8.7"/><path d="M12 7v5l3.2 2"/>',
    "motion": '<path d="M3 8h9M3 12h6M3 16h9"/><circle cx="17" cy="12" r="4"/>',
    "print": '<path d="M7 9V3.5h10V9M7 17H4.5V10a1 1 0 0 1 1-1h13a1 1 0 0 1 1 1v7H17M7 14h10v6.5H7z"/>',
    "state_machine": (
        '<rect x="8" y="2.5" width="8" height="5.5" rx="2"/>'
        '<rect x="2.5" y="16" width="8" height="5.5" rx="2"/>'
        '<rect x="13.5" y="16" width="8" height="5.5" rx="2"/>'
        '<path d="M12 8v4M6.5 16v-2a2 2 0 0 1 2-2h7a2 2 0 0 1 2 2v2"/>'
    ),
}

MARKS: Final[dict[str, str]] = {
    "ok": (
        '<circle cx="8" cy="8" r="7" fill="currentColor"/>'
        '<path d="m4.8 8.2 2.2 2.2 4.3-4.6" class="sign" stroke-width="1.8" stroke-linecap="round" '
        'stroke-linejoin="round"/>'
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
        '<path d="M5.100.8h5.8l4.3 4.3v5.8l-4.3 4.3H5.1L.8 10.9V5.1z" fill="currentColor"/>'
        '<path d="m5.5 5.5 5 5M10.5 5.5l-5 5" class="sign" stroke-width="1.8" stroke-linecap="round"/>'
    ),
    "caught": (
        '<path d="M8 .4 15.6 8 8 15.600.4 8z" fill="currentColor"/>'
        '<path d="M5.3 8.6c.5 1.5 1.6 2.2 2.9 2.2 1.5 0 2.5-1 2.5-2.3S9.7 6.2 8.2 6.2H6.3M7.6 4.6 6 6.2l1.6 '
        '1.6" class="sign" stroke-width="1.3" stroke-linecap="round" stroke-linejoin="round"/>'
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

TOKENS: Final[dict[str, str]] = {
    "order": '<circle r="7.2"/>',
    "refund": '<path d="M0-8.2 8.2 0 0 8.2-8.2 0z"/>',
    "signup": '<rect x="-6.3" y="-6.3" width="12.6" height="12.6" rx="2.3"/>',
    "payment": '<path d="M0-8 6.9-4v8L0 8l-6.9-4v-8z"/>',
    "notice": '<path d="M0-7.6 8 6.400H-8z"/>',
}
