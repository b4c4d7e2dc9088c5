"""What the course asks about the scenarios."""

import pytest
from django.test import Client

from courseapp.quizzes.models import Answer, Attempt
from courseapp.quizzes.progress import best_scores, forget, standing_of
from courseapp.web.visitor import COOKIE, hashed
from tests.quizzes.learner import SLUGS, Learner

pytestmark = pytest.mark.django_db


def visitor_of(client: Client) -> str:
    return hashed(client.cookies[COOKIE].value)


def test_somebody_unknown_has_nothing() -> None:
    standing = standing_of(None)
    assert (standing.best, standing.complete, standing.passed) == ({}, False, False)


def test_only_an_attempt_that_came_to_its_end_counts() -> None:
    learner = Learner()
    learner.lock_in(1, "sqs")
    assert best_scores(visitor_of(learner.client)) == {}
    learner.lock_in(2, "decouple")
    assert best_scores(visitor_of(learner.client)) == {"ruth": 100}


def test_the_stop_is_complete_when_each_was_tried_and_passed_when_each_is_good_enough() -> None:
    client = Client()
    for slug in SLUGS[:2]:
        Learner(slug, client=client).finish()
    assert not standing_of(visitor_of(client)).complete
    roger = Learner("roger", client=client)
    roger.finish(first_wrong=3, second_wrong=2)
    standing = standing_of(visitor_of(client))
    assert (standing.complete, standing.passed) == (True, False)
    roger.again()
    roger.finish(first_wrong=1)
    standing = standing_of(visitor_of(client))
    assert standing.best == {"ruth": 100, "jessi": 100, "roger": 78}
    assert standing.passed


def test_a_worse_attempt_changes_nothing() -> None:
    learner = Learner()
    learner.finish(first_wrong=1)
    learner.again()
    learner.finish(first_wrong=3, second_wrong=3)
    assert best_scores(visitor_of(learner.client)) == {"ruth": 78}


def test_a_whole_attempt_counts_and_never_parts_of_two() -> None:
    learner = Learner()
    learner.finish(first_wrong=2)
    learner.again()
    learner.finish(second_wrong=2)
    assert best_scores(visitor_of(learner.client))["ruth"] < 100


def test_forgetting_erases_one_visitor_and_no_other() -> None:
    ana, ben = Learner(), Learner()
    ana.finish()
    ben.finish()
    forget(visitor_of(ana.client))
    assert [attempt.visitor for attempt in Attempt.objects.all()] == [visitor_of(ben.client)]
    assert Answer.objects.count() == 2
