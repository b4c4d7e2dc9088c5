"""Task tokens: opaque to people, and to us the number of the attempt that they stand for, so that none has to be
kept."""

from __future__ import annotations

import base64
import binascii
import hashlib

from courseapp.engine import limits


def make(machine: str, number: int) -> str:
    """The token of an attempt."""
    return base64.b64encode(f"{machine}/{number}/{_mark(machine, number)}".encode()).decode("ascii")


def read(machine: str, token: str) -> int | None:
    """The attempt's number; None for what is no token of that machine."""
    if len(token) > limits.SFN_TASK_TOKEN_LENGTH_MAX:
        return None
    try:
        named, number, mark = base64.b64decode(token.encode("ascii"), validate=True).decode().rsplit("/", 2)
    except (binascii.Error, ValueError):
        return None
    if named != machine or not (number.isascii() and number.isdigit()) or mark != _mark(machine, int(number)):
        return None
    return int(number)


def _mark(machine: str, number: int) -> str:
    return hashlib.sha256(f"{machine}/{number}".encode()).hexdigest()
