"""The fan-out of the benchmarks, as a document of ours and as an idiomatic SimPy model.

Four publishers send at random to one topic; three queues each have three workers with exponential service of 100 ms.
One work in ten fails and comes back after 5 s; after three receives a message goes to the dead-letter queue.
"""

from __future__ import annotations

import random
from typing import Any

import simpy

from courseapp.engine.architecture import Architecture, parse
from courseapp.engine.world import Simulation

SLICE_MS = 1_000  # the journal is read while the run goes on, as a live lab reads it


def document(rate: float) -> Architecture:
    """``rate``: messages a second of each publisher."""
    sending = {"rates": [{"messages_per_second": rate, "spacing": "random"}]}
    working = {
        "workers": 3,
        "WaitTimeSeconds": 20,
        "processing_seconds": {"exponential": 0.1},
        "failure_probability": 0.1,
    }
    nodes: list[dict[str, Any]] = [{"id": f"shop-{n}", "kind": "publisher", "parameters": sending} for n in range(4)]
    nodes.append({"id": "events", "kind": "topic"})
    links: list[dict[str, Any]] = [{"from": f"shop-{n}", "to": "events"} for n in range(4)]
    for n in range(3):
        redrive = {"deadLetterTargetArn": f"dead-{n}", "maxReceiveCount": 3}
        nodes += [
            {"id": f"queue-{n}", "kind": "queue", "parameters": {"VisibilityTimeout": 5, "RedrivePolicy": redrive}},
            {"id": f"dead-{n}", "kind": "queue"},
            {"id": f"worker-{n}", "kind": "consumer", "parameters": working},
        ]
        links += [{"from": "events", "to": f"queue-{n}"}, {"from": f"queue-{n}", "to": f"worker-{n}"}]
    return parse({"version": 1, "title": "Fan-out", "nodes": nodes, "links": links})


def run_ours(rate: float, seconds: int, journal: bool = True) -> Simulation:
    """Run with the journal drained as it is read."""
    simulation = Simulation(document(rate), 7, journal)
    while simulation.now_ms < seconds * 1000:
        simulation.run_until(min(seconds * 1000, simulation.now_ms + SLICE_MS))
        simulation.drain()
    return simulation


class Message:
    __slots__ = ("number", "receives")

    def __init__(self, number: int) -> None:
        self.number = number
        self.receives = 0


class Topic:
    """One to many, as SimPy's documentation does it ("Process Communication", ``BroadcastPipe``)."""

    def __init__(self, env: simpy.Environment, queues: list[simpy.Store]) -> None:
        self.env = env
        self.queues = queues

    def put(self, number: int) -> simpy.Event:
        return self.env.all_of([queue.put(Message(number)) for queue in self.queues])


def run_simpy(rate: float, seconds: int, lean: bool = False) -> list[int]:
    """The peer: processes and stores; how many messages each queue's workers finished. It keeps no journal.

    Every ``put`` is waited for, as in SimPy's own examples. A ``lean`` model has no topic and waits for none, which is
    right only because these stores have no capacity.
    """
    env = simpy.Environment()
    dice = random.Random(7)
    queues = [simpy.Store(env) for _ in range(3)]
    dead = [simpy.Store(env) for _ in range(3)]
    topic = Topic(env, queues)
    finished = [0, 0, 0]

    def publisher() -> Any:
        number = 0
        while True:
            yield env.timeout(dice.expovariate(rate))
            number += 1
            yield topic.put(number)

    def lean_publisher() -> Any:
        number = 0
        while True:
            yield env.timeout(dice.expovariate(rate))
            number += 1
            for queue in queues:
                queue.put(Message(number))

    def comes_back(queue: simpy.Store, message: Message) -> Any:
        yield env.timeout(5)
        yield queue.put(message)

    def worker(place: int) -> Any:
        queue = queues[place]
        while True:
            message = yield queue.get()
            if message.receives == 3:
                yield dead[place].put(message)
                continue
            message.receives += 1
            yield env.timeout(dice.expovariate(10))
            if dice.random() < 0.1:
                env.process(comes_back(queue, message))
            else:
                finished[place] += 1

    for _ in range(4):
        env.process(lean_publisher() if lean else publisher())
    for place in range(3):
        for _ in range(3):
            env.process(worker(place))
    env.run(seconds)
    return finished
