"""The shapes of what our own actors do: message templates, when a publisher sends, on which messages a worker fails."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from courseapp.engine import limits
from courseapp.engine.architecture.composites import Either, Fields, ListOf, MapOf, Ruled
from courseapp.engine.architecture.problems import Place
from courseapp.engine.architecture.shapes import AnyValue, Choice, Flag, Number, Problems, Schema, Shape, Text, Whole
from courseapp.engine.architecture.times import SECONDS, SECONDS_MAX, Time

# The looks that the product draws (docs/formats.md 1).
MESSAGE_TYPES = ("order", "refund", "signup", "payment", "notice")

# Twice what the largest queue takes: enough to show a refusal, too little to fill a server's memory.
BODY_SIZE_MAX_B = 2 * limits.SQS_MESSAGE_SIZE_MAX_B
RATE_MAX_PER_S = 10_000
COUNT_MAX = 1_000_000

JSON_PATH = Text(
    most=200,
    pattern=r"^\$(\.[A-Za-z_][A-Za-z0-9_-]*)*$",
    says="a path such as $.order.id",
)

# Of message attributes (facts: sqs 3). A pattern that JSON Schema knows as well.
ATTRIBUTE_NAME = r"^(?![Aa][Ww][Ss]\.)(?![Aa][Mm][Aa][Zz][Oo][Nn]\.)(?!\.)(?!.*\.\.)(?!.*\.$)[A-Za-z0-9_.-]{1,256}$"
_NUMBER_TEXT = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?", re.ASCII)


def is_number_text(text: str) -> bool:
    """Whether a text may stand in an attribute of type Number: up to 38 digits, from 10^-128 to 10^126."""
    if not _NUMBER_TEXT.fullmatch(text):
        return False
    number = Decimal(text)
    digits = len("".join(map(str, number.as_tuple().digits)).strip("0"))
    least, most = limits.SQS_ATTRIBUTE_NUMBER_EXPONENT_MIN, limits.SQS_ATTRIBUTE_NUMBER_EXPONENT_MAX
    fits = digits == 0 or Decimal(f"1e{least}") <= number.copy_abs() <= Decimal(f"1e{most}")
    return fits and digits <= limits.SQS_ATTRIBUTE_NUMBER_DIGITS_MAX


def _value_fits_type(value: Any, place: Place, problems: Problems) -> None:
    kind = value["DataType"].partition(".")[0]
    wanted = "BinaryValue" if kind == "Binary" else "StringValue"
    if wanted not in value:
        problems.append(place.problem(value, f"is {value['DataType']} and needs {wanted}."))
    elif kind == "Number" and not is_number_text(value["StringValue"].replace("{n}", "1")):
        problems.append(place.at("StringValue").wrong(value["StringValue"], "a number as text, of up to 38 digits"))


# A message attribute in AWS's form, {"DataType": "Number", "StringValue": "150"}; {n} may stand in it.
ATTRIBUTE = Ruled(
    Fields(
        {
            "DataType": Text(
                most=256,
                pattern=r"^(String|Number|Binary)(\.[^\x00-\x1f]+)?$",
                says="String, Number or Binary, or one of them with .custom after it,",
            ),
            "StringValue": Text(most=BODY_SIZE_MAX_B, least=1),
            "BinaryValue": Text(most=BODY_SIZE_MAX_B, least=1, pattern=r"^[A-Za-z0-9+/]+={0,2}$", says="Base64"),
        },
        needs=("DataType",),
        one_of=(("StringValue", "BinaryValue"),),
    ),
    _value_fits_type,
    {
        "if": {"properties": {"DataType": {"pattern": "^Binary"}}, "required": ["DataType"]},
        "then": {"required": ["BinaryValue"]},
        "else": {"required": ["StringValue"]},
    },
)

_REPEATED = Fields(
    {"repeat": Text(most=10_000, least=1), "times": Whole(0, BODY_SIZE_MAX_B)}, needs=("repeat", "times")
)


@dataclass(frozen=True, slots=True)
class Body:
    """Text, ``{"repeat": text, "times": n}``, or any JSON value (sent as compact JSON)."""

    def allowed(self) -> str:
        return f'text, a JSON value or {{"repeat": text, "times": n}}, of at most {BODY_SIZE_MAX_B:,} bytes'

    def check(self, value: Any, place: Place, problems: Problems) -> None:
        if isinstance(value, dict) and set(value) == {"repeat", "times"}:
            before = len(problems)
            _REPEATED.check(value, place, problems)
            if len(problems) > before:
                return
            size = len(value["repeat"].encode("utf-8", "surrogatepass")) * value["times"]
        elif isinstance(value, str):
            size = len(value.encode("utf-8", "surrogatepass"))
        else:
            try:
                text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
            except (TypeError, ValueError, RecursionError):
                problems.append(place.problem(value, "is no JSON value."))
                return
            size = len(text.encode("utf-8", "surrogatepass"))
        if size > BODY_SIZE_MAX_B:
            problems.append(place.problem(value, f"has {size:,} bytes; at most {BODY_SIZE_MAX_B:,} are allowed."))

    def schema(self) -> Schema:
        both = {"type": "object", "required": ["repeat", "times"], "maxProperties": 2}
        return {"if": both, "then": _REPEATED.schema()}


TEMPLATE = Fields(
    {
        "name": Text(most=100, least=1),
        "type": Choice(MESSAGE_TYPES),
        "body": Body(),
        "MessageAttributes": MapOf(
            ATTRIBUTE,
            most=50,
            names=ATTRIBUTE_NAME,
            says="1 to 256 characters of A-Z a-z 0-9 _ . -, not beginning with AWS. or Amazon.",
        ),
        "MessageGroupId": Text(most=limits.SQS_ID_LENGTH_MAX, least=1),
        "MessageDeduplicationId": Text(most=limits.SQS_ID_LENGTH_MAX, least=1),
        "DelaySeconds": Whole(0, limits.SQS_DELAY_MAX_S, "seconds"),
        "Subject": Text(most=limits.SNS_SUBJECT_LENGTH_MAX, least=1, pattern=r"^[^\x00-\x1f\x7f]+$", says="one line"),
        "MessageStructure": Choice(("json",)),
    }
)


@dataclass(frozen=True, slots=True)
class Match:
    """Which messages are meant: a name, or an object that may hold ``message`` (name), ``type``, ``number`` and
    JSONPath keys (``$.field``) with the value that the body must have there; all must hold."""

    known: tuple[str, ...] = ("message", "type", "number")

    def allowed(self) -> str:
        return "a message's name, or an object with message, type, number or keys such as $.field"

    def check(self, value: Any, place: Place, problems: Problems) -> None:
        if isinstance(value, str) and 1 <= len(value) <= 100:
            return
        if not isinstance(value, dict) or not value:
            problems.append(place.wrong(value, self.allowed()))
            return
        shapes: dict[str, Shape] = {
            "message": Text(most=100, least=1),
            "type": Choice(MESSAGE_TYPES),
            "number": Whole(),
        }
        for key, wanted in value.items():
            if key.startswith("$"):
                JSON_PATH.check(key, place.at(key), problems)
            elif key in shapes:
                shapes[key].check(wanted, place.at(key), problems)
            else:
                problems.append(place.at(key).wrong(key, "message, type, number or a path such as $.field", self.known))

    def schema(self) -> Schema:
        properties = {
            "message": {"type": "string", "minLength": 1, "maxLength": 100},
            "type": {"enum": list(MESSAGE_TYPES)},
            "number": {"type": "integer", "minimum": 0},
        }
        by_path = {
            "type": "object",
            "minProperties": 1,
            "properties": properties,
            "patternProperties": {JSON_PATH.pattern: {}},
            "additionalProperties": False,
        }
        return {"anyOf": [{"type": "string", "minLength": 1, "maxLength": 100}, by_path]}


MATCH = Match()

_COUNT = Whole(1, COUNT_MAX, "messages")


def _ends_after_it_begins(value: Any, place: Place, problems: Problems) -> None:
    begins = value.get("from_seconds", 0)
    if value.get("until_seconds", SECONDS_MAX) <= begins:
        says = f"must come after from_seconds, {begins}, not be {value['until_seconds']}."
        problems.append(place.at("until_seconds").problem(value["until_seconds"], says))


RATES = ListOf(
    Ruled(
        Fields(
            {
                "every_seconds": Number(1 / RATE_MAX_PER_S, SECONDS_MAX, "seconds"),
                "messages_per_second": Number(0, RATE_MAX_PER_S),
                "spacing": Choice(("even", "random")),
                "from_seconds": SECONDS,
                "until_seconds": SECONDS,
                "count": _COUNT,
                "message": TEMPLATE,
            },
            one_of=(("every_seconds", "messages_per_second"),),
        ),
        _ends_after_it_begins,
    ),
    most=50,
)
BURSTS = ListOf(
    Fields({"at_seconds": SECONDS, "count": _COUNT, "message": TEMPLATE}, needs=("at_seconds", "count")), most=100
)
MESSAGES = ListOf(Fields({"at_seconds": SECONDS, "message": TEMPLATE}, needs=("at_seconds",)), most=1_000)
VARIANTS = ListOf(
    Fields(
        {"every": Whole(1, COUNT_MAX, "messages"), "from": Whole(0, COUNT_MAX), "message": TEMPLATE},
        needs=("every", "message"),
    ),
    most=50,
)

FAILS_ON = ListOf(
    Fields(
        {
            "match": MATCH,
            "after_seconds": SECONDS,
            "error": Text(most=limits.SFN_ERROR_LENGTH_MAX, least=1),
            "times": Whole(1, COUNT_MAX),
            "swallowed": Flag(),
        }
    ),
    most=50,
)

_NUMBERS = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9}))?", re.ASCII)


def invocations_of(key: str) -> tuple[int, int]:
    """The first and the last number that a key of ``responses`` means: ``"0"`` or ``"1-3"``."""
    found = _NUMBERS.fullmatch(key)
    assert found is not None
    return int(found[1]), int(found[2] or found[1])


def _apart(value: Any, place: Place, problems: Problems) -> None:
    """No number of an invocation may stand in two keys."""
    taken, by = -1, ""
    for first, last, key in sorted((*invocations_of(key), key) for key in value):
        if last < first:
            problems.append(place.at(key).problem(value[key], "has a first number that is greater than the last."))
        elif first <= taken:
            says = f'is for invocation {first}, as is "{by}"; each can have one response.'
            problems.append(place.at(key).problem(value[key], says))
        if last > taken:
            taken, by = last, key


RESPONSES = Ruled(
    MapOf(
        Fields(
            {
                "Return": AnyValue(),
                "Throw": Fields(
                    {
                        "Error": Text(most=limits.SFN_ERROR_LENGTH_MAX, least=1),
                        "Cause": Text(most=limits.SFN_CAUSE_LENGTH_MAX),
                    },
                    needs=("Error",),
                ),
                "seconds": SECONDS,
            },
            one_of=(("Return", "Throw"),),
        ),
        most=500,
        names=f"^{_NUMBERS.pattern}$",
        says='a number of an invocation, from 0, or several: "0" or "1-3"',
    ),
    _apart,
)

TASK_SECONDS = MapOf(
    Either(
        (
            Time(),
            Fields(
                {"call": Time(), "job": Time(), "job_fails": Text(most=limits.SFN_ERROR_LENGTH_MAX, least=1)},
                needs=("job",),
            ),
        )
    ),
    most=500,
)

MOCKS = MapOf(AnyValue(), most=500)

HTTP_ANSWER = Either((Whole(100, 599), Choice(("nothing",))))
