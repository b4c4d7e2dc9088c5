"""Each record as a plain sentence."""

import json

import pytest

from courseapp.engine.kernel.journal import DETAIL
from courseapp.labs import words
from courseapp.labs.inspector import clock_text
from courseapp.labs.picture import titles_of
from courseapp.labs.run import Log, Run
from courseapp.lessons.content import course


class Message:
    name, uid, body, attributes, type, n = "order 1", 257, "{}", {}, "order", 1


TITLES = {
    "A": "Consumer A",
    "orders": "orders",
    "orders-dlq": "orders-dlq",
    "news": "news",
    "crm": "crm",
    "shop": "shop",
    "volunteers-queued": "volunteers (With a queue)",
}


def record(kind, node="orders", link=None, reason=None, detail=None, at_ms=30_000):
    return (at_ms, kind, node, link, Message, reason, detail)


@pytest.mark.parametrize(
    ("happened", "says", "status"),
    [
        (record("sent", detail=("shop",)), "shop sent order 1 to orders.", "run"),
        (record("received", detail=("A", 1, 60_000)), "Consumer A received order 1.", "run"),
        (
            record("received", detail=("A#2", 3, 60_000)),
            "Consumer A (worker 2) received order 1 for the third time.",
            "run",
        ),
        (
            record("returned", reason=("visibility_timeout", 30.0), detail=(1,)),
            "order 1 returned to orders: its visibility timeout of 30 s passed without a delete.",
            "caught",
        ),
        (
            record("moved_to_dlq", reason=("received_too_often", 3), detail={"to": "orders-dlq"}),
            "order 1 moved to orders-dlq: the fourth receive would pass the limit of 3.",
            "fail",
        ),
        (record("deleted", detail=("A",)), "Consumer A deleted order 1.", "ok"),
        (
            record("returned", reason=("visibility_timeout", 0.0), detail=(1,)),
            "order 1 returned to orders: its visibility timeout is 0.",
            "caught",
        ),
        (
            record("returned", reason=("given_back", "A"), detail=(1,)),
            "order 1 returned to orders: Consumer A gave it back.",
            "caught",
        ),
        (
            record("returned", reason=("moon_is_full", 3, None), detail=(1,)),
            "order 1 returned to orders: moon is full (3).",
            "caught",
        ),
        (
            record("write_refused", reason=("database_down",), detail={"by": "A"}),
            "orders is down and refused order 1 from Consumer A.",
            "fail",
        ),
        (
            record("write_refused", reason=("throttled", 5), detail={"by": "A"}),
            "orders refused order 1 from Consumer A: it takes at most 5 requests a second.",
            "fail",
        ),
        (
            record("write_refused", reason=("row_exists", "7"), detail={"by": "A"}),
            "orders refused order 1 from Consumer A: it has a row for 7 already.",
            "fail",
        ),
        (
            record("visibility_changed", detail={"by": "A", "until_ms": 30_000}),
            "Consumer A set the visibility timeout of order 1 to 0.",
            "wait",
        ),
        (record("TaskStateEntered", detail={"name": "Pay"}), "order 1 entered Pay.", "run"),
        (record("TaskStateExited", detail={"name": "Pay"}), "order 1 left Pay.", "ok"),
        (record("ExecutionStarted", detail={}), "orders: order 1 started.", "run"),
        (record("ExecutionAborted", detail={}), "orders: order 1 was stopped.", "fail"),
        (
            record("TaskFailed", detail={"state": "Pay", "error": "Bank.Closed"}),
            "order 1 in Pay: task failed: Bank.Closed.",
            "fail",
        ),
        (
            record("expired", reason=("retention_over", 345_600)),
            "order 1 expired in orders: its retention period of 4 d is over.",
            "fail",
        ),
        (
            record(
                "delivery_failed",
                "news",
                "news/crm",
                ("server_side", "503"),
                {"try": 2, "error": "503", "says": "crm answered 503.", "next_at_ms": 50_000},
            ),
            "Try 2 to deliver order 1 to crm failed: crm answered 503. The next try is in 20 s.",
            "caught",
        ),
        (
            record(
                "work_failed",
                "A",
                reason=("error", "DatabaseUnavailable"),
                detail={"error": "DatabaseUnavailable", "says": "volunteers-queued is down."},
            ),
            "Consumer A failed at order 1: volunteers (With a queue) is down (DatabaseUnavailable).",
            "fail",
        ),
        (
            record(
                "delivery_failed",
                "news",
                "news/volunteers-queued",
                ("server_side", "503"),
                {"error": "503", "says": "The service behind volunteers-queued is away."},
            ),
            "Try 1 to deliver order 1 to volunteers (With a queue) failed: The service behind volunteers (With a queue)"
            " is away. There is no further try.",
            "fail",
        ),
        (
            record(
                "refused", "volunteers-queued", detail={"action": "Restore", "says": "volunteers-queued is up already."}
            ),
            "Restore on volunteers (With a queue) was refused: volunteers (With a queue) is up already (refused).",
            "fail",
        ),
        (
            record("refused", detail={"action": "Crash", "says": "Nobody holds a message of volunteers-queued now."}),
            "Crash on orders was refused: Nobody holds a message of volunteers (With a queue) now (refused).",
            "fail",
        ),
        (
            record(
                "refused",
                "news/volunteers-queued",
                detail={"action": "SetParameter", "says": "news/volunteers-queued has no FilterPolicy at present."},
            ),
            "SetParameter on the link from news to volunteers (With a queue) was refused: the link from news to "
            "volunteers (With a queue) has no FilterPolicy at present (refused).",
            "fail",
        ),
        (
            record("dropped", "news", "news/crm", ("retries_used_up", 4), {"try": 4}),
            "order 1 is lost for crm: crm did not take it, and its retries are used up after 4 tries, and there is no "
            "dead-letter queue that takes it.",
            "fail",
        ),
        (
            record("dropped", "shop", "shop/crm", ("gave_up", 3, "503"), {"try": 3, "error": "503"}),
            "shop gave up on order 1 after 3 tries: 503.",
            "fail",
        ),
        (
            record("dropped", "crm", None, ("event_too_old", 21_600), {"error": "EventAgeExceeded"}),
            "crm had no room for order 1 in 6 hours, and Lambda gave it up.",
            "fail",
        ),
        (
            record("delete_missed", reason=("stale_receipt", 1, 2), detail={"by": "A"}),
            "Consumer A tried to delete order 1 with an old receipt handle: it was received again since, so it stays.",
            "caught",
        ),
        (record("crashed", "A", detail={"worker": 1}), "Consumer A crashed while it held order 1.", "fail"),
        (
            record("changed", "orders", detail={"name": "VisibilityTimeout", "from": 30, "to": 60}),
            "VisibilityTimeout of orders changed from 30 to 60.",
            "run",
        ),
        (
            record("changed", "news", detail={"name": "FilterPolicy", "from": {"a": [True]}, "to": {"a": ["é"]}}),
            'FilterPolicy of news changed from {"a": [true]} to {"a": ["é"]}.',
            "run",
        ),
        (
            record("changed", "orders", detail={"name": "definition", "from": {"StartAt": "A" * 99}, "to": {}}),
            "The definition of orders was changed.",
            "run",
        ),
        (
            record("changed", "orders", detail={"name": "definition", "from": None, "to": {"StartAt": "A" * 99}}),
            "The definition of orders was set.",
            "run",
        ),
        (
            record("visibility_changed", detail={"by": "A", "until_ms": 50_000}),
            "Consumer A keeps order 1 hidden for 20 s from now.",
            "wait",
        ),
    ],
)
def test_a_record_is_one_plain_sentence(happened, says, status):
    assert words.says(happened, TITLES) == says
    assert words.status(happened) == status


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        (
            "MessageRetentionPeriod",
            345_600,
            1_209_600,
            "MessageRetentionPeriod of A changed from 345,600 to 1,209,600.",
        ),
        ("processing_seconds", 0.5, 10, "The time of A for a message changed from 0.5 s to 10 s."),
        ("workers", 2, 3, "The number of workers of A changed from 2 to 3."),
        ("alarm_at_messages", None, 20, "The alarm line of A was set to 20."),
        ("rates.0.messages_per_second", 1, 2, "The number of messages a second of A changed from 1 to 2."),
        ("messages.1.at_seconds", 3, 5, "The time of a message of A, counted from the start, changed from 3 s to 5 s."),
        ("enabled", True, False, "A was disabled."),
        (
            "when_database_is_down",
            "pause",
            "keep_polling",
            "The behaviour of A while the database is down changed from pause to keep polling.",
        ),
        ("retries_at_seconds", [10, 20], None, "The list of retries on A was removed."),
        ("moon_phase", 1, 2, "moon phase of A changed from 1 to 2."),
        ("definition.States", {"Pay": "A" * 99}, {}, "The definition of A was changed."),
        ("definition.States.Pay", {"Type": "A" * 99}, {}, "The state Pay of A was changed."),
        ("definition.States.Pay.Retry.0.MaxAttempts", 3, 2, "Retry.0.MaxAttempts of Pay in A changed from 3 to 2."),
        ("definition.StartAt", "Pay", "Ship", "StartAt in the definition of A changed from Pay to Ship."),
        ("task_seconds.Pay", 2, 10, "The time of Pay in A changed from 2 s to 10 s."),
        ("task_seconds.Pay.job", 120, 60, "The time of the job of Pay in A changed from 120 s to 60 s."),
        ("task_seconds.Pay.job_fails", None, "exit 1", "The failure of the job of Pay in A was set to “exit 1”."),
        (
            "message.body.sms",
            "Moved to 18:00",
            "Off",
            "body.sms in the message of A changed from “Moved to 18:00” to Off.",
        ),
        ("mocks.Pay", {"0": "A" * 99}, {}, "The answer to Pay in A was changed."),
    ],
)
def test_a_change_is_told_by_awss_names_and_by_what_ours_mean(name, old, new, says):
    assert words.says(record("changed", "A", detail={"name": name, "from": old, "to": new}), {"A": "A"}) == says


@pytest.mark.parametrize(
    ("happened", "says"),
    [
        (record("answered", "crm", detail={"text": "It has moved."}), "crm got order 1: “It has moved.”"),
        (record("answered", "crm", detail={"text": "Moved"}), "crm got order 1: “Moved”."),
        (
            record("write_refused", "crm", reason=("throttled", 1), detail={"by": "saver", "error": "Throttled"}),
            "crm refused order 1 from saver: it takes at most 1 request a second.",
        ),
        (
            record("write_refused", "crm", reason=("throttled", 1_500), detail={"by": "saver", "error": "Throttled"}),
            "crm refused order 1 from saver: it takes at most 1,500 requests a second.",
        ),
        (record("deleted", detail=("outside",)), "Somebody outside deleted order 1."),
        (record("redrive_started", "orders-dlq"), "A redrive of orders-dlq began and found nothing to move."),
        (record("refused", detail={"action": "Crash", "error": "NotNow"}), "Crash on orders was refused: NotNow."),
        (record("MapStateFailed", detail={"state": "Each"}), "order 1 in Each: map state failed."),
        (
            record("TaskFailed", detail={"state": "Pay", "error": "Full", "cause": '{"errorType": "Full"}'}),
            "order 1 in Pay: task failed: Full.",
        ),
        (
            record("moved_to_dlq", reason=("received_too_often", 7), detail={"to": "orders-dlq"}),
            "order 1 moved to orders-dlq: the eighth receive would pass the limit of 7.",
        ),
    ],
)
def test_a_sentence_says_neither_more_nor_less_than_there_is(happened, says):
    assert words.says(happened, TITLES) == says


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "on"), (False, "off"), (30, "30"), (0.5, "0.5"), (30.0, "30"), ([True], "[true]"), ("x" * 400, None)],
)
def test_a_value_stands_in_a_sentence_as_people_write_it(value, text):
    said = words.says(record("changed", detail={"name": "setting", "from": None, "to": value}), TITLES)
    if text is None:
        assert "…" in said and len(said) < 200
    else:
        assert said == f"setting of orders was set to {text}."


@pytest.mark.parametrize(
    ("at_ms", "text"),
    [(0, "23:59:50"), (9_999, "23:59:59"), (10_000, "1 Feb 00:00:00"), (-86_400_000, "30 Jan 23:59:50")],
)
def test_a_clock_tells_the_date_on_another_day(at_ms, text):
    assert clock_text("2026-01-31T23:59:50Z", at_ms) == text


def test_every_type_has_a_sentence_and_a_status():
    documented = {kind for kind in DETAIL if kind[0].islower()} | {
        "filtered_out",
        "dropped",
        "purged",
        "refused",
        "answered",
        "crashed",
        "confirmed",
    }
    assert documented <= set(words.SENTENCES) and documented <= set(words.STATUS)
    assert set(words.STATUS.values()) <= set(words.GRAVITY)


@pytest.mark.parametrize("lab", course().labs, ids=lambda lab: lab.slug)
def test_everything_that_happens_in_a_lab_of_the_course_can_be_told(lab):
    from courseapp.engine.commands import read_command

    run = Run(lab.architecture, lab.lab["seed"], Log.of(enumerate(map(read_command, lab.lab["script"]), 1)))
    run.run_to(120_000)
    titles = titles_of(lab.architecture)
    for happened in run.drain():
        sentence = words.says(happened, titles)
        assert (
            sentence.endswith((".", ".”"))
            and "None" not in sentence
            and "_" not in sentence.split(":")[0].replace(happened[2], "")
        ), json.dumps(sentence)
        assert words.journey_words(happened, titles)


@pytest.mark.parametrize(
    ("kind", "mark"),
    [("TaskFailed", "fail"), ("TaskTimedOut", "fail"), ("TaskStateAborted", "caught"), ("ExecutionAborted", "fail")],
)
def test_a_failed_attempt_is_a_failure_and_a_branch_that_is_cut_off_is_none(kind, mark):
    assert words.status((0, kind, "machine", None, None, None, {})) == mark
