"""What cannot be an answer gets a clear sentence; nothing is stored, nothing is lost, and nothing breaks."""

import pytest
from django.test import Client

from courseapp.quizzes import attempts
from courseapp.quizzes.kinds.choice import Refused
from courseapp.quizzes.models import Answer, Attempt
from courseapp.web.visitor import COOKIE
from tests.quizzes.learner import Learner, shows

pytestmark = pytest.mark.django_db

# What is sent to part 1 of a fresh scenario, and what the page says.
FIRST = {
    "no option": ({"attempt": "1"}, "Choose one of the answers, then lock it in."),
    "an empty option": ({"attempt": "1", "option": ""}, "Choose one of the answers, then lock it in."),
    "an option that is not there": ({"attempt": "1", "option": "kafka"}, "Part 1 has no answer “kafka”."),
    "an option of part 2": ({"attempt": "1", "option": "decouple"}, "Part 1 has no answer “decouple”."),
    "markup": ({"attempt": "1", "option": "<script>"}, "Part 1 has no answer “&lt;script&gt;”."),
    "a zero byte": ({"attempt": "1", "option": "\0"}, "Part 1 has no answer"),
    "a very long option": ({"attempt": "1", "option": "x" * 100_000}, f"“{'x' * 40}”"),
    "no attempt": ({"option": "sqs"}, "this is attempt 1"),
    "another attempt": ({"option": "sqs", "attempt": "7"}, "this is attempt 1"),
    "no number": ({"option": "sqs", "attempt": "first"}, "this is attempt 1"),
}


@pytest.mark.parametrize("htmx", [False, True], ids=["page", "fragment"])
@pytest.mark.parametrize(("fields", "says"), FIRST.values(), ids=FIRST.keys())
def test_what_is_no_answer_is_refused_in_words(fields: dict[str, str], says: str, htmx: bool) -> None:
    learner = Learner(htmx=htmx)
    response = learner.post(1, **fields)
    assert response.status_code == (200 if htmx else 422)
    page = response.content.decode()
    assert says in page
    assert 'role="alert"' in page or 'id="error-1"' in page
    assert not Attempt.objects.exists()
    assert COOKIE not in learner.client.cookies


def test_a_choice_is_still_there_after_a_refusal() -> None:
    page = Learner().post(1, option="sns", attempt="2").content.decode()
    assert 'value="sns" required checked' in page


def test_part_2_stays_closed_until_part_1_is_done() -> None:
    learner = Learner()
    response = learner.post(2, option="decouple", attempt="1")
    assert response.status_code == 422
    assert "Part 2 opens when the answer to part 1 is found" in response.content.decode()
    learner.lock_in(1, "sns")
    assert learner.post(2, option="decouple", attempt="1").status_code == 422
    assert Answer.objects.count() == 1


def test_a_script_shows_the_refusal_of_a_closed_part_above_them_all_with_the_focus() -> None:
    page = Learner(htmx=True).post(2, option="decouple", attempt="1").content.decode()
    says = "Part 2 opens when the answer to part 1 is found, or after its third try."
    callout = page[page.index('id="refused"') :]
    assert "autofocus" in callout[: callout.index(">")] and says in callout[: callout.index("</p>")]
    assert page.count(says) == 2  # there, and where a screen reader hears it


def test_of_two_windows_that_answer_at_once_the_second_is_refused() -> None:
    scenario, visitor = Learner().scenario, "a visitor"
    both_saw = attempts.current(scenario, visitor)
    attempts.lock_in(scenario, visitor, both_saw, 1, "sqs")
    with pytest.raises(Refused, match="Part 1 is locked in"):
        attempts.lock_in(scenario, visitor, both_saw, 1, "sns")
    assert [answer.option for answer in Answer.objects.all()] == ["sqs"]


@pytest.mark.parametrize("option", ["sqs", "direct"])
def test_a_part_that_is_locked_in_cannot_be_answered_again(option: str) -> None:
    learner = Learner()
    learner.lock_in(1, "sns", "sqs")
    response = learner.post(1, option=option, attempt="1")
    assert response.status_code == 422
    assert "Part 1 is locked in and stays as it is." in response.content.decode()
    assert Answer.objects.count() == 2


def test_an_option_that_was_picked_is_shut() -> None:
    learner = Learner()
    learner.lock_in(1, "sns")
    response = learner.post(1, option="sns", attempt="1")
    assert response.status_code == 422
    assert shows(response.content.decode(), "You picked that answer on your first try. Choose one of the others.")
    assert "Second try: counts 60 %." in learner.page()


def test_the_form_of_an_attempt_that_is_over_changes_nothing() -> None:
    learner = Learner()
    learner.finish()
    learner.again()
    response = learner.post(1, option="sns", attempt="1")
    assert response.status_code == 422
    assert "this is attempt 2" in response.content.decode()
    assert Answer.objects.filter(attempt__number=2).count() == 0


@pytest.mark.parametrize(
    "address", ["nobody/", "nobody/parts/1/", "nobody/attempts/", "ruth/parts/0/", "ruth/parts/3/"]
)
def test_an_unknown_scenario_or_part_is_not_found(address: str, client: Client) -> None:
    get = client.get(f"/scenarios/{address}")
    assert get.status_code == (404 if address == "nobody/" else 405)
    post = client.post(f"/scenarios/{address}", {"option": "sqs", "attempt": "1"})
    assert post.status_code == (405 if address == "nobody/" else 404)
    assert not Attempt.objects.exists()


def test_a_forged_visitor_starts_from_nothing() -> None:
    learner = Learner()
    learner.client.cookies[COOKIE] = "not a token"
    assert "not tried yet" in learner.page()
    learner.lock_in(1, "sns")
    assert Attempt.objects.count() == 1
