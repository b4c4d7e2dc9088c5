"""What a function answers by the number of its invocation."""

from __future__ import annotations

from typing import Any

import pytest

from courseapp.engine.actors.responses import Response, Responses


def test_each_invocation_has_its_response_and_later_ones_have_none() -> None:
    responses = Responses(
        {
            "1-2": {"Throw": {"Error": "Lambda.Unknown", "Cause": "crash"}, "seconds": 3},
            "0": {"Return": {"StatusCode": 200, "Payload": {"id": 7}}},
        }
    )
    assert responses.of(0) == Response({"id": 7})
    assert responses.of(1) == responses.of(2) == Response(None, ("Lambda.Unknown", "crash"), 3)
    assert responses.of(3) is None
    assert not Responses(None)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"x": {"Return": 1}}, "no number"),
        ({"2-1": {"Return": 1}}, "greater"),
        ({"0": 1}, "either"),
        ({"0": {"Return": 1, "Throw": {"Error": "E"}}}, "either"),
        ({"0": {"Throw": {}}}, "a text"),
        ({"0": {"Return": 1, "seconds": -1}}, "at least 0"),
        ({"0-2": {"Return": 1}, "2": {"Return": 1}}, "Two entries"),
    ],
)
def test_responses_that_cannot_be_read_are_refused_with_a_sentence(given: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Responses(given)
