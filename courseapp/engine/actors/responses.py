"""What a function answers to its first, second, … invocation, as the document sets it (``responses``).

The keys are numbers of invocations from 0, ``"0"`` or ``"1-3"``, as in a MockedResponse of Step Functions Local; an
entry holds ``Return`` (the result) or ``Throw`` (``{"Error", "Cause"}``), and may hold ``seconds``, how long that
invocation takes. An invocation beyond the last key gives the function's ordinary result. Whoever has a MockConfigFile
can paste one of its MockedResponses: the ``Payload`` of a ``lambda:invoke`` result is what the function returns.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Response(NamedTuple):
    """``seconds`` is None where the function's own ``processing_seconds`` count; ``error`` is (name, text)."""

    result: Any = None
    error: tuple[str, str] | None = None
    seconds: float | None = None


class Responses:
    def __init__(self, given: Mapping[str, Any] | None) -> None:
        """Raises ValueError with a sentence for what cannot be read."""
        self.entries: list[tuple[int, int, Response]] = sorted(
            ((*_numbers(key), _response(key, entry)) for key, entry in (given or {}).items()),
            key=lambda entry: entry[:2],
        )
        for (_, last, _), (first, _, _) in zip(self.entries, self.entries[1:], strict=False):
            if first <= last:
                raise ValueError(f"Two entries of responses are for invocation {first}.")

    def __bool__(self) -> bool:
        return bool(self.entries)

    def of(self, number: int) -> Response | None:
        """The response to invocation ``number`` (from 0), None where the document sets none."""
        return next((response for first, last, response in self.entries if first <= number <= last), None)


def _numbers(key: str) -> tuple[int, int]:
    first, _, last = key.partition("-")
    last = last or first
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in (first, last)):
        raise ValueError(f'\'{key}\' is no number of an invocation: write "0" or "1-3".')
    if int(last) < int(first):
        raise ValueError(f"In '{key}' the first number is greater than the last.")
    return int(first), int(last)


def _response(key: str, entry: Any) -> Response:
    if not isinstance(entry, Mapping) or len(entry.keys() & {"Return", "Throw"}) != 1:
        raise ValueError(f'The response \'{key}\' must hold either "Return" or "Throw".')
    seconds = entry.get("seconds")
    if seconds is not None and (isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or seconds < 0):
        raise ValueError(f"The seconds of the response '{key}' must be a number of at least 0.")
    if "Throw" in entry:
        thrown = entry["Throw"]
        if not isinstance(thrown, Mapping) or not isinstance(thrown.get("Error"), str):
            raise ValueError(f'"Throw" of the response \'{key}\' must have a text as "Error".')
        return Response(error=(thrown["Error"], str(thrown.get("Cause", ""))), seconds=seconds)
    result = entry["Return"]
    if isinstance(result, Mapping) and "Payload" in result and "StatusCode" in result:
        result = result["Payload"]
    return Response(result, None, seconds)
