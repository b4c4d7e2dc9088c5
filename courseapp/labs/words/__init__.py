"""Each journal record as one plain sentence, the short word for it in a message's journey, and its status. Pure.

``says(record, titles)`` words a record; ``titles`` maps ids to what people call the nodes. What the engine recorded
as a code with arguments becomes a sentence only here, when somebody reads it.
"""

from __future__ import annotations

from courseapp.engine.kernel import Record
from courseapp.labs.words import actors, sns, sqs
from courseapp.labs.words.facts import SOMEBODY, Facts, Sentence, Titles
from courseapp.labs.words.history import history_sentence
from courseapp.labs.words.journey import JOURNEY
from courseapp.labs.words.statuses import GRAVITY, HARMLESS, STATUS, is_grave, status

SENTENCES: dict[str, Sentence] = {**sqs.SENTENCES, **sns.SENTENCES, **actors.SENTENCES}


def says(record: Record, titles: Titles) -> str:
    """The record as one plain sentence."""
    facts = Facts(record, titles)
    sentence = SENTENCES.get(facts.kind, history_sentence)(facts)
    return sentence[0].upper() + sentence[1:] if sentence.startswith(SOMEBODY) else sentence


def journey_words(record: Record, titles: Titles) -> str:
    """The record in the fewest words, for the list of what happened to one message."""
    facts = Facts(record, titles)
    words = JOURNEY.get(facts.kind)
    return words(facts) if words else SENTENCES.get(facts.kind, history_sentence)(facts).rstrip(".")


__all__ = [
    "GRAVITY",
    "HARMLESS",
    "SENTENCES",
    "STATUS",
    "Titles",
    "is_grave",
    "journey_words",
    "says",
    "status",
]
