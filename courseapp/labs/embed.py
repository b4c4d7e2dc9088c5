"""The opening of a lab, sent with its page: a headless run of a few seconds, computed once. No row, no host, no
socket.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from courseapp.engine.architecture import Architecture
from courseapp.engine.commands import read_command
from courseapp.engine.messages import compact
from courseapp.engine.world import Simulation
from courseapp.labs import costs, inspector, workflow
from courseapp.labs.picture import Shown, record_frame
from courseapp.labs.run import Log, Run
from courseapp.labs.timeline import Timeline, is_event

MOST_OPENINGS = 64
LATEST_STEP_MS = 250
MOST_STEPS = 40
"""Between two events a picture of the nodes is kept at least this often, so that bars and rings move; an opening of
days is cut into that many pieces at most."""

_openings: OrderedDict[str, dict[str, Any]] = OrderedDict()


def opening_of(
    architecture: Architecture,
    lab: Mapping[str, Any],
    commands: Sequence[Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """What a page needs to play a lab's opening by itself.

    ``architecture`` is the document with the opening's variant applied; ``commands`` are those of the opening unless
    others are given. The answer is kept and shared: do not change it.

    - ``diagram``, ``narrow_diagram``: SVG at ``from_ms``; ``rest``, ``narrow_rest``: at ``to_ms``
    - ``records``: the journal of the span, each with its sentence, as in a batch
    - ``steps``: ``[{"at_ms", "parts", "narrow_parts", "gauges", "links", "bills", "cost"}]``, what has changed at each
      instant (``bills``: of machines that are billed in different ways, ``costs.figures``; ``cost``: of the machine
      that the page shows, ``costs.in_words``)
    - ``workflow``: what a page shows of its state machine (``workflow.at_rest``), or None
    - ``clock``: as in a picture · ``speed`` · ``marks``, ``lanes``, ``table`` at the end
    """
    opening = lab.get("opening", {})
    done = list(opening.get("commands", ()) if commands is None else commands)
    key = compact([architecture.as_json(), lab.get("seed", 0), opening, done])
    known = _openings.get(key)
    if known is None:
        known = _openings[key] = _play(architecture, int(lab.get("seed", 0)), opening, done)
        if len(_openings) > MOST_OPENINGS:
            _openings.popitem(last=False)
    _openings.move_to_end(key)
    return known


def _play(
    architecture: Architecture, seed: int, opening: Mapping[str, Any], commands: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    from_ms = round(opening.get("from_seconds", 0) * 1000)
    to_ms = max(from_ms, round(opening.get("to_seconds", 0) * 1000))
    log = Log.of(enumerate(map(read_command, commands), 1))
    run = Run(architecture, seed, log, from_ms)
    run.run_to(from_ms - 1)  # what happens in the very first instant is to be seen
    timeline, shown = Timeline(architecture), Shown(architecture, narrow=True)
    before = run.drain()
    timeline.add(1, before, shown.titles, many=len(before))
    timeline.sample(from_ms, run.simulation.metrics())
    first = shown.whole(run.simulation.view(), from_ms)
    frames: list[dict[str, Any]] = []
    steps: list[dict[str, Any]] = []
    money = _money(run.simulation)
    if any(money.values()):
        steps.append({"at_ms": from_ms, **money})
    newest = list(enumerate(before, 1))
    step_ms = max(LATEST_STEP_MS, (to_ms - from_ms) // MOST_STEPS)
    while run.at_ms < to_ms:
        next_ms = run.next_ms()
        run.run_to(min(to_ms, run.at_ms + step_ms, to_ms if next_ms is None else max(next_ms, run.at_ms)))
        start = run.sequence + 1
        records = run.drain()
        newest += enumerate(records, start)
        timeline.add(start, records, shown.titles)
        timeline.sample(run.at_ms, run.simulation.metrics())
        frames += [
            record_frame(sequence, record, shown.titles, shown.routes.along(record))
            for sequence, record in enumerate(records, start)
            if is_event(record)
        ]
        changes = shown.changes(run.simulation.view(), run.at_ms)
        before_money, money = money, _money(run.simulation)
        for name, now in money.items():
            if now != before_money[name]:
                changes[name] = {each: said for each, said in now.items() if said != before_money[name][each]}
        if changes["parts"] or changes["links"] or changes.keys() & money.keys():
            steps.append({"at_ms": run.at_ms, **changes})
    last = shown.whole(run.simulation.view(), run.at_ms)
    return {
        "from_ms": from_ms,
        "to_ms": to_ms,
        "speed": opening.get("speed", 1),
        "diagram": first["diagram"],
        "narrow_diagram": first["narrow_diagram"],
        "rest": last["diagram"],
        "narrow_rest": last["narrow_diagram"],
        "nodes": last["nodes"],
        "architecture": last["architecture"],
        "records": frames,
        "steps": steps,
        "marks": timeline.marks,
        "lanes": timeline.lanes_as_json(),
        "table": inspector.table(run.simulation, newest[-inspector.NEWEST * 4 :]),
        "workflow": workflow.at_rest(run.simulation, run.at_ms),
    }


def _money(simulation: Simulation) -> dict[str, dict[str, Any]]:
    """What a page says of costs, by the names that it has in a step."""
    shown = workflow.first_machine(simulation.architecture)
    if shown is None:
        return {"bills": {}, "cost": {}}
    machine = workflow.machine_of(simulation, shown)
    return {"bills": costs.figures(simulation), "cost": costs.in_words(machine, workflow.chosen_of(machine, 0))}
