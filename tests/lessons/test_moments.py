"""Moments of a run that a lab leads to: where a question asks about one, and where a button goes to the next."""

import json

import pytest
from django.test import Client

from courseapp.labs.content import content_of
from courseapp.labs.start import start_content
from courseapp.labs.stored import in_database
from courseapp.lessons.content import course
from courseapp.web.visitor import hashed
from tests.labs.conftest import live  # noqa: F401 (a fixture)
from tests.labs.people import IRIS, looking

FIRST = [(lab, each) for lab in course().labs for each in lab.lab["predictions"] if not each.get("also")]


@pytest.mark.parametrize(("lab", "prediction"), FIRST, ids=[f"{lab.slug}-{each['id']}" for lab, each in FIRST])
def test_a_question_about_the_state_at_an_instant_of_the_labs_own_run_stops_the_run_there(lab, prediction):
    asked = prediction["answer"].get("at_seconds")
    if asked is not None and "variant" not in prediction and "gauge" in prediction["answer"]:
        assert prediction.get("stops_at_seconds", asked) == asked
    if "stops_at_seconds" in prediction:
        assert prediction["stops_at_seconds"] > lab.lab["opening"]["to_seconds"]


@pytest.mark.parametrize(("lab", "prediction"), FIRST, ids=[f"{lab.slug}-{each['id']}" for lab, each in FIRST])
def test_a_question_about_what_a_button_does_leaves_the_learner_the_time_to_press_it(lab, prediction):
    script, turn = lab.lab.get("script", []), prediction.get("your_turn")
    done = {json.dumps([c["action"], c["target"], c["parameters"]]) for c in lab.lab["opening"]["commands"]}
    asked_for = [c for c in script if json.dumps([c["action"], c["target"], c["parameters"]]) not in done]
    assert bool(turn) == bool(asked_for and "variant" not in prediction)
    if turn:
        button = next(button for button in lab.lab["buttons"] if button["key"] == turn["button"])
        if "at_seconds" in turn:
            assert turn["at_seconds"] * 1000 == script[0]["at_ms"] >= lab.lab["opening"]["to_seconds"] * 1000
        assert [c["action"] for c in button["commands"]] == [c["action"] for c in script]


@pytest.mark.django_db
def test_locking_in_says_where_the_run_is_to_stop(client: Client):
    address = "/labs/how-long-how-big/predictions/a-reader-on-day-15/"
    answer = client.post(address, {"answer": "0"}, headers={"HX-Request": "true"})
    assert '"stops_at_ms": 1339200000' in answer["HX-Trigger-After-Settle"]


@pytest.mark.django_db
def test_locking_in_names_the_button_to_press_and_when(client: Client):
    answer = client.post(
        "/labs/visibility-timeout/predictions/received-again/", {"answer": "0"}, headers={"HX-Request": "true"}
    )
    locked = json.loads(answer["HX-Trigger-After-Settle"])["prediction-locked"]
    assert locked["turn"] == {"at_ms": 15_000, "key": "k", "label": "Crash whoever holds it"}
    answer = client.post(
        "/labs/three-services/predictions/last-to-finish/", {"answer": "1"}, headers={"HX-Request": "true"}
    )
    locked = json.loads(answer["HX-Trigger-After-Settle"])["prediction-locked"]
    assert locked["turn"] == {"key": "5", "label": "Send five at once"}  # at any moment


@pytest.mark.usefixtures("live")
async def test_a_key_goes_from_expiry_to_expiry_also_while_looking_back():
    notes = await in_database(lambda: start_content(content_of("how-long-how-big"), hashed(IRIS)))()
    day, places = 86_400_000, []
    async with looking(notes.id, IRIS) as iris:
        for do in ({"type": "press", "key": "t"}, {"type": "press", "key": "t"}, {"type": "clock", "do": "back"}):
            await iris.asks(**do)
            places.append((await iris.picture())["clock"]["now_ms"])
        await iris.asks(type="press", key="t")
        clock = (await iris.picture())["clock"]
    assert places[:2] == [5 * day, 6 * day]
    assert clock["now_ms"] == 6 * day and not clock["running"]


@pytest.mark.usefixtures("live")
async def test_where_no_more_of_the_kind_comes_the_key_says_so(monkeypatch):
    monkeypatch.setattr("courseapp.labs.searching.SEARCH_S", 0.3)
    notes = await in_database(lambda: start_content(content_of("how-long-how-big"), hashed(IRIS)))()
    async with looking(notes.id, IRIS) as iris:
        answers = [(await iris.asks(type="press", key="t")).get("code") for _ in range(17)]
    assert answers[:15] == [None] * 15
    assert answers[15:] == ["nothing_planned", "nothing_planned"]
