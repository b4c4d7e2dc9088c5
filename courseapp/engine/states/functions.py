"""What the functions of JSONPath and JSONata have in common."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from courseapp.engine.states.jsontext import compact

ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


def digest(data: Any, algorithm: str) -> str:
    """The hash of a text, or of the JSON text of another value, in hexadecimal digits."""
    text = data if isinstance(data, str) else compact(data)
    return hashlib.new(ALGORITHMS[algorithm], text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def uuid4(random: Callable[[], float]) -> str:
    """A version 4 UUID from the dice of whoever asks."""
    bits = "".join(f"{int(random() * 0x10000):04x}" for _ in range(8))
    variant = "89ab"[int(bits[16], 16) % 4]
    return f"{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-{variant}{bits[17:20]}-{bits[20:]}"
