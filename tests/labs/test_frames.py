"""What a client may send: JSON that can be kept and sent on, in the closed vocabulary."""

import json

import pytest

from courseapp.labs import frames, strictjson
from courseapp.labs.frames import Malformed

SEND = '{"type": "command", "action": "Send", "target": "shop", "parameters": %s}'


def nested(depth):
    return "[" * depth + "]" * depth


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        ("[]", "not an array"),
        ("null", "not null"),
        ("true", "not a truth value"),
        ("-1.5", "not a number"),
        ("NaN", "NaN is no number"),
        (SEND % '{"count": NaN}', "NaN is no number"),
        (SEND % '{"count": -Infinity}', "-Infinity is no number"),
        (SEND % '{"count": 1e999}', "1e999 is too large"),
        (SEND % ('{"count": ' + "9" * 5_000 + "}"), "5,000 digits"),
        ('{"type": "clock", "do": "speed", "speed": %s}' % ("9" * 250), "speed must be a number from 0.1 to 1000"),
        (SEND % ('{"message": ' + nested(101) + "}"), "nested 100 deep"),
        ("[" * 150_000, "nested 100 deep"),
        ('{"a":' * 50_000, "nested 100 deep"),
        (SEND % r'{"message": {"name": "\ud800"}}', "parameters.message.name holds U+0000 or half"),
        (SEND % r'{"message": {"a": ["", "\u0000"]}}', "parameters.message.a[1] holds U+0000 or half"),
        (SEND % r'{"\udfff": 1}', "a name in parameters holds U+0000 or half"),
        ('{"type": "clock", "do": {"a": 1}}', "do must be one of play"),
        ('{"type": ["command"]}', "no frame of type"),
        ('{"type": "fresh", "ref": {}}', "ref must be"),
        ("x" * 300_001, "300,001"),
    ],
)
def test_what_cannot_be_read_is_told_and_where(text, told):
    with pytest.raises(Malformed) as refusal:
        frames.read(text)
    assert told in refusal.value.says
    assert len(refusal.value.says) < 400
    frames.encode(frames.refused(refusal.value)).encode()


@pytest.mark.parametrize(
    "parameters",
    [
        {"message": {"name": "\U0001f600 Grüße \\u0000 \t"}},
        {"count": 3, "share": 0.25, "large": 10**40, "small": -1e-9},
        {"body": "{" * 5_000 + '"' + "[" * 5_000},
        json.loads(nested(90)),
    ],
)
def test_what_is_allowed_comes_as_it_was_sent(parameters):
    parameters = {"deep": parameters}
    text = json.dumps({"type": "command", "action": "Send", "target": "shop", "parameters": parameters})
    assert frames.read(text).fields["parameters"] == parameters
    assert strictjson.loads(json.dumps(parameters, ensure_ascii=False)) == parameters


@pytest.mark.parametrize("target", ["shop", "news/orders", {"holder_of": "orders"}])
def test_a_target_is_a_name_or_whoever_holds_a_message(target):
    text = json.dumps({"type": "command", "action": "Crash", "target": target})
    assert frames.read(text).fields["target"] == target


@pytest.mark.parametrize(
    "target", ["", 3, None, {}, {"holder_of": ""}, {"holder_of": 3}, {"holder_of": "q", "more": 1}]
)
def test_any_other_target_is_refused(target):
    with pytest.raises(Malformed, match="target"):
        frames.read(json.dumps({"type": "command", "action": "Crash", "target": target}))
