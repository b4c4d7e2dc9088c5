"""Numbers, prices and retry times that labs and quizzes state without running anything."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseapp.engine import limits

CASES = json.loads((Path(__file__).parent / "data" / "values.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['value']}-{json.dumps(case['arguments'])[:50]}")
def test_a_value_that_a_claim_names_is_what_the_fact_sheet_says(case):
    assert limits.run_less_value(case["value"], case["arguments"]) == pytest.approx(case["is"], abs=1e-7)


def test_every_named_value_has_a_case():
    assert {case["value"] for case in CASES} | {"retry_days"} == set(limits.VALUES)


def test_a_queue_that_is_away_is_tried_for_23_days_and_a_person_for_6_hours():
    assert 23 < limits.run_less_value("retry_days", ["aws_managed"]) < 24
    assert 6 < limits.run_less_value("retry_days", ["customer_managed"]) * 24 < 7


def test_the_phases_of_an_aws_managed_endpoint_follow_each_other():
    phases = limits.SNS_RETRY_PHASES["aws_managed"]
    assert [phases.pause_ms(retry) for retry in (1, 3, 4, 5, 6, 15, 16, 100_015)] == [
        0, 0, 1_000, 1_000, 1_000, 20_000, 20_000, 20_000,
    ]  # fmt: skip
    assert [phases.phase(retry) for retry in (1, 3, 4, 5, 6, 15, 16)] == [
        "immediate", "immediate", "pre_backoff", "pre_backoff", "backoff", "backoff", "post_backoff",
    ]  # fmt: skip
    assert phases.pause_ms(100_016) is None
    assert phases.pause_ms(0) is None


def test_a_text_of_200_letters_takes_two_parts_and_so_does_one_of_100_with_an_emoji():
    assert limits.sms_parts("a" * 160) == 1
    assert limits.sms_parts("a" * 200) == 2
    assert limits.sms_parts("a" * 99 + "😀") == 2


def test_a_million_short_procedures_are_about_forty_times_cheaper_as_express():
    ratio = limits.transitions_cost_usd(5_000_000) / limits.express_cost_usd(1_000_000, 2)
    assert 40 < ratio < 41


def test_an_unknown_name_is_an_error():
    with pytest.raises(KeyError):
        limits.run_less_value("no_such_value")
    with pytest.raises(KeyError):
        limits.run_less_value("limit", ["NO_SUCH_NUMBER"])


@st.composite
def http_policies(draw):
    counts = [draw(st.integers(0, 20)) for _ in range(4)]
    low = draw(st.integers(1, 3_600))
    return {
        "minDelayTarget": low,
        "maxDelayTarget": draw(st.integers(low, 3_600)),
        "numNoDelayRetries": counts[0],
        "numMinDelayRetries": counts[1],
        "numMaxDelayRetries": counts[2],
        "numRetries": sum(counts),
        "backoffFunction": draw(st.sampled_from(limits.SNS_HTTP_BACKOFF_FUNCTIONS)),
    }


@given(http_policies())
def test_pauses_never_shrink_and_stay_between_the_two_targets(policy):
    pauses = limits.retry_times(policy)
    delayed = pauses[policy["numNoDelayRetries"] :]
    assert len(pauses) == policy["numRetries"]
    assert pauses == sorted(pauses)
    assert all(policy["minDelayTarget"] <= pause <= policy["maxDelayTarget"] for pause in delayed)
    assert limits.retry_phases(policy).total_ms() == sum(round(pause * 1000) for pause in pauses)


@given(st.text(), st.dictionaries(st.text(), st.fixed_dictionaries({"DataType": st.text(), "StringValue": st.text()})))
def test_every_attribute_adds_to_the_size_of_a_message(body, attributes):
    alone = limits.message_size_bytes(body)
    assert alone >= len(body)
    assert limits.message_size_bytes(body, attributes) - alone == sum(
        len((name + one["DataType"] + one["StringValue"]).encode("utf-8", "surrogatepass"))
        for name, one in attributes.items()
    )
