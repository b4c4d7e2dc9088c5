"""The pages of the course as somebody without a script gets them."""

import re
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import reverse

from courseapp.lessons import glossary
from courseapp.lessons.content import ROOT, course
from courseapp.lessons.models import LabVisit, PredictionAnswer

pytestmark = pytest.mark.django_db

PAGES = [
    "/",
    "/labs/",
    "/labs/?host",
    "/glossary/",
    *[f"/stops/{stop.slug}/" for stop in course().stops],
    *[f"/labs/{lab.slug}/" for lab in course().labs],
    *[f"/labs/{lab.slug}/notes/" for lab in course().labs],
]


@pytest.mark.parametrize("run", ["forged", "A" * 22, "x" * 5000])
def test_an_address_of_a_run_that_is_not_there_says_so_and_shows_the_lab(client: Client, run: str) -> None:
    says = "There is no run of this lab at this address"
    page = client.get("/labs/the-buffer/", {"lab": run}).content.decode()
    assert says in page and 'data-node="orders"' in page
    assert says not in client.get("/labs/the-buffer/").content.decode()


class Attributes(HTMLParser):
    """The tags of a page, the names of their attributes, and its ids."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.names: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.names += [name for name, _ in attributes]
        self.ids += [value for name, value in attributes if name == "id" and value]


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


@pytest.mark.parametrize("address", PAGES)
def test_a_page_opens_for_anybody_and_stores_nothing(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert "visitor" not in answer.cookies
    assert not LabVisit.objects.exists()
    page = Attributes()
    page.feed(answer.content.decode())
    assert page.tags.count("h1") == 1
    assert [name for name in page.names if name == "style" or name.startswith("on")] == [], "the policy forbids these"
    assert [each for each in page.ids if page.ids.count(each) > 1] == []


@pytest.mark.parametrize("address", PAGES)
def test_every_link_within_the_course_leads_somewhere(client: Client, address: str) -> None:
    html = client.get(address).content.decode()
    for link in set(re.findall(r'href="(/(?:stops|labs|glossary)/[^"#?]*)', html)):
        assert client.get(link).status_code in (200, 302), f"{address} links to {link}"


def test_home_offers_the_course_its_labs_and_the_three_ways_in(client: Client) -> None:
    words = text_of(client.get("/").content.decode())
    for stop in course().stops:
        assert stop.title in words
    for offer in ("Publish", "Host a live session", "Join with a code", "Assess yourself", "Start the course"):
        assert offer in words


def test_publishing_on_the_home_page_runs_the_engine(client: Client) -> None:
    once = client.get("/hero/", {"sent": "", "kind": "o"}).content.decode()
    assert 'data-copies="shipping update-stock"' in once
    refund = client.get("/hero/", {"sent": "oo", "kind": "r"}).content.decode()
    assert 'data-copies="shipping update-stock refund-desk"' in refund
    assert "shipping holds 3, update-stock has worked on 3, refund-desk has 1" in refund
    assert "The filter policy of refund-desk let nothing through" not in refund
    assert client.get("/", {"sent": "oo", "kind": "r"}).content.decode().count('value="oor"') == 1


@pytest.mark.parametrize("sent", ["<script>", "o" * 500, "xyz", "é", "\x00"])
def test_a_forged_address_of_the_miniature_is_read_for_what_can_be_read(client: Client, sent: str) -> None:
    html = client.get("/hero/", {"sent": sent, "kind": sent}).content.decode()
    assert re.search(r'name="sent" value="[or]{1,40}"', html)


def test_a_stop_has_its_whole_text_and_its_labs_with_question_and_time(client: Client) -> None:
    for stop in course().stops:
        words = text_of(client.get(f"/stops/{stop.slug}/").content.decode())
        for section in stop.sections:
            assert text_of(section.html).strip()[:40].split(" .")[0] in words
        for lab in stop.labs:
            assert lab.title in words
            assert f"{lab.minutes} min" in words


def test_every_term_that_a_text_links_to_is_in_the_glossary() -> None:
    linked = {name for path in ROOT.rglob("*.md") for name in re.findall(r"glossary:([\w-]+)", path.read_text("utf-8"))}
    assert linked
    assert [name for name in sorted(linked) if glossary.find(name) is None] == []


def test_the_glossary_names_each_thing_once() -> None:
    names = [name for term in glossary.terms() for name in (term.slug, *term.also)]
    assert sorted(set(names)) == sorted(names)
    assert [term.term.lower() for term in glossary.terms()] == sorted(term.term.lower() for term in glossary.terms())
    labs = {lab.slug for lab in course().labs}
    assert [term.slug for term in glossary.terms() if term.lab and term.lab not in labs] == []


def test_a_term_leads_to_its_place_in_the_glossary_and_a_script_gets_it_alone(client: Client) -> None:
    answer = client.get("/glossary/dlq/")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/glossary/#dead-letter-queue"
    alone = client.get("/glossary/visibility-timeout/", headers={"X-Requested-With": "popover"}).content.decode()
    assert "<html" not in alone
    assert "0 s to 12 h" in alone
    assert client.get("/glossary/nonsense/").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "meant"), [("/labs/visibilty-timeout/", "Visibility timeout"), ("/stops/sqss/", "Amazon SQS")]
)
def test_a_wrong_address_is_answered_with_the_closest_page(client: Client, wrong: str, meant: str) -> None:
    answer = client.get(wrong)
    assert answer.status_code == 404
    words = text_of(answer.content.decode())
    assert "This message has no subscriber." in words
    assert f"The closest one is {meant}." in words


def test_teachers_notes_hold_what_a_teacher_needs(client: Client) -> None:
    lab = course().lab("visibility-timeout")
    words = text_of(client.get(f"/labs/{lab.slug}/notes/").content.decode())
    assert f"{lab.minutes} minutes" in words
    for each in lab.lab["predictions"]:
        assert each["asks"] in words.replace("&#x27;", "'")
    for belief in lab.beliefs:
        assert course().beliefs[belief] in words.replace("&#x27;", "'")


def test_forgetting_puts_the_progress_back_to_nothing(client: Client) -> None:
    client.post(reverse("lessons:predict", args=["visibility-timeout", "received-again"]), {"answer": "0"})
    assert LabVisit.objects.count() == 1
    assert "1 of 5 labs done" in text_of(client.get("/").content.decode())
    stranger = Client()
    stranger.post("/progress/forget/")
    assert LabVisit.objects.count() == 1
    client.post("/progress/forget/")
    assert not LabVisit.objects.exists()
    assert not PredictionAnswer.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/labs/outage-drill/acts/0/", "/live/host/the-buffer/", "/runs/start/"])
def test_one_lab_too_many_is_refused_with_the_limit(
    client: Client, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr("courseapp.labs.start.MOST_LABS", 0)
    response = client.post(address, {"content": "the-buffer"})
    assert response.status_code == 429
    assert "One visitor may start 0 labs." in text_of(response.content.decode())
