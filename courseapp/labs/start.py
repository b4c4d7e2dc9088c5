"""Starting a lab: the one moment at which something is stored of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from courseapp.engine.architecture import parse
from courseapp.engine.commands import Command, Refused, read_command
from courseapp.labs.content import Content
from courseapp.labs.frames import FASTEST, SLOWEST
from courseapp.labs.models import Lab, LoggedCommand

MOST_LABS = 1_000
"""Labs that one visitor may start."""


def start(
    content_slug: str,
    architecture: Mapping[str, Any],
    seed: int,
    owner: str,
    opening: Iterable[Command] = (),
    opens_at_ms: int = 0,
    speed: float | str = 1.0,
    stands_at_ms: int | None = None,
) -> Lab:
    """Store a lab of the visitor ``owner`` (a hash, see ``web/visitor``). ``speed`` is a number or ``"skip_idle"``.

    The run begins to be shown at ``opens_at_ms``; its clock stands at ``stands_at_ms``, where its opening came to rest.

    Raises InvalidArchitecture for a broken document; Refused for a speed that no clock has, and for one lab too many.
    """
    parse(architecture)
    skip_idle = speed == "skip_idle"
    pace = 1.0 if skip_idle else float(speed)
    if not SLOWEST <= pace <= FASTEST:
        raise Refused("invalid_speed", f"A speed is a number from {SLOWEST} to {FASTEST:g}, not {speed}.")
    if Lab.objects.filter(owner=owner).count() >= MOST_LABS:
        raise Refused("too_many_labs", f"One visitor may start {MOST_LABS:,} labs. Go on with one of those.")
    rests_at_ms = opens_at_ms if stands_at_ms is None else max(opens_at_ms, stands_at_ms)
    commands = sorted(opening, key=lambda command: command.at_ms)
    with transaction.atomic():
        lab = Lab.objects.create(
            content=content_slug,
            architecture=architecture,
            seed=seed,
            owner=owner,
            opens_at_ms=opens_at_ms,
            opening=len(commands),
            rests_at_ms=rests_at_ms,
            mark_ms=rests_at_ms,
            speed=pace,
            skip_idle=skip_idle,
        )
        LoggedCommand.objects.bulk_create(
            LoggedCommand.of(lab.id, sequence, command) for sequence, command in enumerate(commands, 1)
        )
    return lab


def start_content(content: Content, owner: str) -> Lab:
    """Store a lab of the course as its ``lab.json`` opens it."""
    lab = content.lab
    opening = lab.get("opening", {})
    return start(
        content.slug,
        content.architecture.as_json(),
        lab["seed"],
        owner,
        [read_command(command) for command in opening.get("commands", ())],
        round(lab["opens_at_seconds"] * 1000),
        lab["speed"],
        round(opening.get("to_seconds", lab["opens_at_seconds"]) * 1000),
    )


def labs_of(owner: str) -> list[Lab]:
    """The visitor's labs, newest first."""
    return list(Lab.objects.filter(owner=owner).order_by("-touched"))


def lab_of(owner: str, lab_id: str) -> Lab | None:
    """The visitor's lab of that id; None if there is none, or if it is somebody else's."""
    return Lab.objects.filter(pk=lab_id, owner=owner).first()


def newest_lab(owner: str, content_slug: str) -> Lab | None:
    """The lab that the visitor last had of that content."""
    return Lab.objects.filter(owner=owner, content=content_slug).order_by("-touched").first()
