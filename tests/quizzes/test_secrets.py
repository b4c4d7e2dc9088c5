"""No key, credit or explanation leaves the server before the part is locked in: looked for in the bytes of the page."""

import re

import pytest

from tests.quizzes.learner import SLUGS, Learner, explained, shows

pytestmark = pytest.mark.django_db
BOTH = pytest.mark.parametrize("htmx", [False, True], ids=["page", "fragment"])
EACH = pytest.mark.parametrize("slug", SLUGS)


def ids_in(page: str) -> list[str]:
    return re.findall(r'name="option" value="([^"]*)"', page)


def holds_nothing_of(page: str, learner: Learner, part: int) -> bool:
    """Neither an explanation, nor what a run came to, nor a wrong idea, nor a credit, nor a mark of right or wrong of
    this part."""
    options = learner.scenario.parts[part - 1].options
    ideas = [option.misconception for option in options if option.misconception]
    return (
        not explained(page, learner.scenario, part)
        and not any(shows(page, option.run.says) for option in options if option.run)
        and not any(shows(page, idea.idea) or shows(page, idea.correction) or idea.id in page for idea in ideas)
        and f'id="option-{part}-' not in page
        and (part > 1 or ("then the service of your choice, then" in page and "sketch-choice chosen" not in page))
    )


@EACH
def test_an_open_page_holds_the_first_parts_text_and_nothing_else(slug: str) -> None:
    learner = Learner(slug)
    page = learner.page()
    first, second = learner.scenario.parts
    assert sorted(ids_in(page)) == sorted(option.id for option in first.options)
    assert all(shows(page, option.says) for option in first.options)
    assert not any(shows(page, option.says) for option in second.options)
    assert holds_nothing_of(page, learner, 1)
    assert holds_nothing_of(page, learner, 2)
    assert not re.search(r"credit", page, re.I)
    assert "mark-ok" not in page


@EACH
@BOTH
def test_a_wrong_pick_is_explained_and_nothing_else_is(slug: str, htmx: bool) -> None:
    learner = Learner(slug, htmx=htmx)
    picked = learner.wrong(1)[-1]
    page = learner.lock_in(1, picked.id)
    assert explained(page, learner.scenario, 1) == {picked.id}
    assert set(ids_in(page)) == {option.id for option in learner.scenario.parts[0].options} - {picked.id}
    assert f"Credit 0.{picked.credit // 10} " in page
    assert holds_nothing_of(page, learner, 2)
    assert not any(shows(page, option.says) for option in learner.scenario.parts[1].options)
    assert re.findall(r'class="option (\w+)"', page) == ["wrong"]


@EACH
@BOTH
def test_the_second_wrong_pick_still_does_not_show_what_fits(slug: str, htmx: bool) -> None:
    learner = Learner(slug, htmx=htmx)
    picked = [option.id for option in learner.wrong(1)[:2]]
    page = learner.lock_in(1, *picked)
    assert explained(page, learner.scenario, 1) == set(picked)
    assert "then the service of your choice, then" in page
    assert not shows(page, learner.right(1).explains)


@EACH
@BOTH
def test_the_first_part_found_opens_the_second_and_says_nothing_of_it(slug: str, htmx: bool) -> None:
    learner = Learner(slug, htmx=htmx)
    page = learner.lock_in(1, learner.right(1).id)
    assert explained(page, learner.scenario, 1) == {option.id for option in learner.scenario.parts[0].options}
    assert set(ids_in(page)) == {option.id for option in learner.scenario.parts[1].options}
    assert holds_nothing_of(page, learner, 2)


@EACH
def test_the_third_wrong_pick_shows_what_fits(slug: str) -> None:
    learner = Learner(slug)
    page = learner.lock_in(1, *(option.id for option in learner.wrong(1)[:3]))
    assert explained(page, learner.scenario, 1) == {option.id for option in learner.scenario.parts[0].options}
    assert re.search(rf'class="option missed" id="option-1-{learner.right(1).id}"', page)


@EACH
def test_the_second_parts_list_is_the_same_whatever_was_chosen(slug: str) -> None:
    found, missed = Learner(slug), Learner(slug)
    found.lock_in(1, found.right(1).id)
    missed.lock_in(1, *(option.id for option in missed.wrong(1)[:3]))
    assert ids_in(found.page()) == ids_in(missed.page())  # both attempts began with the order of somebody unknown


@EACH
def test_in_the_second_part_only_what_was_picked_is_explained(slug: str) -> None:
    learner = Learner(slug)
    learner.lock_in(1, learner.right(1).id)
    picked = learner.wrong(2)[0].id
    assert explained(learner.lock_in(2, picked), learner.scenario, 2) == {picked}
    page = learner.lock_in(2, learner.right(2).id)
    assert explained(page, learner.scenario, 2) == {option.id for option in learner.scenario.parts[1].options}


@EACH
@BOTH
def test_a_new_attempt_holds_nothing_of_the_one_before(slug: str, htmx: bool) -> None:
    learner = Learner(slug, htmx=htmx)
    learner.finish(first_wrong=1)
    for page in (learner.again(), learner.page()):
        assert holds_nothing_of(page, learner, 1)
        assert holds_nothing_of(page, learner, 2)


@EACH
@BOTH
def test_a_refusal_gives_nothing_away(slug: str, htmx: bool) -> None:
    learner = Learner(slug, htmx=htmx)
    for fields in ({}, {"option": "kafka"}, {"option": learner.right(1).id}):
        page = learner.post(1, **fields).content.decode()
        assert holds_nothing_of(page, learner, 1)
    page = learner.post(2, option=learner.right(2).id, attempt="1").content.decode()
    assert holds_nothing_of(page, learner, 1)
    assert holds_nothing_of(page, learner, 2)
