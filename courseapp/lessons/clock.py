"""Times of day, as the labs' clock shows them, for instants counted in seconds from virtual 0.

An instant is told in this one form wherever a learner reads of it; a span has its units (``42 s``), and only what
remains counts down (``0:07``).
"""

from __future__ import annotations

import re

DAY_S = 86_400
TIME_OF_DAY = re.compile(r"(\d{1,2})[:.](\d\d)(?:[:.](\d\d))?")


def clock_text(starts_at: str, seconds: float) -> str:
    """``09:00:42``."""
    of_day = int(seconds + _start_of_day_s(starts_at)) % DAY_S
    return f"{of_day // 3600:02}:{of_day // 60 % 60:02}:{of_day % 60:02}"


def read_clock(starts_at: str, text: str) -> int | None:
    """The seconds of a time of day such as ``10:15`` or ``10:15:30``; None for any other text."""
    found = TIME_OF_DAY.fullmatch(text)
    if not found or int(found[1]) > 23 or int(found[2]) > 59 or int(found[3] or 0) > 59:
        return None
    time_of_day = int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3] or 0)
    return (time_of_day - _start_of_day_s(starts_at)) % DAY_S


def _start_of_day_s(starts_at: str) -> int:
    """The wall time of virtual 0, in seconds after midnight."""
    hours, minutes, seconds = starts_at[11:19].split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds)
