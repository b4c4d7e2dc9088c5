"""Where things stand: nothing overlaps, no edge runs through a foreign node, everything is inside the picture."""

import itertools
import pickle
from dataclasses import replace

import pytest
from hypothesis import given, settings

from courseapp.diagram import Layout, lay_out
from courseapp.diagram.geometry import Box
from courseapp.diagram.text import ELLIPSIS, width
from courseapp.engine.architecture.document import Architecture, Link
from courseapp.lessons.acts import acts_of
from courseapp.lessons.content import course
from tests.diagram.documents import LABS, architectures, fed, lab, load
from tests.scale import often

WAYS = [pytest.param(False, id="wide"), pytest.param(True, id="narrow")]
every_lab = pytest.mark.parametrize("slug", LABS)
every_way = pytest.mark.parametrize("narrow", WAYS)


def overlap(a: Box, b: Box) -> bool:
    return a.x < b.right and b.x < a.right and a.y < b.bottom and b.y < a.bottom


def overlapping(picture: Layout) -> list[tuple[str, str]]:
    return [(a.id, b.id) for a, b in itertools.combinations(picture.nodes.values(), 2) if overlap(a.box, b.box)]


def pieces(points):
    """Points along a polyline, at most 4 pixels apart."""
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        steps = max(1, int(max(abs(x1 - x0), abs(y1 - y0)) // 4))
        for step in range(steps + 1):
            yield x0 + (x1 - x0) * step / steps, y0 + (y1 - y0) * step / steps


def run_through(picture: Layout) -> list[tuple[str, str]]:
    found = []
    for route in picture.routes.values():
        for node in picture.nodes.values():
            if node.id in (route.source, route.target):
                continue
            inner = node.body.grown(-1.5)
            if any(inner.holds(point) for point in pieces(route.path.points)):
                found.append((route.id, node.id))
    return found


def outside(picture: Layout) -> list[str]:
    whole = Box(0, 0, picture.width, picture.height)
    lost = [
        node.id
        for node in picture.nodes.values()
        if not (whole.holds((node.box.x, node.box.y)) and whole.holds((node.box.right, node.box.bottom)))
    ]
    lost += [route.id for route in picture.routes.values() if not all(whole.holds(p) for p in route.path.points)]
    lost += [frame.title for frame in picture.frames if not whole.holds((frame.box.right, frame.box.bottom))]
    return lost


def ends_apart(picture: Layout) -> list[str]:
    """Routes that don't begin and end at their nodes."""
    found = []
    for route in picture.routes.values():
        source, target = picture.nodes[route.source].body, picture.nodes[route.target].body
        if not source.grown(0.6).holds(route.path.points[0]) or not target.grown(0.6).holds(route.path.points[-1]):
            found.append(route.id)
    return found


def label_boxes(picture: Layout) -> list[tuple[str, Box]]:
    boxes = []
    for route in picture.routes.values():
        label = route.label
        if label is None or not label.lines or picture.narrow:
            continue
        x, y = label.at
        long = max(width(line, 11.5) for line in label.lines) * 0.95
        if route.kind == "redrive" and len(route.path.points) == 2:
            boxes.append((route.id, Box(x, y - 6, long, 12)))
            continue
        boxes.append((route.id, Box(x + (16 if label.funnel else 0), y - 17, long, 12)))
        if len(label.lines) > 1:
            boxes.append((route.id, Box(x + (16 if label.funnel else 0), y + 6, long, 12)))
    return boxes


def struck_through(picture: Layout) -> list[tuple[str, str]]:
    """Titles of frames that an edge runs through or a node covers, or that don't fit into their frame."""
    found = []
    for frame in picture.frames:
        title = Box(frame.box.x + frame.indent, frame.box.y + 12, width(frame.title), 12)
        lines = [route for route in picture.routes.values() if any(title.holds(p) for p in pieces(route.path.points))]
        found += [(frame.title, route.id) for route in lines]
        found += [(frame.title, node.id) for node in picture.nodes.values() if overlap(title, node.box)]
        found += [(frame.title, "")] if title.right > frame.box.right else []
    return found


def check(architecture: Architecture, narrow: bool) -> Layout:
    picture = lay_out(architecture, narrow)
    assert overlapping(picture) == []
    assert run_through(picture) == []
    assert outside(picture) == []
    assert ends_apart(picture) == []
    return picture


@every_lab
@every_way
def test_a_lab_is_drawn_without_overlaps(slug, narrow):
    picture = check(lab(slug), narrow)
    assert set(picture.nodes) == {node.id for node in lab(slug).nodes}


@every_lab
def test_labels_of_a_lab_touch_neither_nodes_nor_each_other(slug):
    picture = lay_out(lab(slug))
    boxes = label_boxes(picture)
    for (a, first), (b, second) in itertools.combinations(boxes, 2):
        assert not overlap(first, second), (a, b)
    for name, box in boxes:
        assert [node.id for node in picture.nodes.values() if overlap(node.body, box)] == [], name
        others = [route for route in picture.routes.values() if route.id != name]
        assert [route.id for route in others if any(box.holds(p) for p in pieces(route.path.points))] == [], name


@every_lab
@every_way
def test_no_label_of_a_lab_is_cut(slug, narrow):
    """But for long filter policies on a phone: they are read in the inspector."""
    routes = lay_out(lab(slug), narrow).routes.values()
    labels = [route.label for route in routes if route.label and not (narrow and route.label.funnel)]
    assert [line for label in labels for line in label.lines if ELLIPSIS in line] == []


@every_lab
def test_a_lab_fits_a_laptops_stage_and_a_phone_in_each_of_its_acts(slug):
    for architecture in (lab(slug), *(act.architecture for act in acts_of(course().lab(slug)))):
        assert lay_out(architecture).width <= 808
        assert lay_out(architecture, narrow=True).width <= 380


@settings(max_examples=often(25, 1_000))
@given(architectures())
def test_any_document_is_drawn_wide_without_overlaps(architecture):
    check(architecture, narrow=False)


@settings(max_examples=often(25, 1_000))
@given(architectures())
def test_any_document_is_drawn_narrow_without_overlaps(architecture):
    check(architecture, narrow=True)


@settings(max_examples=often(20, 500))
@given(architectures())
def test_a_layout_is_the_same_every_time_and_can_be_pickled(architecture):
    picture = lay_out(architecture)
    assert lay_out(architecture) == picture
    assert pickle.loads(pickle.dumps(picture)) == picture


def test_an_empty_document_has_an_empty_picture():
    assert lay_out(load({"nodes": []})).nodes == {}


# --- Reading order and roles ---


def test_senders_topics_queues_and_consumers_read_from_left_to_right():
    picture = lay_out(lab("fan-out"))
    shop, topic, queue, consumer = (
        next(node.box for node in picture.nodes.values() if node.kind == kind)
        for kind in ("publisher", "topic", "queue", "consumer")
    )
    assert shop.right < topic.x < topic.right < queue.x < queue.right < consumer.x


def test_nodes_of_one_role_stand_in_one_column_across_frames():
    picture = lay_out(lab("outage-drill"))
    columns = {
        kind: {node.body.middle[0] for node in picture.nodes.values() if node.kind == kind}
        for kind in ("publisher", "database")
    }
    assert all(len(column) == 1 for column in columns.values()), columns


def test_a_dead_letter_queue_stands_below_its_source():
    picture = lay_out(lab("poison-message"))
    source, dead = picture.nodes["orders"].box, picture.nodes["orders-dlq"].box
    assert dead.y >= source.bottom and dead.x == source.x
    rule = picture.routes["orders/orders-dlq"]
    assert rule.kind == "redrive" and rule.label.lines == ("on the fourth receive",)


def test_where_room_is_short_a_publisher_stands_above_the_machine_that_it_starts():
    picture = lay_out(lab("waiting-for-a-person"))
    form, machine = picture.nodes["form"].box, picture.nodes["onboarding"].box
    assert form.bottom < machine.y and form.middle[0] == machine.middle[0]
    assert picture.routes["form/onboarding"].arrow
    assert not lay_out(lab("many-at-once")).routes["list/training"].arrow


def test_what_nothing_joins_is_put_where_there_is_room():
    picture = lay_out(lab("when-a-step-fails"))
    form, prepare = picture.nodes["form"].box, picture.nodes["prepare"].box
    assert prepare.x < form.right and prepare.y > form.bottom


def test_a_frame_holds_its_nodes_and_no_other():
    architecture = lab("three-services")
    for narrow in (False, True):
        picture = lay_out(architecture, narrow=narrow)
        for frame in picture.frames:
            for node in architecture.nodes:
                box = picture.nodes[node.id].box
                assert overlap(frame.box, box) == (node.group == frame.title), (frame.title, node.id)


def test_frames_that_are_too_high_one_above_another_stand_in_a_row_below_what_sends_to_them():
    picture = check(lab("three-services"), narrow=False)
    form, (sns, sqs, sfn) = picture.nodes["sign-up-form"].box, [frame.box for frame in picture.frames]
    assert form.bottom < sns.y == sqs.y == sfn.y and sns.bottom == sqs.bottom == sfn.bottom
    assert sns.right < sqs.x and sqs.right < sfn.x
    assert picture.width <= 800 and picture.height <= 440  # what a laptop's stage shows
    assert all(picture.routes[f"sign-up-form/{first}"].arrow for first in ("signup-news", "signups", "onboarding"))
    assert struck_through(picture) == []


def rows_of_frames(picture: Layout) -> int:
    return len({frame.box.y for frame in picture.frames})


def test_frames_that_hold_the_same_stay_one_above_another_however_high_they_are():
    compared = lab("standard-and-fifo")
    for workers in (1, 2, 5):
        nodes = [
            replace(node, parameters={**node.parameters, "workers": workers}) if node.kind == "consumer" else node
            for node in compared.nodes
        ]
        assert rows_of_frames(check(replace(compared, nodes=tuple(nodes)), narrow=False)) == 2


def test_frames_that_are_joined_with_each_other_stay_one_above_another():
    services = lab("three-services")
    assert rows_of_frames(lay_out(services)) == 1
    assert rows_of_frames(lay_out(replace(services, links=(*services.links, Link("saver", "onboarding"))))) == 3


@settings(max_examples=often(25, 500))
@given(fed())
def test_frames_in_a_row_are_drawn_without_overlaps_and_their_titles_can_be_read(architecture):
    picture = check(architecture, narrow=False)
    assert set(picture.nodes) == {node.id for node in architecture.nodes}
    assert set(picture.routes) >= {link.id for link in architecture.links}
    assert rows_of_frames(picture) > 1 or struck_through(picture) == []
