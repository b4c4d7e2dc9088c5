"""Builds the running thing from a document, and carries out what people do to it: the only place where the parts
meet.

A simulation is its architecture, its seed and the commands that were applied, and nothing else. Commands enter the
agenda in the first phase of their millisecond. A command that edits the document is checked before it is applied and
refused whole; a call of AWS's is carried out whatever becomes of it, and its refusal is a ``refused`` record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from courseapp.engine.actors.consumer import Consumer, holder_of
from courseapp.engine.actors.database import Database
from courseapp.engine.actors.endpoints import Email, Http, Push, Sms
from courseapp.engine.actors.function import Function
from courseapp.engine.actors.publisher import Publisher
from courseapp.engine.architecture import Architecture, Link, Node
from courseapp.engine.commands import Command, Refused
from courseapp.engine.edits import aws_refusal, check_edit, check_subscribe, edited, first_problem, is_aws_call
from courseapp.engine.kernel import COMMANDS, Kernel, Record
from courseapp.engine.messages import matches, wrong_template
from courseapp.engine.sns.subscription import PROTOCOLS
from courseapp.engine.sns.topic import Topic
from courseapp.engine.sqs import api, redrive
from courseapp.engine.sqs.copies import Copy
from courseapp.engine.sqs.look import token
from courseapp.engine.sqs.queue import Queue
from courseapp.engine.states.machine import StateMachine
from courseapp.engine.states.validate import validate as validate_definition

AWS_KINDS = ("topic", "queue", "state_machine")
PLAIN_ACTORS: dict[str, Callable[[Kernel, Node, list[Link]], Any]] = {
    "publisher": Publisher,
    "database": Database,
    "http": Http,
    "email": Email,
    "sms": Sms,
    "push": Push,
}
# Nodes are built in this order, so that each finds those that it points at.
BUILD_ORDER = (
    "database",
    "email",
    "sms",
    "push",
    "queue",
    "topic",
    "state_machine",
    "http",
    "function",
    "consumer",
    "publisher",
)
EDITS = ("AddNode", "RemoveNode", "Connect", "Disconnect")


class Simulation:
    """One run. See ``docs/engine.md`` for what each method promises."""

    def __init__(self, architecture: Architecture, seed: int, journal: bool = True, start_ms: int = 0) -> None:
        self.architecture = architecture
        self.seed = seed
        starts = datetime.fromisoformat(architecture.starts_at.replace("Z", "+00:00"))
        self.kernel = Kernel(seed, min(0, start_ms), journal, round(starts.timestamp() * 1000))
        self.started = False
        self._foreseen: Architecture | None = None  # the document once the edits that are due at once are carried out
        for kind in BUILD_ORDER:
            for node in architecture.nodes:
                if node.kind == kind:
                    self._build(node)
        self.kernel.nodes = {node.id: self.kernel.nodes[node.id] for node in architecture.nodes}
        for queue in self._of_kind("queue"):
            redrive.link(queue)
        for link in architecture.links:
            self._join(link, announce=False)
        self.kernel.plan(0, COMMANDS, self, "start")

    # -- building ---------------------------------------------------------------------------------------------------

    def _build(self, node: Node) -> None:
        kernel, links = self.kernel, list(self.architecture.links_from(node.id))
        rank = next((place for place, one in enumerate(self.architecture.nodes) if one.id == node.id), 0)
        if node.kind == "queue":
            built: Any = Queue(kernel, node)
        elif node.kind == "topic":
            built = Topic(kernel, node)
        elif node.kind == "state_machine":
            built = StateMachine(kernel, node, [link.target for link in links])
        elif node.kind == "consumer":
            built = Consumer(kernel, node, links, rank)
        elif node.kind == "function":
            built = Function(kernel, node, links, rank)
        else:
            built = PLAIN_ACTORS[node.kind](kernel, node, links)
        kernel.nodes[node.id] = built

    def _join(self, link: Link, announce: bool) -> None:
        """What a link makes true beyond what its sender reads from it."""
        source, target = self.kernel.nodes[link.source], self.kernel.nodes[link.target]
        if source.kind == "topic":
            source.add(link.target, link.parameters, announce)
        elif source.kind == "queue":
            target.attach(source, link.parameters)

    def _part(self, link: Link) -> None:
        source, target = self.kernel.nodes[link.source], self.kernel.nodes[link.target]
        if source.kind == "topic":
            source.unsubscribe(link.target)
        elif source.kind == "queue":
            target.detach(source)

    def _relink(self, node_id: str) -> None:
        node = self.kernel.nodes.get(node_id)
        if node is not None and hasattr(node, "relink"):
            node.relink(list(self.architecture.links_from(node_id)))

    def _of_kind(self, kind: str) -> list[Any]:
        return [node for node in self.kernel.nodes.values() if node.kind == kind]

    def start(self, _: Any = None) -> None:
        """Virtual 0: actors begin, in document order."""
        self.started = True
        for node in list(self.kernel.nodes.values()):
            if hasattr(node, "start") and node.kind not in AWS_KINDS:
                node.start()

    # -- time -------------------------------------------------------------------------------------------------------

    @property
    def now_ms(self) -> int:
        return self.kernel.now_ms

    def next_event_ms(self) -> int | None:
        return self.kernel.next_event_ms()

    def run_until(self, at_ms: int, most: int | None = None) -> bool:
        """Everything up to and including that millisecond, but at most ``most`` events; True if the time was "
        "reached."""
        return self.kernel.run_until(at_ms, most)

    def drain(self) -> list[Record]:
        return self.kernel.journal.drain()

    # -- commands ---------------------------------------------------------------------------------------------------

    def apply(self, command: Command) -> None:
        """Put a command into the agenda at its own time.

        One that is due at once is checked first: Refused is raised and nothing changes. One for later is checked when
        its time comes; its refusal is then a ``refused`` record.
        """
        if command.at_ms < self.now_ms:
            raise Refused(
                "InThePast", f"The run is at {self.now_ms} ms; a command cannot be given for {command.at_ms} ms."
            )
        if command.at_ms <= self.now_ms + 1:
            self.check(command)
            if command.action in EDITS:
                self._foreseen = edited(self._foreseen or self.architecture, command)
        self.kernel.plan(command.at_ms, COMMANDS, self, "carry_out", command)

    def check(self, command: Command) -> None:
        """Raise Refused if this command could not be carried out now. Changes nothing."""
        document = self._foreseen or self.architecture
        if command.action in EDITS or command.action == "SetParameter":
            check_edit(document, command)
            if command.action == "AddNode":
                check_machine(edited(document, command).node(str(command.target)))
        elif not (
            isinstance(command.target, str) and document is not self.architecture and document.has(command.target)
        ):
            self._target(command)
        if command.action == "Send":
            self._check_send(command)

    def carry_out(self, command: Command) -> None:
        self._foreseen = None if command.action in EDITS else self._foreseen
        try:
            if command.action in EDITS:
                self._edit(command)
            else:
                getattr(self, f"_do_{command.action}")(command, *self._target(command))
        except Refused as refusal:
            target = command.target if isinstance(command.target, str) else str(next(iter(command.target.values())))
            detail = {"action": command.action, "error": refusal.code, "says": refusal.says}
            self.kernel.record("refused", target, None, None, ("refused", command.action, refusal.code), detail)

    def _target(self, command: Command) -> tuple[Any, ...]:
        """The node that a command means (and the second end of ``from/to``). Raises Refused that names what would be
        right."""
        kinds = KINDS_OF[command.action]
        target = command.target
        if not isinstance(target, str):
            queue = self.kernel.nodes.get(str(target["holder_of"]))
            if command.action not in ("Crash", "Restore") or queue is None or queue.kind != "queue":
                raise Refused(
                    "NoSuchNode",
                    f"holder_of must name a queue and goes with Crash; {target['holder_of']!r} does not fit.",
                )
            return (queue,)
        first, _, second = target.partition("/")
        node = self.kernel.nodes.get(first)
        if node is None:
            raise Refused("NoSuchNode", f"There is no node {first!r}. Known are {', '.join(self.kernel.nodes)}.")
        if kinds and node.kind not in kinds:
            raise Refused("WrongKind", f"{command.action} goes to a {' or '.join(kinds)}; {first} is a {node.kind}.")
        if command.action in ACTIONS_ON_LINKS and not second:
            raise Refused("NoSuchLink", f"{command.action} goes to a link: {first}/ and its other end.")
        if second and command.action not in (*ACTIONS_ON_LINKS, "SetParameter"):
            raise Refused("NoSuchNode", f"{command.action} goes to a node, not to the link {target!r}.")
        if second and not any(link.id == target for link in self.architecture.links):
            raise Refused("NoSuchLink", f"There is no link {target!r}.")
        return (node, second) if second else (node,)

    def _check_send(self, command: Command) -> None:
        """What a ``Send`` brings must be of the right kind; it is ours, so that nothing is stored if it is not."""
        count, lost = command.parameters.get("count", 1), command.parameters.get("lose_answer", False)
        if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= SEND_MAX:
            raise Refused("InvalidParameter", f"count must be a whole number from 1 to {SEND_MAX}, not {count!r}.")
        if not isinstance(lost, bool | int | float) or lost < 0:
            raise Refused("InvalidParameter", f"lose_answer must be true or a number of seconds, not {lost!r}.")
        wrong = wrong_template(command.parameters.get("message") or {})
        if wrong is not None:
            raise Refused("InvalidParameter", wrong)

    def _do_Send(self, command: Command, publisher: Publisher) -> None:
        self._check_send(command)
        publisher.send_command(command.parameters)

    def _do_Publish(self, command: Command, topic: Topic) -> None:
        topic.publish_call(command.parameters)

    def _do_SendMessage(self, command: Command, queue: Queue) -> None:
        api.send_message(queue, command.parameters)

    def _do_StartExecution(self, command: Command, machine: StateMachine) -> None:
        machine.start_execution(command.parameters)

    def _do_ReceiveMessage(self, command: Command, queue: Queue) -> None:
        api.receive_message(queue, command.parameters)

    def _do_DeleteMessage(self, command: Command, queue: Queue) -> None:
        api.delete_message(queue, command.parameters)

    def _do_ChangeMessageVisibility(self, command: Command, queue: Queue) -> None:
        """Giving a message back by hand: whoever held it drops the work."""
        holder = holder_of(self.kernel.nodes, queue, command.parameters.get("message"))
        api.change_message_visibility(queue, command.parameters)
        if holder is not None and command.parameters.get("VisibilityTimeout") == 0:
            holder.drop_work()

    def _do_PurgeQueue(self, command: Command, queue: Queue) -> None:
        queue.purge()

    def _do_StartMessageMoveTask(self, command: Command, queue: Queue) -> None:
        redrive.start_move_task(queue, command.parameters)

    def _do_Subscribe(self, command: Command, topic: Topic) -> None:
        endpoint = str(command.parameters.get("Endpoint"))
        kind = getattr(self.kernel.nodes.get(endpoint), "kind", "")
        if kind in PROTOCOLS and endpoint not in topic.subscriptions:
            topic.check_endpoint(endpoint)
            check_subscribe(self.architecture, topic.id, command.parameters)
        topic.subscribe(command.parameters)
        self.architecture = self.architecture.with_link(
            Link(topic.id, endpoint, dict(topic.subscriptions[endpoint].parameters))
        )

    def _do_Unsubscribe(self, command: Command, topic: Topic, endpoint: str) -> None:
        topic.unsubscribe(endpoint)
        self.architecture = self.architecture.without_link(f"{topic.id}/{endpoint}")

    def _do_ConfirmSubscription(self, command: Command, topic: Topic, endpoint: str) -> None:
        topic.confirm(endpoint)

    def _do_StopExecution(self, command: Command, machine: StateMachine) -> None:
        values = command.parameters
        machine.stop(values.get("executionArn", values.get("message")), values.get("error"), values.get("cause"))

    def _do_SendTaskSuccess(self, command: Command, machine: StateMachine) -> None:
        values = command.parameters
        machine.send_task_success(values.get("taskToken", values.get("message")), values.get("output", {}))

    def _do_SendTaskFailure(self, command: Command, machine: StateMachine) -> None:
        values = command.parameters
        machine.send_task_failure(
            values.get("taskToken", values.get("message")), values.get("error"), values.get("cause")
        )

    def _do_SendTaskHeartbeat(self, command: Command, machine: StateMachine) -> None:
        machine.send_task_heartbeat(command.parameters.get("taskToken", command.parameters.get("message")))

    def _do_SetParameter(self, command: Command, node: Any, endpoint: str = "") -> None:
        check_edit(self.architecture, command)
        place = f"{node.id}/{endpoint}" if endpoint else node.id
        for name, value in command.parameters.items():
            if is_aws_call(self.architecture, place, name):
                problem = first_problem(self.architecture, place, name, value)
                if problem is not None:
                    raise aws_refusal(self.architecture, place, name, problem)
            before = _current(self.architecture, place, name)
            first = name.split(".")[0]
            after = edited(self.architecture, Command(command.at_ms, "SetParameter", place, {name: value}))
            whole = (after.link(place) if endpoint else after.node(place)).parameters.get(first)
            if not endpoint:
                node.set_parameter(
                    first if node.kind in AWS_KINDS else name, whole if node.kind in AWS_KINDS else value
                )
            elif node.kind == "topic":
                node.change_subscription(endpoint, first, whole)
            elif node.kind == "queue":
                self.kernel.nodes[endpoint].link_changed(node, after.link(place).parameters)
            self.architecture = after
            self.kernel.record("changed", place, None, None, None, {"name": name, "from": before, "to": value})
        if endpoint:
            self._relink(node.id)

    def _do_Crash(self, command: Command, node: Any) -> None:
        if isinstance(command.target, str):
            node.crash(command.parameters)
            return
        worker = holder_of(self.kernel.nodes, node, command.parameters.get("message"))
        if worker is None:
            raise Refused("NobodyHolds", f"Nobody holds a message of {node.id} at this moment.")
        worker.actor.crash({**command.parameters, "worker": worker.worker})

    def _do_Restore(self, command: Command, node: Any) -> None:
        node.restore(command.parameters)

    def _do_Pause(self, command: Command, consumer: Consumer) -> None:
        consumer.pause()

    def _do_Resume(self, command: Command, consumer: Consumer) -> None:
        consumer.resume()

    def _do_GhostDelete(self, command: Command, queue: Queue) -> None:
        queue.miss_next_delete()

    # -- edits ------------------------------------------------------------------------------------------------------

    def _edit(self, command: Command) -> None:
        check_edit(self.architecture, command)
        before, self.architecture = self.architecture, edited(self.architecture, command)
        target = str(command.target)
        if command.action == "AddNode":
            try:
                self._build(self.architecture.node(target))
            except Refused:
                self.architecture = before
                raise
            node = self.kernel.nodes[target]
            if node.kind == "queue":
                redrive.link(node)
            self.kernel.record("node_added", target)
            if self.started and node.kind not in AWS_KINDS:
                node.start()
        elif command.action == "RemoveNode":
            self._remove(before, target)
        elif command.action == "Connect":
            link = self.architecture.link(target)
            self._relink(link.source)
            self._join(link, announce=True)
            self.kernel.record("connected", link.source, target)
        else:
            link = before.link(target)
            self._part(link)
            self._relink(link.source)
            self.kernel.record("disconnected", link.source, target)

    def _remove(self, before: Architecture, node_id: str) -> None:
        """Take a node away. A topic that pointed at it finds out when it delivers; what it held is gone with it."""
        node = self.kernel.nodes[node_id]
        for link in before.links:
            if link.source == node_id or (link.target == node_id and self.kernel.nodes[link.source].kind == "queue"):
                self._part(link)
        if hasattr(node, "workers"):
            for worker in node.workers:
                if not worker.crashed:
                    worker.crash()
        if node.kind == "queue":
            redrive.unlink(node)
        del self.kernel.nodes[node_id]
        self.kernel.record("node_removed", node_id)
        for link in before.links:
            if link.target == node_id:
                self._relink(link.source)

    # -- looking ----------------------------------------------------------------------------------------------------

    def metrics(self) -> dict[str, dict[str, float]]:
        """All metrics of all nodes: counts since the start of the run, gauges at this instant."""
        return {node_id: node.metrics() for node_id, node in self.kernel.nodes.items()}

    def view(self) -> dict[str, Any]:
        return {
            "nodes": {node_id: node.view() for node_id, node in self.kernel.nodes.items()},
            "links": {link.id: self.link_view(link.id) for link in self.architecture.links},
        }

    def node_view(self, node_id: str) -> dict[str, Any]:
        view: dict[str, Any] = self.kernel.nodes[node_id].view()
        return view

    def link_view(self, link_id: str) -> dict[str, Any]:
        """How a link stands: ok, blocked (nobody polls), failing (calls fail), pending (not confirmed)."""
        source_id, _, target_id = link_id.partition("/")
        source, target = self.kernel.nodes.get(source_id), self.kernel.nodes.get(target_id)
        if source is None or target is None:
            return {"status": "failing", "says": "one end is gone"}
        if source.kind == "topic":
            subscription = source.subscriptions.get(target_id)
            if subscription is None:
                return {"status": "blocked", "says": "not subscribed"}
            if not subscription.confirmed:
                return {"status": "pending", "says": "pending confirmation"}
            if subscription.retrying or not getattr(target, "up", True):
                return {"status": "failing", "says": ""}
            return {"status": "ok", "says": ""}
        if source.kind == "queue" and target.kind == "consumer":
            states = {worker.view()["state"] for worker in target.workers}
            if states <= {"crashed"}:
                return {"status": "failing", "says": "crashed"}
            if states <= {"crashed", "paused", "waiting", "idle"}:
                return {"status": "blocked", "says": "nobody polls"}
            return {"status": "ok", "says": ""}
        if not getattr(target, "up", True):
            return {"status": "failing", "says": "down"}
        return {"status": "ok", "says": ""}

    def attributes(self, node_id: str) -> dict[str, str]:
        node = self.kernel.nodes[node_id]
        return dict(node.attributes()) if hasattr(node, "attributes") else {}

    def messages_at(self, node_id: str) -> list[dict[str, Any]]:
        """What a node holds now, for its list: queues by state, workers by what they hold, topics by what they "
        "retry."""
        node = self.kernel.nodes[node_id]
        if node.kind == "queue":
            states = ("delayed", "visible", "in flight", "gone")
            return [
                {**token(copy), "state": states[copy.state], "sent_ms": copy.sent_ms, "receives": copy.receive_count}
                for copy in node.store.everything()
            ][:200]
        if node.kind == "topic":
            return [{**seen, "state": "being retried"} for seen in node.view()["retrying"]]
        return [
            {**token(copy), "state": "held", "sent_ms": copy.sent_ms, "receives": copy.receive_count}
            for worker in getattr(node, "workers", ())
            for copy in worker.batch[worker.place :]
        ]

    def message_state(self, uid: int) -> dict[str, Any] | None:
        """Where a copy is now, with its text and attributes; None if no queue holds it any more."""
        for queue in self._of_kind("queue"):
            for copy in queue.store.everything():
                if copy.uid == uid:
                    return self._copy_state(queue, copy)
        return None

    def _copy_state(self, queue: Queue, copy: Copy) -> dict[str, Any]:
        states = ("delayed", "visible", "in flight", "gone")
        return {
            "node": queue.id,
            "state": states[copy.state],
            "MessageId": copy.message_id,
            "body": copy.body,
            "attributes": dict(copy.attributes),
            "group": copy.group,
            "receives": copy.receive_count,
            "sent_ms": copy.sent_ms,
        }

    def find(self, node_id: str, match: Any) -> list[int]:
        """Uids of the messages that a node holds and ``match`` means."""
        return [copy.uid for copy in self.kernel.nodes[node_id].store.everything() if matches(copy, match)]


def check_machine(node: Node) -> None:
    """Raise Refused(``InvalidDefinition``) for a state machine whose definition has problems; other kinds pass."""
    if node.kind == "state_machine":
        kind = str(node.parameters.get("type", "STANDARD"))
        problems = validate_definition(node.parameters.get("definition"), kind, ())
        if problems:
            raise Refused("InvalidDefinition", " ".join(problem.message for problem in problems))


SEND_MAX = 10_000  # messages that one command may send
ACTIONS_ON_LINKS = ("Unsubscribe", "ConfirmSubscription")

# Which kinds of node an action goes to; empty: any.
KINDS_OF: Mapping[str, tuple[str, ...]] = {
    "Send": ("publisher",),
    "Publish": ("topic",),
    "SendMessage": ("queue",),
    "StartExecution": ("state_machine",),
    "ReceiveMessage": ("queue",),
    "DeleteMessage": ("queue",),
    "ChangeMessageVisibility": ("queue",),
    "PurgeQueue": ("queue",),
    "StartMessageMoveTask": ("queue",),
    "Subscribe": ("topic",),
    "Unsubscribe": ("topic",),
    "ConfirmSubscription": ("topic",),
    "StopExecution": ("state_machine",),
    "SendTaskSuccess": ("state_machine",),
    "SendTaskFailure": ("state_machine",),
    "SendTaskHeartbeat": ("state_machine",),
    "SetParameter": (),
    "Crash": (),
    "Restore": (),
    "Pause": ("consumer",),
    "Resume": ("consumer",),
    "GhostDelete": ("queue",),
}


def _current(architecture: Architecture, place: str, name: str) -> Any:
    """The value that a parameter has in the document; None if it is absent."""
    parameters: Any = (architecture.link(place) if "/" in place else architecture.node(place)).parameters
    for part in name.split("."):
        if isinstance(parameters, list) and part.isdecimal() and int(part) < len(parameters):
            parameters = parameters[int(part)]
        elif isinstance(parameters, Mapping):
            parameters = parameters.get(part)
        else:
            return None
    return parameters
