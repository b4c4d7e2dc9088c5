"""The closed vocabulary of a lab's socket, both ways. Every frame is a JSON object with a ``type``; anything else is
refused.

``read`` turns what a client sent into a ``Frame`` whose fields have the right types; what it raises names the
field, what it holds and what would be right. The builders below make the server's frames; ``encode`` turns one into
text, once for everyone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from courseapp.engine.commands import Refused
from courseapp.labs import strictjson

LARGEST_FRAME = 300_000
"""Letters of a client's frame: a message body may have 256 KiB."""
LONGEST_REF = 64
SLOWEST, FASTEST = 0.1, 1_000.0

# Close codes; browsers and autobahn leave 4000 to 4999 to us.
NO_SUCH_LAB = 4004
TOO_SLOW = 4008
MALFORMED = 4009
RESTARTING = 4012

CLOCK_ACTIONS = (
    "play", "pause", "step", "back", "next_failure", "previous_failure", "speed", "skip_idle", "look", "live", "reset",
)  # fmt: skip
SERVER_TYPES = ("picture", "batch", "answer", "refused", "closing")


class Malformed(Refused):
    """A frame that is not in the vocabulary. ``ref`` is the one that it carried, if any."""

    def __init__(self, says: str, ref: Any = None, code: str = "malformed") -> None:
        super().__init__(code, says)
        self.ref = ref


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame from a client. ``fields`` holds exactly the fields of its type."""

    type: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    ref: str | int | None = None

    def as_json(self) -> dict[str, Any]:
        return {"type": self.type, "fields": dict(self.fields), "ref": self.ref}


Check = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53


def _speed(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and isfinite(value) and SLOWEST <= value <= FASTEST


def _target(value: Any) -> bool:
    return _text(value) or (isinstance(value, dict) and set(value) == {"holder_of"} and _text(value["holder_of"]))


Field = tuple[Check, str]

TEXT: Field = (_text, "a text that is not empty")
WHOLE: Field = (_whole, "a whole number")
TARGET: Field = (_target, 'an id, "from/to" or {"holder_of": queue}')
OBJECT: Field = (lambda value: isinstance(value, dict), "a JSON object")
SPEED: Field = (_speed, f"a number from {SLOWEST} to {FASTEST:g}")
SWITCH: Field = (lambda value: isinstance(value, bool), "true or false")
CLOCK_ACTION: Field = (lambda value: value in CLOCK_ACTIONS, f"one of {', '.join(CLOCK_ACTIONS)}")

# type -> (fields it must have, fields it may have)
CLIENT: dict[str, tuple[dict[str, Field], dict[str, Field]]] = {
    "command": ({"action": TEXT, "target": TARGET}, {"parameters": OBJECT}),
    "press": ({"key": TEXT}, {}),
    "clock": ({"do": CLOCK_ACTION}, {"speed": SPEED, "on": SWITCH, "at_ms": WHOLE, "until_ms": WHOLE}),
    "ack": ({"batch": WHOLE}, {}),
    "fresh": ({}, {"narrow": SWITCH}),
    "inspect": (
        {},
        {"message": WHOLE, "node": TEXT, "execution": WHOLE, "since": WHOLE, "narrow": SWITCH}
        | {"state": TEXT, "map": TEXT, "item": WHOLE, "figures": SWITCH},
    ),
}
# What a clock control needs beside its name.
CLOCK_NEEDS = {"speed": "speed", "skip_idle": "on", "look": "at_ms"}


KINDS = {"list": "an array", "str": "a text", "bool": "a truth value", "NoneType": "null"} | dict.fromkeys(
    ("int", "float"), "a number"
)


def read(text: str) -> Frame:
    """A client's frame. Raises Malformed."""
    if len(text) > LARGEST_FRAME:
        raise Malformed(
            f"A frame may have at most {LARGEST_FRAME:,} letters; this one has {len(text):,}.", code="too_large"
        )
    try:
        value = strictjson.loads(text)
    except strictjson.NotStrict as problem:
        raise Malformed(f"A frame must be a JSON object: {problem}") from None
    except ValueError:
        raise Malformed("A frame must be a JSON object; this one is no JSON.") from None
    if not isinstance(value, dict):
        raise Malformed(f"A frame must be a JSON object, not {KINDS[type(value).__name__]}.")
    ref = value.pop("ref", None)
    if not (ref is None or _whole(ref) or (isinstance(ref, str) and len(ref) <= LONGEST_REF)):
        raise Malformed(f"ref must be a whole number or a text of at most {LONGEST_REF} letters.")
    kind = value.pop("type", None)
    if not isinstance(kind, str) or kind not in CLIENT:
        raise Malformed(f"There is no frame of type {_shown(kind)}. Known are {', '.join(CLIENT)}.", ref)
    needed, optional = CLIENT[kind]
    for name in needed:
        if name not in value:
            raise Malformed(f"A {kind} frame needs {name}.", ref)
    for name, given in value.items():
        known = needed.get(name) or optional.get(name)
        if known is None:
            raise Malformed(f"A {kind} frame has no field {_shown(name)}.", ref)
        check, allowed = known
        if not check(given):
            raise Malformed(f"{name} must be {allowed}, not {_shown(given)}.", ref)
    _check_together(kind, value, ref)
    return Frame(kind, value, ref)


def _check_together(kind: str, value: dict[str, Any], ref: Any) -> None:
    if kind == "clock":
        need = CLOCK_NEEDS.get(value["do"])
        if need is not None and need not in value:
            raise Malformed(f"A clock frame that does {value['do']} needs {need}.", ref)
    if kind == "inspect" and ("message" in value) == ("node" in value):
        raise Malformed("An inspect frame names either a message or a node.", ref)
    alone = value.keys() == {"node", "figures"}
    if kind == "inspect" and len(value) > 1 and not alone and not {"node", "execution"} <= value.keys():
        raise Malformed(
            "An inspect frame has more fields only where it names a node and an execution (0: the newest), or a node "
            "whose figures alone are wanted.",
            ref,
        )


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:79] + "…"


def encode(frame: Mapping[str, Any]) -> str:
    """A server's frame as text."""
    if frame["type"] not in SERVER_TYPES:
        raise ValueError(f"the server sends no frame of type {frame['type']!r}")
    return pack(frame)


def pack(value: Mapping[str, Any]) -> str:
    """Any JSON object as text, for the way between processes."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def decode(text: str) -> dict[str, Any]:
    """The JSON object in a text that one of our own processes made."""
    value: dict[str, Any] = json.loads(text)
    return value


def answer(ref: Any, **fields: Any) -> dict[str, Any]:
    return {"type": "answer", "ref": ref, **fields}


def refused(refusal: Refused, ref: Any = None) -> dict[str, Any]:
    return {"type": "refused", "ref": ref, "code": refusal.code, "says": refusal.says}


def closing(code: int) -> dict[str, Any]:
    return {"type": "closing", "code": code, "says": CLOSING_SAYS[code]}


CLOSING_SAYS = {
    NO_SUCH_LAB: "There is no lab at this address.",
    TOO_SLOW: "The connection is too slow to follow. Come back for a fresh picture.",
    MALFORMED: "Too many frames could not be read.",
    RESTARTING: "The server is restarting. Nothing is lost; connect again.",
}
