"""Where a lab's content comes from. Labs know nothing of lessons: whoever has the content says here how to find it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from courseapp.engine.architecture.document import Architecture
from courseapp.engine.architecture.parameters import look_inside
from courseapp.engine.commands import Command, Refused, read_command
from courseapp.labs.run import Log


@dataclass(frozen=True, slots=True)
class Content:
    """A lab of the course: its document, its ``lab.json``, and the address of the page that shows it."""

    slug: str
    architecture: Architecture
    lab: Mapping[str, Any]
    address: str


Source = Callable[[str], Content | None]

_sources: list[Source] = []
_lists: list[Callable[[], Sequence[str]]] = []


def find_with(source: Source) -> Source:
    """Ask ``source`` for the content of a slug from now on.

    Registering it again changes nothing. Usable as a decorator.
    """
    if source not in _sources:
        _sources.append(source)
    return source


def list_with(slugs: Callable[[], Sequence[str]]) -> None:
    """Ask ``slugs`` for the labs of the course, in their order, from now on."""
    if slugs not in _lists:
        _lists.append(slugs)


def contents() -> list[Content]:
    """Every lab of the course, in order."""
    return [found for slugs in _lists for slug in slugs() if (found := content_of(slug)) is not None]


def content_of(slug: str) -> Content | None:
    return next((found for source in _sources if (found := source(slug)) is not None), None)


def pressed(
    slug: str, key: str, log: Log, at_ms: int, begun_with: Architecture, refused: Sequence[Command] = ()
) -> list[Command]:
    """The commands of a button, stamped from ``at_ms`` on. Raises Refused if the lab has no such button.

    A button with a ``toggle`` undoes at every second press what it did at the first; which of the two is next is read
    from the log: whichever of its first commands came last was the last press. What the run has ``refused`` changed
    nothing and was none. Before any press it depends on what the run has ``begun_with``: an act may begin with what a
    button does.
    """
    button = _button(slug, key)
    steps: Sequence[Mapping[str, Any]] = button["commands"]
    if _is_on(button, log, begun_with, refused):
        steps = button["toggle"]
    return [_command(step, at_ms) for step in steps]


def goes_to(slug: str, key: str) -> tuple[str, str] | None:
    """Type and node of the records that a button goes to the next one of; None for one that does something. Raises
    Refused if the lab has no such button."""
    wanted = _button(slug, key).get("goes_to")
    return None if wanted is None else (wanted["type"], wanted["node"])


def _button(slug: str, key: str) -> Mapping[str, Any]:
    content = content_of(slug)
    buttons = {} if content is None else {button["key"]: button for button in content.lab.get("buttons", ())}
    if key not in buttons:
        known = ", ".join(buttons) or "none"
        asked = key if len(key) <= 20 else f"{key[:19]}…"
        raise Refused("no_such_button", f"This lab has no button {asked!r}. It has {known}.")
    found: Mapping[str, Any] = buttons[key]
    return found


def toggled(slug: str, log: Log, begun_with: Architecture, refused: Sequence[Command] = ()) -> frozenset[str]:
    """The keys of the buttons whose next press undoes what the last one did."""
    content = content_of(slug)
    buttons = () if content is None else content.lab.get("buttons", ())
    return frozenset(button["key"] for button in buttons if _is_on(button, log, begun_with, refused))


def _is_on(button: Mapping[str, Any], log: Log, begun_with: Architecture, refused: Sequence[Command]) -> bool:
    if not button.get("toggle"):
        return False
    last = _last_done(log, refused, button["commands"], button["toggle"])
    return last == "commands" or (last is None and all(_holds(begun_with, step) for step in button["commands"]))


def _holds(architecture: Architecture, step: Mapping[str, Any]) -> bool:
    """Whether a document has the values already that a ``SetParameter`` on a node sets."""
    if step["action"] != "SetParameter" or not architecture.has(str(step["target"])):
        return False
    parameters = architecture.node(step["target"]).parameters
    return all(look_inside(parameters, name) == value for name, value in step["parameters"].items())


def _command(step: Mapping[str, Any], at_ms: int) -> Command:
    values = {name: value for name, value in step.items() if name != "after_ms"}
    return read_command({**values, "at_ms": at_ms + int(step.get("after_ms", 0))})


def _last_done(
    log: Log, refused: Sequence[Command], commands: Sequence[Mapping[str, Any]], toggle: Sequence[Mapping[str, Any]]
) -> str | None:
    def same(command: Command, step: Mapping[str, Any]) -> bool:
        wanted = (step["action"], step["target"], step.get("parameters", {}))
        return (command.action, command.target, dict(command.parameters)) == wanted and command not in refused

    for _, _, command in sorted(log.commands, key=lambda logged: logged[1], reverse=True):
        if same(command, toggle[0]):
            return "toggle"
        if same(command, commands[0]):
            return "commands"
    return None
