"""What each command does, and to which kind of node it goes.

One function a command, in the order of docs/formats.md 2; each takes the world, the command, the node that is meant
and, where the target is a link, its second end. Raises Refused: with AWS's code where AWS would say no.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from courseapp.engine.actors.consumer import Consumer, holder_of
from courseapp.engine.actors.publisher import Publisher
from courseapp.engine.architecture import Link
from courseapp.engine.architecture.jsonvalues import is_number
from courseapp.engine.architecture.problems import article, did_you_mean, listed
from courseapp.engine.commands import Command, Refused
from courseapp.engine.edits import check_subscribe
from courseapp.engine.messages import wrong_template
from courseapp.engine.sns.subscription import PROTOCOLS
from courseapp.engine.sns.topic import Topic
from courseapp.engine.sqs import api, redrive
from courseapp.engine.sqs.queue import Queue
from courseapp.engine.states.machine import StateMachine
from courseapp.engine.world.building import World
from courseapp.engine.world.editing import set_parameters

SEND_MAX = 10_000  # messages that one command may send
ACTIONS_ON_LINKS = ("Unsubscribe", "ConfirmSubscription")

# What our own actions take; AWS's calls look at their parameters themselves.
_TAKES: Mapping[str, tuple[str, ...]] = {
    "Send": ("count", "message", "lose_answer"),
    "Crash": ("worker", "crash_point", "message"),
    "Restore": ("worker",),
    "Pause": (),
    "Resume": (),
    "GhostDelete": (),
}


def carry_out(world: World, command: Command) -> None:
    """A command that is no edit of nodes and links. Raises Refused."""
    check_parameters(command)
    _CALLS[command.action][1](world, command, *target_of(world, command))


def target_of(world: World, command: Command) -> tuple[Any, ...]:
    """The node that a command means (and the second end of ``from/to``). Raises Refused that names what would be
    right."""
    kind = _CALLS[command.action][0]
    target, nodes = command.target, world.kernel.nodes
    if not isinstance(target, str):
        queue = nodes.get(str(target["holder_of"]))
        if command.action not in ("Crash", "Restore") or queue is None or queue.kind != "queue":
            raise Refused(
                "NoSuchNode",
                f"holder_of must name a queue and goes with Crash; {target['holder_of']!r} does not fit.",
            )
        return (queue,)
    first, _, second = target.partition("/")
    node = nodes.get(first)
    if node is None:
        raise Refused("NoSuchNode", f"There is no node {first!r}. Known are {', '.join(nodes)}.")
    if kind is not None and node.kind != kind:
        raise Refused("WrongKind", f"{command.action} goes to {article(kind)}; {first} is {article(node.kind)}.")
    if command.action in ACTIONS_ON_LINKS and not second:
        raise Refused("NoSuchLink", f"{command.action} goes to a link: {first}/ and its other end.")
    if second and command.action not in (*ACTIONS_ON_LINKS, "SetParameter"):
        raise Refused("NoSuchNode", f"{command.action} goes to a node, not to the link {target!r}.")
    if second and not any(link.id == target for link in world.architecture.links):
        raise Refused("NoSuchLink", f"There is no link {target!r}.")
    return (node, second) if second else (node,)


def check_parameters(command: Command) -> None:
    """What an action of ours brings must be known and of the right kind, else nothing is stored. Raises Refused."""
    takes = _TAKES.get(command.action, command.parameters)
    for name in command.parameters:
        if name not in takes:
            says = f"{command.action} has no parameter {name!r}. It takes {listed(takes, 'and') or 'none'}."
            raise Refused("InvalidParameter", says + did_you_mean(name, takes))
    if command.action == "Send":
        _check_send(command)


def _check_send(command: Command) -> None:
    count, lost = command.parameters.get("count", 1), command.parameters.get("lose_answer", False)
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= SEND_MAX:
        raise Refused("InvalidParameter", f"count must be a whole number from 1 to {SEND_MAX}, not {count!r}.")
    if not (isinstance(lost, bool) or (is_number(lost) and lost >= 0)):
        raise Refused("InvalidParameter", f"lose_answer must be true or a number of seconds, not {lost!r}.")
    wrong = wrong_template(command.parameters.get("message") or {})
    if wrong is not None:
        raise Refused("InvalidParameter", wrong)


def _send(world: World, command: Command, publisher: Publisher) -> None:
    publisher.send_command(command.parameters)


def _publish(world: World, command: Command, topic: Topic) -> None:
    topic.publish_call(command.parameters)


def _send_message(world: World, command: Command, queue: Queue) -> None:
    api.send_message(queue, command.parameters)


def _start_execution(world: World, command: Command, machine: StateMachine) -> None:
    machine.start_execution(command.parameters)


def _receive_message(world: World, command: Command, queue: Queue) -> None:
    api.receive_message(queue, command.parameters)


def _delete_message(world: World, command: Command, queue: Queue) -> None:
    api.delete_message(queue, command.parameters)


def _change_message_visibility(world: World, command: Command, queue: Queue) -> None:
    """Giving a message back by hand: whoever held it drops the work."""
    holder = holder_of(world.kernel.nodes, queue, command.parameters.get("message"))
    api.change_message_visibility(queue, command.parameters)
    if holder is not None and command.parameters.get("VisibilityTimeout") == 0:
        holder.drop_work()


def _purge_queue(world: World, command: Command, queue: Queue) -> None:
    queue.purge()


def _start_message_move_task(world: World, command: Command, queue: Queue) -> None:
    redrive.start_move_task(queue, command.parameters)


def _subscribe(world: World, command: Command, topic: Topic) -> None:
    endpoint = str(command.parameters.get("Endpoint"))
    kind = getattr(world.kernel.nodes.get(endpoint), "kind", "")
    if not isinstance(command.parameters.get("Attributes") or {}, Mapping):
        raise Refused("InvalidParameter", "Invalid parameter: Attributes Reason: it must be an object.")
    if kind in PROTOCOLS and endpoint not in topic.subscriptions:
        topic.check_endpoint(endpoint)
        check_subscribe(world.architecture, topic.id, command.parameters)
    topic.subscribe(command.parameters)
    link = Link(topic.id, endpoint, dict(topic.subscriptions[endpoint].parameters))
    world.architecture = world.architecture.with_link(link)


def _unsubscribe(world: World, command: Command, topic: Topic, endpoint: str) -> None:
    topic.unsubscribe(endpoint)
    world.architecture = world.architecture.without_link(f"{topic.id}/{endpoint}")


def _confirm_subscription(world: World, command: Command, topic: Topic, endpoint: str) -> None:
    topic.confirm(endpoint)


def _stop_execution(world: World, command: Command, machine: StateMachine) -> None:
    values = command.parameters
    machine.stop(values.get("executionArn", values.get("message")), values.get("error"), values.get("cause"))


def _redrive_execution(world: World, command: Command, machine: StateMachine) -> None:
    values = command.parameters
    machine.redrive(values.get("executionArn", values.get("message")), values.get("clientToken"))


def _send_task_success(world: World, command: Command, machine: StateMachine) -> None:
    values = command.parameters
    machine.send_task_success(values.get("taskToken", values.get("message")), values.get("output", {}))


def _send_task_failure(world: World, command: Command, machine: StateMachine) -> None:
    values = command.parameters
    machine.send_task_failure(values.get("taskToken", values.get("message")), values.get("error"), values.get("cause"))


def _send_task_heartbeat(world: World, command: Command, machine: StateMachine) -> None:
    machine.send_task_heartbeat(command.parameters.get("taskToken", command.parameters.get("message")))


def _crash(world: World, command: Command, node: Any) -> None:
    if isinstance(command.target, str):
        node.crash(command.parameters)
        return
    worker = holder_of(world.kernel.nodes, node, command.parameters.get("message"))
    if worker is None:
        raise Refused("NobodyHolds", f"Nobody holds a message of {node.id} at this moment.")
    worker.actor.crash({**command.parameters, "worker": worker.worker})


def _restore(world: World, command: Command, node: Any) -> None:
    node.restore(command.parameters)


def _pause(world: World, command: Command, consumer: Consumer) -> None:
    consumer.pause()


def _resume(world: World, command: Command, consumer: Consumer) -> None:
    consumer.resume()


def _ghost_delete(world: World, command: Command, queue: Queue) -> None:
    queue.miss_next_delete()


# Which kind of node a command goes to (None: any), and what it does there.
_CALLS: Mapping[str, tuple[str | None, Callable[..., None]]] = {
    "Send": ("publisher", _send),
    "Publish": ("topic", _publish),
    "SendMessage": ("queue", _send_message),
    "StartExecution": ("state_machine", _start_execution),
    "ReceiveMessage": ("queue", _receive_message),
    "DeleteMessage": ("queue", _delete_message),
    "ChangeMessageVisibility": ("queue", _change_message_visibility),
    "PurgeQueue": ("queue", _purge_queue),
    "StartMessageMoveTask": ("queue", _start_message_move_task),
    "Subscribe": ("topic", _subscribe),
    "Unsubscribe": ("topic", _unsubscribe),
    "ConfirmSubscription": ("topic", _confirm_subscription),
    "StopExecution": ("state_machine", _stop_execution),
    "RedriveExecution": ("state_machine", _redrive_execution),
    "SendTaskSuccess": ("state_machine", _send_task_success),
    "SendTaskFailure": ("state_machine", _send_task_failure),
    "SendTaskHeartbeat": ("state_machine", _send_task_heartbeat),
    "SetParameter": (None, set_parameters),
    "Crash": (None, _crash),
    "Restore": (None, _restore),
    "Pause": ("consumer", _pause),
    "Resume": ("consumer", _resume),
    "GhostDelete": ("queue", _ghost_delete),
}
