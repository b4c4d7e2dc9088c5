"""The acts of a lab as runs of their own."""

import pytest
from django.test import Client

from courseapp.engine.commands import read_command
from courseapp.labs.content import pressed, toggled
from courseapp.labs.models import Lab
from courseapp.labs.run import Log
from courseapp.lessons.acts import acts_of
from courseapp.lessons.content import lab


@pytest.mark.django_db
def test_an_act_begins_at_its_own_speed(client: Client) -> None:
    client.post("/labs/what-it-costs/acts/2/")
    client.post("/labs/what-it-costs/acts/0/")
    assert [lab.speed for lab in Lab.objects.order_by("created")] == [60, 2]


BEGUN = [("five-kinds-of-service", 1, "y"), ("many-at-once", 1, "f"), ("what-it-costs", 1, "w")]


@pytest.mark.parametrize(("slug", "number", "key"), BEGUN)
def test_a_button_whose_effect_an_act_begins_with_undoes_it_first(slug: str, number: int, key: str) -> None:
    acts = acts_of(lab(slug))
    log = Log.of(())
    assert toggled(slug, log, acts[0].architecture) == frozenset()
    assert toggled(slug, log, acts[number].architecture) == {key}
    button = next(each for each in lab(slug).lab["buttons"] if each["key"] == key)
    for place, step in enumerate(["toggle", "commands", "toggle"]):
        done = pressed(slug, key, log, place, acts[number].architecture)
        wanted = [
            read_command({k: v for k, v in each.items() if k != "after_ms"} | {"at_ms": place}) for each in button[step]
        ]
        assert done == wanted
        for command in done:
            log.add(len(log.commands) + 1, command)


@pytest.mark.django_db
def test_the_outcome_of_a_question_about_another_act_leads_to_that_act(client: Client) -> None:
    address, act = "/labs/outage-drill/predictions/{}/", 'action="/labs/outage-drill/acts/1/"'
    client.post(address.format("empty-again"), {"answer": "10:40:00"})
    page = client.get("/labs/outage-drill/").content.decode()
    assert "See it run" not in page
    client.post(address.format("dead-lettered"), {"answer": "0"})
    page = client.get("/labs/outage-drill/").content.decode()
    assert act in page and page.count("See it run: “Workers keep polling”") == 1
    client.post("/labs/outage-drill/acts/1/")
    drill = Lab.objects.get()
    assert client.get(f"/labs/outage-drill/?lab={drill.id}").status_code == 200
