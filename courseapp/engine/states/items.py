"""The item that an iteration works on, as the context object shows it."""

from __future__ import annotations

from typing import Any, NamedTuple


class Item(NamedTuple):
    """``$$.Map.Item``. ``key`` is None for the element of an array."""

    place: int
    value: Any
    key: str | None = None
    source: str | None = None

    def in_context(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"Index": self.place, "Value": self.value}
        if self.key is not None:
            shown["Key"] = self.key
        if self.source is not None:
            shown["Source"] = self.source
        return shown
