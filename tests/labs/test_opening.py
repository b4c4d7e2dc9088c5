"""The opening as it is sent with a page: its steps name pictures that stand beside them."""

import json
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client

from courseapp.engine.architecture import parse
from courseapp.labs.embed import opening_of
from courseapp.labs.templatetags.stage import played
from courseapp.lessons.content import LabContent, course
from tests.labs.people import SHOP, send

pytestmark = pytest.mark.django_db
LABS = course().labs


def sent(client: Client, lab: LabContent) -> tuple[dict[str, Any], list[str]]:
    html = client.get(f"/labs/{lab.slug}/").content.decode()
    blocks = dict(re.findall(r'<script id="(opening[a-z-]*)" type="[a-z/]+">(.*?)</script>', html, re.DOTALL))
    return json.loads(blocks["opening"]), blocks["opening-pictures"].split("\n")


@pytest.mark.parametrize("lab", LABS, ids=[lab.slug for lab in LABS])
def test_every_step_finds_its_pictures(client: Client, lab: LabContent) -> None:
    opening, pictures = sent(client, lab)
    drawn = [ElementTree.fromstring(picture) for picture in pictures]
    used = set()
    for step in opening["steps"]:
        for layout, prefix in (("parts", ""), ("narrow_parts", "narrow-")):
            for node, number in step[layout].items():
                assert drawn[number].get("data-node") == node
                assert drawn[number].get("id", "").startswith(f"{prefix}node")
                used.add(number)
        for link, view in step["links"].items():
            for name in ("svg", "narrow_svg"):
                assert drawn[view[name]].get("data-link") == link
                used.add(view[name])
    assert used == set(range(len(pictures)))


def test_no_name_ends_the_place_of_the_pictures() -> None:
    shop = json.loads(json.dumps(SHOP))
    shop["nodes"][0]["label"] = "</script>\n<!-- <script>"
    architecture = parse(shop)
    block = played(
        opening_of(architecture, {"seed": 7, "opening": {"commands": [send(0).as_json()], "to_seconds": 3}}),
        architecture,
    )
    pictures = re.search(r'type="text/plain">(.*)</script>$', block, re.DOTALL)
    assert pictures and not re.search(r"</?script|<!--", pictures[1])
    assert [ElementTree.fromstring(picture).get("data-node") for picture in pictures[1].split("\n")]


def test_bills_follow_the_opening_from_nothing_to_what_the_page_shows_at_rest() -> None:
    lab = next(lab for lab in LABS if lab.slug == "what-it-costs")
    opening = opening_of(lab.architecture, lab.lab)
    steps = [step["bills"]["standard"][0] for step in opening["steps"] if "standard" in step.get("bills", {})]
    assert steps == ["$0", "$0.000025", "$0.00005", "$0.000075", "$0.0001", "$0.000125"]
    rest = {bill["node"]: bill["usd"] for bill in opening["workflow"]["bills"]}
    last = {node: figures[0] for step in opening["steps"] for node, figures in step.get("bills", {}).items()}
    assert rest == {node: last[node] for node in rest}


def test_the_history_and_the_cost_of_an_execution_follow_the_opening(client: Client) -> None:
    lab = next(lab for lab in LABS if lab.slug == "sign-up-workflow")
    opening, _ = sent(client, lab)
    paid = [(step["at_ms"], step["cost"]["usd"]) for step in opening["steps"] if "usd" in step.get("cost", {})]
    assert paid == [(-1000, "$0"), (0, "$0.000025"), (1000, "$0.000125")]
    assert opening["steps"][0]["cost"]["all"].startswith("All executions: 0 transitions, $0.")
    assert len(opening["history"]) == 19
    assert [opening["history"].count(at_ms) for at_ms in (0, 1000)] == [4, 13]
