"""A lab without scripts: starting it, its facts as pages and as fragments; and the opening that a page carries."""

import json

import pytest
from django.urls import reverse

from courseapp.engine.architecture import InvalidArchitecture, parse
from courseapp.engine.commands import Command, Refused
from courseapp.labs.embed import opening_of
from courseapp.labs.models import Lab, LoggedCommand
from courseapp.labs.start import lab_of, labs_of, start
from courseapp.lessons.content import course
from courseapp.web.ids import new_id
from tests.labs.people import IRIS, SHOP, send, started


@pytest.fixture
def lab(transactional_db):
    """Order 1 was sent at 0 and worked on; the clock stands at 5 s."""
    lab = started(opening=[send(0)])
    Lab.objects.filter(pk=lab.pk).update(mark_ms=5_000)
    return lab


def page(client, name, lab, *arguments, **query):
    return client.get(reverse(f"labs:{name}", args=[lab.id, *arguments]), query)


def test_a_lab_of_the_course_is_started_by_a_form(client, transactional_db):
    slug = course().labs[0].slug
    response = client.post(reverse("labs:start"), {"content": slug})
    lab = Lab.objects.get()
    assert response.status_code == 302 and f"lab={lab.id}" in response["Location"]
    assert lab.content == slug and labs_of(lab.owner) == [lab] and lab_of("somebody else", lab.id) is None
    assert LoggedCommand.objects.count() == len(course().labs[0].lab["opening"].get("commands", ()))


def test_a_script_gets_the_lab_and_its_socket(client, transactional_db):
    slug = course().labs[0].slug
    response = client.post(reverse("labs:start"), {"content": slug}, headers={"accept": "application/json"})
    assert response.status_code == 201
    assert response.json()["socket"] == f"/ws/labs/{Lab.objects.get().id}/"


def test_a_lab_that_is_not_in_the_course_is_not_started(client, transactional_db):
    assert client.post(reverse("labs:start"), {"content": "no-such-lab"}).status_code == 400
    assert not Lab.objects.exists()


def test_the_table_tells_every_node_and_what_just_happened(client, lab):
    text = page(client, "table", lab).content.decode()
    assert "Consumer A deleted order 1." in text and 'data-row="orders"' in text and "<html" in text


def test_htmx_gets_the_fragment_alone(client, lab):
    response = client.get(reverse("labs:table", args=[lab.id]), headers={"hx-request": "true"})
    assert "<html" not in response.content.decode()


def test_a_page_shows_any_earlier_instant(client, lab):
    text = page(client, "table", lab, at=1_000).content.decode()
    assert "began to work" in text and "deleted" not in text


def test_a_node_is_shown_with_the_names_of_aws(client, lab):
    text = page(client, "node", lab, "orders").content.decode()
    for name in ("ApproximateNumberOfMessagesVisible", "VisibilityTimeout", "QueueArn"):
        assert name in text


def test_a_node_says_what_it_is_and_what_it_holds(client, lab):
    assert "Standard queue, 0 visible, 0 in flight" in page(client, "node", lab, "orders").content.decode()
    assert "Standard queue, 0 visible, 1 in flight" in page(client, "node", lab, "orders", at=1_000).content.decode()


def test_a_message_is_shown_with_its_whole_journey(client, lab):
    text = page(client, "message", lab, 257).content.decode()
    assert text.index("Sent to orders") < text.index("Received by Consumer A") < text.index("Deleted")


def test_a_message_lies_in_a_queue_under_what_people_call_it(client, transactional_db):
    document = json.loads(json.dumps(SHOP))
    document["nodes"][1]["label"] = "Orders of the day"
    lab = started(document, opening=[send(0)])
    Lab.objects.filter(pk=lab.pk).update(mark_ms=1_000)
    assert "<dd>Orders of the day, in flight</dd>" in page(client, "message", lab, 257).content.decode()


def test_the_journal_has_everything(client, lab):
    text = page(client, "journal", lab).content.decode()
    for sentence in ("shop sent order 1 to orders.", "Consumer A finished order 1."):
        assert sentence in text


@pytest.mark.parametrize(("name", "arguments"), [("node", ["nowhere"]), ("message", [99_999])])
def test_what_is_not_in_the_lab_is_not_found(client, lab, name, arguments):
    assert page(client, name, lab, *arguments).status_code == 404


def test_a_forged_lab_is_not_found(client, transactional_db):
    assert client.get(reverse("labs:table", args=[new_id()])).status_code == 404


def test_reading_pages_changes_no_row(client, lab):
    before = Lab.objects.values().get()
    page(client, "table", lab)
    page(client, "journal", lab)
    assert Lab.objects.values().get() == before


def test_a_broken_document_is_not_stored(transactional_db):
    with pytest.raises(InvalidArchitecture):
        start("", {**SHOP, "links": [{"from": "shop", "to": "nowhere"}]}, 7, IRIS)
    with pytest.raises(Refused):
        start("", SHOP, 7, IRIS, speed=5_000)
    assert not Lab.objects.exists()


def test_an_opening_shows_what_happens_in_its_very_first_instant():
    opening = opening_of(parse(SHOP), {"seed": 7, "opening": {"commands": [send(0).as_json()], "to_seconds": 3}})
    assert opening["records"][0]["says"] == "shop sent order 1 to orders."
    assert opening["records"][-1]["at_ms"] == 2_000
    assert opening["steps"][0]["at_ms"] == 0 and "data-node" in opening["steps"][0]["parts"]["orders"]
    assert opening["diagram"] != opening["rest"]
    json.dumps(opening)  # goes into a page


def test_an_opening_is_computed_once():
    lab = {"seed": 7, "opening": {"to_seconds": 1}}
    assert opening_of(parse(SHOP), lab) is opening_of(parse(SHOP), lab)


@pytest.mark.parametrize("lab", course().labs, ids=lambda lab: lab.slug)
def test_the_opening_of_every_lab_of_the_course_plays(lab):
    opening = opening_of(lab.architecture, lab.lab)
    assert opening["records"] and opening["steps"]


def test_the_page_of_a_history_says_which_version_ran(client, transactional_db):
    waits = {"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 1, "End": True}}}
    machine = {"id": "m", "kind": "state_machine", "parameters": {"definition": waits}}
    acts = [Command(at_ms, "StartExecution", "m", {"name": name}) for at_ms, name in ((0, "old"), (2_000, "new"))]
    save = Command(1_000, "SetParameter", "m", {"definition": {**waits, "Comment": "as it was"}})
    lab = started({"version": 1, "title": "m", "nodes": [machine], "links": []}, opening=[*acts, save])
    Lab.objects.filter(pk=lab.pk).update(mark_ms=5_000)
    new = page(client, "history", lab, "m").content.decode()
    old = page(client, "history", lab, "m", at=500).content.decode()
    assert "Execution new, SUCCEEDED" in new and "The execution runs v2, saved 09:00:01" in new
    assert "Execution old, RUNNING" in old and "The execution runs v1, as the lab brings it" in old
