"""Calls that name a message instead of a receipt handle, as people do by command."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.trial import Trial

NOT_RECEIVED = ("ReceiptHandleIsInvalid", "q has no message 'a' that was received.")


def holding(received: int, sent: int = 3, **parameters: Any) -> Trial:
    """So many messages of the name a, of which the first are in flight."""
    trial = Trial({"q": ("queue", parameters)}).run(0)
    for place in range(sent):
        trial.do(place, "SendMessage", "q", MessageBody=str(place), name="a")
    return trial if not received else trial.do(5, "ReceiveMessage", "q", MaxNumberOfMessages=received)


def deleted(trial: Trial, **which: Any) -> list[int]:
    """Which of the messages, counted by their sending, a delete of that name has removed."""
    trial.do(6, "DeleteMessage", "q", message="a", **which)
    ids = [record["id"] for record in trial.of("sent")]
    return [ids.index(record["id"]) for record in trial.of("deleted")]


NAMED = [(2, {}, [1]), (1, {}, [0]), (3, {"number": 1}, [0]), (3, {"number": 2}, [1]), (3, {"number": 3}, [2])]


@pytest.mark.parametrize(("received", "which", "gone"), NAMED)
def test_a_name_means_the_newest_of_those_in_flight_and_a_number_counts_by_arrival(received, which, gone):
    assert deleted(holding(received), **which) == gone


@pytest.mark.parametrize("number", [0, 4])
def test_a_number_beyond_the_messages_of_that_name_is_none_of_them(number):
    trial = holding(3)
    assert deleted(trial, number=number) == []
    assert trial.refusal() == NOT_RECEIVED


@pytest.mark.parametrize("number", [True, "1", 1.0])
def test_a_number_is_a_whole_number(number):
    trial = holding(3)
    assert deleted(trial, number=number) == []
    assert trial.refusal() == ("InvalidParameterValue", f"number must be a whole number from 1, not {number!r}.")


def test_what_nobody_has_received_has_no_receipt():
    for trial in (holding(0, sent=1), holding(0, sent=1, DelaySeconds=60)):
        assert deleted(trial) == []
        assert trial.refusal() == NOT_RECEIVED
