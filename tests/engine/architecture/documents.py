"""Documents for tests: one of each kind, and the same with something set to another value."""

import copy
import json
from pathlib import Path

DATA = Path(__file__).parent / "data"
BASE = json.loads((DATA / "base.json").read_text(encoding="utf-8"))
BROKEN = json.loads((DATA / "broken.json").read_text(encoding="utf-8"))


def changed(edits):
    """The base document after ``edits``, a list of [JSON pointer, value]; ``-`` stands for the end of a list."""
    document = copy.deepcopy(BASE)
    for pointer, value in edits:
        *way, last = pointer.split("/")[1:]
        spot = document
        for key in way:
            spot = spot[int(key)] if isinstance(spot, list) else spot.setdefault(key, {})
        if isinstance(spot, dict):
            spot[last] = value
        elif last == "-":
            spot.append(value)
        else:
            spot[int(last)] = value
    return document
