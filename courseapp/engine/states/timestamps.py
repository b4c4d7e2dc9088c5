"""RFC 3339 timestamps as the states language reads them: upper-case T and Z, or a numeric offset; nothing looser.

``nanoseconds`` gives an instant as a whole number since 1970, so that comparing is exact and time zones do not matter.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_PATTERN = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d+))?(Z|[+-]\d{2}:\d{2})", re.ASCII)
_ZERO = datetime(1970, 1, 1)
_SECOND = 1_000_000_000


def nanoseconds(text: str) -> int | None:
    """The instant, or None if the text is no timestamp (a date that does not exist is none either)."""
    found = _PATTERN.fullmatch(text)
    if found is None:
        return None
    try:
        local = datetime.fromisoformat(found[1])
    except ValueError:
        return None
    offset = 0
    if found[3] != "Z":
        hours, minutes = int(found[3][1:3]), int(found[3][4:6])
        if hours > 23 or minutes > 59:
            return None
        offset = (hours * 60 + minutes) * 60 * (-1 if found[3][0] == "-" else 1)
    since = local - _ZERO
    fraction = int((found[2] or "0")[:9].ljust(9, "0"))
    return (since.days * 86_400 + since.seconds - offset) * _SECOND + fraction


def milliseconds(text: str) -> int | None:
    """The same in whole milliseconds, rounded up: a Wait is never too short."""
    instant = nanoseconds(text)
    return None if instant is None else -(-instant // 1_000_000)


def written(since_1970_ms: int) -> str:
    """The instant as AWS prints it in the context object and the history: UTC, milliseconds, Z."""
    moment = _ZERO + timedelta(milliseconds=since_1970_ms)
    return f"{moment.isoformat(timespec='milliseconds')}Z"


def shortened(text: str) -> str:
    """As the context object prints it: without a fraction that is nothing (recorded)."""
    return text.replace(".000Z", "Z")
