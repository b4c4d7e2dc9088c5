"""Named random streams: the only file of the pure parts that may import ``random``.

Each node, and each pair of caller and callee, draws from a stream of its own, named by ids. Adding a consumer therefore
never changes what a publisher does, and two variants of a document see the same arrivals to the millisecond. Draws use
``Random.random()`` only, whose values Python guarantees for a given seed.
"""

import random

Dice = random.Random


def stream(seed: int, name: str) -> Dice:
    """The stream ``name`` of a run: floats in [0, 1), the same for the same seed and name in every process."""
    return random.Random(f"{seed}:{name}")
