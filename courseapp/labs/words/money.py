"""Money in words. Pure."""

from math import floor, log10


def dollars(usd: float) -> str:
    """Money with three digits that count, so that it is never nought: $0.0004, $0.0000617."""
    if not usd:
        return "$0"
    decimals = max(2, 2 - floor(log10(abs(usd))))
    text = f"{usd:,.{decimals}f}"
    while text.endswith("0") and len(text.partition(".")[2]) > 2:
        text = text[:-1]
    return "$" + text
