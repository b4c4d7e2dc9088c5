"""Where items of a column stand: as near as can be to what they are linked with, without touching.

The least squares answer under "each after the one before it" is found by pooling neighbours that get in each other's
way (isotonic regression; Ayer et al., 1955), then held within its bounds.
"""

from __future__ import annotations

from collections.abc import Sequence


def spread(wanted: Sequence[float], sizes: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Starts of items of ``sizes`` in order, at least ``gap`` apart, within ``low`` to ``high`` if they fit there."""
    before = [0.0]
    for size in sizes[:-1]:
        before.append(before[-1] + size + gap)
    pools: list[tuple[float, int]] = []  # mean of the shifted wishes, and how many
    for wish, shift in zip(wanted, before, strict=True):
        mean, many = wish - shift, 1
        while pools and pools[-1][0] > mean:
            other, count = pools.pop()
            mean, many = (mean * many + other * count) / (many + count), many + count
        pools.append((mean, many))
    bases = [mean for mean, many in pools for _ in range(many)]
    whole = before[-1] + sizes[-1] if sizes else 0.0
    most = max(low, high - whole)
    return [min(max(base, low), most) + shift for base, shift in zip(bases, before, strict=True)]
