"""Policies, rules and times in words."""

import pytest

from courseapp.diagram import describe, draw, lay_out
from courseapp.diagram.document import ordinal, policy_words, queue_rule, redrives
from courseapp.diagram.shapes import elapsed
from courseapp.diagram.spread import spread
from courseapp.diagram.text import clock, fit, span, width, wrap
from courseapp.diagram.words import names
from courseapp.diagram.workflow import condition
from tests.diagram.documents import load


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ({}, ""),
        (None, ""),
        ({"type": ["refund"]}, "type is refund"),
        ({"type": ["order", "refund"]}, "type is order or refund"),
        ({"type": ["order"], "amount": [{"numeric": [">=", 100]}]}, "type is order and amount ≥ 100"),
        ({"amount": [{"numeric": [">", 0, "<=", 150]}]}, "amount > 0 and ≤ 150"),
        ({"city": [{"prefix": "Ber"}]}, "city starts with Ber"),
        ({"city": [{"anything-but": ["Bern", "Basel"]}]}, "city is not Bern or Basel"),
        ({"amount": [{"exists": False}]}, "amount is absent"),
        ({"paid": [True, None]}, "paid is true or null"),
        ({"order": {"type": ["gift"]}}, "order.type is gift"),
        ({"$or": [{"type": ["a"]}, {"type": ["b"]}]}, "type is a or type is b"),
    ],
)
def test_a_filter_policy_reads_as_a_short_text(policy, words):
    assert policy_words(policy) == words


@pytest.mark.parametrize(
    ("most", "words"),
    [
        (2, "on the third receive"),
        (1, "on the second receive"),
        (100, "on the 101st receive"),
        (1000, "on the 1,001st receive"),
    ],
)
def test_the_move_happens_at_the_receive_that_would_pass_the_limit(most, words):
    assert queue_rule({"deadLetterTargetArn": "dead", "maxReceiveCount": most}) == words


@pytest.mark.parametrize(
    ("number", "word"), [(11, "11th"), (12, "12th"), (21, "21st"), (22, "22nd"), (23, "23rd"), (113, "113th")]
)
def test_ordinals(number, word):
    assert ordinal(number) == word


def test_nodes_of_one_title_are_told_apart_by_their_groups_in_all_words():
    twins = [{"id": f"{group}-w", "kind": "consumer", "label": "W1", "group": group} for group in ("Standard", "FIFO")]
    document = load(
        {"title": "T", "nodes": [*twins, {"id": "w", "kind": "publisher", "label": "feed", "group": "FIFO"}]}
    )
    assert names(document) == {"Standard-w": "W1 (Standard)", "FIFO-w": "W1 (FIFO)", "w": "feed"}
    assert [row.title for row in describe(document, {})] == ["W1 (Standard)", "W1 (FIFO)", "feed"]
    assert 'aria-label="W1 (FIFO), consumer' in draw(lay_out(document), document, {})


def test_the_dead_letter_rule_of_an_https_subscription_names_its_tries():
    document = load(
        {
            "nodes": [{"id": "t", "kind": "topic"}, {"id": "partner", "kind": "http"}, {"id": "dead", "kind": "queue"}],
            "links": [{"from": "t", "to": "partner", "parameters": {"RedrivePolicy": {"deadLetterTargetArn": "dead"}}}],
        }
    )
    (rule,) = redrives(document)
    assert (rule.id, rule.rule) == ("partner/dead", "after 1 try and 3 retries, 20 s apart")


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (0, "0:00"),
        (1, "0:01"),
        (7_000, "0:07"),
        (26_001, "0:27"),
        (3_599_000, "59:59"),
        (3_600_000, "1:00:00"),
        (604_800_000, "7 d"),
        (604_799_000, "6 d 23 h"),
        (-5, "0:00"),
    ],
)
def test_remaining_time(ms, words):
    assert clock(ms) == words


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (0.5, "0.5 s"), (59.9, "59.9 s"), (60, "1 min"), (760, "12 min 40 s"), (604_799, "6 d 23 h")],
)
def test_spans_are_written_in_their_two_largest_units(seconds, text):
    assert span(seconds) == text


@pytest.mark.parametrize(
    ("now_ms", "words"), [(4_000, "4 s of 6"), (0, "0 s of 6"), (9_000, "6 s of 6"), (-1, "0 s of 6")]
)
def test_elapsed_time(now_ms, words):
    assert elapsed(0, 6_000, now_ms) == words


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"Variable": "$.hours", "NumericGreaterThanEquals": 2, "Next": "A"}, "hours ≥ 2"),
        ({"Variable": "$.paid", "BooleanEquals": True, "Next": "A"}, "paid is true"),
        ({"Variable": "$.hours", "IsPresent": False, "Next": "A"}, "hours is not present"),
        ({"Condition": "{% $hours >= 2 %}", "Next": "A"}, "$hours >= 2"),
        ({"Not": {"Variable": "$.a", "StringEquals": "b"}, "Next": "A"}, "not a is b"),
        (
            {"And": [{"Variable": "$.a", "IsPresent": True}, {"Variable": "$.a", "NumericEquals": 1}]},
            "a is present and a = 1",
        ),
    ],
)
def test_a_choice_reads_as_a_short_text(choice, words):
    assert condition(choice) == words


def test_text_that_does_not_fit_ends_in_an_ellipsis():
    assert fit("orders", 100) == "orders"
    short = fit("a rather long name", 60)
    assert short.endswith("…") and width(short) <= 60
    lines = wrap("three short words and then some more of them", 90, 2)
    assert len(lines) == 2 and lines[1].endswith("…") and all(width(line) <= 90 for line in lines)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [([0, 100], [0, 100]), ([50, 50], [35, 65]), ([-20, 300], [0, 180]), ([80, 10], [30, 60])],
)
def test_items_stand_as_near_to_their_wishes_as_they_can(wanted, found):
    assert spread(wanted, [20, 20], 10, 0, 200) == found
