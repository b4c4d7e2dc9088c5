"""Predictions are graded by a run; a wrong answer gets its reason and, where there is one, the run to bear it out."""

from __future__ import annotations

from typing import Any

import pytest

from courseapp.lessons import checks, predictions
from courseapp.lessons.content import LabContent, course
from tests.lessons.labs import lab_of

# In the small lab order 1 is deleted at 3 s.
CHOICE: dict[str, Any] = {
    "id": "deleted",
    "asks": "When is order 1 deleted?",
    "kind": "choice",
    "answer": {"at": {"type": "deleted", "message": "order 1"}, "nth": 1, "seconds": 3},
    "options": [
        {"says": "At 3 s", "right": True, "explains": "1 + 2."},
        {"says": "At 1 s", "right": False, "belief": "M-receive-deletes",
         "explains": "Only `DeleteMessage` removes it.", "counter": {"set": {"clerk": {"deletes": "before_work"}}}},
        {"says": "Never", "right": False, "explains": "It is deleted.",
         "counter": {"label": "without the clerk", "remove": ["clerk"],
                     "answer": {"count": {"type": "deleted"}, "unit": "deletes"}}},
    ],
}  # fmt: skip
NUMBER: dict[str, Any] = {
    "id": "rows",
    "asks": "How many rows?",
    "kind": "number",
    "unit": "rows",
    "answer": {"gauge": "rows", "node": "rows", "at_seconds": 10, "is": 2},
    "explains": "One for each order.",
    "near_misses": [
        {"value": 1, "belief": "M-sqs-dedups", "says": "They are two orders.",
         "counter": {"set": {"shop": {"messages.1": None}}}},
        {"value": 4, "says": "Each is written once."},
    ],
}  # fmt: skip
CLOCK: dict[str, Any] = {
    "id": "when",
    "asks": "When?",
    "kind": "number",
    "unit": "clock",
    "tolerance": 60,
    "answer": {"at": {"type": "deleted"}, "nth": 2},
    "explains": "At 5 s.",
    "near_misses": [
        {"value": 3600, "says": "An hour is too long."},
        {"value": 3660, "says": "More than an hour is too long."},
    ],
}
LAB = lab_of(predictions=[CHOICE, NUMBER, CLOCK], claims=[{"until_seconds": 20}])


def test_the_right_choice_is_right_with_the_figure_of_the_run() -> None:
    grade = predictions.grade(LAB, CHOICE, 0)
    assert grade.right
    assert grade.found is not None
    assert (grade.found.value, grade.found.shown) == (3, "3 s")
    assert (grade.belief, grade.explains, grade.counter) == (None, "1 + 2.", None)


def test_a_wrong_choice_names_the_belief_and_runs_the_document_in_which_it_would_be_true() -> None:
    grade = predictions.grade(LAB, CHOICE, 1)
    assert not grade.right
    assert grade.belief == "M-receive-deletes"
    assert grade.explains == "Only <code>DeleteMessage</code> removes it."
    assert grade.found is not None and grade.counter is not None
    assert (grade.found.shown, grade.counter.shown) == ("3 s", "1 s")


def test_a_counter_run_may_ask_for_a_figure_of_its_own() -> None:
    counter = predictions.grade(LAB, CHOICE, 2).counter
    assert counter is not None
    assert (counter.label, counter.shown) == ("without the clerk", "0 deletes")


@pytest.mark.parametrize(
    ("given", "right", "belief", "explains"),
    [
        (2, True, None, "One for each order."),
        (1, False, "M-sqs-dedups", "They are two orders."),
        (4, False, None, "Each is written once."),
        (3, False, None, "One for each order."),
        (2.5, False, None, "One for each order."),
    ],
)
def test_a_number_is_right_a_near_miss_or_just_wrong(
    given: float, right: bool, belief: str | None, explains: str
) -> None:
    grade = predictions.grade(LAB, NUMBER, given)
    assert (grade.right, grade.belief, grade.explains) == (right, belief, explains)
    assert grade.found is not None
    assert grade.found.shown == "2 rows"


def test_the_counter_run_of_a_near_miss_gives_the_number_that_was_missed() -> None:
    counter = predictions.grade(LAB, NUMBER, 1).counter
    assert counter is not None
    assert counter.shown == "1 row"


@pytest.mark.parametrize(("given", "right"), [(5, True), (0, True), (65, True), (66, False)])
def test_a_tolerance_counts_on_both_sides(given: float, right: bool) -> None:
    assert predictions.grade(LAB, CLOCK, given).right == right


def test_of_two_near_misses_within_the_tolerance_the_nearer_one_is_meant() -> None:
    assert predictions.grade(LAB, CLOCK, 3640).explains == "More than an hour is too long."
    assert predictions.grade(LAB, CLOCK, 3620).explains == "An hour is too long."


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1, "calls", "1 call"),
        (4, "calls", "4 calls"),
        (1, "state transitions while it waited", "1 state transition while it waited"),
        (1, "answer ExecutionAlreadyExists", "1 answer ExecutionAlreadyExists"),
        (1, "s, when the task succeeds", "1 s, when the task succeeds"),
    ],
)
def test_one_of_a_kind_is_told_in_the_singular(value: int, unit: str, text: str) -> None:
    content = course().lab("when-a-step-fails")
    assert predictions.shown(content, {"unit": unit}, value) == text


@pytest.mark.parametrize(("value", "text"), [(124.9, "$124.90"), (3.08375, "$3.08"), (0.00025313375, "$0.000253")])
def test_money_is_told_as_the_bills_tell_it(value: float, text: str) -> None:
    assert predictions.shown(LAB, {"unit": "$"}, value) == text


def test_a_time_of_day_is_read_and_shown_from_the_start_of_the_run() -> None:
    assert predictions.read_answer(LAB, CLOCK, "10:42") == 6120
    assert predictions.read_answer(LAB, CLOCK, " 9:00:05 ") == 5
    assert predictions.grade(LAB, CLOCK, 6120).given == "10:42:00"
    found = predictions.right_answer(LAB, CLOCK)
    assert found is not None
    assert found.shown == "09:00:05"


@pytest.mark.parametrize(
    ("prediction", "text", "value"),
    [(CHOICE, "2", 2), (NUMBER, "1,500", 1500), (NUMBER, " 0.5 ", 0.5), (NUMBER, "604 804", 604804)],
)
def test_an_answer_is_read_as_people_write_it(prediction: dict[str, Any], text: str, value: float) -> None:
    assert predictions.read_answer(LAB, prediction, text) == value


@pytest.mark.parametrize(
    ("prediction", "text", "says"),
    [
        (CHOICE, "", "Choose one of the answers."),
        (CHOICE, "3", "Choose one of the answers."),
        (CHOICE, "-1", "Choose one of the answers."),
        (NUMBER, "two", "The answer is a number, such as 12 or 0.5, not “two”."),
        (NUMBER, "nan", "The answer is a number, such as 12 or 0.5, not “nan”."),
        (NUMBER, "", "The answer is a number, such as 12 or 0.5, not “”."),
        (CLOCK, "25:00", "The answer is a time of day, such as 10:15:00, not “25:00”."),
        (CLOCK, "noon", "The answer is a time of day, such as 10:15:00, not “noon”."),
    ],
)
def test_what_is_no_answer_is_told_what_would_be_one(prediction: dict[str, Any], text: str, says: str) -> None:
    with pytest.raises(predictions.NotAnAnswer) as refused:
        predictions.read_answer(LAB, prediction, text)
    assert str(refused.value) == says


# --- The course's own ---

ALL = [
    pytest.param(lab, prediction, id=f"{lab.slug}-{prediction['id']}")
    for lab in course().labs
    for prediction in lab.lab["predictions"]
]


@pytest.mark.parametrize(("lab", "prediction"), ALL)
def test_the_run_gives_the_answer_that_the_lab_calls_right(lab: LabContent, prediction: dict[str, Any]) -> None:
    found = predictions.right_answer(lab, prediction)
    assert found is not None, "every prediction is decided by a run"
    assert checks.agrees(found.value, checks.expected(prediction["answer"]))


@pytest.mark.parametrize(("lab", "prediction"), ALL)
def test_every_answer_has_its_explanation_and_exactly_one_is_right(lab: LabContent, prediction: dict[str, Any]) -> None:
    if prediction["kind"] == "choice":
        grades = [predictions.grade(lab, prediction, place) for place in range(len(prediction["options"]))]
        assert sum(grade.right for grade in grades) == 1
        assert len({grade.given for grade in grades}) == len(grades)
    else:
        answer = checks.expected(prediction["answer"])
        assert predictions.grade(lab, prediction, answer).right
        grades = [predictions.grade(lab, prediction, miss["value"]) for miss in prediction["near_misses"]]
        assert not any(grade.right for grade in grades)
    assert all(grade.explains for grade in grades)


COUNTERS = [
    pytest.param(lab, prediction, answer, id=f"{lab.slug}-{prediction['id']}-{place}")
    for lab in course().labs
    for prediction in lab.lab["predictions"]
    for place, answer in enumerate([*prediction.get("options", []), *prediction.get("near_misses", [])])
    if "counter" in answer
]


@pytest.mark.parametrize(("lab", "prediction", "answer"), COUNTERS)
def test_in_the_counter_run_the_wrong_answer_would_be_right(
    lab: LabContent, prediction: dict[str, Any], answer: dict[str, Any]
) -> None:
    figure = predictions.counter_figure(lab, prediction, answer)
    assert figure is not None
    asked = answer["counter"].get("answer")
    if asked is not None and checks.expected(asked) is not None:
        assert checks.agrees(figure.value, checks.expected(asked))
    else:
        own = predictions.right_answer(lab, prediction)
        assert own is not None
        assert not checks.agrees(figure.value, own.value), "the changed document must change the figure"
        if "value" in answer:
            assert checks.agrees(figure.value, answer["value"])
