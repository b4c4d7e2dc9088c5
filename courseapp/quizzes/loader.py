"""The scenarios as they stand in ``content/``, read and checked at once.

``<slug>.json`` is a scenario: its situation, and parts with a question and options. Every option, right or wrong, has
``explains``: the sentence that is shown once the part is locked in, never before. ``credit`` is in hundredths. A
``misconception`` is an id of ``misconceptions.json``, which holds the idea, its correction, and the lab that shows it.
``<slug>/runs.json`` says how each option of the first part is run (``counterruns``), what these runs assume and how
long they last; the designs stand beside it.
A slip in a file stops a start or a test with its name and place, and never a learner's page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

from courseapp.quizzes.counterruns import CounterRun
from courseapp.quizzes.grading import FULL, STEP, PartRubric, Rubric
from courseapp.web.contentfiles import ContentError, object_in

ROOT: Final = Path(__file__).parent / "content"
KINDS: Final = ("choice",)

# The fields of each thing and the type of their values; an optional field begins with "?".
SCENARIO: Final = {
    "slug": str, "number": int, "version": int, "title": str, "person": str, "summary": str, "situation": list,
    "question": str, "sketch": dict, "parts": list,
}  # fmt: skip
SKETCH: Final = {"from": dict, "token": str, "to": list}
FIGURE: Final = {"glyph": str, "name": str, "?note": str, "?state": str}
PART: Final = {"asks": str, "kind": str, "weight": int, "options": list}
OPTION: Final = {
    "id": str,
    "?name": str,
    "says": str,
    "credit": int,
    "explains": str,
    "?misconception": str,
    "?lab": str,
}
RUNS: Final = {"assumes": str, "until_seconds": int, "options": dict}
RUN: Final = {"says": str, "figures": dict, "?commands": list}
MISCONCEPTION: Final = {"idea": str, "correction": str, "lab": str}


@dataclass(frozen=True, slots=True)
class Misconception:
    """A wrong idea, what is true instead, and the slug of the lab that shows it."""

    id: str
    idea: str
    correction: str
    lab: str


@dataclass(frozen=True, slots=True)
class Option:
    """`name` is the service of an option that chooses one, else empty. `credit` is in hundredths.

    `lab` is the slug of the lab that shows what is true instead: the misconception's, unless the option names a nearer
    one; empty for the right option.
    """

    id: str
    name: str
    says: str
    credit: int
    explains: str
    misconception: Misconception | None
    lab: str
    run: CounterRun | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A question of a scenario. `number` counts from 1; `weight` is in points of the whole scenario of 100. `assumes`
    says what the runs of its options have in common, if they are run."""

    number: int
    asks: str
    kind: str
    weight: int
    options: tuple[Option, ...]
    assumes: str = ""

    def option(self, name: str) -> Option:
        """Raises KeyError."""
        for option in self.options:
            if option.id == name:
                return option
        raise KeyError(name)


@dataclass(frozen=True)
class Scenario:
    """A situation with its questions. `sketch` is what its small picture shows: who sends, what, and who is behind."""

    slug: str
    number: int
    version: int
    title: str
    person: str
    summary: str
    situation: tuple[str, ...]
    question: str
    sketch: Mapping[str, Any]
    parts: tuple[Part, ...]

    @cached_property
    def rubric(self) -> Rubric:
        parts = (PartRubric(part.weight, {option.id: option.credit for option in part.options}) for part in self.parts)
        return Rubric(self.version, tuple(parts))

    @property
    def option_ids(self) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(option.id for option in part.options) for part in self.parts)


@cache
def scenarios() -> tuple[Scenario, ...]:
    """The scenarios of stop 6 in their order. Raises ContentError."""
    return load(ROOT)


def scenario(slug: str) -> Scenario:
    """The scenario of that slug. Raises KeyError."""
    for each in scenarios():
        if each.slug == slug:
            return each
    raise KeyError(slug)


def load(root: Path) -> tuple[Scenario, ...]:
    """The scenarios in the folder ``root``. Raises ContentError."""
    ideas = {
        name: Misconception(name, **_fields(f"misconceptions.json: {name}", values, MISCONCEPTION))
        for name, values in object_in(root / "misconceptions.json", "misconceptions.json").items()
    }
    paths = [path for path in root.glob("*.json") if path.name != "misconceptions.json"]
    found = sorted((_scenario(path, ideas) for path in paths), key=lambda each: each.number)
    if [each.number for each in found] != list(range(1, len(found) + 1)):
        raise ContentError("number must count the scenarios from 1, each number once")
    return tuple(found)


def _scenario(path: Path, ideas: Mapping[str, Misconception]) -> Scenario:
    values = _fields(path.name, object_in(path, path.name), SCENARIO)
    if values["slug"] != path.stem:
        raise ContentError(f"{path.name}: slug must be {path.stem!r}, as the file")
    sketch = _fields(f"{path.name}: sketch", values["sketch"], SKETCH)
    for place, each in enumerate([sketch["from"], *sketch["to"]]):
        _fields(f"{path.name}: sketch, figure {place}", each, FIGURE)
    parts = tuple(
        _part(f"{path.name}: parts[{place}]", place + 1, part, ideas) for place, part in enumerate(values["parts"])
    )
    first = _with_runs(path.with_suffix(""), parts[0])
    return Scenario(**{**values, "situation": tuple(values["situation"]), "parts": (first, *parts[1:])})


def _with_runs(folder: Path, part: Part) -> Part:
    """The first part, each of whose options has its counter-run."""
    where = f"{folder.name}/runs.json"
    values = _fields(where, object_in(folder / "runs.json", where), RUNS)
    _refuse(where, "is missing", [option.id for option in part.options if option.id not in values["options"]])
    _refuse(where, "is no option", [name for name in values["options"] if name not in {one.id for one in part.options}])
    options = []
    for option in part.options:
        run = _fields(f"{where}: {option.id}", values["options"][option.id], RUN)
        design = folder / f"{option.id}.json"
        if not design.is_file():
            raise ContentError(f"{where}: {folder.name}/{design.name} is missing, the design of {option.id}")
        commands = tuple(run.get("commands", ()))
        counter = CounterRun(design, run["says"], values["until_seconds"], run["figures"], commands)
        options.append(replace(option, run=counter))
    return replace(part, options=tuple(options), assumes=values["assumes"])


def _part(where: str, number: int, given: Any, ideas: Mapping[str, Misconception]) -> Part:
    values = _fields(where, given, PART)
    if values["kind"] not in KINDS:
        raise ContentError(f"{where}: kind must be one of {', '.join(KINDS)}, not {values['kind']!r}")
    options = tuple(
        _option(f"{where}.options[{place}]", option, ideas) for place, option in enumerate(values["options"])
    )
    if len({option.id for option in options}) < len(options) or len(options) < 2:
        raise ContentError(f"{where}: options must be at least two, each with an id of its own")
    if sum(option.credit == FULL for option in options) != 1:
        raise ContentError(f"{where}: exactly one option must have the credit {FULL}")
    return Part(number, values["asks"], values["kind"], values["weight"], options)


def _option(where: str, given: Any, ideas: Mapping[str, Misconception]) -> Option:
    values = _fields(where, given, OPTION)
    credit, idea = values["credit"], values.get("misconception")
    if not 0 <= credit <= FULL or credit % STEP:
        raise ContentError(f"{where}: credit must be 0, {STEP}, … {FULL}, not {credit}")
    if (idea is None) != (credit == FULL):
        raise ContentError(f"{where}: a misconception belongs to every option but the right one")
    if idea is not None and idea not in ideas:
        raise ContentError(f"{where}: misconceptions.json has no {idea!r}")
    return Option(
        values["id"],
        values.get("name", ""),
        values["says"],
        credit,
        values["explains"],
        None if idea is None else ideas[idea],
        values.get("lab", "" if idea is None else ideas[idea].lab),
    )


def _fields(where: str, values: Any, shape: Mapping[str, type]) -> dict[str, Any]:
    """The object itself if it has the fields of the shape, all that it must have and no others."""
    if not isinstance(values, dict):
        raise ContentError(f"{where}: must be a JSON object")
    kinds = {name.lstrip("?"): kind for name, kind in shape.items()}
    _refuse(where, "is missing", [name for name in shape if not name.startswith("?") and name not in values])
    _refuse(where, "is not a field", [name for name in values if name not in kinds])
    for name, value in values.items():
        if not isinstance(value, kinds[name]) or isinstance(value, bool) or value == "":
            raise ContentError(f"{where}: {name} must be of the type {kinds[name].__name__}, and not empty")
    return values


def _refuse(where: str, what: str, names: Sequence[str]) -> None:
    for name in names:
        raise ContentError(f"{where}: {name} {what}")
