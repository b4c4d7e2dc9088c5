"""Changes of a running document: what it would be afterwards, and whether that may be.

``SetParameter`` on an attribute of AWS's is AWS's call: it is made whatever becomes of it, and a wrong value is
refused with AWS's code in the journal. Everything else is an edit of ours: refused whole, before it is stored, with a
sentence.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from courseapp.engine.architecture import Architecture, Link, Node, Problem, new_problems
from courseapp.engine.architecture.kinds import KINDS
from courseapp.engine.architecture.parameters import check_link_parameter, check_parameter, is_aws, set_inside
from courseapp.engine.architecture.tables import READ_ONLY
from courseapp.engine.commands import Command, Refused
from courseapp.engine.sns.filters import SCOPES, FilterPolicyError, check_policy


def edited(architecture: Architecture, command: Command) -> Architecture:
    """The document after an edit. Raises Refused where the edit names something that is not there."""
    target, values = str(command.target), command.parameters
    if command.action == "AddNode":
        return architecture.with_node(_node_from(architecture, target, values))
    if command.action == "RemoveNode":
        _known(architecture, target)
        return architecture.without_node(target)
    if command.action == "Connect":
        source, _, end = target.partition("/")
        _known(architecture, source)
        _known(architecture, end)
        if any(link.id == target for link in architecture.links):
            raise Refused("AlreadyConnected", f"There is a link {target} already.")
        return architecture.with_link(Link(source, end, dict(values)))
    if command.action == "Disconnect":
        _known_link(architecture, target)
        return architecture.without_link(target)
    return _with_parameters(architecture, target, values)


def check_edit(architecture: Architecture, command: Command) -> None:
    """Raise Refused if an edit of ours may not be; one of AWS's own attributes is left to AWS's call."""
    if not isinstance(command.target, str):
        raise Refused("InvalidCommand", f"{command.action} goes to an id or a link, not {dict(command.target)!r}.")
    if command.action == "SetParameter":
        if not command.parameters:
            raise Refused("InvalidCommand", "SetParameter needs at least one parameter and its value.")
        _check_parameters(architecture, command)
        return
    problems = new_problems(architecture, edited(architecture, command))
    if problems:
        raise Refused("InvalidEdit", " ".join(problem.says for problem in problems))


def check_attributes(architecture: Architecture, command: Command) -> None:
    """Whether AWS takes the attributes that a ``SetParameter`` sets, all together: each value by itself, and how it
    goes with the rest of the document. Raises Refused in AWS's words."""
    target = str(command.target)
    calls = [name for name in command.parameters if is_aws_call(architecture, target, name)]
    if not calls:
        return
    after = edited(architecture, command)
    for name in calls:
        first = name.split(".")[0]
        problem = _problem(after, target, first, _parameters(after, target).get(first))
        if problem is not None:
            raise _aws_refusal(after, target, name, problem)
    if "/" in target:
        inside = f"/links/{[link.id for link in after.links].index(target)}/"
    else:
        inside = f"/nodes/{[node.id for node in after.nodes].index(target)}/"
    problems = [
        problem
        for problem in new_problems(architecture, after)
        if problem.path.startswith(inside) and is_aws_call(architecture, target, _parameter_of(problem, inside))
    ]  # what is ours, such as how long a task takes that is no longer there, is nothing that AWS knows of
    if problems:
        name = calls[0] if len(calls) == 1 else _parameter_of(problems[0], inside)
        raise _aws_refusal(after, target, name, problems[0])


def _parameter_of(problem: Problem, inside: str) -> str:
    return problem.path.removeprefix(f"{inside}parameters/").split("/")[0]


def _aws_refusal(after: Architecture, target: str, name: str, problem: Problem) -> Refused:
    """What AWS answers to an attribute that it does not take, for the first ``problem`` that it has. ``after`` is the
    document as it would be."""
    kind = after.node(target.split("/")[0]).kind
    first, given = name.split(".")[0], _parameters(after, target)
    whole = given.get(first)
    if kind == "queue":
        parameter = KINDS[kind].get(first)
        if parameter is None or parameter.settable == READ_ONLY:
            return Refused("InvalidAttributeName", f"Unknown Attribute {name}.")
        if first == "RedrivePolicy" and isinstance(whole, dict):
            policy = json.dumps(whole, separators=(",", ":"))
            says = f"Value {policy} for parameter RedrivePolicy is invalid. Reason: {problem.says}"
            return Refused("InvalidParameterValue", says)
        return Refused("InvalidAttributeValue", f"Invalid value for the parameter {name}. {problem.says}")
    if kind == "state_machine":
        return Refused("InvalidDefinition", problem.says)
    if "/" in target and first in ("FilterPolicy", "FilterPolicyScope"):
        refusal = _policy_refusal(given, subscribing=False)
        if refusal is not None:
            return refusal
    return Refused("InvalidParameter", f"Invalid parameter: {name} Reason: {problem.says}")


def _policy_refusal(given: Mapping[str, Any], subscribing: bool) -> Refused | None:
    """What SNS says, in its own words, to the filter policy among a subscription's attributes; None if nothing."""
    policy = given.get("FilterPolicy")
    if not isinstance(policy, dict):
        return None
    try:
        check_policy(policy, str(given.get("FilterPolicyScope", SCOPES[0])))
    except FilterPolicyError as fault:
        return Refused("InvalidParameter", fault.message(subscribing))
    except ValueError:
        return None  # it is the scope that is wrong
    return None


def check_subscribe(architecture: Architecture, topic: str, parameters: Mapping[str, Any]) -> None:
    """The attributes of a ``Subscribe`` whose endpoint may be. Raises Refused(``InvalidParameter``) in SNS's words."""
    given = parameters.get("Attributes") or {}
    refusal = _policy_refusal(given, subscribing=True)
    if refusal is not None:
        raise refusal
    problems = new_problems(architecture, architecture.with_link(Link(topic, str(parameters["Endpoint"]), dict(given))))
    if problems:
        raise Refused("InvalidParameter", f"Invalid parameter: Attributes Reason: {problems[0].says}")


def first_problem(architecture: Architecture, target: str, name: str, value: Any) -> Problem | None:
    """What is wrong with setting one parameter of a node or link. ``name`` may be dotted. Raises Refused if it leads
    nowhere."""
    return _problem(architecture, target, *_whole(architecture, target, name, value))


def _problem(architecture: Architecture, target: str, name: str, value: Any) -> Problem | None:
    if "/" not in target:
        return check_parameter(architecture.node(target).kind, name, value)
    link = architecture.link(target)
    kinds = architecture.node(link.source).kind, architecture.node(link.target).kind
    return check_link_parameter(*kinds, name, value, link.parameters)


def is_aws_call(architecture: Architecture, target: str, name: str) -> bool:
    """Whether setting this is a call of AWS's: an attribute of a queue, topic or machine, or of a subscription."""
    first = name.split(".")[0]
    if "/" in target:
        return architecture.node(target.split("/")[0]).kind == "topic" and first[:1].isupper()
    return is_aws(architecture.node(target).kind, first)


def _check_parameters(architecture: Architecture, command: Command) -> None:
    target = str(command.target)
    if "/" in target:
        _known_link(architecture, target)
    else:
        _known(architecture, target)
    for name, value in command.parameters.items():
        if is_aws_call(architecture, target, name):
            continue
        problem = first_problem(architecture, target, name, value)
        if problem is not None:
            raise Refused("InvalidParameter", problem.says)
    ours = {name: value for name, value in command.parameters.items() if not is_aws_call(architecture, target, name)}
    problems = new_problems(architecture, _with_parameters(architecture, target, ours)) if ours else []
    if problems and len(ours) < len(command.parameters):  # times of states that only the definition beside them has
        left = {problem.path for problem in new_problems(architecture, edited(architecture, command))}
        problems = [problem for problem in problems if problem.path in left]
    if problems:
        raise Refused("InvalidEdit", " ".join(problem.says for problem in problems))


def _whole(architecture: Architecture, target: str, name: str, value: Any) -> tuple[str, Any]:
    if "/" in target and name == "FilterPolicy" and value == "":
        value = None  # so SNS is told to remove a policy (facts: sns 5)
    try:
        return set_inside(_parameters(architecture, target), name, value)
    except KeyError as fault:
        raise Refused("NoSuchParameter", _not_there(target, name, str(fault.args[0]))) from fault


def _parameters(architecture: Architecture, target: str) -> Mapping[str, Any]:
    return (architecture.link(target) if "/" in target else architecture.node(target)).parameters


def _not_there(target: str, name: str, missing: str) -> str:
    """What a dotted name leads to is not there: what is missing, and what to do first."""
    first, _, inner = name.partition(".")
    if missing == first:
        says = f"{target} has no {first} at present, so there is no {inner} in it to change"
        return f"{says}; set the whole {first} first."
    part = f"element {missing}" if missing.isdigit() else missing
    return f"{first} of {target} has no {part} at present, so {name} cannot be changed; put {part} there first."


def _with_parameters(architecture: Architecture, target: str, values: Mapping[str, Any]) -> Architecture:
    for name, value in values.items():
        first, whole = _whole(architecture, target, name, value)
        owner: Node | Link = architecture.link(target) if "/" in target else architecture.node(target)
        parameters = {key: old for key, old in owner.parameters.items() if key != first}
        if whole is not None:
            parameters[first] = whole
        if isinstance(owner, Link):
            architecture = architecture.with_link(replace(owner, parameters=parameters))
        else:
            architecture = architecture.with_node(replace(owner, parameters=parameters))
    return architecture


def _node_from(architecture: Architecture, target: str, values: Mapping[str, Any]) -> Node:
    if architecture.has(target):
        raise Refused("AlreadyThere", f"There is a node {target} already.")
    given = values.get("node", values)
    if not isinstance(given, Mapping):
        raise Refused("InvalidEdit", "AddNode needs the node as an object with kind and parameters.")
    parameters = given.get("parameters", {})
    if not isinstance(parameters, dict):
        raise Refused("InvalidEdit", "A node's parameters are an object.")
    return Node(target, str(given.get("kind", "")), str(given.get("label", "")), given.get("group"), parameters)


def _known(architecture: Architecture, node_id: str) -> None:
    if not architecture.has(node_id):
        known = ", ".join(node.id for node in architecture.nodes)
        raise Refused("NoSuchNode", f"There is no node {node_id!r}. Known are {known}.")


def _known_link(architecture: Architecture, link_id: str) -> None:
    if not any(link.id == link_id for link in architecture.links):
        known = ", ".join(link.id for link in architecture.links)
        raise Refused("NoSuchLink", f"There is no link {link_id!r}. Known are {known}.")
