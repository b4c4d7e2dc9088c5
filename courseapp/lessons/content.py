"""The course as it stands in ``content/``: stops, their texts, their labs. The one place that reads those files.

``<nn-stop>/stop.json`` and ``text.md`` are a stop; ``<nn-stop>/<slug>/`` with ``architecture.json``, ``lab.json`` and
``text.md`` is a lab (``docs/formats.md`` 5). Everything is read and checked at once when the course is first asked for,
so that a slip in a text stops a start or a test with the name of the file and of the field, and never a learner's page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from courseapp.engine.architecture import Architecture, parse
from courseapp.lessons.markdown import Html, Section, Text, read_text
from courseapp.lessons.shapes import problems_of_lab, problems_of_stop
from courseapp.web.contentfiles import ContentError, object_in, text_in
from courseapp.web.typography import in_words

ROOT = Path(__file__).parent / "content"

# The sections that a lab's text must have, and the names under which a page asks for them.
SECTIONS = {
    "idea": "Idea",
    "explain": "Explain",
    "what_if": "What if",
    "leaves_out": "Leaves out",
    "teacher": "Teacher",
    "next": "Next",
}


@dataclass(frozen=True, slots=True)
class LabContent:
    """A lab of the course. ``document`` and ``lab`` are the JSON of its files: to be read, never to be changed.

    ``number`` is the stop's number and the lab's place in it ("3.2"); ``path`` is the architecture document, relative
    to the folder of all content; ``texts`` holds ``lead`` and the sections of ``SECTIONS`` as HTML; ``beliefs`` are the
    ids of the wrong beliefs that its predictions tempt to.
    """

    slug: str
    stop: int
    number: str
    title: str
    ask: str
    minutes: int
    path: str
    architecture: Architecture
    document: dict[str, Any]
    lab: dict[str, Any]
    texts: dict[str, Html]
    beliefs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop of the course with its text in sections. ``slug`` is the folder's name without the number."""

    number: int
    slug: str
    title: str
    summary: str
    minutes: int
    services: tuple[str, ...]
    lead: Html
    sections: tuple[Section, ...]
    labs: tuple[LabContent, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """All stops in their order. ``beliefs`` has the wrong beliefs of the catalogue, id → sentence."""

    stops: tuple[Stop, ...]
    beliefs: dict[str, str]

    @property
    def labs(self) -> tuple[LabContent, ...]:
        return tuple(lab for stop in self.stops for lab in stop.labs)

    def stop(self, slug: str) -> Stop:
        """Raises KeyError."""
        return _named(self.stops, slug)

    def lab(self, slug: str) -> LabContent:
        """Raises KeyError."""
        return _named(self.labs, slug)


Named = TypeVar("Named", Stop, LabContent)


@cache
def course() -> Course:
    """The course that is shipped. Raises ContentError."""
    return load(ROOT)


def lab(slug: str) -> LabContent:
    """The lab of that slug. Raises KeyError."""
    return course().lab(slug)


def load(root: Path) -> Course:
    """The course in the folder ``root``. Raises ContentError."""
    beliefs = in_words(_read_json(root, root / "beliefs.json"), all_of_it=True)
    if not all(isinstance(sentence, str) for sentence in beliefs.values()):
        raise ContentError("beliefs.json: every belief must be a sentence")
    stops = tuple(
        _stop(root, folder) for folder in sorted(root.iterdir()) if folder.is_dir() and re.match(r"\d\d-", folder.name)
    )
    for place, stop in enumerate(stops, start=1):
        if stop.number != place:
            raise ContentError(f"{stop.number:02}-{stop.slug}/stop.json: number must be {place}, the folder's place")
    return Course(stops, beliefs)


def _stop(root: Path, folder: Path) -> Stop:
    where = f"{folder.name}/stop.json"
    values = _read_json(root, folder / "stop.json")
    _check(where, problems_of_stop(values))
    text = _read_text(root, folder / "text.md")
    if values["number"] != int(folder.name[:2]):
        raise ContentError(f"{where}: number must be {int(folder.name[:2])}, as in the folder's name")
    extra = {path.name for path in folder.iterdir() if path.is_dir()} - set(values["labs"])
    if extra:
        raise ContentError(f"{where}: labs does not name the folder {sorted(extra)[0]}")
    return Stop(
        number=values["number"],
        slug=folder.name[3:],
        title=values["title"],
        summary=values["summary"],
        minutes=values["minutes"],
        services=tuple(values["services"]),
        lead=text.lead,
        sections=text.sections,
        labs=tuple(
            _lab(root, folder / slug, values["number"], place) for place, slug in enumerate(values["labs"], start=1)
        ),
    )


def _lab(root: Path, folder: Path, stop: int, place: int) -> LabContent:
    where = f"{folder.parent.name}/{folder.name}"
    values = _read_json(root, folder / "lab.json")
    _check(f"{where}/lab.json", problems_of_lab(values))
    if values["slug"] != folder.name:
        raise ContentError(f"{where}/lab.json: slug must be {folder.name!r}, as the folder, not {values['slug']!r}")
    document = _read_json(root, folder / "architecture.json")
    try:
        architecture = parse(document)
    except ValueError as problem:
        raise ContentError(f"{where}/architecture.json: {problem}") from problem
    text = _read_text(root, folder / "text.md")
    texts = {"lead": text.lead}
    for name, heading in SECTIONS.items():
        section = text.section(heading)
        if section is None or not section.source:
            raise ContentError(f"{where}/text.md: the section '## {heading}' is missing or empty")
        texts[name] = section.html
    return LabContent(
        slug=folder.name,
        stop=stop,
        number=f"{stop}.{place}",
        title=values["title"],
        ask=text.title,
        minutes=_minutes(where, text),
        path=f"{where}/architecture.json",
        architecture=architecture,
        document=document,
        lab=values,
        texts=texts,
        beliefs=_beliefs(values["predictions"]),
    )


def _minutes(where: str, text: Text) -> int:
    """The teacher's notes begin with the time that the lab takes; it is written nowhere else."""
    section = text.section("Teacher")
    found = re.match(r"(\d+) minutes\b", section.source if section else "")
    if not found:
        raise ContentError(f"{where}/text.md: the section '## Teacher' must begin with '<n> minutes.'")
    return int(found[1])


def _beliefs(predictions: list[dict[str, Any]]) -> tuple[str, ...]:
    """Every belief that an option or a near-miss names, in order and once."""
    named = [
        answer["belief"]
        for prediction in predictions
        for answer in [*prediction.get("options", []), *prediction.get("near_misses", [])]
        if answer.get("belief")
    ]
    return tuple(dict.fromkeys(named))


def _read_text(root: Path, path: Path) -> Text:
    where = path.relative_to(root)
    source = text_in(path, where)
    try:
        text = read_text(source)
    except ValueError as problem:
        raise ContentError(f"{where}: {problem}") from problem
    if not text.title:
        raise ContentError(f"{where}: must begin with '# ' and a title")
    return text


def _read_json(root: Path, path: Path) -> dict[str, Any]:
    return object_in(path, path.relative_to(root))


def _check(where: str, problems: Iterator[str]) -> None:
    for problem in problems:
        raise ContentError(f"{where}: {problem}")


def _named(things: tuple[Named, ...], slug: str) -> Named:
    for thing in things:
        if thing.slug == slug:
            return thing
    raise KeyError(slug)
