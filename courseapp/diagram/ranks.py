"""Which column a node belongs in, and which nodes share a place. First pass of the layout of an architecture.

Nodes read from left to right: senders, topics, queues, consumers, stores. A rank is the longest way to a node (Gansner
et al., 1993), raised so that nodes of one kind stand in one column wherever no way leads from one to the other: a
glance down a column compares. A dead-letter queue shares the place of its first source, below it; where a picture has
to be less wide, so does a state machine that of the one publisher that starts it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from courseapp.diagram.document import Redrive
from courseapp.engine.architecture.document import Architecture

ROUNDS = 4  # of raising whole kinds; more changes nothing in any sensible document
LAST = frozenset(("database",))  # stores stand in the last column
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Places:
    """``of`` gives the place (named by its first node) of each node, ``members`` the nodes of a place, top down."""

    of: Mapping[str, str]
    members: Mapping[str, tuple[str, ...]]


def places(architecture: Architecture, rules: Sequence[Redrive], apart: bool, started: bool = False) -> Places:
    """Share places between queues or endpoints and their dead-letter queues, and with ``started`` between state
    machines and what starts them; with ``apart`` each node has its own."""
    above: dict[str, str] = _starters(architecture) if started else {}
    if not apart:
        for rule in rules:
            if rule.target not in above and rule.target != _top(above, rule.source):
                above[rule.target] = rule.source
    members: dict[str, list[str]] = {}
    for node in architecture.nodes:
        if node.id not in above:
            members[node.id] = [node.id]
    for hanging in _sources_first(architecture, above):
        members[_top(above, hanging)].append(hanging)
    of = {name: place for place, names in members.items() for name in names}
    return Places(of, {place: tuple(nodes) for place, nodes in members.items()})


def _starters(architecture: Architecture) -> dict[str, str]:
    """The publisher of each state machine that nothing else starts, if it does nothing else."""
    found: dict[str, str] = {}
    for node in architecture.nodes:
        starters = [link.source for link in architecture.links if link.target == node.id]
        if node.kind != "state_machine" or len(starters) != 1 or not architecture.has(starters[0]):
            continue
        publisher = architecture.node(starters[0])
        if publisher.kind == "publisher" and len(list(architecture.links_from(publisher.id))) == 1:
            found[node.id] = publisher.id
    return found


def _top(above: Mapping[str, str], node: str) -> str:
    while node in above:
        node = above[node]
    return node


def _sources_first(architecture: Architecture, above: Mapping[str, str]) -> list[str]:
    def depth(node: str) -> int:
        return 1 + depth(above[node]) if node in above else 0

    hanging = [node.id for node in architecture.nodes if node.id in above]
    return sorted(hanging, key=depth)


def ranks(architecture: Architecture, where: Places, edges: Iterable[Pair], beside: bool = False) -> dict[str, int]:
    """The column of each place, from 0. ``edges`` join nodes; those that close a circle are disregarded.

    With ``beside`` state machines, which are high, never share a column.
    """
    nodes = list(where.members)
    joined = [(where.of[a], where.of[b]) for a, b in edges]
    forward = without_circles(nodes, [pair for pair in joined if pair[0] != pair[1]])
    kinds: dict[str, list[str]] = {}
    for node in nodes:
        kinds.setdefault(architecture.node(node).kind, []).append(node)
    reach = {node: _reached(node, forward) for node in nodes}
    linked = {end for pair in forward for end in pair}
    least = dict.fromkeys(nodes, 0)
    for _ in range(ROUNDS):
        found = _longest(nodes, forward, least)
        for kind, same in kinds.items():
            if kind == "publisher" or any(reach[a] & set(same) for a in same):
                continue
            known = [node for node in same if node in linked]
            column = max((found[node] for node in known), default=_alone(kind, found))
            if kind in LAST and all(not reach[node] for node in same):
                column = max(found.values())
            for node in same:
                least[node] = max(least[node], column)
    found = _longest(nodes, forward, least)
    return _without_gaps(_side_by_side(architecture, nodes, forward, found) if beside else found)


def _side_by_side(
    architecture: Architecture, nodes: Sequence[str], forward: Sequence[Pair], found: dict[str, int]
) -> dict[str, int]:
    """The state machines of one column each in one of its own, in the document's order."""
    machines = [node for node in nodes if architecture.node(node).kind == "state_machine"]
    for place, node in enumerate(machines):
        beside = [found[other] for other in machines[:place]]
        if found[node] in beside:
            column = max(beside) + 1
            found = {other: rank + (rank >= column) for other, rank in found.items()} | {node: column}
            found = _longest(nodes, forward, found)
    return found


def _alone(kind: str, found: Mapping[str, int]) -> int:
    """The column of nodes that nothing is linked to."""
    return 0 if kind == "publisher" else min(max(found.values()), 1) if kind == "topic" else max(found.values())


def without_circles(nodes: Sequence[str], edges: Sequence[Pair]) -> list[Pair]:
    """``edges`` without those that lead back to a node that is still open in a depth-first walk."""
    outgoing: dict[str, list[str]] = {node: [] for node in nodes}
    for source, target in edges:
        outgoing[source].append(target)
    entered = {target for _, target in edges}
    order = [node for node in nodes if node not in entered] + list(nodes)
    state: dict[str, int] = {}
    back: set[Pair] = set()
    for start in order:
        stack = [(start, iter(outgoing[start]))] if start not in state else []
        if stack:
            state[start] = 1
        while stack:
            node, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                state[node] = 2
                stack.pop()
            elif following not in state:
                state[following] = 1
                stack.append((following, iter(outgoing[following])))
            elif state[following] == 1:
                back.add((node, following))
    return [pair for pair in edges if pair not in back]


def _reached(start: str, edges: Sequence[Pair]) -> set[str]:
    found: set[str] = set()
    open_ = [start]
    while open_:
        node = open_.pop()
        for source, target in edges:
            if source == node and target not in found:
                found.add(target)
                open_.append(target)
    return found


def _longest(nodes: Sequence[str], forward: Sequence[Pair], least: Mapping[str, int]) -> dict[str, int]:
    found = dict(least)
    for _ in nodes:
        changed = False
        for source, target in forward:
            if found[target] < found[source] + 1:
                found[target] = found[source] + 1
                changed = True
        if not changed:
            break
    return {node: found[node] for node in nodes}


def _without_gaps(found: Mapping[str, int]) -> dict[str, int]:
    used = {rank: place for place, rank in enumerate(sorted(set(found.values())))}
    return {node: used[rank] for node, rank in found.items()}
