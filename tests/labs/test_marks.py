"""What is noted of a run record by record: marks and failures on the time bar, and counts for each link in a batch."""

from typing import Any

import pytest

from courseapp.engine.architecture import parse
from courseapp.engine.kernel import Record
from courseapp.labs.embed import opening_of
from courseapp.labs.picture import MOST_GRAVE, MOST_NEWEST, MOST_RECORDS, Routes, records_and_counts
from courseapp.labs.timeline import FEW_MARKS, MANY_RECORDS, MOST_MARKS, Timeline
from tests.labs.people import SHOP, send

NODES = ["shop", "counter", "orders", "kitchen"]
KINDS = {"orders": "queue", "kitchen": "consumer"}
ARCHITECTURE = parse(
    {
        "version": 1,
        "title": "Two senders",
        "nodes": [{"id": node, "kind": KINDS.get(node, "publisher")} for node in NODES],
        "links": [
            {"from": "shop", "to": "orders"},
            {"from": "counter", "to": "orders"},
            {"from": "orders", "to": "kitchen"},
        ],
    }
)
TITLES = {node: node for node in NODES}


class Order:
    name, uid, body, attributes, type, n, route = "order 1", 257, "{}", {}, "order", 1, None


class Refund(Order):
    type = "refund"


def sent(at_ms: int, by: str = "shop", message: Any = Order) -> Record:
    return (at_ms, "sent", "orders", None, message, None, (by,))


def returned(at_ms: int) -> Record:
    return (at_ms, "returned", "orders", None, Order, ("visibility_timeout", 30.0), (1,))


def failed(at_ms: int) -> Record:
    return (at_ms, "expired", "orders", None, Order, ("retention_over", 60), None)


@pytest.fixture
def timeline() -> Timeline:
    return Timeline(ARCHITECTURE)


@pytest.mark.parametrize(("at_ms", "before", "after"), [
    (0, None, 10), (10, None, 20), (11, 10, 20), (20, 10, 30), (29, 20, 30), (30, 20, None), (31, 30, None),
])  # fmt: skip
def test_the_failure_before_and_the_one_after_an_instant_are_other_instants(timeline, at_ms, before, after):
    timeline.add(1, [failed(10), failed(10), sent(15), failed(20)], TITLES)
    timeline.add(5, [failed(20), returned(25), failed(30)], TITLES)
    assert (timeline.failure_before(at_ms), timeline.failure_after(at_ms)) == (before, after)


@pytest.mark.parametrize(("more", "marked"), [(0, MANY_RECORDS), (1, FEW_MARKS)])
def test_of_many_records_at_once_only_a_few_that_failed_or_came_back_are_marked_and_no_failure_is_missed(
    timeline, more, marked
):
    records = [
        failed(20),
        returned(20),
        *[sent(20)] * (MANY_RECORDS - 12 + more),
        *[failed(at) for at in range(21, 31)],
    ]
    new = timeline.add(1, records, TITLES)
    assert len(new) == marked and timeline.marks == new
    assert [mark[3] for mark in new[:2]] == [1, 2]
    assert [mark[1] for mark in new[:2]] == ["fail", "caught"]
    assert {mark[1] for mark in new[2:]} == ({"run", "fail"} if more == 0 else {"fail"})
    assert timeline.failure_before(10**9) == 30 and timeline.failure_after(20) == 21


def test_a_mark_is_no_record_that_another_one_of_its_instant_tells(timeline):
    class Delivered(Order):
        route = "news/orders"

    received = (5, "received", "orders", None, Order, None, ("kitchen", 1, 30_000))
    started = (5, "work_started", "kitchen", None, Order, None, (1, 10))
    assert [mark[3] for mark in timeline.add(7, [sent(5), sent(5, "news", Delivered), received, started], TITLES)] == [
        7,
        9,
    ]


def test_where_marks_are_too_many_the_graver_of_each_two_older_ones_stay_and_the_newer_ones_all(timeline):
    for at_ms in range(MOST_MARKS):
        timeline.add(at_ms + 1, [failed(at_ms) if at_ms in (41, 80) else sent(at_ms)], TITLES)
    assert len(timeline.marks) == MOST_MARKS
    timeline.add(MOST_MARKS + 1, [sent(MOST_MARKS)], TITLES)
    kept = [mark[0] for mark in timeline.marks]
    half = MOST_MARKS // 2
    assert kept == sorted(kept) and kept[half // 2 :] == list(range(half, MOST_MARKS + 1))
    assert len(kept[: half // 2]) == half // 2 and {41, 80} <= set(kept[: half // 2])


def test_an_opening_has_the_marks_of_what_happens_in_it():
    opening = {"commands": [send(0).as_json()], "to_seconds": 3}
    marks = opening_of(parse(SHOP), {"seed": 7, "opening": opening})["marks"]
    assert [(mark[0], mark[2]) for mark in marks] == [
        (0, "shop sent order 1 to orders."),
        (0, "Consumer A received order 1."),
        (2_000, "Consumer A finished order 1."),
        (2_000, "Consumer A deleted order 1."),
    ]


# -- batches ----------------------------------------------------------------------------------------------------------


def batch(records: list[Record]) -> tuple[list[dict[str, Any]], dict[str, dict[str, int]]]:
    return records_and_counts([(1, records[:3]), (4, records[3:])], TITLES, Routes(ARCHITECTURE))


def test_few_records_are_told_one_by_one_and_many_as_counts_for_each_link_and_type():
    records = [*[sent(5)] * 10, *[sent(5, "counter")] * 8, *[sent(5, "shop", Refund)] * (MOST_RECORDS - 18)]
    told, counts = batch(records)
    assert ([frame["sequence"] for frame in told], counts) == ([*range(1, MOST_RECORDS + 1)], {})
    received = [(5, "received", "orders", None, Order, None, (f"kitchen#{n}", 1, 30_000)) for n in (1, 1, 2)]
    _, counts = batch([*records, *received])
    assert counts == {
        "shop/orders": {"order": 10, "refund": MOST_RECORDS - 18},
        "counter/orders": {"order": 8},
        "orders/kitchen": {"order": 3},
    }


def test_what_failed_or_came_back_is_told_also_among_many_but_no_more_than_a_dozen():
    told, counts = batch([*[sent(5)] * 20, returned(5), failed(5), *[sent(5)] * 5])
    assert [(frame["sequence"], frame["status"]) for frame in told][:2] == [(21, "caught"), (22, "fail")]
    assert counts == {"shop/orders": {"order": 25}}
    assert [frame["sequence"] for frame in batch([*[failed(5)] * 100, *[sent(5)] * 10])[0]] == [
        *range(1, MOST_GRAVE + 1),
        *range(111 - MOST_NEWEST, 111),
    ]


def test_the_newest_of_many_are_told_once_each_and_only_such_as_say_something():
    asked: Record = (5, "empty_receive", "orders", None, None, None, ("kitchen",))
    assert [frame["sequence"] for frame in batch([*[sent(5)] * 27, asked, sent(5), asked])[0]] == [26, 27, 29]
    assert [frame["sequence"] for frame in batch([*[sent(5)] * 25, *[failed(5)] * 3])[0]] == [26, 27, 28]
    assert [frame["sequence"] for frame in batch([*[asked] * 30, sent(5)])[0]] == [31]


# -- ways -------------------------------------------------------------------------------------------------------------

WAYS = [
    ("sent", "orders", None, ("shop",), "shop/orders"),
    ("sent", "orders", None, ("stranger",), None),
    ("sent", "orders", None, ("news",), None),  # the delivery tells it
    ("published", "news", None, ("shop",), "shop/news"),
    ("delivered", "news", "news/orders", (1,), "news/orders"),
    ("delivery_failed", "news", "news/orders", {"try": 1}, "news/orders"),
    ("filtered_out", "news", "news/orders", {"key": "type"}, "news/orders"),
    ("received", "orders", None, ("kitchen#2", 1, 30_000), "orders/kitchen"),
    ("received", "orders", None, ("outside", 1, 30_000), None),
    ("written", "rows", None, ("kitchen#2",), "kitchen/rows"),
    ("write_refused", "rows", "kitchen/rows", {"by": "kitchen"}, "kitchen/rows"),
    ("answered", "rows", None, {"by": "kitchen"}, "kitchen/rows"),
    ("answered", "rows", None, {}, None),
    ("write_refused", "rows", "shop/rows", {"by": "shop"}, "shop/rows"),
    ("delivery_failed", "shop", "shop/rows", {"try": 1}, None),  # the refusal tells it
    ("delivery_failed", "shop", "shop/lamp", {"try": 1}, "shop/lamp"),  # a function that is down tells nothing
    ("answered", "inbox", "news/inbox", {"by": "news"}, None),  # the delivery tells it
    ("moved_to_dlq", "orders", None, {"to": "dead"}, "orders/dead"),
    ("moved_to_dlq", "news", "news/orders", {"to": "dead"}, "orders/dead"),
    ("redriven", "dead", None, {"to": "orders"}, "dead/orders"),
    ("deleted", "orders", None, ("kitchen",), None),
    ("delete_missed", "orders", None, {"by": "kitchen"}, None),
    ("worked", "kitchen", None, (1,), None),
]


@pytest.mark.parametrize(("kind", "node", "link", "detail", "along"), WAYS)
def test_a_record_goes_along_the_link_that_its_message_went(kind, node, link, detail, along):
    kinds = {"news": "topic", "orders": "queue", "dead": "queue", "rows": "database", "kitchen": "consumer"}
    kinds |= {"lamp": "function", "inbox": "email"}
    links = ["shop/orders", "shop/news", "news/orders", "orders/kitchen", "kitchen/rows", "kitchen/orders"]
    links += ["shop/rows", "shop/lamp", "news/inbox"]
    document = {
        "version": 1,
        "title": "Ways",
        "nodes": [{"id": node, "kind": kinds.get(node, "publisher")} for node in ("shop", *kinds)],
        "links": [dict(zip(("from", "to"), each.split("/"), strict=True)) for each in links],
    }
    assert Routes(parse(document)).along((5, kind, node, link, Order, None, detail)) == along
