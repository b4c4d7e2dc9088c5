"""All that is written and read of a lab's rows. Synchronous; the host calls it through ``in_database``.

Every write of an owner names its epoch: if the lab has another owner by now, ``Fenced`` is raised and nothing is
written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from channels.db import database_sync_to_async
from django.db import IntegrityError, transaction

from courseapp.engine.architecture import Architecture, parse
from courseapp.engine.commands import Command
from courseapp.labs.models import Lab, LoggedCommand

in_database = database_sync_to_async


class Fenced(Exception):
    """This process is not the lab's owner any more."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A lab as it is stored: what its present run is made from, and where its clock stands."""

    id: str
    content: str
    architecture: Architecture
    seed: int
    owner: str
    epoch: int
    run_from: int
    opens_at_ms: int
    mark_ms: int
    speed: float
    skip_idle: bool
    running: bool
    commands: tuple[tuple[int, Command], ...]
    last_sequence: int


def read(lab: Lab) -> Stored:
    """The lab with the log of its present run."""
    rows = LoggedCommand.objects.filter(lab=lab, sequence__gt=lab.run_from)
    commands = tuple((row.sequence, row.command()) for row in rows)
    return Stored(
        id=lab.id,
        content=lab.content,
        architecture=parse(lab.architecture),
        seed=lab.seed,
        owner=lab.owner,
        epoch=lab.epoch,
        run_from=lab.run_from,
        opens_at_ms=lab.opens_at_ms,
        mark_ms=lab.mark_ms,
        speed=lab.speed,
        skip_idle=lab.skip_idle,
        running=lab.running,
        commands=commands,
        last_sequence=max([lab.run_from, *(sequence for sequence, _ in commands)]),
    )


def load(lab_id: str) -> Stored | None:
    """The lab, only to be looked at; None if there is none of that id."""
    lab = Lab.objects.filter(pk=lab_id).first()
    return None if lab is None else read(lab)


def owner_of(lab_id: str) -> str | None:
    """The visitor who started the lab; None if there is no such lab."""
    return Lab.objects.filter(pk=lab_id).values_list("owner", flat=True).first()


def add_command(lab_id: str, epoch: int, mark_ms: int, commands: Sequence[tuple[int, Command]]) -> None:
    """Append to the log, and move the mark. Raises Fenced."""
    rows = [LoggedCommand.of(lab_id, sequence, command) for sequence, command in commands]
    try:
        with transaction.atomic():
            _update(lab_id, epoch, mark_ms=mark_ms)
            LoggedCommand.objects.bulk_create(rows)
    except IntegrityError as error:
        raise Fenced(lab_id) from error


def write_clock(lab_id: str, epoch: int, mark_ms: int, speed: float, skip_idle: bool, running: bool) -> None:
    """Raises Fenced."""
    _update(lab_id, epoch, mark_ms=mark_ms, speed=speed, skip_idle=skip_idle, running=running)


def start_over(lab_id: str, epoch: int) -> Stored:
    """Begin a new run, below the old one in the log, with the opening's commands again. Raises Fenced."""
    with transaction.atomic():
        lab = Lab.objects.select_for_update().get(pk=lab_id)
        run = list(LoggedCommand.objects.filter(lab=lab, sequence__gt=lab.run_from))
        lab.run_from = max([lab.run_from, *(row.sequence for row in run)])
        again = run[: lab.opening]
        LoggedCommand.objects.bulk_create(
            LoggedCommand.of(lab_id, lab.run_from + place, row.command()) for place, row in enumerate(again, 1)
        )
        _update(lab_id, epoch, run_from=lab.run_from, mark_ms=lab.rests_at_ms, running=False)
        lab.refresh_from_db()
        return read(lab)


def _update(lab_id: str, epoch: int, **values: Any) -> None:
    if not Lab.objects.filter(pk=lab_id, epoch=epoch).update(**(values or {"epoch": epoch})):
        raise Fenced(lab_id)
