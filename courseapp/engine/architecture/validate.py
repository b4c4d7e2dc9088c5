"""All that is wrong with a document, at once: its shape, its names, its values, and how its parts go together.

Nothing here knows a kind by name: kinds and links are the tables of ``kinds`` and ``links``, and what concerns several
parts is in ``rules``. A state machine's definition is only looked at as an object; ``courseapp.engine.states`` reads
it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from courseapp.engine.architecture import rules
from courseapp.engine.architecture.composites import unknown_name
from courseapp.engine.architecture.document import Architecture
from courseapp.engine.architecture.kinds import KINDS
from courseapp.engine.architecture.links import LINKS, targets_of
from courseapp.engine.architecture.parameters import check_filter, check_parameters
from courseapp.engine.architecture.problems import Place, Problem, article, did_you_mean, listed, shown, spoken
from courseapp.engine.architecture.shapes import Problems, Text

VERSION: Final = 1
ID_PATTERN: Final = r"^[A-Za-z0-9_.-]{1,80}$"
STARTS_AT_PATTERN: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,3})?Z$"
TITLE: Final = Text(most=200)
LABEL: Final = Text(most=100)
GROUP: Final = Text(most=80)
NODES_MAX: Final = 200
LINKS_MAX: Final = 1_000
DEPTH_MAX: Final = 100

DOCUMENT_FIELDS: Final = dict.fromkeys(("version", "title", "starts_at", "nodes", "links"))
NODE_FIELDS: Final = dict.fromkeys(("id", "kind", "label", "group", "parameters"))
LINK_FIELDS: Final = dict.fromkeys(("from", "to", "parameters"))


def validate(data: Any) -> list[Problem]:
    """Every problem of a document: of its parts first, then of how they go together. Empty if it can be run.

    Never raises, whatever ``data`` is.
    """
    problems = _not_json(data)
    if problems:
        return problems
    whole = Place(owner="the document")
    if not isinstance(data, dict):
        return [whole.wrong(data, "a JSON object")]
    _check_names(data, DOCUMENT_FIELDS, whole, problems)
    _check_head(data, problems)
    nodes = _check_nodes(data.get("nodes"), problems)
    broken = _broken(data.get("nodes"), nodes)
    links = _check_links(data.get("links", []), nodes, broken, problems)
    rules.check(nodes, links, broken, problems)
    return problems


def new_problems(before: Architecture, after: Architecture) -> list[Problem]:
    """The problems that a change of a running document brings, without those that were there already (a dead-letter
    queue may be gone, and its source still name it)."""
    known = {problem.says for problem in validate(before.as_json())}
    return [problem for problem in validate(after.as_json()) if problem.says not in known]


def _check_head(data: Mapping[str, Any], problems: Problems) -> None:
    version = data.get("version")
    if version != VERSION or isinstance(version, bool):
        problems.append(Place("/version", "version").wrong(version, str(VERSION)))
    if "title" in data:
        TITLE.check(data["title"], Place("/title", "title"), problems)
    starts_at = data.get("starts_at", "2026-01-05T09:00:00Z")
    if not _is_moment(starts_at):
        allowed = "a date and time in UTC such as 2026-01-05T09:00:00Z"
        problems.append(Place("/starts_at", "starts_at").wrong(starts_at, allowed))


def _is_moment(value: Any) -> bool:
    if not isinstance(value, str) or not re.fullmatch(STARTS_AT_PATTERN, value, re.ASCII):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _check_nodes(given: Any, problems: Problems) -> dict[str, rules.SeenNode]:
    """Check every node; those with an id and a kind are what links and rules then look at."""
    place = Place("/nodes", "nodes")
    seen: dict[str, rules.SeenNode] = {}
    if not isinstance(given, list) or len(given) > NODES_MAX:
        problems.append(place.wrong(given, f"a list of at most {NODES_MAX} nodes"))
        return seen
    for index, node in enumerate(given):
        spot = Place(f"/nodes/{index}", owner=f"node {index}")
        if not isinstance(node, dict):
            problems.append(spot.wrong(node, "an object with id and kind"))
            continue
        node_id, kind = node.get("id"), node.get("kind")
        has_id = isinstance(node_id, str) and re.fullmatch(ID_PATTERN, node_id) is not None
        has_kind = isinstance(kind, str) and kind in KINDS
        if has_id:
            spot = Place(spot.path, owner=f'{spoken(str(kind)) if has_kind else "node"} "{node_id}"')
        _check_names(node, NODE_FIELDS, spot, problems)
        if not has_id:
            problems.append(spot.at("id").wrong(node_id, "1 to 80 characters of A-Z a-z 0-9 _ . -"))
        elif node_id in seen:
            problems.append(spot.at("id").problem(node_id, f"is taken by node {seen[node_id].index} already."))
        if not has_kind:
            problems.append(spot.at("kind").wrong(kind, listed(KINDS), KINDS))
        if "label" in node:
            LABEL.check(node["label"], spot.at("label"), problems)
        if node.get("group") is not None:
            GROUP.check(node["group"], spot.at("group"), problems)
        if has_kind:
            parameters = node.get("parameters", {})
            inside = Place(f"{spot.path}/parameters", "parameters", spot.owner)
            check_parameters(KINDS[str(kind)], parameters, inside, problems)
            if has_id and node_id not in seen:
                usable = parameters if isinstance(parameters, dict) else {}
                seen[str(node_id)] = rules.SeenNode(str(node_id), str(kind), usable, index)
    return seen


def _broken(given: Any, nodes: Mapping[str, rules.SeenNode]) -> rules.Broken:
    """The ids of nodes that are there but not well enough to be looked at, and their kinds: no link is wrong for
    naming them."""
    all_nodes = given if isinstance(given, list) else []
    named = (node for node in all_nodes if isinstance(node, dict) and isinstance(node.get("id"), str))
    return {node["id"]: node.get("kind") for node in named if node["id"] not in nodes}


def _check_links(
    given: Any, nodes: Mapping[str, rules.SeenNode], broken: rules.Broken, problems: Problems
) -> list[rules.SeenLink]:
    place = Place("/links", "links")
    if not isinstance(given, list) or len(given) > LINKS_MAX:
        problems.append(place.wrong(given, f"a list of at most {LINKS_MAX} links"))
        return []
    seen: dict[str, rules.SeenLink] = {}
    for index, link in enumerate(given):
        spot = Place(f"/links/{index}", owner=f"link {index}")
        if not isinstance(link, dict):
            problems.append(spot.wrong(link, "an object with from and to"))
            continue
        source, target = link.get("from"), link.get("to")
        if isinstance(source, str) and isinstance(target, str):
            spot = Place(spot.path, owner=f"link {shown(f'{source}/{target}')}")
        _check_names(link, LINK_FIELDS, spot, problems)
        ends = [_end(end, link.get(end), nodes, broken, spot, problems) for end in ("from", "to")]
        if ends[0] is None or ends[1] is None:
            continue
        first, second = ends[0], ends[1]
        link_id = f"{first.id}/{second.id}"
        if link_id in seen:
            problems.append(spot.problem(link_id, f"is there already, as link {seen[link_id].index}."))
            continue
        table = LINKS.get((first.kind, second.kind))
        if table is None:
            kinds = f"from {article(first.kind)} to {article(second.kind)}"
            says = f"leads {kinds}; from {article(first.kind)} a link {_leads(first.kind)}."
            problems.append(spot.problem(link_id, says))
            continue
        if first.id == second.id:
            problems.append(spot.problem(link_id, "leads back to where it begins; a link needs two nodes."))
            continue
        parameters = link.get("parameters", {})
        inside = Place(f"{spot.path}/parameters", "parameters", spot.owner)
        check_parameters(table, parameters, inside, problems)
        usable = parameters if isinstance(parameters, dict) else {}
        check_filter(usable, Place(inside.path, "", spot.owner), problems)
        seen[link_id] = rules.SeenLink(first, second, usable, index)
    return list(seen.values())


def _leads(kind: str) -> str:
    targets = targets_of(kind)
    return f"can lead to {listed(map(article, targets))}" if targets else "leads nowhere"


def _end(
    end: str, value: Any, nodes: Mapping[str, rules.SeenNode], broken: rules.Broken, spot: Place, problems: Problems
) -> rules.SeenNode | None:
    if isinstance(value, str):
        if value in nodes or value in broken:
            return nodes.get(value)
        says = f"names {shown(value)}, which is no node's id.{did_you_mean(value, nodes)}"
        problems.append(spot.at(end).problem(value, says))
    else:
        problems.append(spot.at(end).wrong(value, "a node's id"))
    return None


def _check_names(given: Mapping[str, Any], known: Mapping[str, Any], place: Place, problems: Problems) -> None:
    problems.extend(unknown_name(name, given[name], place, known) for name in given if name not in known)


def _not_json(data: Any) -> Problems:
    """What is no JSON value, or nested too deeply to be handled, wherever it stands."""
    waiting: list[tuple[Any, Place, int]] = [(data, Place(), 0)]
    while waiting:
        value, place, depth = waiting.pop()
        if depth > DEPTH_MAX:
            return [Problem(place.path, None, f"The document is nested more than {DEPTH_MAX} levels deep.")]
        if isinstance(value, dict):
            for key, inner in value.items():
                if not isinstance(key, str):
                    return [Problem(place.path, None, f"A name in the document must be text, not {key!r}.")]
                waiting.append((inner, Place(f"{place.path}/{_escaped(key)}"), depth + 1))
        elif isinstance(value, list):
            waiting.extend((inner, Place(f"{place.path}/{index}"), depth + 1) for index, inner in enumerate(value))
        elif isinstance(value, float):
            if value - value != 0:
                return [Problem(place.path, None, f"A number in the document must be finite, not {value}.")]
        elif value is not None and not isinstance(value, str | int):
            return [Problem(place.path, None, f"The document must be JSON; {type(value).__name__} is not.")]
    return []


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
