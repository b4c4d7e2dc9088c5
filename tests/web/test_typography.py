"""Apostrophes that people read are curly; code and JSON keep theirs."""

import re
from html.parser import HTMLParser

import pytest

from courseapp.lessons.content import course
from courseapp.web.typography import apostrophes, in_words

STRAIGHT = re.compile(r"[^\W_]'[^\W\d_]|[a-z]s' (?=[a-z])")


@pytest.mark.parametrize(
    ("typed", "set_"),
    [
        ("the queue's age isn't known", "the queue’s age isn’t known"),
        ("the workers' whole capacity", "the workers’ whole capacity"),
        ("`$states.input.it's` isn't text", "`$states.input.it's` isn’t text"),
        ("the state 'EnoughHours' (entered", "the state 'EnoughHours' (entered"),
        ("$map(x, function($v){'a'})", "$map(x, function($v){'a'})"),
    ],
)
def test_apostrophes_are_set_as_in_print_but_not_in_code(typed, set_):
    assert apostrophes(typed) == set_


def test_what_is_run_stays_as_it_was_typed():
    lab = {"label": "Crash fraud's worker", "commands": [{"parameters": {"body": "it's"}, "label": "it's"}]}
    assert in_words(lab) == {**lab, "label": "Crash fraud’s worker"}


class Prose(HTMLParser):
    """The words of a page outside code."""

    def __init__(self):
        super().__init__()
        self.inside, self.words = [], []

    def handle_starttag(self, tag, attributes):
        if tag in ("code", "pre", "script", "style", "textarea"):
            self.inside.append(tag)

    def handle_endtag(self, tag):
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data):
        if not self.inside:
            self.words.append(data)


ADDRESSES = [
    "/",
    "/labs/",
    "/glossary/",
    *(f"/stops/{stop.slug}/" for stop in course().stops),
    *(f"/labs/{lab.slug}/" for lab in course().labs),
    *(f"/labs/{lab.slug}/notes/" for lab in course().labs),
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_page_shows_a_straight_apostrophe_in_its_prose(client, db, address):
    prose = Prose()
    prose.feed(client.get(address).content.decode())
    assert [found for found in prose.words if STRAIGHT.search(found)] == []
