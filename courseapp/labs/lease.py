"""Who owns a running lab: the lease in its row, and the epoch that fences a stalled owner.

An owner renews its lease every second; one that is silent for three has lost it to whoever asks next. Each change
of hands raises the epoch, and whatever an owner writes, it writes on condition that the epoch is still its own. A
predecessor that is known to be dead (a process of this very machine that is gone) need not be waited for, so that
one process alone never waits. The clocks of machines that share a database must agree to about a second.
"""

from __future__ import annotations

import os
import secrets
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from courseapp.labs.models import Lab
from courseapp.labs.stored import Stored, read

LASTS_MS = 3_000
RENEWED_EVERY_S = 1.0

_START = secrets.token_hex(4)


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


def machine() -> str:
    """This machine, or this container: process ids mean something only within it."""
    try:
        space = os.readlink("/proc/self/ns/pid").strip("pid:[]")
    except OSError:
        space = "0"
    return f"{socket.gethostname()[:60]}/{space}"


def process_name() -> str:
    """A name for this process that no other has, and from which others of the same machine can tell whether it
    lives.
    """
    return f"{machine()}/{os.getpid()}/{_START}"


def is_dead(owner: str) -> bool:
    """Whether the process of that name certainly is no more. False if nobody can know."""
    where, _, rest = owner.rpartition("/")[0].rpartition("/")
    if where != machine() or not rest.isdecimal():
        return False
    pid = int(rest)
    if pid == os.getpid():
        return not owner.rpartition("/")[2].startswith(_START)
    if _is_zombie(pid):
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in ("Z", "X")
    except (OSError, IndexError):
        return False


@dataclass(frozen=True, slots=True)
class Held:
    """Somebody else owns the lab until then."""

    owner: str
    epoch: int
    until_ms: int


def take(lab_id: str, me: str, now_ms: int) -> Stored | Held:
    """Become the owner if nobody is, and read the lab. Raises Lab.DoesNotExist."""
    with transaction.atomic():
        lab = Lab.objects.select_for_update().get(pk=lab_id)
        free = lab.lease_owner in ("", me) or lab.lease_until <= now_ms or is_dead(lab.lease_owner)
        if not free:
            return Held(lab.lease_owner, lab.epoch, lab.lease_until)
        lab.epoch += 1
        lab.lease_owner, lab.lease_until = me, now_ms + LASTS_MS
        lab.save(update_fields=["epoch", "lease_owner", "lease_until", "touched"])
        return read(lab)


def look(lab_id: str, now_ms: int) -> Held | None:
    """Who owns the lab, or None if it is free to take. Raises Lab.DoesNotExist."""
    owner, epoch, until_ms = Lab.objects.values_list("lease_owner", "epoch", "lease_until").get(pk=lab_id)
    if owner == "" or until_ms <= now_ms or is_dead(owner):
        return None
    return Held(owner, epoch, until_ms)


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a lab of this process has got, in the run that begins after ``run_from``."""

    lab: str
    epoch: int
    run_from: int
    at_ms: int


RENEW = """
UPDATE labs_lab SET mark_ms = CASE WHEN run_from = %s AND mark_ms < %s THEN %s ELSE mark_ms END, lease_until = %s
WHERE id = %s AND epoch = %s AND lease_owner = %s
"""


def renew(marks: list[Mark], me: str, now_ms: int) -> set[str]:
    """Renew the leases of all labs of this process, in one transaction, with their marks.

    A mark only ever goes forward here: a command that is being stored at this moment may have moved it further already.
    Returns the labs that have meanwhile got another owner.
    """
    until_ms = now_ms + LASTS_MS
    rows: list[tuple[Any, ...]] = [
        (mark.run_from, mark.at_ms, mark.at_ms, until_ms, mark.lab, mark.epoch, me) for mark in marks
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(RENEW, rows)
        if cursor.rowcount == len(rows):
            return set()
        held = {(lab, epoch) for lab, epoch in Lab.objects.filter(lease_owner=me).values_list("id", "epoch")}
    return {mark.lab for mark in marks if (mark.lab, mark.epoch) not in held}


def release(lab_id: str, epoch: int, mark_ms: int) -> None:
    """Let the lab go, with a last mark. Nothing happens if it has another owner already."""
    Lab.objects.filter(pk=lab_id, epoch=epoch).update(mark_ms=mark_ms, lease_owner="", lease_until=0)
