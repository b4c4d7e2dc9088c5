"""Messages as people mean them, before any service has made copies of them.

A template says how a publisher speaks; a message is one utterance: a template, a running number and an instant. Text,
attributes and ids are derived from these when somebody looks, so that a million waiting messages cost a few words of
memory each. What a topic delivers, what a queue keeps and what a redrive makes anew all point to such a message and
thereby share its name; the copies themselves are the services' own objects.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from courseapp.engine.limits import SQS_MESSAGE_ATTRIBUTES_MAX, message_size_bytes

Attributes = Mapping[str, Mapping[str, Any]]

# The fields of a message template (docs/formats.md 1).
FIELDS = (
    "name", "type", "body", "MessageAttributes", "MessageGroupId", "MessageDeduplicationId", "DelaySeconds",
    "Subject", "MessageStructure",
)  # fmt: skip
TEXTS = ("name", "type", "MessageGroupId", "MessageDeduplicationId", "Subject", "MessageStructure")
NUMBER = "{n}"
REPEATED_MAX = 4_000_000
LONGEST_NUMBER = 10**12 - 1
NOT_UTF8 = re.compile("[\ud800-\udfff]")  # half a character, which no encoding can hold
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def wrong_template(fields: Any) -> str | None:
    """A sentence if these are no fields of a template at all; what AWS would refuse of a template is AWS's affair."""
    if not isinstance(fields, Mapping):
        return f"message must be an object, not {fields!r}."
    for name, value in fields.items():
        if name not in FIELDS:
            return f"message has no field {name!r}; it may have {', '.join(FIELDS)}."
        if name in TEXTS and not isinstance(value, str):
            return f"message.{name} must be a text, not {value!r}."
        if name == "DelaySeconds" and (isinstance(value, bool) or not isinstance(value, int | float)):
            return f"message.DelaySeconds must be a number of seconds, not {value!r}."
        if name == "MessageAttributes" and not (isinstance(value, Mapping) and all(map(_is_attribute, value.values()))):
            return f"message.MessageAttributes must be an object of name to {{DataType, StringValue}}, not {value!r}."
    return None


def _is_attribute(value: Any) -> bool:
    """Whether a value has AWS's form of a message attribute; what it may hold is AWS's affair."""
    if not isinstance(value, Mapping) or not isinstance(value.get("DataType"), str):
        return False
    return isinstance(value.get("StringValue", value.get("BinaryValue")), str)


def compact(value: Any) -> str:
    """A JSON value as compact JSON text."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def text_of_body(body: Any) -> str:
    """The text that a template's ``body`` stands for: text, a repetition, or a JSON value as compact JSON.

    A repetition ends at ``REPEATED_MAX`` characters, which is far beyond what any service takes.
    """
    if isinstance(body, str):
        return body
    if isinstance(body, dict) and set(body) == {"repeat", "times"} and isinstance(body["times"], int):
        text = str(body["repeat"])
        return text * min(body["times"], REPEATED_MAX // max(1, len(text)))
    return compact(body)


def wrong_for_sqs(body: str, attributes: Attributes) -> tuple[str, str] | None:
    """AWS's code and text if ``SendMessage`` takes no such message, whatever the queue; None if it does (facts: sqs
    3, 4)."""
    if body == "":
        return "MissingParameter", "The request must contain the parameter MessageBody."
    if NOT_XML.search(body):
        return "InvalidMessageContents", "Invalid characters found. Valid unicode characters are those of XML 1.0."
    if len(attributes) > SQS_MESSAGE_ATTRIBUTES_MAX:
        most = SQS_MESSAGE_ATTRIBUTES_MAX
        many = f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum [{most}]."
        return "InvalidParameterValue", many
    return None


class Template:
    """How a publisher speaks. Built once from a document's ``message``; ``{n}`` in any text is the running number."""

    __slots__ = (
        "_attributes",
        "_attributes_vary",
        "_body",
        "_name",
        "dedupe",
        "delay_s",
        "group",
        "is_plain",
        "longest",
        "structure",
        "subject",
        "type",
        "wrong",
    )  # fmt: skip

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.type: str = str(fields.get("type", "order"))
        self._name = str(fields.get("name", f"{fields.get('type', 'message')} {NUMBER}"))
        self._body = text_of_body(fields["body"]) if "body" in fields else self._name
        self._attributes: Attributes = fields.get("MessageAttributes") or {}
        self.group: str | None = fields.get("MessageGroupId")
        self.dedupe: str | None = fields.get("MessageDeduplicationId")
        self.delay_s: float | None = fields.get("DelaySeconds")
        self.subject: str | None = fields.get("Subject")
        self.structure: str | None = fields.get("MessageStructure")
        # Whether there is nothing that SNS would have to look at.
        self.is_plain = self.subject is None and self.structure is None and not NOT_UTF8.search(self._body)
        self.wrong = wrong_for_sqs(self._body, self._attributes)
        self._attributes_vary = NUMBER in compact(self._attributes)
        # In bytes, as if the number were the longest there can be, and within JSON, which never makes a text shorter.
        texts = compact(self.body(LONGEST_NUMBER)), compact(self.attributes(LONGEST_NUMBER))
        self.longest = sum(map(message_size_bytes, texts))

    def name(self, n: int) -> str:
        return self._name.replace(NUMBER, str(n))

    def body(self, n: int) -> str:
        return self._body.replace(NUMBER, str(n))

    def attributes(self, n: int) -> Attributes:
        if not self._attributes_vary:
            return self._attributes
        filled: Attributes = json.loads(compact(self._attributes).replace(NUMBER, str(n)))
        return filled


class Message:
    """One utterance: ``template``, running number ``n``, the instant ``at_ms``; ``given`` holds what differs from the
    template."""

    __slots__ = ("at_ms", "given", "n", "number", "template")

    def __init__(
        self, number: int, template: Template, n: int, at_ms: int, given: dict[str, Any] | None = None
    ) -> None:
        self.number = number
        self.template = template
        self.n = n
        self.at_ms = at_ms
        self.given = given

    @property
    def uid(self) -> int:
        """The number of the utterance itself; its copies have uids of their own, made from it."""
        return self.number << 8

    @property
    def name(self) -> str:
        return self.template.name(self.n)

    @property
    def type(self) -> str:
        return self.template.type

    @property
    def body(self) -> str:
        if self.given is not None and "body" in self.given:
            return str(self.given["body"])
        return self.template.body(self.n)

    @property
    def attributes(self) -> Attributes:
        if self.given is not None and "attributes" in self.given:
            attributes: Attributes = self.given["attributes"]
            return attributes
        return self.template.attributes(self.n)

    @property
    def structure(self) -> str | None:
        """``MessageStructure``; what was received and is said again has none, whatever its publisher began with."""
        return None if self.given is not None and "body" in self.given else self.template.structure

    @property
    def wrong(self) -> tuple[str, str] | None:
        """AWS's code and text if SQS takes no such message, whatever the queue."""
        return self.template.wrong if self.given is None else wrong_for_sqs(self.body, self.attributes)

    @property
    def group(self) -> str | None:
        group = self.template.group
        return None if group is None else group.replace(NUMBER, str(self.n))

    @property
    def dedupe(self) -> str | None:
        if self.given is not None and "dedupe" in self.given:
            return str(self.given["dedupe"])
        dedupe = self.template.dedupe
        return None if dedupe is None else dedupe.replace(NUMBER, str(self.n))

    @property
    def subject(self) -> str | None:
        subject = self.template.subject
        return None if subject is None else subject.replace(NUMBER, str(self.n))

    def surely_fits(self, limit: int) -> bool:
        """True if no number could make it larger than ``limit`` bytes, found without looking at the text."""
        return self.given is None and self.template.longest <= limit

    @property
    def size(self) -> int:
        return message_size_bytes(self.body, self.attributes)

    def text_for(self, protocol: str) -> str:
        """What a subscriber of that protocol is told: its own text if the message has one, else ``default``, else the
        body."""
        if self.structure != "json":
            return self.body
        texts = json.loads(self.body)
        text = texts.get(protocol)
        return str(text if isinstance(text, str) else texts["default"])


class Retold:
    """What a service has made of a message, which it keeps as ``message``: it goes by the same name."""

    __slots__ = ()
    message: Message

    @property
    def name(self) -> str:
        return self.message.name

    @property
    def type(self) -> str:
        return self.message.type

    @property
    def n(self) -> int:
        return self.message.n


class Call:
    """A request that waits for its answer: ``caller.answered(token, error, result)`` is how it comes back."""

    __slots__ = ("caller", "message", "payload", "token")

    def __init__(self, caller: Any, token: Any, message: Any, payload: Any = None) -> None:
        self.caller = caller
        self.token = token
        self.message = message
        self.payload = payload


def as_uuid(*parts: object) -> str:
    """An id in the form of a UUID, derived from what it identifies, so that the same run always shows the same ids."""
    digest = hashlib.md5("/".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-a{digest[17:20]}-{digest[20:]}"


def matches(message: Any, match: Any) -> bool:
    """Whether a document's ``match`` means this message.

    A text is its name. An object may hold ``message`` (name), ``type``, ``number`` (the running number), and JSONPath
    keys (``$.field``) whose value the JSON body must have there; all must hold. ``None`` means every message.
    """
    if match is None:
        return True
    if isinstance(match, str):
        return bool(message.name == match)
    for key, wanted in match.items():
        if key in ("message", "name"):
            found: Any = message.name
        elif key == "type":
            found = message.type
        elif key == "number":
            found = message.n
        else:
            found = look_up(message.body, key)
        if found != wanted:
            return False
    return True


def look_up(body: str, path: str) -> Any:
    """The value at a simple path (``$.a.b``) of a JSON body; None where there is none or the body is no JSON."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    for name in path.lstrip("$").strip(".").split("."):
        if name == "":
            continue
        if not isinstance(value, dict) or name not in value:
            return None
        value = value[name]
    return value
