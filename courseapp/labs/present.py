"""A started run as it stands, for the page that shows it: what is read before any script has run, or without one.

From the host that runs it here, else from its log, or its snapshot, up to the mark. Nothing is started or written.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence
from itertools import islice
from typing import Any

from asgiref.sync import async_to_sync

from courseapp.engine.world import Simulation
from courseapp.labs import inspector, snapshots, workflow
from courseapp.labs.hub import hub
from courseapp.labs.picture import Shown
from courseapp.labs.reading import read_present
from courseapp.labs.run import Log
from courseapp.labs.stored import Stored
from courseapp.labs.timeline import is_event

MOST_PRESENTS = 32
WITHIN_S = 4.0
"""A page does not wait longer for its picture; a run that takes longer to replay keeps a snapshot of its own."""

_presents: OrderedDict[tuple[object, ...], dict[str, Any]] = OrderedDict()

log = logging.getLogger(__name__)


def present_of(lab: Stored) -> dict[str, Any] | None:
    """The fields of an opening (``embed``) that a page shows, and ``clock``, ``since_ms``, ``running``, ``looking``,
    ``refused`` (commands).

    None where the run cannot be shown within a few seconds. The answer is kept and shared: do not change it.
    """
    return async_to_sync(_present)(lab, snapshots.newest(lab))


async def _present(lab: Stored, snapshot: bytes | None) -> dict[str, Any] | None:
    host = hub().hosts.get(lab.id)
    if host is not None:
        clock, play = host.play.clock, host.play
        now_ms = clock.now_ms
        stands = (host.log.last_sequence, clock.running, clock.looking)
        key: tuple[object, ...] = (lab.id, host.lab.run_from, now_ms, *stands)
        if clock.running:  # whoever comes in the same second sees the same
            key = (lab.id, host.lab.run_from, now_ms // 1000, *stands)
        return _presents.get(key) or _keep(
            key,
            _told(play.run_shown.simulation, host.log, now_ms, _newest(play.history.newest(now_ms)))
            | {"running": clock.running, "looking": clock.looking, "refused": tuple(play.live.simulation.refused)},
        )
    key = (lab.id, lab.run_from, lab.mark_ms, lab.last_sequence, False, False)
    known = _presents.get(key)
    if known is not None:
        return known
    try:
        async with asyncio.timeout(WITHIN_S):
            reading = await read_present(lab, snapshot)
    except TimeoutError:
        log.warning("Lab %s could not be replayed for its page within %s s", lab.id, WITHIN_S)
        return None
    except Exception:
        log.exception("Lab %s could not be replayed for its page", lab.id)
        return None
    told = _told(reading.simulation, Log.of(lab.commands), lab.mark_ms, _newest(reading.records))
    return _keep(key, told | {"running": False, "looking": False, "refused": tuple(reading.simulation.refused)})


def _newest(records: Sequence[inspector.Numbered]) -> list[inspector.Numbered]:
    """The newest that are told; polls that find nothing may stand between them in any number."""
    return list(islice((item for item in reversed(records) if is_event(item[1])), inspector.NEWEST))[::-1]


def _told(simulation: Simulation, logged: Log, now_ms: int, newest: Sequence[inspector.Numbered]) -> dict[str, Any]:
    architecture = simulation.architecture
    whole = Shown(architecture, narrow=True).whole(simulation.view(), now_ms)
    return {
        "diagram": whole["diagram"],
        "narrow_diagram": whole["narrow_diagram"],
        "table": inspector.table(simulation, newest),
        "workflow": workflow.at_rest(simulation, now_ms, logged.commands),
        "document": architecture,
        "clock": inspector.clock_text(architecture.starts_at, now_ms),
        "since_ms": now_ms,
    }


def _keep(key: tuple[object, ...], told: dict[str, Any]) -> dict[str, Any]:
    _presents[key] = told
    if len(_presents) > MOST_PRESENTS:
        _presents.popitem(last=False)
    return told
