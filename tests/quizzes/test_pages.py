"""The page of a scenario, from the first look to the last attempt."""

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from courseapp.quizzes.grading import Given, grade
from courseapp.quizzes.loader import scenario
from courseapp.quizzes.models import Answer, Attempt
from courseapp.web.visitor import COOKIE
from tests.quizzes.learner import SLUGS, Learner, shows

pytestmark = pytest.mark.django_db


def order_in(page: str) -> list[str]:
    return re.findall(r'name="option" value="([^"]*)"', page)


@pytest.mark.parametrize("slug", SLUGS)
def test_looking_stores_nothing(slug: str) -> None:
    learner = Learner(slug)
    page = learner.page()
    assert shows(page, learner.scenario.title)
    assert shows(page, learner.scenario.question)
    assert COOKIE not in learner.client.cookies
    assert not Attempt.objects.exists()


def test_the_bare_address_leads_to_the_stop(client: Client) -> None:
    assert client.get("/scenarios/").headers["Location"] == "/stops/scenarios/"


def test_an_answer_is_stored_when_it_is_made_and_is_there_after_a_reload() -> None:
    learner = Learner()
    learner.lock_in(1, "sns")
    assert [(each.part, each.number, each.option) for each in Answer.objects.all()] == [(1, 1, "sns")]
    page = learner.page()
    assert 'class="option wrong" id="option-1-sns"' in page
    assert "Second try: counts 60 %." in page
    assert "Saved in this browser" in page


def test_the_order_of_the_options_stays_when_an_answer_is_given() -> None:
    learner = Learner()
    before = order_in(learner.page())
    after = order_in(learner.lock_in(1, before[0] if before[0] != "sqs" else before[1]))
    assert after == [option for option in before if option in after]
    assert order_in(learner.page()) == after


def test_an_answer_without_a_script_leads_back_to_its_part() -> None:
    learner = Learner()
    response = learner.client.post("/scenarios/ruth/parts/1/", {"option": "sns", "attempt": "1"})
    assert response.status_code == 302
    assert response.headers["Location"] == "/scenarios/ruth/#part-1"


def test_a_script_gets_the_changed_parts_and_what_is_to_be_said() -> None:
    learner = Learner(htmx=True)
    fragment = learner.lock_in(1, "sns")
    assert "<html" not in fragment
    assert 'id="scenario-work"' in fragment
    said = re.search(r'<p id="live" hx-swap-oob="innerHTML">(.*?)</p>', fragment, re.S)
    assert said is not None
    assert shows(said[1], scenario("ruth").parts[0].option("sns").explains)
    assert re.search(r'id="option-1-sns" tabindex="-1" autofocus', fragment)


def test_a_scenario_done_shows_its_points_part_by_part() -> None:
    page = Learner().finish(first_wrong=1)
    assert re.search(r'<span class="figure">78</span> of 100', page)
    assert "18 of 30" in page and "25 of 25" in page
    assert "Passed" in page
    assert "Next: Jessi has a list of steps" in page


def test_a_scenario_not_passed_says_what_it_takes() -> None:
    page = Learner("roger").finish(first_wrong=3, second_wrong=2)
    assert "Not passed yet" in page
    assert "You need 70 points to pass" in page
    assert "Next: Summary" in page


def test_the_best_attempt_stays_when_a_later_one_is_worse() -> None:
    learner = Learner()
    learner.finish()
    learner.again()
    page = learner.finish(first_wrong=3, second_wrong=3)
    assert "Your best stays 100, from attempt 1" in page


def test_a_new_attempt_has_another_order_and_keeps_the_old_one() -> None:
    learner = Learner()
    first = order_in(learner.page())
    learner.finish()
    assert order_in(learner.again()) != first
    assert [(each.number, bool(each.finished)) for each in Attempt.objects.all()] == [(1, True), (2, False)]


def test_starting_again_in_the_middle_goes_on_with_the_attempt() -> None:
    learner = Learner()
    learner.lock_in(1, "sns")
    learner.again()
    assert Attempt.objects.count() == 1
    assert "Second try" in learner.page()


def test_starting_again_before_the_first_answer_stores_nothing() -> None:
    learner = Learner()
    learner.again()
    assert not Attempt.objects.exists()


def test_each_visitor_has_attempts_of_their_own() -> None:
    ana, ben = Learner(), Learner()
    ana.finish()
    assert "not tried yet" in ben.page()
    assert order_in(ben.page())


def hurried(learner: Learner, attempts: int = 3) -> str:
    page = ""
    for number in range(attempts):
        if number:
            learner.again()
        page = learner.finish(first_wrong=1)
    return page


def test_three_attempts_within_ten_minutes_lead_to_the_lab_that_shows_it() -> None:
    learner = Learner()
    idea = learner.wrong(1)[0].misconception
    assert idea is not None
    assert "Three attempts in ten minutes" not in hurried(learner, 2)
    learner.again()
    page = learner.finish(first_wrong=1)
    assert "Three attempts in ten minutes" in page
    assert shows(page, idea.idea)
    assert f'href="/labs/{idea.lab}/"' in page


def test_three_attempts_in_a_quarter_of_an_hour_are_no_hurry() -> None:
    learner = Learner()
    hurried(learner)
    Attempt.objects.filter(number=1).update(started=timezone.now() - timedelta(minutes=15))
    assert "Three attempts in ten minutes" not in learner.page()


def test_three_attempts_without_a_wrong_pick_need_no_lab() -> None:
    learner = Learner()
    for number in range(3):
        if number:
            learner.again()
        page = learner.finish()
    assert "Three attempts in ten minutes" not in page


def test_the_stored_result_is_what_grading_the_answers_gives() -> None:
    learner = Learner("jessi")
    learner.finish(first_wrong=2, second_wrong=1)
    attempt = Attempt.objects.get()
    answers = [Given(each.part, each.number, each.option) for each in attempt.answers.all()]
    assert attempt.result == grade(scenario("jessi").rubric, answers).text()


def test_a_result_of_an_older_rubric_stays_and_says_so() -> None:
    learner = Learner()
    learner.finish()
    Attempt.objects.update(rubric=0)
    page = learner.page()
    assert "graded with version 0" in page
    assert "100 of 100" in page
    assert "Attempt 2" in page
    learner.attempt = 2
    learner.finish(first_wrong=1)
    assert [(each.number, each.rubric) for each in Attempt.objects.all()] == [(1, 0), (2, 1)]


def test_an_attempt_begun_under_an_older_rubric_makes_way_for_a_new_one() -> None:
    learner = Learner()
    learner.lock_in(1, "sns")
    Attempt.objects.update(rubric=0)
    assert "Attempt 2" in learner.page()
    learner.attempt = 2
    learner.finish()
    assert [(each.number, bool(each.finished)) for each in Attempt.objects.all()] == [(1, False), (2, True)]


def test_the_database_holds_each_attempt_and_each_try_once() -> None:
    attempt = Attempt.objects.create(visitor="v", scenario="ruth", number=1, seed=1, rubric=1)
    Answer.objects.create(attempt=attempt, part=1, number=1, option="sns")
    doubles = [
        lambda: Attempt.objects.create(visitor="v", scenario="ruth", number=1, seed=1, rubric=2),
        lambda: Attempt.objects.create(visitor="v", scenario="ruth", number=2, seed=1, rubric=1),
        lambda: Answer.objects.create(attempt=attempt, part=1, number=1, option="sqs"),
        lambda: Answer.objects.create(attempt=attempt, part=1, number=2, option="sns"),
    ]
    for double in doubles:
        with pytest.raises(IntegrityError), transaction.atomic():
            double()
