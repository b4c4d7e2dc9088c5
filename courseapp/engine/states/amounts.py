"""A number in a field of a state: written out, found by its …Path field, or given by a JSONata expression."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from courseapp.engine.states.errors import PathMissing
from courseapp.engine.states.flow import read_whole
from courseapp.engine.states.jsonata import compile_query, is_query
from courseapp.engine.states.jsontext import compact
from courseapp.engine.states.paths import Path, compile_reference
from courseapp.engine.states.queries import Asked, evaluation_failed, expect

if TYPE_CHECKING:
    from courseapp.engine.states.lines import Line


class Amount:
    """``share``: a percentage, which may have a fraction; else a whole number of at least 0."""

    __slots__ = ("field", "given", "share")

    def __init__(self, field: str, given: float | Path | Asked, share: bool) -> None:
        self.field = field
        self.given = given
        self.share = share

    def of(self, line: Line, data: Any) -> float:
        given = self.given
        if isinstance(given, Asked):
            value = expect(given, line, (int, float), "number")
            if not self.share and value != int(value):
                raise evaluation_failed(line, f"The {self.field} field must be a whole number.", self.field)
            says = self._out_of_range(value)
            if says:
                raise evaluation_failed(line, says, self.field)
            return float(value) if self.share else int(value)
        if not isinstance(given, Path):
            return given
        value = self._share(line, given, data) if self.share else read_whole(line, given, f"{self.field}Path", data)
        says = self._out_of_range(value)
        if says:
            raise line.problem(says)
        return float(value) if self.share else value

    def _out_of_range(self, value: float) -> str:
        if self.share:
            return "" if 0 <= value <= 100 else f"{self.field} must be between 0 and 100."
        return "" if value >= 0 else f"{self.field} cannot be negative."

    def _share(self, line: Line, path: Path, data: Any) -> float:
        try:
            value = path.of(line, data)
        except PathMissing as missing:
            raise line.problem(f"Invalid path '{path.text}' : {missing.why}") from None
        if isinstance(value, str) and len(value) < 40:
            with suppress(ValueError):
                value = float(value)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            shown = value if isinstance(value, str) else compact(value)
            says = f'The {self.field}Path field refers to value "{shown}" which is not a valid float: {path.text}'
            raise line.problem(says)
        return value


def amount(owner: Mapping[str, Any], field: str, query: bool, share: bool = False) -> Amount | None:
    """The number in a field, None if it is absent."""
    path = owner.get(f"{field}Path")
    if path is not None and not query:
        return Amount(field, compile_reference(path), share)
    value = owner.get(field)
    if value is None:
        return None
    return Amount(field, Asked(compile_query(value), field) if is_query(value) else value, share)


def read(given: Amount | None, line: Line, data: Any, otherwise: float = 0) -> float:
    return otherwise if given is None else given.of(line, data)
