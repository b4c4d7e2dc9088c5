"""The order in which an attempt shows its options: fixed for the attempt, different from that of the attempt before.

Options are sorted by a hash of the attempt's seed and their id, so the order needs no random numbers, is the same on
every server and after every reload, and says nothing about which option is right.
"""

from collections.abc import Sequence
from hashlib import sha256
from itertools import count
from typing import Final

SEED_BITS: Final = 63  # fits a signed integer of 64 bits


def seed_of(scenario: str, visitor: str, number: int, round_: int = 0) -> int:
    """The seed of a visitor's attempt `number` at a scenario. `visitor` is empty for somebody unknown."""
    digest = sha256(f"{scenario}:{visitor}:{number}:{round_}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> (64 - SEED_BITS)


def ordered(seed: int, part: int, options: Sequence[str]) -> list[str]:
    """The ids of a part's options in the order of this seed."""
    return sorted(options, key=lambda option: sha256(f"{seed}:{part}:{option}".encode()).digest())


def fresh_seed(scenario: str, visitor: str, number: int, parts: Sequence[Sequence[str]], before: int | None) -> int:
    """A seed that orders every part otherwise than the seed `before` did. A part needs at least two options."""
    for round_ in count():
        seed = seed_of(scenario, visitor, number, round_)
        if before is None or all(
            ordered(seed, part, options) != ordered(before, part, options) for part, options in enumerate(parts, 1)
        ):
            return seed
    raise AssertionError("unreachable")
