"""What people ask of a running lab: to look into it, to do something in it, to set its clock.

Each request is dealt with between two steps of the host's loop, so that nothing else happens meanwhile. What is refused
has changed nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from courseapp.engine.commands import Command, Refused, read_command
from courseapp.labs import content, inspector, stored, timeline, workflow
from courseapp.labs.frames import Frame
from courseapp.labs.play import Play
from courseapp.labs.searching import event_before, records_of
from courseapp.labs.stored import in_database
from courseapp.labs.telling import Answer

if TYPE_CHECKING:
    from courseapp.labs.host import Host

MOST_COMMANDS = 20_000
NOTHING_COMES = "Nothing will happen here by itself. Do something first."
NOTHING_LIKE_IT = "Nothing of that kind will happen here by itself. Do something first."
NOTHING_FAILS = "Nothing will fail here by itself, as far as can be seen. Do something first."


async def answer(host: Host, frame: Frame, may_control: bool) -> Answer:
    """Do what a frame asks for. Raises Refused."""
    fields, kind = frame.fields, frame.type
    if kind == "fresh":
        await host.send_news()
        if fields.get("narrow"):
            host.telling.also_narrow()
        return host.telling.picture(host.play)
    if kind == "inspect":
        return await _inspect(host, fields)
    if not may_control:
        raise Refused("not_yours", "Only the one who started this lab can act in it and set its clock.")
    if kind == "clock":
        await _set_clock(host, fields)
    elif kind == "command":
        _must_be_live(host.play)
        command = read_command({"at_ms": 0, "parameters": {}, **fields})
        await _command(host, Command(host.play.stamp(), command.action, command.target, command.parameters))
    elif kind == "press":
        await _press(host, str(fields["key"]))
    return {}


async def _inspect(host: Host, fields: Mapping[str, Any]) -> Answer:
    play, lab_id = host.play, host.lab.id
    simulation, now_ms = play.run_shown.simulation, play.clock.now_ms
    if "execution" in fields:
        narrow = bool(fields.get("narrow"))
        return workflow.answer(lab_id, simulation, host.log.commands, now_ms, fields, narrow)
    if fields.get("figures"):
        return {"figures": inspector.figures(simulation, str(fields["node"])), "now_ms": now_ms}
    if "node" in fields:
        return {"html": inspector.node_html(lab_id, simulation, str(fields["node"])), "now_ms": now_ms}
    uid = int(fields["message"])
    records = await records_of(play.history, host.log, now_ms, uid)
    return {"html": inspector.message_html(lab_id, simulation, uid, records)}


def _must_be_live(play: Play) -> None:
    if play.past is not None:
        raise Refused(
            "looking_back", "You are looking at an earlier moment. Go to live to act: the past stays as it was."
        )
    play.must_go_on()


async def _press(host: Host, key: str) -> None:
    """A button: what it does at once, and what it will do later; or the moment that it goes to.

    Raises Refused if the first is refused; then none is stored.
    """
    wanted = content.goes_to(host.lab.content, key)
    if wanted is not None:
        await _go_to(host, wanted)
        return
    _must_be_live(host.play)
    stamp = host.play.stamp()
    refused = host.play.live.simulation.refused
    commands = content.pressed(host.lab.content, key, host.log, stamp, host.lab.architecture, refused)
    for command in commands:
        if command.at_ms == stamp:
            host.play.live.simulation.check(command)
    await _store(host, commands)


async def _go_to(host: Host, wanted: tuple[str, str]) -> None:
    if host.play.past is None:
        host.play.must_go_on()
    await host.play.forward(lambda record: (record[1], record[2]) == wanted, NOTHING_LIKE_IT)
    host.telling.changed = True
    await host.write_clock()


async def _command(host: Host, command: Command) -> None:
    host.play.live.simulation.check(command)
    await _store(host, [command])


async def _store(host: Host, commands: list[Command]) -> None:
    """Into the log on disk first, then let the next millisecond happen."""
    if len(host.log.commands) + len(commands) > MOST_COMMANDS:
        raise Refused("too_many_commands", f"A run takes at most {MOST_COMMANDS:,} commands. Start the lab over.")
    stamp = host.play.stamp()
    numbered = list(enumerate(commands, host.log.last_sequence + 1))
    await in_database(stored.add_command)(host.lab.id, host.lab.epoch, stamp, numbered)
    for sequence, command in numbered:
        host.log.add(sequence, command)
    await host.play.carry_out(stamp)


# --- the clock ---


async def _set_clock(host: Host, fields: Mapping[str, Any]) -> None:
    do, play, clock = fields["do"], host.play, host.play.clock
    ran = clock.running
    if do in ("play", "step", "next_failure") and play.past is None:
        play.must_go_on()
    if do == "play":
        clock.play(fields.get("until_ms"))
    elif do == "pause":
        clock.pause()
    elif do == "speed":
        clock.set_speed(float(fields["speed"]))
    elif do == "skip_idle":
        clock.set_skip_idle(bool(fields["on"]))
    elif do == "live":
        await play.look(play.live.at_ms)
        clock.go_live()
    elif do == "look":
        await play.look(int(fields["at_ms"]))
    elif do == "step":
        await play.forward(timeline.is_event, NOTHING_COMES)
    elif do == "back":
        before = await event_before(play.history, host.log, clock.now_ms)
        await play.look(play.begin_ms if before is None else before)
    elif do == "previous_failure":
        await _previous_failure(host)
    elif do == "next_failure":
        await _next_failure(host)
    elif do == "reset":
        await host.start_over()
    host.telling.changed = True
    if do != "look" or ran:  # a clock that somebody drags is written once
        await host.write_clock()


async def _previous_failure(host: Host) -> None:
    found = host.play.timeline.failure_before(host.play.clock.now_ms)
    if found is None:
        raise Refused("no_failure", "Nothing has failed before this moment.")
    await host.play.look(found)


async def _next_failure(host: Host) -> None:
    play = host.play
    known = play.timeline.failure_after(play.clock.now_ms) if play.past is not None else None
    if known is not None:
        await play.look(known)
        return
    await play.look(play.live.at_ms)
    await play.forward(timeline.is_failure, NOTHING_FAILS)
