"""Every claim of every lab is borne out by a run, and a claim that is not true is not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseapp.lessons import claims
from courseapp.lessons.content import LabContent, course
from courseapp.lessons.equations import read_equation
from courseapp.lessons.variants import apply_variant
from tests.lessons.labs import DOCUMENT, lab_of

VISIBLE, IN_FLIGHT = "ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible"
ALL_CLAIMS = [pytest.param(lab, claim, id=claim["id"]) for lab in course().labs for claim in lab.lab["claims"]]


@pytest.mark.parametrize(("lab", "claim"), ALL_CLAIMS)
def test_a_run_bears_out_the_claim(lab: LabContent, claim: dict[str, Any]) -> None:
    verdict = claims.check(claim, lab)
    wrong = [finding for finding in verdict.findings if not finding.holds]
    assert verdict.holds, f"{verdict.says}\n{wrong}"
    assert "{" not in verdict.says.replace('{"', "")


# In the small lab the clerk receives orders 1 and 2 at 1 and 3 s and deletes them at 3 and 5 s.
CASES: list[tuple[dict[str, Any], Any]] = [
    ({"at": {"type": "received", "node": "orders"}, "nth": 2}, 3),
    ({"at": {"type": "received", "node": "orders", "message": "order 2"}}, 3),
    ({"at": {"type": "received", "by": "clerk"}}, 1),
    ({"at": {"type": "received", "by": "nobody"}}, None),
    ({"at": {"type": "received"}, "nth": 3}, None),
    ({"count": {"type": "deleted", "node": "orders"}}, 2),
    ({"count": {"type": "deleted", "node": "orders"}, "from_seconds": 3.001}, 1),
    ({"count": {"type": "deleted", "node": "orders"}, "to_seconds": 2.999}, 0),
    ({"count": {"type": "sent", "body": {"order": "2"}}}, 1),
    ({"count": {"type": "sent", "body": {"order": "3"}}}, 0),
    ({"count": {"type": "sent", "body": {"refund": "2"}}}, 0),
    ({"order": {"type": "deleted"}, "of": "message"}, ["order 1", "order 2"]),
    ({"order": {"type": "written"}, "of": "node"}, ["rows", "rows"]),
    ({"never": {"type": "returned"}}, 0),
    ({"never": {"type": "received"}, "from_seconds": 3, "to_seconds": 3}, 1),
    ({"gauge": VISIBLE, "node": "orders", "at_seconds": 2.5}, 1),
    ({"gauge": "rows", "node": "rows", "at_seconds": 2.999}, 0),
    ({"gauge": "rows", "node": "rows", "at_seconds": 3}, 1),
    ({"gauge": "rows", "node": "rows", "first": {"op": ">=", "value": 2, "after_seconds": 0}}, 5),
    ({"gauge": "rows", "node": "rows", "first": {"op": ">", "value": 2, "after_seconds": 0}}, None),
    ({"gauge": VISIBLE, "node": "orders", "max": {"from_seconds": 0, "to_seconds": 10}}, 1),
    ({"gauge": VISIBLE, "node": "orders", "max": {"from_seconds": 3, "to_seconds": 10}}, 0),
    ({"gauge": IN_FLIGHT, "node": "orders", "min": {"from_seconds": 1, "to_seconds": 4.9}}, 1),
    ({"gauge": IN_FLIGHT, "node": "orders", "min": {"from_seconds": 1, "to_seconds": 5}}, 0),
    ({"invariant": "orders.NumberOfMessagesSent >= orders.NumberOfMessagesDeleted"}, True),
    ({"invariant": "orders.NumberOfMessagesDeleted = rows.written"}, True),
    ({"invariant": "orders.NumberOfMessagesSent - rows.rows < 2"}, "at 2.0 s the sides are 2 and 2"),
    ({"value": "transitions_cost_usd", "arguments": [1000]}, 0.025),
]  # fmt: skip


@pytest.mark.parametrize(("check", "found"), CASES)
def test_a_check_finds_its_figure_in_the_run(check: dict[str, Any], found: Any) -> None:
    expects = "seconds" if "at" in check else "is"
    verdict = claims.check({"says": "", "until_seconds": 10, "checks": [{**check, expects: found}]}, lab_of())
    assert verdict.found == found


@pytest.mark.parametrize(
    "check",
    [
        {"at": {"type": "received"}, "nth": 1, "seconds": 1.001},
        {"count": {"type": "received"}, "is": 3},
        {"order": {"type": "deleted"}, "of": "message", "is": ["order 2", "order 1"]},
        {"order": {"type": "deleted"}, "of": "message", "is": ["order 1"]},
        {"never": {"type": "received"}},
        {"gauge": "rows", "node": "rows", "at_seconds": 10, "is": 3},
        {"invariant": "orders.NumberOfMessagesSent = orders.NumberOfMessagesDeleted"},
        {"value": "transitions_cost_usd", "arguments": [1000], "is": 0.0251},
        {"count": {"type": "received"}, "seeds": 3, "is": 3},
        {"count": {"type": "received"}, "seeds": 3, "between": [2.5, 9]},
    ],
)
def test_a_claim_that_is_not_true_does_not_hold(check: dict[str, Any]) -> None:
    assert not claims.check({"says": "", "until_seconds": 10, "checks": [check]}, lab_of()).holds


def test_a_claim_holds_only_if_all_its_checks_do() -> None:
    right, wrong = {"count": {"type": "received"}, "is": 2}, {"count": {"type": "deleted"}, "is": 1}
    verdict = claims.check({"says": "", "until_seconds": 10, "checks": [right, wrong]}, lab_of())
    assert not verdict.holds
    assert (verdict.found, verdict.expected) == (2, 1)


def test_the_sentence_shows_the_figure_of_the_first_check() -> None:
    checks = [{"at": {"type": "received"}, "nth": 2, "seconds": 3}, {"count": {"type": "received"}, "is": 2}]
    verdict = claims.check({"says": "Received at {value} s.", "until_seconds": 10, "checks": checks}, lab_of())
    assert verdict.says == "Received at 3 s."
    at_that_time = claims.check({"says": "Received at {clock}.", "until_seconds": 10, "checks": checks}, lab_of())
    assert at_that_time.says == "Received at 09:00:03."


def test_a_variant_changes_the_run_of_its_claim_only() -> None:
    lab = lab_of()
    slow = {"set": {"clerk": {"processing_seconds": 4}}}
    for variant, seconds in ((slow, 5), (None, 3), (slow, 5)):
        claim = {"says": "", "variant": variant, "until_seconds": 10, "checks": [
            {"at": {"type": "deleted"}, "nth": 1, "seconds": seconds}
        ]}  # fmt: skip
        assert claims.check(claim, lab).holds


def test_commands_before_virtual_0_are_carried_out_in_their_time() -> None:
    claim = {
        "says": "",
        "variant": {"script": [
            {"at_ms": -2000, "action": "Pause", "target": "clerk", "parameters": {}},
            {"at_ms": 6000, "action": "Resume", "target": "clerk", "parameters": {}},
        ]},
        "until_seconds": 20,
        "checks": [{"at": {"type": "received"}, "nth": 1, "seconds": 6}, {"at": {"type": "paused"}, "seconds": -2}],
    }  # fmt: skip
    assert claims.check(claim, lab_of()).holds


def test_a_number_tells_messages_of_one_name_apart() -> None:
    named, _ = apply_variant(DOCUMENT, [], {"set": {"shop": {"message": {"name": "order"}}}})
    for number, seconds in ((1, 1), (2, 3), (3, None)):
        check = {"at": {"type": "received", "message": "order", "number": number}, "nth": 1, "seconds": seconds}
        assert claims.check({"says": "", "until_seconds": 10, "checks": [check]}, lab_of(named)).holds


@pytest.mark.parametrize(
    ("check", "says"),
    [
        ({"how_many": {}}, "a check is one of"),
        ({"count": {"kind": "sent"}, "is": 1}, "a match has no 'kind'"),
        ({"gauge": "Visible", "node": "orders", "at_seconds": 1, "is": 1}, "orders has no metric 'Visible'"),
        ({"gauge": "rows", "node": "rows", "is": 1}, "a gauge needs"),
        ({"invariant": "orders.NumberOfMessagesSent"}, "is missing in"),
        ({"invariant": "orders.A = (1 + 2"}, "a closing parenthesis is missing"),
        ({"invariant": "orders.A = 1 ; 2"}, "cannot read '; 2'"),
    ],
)
def test_a_claim_that_cannot_be_read_says_why(check: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says.replace("(", r"\(")):
        claims.check({"says": "", "until_seconds": 10, "checks": [check]}, lab_of())


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (18, "18"), (1500, "1,500"), (604803.5, "604,803.5"), (0.000025, "0.000025"), (0.1 + 0.2, "0.3"), (0, "0"),
        (None, "never"), (["a", 2], "a, 2"), ("order 1", "order 1"),
    ],
)  # fmt: skip
def test_figures_are_shown_in_plain_digits(value: Any, shown: str) -> None:
    assert claims.figure(value) == shown


# An equation beside what it means in Python, made together.
_LEAVES = st.one_of(
    st.integers(0, 99).map(lambda n: (str(n), float(n))),
    st.sampled_from([("order-rows.rows", 7.0), ("a.b.NumberOfMessagesSent", 3.0)]),
)
_SUMS = st.recursive(
    _LEAVES,
    lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(
        lambda parts: (
            f"({parts[0][0]} {parts[1]} {parts[2][0]})",
            {"+": float.__add__, "-": float.__sub__, "*": float.__mul__}[parts[1]](parts[0][1], parts[2][1]),
        )
    ),
    max_leaves=8,
)


@given(left=_SUMS, right=_SUMS)
def test_an_equation_holds_exactly_if_its_sides_compare_so(left: tuple[str, float], right: tuple[str, float]) -> None:
    figures = {("order-rows", "rows"): 7.0, ("a.b", "NumberOfMessagesSent"): 3.0}
    for sign, holds in (("=", left[1] == right[1]), ("<", left[1] < right[1]), (">=", left[1] >= right[1])):
        equation = read_equation(f"{left[0]} {sign} {right[0]}")
        assert equation.sides(figures) == (left[1], right[1])
        assert equation.holds(figures) == holds


def test_products_bind_before_sums_and_from_the_left() -> None:
    assert read_equation("2 + 3 * 4 - 6 / 3 - 1 = 11").holds({})
