"""Codes: six random digits, how they are read, and how many wrong ones somebody may enter.

A code is drawn from the system's source of randomness, so that knowing one says nothing about another. A million
codes can be tried one by one; therefore wrong ones are counted, for the visitor and for the address that they come
from. An address may stand for a whole class behind one router, so it may be wrong more often.
"""

from __future__ import annotations

import re
import secrets

from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from courseapp.labs.lease import wall_ms
from courseapp.rooms.models import WrongCode
from courseapp.web.visitor import visitor_of

DIGITS = 6
REMEMBERED_MS = 10 * 60 * 1000
MOST_OF_A_VISITOR = 12
"""Wrong codes that one browser may enter in REMEMBERED_MS."""
MOST_OF_AN_ADDRESS = 120
"""The same for a network address."""

NOT_A_CODE = "A code has six digits. Check them on the instructor’s screen."
NOT_IN_USE = "That code isn’t in use. Check the six digits on the instructor’s screen."
TOO_MANY = "Too many wrong codes came from here. Wait ten minutes, then try again."


def new_code() -> str:
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def read_code(typed: str) -> str | None:
    """The six digits in what somebody typed, with spaces or hyphens as they like; None for anything else."""
    digits = re.sub(r"[\s-]", "", typed)
    return digits if re.fullmatch(rf"[0-9]{{{DIGITS}}}", digits) else None


def may_guess(request: HttpRequest) -> bool:
    since_ms = wall_ms() - REMEMBERED_MS
    return all(WrongCode.objects.filter(who=who, at_ms__gt=since_ms).count() < most for who, most in _guessers(request))


def count_wrong(request: HttpRequest) -> None:
    now_ms = wall_ms()
    WrongCode.objects.filter(at_ms__lte=now_ms - REMEMBERED_MS).delete()
    WrongCode.objects.bulk_create(WrongCode(who=who, at_ms=now_ms) for who, _ in _guessers(request))


def _guessers(request: HttpRequest) -> list[tuple[str, int]]:
    """Who is guessing, as keyed hashes, each with how often it may be wrong."""
    guessers = [(_keyed("address", request.META.get("REMOTE_ADDR", "")), MOST_OF_AN_ADDRESS)]
    visitor = visitor_of(request)
    return guessers if visitor is None else [*guessers, (_keyed("visitor", visitor), MOST_OF_A_VISITOR)]


def _keyed(kind: str, value: str) -> str:
    return salted_hmac(f"courseapp.rooms.{kind}", value, algorithm="sha256").hexdigest()
