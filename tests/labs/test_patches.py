"""A patch makes the new picture of the one before, and is small where little has changed."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from courseapp.engine.architecture import parse
from courseapp.labs.patches import Patches, patch, pieces_of
from courseapp.labs.picture import Shown, records_and_counts, without_words
from courseapp.labs.run import Log, Run
from courseapp.labs.timeline import Timeline
from tests.labs.people import shop_with

piece = st.sampled_from(["<g>", "</g>", "<circle r='1'/>", "<title>", "</title>", "<text>“five”", "<text>xx"])
smiling = st.sampled_from(["<text>\U0001f600", "<text>\U0001f600 a", "<text>\U0001f600 b"])
numbered = st.builds("<text x='{}'>message {}, order".format, st.integers(0, 30), st.integers(0, 30))
picture = st.lists(piece | smiling | numbered, max_size=40).map("".join)


def patched(before: str, patch: str | list[Any]) -> str:
    """As ``static/labs/whole.js`` does it."""
    if isinstance(patch, str):
        return patch
    pieces, at, fresh = pieces_of(before), 0, ""
    for step in patch:
        if isinstance(step, str):
            fresh += step
        elif isinstance(step, list):
            front, text, back = step
            units = pieces[at].encode("utf-16-le")  # two bytes each: a script counts letters in these
            kept = len(units) - 2 * back
            fresh += (units[: 2 * front] + text.encode("utf-16-le") + units[kept:]).decode("utf-16-le")
            at += 1
        elif step > 0:
            fresh += "".join(pieces[at : at + step])
            at += step
        else:
            at -= step
    return fresh


@given(st.lists(picture, min_size=1, max_size=6))
def test_patches_one_after_another_give_every_picture(pictures):
    patches, shown = Patches(), ""
    for wanted in pictures:
        told = json.loads(json.dumps(patches.of({"a": wanted})))["a"]
        shown = patched(shown, told)
        assert shown == wanted


@example("<text>xx", "<text>x", 0, 0)
@example("<text>x", "<text>xx", 0, 0)
@given(picture, picture, st.integers(0, 40), st.integers(0, 40))
def test_a_patch_gives_the_picture_also_where_it_is_too_long_to_be_told(one, other, start, end):
    pieces = pieces_of(one)
    for wanted in (other, "".join([*pieces[:start], other, *pieces[end:]]), "".join(reversed(pieces))):
        told = json.loads(json.dumps(patch(pieces, pieces_of(wanted))))
        assert patched(one, told) == wanted


@given(st.lists(picture, min_size=2, max_size=4))
def test_after_a_whole_diagram_a_picture_is_whole(pictures):
    patches = Patches()
    for wanted in pictures:
        assert patches.of({"a": wanted}) == {"a": wanted}
        patches.forget()


@pytest.fixture
def busy():
    architecture = parse(shop_with(messages_per_second=10))
    run, shown = Run(architecture, 7, Log()), Shown(architecture)
    run.run_to(20_000)
    run.drain()
    shown.whole(run.simulation.view(), run.at_ms)
    return run, shown


def test_a_batch_of_a_busy_lab_says_little_more_than_what_is_new(busy):
    run, shown = busy
    sizes = []
    for _ in range(50):
        run.run_to(run.at_ms + 100)
        run.drain()
        fields = shown.patched(shown.changes(run.simulation.view(), run.at_ms))
        sizes.append(len(json.dumps(fields)))
    assert sum(sizes[1:]) / len(sizes[1:]) < 1_500


def test_a_batch_tells_only_the_figures_that_have_changed(busy):
    run, shown = busy
    known = {node: dict(seen["gauges"]) for node, seen in run.simulation.view()["nodes"].items() if "gauges" in seen}
    for draw in (False, True, False):
        run.run_to(run.at_ms + 100)
        run.drain()
        view = run.simulation.view()
        for node, told in shown.changes(view, run.at_ms, draw)["gauges"].items():
            assert all(known[node][metric] != value for metric, value in told.items())
            known[node].update(told)
        assert known == {node: seen["gauges"] for node, seen in view["nodes"].items() if "gauges" in seen}


def test_a_mark_whose_record_is_in_the_same_batch_does_not_repeat_its_sentence(busy):
    run, shown = busy
    first = run.sequence + 1
    run.run_to(run.at_ms + 1_000)
    records = run.drain()
    marks = Timeline(shown.architecture).add(first, records, shown.titles)
    told, _ = records_and_counts([(first, records)], shown.titles, shown.routes)
    says = {record["sequence"]: record["says"] for record in told}
    short = without_words(marks, told)
    assert [says.get(mark[3], mark[2]) for mark in short] == [mark[2] for mark in marks]
    assert {mark[2] for mark in short if mark[3] in says} == {""}
    assert without_words(marks, []) == marks
