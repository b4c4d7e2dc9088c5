"""One parameter at a time: whether a value may stand there, what holds when it is absent, how a dotted name reaches in.

``SetParameter`` uses these. A problem's ``path`` is a pointer into the node's or link's parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from courseapp.engine import limits
from courseapp.engine.architecture.composites import unknown_name
from courseapp.engine.architecture.document import Node
from courseapp.engine.architecture.kinds import KINDS
from courseapp.engine.architecture.links import LINKS
from courseapp.engine.architecture.policy_grammar import FilterPolicyError, check_policy
from courseapp.engine.architecture.problems import Place, Problem, article
from courseapp.engine.architecture.shapes import Problems
from courseapp.engine.architecture.tables import AT_CREATION, READ_ONLY, Parameter, Parameters


def is_aws(kind: str, name: str) -> bool:
    """Whether a parameter is an attribute of an AWS resource, so that setting it is AWS's call. A consumer's
    ``VisibilityTimeout`` is AWS's name for something that our program sends: not an attribute."""
    if kind == "state_machine":
        return name in ("definition", "type")
    return kind in ("queue", "topic") and name[:1].isupper()


def check_parameter(kind: str, name: str, value: Any) -> Problem | None:
    """The first problem of setting one parameter of a running node of this kind, or None.

    ``name`` has no dots (``set_inside`` gives the whole value for a dotted one); ``value`` None removes the parameter.
    Raises KeyError for an unknown kind.
    """
    return _first(KINDS[kind], name, value, Place(owner=article(kind)), changing=True)


def check_link_parameter(
    source_kind: str, target_kind: str, name: str, value: Any, beside: Mapping[str, Any] | None = None
) -> Problem | None:
    """The first problem of setting one parameter of a link, or None. ``beside`` are its other parameters: a filter
    policy is checked for the scope that stands there. Raises KeyError for two kinds that no link joins."""
    table = LINKS[source_kind, target_kind]
    place = Place(owner=f"a link from {article(source_kind)} to {article(target_kind)}")
    problem = _first(table, name, value, place, changing=True)
    if problem is None and name in ("FilterPolicy", "FilterPolicyScope") and value is not None:
        problems: Problems = []
        check_filter({**(beside or {}), name: value}, place, problems)
        return problems[0] if problems else None
    return problem


def check_parameters(table: Parameters, given: Any, place: Place, problems: Problems) -> None:
    """All problems of the parameters of one node or link that is being made."""
    if not isinstance(given, dict):
        problems.append(place.wrong(given, "an object"))
        return
    inside = Place(place.path, "", place.owner)
    for name, value in given.items():
        _check(table, name, value, inside, problems, changing=False)
    for parameter in table.values():
        if parameter.required and parameter.name not in given:
            problems.append(inside.problem(given, f"needs {parameter.name}."))


def check_filter(given: Mapping[str, Any], place: Place, problems: Problems) -> None:
    """Whether a link's ``FilterPolicy`` is one that AWS takes, for its ``FilterPolicyScope``."""
    policy = given.get("FilterPolicy")
    if not isinstance(policy, dict):
        return
    scope = given.get("FilterPolicyScope", "MessageAttributes")
    try:
        check_policy(policy, scope)
    except FilterPolicyError as fault:
        problems.append(place.at("FilterPolicy").problem(policy, f"is refused by SNS: {str(fault).rstrip('.')}."))
    except ValueError:
        return  # the scope itself is wrong, and reported as such


def set_inside(parameters: Mapping[str, Any], name: str, value: Any) -> tuple[str, Any]:
    """What a ``SetParameter`` of ``name`` makes of ``parameters``: the parameter that changes, and its whole new value.

    A dotted name reaches inside objects and lists (``rates.0.messages_per_second``); ``value`` None removes the field
    or the element. A null that is meant as a value stands in the value around it (``{"FilterPolicy.kind": ["a",
    null]}``). Nothing is changed in place. Raises KeyError with the part of the name that leads nowhere.
    """
    first, *rest = name.split(".")
    if not rest:
        return first, value
    if first not in parameters:
        raise KeyError(first)
    return first, _replaced(parameters[first], rest, value)


def look_inside(parameters: Mapping[str, Any], name: str) -> Any:
    """The value that a dotted name means; None if there is none."""
    found: Any = parameters
    keys = name.split(".")
    while keys:
        key, keys = _first_key(found, keys)
        if isinstance(found, list | tuple) and _is_place(key, found):
            found = found[int(key)]
        elif isinstance(found, Mapping) and key in found:
            found = found[key]
        else:
            return None
    return found


def _replaced(old: Any, keys: list[str], value: Any) -> Any:
    key, rest = _first_key(old, keys)
    if isinstance(old, list | tuple):
        if not _is_place(key, old):
            raise KeyError(key)
        new_list = list(old)
        if not rest and value is None:
            del new_list[int(key)]
        else:
            new_list[int(key)] = _replaced(old[int(key)], rest, value) if rest else value
        return new_list
    if not isinstance(old, Mapping) or (rest and key not in old):
        raise KeyError(key)
    new = dict(old)
    if not rest and value is None:
        new.pop(key, None)
    else:
        new[key] = _replaced(old[key], rest, value) if rest else value
    return new


def _first_key(inside: Any, keys: list[str]) -> tuple[str, list[str]]:
    """The key that comes first in a dotted name, and the others. A key may have dots itself (``$.order.id``,
    ``bucket/file.csv``): the longest one that is there is meant."""
    if isinstance(inside, Mapping):
        for length in range(len(keys), 1, -1):
            if ".".join(keys[:length]) in inside:
                return ".".join(keys[:length]), keys[length:]
    return keys[0], keys[1:]


def _is_place(key: str, of: list[Any] | tuple[Any, ...]) -> bool:
    return key.isascii() and key.isdigit() and int(key) < len(of)


def value(node_or_kind: Node | str, name: str) -> Any:
    """What holds for a node: its own parameter, else the default of AWS or of the product; for a kind, that default.

    Raises KeyError for a kind or parameter that does not exist.
    """
    kind = node_or_kind if isinstance(node_or_kind, str) else node_or_kind.kind
    parameter = KINDS[kind][name]
    if isinstance(node_or_kind, Node):
        if name in node_or_kind.parameters:
            return node_or_kind.parameters[name]
        if name in ("FifoQueue", "FifoTopic"):
            return is_fifo(node_or_kind)
    return parameter.default


def is_fifo(node: Node) -> bool:
    """Whether a queue or topic is FIFO: its name ends in ``.fifo``."""
    return node.kind in ("queue", "topic") and node.id.endswith(limits.FIFO_SUFFIX)


def _first(table: Parameters, name: str, value: Any, place: Place, changing: bool) -> Problem | None:
    problems: Problems = []
    _check(table, name, value, place, problems, changing)
    return problems[0] if problems else None


def _check(table: Parameters, name: str, value: Any, place: Place, problems: Problems, changing: bool) -> None:
    parameter: Parameter | None = table.get(name)
    if parameter is None:
        problems.append(unknown_name(name, value, place, table, "parameter"))
    elif parameter.settable == READ_ONLY:
        problems.append(place.at(name).problem(value, "can only be read, not set."))
    elif changing and parameter.settable == AT_CREATION:
        problems.append(place.at(name).problem(value, "is fixed when it is made."))
    elif changing and value is None:
        if parameter.required:
            problems.append(place.at(name).problem(value, "is needed and can not be removed."))
    else:
        parameter.shape.check(value, place.at(name), problems)
