"""What people do: one command, as it stands in the log, in a script and in a commands file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Every action that exists, in the order of docs/formats.md 2.
ACTIONS = (
    "Send",
    "Publish", "SendMessage", "StartExecution",
    "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "PurgeQueue",
    "StartMessageMoveTask",
    "Subscribe", "Unsubscribe", "ConfirmSubscription",
    "StopExecution", "RedriveExecution", "SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat",
    "SetParameter",
    "AddNode", "RemoveNode", "Connect", "Disconnect",
    "Crash", "Restore",
    "Pause", "Resume",
    "GhostDelete",
)  # fmt: skip


class Refused(Exception):
    """Something that was asked for is not done, and nothing was changed. ``says`` is a sentence for the one who
    asked."""

    def __init__(self, code: str, says: str) -> None:
        super().__init__(f"{code}: {says}")
        self.code = code
        self.says = says

    def recorded(self, action: str) -> tuple[tuple[str, str, str], dict[str, str]]:
        """Reason and detail of the record that says so."""
        return ("refused", action, self.code), {"action": action, "error": self.code, "says": self.says}


@dataclass(frozen=True, slots=True)
class Command:
    """``at_ms`` counts from virtual 0 and may be negative. ``target`` is an id, ``from/to``, or ``{"holder_of":
    queue}``."""

    at_ms: int
    action: str
    target: str | Mapping[str, Any]
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        target = self.target if isinstance(self.target, str) else dict(self.target)
        return {"at_ms": self.at_ms, "action": self.action, "target": target, "parameters": dict(self.parameters)}


def read_command(value: Any) -> Command:
    """A command from JSON. Raises Refused(``InvalidCommand``) that names the field, what it holds and what would be
    right."""
    if not isinstance(value, dict):
        raise Refused("InvalidCommand", f"A command is a JSON object, not {type(value).__name__}.")
    unknown = set(value) - {"at_ms", "action", "target", "parameters"}
    if unknown:
        raise Refused("InvalidCommand", f"A command has no field {sorted(unknown)[0]!r}.")
    at_ms = value.get("at_ms", 0)
    if isinstance(at_ms, bool) or not isinstance(at_ms, int):
        raise Refused("InvalidCommand", f"at_ms must be a whole number of milliseconds, not {at_ms!r}.")
    action = value.get("action")
    if action not in ACTIONS:
        raise Refused("UnknownAction", f"There is no action {action!r}. Known are {', '.join(ACTIONS)}.")
    target = value.get("target")
    if not isinstance(target, str) and not (isinstance(target, dict) and set(target) == {"holder_of"}):
        raise Refused("InvalidCommand", f'target must be an id, "from/to" or {{"holder_of": queue}}, not {target!r}.')
    parameters = value.get("parameters", {})
    if not isinstance(parameters, dict):
        raise Refused("InvalidCommand", f"parameters must be a JSON object, not {parameters!r}.")
    return Command(at_ms, str(action), target, parameters)
