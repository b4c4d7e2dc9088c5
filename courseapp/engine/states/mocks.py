"""Mocked service integrations, in the MockConfigFile format of Step Functions Local.

``mocks`` of a document (or of the command line) is either such a file, ``{"StateMachines": …, "MockedResponses":
…}``, from which one machine and one test case are chosen, or one test case already put together: ``{state: {"0":
{"Return": …}, "1-3": {"Throw": …}}}``. In a file the two names may be left out where it has only one; a document may
add ``"TestCase"``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from courseapp.engine.commands import Refused
from courseapp.engine.states.errors import RUNTIME, StatesError


class Answer(NamedTuple):
    """What one call brings: a result, or an error."""

    result: Any = None
    error: StatesError | None = None


class _Response(NamedTuple):
    last: int
    answer: tuple[Any, str | None, str | None, bool]  # result, error, cause, whether it is an error


class Mocks:
    """The answers of one test case: for each state, by the number of its call within the execution."""

    def __init__(self, responses: Mapping[str, Any]) -> None:
        self.responses = {state: _read(state, response) for state, response in responses.items()}

    def answer(self, state: str, number: int) -> Answer | None:
        """The answer to call ``number`` (from 0) of that state; None if the state is not mocked."""
        responses = self.responses.get(state)
        if responses is None:
            return None
        for last, (result, error, cause, failed) in responses:
            if number <= last:
                return Answer(error=StatesError(error, cause)) if failed else Answer(result)
        text = f"The mocked response of the state '{state}' has no entry for its call number {number}."
        return Answer(error=StatesError(RUNTIME, text))


def read_mocks(mocks: Any, machine: str | None = None, case: str | None = None, of_document: bool = False) -> Mocks:
    """The chosen test case. Raises Refused(``InvalidMocks``) with what is wrong and where. ``of_document``: the machine
    has an id of its own there, and a file with one machine means it."""
    if mocks is None:
        return Mocks({})
    _object(mocks, "The mocks")
    if "StateMachines" not in mocks and "MockedResponses" not in mocks:
        return Mocks(mocks)
    machines = _object(mocks.get("StateMachines"), "StateMachines")
    meant = None if of_document and len(machines) == 1 else machine
    chosen = _object(_one(machines, meant, "state machine", "StateMachines"), "StateMachines")
    cases = _object(chosen.get("TestCases"), "TestCases")
    named = _object(_one(cases, case or mocks.get("TestCase"), "test case", "TestCases"), "TestCases")
    responses = _object(mocks.get("MockedResponses"), "MockedResponses")
    for state, response in named.items():
        if response not in responses:
            raise _wrong(
                f"TestCases names the mocked response '{response}' for the state '{state}'; there is none of that name."
            )
    return Mocks({state: responses[response] for state, response in named.items()})


def _one(named: Mapping[str, Any], name: str | None, what: str, where: str) -> Any:
    if name is not None and name in named:
        return named[name]
    if len(named) == 1 and name is None:
        return next(iter(named.values()))
    if name is None:
        raise _wrong(f"{where} has {len(named)} entries; say which {what} is meant: {', '.join(named)}.")
    raise _wrong(f"{where} has no {what} '{name}'; it has {', '.join(named)}.")


def _object(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _wrong(f"{where} must be an object.")
    return value


def _read(state: str, response: Any) -> tuple[_Response, ...]:
    found: list[tuple[int, int, Any]] = []
    for key, answer in _object(response, f"The mocked response of '{state}'").items():
        begin, _, end = key.partition("-")
        if not _is_number(begin) or (end and not _is_number(end)):
            raise _wrong(
                f"The mocked response of '{state}' has the key '{key}'; keys are call numbers such as \"0\" or \"1-3\"."
            )
        found.append((int(begin), int(end or begin), answer))
    expected = 0
    for first, last, answer in sorted(found, key=lambda one: one[:2]):
        if first != expected or last < first:
            raise _wrong(
                f"The mocked response of '{state}' has no entry for call {expected}: keys must be without gaps."
            )
        expected = last + 1
        if not isinstance(answer, Mapping) or len(answer.keys() & {"Return", "Throw"}) != 1:
            raise _wrong(f'Call {first} of the mocked response of \'{state}\' must hold either "Return" or "Throw".')
    return tuple(
        _Response(last, _answer(state, answer)) for first, last, answer in sorted(found, key=lambda one: one[:2])
    )


def _answer(state: str, answer: Mapping[str, Any]) -> tuple[Any, str | None, str | None, bool]:
    if "Return" in answer:
        return answer["Return"], None, None, False
    thrown = _object(answer["Throw"], f"\"Throw\" of the mocked response of '{state}'")
    error, cause = thrown.get("Error"), thrown.get("Cause")
    if not isinstance(error, str) or not isinstance(cause, str | None):
        raise _wrong(
            f'"Throw" of the mocked response of \'{state}\' must have a text as "Error" and may have one as "Cause".'
        )
    return None, error, cause, True


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _wrong(says: str) -> Refused:
    return Refused("InvalidMocks", says)
