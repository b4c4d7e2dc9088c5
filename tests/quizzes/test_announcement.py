"""What is said, for those who do not see the page, when an answer has been locked in."""

from courseapp.quizzes.grading import grade
from courseapp.quizzes.kinds.choice import announcement, card
from courseapp.quizzes.loader import scenario
from tests.quizzes.test_grading import answers

RUTH = scenario("ruth")
TOTAL = "In all: 100 points."


def said(*parts: list[str]) -> str:
    """After the last of these picks."""
    result = grade(RUTH.rubric, answers(*parts))
    newest = parts[-1][-1]
    pairs = list(zip(RUTH.parts, result.parts, strict=True))
    cards = [card(part, of, 7, fresh=newest if part.number == len(parts) else "") for part, of in pairs]
    return announcement(cards, TOTAL)


def test_a_right_answer_is_said_to_fit_with_its_points_and_what_comes_next():
    told = said(["sqs"])
    assert "That fits:" in told and "That does not fit" not in told
    assert f"Part 1: 30 of 30 points. Part 2 is open: {RUTH.parts[1].asks}" in told
    assert TOTAL not in told


def test_a_wrong_answer_is_said_not_to_fit_with_what_the_next_try_counts():
    told = said(["sns"])
    assert "That does not fit:" in told and "That fits" not in told
    assert told.endswith("Second try: counts 60 %.")
    assert said(["sns", "direct"]).endswith("Third and last try: counts 30 %.")


def test_after_the_last_try_what_fits_is_said():
    told = said(["sns", "direct", "browser-retry"])
    assert "What fits: " in told and "Part 1: 6 of 30 points." in told and "counts" not in told.split("What fits")[1]


def test_after_the_last_part_the_whole_is_said():
    assert said(["sqs"], ["decouple"]).endswith(TOTAL)


def test_before_anything_is_locked_in_nothing_is_said():
    cards = [card(part, of, 7) for part, of in zip(RUTH.parts, grade(RUTH.rubric, []).parts, strict=True)]
    assert announcement(cards, TOTAL) == ""


def test_a_part_that_is_still_ahead_shows_no_options():
    result = grade(RUTH.rubric, answers(["sns"]))
    ahead = card(RUTH.parts[1], result.parts[1], 7)
    assert (ahead.state, ahead.options) == ("ahead", ())
