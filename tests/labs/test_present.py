"""The page of a started run shows that run before any script: its picture, its figures, its clock and its controls."""

import re

import pytest
from asgiref.sync import ThreadSensitiveContext
from django.test import AsyncClient
from django.urls import reverse

from courseapp.labs.models import Lab
from courseapp.labs.present import present_of
from courseapp.labs.start import start
from courseapp.labs.stored import in_database, load
from courseapp.lessons.content import course
from courseapp.web.visitor import COOKIE, hashed
from tests.labs.people import IRIS, ZOE, looking, send, start_lab, started

CRASH = course().lab("visibility-timeout")


def run_of(this=CRASH, mark_ms=60_000):
    lab = start(this.slug, this.architecture.as_json(), 7, hashed(IRIS))
    Lab.objects.filter(pk=lab.pk).update(mark_ms=mark_ms)
    return lab


def page_of(client, lab, token=IRIS):
    client.cookies[COOKIE] = token
    return client.get(reverse("lessons:lab", args=[CRASH.slug]), {"lab": lab.id}).content.decode()


def test_a_run_is_shown_where_its_clock_stands(client, transactional_db):
    text = page_of(client, run_of())
    told = text[text.index('class="still-controls') :]
    assert "1 min after the start: paused" in told
    assert re.search(r'name="press" value="\w"', told) and 'value="step"' in told


def test_whoever_only_looks_gets_no_controls(client, transactional_db):
    text = page_of(client, run_of(), ZOE)
    assert "1 min after the start" in text and 'name="press"' not in text


def test_the_present_has_the_runs_figures_and_sentences_not_the_openings(transactional_db):
    lab = started(opening=[send(0)])
    Lab.objects.filter(pk=lab.pk).update(mark_ms=5_000)
    present = present_of(load(lab.id))
    assert present["table"]["lines"][0]["says"] == "Consumer A deleted order 1."
    assert 'data-node="orders"' in present["diagram"] and 'data-node="orders"' in present["narrow_diagram"]
    assert present["since_ms"] == 5_000 and not present["running"]


async def test_a_run_that_is_hosted_here_is_shown_from_its_host(live):
    lab = await start_lab(opening=[send(0)])
    async with looking(lab.id, IRIS) as iris:
        await iris.until("picture")
        await iris.clock("step")
        told = (await iris.picture())["clock"]["now_ms"]
        present = await in_database(present_of)(await in_database(load)(lab.id))
    assert present["since_ms"] == told > 0


async def test_a_moment_that_was_the_present_once_is_shown_as_an_earlier_one_afterwards(live):
    lab = await start_lab(opening=[send(0)])
    async with looking(lab.id, IRIS) as iris:
        stood = []
        for do in ("pause", "step", "look"):
            await iris.clock(do, **({"at_ms": stood[0]["since_ms"]} if do == "look" else {}))
            stood.append(await in_database(present_of)(await in_database(load)(lab.id)))
    assert stood[2]["since_ms"] == stood[0]["since_ms"] < stood[1]["since_ms"]
    assert [present["looking"] for present in stood] == [False, False, True]


async def test_forms_press_buttons_and_step_the_clock(live):
    lab = await in_database(run_of)()
    address = reverse("labs:do", args=[lab.id])
    client = AsyncClient()

    async def post(token=IRIS, **fields):
        client.cookies[COOKIE] = token
        async with ThreadSensitiveContext():  # as the server has one for each request
            return await client.post(address, fields, follow=True)

    assert (await post(press="b")).status_code == 200
    assert (await in_database(load)(lab.id)).last_sequence > 0
    assert (await post(clock="step")).status_code == 200
    refused = await post(clock="previous_failure")
    assert "Nothing has failed before this moment." in refused.content.decode()
    assert "has no button &#x27;bbbbbbbbbbbbbbbbbbb…&#x27;" in (await post(press="b" * 5_000)).content.decode()
    assert (await post(clock="no such thing")).status_code == 400
    assert (await post(clock="step", token=ZOE)).status_code == 403


@pytest.mark.parametrize("lab", course().labs, ids=lambda lab: lab.slug)
def test_a_run_of_every_lab_of_the_course_can_be_shown(client, transactional_db, lab):
    run = start(lab.slug, lab.architecture.as_json(), 7, hashed(IRIS))
    response = client.get(reverse("lessons:lab", args=[lab.slug]), {"lab": run.id})
    assert response.status_code == 200 and b"still-controls" in response.content


def test_a_run_is_shown_without_the_controls_of_what_was_removed_from_it(client, transactional_db):
    slug, gone = "only-what-concerns-me", "order-events/fraud"
    document = course().lab(slug).architecture.as_json()
    document["links"] = [link for link in document["links"] if f"{link['from']}/{link['to']}" != gone]
    run = start(slug, document, 7, hashed(IRIS))
    page = client.get(reverse("lessons:lab", args=[slug]), {"lab": run.id})
    shown = page.content.decode()
    assert page.status_code == 200 and f'data-target="{gone}"' not in shown and 'data-target="shop"' in shown
    document["nodes"], document["links"] = [node for node in document["nodes"] if node["id"] != "shop"], []
    run = start(slug, document, 7, hashed(IRIS))
    page = client.get(reverse("lessons:lab", args=[slug]), {"lab": run.id})
    assert page.status_code == 200 and 'data-target="shop"' not in page.content.decode()
