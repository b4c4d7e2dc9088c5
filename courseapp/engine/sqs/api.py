"""SQS's own operations, called from outside: by a command, a state machine or an SDK.

Each function takes AWS's parameters and answers as AWS does, or raises ``Refused`` with AWS's code and text (facts:
sqs 3 and 4). Where an operation wants a receipt handle, our commands may name the message instead (``message`` and
``number``).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from courseapp.engine import limits
from courseapp.engine.commands import Refused
from courseapp.engine.kernel import TIMERS
from courseapp.engine.messages import Message, Template
from courseapp.engine.sqs.checks import check_attributes, check_id, check_number, dedupe_id
from courseapp.engine.sqs.copies import GONE, IN_FLIGHT, Copy, read_receipt_handle, receipt_handle
from courseapp.engine.sqs.look import copy_of
from courseapp.engine.sqs.receipts import GONE_ALREADY

if TYPE_CHECKING:
    from courseapp.engine.sqs.queue import Queue

OUTSIDE = "outside"
BATCH_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


def send_message(queue: Queue, parameters: Mapping[str, Any], by: str = OUTSIDE) -> dict[str, Any]:
    """``SendMessage``. ``name`` and ``type`` are ours and optional."""
    message, delay_s = read_message(queue, parameters)
    if message.group is not None:
        queue.be_fair()
    copy = queue.send(message, by, delay_s)
    answer = {
        "MessageId": queue.answered_with if copy is None else copy.message_id,
        "MD5OfMessageBody": hashlib.md5(message.body.encode(), usedforsecurity=False).hexdigest(),
    }
    if copy is not None and queue.fifo:
        answer["SequenceNumber"] = queue.sequence_number(copy)
    return answer


def send_message_batch(queue: Queue, entries: list[Mapping[str, Any]], by: str = OUTSIDE) -> dict[str, Any]:
    """``SendMessageBatch``: up to ten entries, each of which succeeds or fails alone."""
    _check_batch(entries)
    total = sum(limits.message_size_bytes(str(e.get("MessageBody", "")), e.get("MessageAttributes")) for e in entries)
    if total > limits.SQS_BATCH_SIZE_MAX_B:
        raise Refused(
            "AWS.SimpleQueueService.BatchRequestTooLong",
            f"Batch requests cannot be longer than {limits.SQS_BATCH_SIZE_MAX_B} bytes. You have sent {total} bytes.",
        )
    answer: dict[str, Any] = {"Successful": [], "Failed": []}
    billed = limits.sqs_requests_for_bytes(total)
    before, for_tenants = queue.requests, queue.tenant_requests
    for entry in entries:
        try:
            answer["Successful"].append({"Id": entry["Id"], **send_message(queue, entry, by)})
        except Refused as refusal:
            failed = {"Id": entry["Id"], "Code": refusal.code, "Message": refusal.says, "SenderFault": True}
            answer["Failed"].append(failed)
    queue.other_requests += before + billed - queue.requests
    queue.tenant_requests = min(queue.tenant_requests, for_tenants + billed)
    return answer


def _check_batch(entries: list[Mapping[str, Any]]) -> None:
    prefix = "AWS.SimpleQueueService."
    if not entries:
        raise Refused(
            prefix + "EmptyBatchRequest", "There should be at least one SendMessageBatchRequestEntry in the request."
        )
    if len(entries) > limits.SQS_BATCH_MAX:
        raise Refused(
            prefix + "TooManyEntriesInBatchRequest",
            f"Maximum number of entries per request are {limits.SQS_BATCH_MAX}. You have sent {len(entries)}.",
        )
    seen: set[str] = set()
    for entry in entries:
        entry_id = str(entry.get("Id", ""))
        if not BATCH_ID.fullmatch(entry_id):
            raise Refused(
                prefix + "InvalidBatchEntryId",
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at "
                "most 80 letters long.",
            )
        if entry_id in seen:
            raise Refused(prefix + "BatchEntryIdsNotDistinct", f"Id {entry_id} repeated.")
        seen.add(entry_id)


def read_message(queue: Queue, parameters: Mapping[str, Any]) -> tuple[Message, float | None]:
    """A message and its own delay from ``SendMessage``'s parameters, checked."""
    body = parameters.get("MessageBody", parameters.get("body"))
    if body is None or body == "":
        raise Refused("MissingParameter", "The request must contain the parameter MessageBody.")
    delay_s = parameters.get("DelaySeconds")
    if not queue.fifo and parameters.get("MessageDeduplicationId") is not None:
        raise Refused(
            "InvalidParameterValue",
            f"Value {parameters['MessageDeduplicationId']} for parameter MessageDeduplicationId is invalid. "
            "Reason: The request include parameter that is not valid for this queue type.",
        )
    for name in ("MessageGroupId", "MessageDeduplicationId"):
        check_id(name, parameters.get(name))
    check_attributes(parameters.get("MessageAttributes"))
    number = queue.kernel.next_uid()
    fields = {name: value for name, value in parameters.items() if name not in ("MessageBody", "name", "type")}
    template = Template(
        {
            **fields,
            "body": body,
            "name": parameters.get("name", f"message {number}"),
            "type": parameters.get("type", "order"),
        }
    )
    return Message(number, template, number, queue.kernel.now_ms), delay_s


def receive_message(queue: Queue, parameters: Mapping[str, Any], by: str = OUTSIDE) -> dict[str, Any]:
    """``ReceiveMessage``. With ``WaitTimeSeconds`` and nothing there, a long poll that is answered in the journal
    later."""
    most = parameters.get("MaxNumberOfMessages", limits.SQS_RECEIVE_DEFAULT)
    if isinstance(most, bool) or not isinstance(most, int) or not 1 <= most <= limits.SQS_RECEIVE_MAX:
        raise Refused(
            "InvalidParameterValue",
            f"Value {most} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if "
            "provided.",
        )
    wait_s = parameters.get("WaitTimeSeconds")
    check_number("WaitTimeSeconds", wait_s, 0, limits.SQS_WAIT_TIME_MAX_S)
    timeout_s = parameters.get("VisibilityTimeout")
    check_number("VisibilityTimeout", timeout_s, 0, limits.SQS_VISIBILITY_TIMEOUT_MAX_S)
    visibility_ms = None if timeout_s is None else round(timeout_s * 1000)
    wait_ms = queue.settings.wait_ms if wait_s is None else round(wait_s * 1000)
    attempt_id = parameters.get("ReceiveRequestAttemptId") if queue.fifo else None
    check_id("ReceiveRequestAttemptId", attempt_id)
    if attempt_id is not None:
        hidden_ms = queue.settings.visibility_ms if visibility_ms is None else visibility_ms
        copies = queue.attempts.again(queue, attempt_id, hidden_ms, by)
        if copies:
            return answer_of(queue, copies)
    poll = OutsidePoll(queue, by, most, visibility_ms, attempt_id)
    copies = queue.receive(by, most, visibility_ms) if wait_ms else queue.poll_once(poll)
    if copies:
        poll.received(queue, copies)
    elif wait_ms:
        poll.wait(wait_ms)
    return answer_of(queue, copies)


class OutsidePoll:
    """A long poll from outside: it receives once, or comes back empty when its time is up."""

    rank = 1 << 30
    simple = False

    def __init__(
        self, queue: Queue, by: str, most: int, visibility_ms: int | None, attempt_id: str | None = None
    ) -> None:
        self.queue, self.most, self.visibility_ms = queue, most, visibility_ms
        self.attempt_id = attempt_id
        self.name = self.label = by
        self.open = False

    def wait(self, wait_ms: int) -> None:
        self.open = True
        now = self.queue.kernel.now_ms
        self.queue.wait(self, now)
        self.queue.kernel.plan(now + wait_ms, TIMERS, self, "time_up")

    def received(self, queue: Queue, copies: list[Copy]) -> None:
        self.open = False
        if self.attempt_id is not None:
            queue.attempts.remember(self.attempt_id, copies, queue.kernel.now_ms)

    def time_up(self, _: Any) -> None:
        if self.open and self.queue.kernel.nodes.get(self.queue.id) is self.queue:
            self.open = False
            self.queue.leave(self)
            self.queue.came_back_empty(self.name)


def answer_of(queue: Queue, copies: list[Copy]) -> dict[str, Any]:
    """The answer of a receive; without messages the key ``Messages`` is absent."""
    return {"Messages": [_as_received(queue, copy) for copy in copies]} if copies else {}


def _as_received(queue: Queue, copy: Copy) -> dict[str, Any]:
    flight = copy.flight
    assert flight is not None
    attributes = {
        "SentTimestamp": str(queue.kernel.starts_ms + copy.sent_ms),
        "ApproximateReceiveCount": str(flight.count),
        "ApproximateFirstReceiveTimestamp": str(queue.kernel.starts_ms + flight.first_ms),
    }
    if copy.group is not None:
        attributes["MessageGroupId"] = copy.group
    if queue.fifo:
        attributes["SequenceNumber"] = queue.sequence_number(copy)
        moved = flight.source is not None
        attributes["MessageDeduplicationId"] = copy.message_id if moved else dedupe_id(copy.message)
    if flight.source is not None:
        attributes["DeadLetterQueueSourceArn"] = f"{queue.arn.rpartition(':')[0]}:{flight.source}"
    return {
        "MessageId": copy.message_id,
        "ReceiptHandle": receipt_handle(copy, flight.count),
        "MD5OfBody": hashlib.md5(copy.body.encode(), usedforsecurity=False).hexdigest(),
        "Body": copy.body,
        "Attributes": attributes,
        "MessageAttributes": dict(copy.attributes),
    }


def delete_message(queue: Queue, parameters: Mapping[str, Any], by: str = OUTSIDE) -> None:
    """``DeleteMessage``. A handle of a message that is gone answers success and does nothing."""
    found = find_receipt(queue, parameters)
    if found is None:
        queue.delete_nothing()
    else:
        queue.delete(found[0], found[1], by)


def change_message_visibility(queue: Queue, parameters: Mapping[str, Any], by: str = OUTSIDE) -> None:
    """``ChangeMessageVisibility``. A handle of a message that is gone is refused."""
    timeout_s = parameters.get("VisibilityTimeout")
    if timeout_s is None:
        raise Refused("MissingParameter", "The request must contain the parameter VisibilityTimeout.")
    check_number("VisibilityTimeout", timeout_s, 0, limits.SQS_VISIBILITY_TIMEOUT_MAX_S)
    found = find_receipt(queue, parameters)
    if found is None:
        queue.other_requests += 1
        raise Refused(*GONE_ALREADY)
    queue.change_visibility(found[0], found[1], round(timeout_s * 1000), by)


def find_receipt(queue: Queue, parameters: Mapping[str, Any]) -> tuple[Copy, int] | None:
    """The copy and receipt that a call means; None for a handle whose message is gone."""
    handle = parameters.get("ReceiptHandle")
    if handle is None:
        name = parameters.get("message")
        if name is None:
            raise Refused("MissingParameter", "The request must contain the parameter ReceiptHandle.")
        copy = find_copy(queue, str(name), parameters.get("number"), in_flight=True)
        if copy is None or copy.flight is None or copy.flight.count == 0:
            raise Refused("ReceiptHandleIsInvalid", f"{queue.id} has no message {name!r} that was received.")
        return copy, copy.flight.count
    read = read_receipt_handle(str(handle))
    if read is None:
        raise Refused("ReceiptHandleIsInvalid", f'The input receipt handle "{handle}" is not a valid receipt handle.')
    copy = copy_of(queue, read[0])
    return None if copy is None else (copy, read[1])


def find_copy(queue: Queue, name: str, number: int | None = None, in_flight: bool = False) -> Copy | None:
    """The live copy of that name: the ``number``-th in order of arrival (from 1), else the newest; one in flight
    first."""
    found = [copy for copy in queue.store.everything() if copy.name == name and copy.state != GONE]
    found.sort(key=lambda copy: copy.order)
    if number is not None and (isinstance(number, bool) or not isinstance(number, int)):
        raise Refused("InvalidParameterValue", f"number must be a whole number from 1, not {number!r}.")
    if number is not None:
        return found[number - 1] if 0 < number <= len(found) else None
    if in_flight:
        found = [copy for copy in found if copy.state == IN_FLIGHT] or found
    return found[-1] if found else None
