"""From a queue to its dead-letter queue, and back.

A message moves when it would be received once too often: the receive that would be number ``maxReceiveCount`` + 1
takes it away instead of returning it (facts: sqs 10), never before. Nothing comes back unasked; a move task receives,
sends and deletes, so what it brings back is a new message with a new id and a count of 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from courseapp.engine import limits
from courseapp.engine.commands import Refused
from courseapp.engine.kernel import TIMERS
from courseapp.engine.messages import Message
from courseapp.engine.sqs.checks import check_number, check_send, check_size
from courseapp.engine.sqs.copies import GONE, IN_FLIGHT, Copy
from courseapp.engine.sqs.fifo import FifoStore

if TYPE_CHECKING:
    from courseapp.engine.sqs.queue import Queue


def link(queue: Queue) -> None:
    """Tell the dead-letter queue who points at it."""
    target = queue.kernel.nodes.get(queue.settings.dead_letter_queue or "")
    if target is not None:
        target.sources.add(queue.id)


def unlink(queue: Queue) -> None:
    target = queue.kernel.nodes.get(queue.settings.dead_letter_queue or "")
    if target is not None:
        target.sources.discard(queue.id)


def give_up(queue: Queue, copy: Copy) -> None:
    """Move a copy that this receive took out of the line to the dead-letter queue."""
    flight = copy.flight
    assert flight is not None and queue.settings.dead_letter_queue is not None
    target = queue.kernel.nodes[queue.settings.dead_letter_queue]
    if isinstance(queue.store, FifoStore):
        queue.store.drop_taken(copy)
    queue.gone["moved_to_dlq"] += 1
    flight.state = GONE
    limit = queue.settings.max_receive_count
    queue.kernel.record("moved_to_dlq", queue.id, None, copy, ("received_too_often", limit), {"to": target.id})
    target.take_over(copy, queue.id)


def start_move_task(queue: Queue, parameters: Mapping[str, Any]) -> None:
    """``StartMessageMoveTask`` on a dead-letter queue. Raises Refused with AWS's code."""
    if not queue.sources:
        raise Refused("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.")
    destination = parameters.get("DestinationArn")
    if destination is not None:
        _check_destination(queue, destination)
    rate = parameters.get("MaxNumberOfMessagesPerSecond")
    check_number("MaxNumberOfMessagesPerSecond", rate, 1, limits.SQS_MOVE_TASK_PER_SECOND_MAX)
    if queue.moving:
        raise Refused(
            "InvalidParameterValue",
            "There is already a task running. Only one active task is allowed for a source queue.",
        )
    queue.other_requests += 1
    copies = list(queue.store.waiting())
    queue.kernel.record("redrive_started", queue.id, None, None, None, {"count": len(copies), "to": destination})
    task = MoveTask(queue, destination)
    queue.moving = len(copies)
    for place, copy in enumerate(copies):
        if rate is None:
            task.move(copy)
        else:
            queue.kernel.plan(queue.kernel.now_ms + round(place * 1000 / rate), TIMERS, task, "move", copy)


def _check_destination(queue: Queue, destination: Any) -> None:
    target: Any = queue.kernel.nodes.get(destination) if isinstance(destination, str) else None
    if getattr(target, "kind", None) != "queue":
        raise Refused(
            "ResourceNotFoundException",
            "The resource that you specified for the DestinationArn parameter doesn't exist.",
        )
    if target.fifo != queue.fifo:
        raise Refused("InvalidParameterValue", "Source and destination queue must be of the same type.")


class MoveTask:
    """Moves messages of a dead-letter queue to ``destination``, or each to where it came from.

    The first message that its queue refuses ends the task: that one and those after it stay where they are.
    """

    __slots__ = ("destination", "has_failed", "queue")

    def __init__(self, queue: Queue, destination: str | None) -> None:
        self.queue = queue
        self.destination = destination
        self.has_failed = False

    def move(self, copy: Copy) -> None:
        queue = self.queue
        if self.has_failed:
            return
        queue.moving -= 1
        if copy.state in (GONE, IN_FLIGHT):
            return
        try:
            _move(queue, copy, self.destination)
        except Refused as refusal:
            self.has_failed = True
            queue.moving = 0
            queue.kernel.record("refused", queue.id, None, copy, *refusal.recorded("StartMessageMoveTask"))


def _move(queue: Queue, copy: Copy, destination: str | None) -> None:
    """Send one message anew. Raises Refused, with nothing changed, if the queue that it is for does not take it."""
    kernel = queue.kernel
    source = destination or (copy.flight.source if copy.flight is not None else None)
    if source is None:
        return  # it was sent here, and belongs nowhere else
    target: Any = kernel.nodes.get(source)
    if getattr(target, "kind", None) != "queue":
        raise Refused("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
    given = {"body": copy.body, "attributes": copy.attributes} if copy.route is not None else copy.message.given
    if target.fifo:
        given = {**(given or {}), "dedupe": copy.message_id}  # not the sender's, which would still be remembered
    message = Message(kernel.next_uid(), copy.message.template, copy.message.n, kernel.now_ms, given)
    check_send(target.fifo, message, None)
    check_size(message.size, target.settings.maximum_size)
    queue.end(copy)
    queue.gone["redriven"] += 1
    new_id = Copy(message, None, 0, 0).message_id
    kernel.record("redriven", queue.id, None, copy, ("move_task",), {"to": target.id, "MessageId": new_id})
    if message.group is not None:
        target.be_fair()
    target.send(message, queue.id, 0)
