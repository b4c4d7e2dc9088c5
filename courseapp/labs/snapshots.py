"""States of running labs, kept so that whoever takes a lab over need not replay it from the beginning.

A cache and nothing else: it may be deleted at any time, and a state that another version of the engine has written is
never read. What is kept is signed with this installation's secret key, since unpickling trusts whoever wrote it.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import pickle
import sys
import zlib
from functools import cache
from pathlib import Path

from django.db import transaction
from django.utils.crypto import salted_hmac

from courseapp import engine
from courseapp.labs.models import Lab, Snapshot
from courseapp.labs.run import Log, Run
from courseapp.labs.stored import Fenced, Stored
from courseapp.labs.timeline import Timeline

LARGEST = 16 * 2**20
"""Bytes of a packed state; a larger one is not worth keeping."""
WORTH_S = 2.0
"""Processor seconds of replaying that a snapshot must save."""
SIGNATURE_BYTES = 32

logger = logging.getLogger(__name__)


@cache
def engine_version() -> str:
    """A fingerprint of everything that a pickled state depends on: the code it is made of, and Python."""
    digest = hashlib.sha256(sys.version.encode())
    root = Path(engine.__file__).parent
    ours = [Path(__file__).with_name(name) for name in ("run.py", "timeline.py")]
    for path in [*sorted(root.rglob("*.py")), *ours]:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def pack(run: Run, timeline: Timeline) -> bytes:
    """The state between two instants as signed bytes."""
    state = zlib.compress(pickle.dumps((run.freeze(), timeline), protocol=pickle.HIGHEST_PROTOCOL), 1)
    return _signature(state) + state


def unpack(packed: bytes, log: Log) -> tuple[Run, Timeline] | None:
    """The state again; None if it was not signed here, or cannot be read for any other reason."""
    signature, state = packed[:SIGNATURE_BYTES], packed[SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _signature(state)):
        return None
    try:
        frozen, timeline = pickle.loads(zlib.decompress(state))
        return Run.thaw(frozen, log), timeline
    except Exception:
        logger.exception("A snapshot could not be read; the lab is replayed from its beginning")
        return None


def keep(lab: Stored, at_ms: int, packed: bytes) -> None:
    """Replace the lab's snapshot, and move the mark to it: a lab never goes on before its snapshot. Raises Fenced."""
    if len(packed) > LARGEST:
        return
    with transaction.atomic():
        if not Lab.objects.filter(pk=lab.id, epoch=lab.epoch).update(mark_ms=at_ms):
            raise Fenced(lab.id)
        Snapshot.objects.update_or_create(
            lab_id=lab.id,
            defaults={"engine": engine_version(), "run_from": lab.run_from, "at_ms": at_ms, "state": packed},
        )


def newest(lab: Stored) -> bytes | None:
    """The lab's snapshot, if it is of the present run and was written by this very engine."""
    kept = Snapshot.objects.filter(
        lab_id=lab.id, engine=engine_version(), run_from=lab.run_from, at_ms__lte=lab.mark_ms
    ).first()
    return None if kept is None else bytes(kept.state)


def _signature(state: bytes) -> bytes:
    return salted_hmac("labs.snapshot", state, algorithm="sha256").digest()
