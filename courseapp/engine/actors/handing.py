"""Handing on what was received: a send, a publish or the start of an execution, and what a service says to it."""

from __future__ import annotations

import json
from typing import Any

from courseapp.engine.architecture.document import Link
from courseapp.engine.commands import Refused
from courseapp.engine.kernel import Kernel
from courseapp.engine.messages import Message, Template, look_up


def hand_on(kernel: Kernel, target: Any, link: Link, message: Any, by: str) -> None:
    """Pass on what was received: ``Publish``, ``SendMessage`` or ``StartExecution``. Raises Refused with AWS's code.

    The name is inherited; the text is what this receiver saw (inside an envelope, the envelope).
    """
    if target.kind == "state_machine":
        start_execution(kernel, target, link, message, by)
        return
    original = _said(message, kernel.now_ms)
    given = {"body": message.body, "attributes": getattr(message, "attributes", {})}
    if original.given is None and message.body == original.body:
        given = {}
    template = original.template
    new = Message(kernel.next_uid(), template, original.n, kernel.now_ms, given or original.given)
    if template.group is not None:
        target.be_fair()
    try:
        if target.kind == "queue":
            target.send(new, by)
        else:
            target.publish(new, by)
    except Refused as refusal:
        action = "SendMessage" if target.kind == "queue" else "Publish"
        refused(kernel, target.id, action, refusal, new, by)
        raise


def _said(received: Any, now_ms: int) -> Message:
    """The message that a copy was made of; what was never one (a state machine's call) is taken as one of that text."""
    original = getattr(received, "message", received)
    if isinstance(original, Message):
        return original
    template = Template({"name": received.name, "type": received.type, "body": received.body})
    return Message(0, template, received.n, now_ms)


def start_execution(kernel: Kernel, machine: Any, link: Link, message: Any, by: str) -> None:
    """``StartExecution`` with the body as input; ``name_from`` is a JSONPath into it."""
    path = link.parameters.get("name_from")
    name = None if path is None else look_up(message.body, path)
    try:
        machine.start(None if name is None else str(name), body_as_json(message.body), message)
    except Refused as refusal:
        refused(kernel, machine.id, "StartExecution", refusal, message, by)
        raise


def body_as_json(body: str) -> Any:
    """The JSON value of a body; a text that is no JSON is itself the value."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body


def refused(kernel: Kernel, target: str, action: str, refusal: Refused, message: Any, by: str) -> None:
    """Record that a service said no."""
    reason, detail = refusal.recorded(action)
    kernel.record("refused", target, None, message, reason, {**detail, "by": by})
