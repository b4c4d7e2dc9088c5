"""The course's files are whole, and a slip in one of them is named with its file and field."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from courseapp.engine.architecture import parse
from courseapp.engine.commands import read_command
from courseapp.lessons.checks import ms
from courseapp.lessons.content import ROOT, SECTIONS, LabContent, course, lab, load
from courseapp.lessons.markdown import inline, read_text, render
from courseapp.lessons.runs import Needs, observe
from courseapp.web.contentfiles import ContentError

LABS = course().labs
EACH_LAB = pytest.mark.parametrize("content", LABS, ids=lambda content: content.slug)

# The labs of this edition, in the order of the course.
SLUGS = [
    "three-services",
    "one-message-many-listeners", "only-what-concerns-me", "reaching-people",
    "the-buffer", "visibility-timeout", "poison-message", "standard-and-fifo", "how-long-how-big",
    "fan-out", "outage-drill",
    "sign-up-workflow", "what-a-state-hands-on", "when-a-step-fails", "many-at-once", "waiting-for-a-person",
    "five-kinds-of-service", "what-it-costs",
    "recap-board",
]  # fmt: skip


# --- The course as it is shipped ---


def test_the_course_has_seven_stops_with_text() -> None:
    assert [stop.number for stop in course().stops] == [1, 2, 3, 4, 5, 6, 7]
    for stop in course().stops:
        assert stop.title and stop.summary and stop.lead and stop.minutes > 0
        assert set(stop.services) <= {"sns", "sqs", "sfn"}


def test_a_stop_takes_as_long_as_its_labs() -> None:
    for stop in course().stops:
        assert stop.minutes == (sum(lab.minutes for lab in stop.labs) or 20)


@pytest.mark.parametrize("options", [2, 4])
def test_the_place_of_an_option_does_not_tell_that_it_is_right(options: int) -> None:
    asked = [each["options"] for one in LABS for each in one.lab["predictions"] if each["kind"] == "choice"]
    places = Counter(
        next(n for n, option in enumerate(each) if option["right"]) for each in asked if len(each) == options
    )
    assert len(places) == options
    assert max(places.values()) <= 0.7 * sum(places.values())


@EACH_LAB
def test_a_moment_is_told_as_the_clock_shows_it_and_not_as_what_remains(content: LabContent) -> None:
    folder = next(ROOT.glob(f"*/{content.slug}"))
    told = "".join((folder / name).read_text(encoding="utf-8") for name in ("lab.json", "text.md"))
    assert re.findall(r"(?<![\d:])\d:\d\d(?![\d:])", told) == []


def test_the_labs_stand_in_the_order_of_the_course_and_are_numbered_by_their_place() -> None:
    assert [content.slug for content in LABS] == SLUGS
    assert [lab(slug).number for slug in ("three-services", "reaching-people", "the-buffer", "fan-out")] == [
        "1.1", "2.3", "3.1", "4.1",
    ]  # fmt: skip


@EACH_LAB
def test_the_document_is_valid(content: LabContent) -> None:
    assert parse(content.document) == content.architecture
    assert ROOT.joinpath(content.path).is_file()


@EACH_LAB
def test_the_opening_lasts_less_than_five_seconds_on_the_screen(content: LabContent) -> None:
    opening = content.lab["opening"]
    assert opening["from_seconds"] == content.lab["opens_at_seconds"]
    if opening["speed"] == "skip_idle":
        commands = [*opening["commands"], *content.lab["script"]]
        seen = observe(content.document, commands, content.lab["seed"], Needs(ms(opening["to_seconds"])))
        instants = {record[0] for record in seen.records if record[0] > ms(opening["from_seconds"])}
        assert 0 < len(instants) < 5, "each leap over idle time takes up to a second of the screen"
    else:
        assert 0 < (opening["to_seconds"] - opening["from_seconds"]) / opening["speed"] < 5


@EACH_LAB
def test_the_keys_of_the_buttons_are_unique(content: LabContent) -> None:
    keys = Counter(button["key"] for button in content.lab["buttons"])
    assert keys and max(keys.values()) == 1
    assert all(re.fullmatch(r"[a-z0-9+\-]", key) for key in keys)


@EACH_LAB
def test_every_command_of_the_buttons_and_scripts_can_be_read_and_names_things_of_the_document(
    content: LabContent,
) -> None:
    nodes = {node["id"] for node in content.document["nodes"]}
    commands = [
        {"at_ms": command["after_ms"], **{name: value for name, value in command.items() if name != "after_ms"}}
        for button in content.lab["buttons"]
        for command in [*button["commands"], *button.get("toggle", [])]
    ]
    added = {command["target"] for command in commands if command["action"] == "AddNode"}
    for command in [*commands, *content.lab["script"], *content.lab["opening"]["commands"]]:
        target = read_command(command).target
        named = target.split("/") if isinstance(target, str) else target.values()
        assert set(named) <= nodes | added, f"{command}"
    for button in content.lab["buttons"]:
        assert ("toggle" in button) == ("toggle_label" in button)


@EACH_LAB
def test_every_control_sets_something_of_the_document_within_a_range(content: LabContent) -> None:
    things = {thing.id for thing in (*content.architecture.nodes, *content.architecture.links)}
    for control in content.lab["controls"]:
        assert control["target"] in things
        if control.get("kind", "range") == "range":
            assert control["min"] < control["max"] and control["step"] > 0
        assert control["from"] in ("start", "success", "run")


@EACH_LAB
def test_every_belief_that_a_lab_tempts_to_is_in_the_catalogue(content: LabContent) -> None:
    assert content.beliefs
    assert set(content.beliefs) <= set(course().beliefs)


@EACH_LAB
def test_the_ids_of_claims_and_predictions_are_unique_and_carry_the_slug(content: LabContent) -> None:
    claims = Counter(claim["id"] for claim in [*content.lab["claims"], *content.lab.get("unasserted", [])])
    predictions = Counter(prediction["id"] for prediction in content.lab["predictions"])
    assert max(claims.values()) == max(predictions.values()) == 1
    assert all(re.fullmatch(rf"{content.slug}\.[FW]\d+[a-z]?", claim) for claim in claims)
    numbers = sorted({int(claim.rpartition(".F")[2].rstrip("abcdefgh")) for claim in claims if ".F" in claim})
    assert numbers == list(range(1, numbers[-1] + 1)), "no fact of the lab is left out"


@EACH_LAB
def test_the_first_prediction_is_not_an_additional_one(content: LabContent) -> None:
    assert not content.lab["predictions"][0].get("also")


def test_every_link_of_the_texts_leads_somewhere() -> None:
    terms = {term["slug"] for term in json.loads((ROOT.parent / "glossary.json").read_text(encoding="utf-8"))}
    targets = {"glossary": terms, "lab": set(SLUGS), "stop": {stop.slug for stop in course().stops}}
    for path in sorted(ROOT.rglob("*.md")):
        for scheme, target in re.findall(r"\]\((\w+):([^)]+)\)", path.read_text(encoding="utf-8")):
            if scheme in targets:
                assert target in targets[scheme], f"{path.relative_to(ROOT)}: {scheme}:{target}"


def test_only_ruth_jessi_and_roger_are_people_of_the_course() -> None:
    named = re.compile(r"\b(Alice|Bob|Iris|Ana|Ben|Zoe|Maria|John|Jane)\b")
    for path in sorted([*ROOT.rglob("*.md"), *ROOT.rglob("*.json")]):
        assert not named.search(path.read_text(encoding="utf-8")), path.relative_to(ROOT)


def test_the_command_lists_every_lab_with_its_document_and_claims(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("labs", "--json")
    listed = json.loads(capsys.readouterr().out)
    assert [one["slug"] for one in listed] == SLUGS
    root = ROOT.parents[2]
    for one in listed:
        parse(json.loads((root / one["document"]).read_text(encoding="utf-8")))
        assert one["claims"] and one["stop"]["number"] == int(one["number"][0])


def test_the_plain_listing_has_a_line_for_every_lab(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("labs")
    out = capsys.readouterr().out
    for slug in SLUGS:
        assert slug in out


# --- Slips ---


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A course of one stop with one lab, to be spoilt."""
    shutil.copy(ROOT / "beliefs.json", tmp_path)
    stop = tmp_path / "01-overview"
    shutil.copytree(ROOT / "01-overview", stop, ignore=shutil.ignore_patterns("three-services"))
    shutil.copytree(ROOT / "03-sqs" / "visibility-timeout", stop / "visibility-timeout")
    change(stop / "stop.json", labs=["visibility-timeout"])
    return tmp_path


def change(path: Path, **fields: Any) -> None:
    """Set fields of a JSON file; None takes one away."""
    values = {**json.loads(path.read_text(encoding="utf-8")), **fields}
    path.write_text(json.dumps({name: value for name, value in values.items() if value is not None}), encoding="utf-8")


def test_a_folder_of_content_is_a_course(copy: Path) -> None:
    (only,) = load(copy).labs
    assert (only.number, only.slug, only.minutes) == ("1.1", "visibility-timeout", 8)
    assert set(only.texts) == {"lead", *SECTIONS}
    assert only.ask == "A consumer dies with your order in its hands. Where is the order?"


LAB = "01-overview/visibility-timeout/lab.json"


@pytest.mark.parametrize(
    ("file", "fields", "says"),
    [
        (LAB, {"seed": None}, "seed is missing"),
        (LAB, {"seed": "seven"}, "seed is of the wrong type"),
        (LAB, {"claims": {}}, "claims is of the wrong type"),
        (LAB, {"colour": "red"}, "has no field 'colour'"),
        (LAB, {"buttons": [{"key": "k", "label": "Crash"}]}, "buttons[0]: commands is missing"),
        (LAB, {"controls": [{"label": "Workers", "target": "A", "parameter": "workers", "from": "start"}]},
         "controls[0]: min is missing"),
        (LAB, {"claims": [{"id": "x.F1", "says": "", "checks": [], "until": 5}]}, "claims[0]: has no field 'until'"),
        (LAB, {"predictions": [{"id": "x", "asks": "?", "kind": "guess", "answer": {}}]},
         "predictions[0]: kind is one of choice, number, not 'guess'"),
        (LAB, {"predictions": [{"id": "x", "asks": "?", "kind": "choice", "answer": {}, "options": [
            {"says": "Yes", "right": True, "explains": "So."}, {"says": "No", "right": 0, "explains": "So."}]}]},
         "predictions[0].options[1]: right is of the wrong type"),
        (LAB, {"slug": "visibility"}, "slug must be 'visibility-timeout'"),
        ("01-overview/stop.json", {"title": None}, "title is missing"),
        ("01-overview/stop.json", {"number": 2}, "number must be 1"),
        ("01-overview/stop.json", {"labs": []}, "labs does not name the folder visibility-timeout"),
        ("01-overview/stop.json", {"labs": ["visibility-timeout", "gone"]}, "gone/lab.json: cannot be read"),
        ("01-overview/visibility-timeout/architecture.json", {"nodes": [{"id": "x", "kind": "stone"}]}, "stone"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_with_its_file(copy: Path, file: str, fields: dict[str, Any], says: str) -> None:
    change(copy / file, **fields)
    with pytest.raises(ContentError, match=re.escape(says)) as refused:
        load(copy)
    assert "01-overview/" in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("## Explain", "## Explanation", "the section '## Explain' is missing"),
        ("8 minutes. ", "", "must begin with '<n> minutes.'"),
        ("# A consumer dies", "A consumer dies", "must begin with '# ' and a title"),
        ("(glossary:receipt-handle)", "(javascript:alert)", "a link may begin with"),
    ],
)
def test_a_slip_in_a_text_is_named_with_its_file(copy: Path, old: str, new: str, says: str) -> None:
    path = copy / "01-overview" / "visibility-timeout" / "text.md"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(ContentError, match=re.escape(says)) as refused:
        load(copy)
    assert str(refused.value).startswith("01-overview/visibility-timeout/text.md")


def test_a_file_that_is_not_json_is_named(copy: Path) -> None:
    (copy / LAB).write_text("{", encoding="utf-8")
    with pytest.raises(ContentError, match=r"visibility-timeout/lab\.json: is not JSON"):
        load(copy)


# --- The texts' marks ---


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("One\nparagraph.", "<p>One paragraph.</p>"),
        ("One.\n\nTwo.", "<p>One.</p>\n<p>Two.</p>"),
        ("- a\n  goes on\n- b", "<ul><li>a goes on</li><li>b</li></ul>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("Three:\n- a", "<p>Three:</p>\n<ul><li>a</li></ul>"),
        ("### Small", "<h3>Small</h3>"),
        ("```json\n{\"a\": 1}\n\n# no heading\n```", '<pre><code>{"a": 1}\n\n# no heading</code></pre>'),
        ("`a < b`, **b**, *c*", "<p><code>a &lt; b</code>, <strong>b</strong>, <em>c</em></p>"),
        ("`**as it is**`", "<p><code>**as it is**</code></p>"),
        ("2 * 3 * 4", "<p>2 * 3 * 4</p>"),
        ("[a *topic*](glossary:topic)", '<p><a class="term" href="/glossary/topic/">a <em>topic</em></a></p>'),
        ("<script>alert(1)</script> & more", "<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp; more</p>"),
        ('[x](glossary:"><b>)', '<p><a class="term" href="/glossary/&quot;&gt;&lt;b&gt;/">x</a></p>'),
    ],
)  # fmt: skip
def test_the_marks_become_html_and_all_else_is_escaped(source: str, html: str) -> None:
    assert render(source) == html


def test_html_is_written_out_by_templates_as_it_stands() -> None:
    from django.template import Context, Template

    assert Template("{{ text }}").render(Context({"text": inline("**a** < b")})) == "<strong>a</strong> &lt; b"


def test_a_text_falls_into_title_lead_and_sections() -> None:
    text = read_text("# Title\n\nLead.\n\n## First part\n\nA.\n\n```\n## not one\n```\n\n## Second\n\nB.\n")
    assert (text.title, text.lead) == ("Title", "<p>Lead.</p>")
    assert [(section.heading, section.slug) for section in text.sections] == [
        ("First part", "first-part"),
        ("Second", "second"),
    ]
    assert text.sections[0].html == "<p>A.</p>\n<pre><code>## not one</code></pre>"
