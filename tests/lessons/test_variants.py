"""A variant changes what it names, in a copy."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from courseapp.engine.architecture import parse
from courseapp.lessons.content import LabContent, course
from courseapp.lessons.variants import apply_variant, joined
from tests.lessons.labs import DOCUMENT

SCRIPT = [{"at_ms": 0, "action": "Crash", "target": "clerk", "parameters": {}}]


def parameters(document: dict[str, Any], thing_id: str) -> dict[str, Any]:
    found = [node for node in document["nodes"] if node["id"] == thing_id]
    found += [link for link in document["links"] if f"{link['from']}/{link['to']}" == thing_id]
    return dict(found[0].get("parameters", {}))


def test_without_a_variant_document_and_script_stay() -> None:
    assert apply_variant(DOCUMENT, SCRIPT, None) == (DOCUMENT, SCRIPT)


def test_set_changes_parameters_of_nodes_and_links() -> None:
    changed, _ = apply_variant(
        DOCUMENT,
        [],
        {"set": {"clerk": {"workers": 3}, "shop/orders": {"latency_seconds": 0.5}, "rows": {"error": "Gone"}}},
    )
    assert parameters(changed, "clerk") == {"WaitTimeSeconds": 20, "processing_seconds": 2, "workers": 3}
    assert parameters(changed, "shop/orders") == {"latency_seconds": 0.5}
    assert parameters(changed, "rows") == {"error": "Gone"}


def test_a_dotted_name_reaches_inside_objects_and_lists() -> None:
    changed, _ = apply_variant(
        DOCUMENT,
        [],
        {
            "set": {
                "shop": {"messages.1.at_seconds": 9, "message.body.order": "none"},
                "orders": {"RedrivePolicy.maxReceiveCount": 2},
            }
        },
    )
    assert parameters(changed, "shop")["messages"] == [{"at_seconds": 1}, {"at_seconds": 9}]
    assert parameters(changed, "shop")["message"]["body"] == {"order": "none"}
    assert parameters(changed, "orders")["RedrivePolicy"] == {"maxReceiveCount": 2}


def test_null_removes() -> None:
    changed, _ = apply_variant(
        DOCUMENT, [], {"set": {"clerk": {"processing_seconds": None}, "shop": {"messages.0": None}}}
    )
    assert "processing_seconds" not in parameters(changed, "clerk")
    assert parameters(changed, "shop")["messages"] == [{"at_seconds": 2}]


def test_add_and_remove_nodes_and_links() -> None:
    changed, _ = apply_variant(
        DOCUMENT,
        [],
        {
            "remove": ["rows", "shop/orders"],
            "add": [{"id": "news", "kind": "topic"}, {"from": "shop", "to": "news"}, {"from": "news", "to": "orders"}],
            "set": {"news/orders": {"RawMessageDelivery": True}},
        },
    )
    assert [node["id"] for node in changed["nodes"]] == ["shop", "orders", "clerk", "news"]
    assert [(link["from"], link["to"]) for link in changed["links"]] == [
        ("orders", "clerk"),
        ("shop", "news"),
        ("news", "orders"),
    ]
    assert parameters(changed, "news/orders") == {"RawMessageDelivery": True}


def test_a_script_replaces_the_script_even_when_it_is_empty() -> None:
    assert apply_variant(DOCUMENT, SCRIPT, {"script": []})[1] == []
    assert apply_variant(DOCUMENT, SCRIPT, {"set": {}})[1] == SCRIPT


def test_nothing_that_was_given_is_changed() -> None:
    document, variant = deepcopy(DOCUMENT), {"set": {"shop": {"messages.0.at_seconds": 5}}, "remove": ["rows"]}
    changed, _ = apply_variant(document, SCRIPT, variant)
    changed["nodes"][0]["parameters"]["messages"].clear()
    assert document == DOCUMENT
    assert variant == {"set": {"shop": {"messages.0.at_seconds": 5}}, "remove": ["rows"]}


@pytest.mark.parametrize(
    ("variant", "says"),
    [
        ({"change": {}}, "no field 'change'"),
        ({"set": {"stock": {"workers": 1}}}, "no node or link 'stock'"),
        ({"remove": ["clerk/stock"]}, "no node or link 'clerk/stock'"),
        ({"set": {"shop": {"messages.7.at_seconds": 1}}}, "'7' is not a place in a list of 2"),
        ({"set": {"clerk": {"workers.0": 1, "processing_seconds.mean": 1}}}, "nothing can be set inside 2"),
    ],
)
def test_what_does_not_fit_is_named(variant: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        apply_variant(DOCUMENT, [], variant)


def test_joined_variants_do_what_both_do_one_after_the_other() -> None:
    first = {"set": {"clerk": {"workers": 2, "processing_seconds": 1}}, "script": SCRIPT}
    second = {"set": {"clerk": {"workers": 5}, "rows": {"error": "Gone"}}, "remove": ["shop/orders"]}
    both, script = apply_variant(DOCUMENT, [], joined(first, second))
    once, commands = apply_variant(DOCUMENT, [], first)
    twice, commands = apply_variant(once, commands, second)
    assert (both, script) == (twice, commands)


def variants_of(lab: LabContent) -> list[dict[str, Any]]:
    answers = [
        answer
        for prediction in lab.lab["predictions"]
        for answer in [prediction, *prediction.get("options", []), *prediction.get("near_misses", [])]
    ]
    counters = [
        {name: value for name, value in answer["counter"].items() if name not in ("answer", "label")}
        for answer in answers
        if "counter" in answer
    ]
    named = [
        thing["variant"] for thing in [*answers, *lab.lab["claims"], *lab.lab.get("acts", [])] if thing.get("variant")
    ]
    return [*named, *counters]


@pytest.mark.parametrize("lab", course().labs, ids=lambda lab: lab.slug)
def test_every_variant_of_a_lab_gives_a_valid_document(lab: LabContent) -> None:
    for variant in variants_of(lab):
        parse(apply_variant(lab.document, lab.lab["script"], variant)[0])
