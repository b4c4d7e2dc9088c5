"""The scenarios as they stand in their files, and files that are not as they must be."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from courseapp.lessons.content import course
from courseapp.quizzes.grading import FULL
from courseapp.quizzes.loader import ROOT, load, scenario, scenarios
from courseapp.quizzes.sketch import sketch
from courseapp.web.contentfiles import ContentError
from courseapp.web.icons import ICONS, TOKENS

ALL = [(each, part, option) for each in scenarios() for part in each.parts for option in part.options]
# Which option is right, and what it is worth to have picked another.
CREDITS = {
    "ruth": [{"sqs": 100, "sns": 20, "step-functions": 40, "browser-retry": 0, "direct": 0},
             {"decouple": 100, "fan-out": 0, "compensate": 0, "faster": 20, "exactly-once": 0}],
    "jessi": [{"step-functions": 100, "sns": 20, "sqs": 30, "functions": 0},
              {"declared": 100, "parallel-only": 20, "no-failure": 0, "no-code": 30, "cheapest": 0}],
    "roger": [{"sns": 100, "shared-queue": 0, "queue-each": 40, "step-functions": 20, "direct": 0},
              {"unknown": 100, "stores": 0, "balance": 0, "order": 10, "waits": 0}],
}  # fmt: skip


def test_the_three_scenarios_come_in_their_order() -> None:
    assert [each.slug for each in scenarios()] == list(CREDITS)


@pytest.mark.parametrize("slug", CREDITS)
def test_options_have_their_credits_and_parts_their_weights(slug: str) -> None:
    rubric = scenario(slug).rubric
    assert [dict(part.credits) for part in rubric.parts] == CREDITS[slug]
    assert [part.weight for part in rubric.parts] == [30, 25]


@pytest.mark.parametrize(("each", "part", "option"), ALL, ids=lambda each: getattr(each, "id", ""))
def test_every_option_says_why_and_the_wrong_ones_where_to_see_it(each: Any, part: Any, option: Any) -> None:
    assert option.explains.endswith(".")
    assert option.says.endswith(".")
    if option.credit < FULL:
        assert option.misconception is not None
        assert option.lab in {lab.slug for lab in course().labs}


def test_nothing_is_explained_in_two_places_with_the_same_words() -> None:
    explanations = [option.explains for _, _, option in ALL]
    assert len(set(explanations)) == len(explanations)


@pytest.mark.parametrize("each", scenarios(), ids=lambda each: each.slug)
def test_a_sketch_is_drawn_with_signs_that_exist(each: Any) -> None:
    drawn = sketch(each)
    assert {drawn.sender.glyph, *(figure.glyph for figure in drawn.receivers)} <= set(ICONS)
    assert drawn.token in TOKENS
    assert all(figure.y >= 0 and figure.y + figure.height <= drawn.height for figure in drawn.receivers)


Edit = Callable[[dict[str, Any]], object]
BROKEN: dict[str, tuple[Edit, str]] = {
    "a missing field": (lambda ruth: ruth.pop("question"), "ruth.json: question is missing"),
    "an unknown field": (lambda ruth: ruth.update(proof={}), "ruth.json: proof is not a field"),
    "a wrong type": (lambda ruth: ruth.update(version="1"), "ruth.json: version must be of the type int"),
    "another slug": (lambda ruth: ruth.update(slug="rut"), "slug must be 'ruth'"),
    "a number twice": (lambda ruth: ruth.update(number=2), "number must count the scenarios from 1"),
    "an unknown kind": (lambda ruth: ruth["parts"][0].update(kind="essay"), r"parts\[0\]: kind must be one of choice"),
    "no explanation": (
        lambda ruth: ruth["parts"][1]["options"][2].pop("explains"),
        r"parts\[1\].options\[2\]: explains",
    ),
    "an empty text": (lambda ruth: ruth["parts"][0]["options"][0].update(says=""), "says must be"),
    "too much credit": (lambda ruth: ruth["parts"][0]["options"][1].update(credit=110), "credit must be 0, 10"),
    "a crooked credit": (lambda ruth: ruth["parts"][0]["options"][1].update(credit=25), "credit must be 0, 10"),
    "two right options": (lambda ruth: ruth["parts"][0]["options"][1].update(credit=100), "a misconception belongs"),
    "none right": (lambda ruth: ruth["parts"][0]["options"].pop(0), "exactly one option"),
    "an id twice": (lambda ruth: ruth["parts"][0]["options"][2].update(id="sns"), "an id of its own"),
    "an unknown idea": (
        lambda ruth: ruth["parts"][0]["options"][1].update(misconception="X-none"),
        "misconceptions.json has no 'X-none'",
    ),
    "a figure without a name": (lambda ruth: ruth["sketch"]["to"][0].pop("name"), "figure 1: name is missing"),
}


@pytest.mark.parametrize(("edit", "says"), BROKEN.values(), ids=BROKEN.keys())
def test_a_slip_is_named_with_its_place(edit: Edit, says: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT, tmp_path, dirs_exist_ok=True)
    ruth = json.loads((ROOT / "ruth.json").read_text())
    edit(ruth)
    (tmp_path / "ruth.json").write_text(json.dumps(ruth))
    with pytest.raises(ContentError, match=says):
        load(tmp_path)


def test_a_file_that_is_not_json_is_named(tmp_path: Path) -> None:
    shutil.copytree(ROOT, tmp_path, dirs_exist_ok=True)
    (tmp_path / "ruth.json").write_text("{")
    with pytest.raises(ContentError, match=r"ruth\.json: is not JSON"):
        load(tmp_path)
