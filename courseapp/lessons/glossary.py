"""The course's terms, from `glossary.json`: what each means, its default, range and AWS name, where to see it run."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from courseapp.web.typography import in_words

SERVICES = {"sns": "SNS", "sqs": "SQS", "sfn": "Step Functions", "all": "General"}
_FILE = Path(__file__).parent / "glossary.json"


@dataclass(frozen=True, slots=True)
class Term:
    """`service` is sns, sqs, sfn or all; `also` holds other names under which a text may link to it."""

    slug: str
    term: str
    service: str
    says: str
    default: str = ""
    allowed: str = ""
    attribute: str = ""
    lab: str = ""
    also: tuple[str, ...] = ()

    @property
    def service_name(self) -> str:
        return SERVICES[self.service]

    @property
    def icon(self) -> str:
        return {"sns": "topic", "sqs": "queue", "sfn": "state_machine"}.get(self.service, "book")


@cache
def terms() -> tuple[Term, ...]:
    """All terms in alphabetical order."""
    return tuple(
        Term(**{**entry, "also": tuple(entry.get("also", ()))})
        for entry in in_words(json.loads(_FILE.read_text("utf-8")))
    )


@cache
def _by_name() -> dict[str, Term]:
    return {name: term for term in terms() for name in (*term.also, term.slug)}


def find(slug: str) -> Term | None:
    """The term of that slug or other name."""
    return _by_name().get(slug.lower())
