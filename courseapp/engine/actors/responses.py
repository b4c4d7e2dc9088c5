"""What a function answers to its first, second, … invocation, as the document sets it (``responses``).

The keys are numbers of invocations from 0, ``"0"`` or ``"1-3"``, as in a MockedResponse of Step Functions Local; an
entry holds ``Return`` (the result) or ``Throw`` (``{"Error", "Cause"}``), and may hold ``seconds``, how long that
invocation takes. An invocation that no key means gives the function's ordinary result. Whoever has a MockConfigFile
can paste one of its MockedResponses: the ``Payload`` of a ``lambda:invoke`` result is what the function returns.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from courseapp.engine.architecture.sending import invocations_of


class Response(NamedTuple):
    """``ms`` is None where the function's own ``processing_seconds`` count; ``error`` is (name, text)."""

    result: Any = None
    error: tuple[str, str] | None = None
    ms: int | None = None


class Responses:
    def __init__(self, given: Mapping[str, Any]) -> None:
        self.entries = [(*invocations_of(key), _response(entry)) for key, entry in given.items()]

    def of(self, number: int) -> Response | None:
        """The response to invocation ``number`` (from 0), None where the document sets none."""
        return next((response for first, last, response in self.entries if first <= number <= last), None)


def _response(entry: Mapping[str, Any]) -> Response:
    seconds = entry.get("seconds")
    ms = None if seconds is None else round(float(seconds) * 1000)
    if "Throw" in entry:
        thrown = entry["Throw"]
        return Response(error=(thrown["Error"], thrown.get("Cause", "")), ms=ms)
    result = entry["Return"]
    if isinstance(result, Mapping) and "Payload" in result and "StatusCode" in result:
        result = result["Payload"]
    return Response(result, ms=ms)
