"""What the SVG says: well-formed, without inline style, with every node, link, number and name."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courseapp.diagram import describe, draw, draw_link, draw_node, draw_token, lay_out, legend
from courseapp.diagram.actors import briefly
from courseapp.diagram.lanes import packet_sizes
from courseapp.diagram.words import node_label
from tests.diagram.documents import LABS, NASTY, TOKEN, architectures, busy_views, lab, load
from tests.scale import often

SVG = "{http://www.w3.org/2000/svg}"
STATUSES = {"ok", "run", "wait", "fail", "caught", "idle"}


def parsed(markup: str) -> ElementTree.Element:
    return ElementTree.fromstring(markup)


def by(root, attribute):
    return {each.get(attribute): each for each in root.iter() if each.get(attribute) is not None}


def sound(markup: str) -> ElementTree.Element:
    root = parsed(markup)
    for each in root.iter():
        assert "style" not in each.attrib
        assert not [name for name in each.attrib if name.startswith("on")]
        assert each.tag not in (f"{SVG}script", f"{SVG}style")
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(ids) == len(set(ids))
    return root


@pytest.mark.parametrize("slug", LABS)
@pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])
def test_a_lab_at_rest_and_busy_has_every_node_and_link(slug, narrow):
    architecture = lab(slug)
    picture = lay_out(architecture, narrow)
    for views in ({}, busy_views(architecture)):
        root = sound(draw(picture, architecture, views, {}, 4_000))
        assert root.get("role") == "group" and root.get("aria-label")
        nodes, links = by(root, "data-node"), by(root, "data-link")
        for node in architecture.nodes:
            drawn = nodes[node.id]
            assert drawn.get("data-kind") == node.kind
            assert drawn.get("data-status") in STATUSES
            assert drawn.get("href") == f"#node-{node.id}"
            assert drawn.get("aria-label").startswith(node.title)
        for link in architecture.links:
            edge = next(each for each in links[link.id].iter() if each.get("data-path"))
            assert edge.get("id") == f"{'narrow-' if narrow else ''}link-{link.source}--{link.target}"
            assert len(edge.get("data-path").split()) >= 2


@pytest.mark.parametrize("slug", LABS)
@pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])
def test_every_title_of_a_lab_is_written_whole(slug, narrow):
    architecture = lab(slug)
    drawn = by(
        sound(draw(lay_out(architecture, narrow), architecture, busy_views(architecture), {}, 4_000)), "data-node"
    )
    cut = [node.title for node in architecture.nodes if node.title not in " ".join(drawn[node.id].itertext())]
    assert not cut


@pytest.mark.parametrize(
    ("slug", "holder", "says"),
    [
        ("the-buffer", "workers", "workers 1"),
        ("the-buffer", "workers#2", "workers 2"),
        ("visibility-timeout", "A", "A"),
    ],
)
def test_whoever_holds_a_message_has_a_number_where_several_work_under_one_name(slug, holder, says):
    architecture = lab(slug)
    token = {**TOKEN, "holder": holder}
    view = {"lanes": {"in_flight": [token]}, "counts": {"in_flight": 1}}
    drawn = sound(draw(lay_out(architecture), architecture, {"orders": view}, {}, 4_000))
    assert f"held by {says}" in list(by(drawn, "data-node")["orders"].itertext())


def test_a_worker_with_little_room_says_what_it_works_on():
    worker = {"state": "working", "message": {"name": "order 1082"}}
    assert briefly(worker, 200) == "Working on order 1082"
    assert briefly(worker, 80) == "order 1082"
    assert briefly({"state": "idle", "says": "Failed: DatabaseUnavailable"}, 80) == "Failed"


@settings(max_examples=often(20, 1_000))
@given(architectures(), st.booleans(), st.sampled_from([0, 1, 3, 7, 30, 31, 299, 301, 4_567, 1_500_000]))
def test_any_document_in_any_state_is_well_formed(architecture, narrow, many):
    picture = lay_out(architecture, narrow)
    views = busy_views(architecture, many)
    links = {name: {"status": "failing", "says": NASTY} for name in picture.routes}
    sound(draw(picture, architecture, views, links, 12_345))
    parsed(legend(architecture, views))


@pytest.mark.parametrize(
    ("kind", "gauges"),
    [
        (
            "queue",
            {
                "ApproximateNumberOfMessagesVisible": "1,234",
                "ApproximateNumberOfMessagesNotVisible": "2",
                "ApproximateNumberOfMessagesDelayed": "0",
            },
        ),
        ("publisher", {"sent": "1,234", "refused": "2"}),
        ("topic", {"NumberOfMessagesPublished": "1,234"}),
        ("consumer", {"worked": "1,234"}),
        ("function", {"worked": "1,234", "failed": "2"}),
        ("database", {"rows": "1,234"}),
        ("http", {"arrived": "1,234"}),
        ("email", {"arrived": "1,234"}),
        ("sms", {"arrived": "1,234"}),
        ("push", {"arrived": "1,234"}),
    ],
)
def test_each_number_stands_under_its_metric(kind, gauges):
    architecture = load({"nodes": [{"id": "x", "kind": kind, "parameters": {"DelaySeconds": 5}}]})
    exact = {name: int(text.replace(",", "")) for name, text in gauges.items()}
    view = {
        "status": "ok",
        "gauges": exact,
        "counts": {"visible": 1234, "in_flight": 2, "delayed": 0},
        "lanes": {"visible": [TOKEN], "in_flight": [TOKEN], "delayed": []},
        "by_type": {"order": 1234},
        "up": True,
    }
    picture = lay_out(architecture)
    root = parsed(draw_node(picture, architecture, "x", view, 0))
    shown = by(root, "data-gauge")
    for metric, text in gauges.items():
        assert shown[metric].text == text
        assert shown[metric].get("data-value") == str(exact[metric])


def test_a_queue_is_named_with_its_counts():
    architecture = load({"nodes": [{"id": "signups", "kind": "queue"}]})
    gauges = {
        "ApproximateNumberOfMessagesVisible": 29,
        "ApproximateNumberOfMessagesNotVisible": 3,
        "ApproximateNumberOfMessagesDelayed": 2,
    }
    root = parsed(draw_node(lay_out(architecture), architecture, "signups", {"status": "ok", "gauges": gauges}))
    assert root.get("aria-label") == "signups, standard queue, 29 visible, 3 in flight, 2 delayed"


def test_what_a_node_says_is_not_read_out_twice_and_one_is_no_plural():
    machine = {"status": "run", "says": "1 running", "running": 1, "gauges": {"ExecutionsStarted": 1, "transitions": 1}}
    assert node_label("m", "state_machine", "standard workflow", machine) == (
        "m, standard workflow, 1 started, 1 running, 1 transition"
    )
    assert node_label("rows", "database", "database", {"up": True, "rows": 1}) == "rows, database, 1 row, up"


@pytest.mark.parametrize(("now_ms", "says"), [(60_900, "0 s"), (65_000, "5 s"), (820_000, "12 min 40 s")])
def test_a_database_says_with_units_how_long_it_has_been_down(now_ms, says):
    architecture = lab("outage-drill")
    rows = next(node for node in architecture.nodes if node.kind == "database")
    drawn = draw_node(
        lay_out(architecture), architecture, rows.id, {"up": False, "since_ms": 60_000, "status": "fail"}, now_ms
    )
    assert by(parsed(drawn), "data-since")["60000"].text == says


def test_one_node_drawn_alone_is_the_same_as_in_the_whole_picture():
    architecture = lab("visibility-timeout")
    picture, views = lay_out(architecture), busy_views(lab("visibility-timeout"))
    whole = draw(picture, architecture, views, {}, 5_000)
    for node in architecture.nodes:
        assert draw_node(picture, architecture, node.id, views[node.id], 5_000) in whole
    for link in architecture.links:
        assert draw_link(picture, architecture, link.id, {}) in whole


def test_a_node_or_link_that_does_not_exist_is_an_error():
    architecture = lab("visibility-timeout")
    picture = lay_out(architecture)
    with pytest.raises(KeyError):
        draw_node(picture, architecture, "nobody", {})
    with pytest.raises(KeyError):
        draw_link(picture, architecture, "no/where", {})


@pytest.mark.parametrize(
    ("now_ms", "phase"),
    [(0, "1 1"), (15_000, "0.5 1"), (29_999, "3.33e-05 1"), (30_000, "0 1"), (99_000, "0 1"), (-5, "1 1")],
)
def test_a_ring_shows_the_part_of_its_time_that_remains(now_ms, phase):
    ring = by(parsed(draw_token(TOKEN, 0, 0, "in_flight", now_ms)), "data-until")["30000"]
    assert ring.get("stroke-dasharray") == phase
    assert (ring.get("data-from"), ring.get("pathLength")) == ("0", "1")


@pytest.mark.parametrize(
    ("kind", "tag", "look"),
    [
        ("order", "circle", "t-order"),
        ("refund", "path", "t-refund"),
        ("signup", "rect", "t-signup"),
        ("payment", "path", "t-payment"),
        ("notice", "path", "t-notice"),
        ("something else", "circle", "t-other"),
        (None, "circle", "t-other"),
    ],
)
def test_a_type_has_a_shape_and_a_hue(kind, tag, look):
    root = parsed(draw_token({**TOKEN, "type": kind, "again": False}, 3, 4))
    assert look in root.get("class").split()
    assert root.get("data-message") == "7" and root.get("transform") == "translate(3 4)"
    assert [each.tag for each in root.iter() if each.get("class") == "tk"] == [tag]


def test_a_token_received_before_has_a_dot_and_a_group_its_letter():
    drawn = draw_token({**TOKEN, "group": "account-7"}, 0, 0)
    assert 'class="again"' in drawn and ">A</text>" in drawn
    assert 'class="again"' not in draw_token({**TOKEN, "again": False}, 0, 0)


@settings(max_examples=often(200, 5_000))
@given(st.integers(0, 6_000))
def test_packets_add_up_exactly(many):
    sizes = packet_sizes(many, many)
    assert sum(sizes) == many
    assert max(sizes, default=1) == (1 if many <= 30 else 10 if many <= 300 else 100 if many <= 3_000 else 1_000)


def shown_in_lane(drawn: str) -> int:
    root = parsed(drawn)
    singles = [each for each in root.iter() if each.get("data-state") == "visible"]
    return len(singles) + sum(int(each.get("data-count")) for each in root.iter() if each.get("data-count"))


@pytest.mark.parametrize("many", [0, 1, 12, 30, 31, 84, 299, 300, 301, 1_234, 40_000])
@pytest.mark.parametrize("queues", [1, 2, 3], ids=["tall", "middle", "flat"])
@pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])
def test_a_lane_shows_exactly_as_many_messages_as_there_are(many, queues, narrow):
    architecture = load({"nodes": [{"id": f"q{number}", "kind": "queue"} for number in range(queues)]})
    tokens = [{**TOKEN, "id": number} for number in range(min(many, 30))]
    by_type = {"order": many - many // 3, "refund": many // 3}
    tokens = [
        {**token, "type": "order" if place < by_type["order"] else "refund"} for place, token in enumerate(tokens)
    ]
    view = {"counts": {"visible": many}, "lanes": {"visible": tokens}, "by_type": by_type, "gauges": {}}
    picture = lay_out(architecture, narrow=narrow)
    assert shown_in_lane(draw_node(picture, architecture, "q0", view)) == many


@pytest.mark.parametrize("status", ["ok", "blocked", "failing", "pending"])
def test_a_link_carries_its_status_as_a_pattern(status):
    architecture = lab("reaching-people")
    link = next(link.id for link in architecture.links if link.source == "shift-alerts")
    root = parsed(draw_link(lay_out(architecture), architecture, link, {"status": status, "says": ""}))
    assert root.get("data-status") == status
    assert f"link-{status}" in root.get("class").split()


def test_a_filter_is_a_funnel_with_its_policy_as_text():
    architecture = lab("only-what-concerns-me")
    drawn = draw(lay_out(architecture), architecture)
    words = " ".join(parsed(drawn).itertext())
    assert drawn.count('class="funnel"') == 3
    for policy in ("type is order", "type is refund", "amount ≥ 100"):
        assert policy in words


def test_what_documents_say_is_escaped_everywhere():
    architecture = load({"title": NASTY, "nodes": [{"id": "q", "kind": "queue", "label": "<script>alert(1)</script>"}]})
    drawn = draw(lay_out(architecture), architecture)
    assert "<script" not in drawn
    sound(drawn)


def test_no_text_is_smaller_than_eleven_pixels():
    css = (__import__("pathlib").Path(__file__).parents[2] / "static/css/lab.css").read_text()
    sizes = [float(size) for size in re.findall(r"font-size: ([\d.]+)px", css)]
    assert sizes and min(sizes) >= 11


def test_the_key_names_the_types_and_the_marks_that_can_occur():
    words = " ".join(parsed(legend(lab("visibility-timeout"))).itertext())
    assert "order" in words and "received before" in words and "delayed" not in words
    assert "sign-up" in "".join(parsed(legend(lab("outage-drill"))).itertext())


def test_the_table_has_the_same_facts_as_the_picture():
    architecture = lab("poison-message")
    rows = {row.node: row for row in describe(architecture, busy_views(architecture, 3))}
    assert rows["orders"].kind == "standard queue" and rows["orders-dlq"].kind == "dead-letter queue"
    assert dict(rows["orders"].counts) == {"visible": 3, "in flight": 3, "delayed": 3}
    assert all(row.says for row in rows.values())
