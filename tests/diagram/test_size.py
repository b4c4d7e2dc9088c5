"""Documents and definitions of any size: laying one out must not hold up everybody else's labs."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseapp.diagram import flat, lay_out, layout, order
from courseapp.diagram.order import Item
from courseapp.diagram.workflow import lay_out_workflow
from courseapp.engine.architecture import parse


def choices(many):
    """A definition in which each state leads to the next one and to one far away."""
    states = {
        f"s{place}": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.a", "IsNull": True, "Next": f"s{place * 7 % many}"}],
            "Default": f"s{place + 1}",
        }
        for place in range(many)
    }
    return {"StartAt": "s0", "States": {**states, f"s{many}": {"Type": "Succeed"}}}


def machine(definition):
    node = {"id": "m", "kind": "state_machine", "parameters": {"definition": definition}}
    return {"version": 1, "title": "m", "nodes": [node], "links": []}


def test_a_level_of_very_many_states_is_a_list_with_its_edges_beside_it(monkeypatch):
    monkeypatch.setattr(
        flat.graphlay, "layout", lambda *_, **__: pytest.fail("it takes the third power of their number")
    )
    workflow = lay_out_workflow(choices(200))
    assert [state.name for state in workflow.states] == [f"s{place}" for place in range(201)]
    for above, below in itertools.pairwise(state.box for state in workflow.states):
        assert above.bottom < below.y
    boxes = {state.name: state.box for state in workflow.states}
    assert len(workflow.transitions) == 401
    for each in workflow.transitions[1:]:
        for name, (x, y) in ((each.source, each.route[0]), (each.target, each.route[-1])):
            box = boxes[name]
            assert box.x <= x <= box.right and box.y <= y <= box.bottom
        assert all(0 <= x <= workflow.width and 0 <= y <= workflow.height for x, y in each.route)


def test_however_many_ways_a_document_is_laid_out_its_machines_are_drawn_once_for_each_height(monkeypatch):
    asked, works = [], flat.graphlay.layout
    monkeypatch.setattr(flat.graphlay, "layout", lambda *given, **more: asked.append(1) or works(*given, **more))
    lay_out(parse(machine(choices(30))))
    assert 1 <= len(asked) <= 2


def test_many_parts_are_not_put_side_by_side_in_every_way(monkeypatch):
    monkeypatch.setattr(layout, "packed", lambda *_: pytest.fail("there are too many ways"))
    document = machine(choices(3))
    document["nodes"] += [{"id": f"q{place}", "kind": "queue"} for place in range(20)]
    assert len(lay_out(parse(document)).nodes) == 21


def test_a_large_document_is_laid_out_in_the_usual_way_only(monkeypatch):
    ways, works = [], layout.Pass
    monkeypatch.setattr(layout, "Pass", lambda *given, **more: ways.append(more["way"]) or works(*given, **more))
    document = machine(choices(3))
    document["nodes"] += [{"id": f"q{place}", "kind": "queue"} for place in range(60)]
    lay_out(parse(document))
    assert set(ways) == {layout.USUAL}


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 6), st.integers(0, 6)), max_size=25))
def test_crossings_are_counted_as_if_each_edge_were_compared_with_each_other(edges):
    columns = [[Item(f"{rank} {at}", rank, 0) for at in range(7)] for rank in range(4)]
    pieces = [(f"{rank} {start}", f"{rank + 1} {end}") for rank, start, end in edges]
    crossing = sum(
        one[0] == other[0] and (one[1] - other[1]) * (one[2] - other[2]) < 0
        for one, other in itertools.combinations(edges, 2)
    )
    assert order._crossings(columns, pieces) == crossing
