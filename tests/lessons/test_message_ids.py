"""What some facts of the labs say about message ids: no form of check can compare them, so the run is asked here."""

from __future__ import annotations

import json

from courseapp.engine.architecture import parse
from courseapp.engine.commands import read_command
from courseapp.engine.world import Simulation
from courseapp.lessons.content import lab
from courseapp.lessons.variants import apply_variant


def run(slug: str, until_ms: int, claim: str | None = None) -> Simulation:
    content = lab(slug)
    variants = {each["id"]: each.get("variant") for each in content.lab["claims"]}
    document, commands = apply_variant(content.document, content.lab["script"], variants[claim] if claim else None)
    simulation = Simulation(parse(document), seed=content.lab["seed"])
    for command in commands:
        simulation.apply(read_command(command))
    simulation.run_until(until_ms)
    return simulation


def id_of(simulation: Simulation, node: str, name: str) -> str:
    """The MessageId of the message of that name that a queue holds."""
    held = next(token for token in simulation.messages_at(node) if token["name"] == name)
    state = simulation.message_state(held["id"])
    assert state is not None
    message_id: str = state["MessageId"]
    return message_id


def test_each_copy_in_the_shipping_queue_has_an_id_of_its_own_unlike_the_one_in_its_body() -> None:
    simulation = run("one-message-many-listeners", 30_000)
    held = [simulation.message_state(token["id"]) for token in simulation.messages_at("shipping")]
    given_by_sqs = {copy["MessageId"] for copy in held if copy}
    given_by_sns = {json.loads(copy["body"])["MessageId"] for copy in held if copy}
    assert len(given_by_sqs) == len(given_by_sns) == 5
    assert not given_by_sqs & given_by_sns


def test_a_message_moved_to_the_dead_letter_queue_keeps_its_id_and_gets_a_new_one_by_the_redrive() -> None:
    first = id_of(run("poison-message", 5_000), "orders", "P")
    assert id_of(run("poison-message", 40_000), "orders-dlq", "P") == first
    assert id_of(run("poison-message", 60_500, "poison-message.F5"), "orders", "P") != first


def test_a_send_within_five_minutes_is_answered_with_the_id_of_the_first() -> None:
    first = id_of(run("standard-and-fifo", 1_000), "events.fifo", "A1")
    records = run("standard-and-fifo", 110_000, "standard-and-fifo.F5").drain()
    answers = [record[6]["MessageId"] for record in records if record[1] == "deduplicated"]
    assert answers == [first]


def test_a_send_after_five_minutes_is_a_message_of_its_own() -> None:
    first = id_of(run("standard-and-fifo", 1_000), "events.fifo", "A1")
    assert id_of(run("standard-and-fifo", 302_000, "standard-and-fifo.F6"), "events.fifo", "A1") != first
