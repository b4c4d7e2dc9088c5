"""What a page asks of a world that stands still. Nothing here changes anything."""

from __future__ import annotations

from itertools import islice
from typing import Any

from courseapp.engine.sqs.copies import Copy
from courseapp.engine.sqs.look import copy_of, token
from courseapp.engine.world.building import World

LISTED_MAX = 200  # messages of one node that are listed
COPY_STATES = ("delayed", "visible", "in flight", "gone")


def link_view(world: World, link_id: str) -> dict[str, Any]:
    source_id, _, target_id = link_id.partition("/")
    source, target = world.kernel.nodes.get(source_id), world.kernel.nodes.get(target_id)
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


def messages_at(world: World, node_id: str) -> list[dict[str, Any]]:
    node = world.kernel.nodes[node_id]
    if node.kind == "queue":
        return [
            {**token(copy), "state": COPY_STATES[copy.state], "sent_ms": copy.sent_ms, "receives": copy.receive_count}
            for copy in islice(node.store.everything(), LISTED_MAX)
        ]
    if node.kind == "topic":
        return [{**seen, "state": "being retried"} for seen in node.view()["retrying"]]
    return [
        {**token(copy), "state": "held", "sent_ms": copy.sent_ms, "receives": copy.receive_count}
        for worker in getattr(node, "workers", ())
        for copy in worker.batch[worker.place :]
    ]


def message_state(world: World, uid: int) -> dict[str, Any] | None:
    for queue in world.of_kind("queue"):
        copy = copy_of(queue, uid)
        if copy is not None:
            return _copy_state(queue.id, copy)
    return None


def _copy_state(queue: str, copy: Copy) -> dict[str, Any]:
    return {
        "node": queue,
        "state": COPY_STATES[copy.state],
        "MessageId": copy.message_id,
        "body": copy.body,
        "attributes": dict(copy.attributes),
        "group": copy.group,
        "receives": copy.receive_count,
        "sent_ms": copy.sent_ms,
    }
