"""The closed vocabulary of a room's socket. What a lab's socket says (``labs/frames``) is said here too; a room adds
one frame and one way to end.

Server to client:

    room      following                how many seats have a connection now
    closing   code, says               4010: the room is closed, it shows another run now, or this browser has no seat

Client to server: only what is looking (``LOOKING``). Everything else that a lab's socket knows belongs to the host.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from courseapp.labs.frames import pack

LOOKING = ("ack", "fresh", "inspect")
SERVER_TYPES = ("room", "closing")
ROOM_CLOSED = 4010
NOT_YOURS = "You are following the host’s clock: only the host can act in this lab."
CLOSED_SAYS = "The host has closed this room."
MOVED_SAYS = "The host shows another run now."


def room(following: int) -> dict[str, Any]:
    return {"type": "room", "following": following}


def closing(says: str = CLOSED_SAYS) -> dict[str, Any]:
    return {"type": "closing", "code": ROOM_CLOSED, "says": says}


def encode(frame: Mapping[str, Any]) -> str:
    if frame["type"] not in SERVER_TYPES:
        raise ValueError(f"a room sends no frame of type {frame['type']!r}")
    return pack(frame)
