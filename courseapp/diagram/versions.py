"""A state machine drawn with another version of its definition, in the place that the layout gave it."""

from __future__ import annotations

from dataclasses import replace

from courseapp.diagram.geometry import Box
from courseapp.diagram.model import Layout, Workflow
from courseapp.diagram.workflow import lay_out_workflow

AROUND = (16.0, 88.0)  # what a machine's box has beside its graph: in width, in height


def with_version(picture: Layout, node_id: str, definition: object, name: str) -> Layout:
    """The same picture with the graph of ``definition`` in one node, which says that it is ``name``.

    The rest of a picture that is being looked at stays where it is: a graph too large for the place is drawn smaller.
    """
    node = picture.nodes[node_id]
    workflow = lay_out_workflow(definition, picture.narrow)
    if _scale(workflow, node.box) < 1:
        workflow = lay_out_workflow(definition, picture.narrow, low=True)
    facts = {
        **node.facts,
        "words": f"{node.facts.get('words', node.kind)}, drawn as {name} of its definition",
        "scale": _scale(workflow, node.box),
    }
    drawn = replace(node, workflow=workflow, caption=f"Definition {name}", facts=facts)
    return replace(picture, nodes={**picture.nodes, node_id: drawn})


def _scale(workflow: Workflow, box: Box) -> float:
    wide, high = AROUND
    return min(1.0, (box.width - wide) / max(workflow.width, 1.0), (box.height - high) / max(workflow.height, 1.0))
