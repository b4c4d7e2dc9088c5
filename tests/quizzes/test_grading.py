"""The rules of grading, by themselves."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseapp.quizzes.grading import FULL, MOST_TRIES, Given, PartRubric, Result, Rubric, best, grade
from courseapp.quizzes.loader import scenario

RUTH = scenario("ruth").rubric

# The picks of part 1 and of part 2, and the points that they make.
CASES = [
    (["sqs"], ["decouple"], 100),
    (["sns", "sqs"], ["decouple"], 78),  # 18 + 25 of 55 = 78.18
    (["direct", "sqs"], ["fan-out", "decouple"], 60),
    (["direct", "sns", "sqs"], ["decouple"], 62),  # 9 + 25 of 55 = 61.8
    (["direct", "sqs"], ["fan-out", "compensate", "decouple"], 46),  # 18 + 7.5 of 55 = 46.36
    (["step-functions", "direct", "sqs"], ["decouple"], 67),  # 12 stays more than the third try's 9
    (["step-functions", "sns", "direct"], ["faster", "fan-out", "compensate"], 31),  # 12 + 5 of 55 = 30.9
    (["direct", "browser-retry", "step-functions"], ["fan-out", "compensate", "exactly-once"], 7),  # 3.6 of 55 = 6.55
    (["direct", "browser-retry", "sns"], ["fan-out", "compensate", "exactly-once"], 3),  # 1.8 of 55 = 3.27
    (["direct", "browser-retry", "sqs"], ["fan-out", "compensate", "exactly-once"], 16),
]


def answers(*parts: list[str]) -> list[Given]:
    return [
        Given(part, number, option)
        for part, options in enumerate(parts, start=1)
        for number, option in enumerate(options, start=1)
    ]


@pytest.mark.parametrize(("first", "second", "points"), CASES)
def test_points_follow_from_credit_and_try(first: list[str], second: list[str], points: int) -> None:
    assert grade(RUTH, answers(first, second)).points == points


@pytest.mark.parametrize(("weight", "points"), [(38, 96), (39, 96), (37, 95)])
def test_half_a_point_is_rounded_up_once_at_the_end(weight: int, points: int) -> None:
    """0.2 + 38 of 40 is 95.5; 0.2 + 39 of 41 is 95.6; 0.2 + 37 of 39 is 95.4."""
    first = PartRubric(2, {"right": FULL, "a": 10, "b": 0, "c": 0})
    rubric = Rubric(1, (first, PartRubric(weight, {"x": FULL, "y": 0})))
    assert grade(rubric, answers(["a", "b", "c"], ["x"])).points == points


def test_nothing_is_graded_before_the_end() -> None:
    result = grade(RUTH, answers(["sns"]))
    assert result.points is None
    assert [part.state for part in result.parts] == ["open", "ahead"]
    assert result.parts[0].earned == 600


def test_the_first_three_tries_end_a_part_found_or_not() -> None:
    result = grade(RUTH, answers(["sns", "direct", "browser-retry"]))
    assert [part.state for part in result.parts] == ["shown", "open"]


IMPOSSIBLE = {
    "an unknown part": [Given(3, 1, "sqs")],
    "an unknown option": [Given(1, 1, "kafka")],
    "an option of another part": [Given(1, 1, "decouple")],
    "an option picked twice": answers(["sns", "sns"]),
    "a try left out": [Given(1, 2, "sns")],
    "an answer after the right one": answers(["sqs", "sns"]),
    "a fourth try": answers(["sns", "direct", "browser-retry", "sqs"]),
    "part 2 before part 1 has ended": answers(["sns"], ["decouple"]),
}


@pytest.mark.parametrize("impossible", IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_answers_that_cannot_have_been_given_are_refused(impossible: list[Given]) -> None:
    with pytest.raises(ValueError, match=r"part"):
        grade(RUTH, impossible)


@st.composite
def rubrics(draw: st.DrawFn) -> Rubric:
    def part() -> PartRubric:
        credits = draw(st.lists(st.integers(0, 9).map(lambda tenths: tenths * 10), min_size=1, max_size=6))
        return PartRubric(
            draw(st.integers(1, 60)), {"right": FULL, **{f"o{n}": each for n, each in enumerate(credits)}}
        )

    return Rubric(draw(st.integers(1, 9)), (part(), part()))


@st.composite
def attempts(draw: st.DrawFn) -> tuple[Rubric, list[Given]]:
    """A rubric with an attempt that came to its end."""
    rubric = draw(rubrics())
    picked = []
    for part in rubric.parts:
        order = draw(st.permutations(list(part.credits)))
        until = order.index("right") + 1
        picked.append(order[: min(until, MOST_TRIES)] if until <= MOST_TRIES else order[:MOST_TRIES])
    return rubric, answers(*picked)


@given(attempts())
def test_a_score_is_never_below_0_nor_above_100(attempt: tuple[Rubric, list[Given]]) -> None:
    result = grade(*attempt)
    assert result.points is not None
    assert 0 <= result.points <= 100


@given(attempts(), st.randoms(use_true_random=False))
def test_grading_again_gives_the_same_bytes(attempt: tuple[Rubric, list[Given]], shuffle: st.DataObject) -> None:
    rubric, given_ = attempt
    again = list(given_)
    shuffle.shuffle(again)  # type: ignore[attr-defined]
    assert grade(rubric, again).text().encode() == grade(rubric, given_).text().encode()
    assert f'"version":{rubric.version}' in grade(rubric, given_).text()


@given(attempts())
def test_going_on_after_a_wrong_pick_never_costs_anything(attempt: tuple[Rubric, list[Given]]) -> None:
    rubric, given_ = attempt
    earned = 0
    for length in range(len(given_) + 1):
        now = sum(part.earned for part in grade(rubric, given_[:length]).parts)
        assert now >= earned
        earned = now


@given(attempts())
def test_the_right_option_counts_less_the_later_it_is_found(attempt: tuple[Rubric, list[Given]]) -> None:
    rubric, _ = attempt
    part = rubric.parts[0]
    none = [option for option, credit in part.credits.items() if credit == 0]
    found = [grade(rubric, answers([*none[:wrong], "right"])).parts[0].earned for wrong in range(min(len(none), 2) + 1)]
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == len(found)


def test_the_order_of_wrong_picks_counts_as_the_credit_says() -> None:
    """Each pick earns its credit by its own try, and the best of them stays."""
    credits = scenario("ruth").rubric.parts[0].credits
    for order in permutations([option for option in credits if option != "sqs"], 3):
        part = grade(RUTH, answers(list(order))).parts[0]
        assert part.earned == max(
            credits[option] * factor * 30 // 100 for option, factor in zip(order, (100, 60, 30), strict=True)
        )


@given(st.lists(st.integers(0, 100), min_size=1), st.integers(0, 100))
def test_a_worse_attempt_never_lowers_the_best(points: list[int], after: int) -> None:
    place = best(points)
    assert place is not None
    then = best([*points, after])
    assert then is not None
    assert [*points, after][then] == max(points[place], after)
    if after <= points[place]:
        assert then == place  # of equals the earlier one counts


def test_without_attempts_there_is_no_best() -> None:
    assert best([]) is None


def test_a_result_says_under_which_version_it_was_made() -> None:
    result: Result = grade(Rubric(7, RUTH.parts), answers(["sqs"], ["decouple"]))
    assert result.version == 7
