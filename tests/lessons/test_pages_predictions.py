"""Predictions on a lab's page: nothing of the key before the lock, prediction beside outcome after it."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from courseapp.lessons.content import LabContent, course
from courseapp.lessons.markdown import inline
from courseapp.lessons.models import LabVisit, PredictionAnswer
from tests.quizzes.learner import Learner

pytestmark = pytest.mark.django_db

ASKED = [(lab, each) for lab in course().labs for each in lab.lab["predictions"]]
IDS = [f"{lab.slug}/{each['id']}" for lab, each in ASKED]


def address(lab: LabContent, prediction: dict[str, Any]) -> str:
    return f"/labs/{lab.slug}/predictions/{prediction['id']}/"


def place(lab: LabContent, right: bool) -> str:
    """The answer that picks the right option of the lab's first prediction, or the first that is not."""
    options = lab.lab["predictions"][0]["options"]
    return str(next(place for place, option in enumerate(options) if option["right"] is right))


def page(client: Client, lab: LabContent) -> str:
    return unescape(client.get(f"/labs/{lab.slug}/").content.decode())


def reasons(prediction: dict[str, Any]) -> list[str]:
    """Every text that gives something of the key away."""
    texts = [option["explains"] for option in prediction.get("options", [])]
    texts += [miss["says"] for miss in prediction.get("near_misses", [])]
    return [unescape(inline(text)) for text in [*texts, prediction.get("explains", "")] if text]


@pytest.mark.parametrize(("lab", "prediction"), ASKED, ids=IDS)
def test_nothing_of_the_key_leaves_the_server_before_the_lock(
    client: Client, lab: LabContent, prediction: dict[str, Any]
) -> None:
    html = page(client, lab)
    assert [text for text in reasons(prediction) if text in html] == []
    assert unescape(lab.texts["explain"]) not in html
    assert not re.search(r"\b(right|wrong|missed)\b", " ".join(re.findall(r'class="option([^"]*)"', html)))


@pytest.mark.parametrize(("lab", "prediction"), ASKED, ids=IDS)
def test_every_answer_gets_its_reason_and_the_figure_of_the_run(
    client: Client, lab: LabContent, prediction: dict[str, Any]
) -> None:
    """Each option, or the near-misses and a wild guess, by somebody new each time."""
    answers = (
        [str(place) for place in range(len(prediction["options"]))]
        if prediction["kind"] == "choice"
        else ["00:01" if prediction.get("unit") == "clock" else "987654"]
    )
    for given in answers:
        learner = Client()
        for first in lab.lab["predictions"]:
            if not first.get("also") and first["id"] != prediction["id"]:
                learner.post(address(lab, first), {"skip": "1"})
        assert learner.post(address(lab, prediction), {"answer": given}).status_code == 302
        html = page(learner, lab)
        shown = reasons(prediction) if prediction["kind"] == "choice" else [unescape(inline(prediction["explains"]))]
        if not prediction.get("also"):
            assert [text for text in shown if text not in html] == []
        stored = PredictionAnswer.objects.filter(lab=lab.slug, prediction=prediction["id"]).latest("created")
        if prediction["kind"] == "choice":
            assert stored.right == prediction["options"][int(given)]["right"]
            assert stored.belief == (prediction["options"][int(given)].get("belief") or "")
        else:
            assert stored.right is False


def test_the_first_answer_stands(client: Client) -> None:
    lab = course().lab("visibility-timeout")
    prediction = lab.lab["predictions"][0]
    wrong = place(lab, right=False)
    client.post(address(lab, prediction), {"answer": wrong})
    client.post(address(lab, prediction), {"answer": place(lab, right=True)})
    client.post(address(lab, prediction), {"skip": "1"})
    assert [(answer.given, answer.right) for answer in PredictionAnswer.objects.all()] == [(wrong, False)]
    html = page(client, lab)
    assert "Not what you predicted" in html
    assert "Your answer" in html


def test_a_lab_is_done_when_its_first_predictions_are_locked_in(client: Client) -> None:
    lab = course().lab("visibility-timeout")
    client.post(address(lab, lab.lab["predictions"][0]), {"answer": place(lab, right=True)})
    assert LabVisit.objects.get().done
    html = page(client, lab)
    assert unescape(lab.texts["explain"]) in html
    assert "As you predicted" in html


def test_a_prediction_can_be_skipped_and_then_counts_as_neither_right_nor_wrong(client: Client) -> None:
    lab = course().lab("one-message-many-listeners")
    client.post(address(lab, lab.lab["predictions"][0]), {"skip": "1"})
    assert PredictionAnswer.objects.get().right is None
    assert "Not predicted" in page(client, lab)


@pytest.mark.parametrize(
    ("lab", "typed", "says"),
    [
        ("one-message-many-listeners", "five", "The answer is a number, such as 12 or 0.5, not “five”."),
        ("one-message-many-listeners", "", "Type your answer first."),
        ("one-message-many-listeners", "nan and more" * 30, "The answer is a number"),
        ("visibility-timeout", "7", "Choose one of the answers."),
        ("visibility-timeout", "-1", "Choose one of the answers."),
        ("visibility-timeout", "", "Choose one of the answers."),
    ],
)
def test_what_is_no_answer_is_told_so_and_what_was_typed_stays(client: Client, lab: str, typed: str, says: str) -> None:
    content = course().lab(lab)
    answer = client.post(address(content, content.lab["predictions"][0]), {"answer": typed})
    assert answer.status_code == 422
    html = unescape(answer.content.decode())
    assert says in html
    if content.lab["predictions"][0]["kind"] == "number":
        assert f'value="{typed[:40]}"' in html
    assert not PredictionAnswer.objects.exists()
    assert "visitor" not in answer.cookies


def test_htmx_gets_the_lesson_alone_and_is_told_what_was_locked(client: Client) -> None:
    lab = course().lab("visibility-timeout")
    answer = client.post(address(lab, lab.lab["predictions"][0]), {"answer": "0"}, headers={"HX-Request": "true"})
    html = answer.content.decode()
    assert html.lstrip().startswith('<section class="lesson"')
    assert "<html" not in html
    assert '"prediction-locked"' in answer.headers["HX-Trigger-After-Settle"]


def test_an_unknown_lab_or_prediction_is_not_found(client: Client) -> None:
    assert client.post("/labs/nothing/predictions/x/", {"answer": "0"}).status_code == 404
    assert client.post("/labs/the-buffer/predictions/x/", {"answer": "0"}).status_code == 404


def test_the_board_shows_every_prediction_and_what_became_of_it(client: Client) -> None:
    summary = course().stops[-1]
    assert client.get(f"/stops/{summary.slug}/").content.decode().count("Not tried") == len(ASKED)
    lab = course().lab("visibility-timeout")
    client.post(address(lab, lab.lab["predictions"][0]), {"answer": place(lab, right=False)})
    html = unescape(client.get(f"/stops/{summary.slug}/").content.decode())
    assert html.count("Not tried") == len(ASKED) - 1
    assert html.count("Surprise") == 1
    assert "Worth another look" in html


def test_the_summary_shows_the_best_score_of_each_scenario(client: Client) -> None:
    address = f"/stops/{course().stops[-1].slug}/"
    assert "of 100" not in client.get(address).content.decode()
    Learner("ruth", client=client).finish(first_wrong=1)
    html = client.get(address).content.decode()
    assert "best 78 of 100" in html
    assert html.count("of 100") == 1


def test_the_figures_of_the_run_open_with_the_explanation(client: Client) -> None:
    lab = course().lab("visibility-timeout")
    assert client.get(f"/labs/{lab.slug}/facts/").status_code == 403
    client.post(address(lab, lab.lab["predictions"][0]), {"answer": "0"})
    html = unescape(client.get(f"/labs/{lab.slug}/facts/").content.decode())
    assert "At 09:00:42 its visibility timeout of 30 s had passed without a delete" in html
