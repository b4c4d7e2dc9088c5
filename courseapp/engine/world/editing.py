"""Commands that change the document, carried out in the world as well.

What the document would be afterwards, and whether it may be, is ``engine.edits``' affair. Here the nodes follow it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from courseapp.engine.architecture import Architecture, Node
from courseapp.engine.architecture.parameters import look_inside
from courseapp.engine.commands import Command, Refused
from courseapp.engine.edits import check_attributes, check_edit, edited
from courseapp.engine.sqs import redrive
from courseapp.engine.states.validate import validate as validate_definition
from courseapp.engine.world.building import AWS_KINDS, World

EDITS = ("AddNode", "RemoveNode", "Connect", "Disconnect")


def edit(world: World, command: Command) -> None:
    """One of ``EDITS``. Raises Refused and changes nothing if it may not be."""
    check_edit(world.architecture, command)
    before, world.architecture = world.architecture, edited(world.architecture, command)
    target = str(command.target)
    if command.action == "AddNode":
        try:
            node = world.build(world.architecture.node(target))
        except Refused:
            world.architecture = before
            raise
        if node.kind == "queue":
            redrive.link(node)
        for topic in world.of_kind("topic"):
            if target in topic.subscriptions:  # what was subscribed is gone, and this has only its name
                topic.unsubscribe(target)
        world.kernel.record("node_added", target)
        if world.started:
            world.start_one(node)
    elif command.action == "RemoveNode":
        _remove(world, before, target)
    elif command.action == "Connect":
        link = world.architecture.link(target)
        world.relink(link.source)
        world.join(link, announce=True)
        world.kernel.record("connected", link.source, target)
    else:
        link = before.link(target)
        world.part(link)
        world.relink(link.source)
        world.kernel.record("disconnected", link.source, target)


def _remove(world: World, before: Architecture, node_id: str) -> None:
    """Take a node away. A topic that pointed at it finds out when it delivers; what it held is gone with it, and what
    it was at is cut off."""
    nodes = world.kernel.nodes
    node = nodes[node_id]
    for link in before.links:
        if link.source == node_id or (link.target == node_id and nodes[link.source].kind == "queue"):
            world.part(link)
    for worker in getattr(node, "workers", ()):
        if not worker.crashed:
            worker.crash(told=bool(worker.batch))  # who waits is taken away, and loses nothing
    if node.kind in ("publisher", "http"):
        node.fall_silent()
    elif node.kind == "function" and node.up:
        node.go_down()
    elif node.kind == "state_machine":
        for execution in tuple(node.executions):
            execution.end("ABORTED", cause="The state machine was deleted.")
        node.written.clear()
    elif node.kind == "queue":
        redrive.unlink(node)
        node.store.clear()
    del nodes[node_id]
    world.kernel.record("node_removed", node_id)
    for link in before.links:
        if link.target == node_id:
            world.relink(link.source)


def set_parameters(world: World, command: Command, node: Any, endpoint: str = "") -> None:
    """``SetParameter`` on a node, or on the link from it to ``endpoint``: one parameter after another."""
    check_edit(world.architecture, command)
    check_attributes(world.architecture, command)
    place = f"{node.id}/{endpoint}" if endpoint else node.id
    of_subscription: dict[str, Any] = {}
    for name, value in command.parameters.items():
        before = look_inside(_parameters(world.architecture, place), name)
        first = name.split(".")[0]
        after = edited(world.architecture, Command(command.at_ms, "SetParameter", place, {name: value}))
        whole = _parameters(after, place).get(first)
        if not endpoint:
            is_aws = node.kind in AWS_KINDS
            node.set_parameter(first if is_aws else name, whole if is_aws else value)
        elif node.kind == "topic":
            of_subscription[first] = whole
        elif node.kind == "queue":
            world.kernel.nodes[endpoint].link_changed(node, after.link(place).parameters)
        world.architecture = after
        to = None if whole is None else value
        world.kernel.record("changed", place, None, None, None, {"name": name, "from": before, "to": to})
    if of_subscription:
        node.change_subscription(endpoint, of_subscription)
    if endpoint:
        world.relink(node.id)


def check_machine(node: Node) -> None:
    """Raise Refused(``InvalidDefinition``) for a state machine whose definition has problems; other kinds pass."""
    if node.kind == "state_machine":
        kind = str(node.parameters.get("type", "STANDARD"))
        problems = validate_definition(node.parameters.get("definition"), kind, ())
        if problems:
            raise Refused("InvalidDefinition", " ".join(problem.message for problem in problems))


def _parameters(architecture: Architecture, place: str) -> Mapping[str, Any]:
    return (architecture.link(place) if "/" in place else architecture.node(place)).parameters
