"""The geometry of a few pictures, reviewed like code: a change here is a change of what people see.

To accept a new geometry: python -m tests.diagram.test_golden
"""

import json
from pathlib import Path

import pytest

from courseapp.diagram import lay_out
from courseapp.diagram.flat import Arrow, Block, layout
from tests.diagram.documents import MACHINE, load

GOLDEN = Path(__file__).parent / "golden"
FAN = {
    "nodes": [
        {"id": "shop", "kind": "publisher"},
        {"id": "events", "kind": "topic"},
        {
            "id": "shipping",
            "kind": "queue",
            "parameters": {"RedrivePolicy": {"deadLetterTargetArn": "dead", "maxReceiveCount": 2}},
        },
        {"id": "dead", "kind": "queue"},
        {"id": "partner", "kind": "http"},
        {"id": "packer", "kind": "consumer"},
        {"id": "rows", "kind": "database"},
    ],
    "links": [
        {"from": "shop", "to": "events"},
        {"from": "events", "to": "shipping", "parameters": {"FilterPolicy": {"type": ["order"]}}},
        {"from": "events", "to": "partner"},
        {"from": "shipping", "to": "packer"},
        {"from": "packer", "to": "rows"},
    ],
}
WORKFLOW = {"nodes": [{"id": "machine", "kind": "state_machine", "parameters": {"definition": MACHINE}}]}


def flat():
    nodes = [Block(name, 120, 44) for name in "abcde"]
    edges = [
        Arrow("a", "b"),
        Arrow("a", "c", "otherwise"),
        Arrow("b", "d"),
        Arrow("c", "d"),
        Arrow("d", "a", "again"),
        Arrow("d", "e"),
    ]
    found = layout(nodes, edges, "down")
    return {
        "size": [found.width, found.height],
        "boxes": {name: [box.x, box.y, box.width, box.height] for name, box in found.boxes.items()},
        "routes": [[list(point) for point in route] for route in found.routes],
    }


def picture(document, narrow):
    found = lay_out(load(document), narrow=narrow)
    nodes = {}
    for node in found.nodes.values():
        nodes[node.id] = [node.box.x, node.box.y, node.box.width, node.box.height]
        if node.workflow:
            nodes |= {
                f"{node.id}:{state.name}": [state.box.x, state.box.y, state.box.width, state.box.height]
                for state in node.workflow.states
            }
    return {
        "size": [found.width, found.height],
        "boxes": nodes,
        "routes": [route.path.d for route in found.routes.values()],
    }


CASES = {
    "flat": flat,
    "fan": lambda: picture(FAN, False),
    "fan-narrow": lambda: picture(FAN, True),
    "workflow": lambda: picture(WORKFLOW, False),
    "workflow-narrow": lambda: picture(WORKFLOW, True),
}


def rounded(value):
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(inner) for inner in value]
    return round(value, 2) if isinstance(value, float) else value


@pytest.mark.parametrize("name", CASES)
def test_the_geometry_is_as_reviewed(name):
    expected = json.loads((GOLDEN / f"{name}.json").read_text())
    assert rounded(CASES[name]()) == expected


def accept():
    GOLDEN.mkdir(exist_ok=True)
    for name, case in CASES.items():
        (GOLDEN / f"{name}.json").write_text(json.dumps(rounded(case()), indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    accept()
