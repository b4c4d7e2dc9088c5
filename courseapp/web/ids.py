"""Random names that nobody can guess, safe in an address and in a cookie."""

import re
import secrets

BYTES = 16  # 128 bits
LETTERS = 22  # what they become in URL-safe base64 without padding
_PATTERN = re.compile(rf"[A-Za-z0-9_-]{{{LETTERS}}}", re.ASCII)


def new_id() -> str:
    """22 letters of URL-safe base64: 128 random bits."""
    return secrets.token_urlsafe(BYTES)


def is_id(text: str) -> bool:
    """Whether `text` has the form that `new_id` gives; says nothing about whether such a thing exists."""
    return _PATTERN.fullmatch(text) is not None
