"""A question with options of which one is right: how an answer is read, and what the page may show of it.

What a page gets depends on where the part stands, and on nothing that the browser could ask for:

    ahead   that there is such a part, and when it opens
    open    question and options as text; of those that were picked and are not right: why, and what they earned
    ended   why, for every option, and which one is right

So a key, a credit or an explanation never leaves the server before the part is locked in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from courseapp.quizzes.grading import FULL, MOST_TRIES, TRY_FACTORS, PartResult, Try
from courseapp.quizzes.loader import Option, Part
from courseapp.quizzes.order import ordered

TRIES: Final = ("first", "second", "third")
MOST_ECHOED: Final = 40  # characters of an unknown answer that are said back
OptionState = Literal["rest", "wrong", "right", "missed", "other"]


class Refused(ValueError):
    """This answer can't be taken; the text says why and what would be right. Nothing has changed."""


@dataclass(frozen=True, slots=True)
class OptionCard:
    """An option as the page shows it. Everything after `state` is empty while it must not be known."""

    id: str
    name: str
    says: str
    state: OptionState
    why: str = ""
    found: str = ""  # what a run of it came to
    picked: str = ""  # "first try"
    earned: str = ""  # "6 of 30"
    credit: str = ""  # "0.2"
    factor: str = ""  # "0.6"
    lab: str = ""  # slug of the lab that shows what is true instead
    fresh: bool = False  # locked in just now

    @property
    def in_words(self) -> str:
        return f"{self.name}: {self.says}" if self.name else self.says


@dataclass(frozen=True, slots=True)
class PartCard:
    """A part as the page shows it. `error` is what was wrong with the answer just given, `chosen` that answer."""

    number: int
    asks: str
    kind: str
    state: Literal["ahead", "open", "found", "shown"]
    options: tuple[OptionCard, ...] = ()
    earned: str = ""
    full: bool = False
    none: bool = False
    counts: str = ""  # what the next try counts
    found_at: str = ""  # "first" where the right option was found at the first try
    error: str = ""
    chosen: str = ""
    assumes: str = ""  # what the runs have in common, once the page tells what one came to

    @property
    def tried(self) -> bool:
        return any(option.picked for option in self.options)

    @property
    def fresh(self) -> OptionCard | None:
        return next((option for option in self.options if option.fresh), None)


def read(part: Part, result: PartResult, given: str) -> str:
    """The option that was given, if it may be locked in now. Raises Refused."""
    if result.state == "ahead":
        before = part.number - 1
        raise Refused(f"Part {part.number} opens when the answer to part {before} is found, or after its third try.")
    if result.ended:
        raise Refused(
            f"Part {part.number} is locked in and stays as it is. When the scenario is done, "
            "“Try again” starts a new attempt."
        )
    if not given:
        raise Refused("Choose one of the answers, then lock it in.")
    if given not in {option.id for option in part.options}:
        raise Refused(f"Part {part.number} has no answer “{given[:MOST_ECHOED]}”. Choose one of those listed.")
    for number, each in enumerate(result.tries):
        if each.option == given:
            raise Refused(f"You picked that answer on your {TRIES[number]} try. Choose one of the others.")
    return given


def card(part: Part, result: PartResult, seed: int, fresh: str = "", error: str = "", chosen: str = "") -> PartCard:
    """What the page may show of this part. `fresh` is the option that was locked in by this very request."""
    if result.state == "ahead":
        return PartCard(part.number, part.asks, part.kind, "ahead", error=error)
    options = [part.option(name) for name in ordered(seed, part.number, [each.id for each in part.options])]
    tries = {each.option: (TRIES[number], each) for number, each in enumerate(result.tries)}
    cards = tuple(_option(option, result, tries.get(option.id), option.id == fresh) for option in options)
    return PartCard(
        part.number,
        part.asks,
        part.kind,
        result.state,
        cards,
        earned=f"{points(result.earned)} of {result.weight}" if result.ended else "",
        full=result.earned == FULL * result.weight,
        none=result.earned == 0,
        counts=_counts(len(result.tries)) if result.state == "open" else "",
        found_at=TRIES[len(result.tries) - 1] if result.state == "found" else "",
        error=error,
        chosen=chosen,
        assumes=part.assumes if any(option.found for option in cards) else "",
    )


def _option(option: Option, result: PartResult, picked: tuple[str, Try] | None, fresh: bool) -> OptionCard:
    right = option.credit == FULL
    if picked is None:
        if not result.ended:
            return OptionCard(option.id, option.name, option.says, "rest")
        state: OptionState = "missed" if right else "other"
        found = _found(option) if right else ""
        return OptionCard(option.id, option.name, option.says, state, option.explains, found)
    which, earned = picked
    return OptionCard(
        option.id,
        option.name,
        option.says,
        "right" if right else "wrong",
        option.explains,
        _found(option),
        f"{which} try",
        f"{points(earned.earned)} of {result.weight}",
        tenths(earned.credit),
        tenths(earned.factor),
        option.lab,
        fresh,
    )


def _found(option: Option) -> str:
    return "" if option.run is None else option.run.says


def _counts(tries: int) -> str:
    factor = TRY_FACTORS[tries]
    if factor == FULL:
        return "First try: counts in full."
    last = " and last" if tries + 1 == MOST_TRIES else ""
    return f"{TRIES[tries].capitalize()}{last} try: counts {factor} %."


def points(hundredths: int) -> str:
    """Hundredths as people write them: 1800 → "18", 360 → "3.6", 5 → "0.05"."""
    whole, rest = divmod(hundredths, 100)
    return f"{whole}.{rest:02}".rstrip("0") if rest else str(whole)


def tenths(hundredths: int) -> str:
    """A credit or factor: 100 → "1", 60 → "0.6"."""
    return points(hundredths)


def announcement(cards: Sequence[PartCard], total: str) -> str:
    """What is said when an answer has been locked in: whether it is right, why, and what comes next."""
    for part in cards:
        option = part.fresh
        if option is None:
            continue
        verdict = "That fits" if option.state == "right" else "That does not fit"
        sentences = [f"{option.name or option.says}".rstrip(".") + f". {verdict}: {option.why}"]
        if option.found:
            sentences.append(f"The run: {option.found}")
        if part.state == "open":
            sentences.append(part.counts)
        if part.state == "shown":
            right = next(each for each in part.options if each.state == "missed")
            sentences.append(f"What fits: {right.in_words} {right.why}")
        if part.earned:
            sentences.append(f"Part {part.number}: {part.earned} points.")
            following = next((each for each in cards if each.number == part.number + 1), None)
            sentences.append(f"Part {following.number} is open: {following.asks}" if following else total)
        return " ".join(sentences)
    return ""
