"""Every kind of node with its parameters, as data (those of links are in ``links``).

Validation, the JSON Schema and ``SetParameter`` read these tables. AWS's parameters have AWS's names
and begin with a capital (a state machine's own excepted); ours are snake_case. A default of ``None`` means that nothing
holds unless it is set. Source: docs/formats.md 1, with AWS's ranges from ``courseapp.engine.limits``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from courseapp.engine import limits
from courseapp.engine.architecture.composites import Fields, ListOf, MapOf
from courseapp.engine.architecture.policies import (
    ACCESS_POLICY,
    QUEUE_REDRIVE,
    REDRIVE_ALLOW,
    TOPIC_DELIVERY,
)
from courseapp.engine.architecture.sending import (
    BURSTS,
    FAILS_ON,
    HTTP_ANSWER,
    JSON_PATH,
    MESSAGES,
    MOCKS,
    RATES,
    RESPONSES,
    TASK_SECONDS,
    TEMPLATE,
    VARIANTS,
)
from courseapp.engine.architecture.shapes import AnyObject, AnyValue, Choice, Flag, Number, Text, Whole
from courseapp.engine.architecture.tables import AT_CREATION, Parameter, Parameters, read_only, table
from courseapp.engine.architecture.times import SECONDS, SECONDS_ABOVE_0, Spans, Time

_PROBABILITY = Number(0, 1)
_ERROR = Text(most=limits.SFN_ERROR_LENGTH_MAX, least=1)
_OUTAGES = Parameter("outages", Spans(), ())
_FAILURE = Parameter("failure_probability", _PROBABILITY, 0)
_FAILS_ON = Parameter("fails_on", FAILS_ON, ())
_WORK = Parameter("processing_seconds", Time(), 0)
_KMS = Parameter("KmsMasterKeyId", Text(most=2_048))
_VISIBILITY = Whole(0, limits.SQS_VISIBILITY_TIMEOUT_MAX_S, "seconds")
_WAIT = Whole(0, limits.SQS_WAIT_TIME_MAX_S, "seconds")

_PUBLISHER = table(
    Parameter("message", TEMPLATE, MappingProxyType({})),
    Parameter("first_number", Whole(0, 1_000_000_000), 0),
    Parameter("variants", VARIANTS, ()),
    Parameter("rates", RATES, ()),
    Parameter("bursts", BURSTS, ()),
    Parameter("messages", MESSAGES, ()),
    Parameter("calls", Choice(("at_once", "in_turn")), "at_once"),
)

_QUEUE = table(
    Parameter("VisibilityTimeout", _VISIBILITY, limits.SQS_VISIBILITY_TIMEOUT_DEFAULT_S),
    Parameter("DelaySeconds", Whole(0, limits.SQS_DELAY_MAX_S, "seconds"), limits.SQS_DELAY_DEFAULT_S),
    Parameter(
        "MessageRetentionPeriod",
        Whole(limits.SQS_RETENTION_MIN_S, limits.SQS_RETENTION_MAX_S, "seconds"),
        limits.SQS_RETENTION_DEFAULT_S,
    ),
    Parameter("ReceiveMessageWaitTimeSeconds", _WAIT, limits.SQS_WAIT_TIME_DEFAULT_S),
    Parameter(
        "MaximumMessageSize",
        Whole(limits.SQS_MESSAGE_SIZE_MIN_B, limits.SQS_MESSAGE_SIZE_MAX_B, "bytes"),
        limits.SQS_MESSAGE_SIZE_MAX_B,
    ),
    Parameter("RedrivePolicy", QUEUE_REDRIVE),
    Parameter("RedriveAllowPolicy", REDRIVE_ALLOW),
    Parameter("Policy", ACCESS_POLICY),
    _KMS,
    Parameter(
        "KmsDataKeyReusePeriodSeconds",
        Whole(limits.SQS_KMS_DATA_KEY_REUSE_MIN_S, limits.SQS_KMS_DATA_KEY_REUSE_MAX_S, "seconds"),
        limits.SQS_KMS_DATA_KEY_REUSE_DEFAULT_S,
    ),
    Parameter("SqsManagedSseEnabled", Flag(), True),
    Parameter("FifoQueue", Flag(), False, AT_CREATION),
    Parameter("ContentBasedDeduplication", Flag(), False),
    Parameter("DeduplicationScope", Choice(("queue", "messageGroup")), "queue"),
    Parameter("FifoThroughputLimit", Choice(("perQueue", "perMessageGroupId")), "perQueue"),
    *read_only(
        "QueueArn",
        "CreatedTimestamp",
        "LastModifiedTimestamp",
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
    ),
    Parameter("duplicate_probability", _PROBABILITY, 0),
    Parameter("servers", Whole(1, 100), 1),
    Parameter("sample_probability", Number(0, 1, above=True), 1),
    Parameter("poison_to_back", Flag(), False),
    Parameter("alarm_at_messages", Whole(0, 1_000_000, "messages"), 0),
)

_FEEDBACK_PROTOCOLS = ("HTTP", "Firehose", "Lambda", "Application", "SQS")
_ROLE = Text(most=2_048, least=1)

_TOPIC = table(
    Parameter("DisplayName", Text(most=100), ""),
    Parameter(
        "MaximumMessageSize",
        Whole(limits.SNS_MESSAGE_SIZE_MIN_B, limits.SNS_MESSAGE_SIZE_MAX_B, "bytes"),
        limits.SNS_MESSAGE_SIZE_DEFAULT_B,
    ),
    Parameter("DeliveryPolicy", TOPIC_DELIVERY),
    Parameter("Policy", ACCESS_POLICY),
    _KMS,
    Parameter("SignatureVersion", Whole(1, 2), 1),
    Parameter("TracingConfig", Choice(("PassThrough", "Active")), "PassThrough"),
    Parameter("FifoTopic", Flag(), False, AT_CREATION),
    Parameter("ContentBasedDeduplication", Flag(), False),
    Parameter("FifoThroughputScope", Choice(("Topic", "MessageGroup")), "Topic"),
    Parameter(
        "ArchivePolicy",
        Fields({"MessageRetentionPeriod": Whole(limits.SNS_ARCHIVE_DAYS_MIN, limits.SNS_ARCHIVE_DAYS_MAX, "days")}),
    ),
    *(Parameter(f"{protocol}SuccessFeedbackRoleArn", _ROLE) for protocol in _FEEDBACK_PROTOCOLS),
    *(Parameter(f"{protocol}SuccessFeedbackSampleRate", Whole(0, 100, "%")) for protocol in _FEEDBACK_PROTOCOLS),
    *(Parameter(f"{protocol}FailureFeedbackRoleArn", _ROLE) for protocol in _FEEDBACK_PROTOCOLS),
    *read_only(
        "TopicArn",
        "Owner",
        "SubscriptionsConfirmed",
        "SubscriptionsPending",
        "SubscriptionsDeleted",
        "EffectiveDeliveryPolicy",
        "BeginningArchiveTime",
    ),
)

_CONSUMER = table(
    Parameter("workers", Whole(1, 1_000), 1),
    Parameter("MaxNumberOfMessages", Whole(1, limits.SQS_RECEIVE_MAX, "messages"), limits.SQS_RECEIVE_DEFAULT),
    Parameter("WaitTimeSeconds", _WAIT),  # absent: the queue's
    Parameter("VisibilityTimeout", _VISIBILITY),  # absent: the queue's
    Parameter("poll_interval_seconds", SECONDS_ABOVE_0, 1),
    _WORK,
    Parameter("restart_seconds", SECONDS),  # absent: back at Restore only
    Parameter("heartbeat_seconds", SECONDS_ABOVE_0),
    Parameter("heartbeat_extends_seconds", _VISIBILITY, limits.SQS_VISIBILITY_TIMEOUT_DEFAULT_S),
    _FAILURE,
    _FAILS_ON,
    Parameter("treats_as_done", ListOf(_ERROR, most=50), ()),
    Parameter("deletes", Choice(("each", "whole_batch", "before_work")), "each"),
    Parameter("when_database_is_down", Choice(("pause", "keep_polling", "give_back")), "keep_polling"),
    Parameter("database_check_seconds", SECONDS, 0),
    Parameter("remembers", Choice(("nothing", "message_ids", "check_then_write", "conditional_write")), "nothing"),
)

_FUNCTION = table(
    _WORK,
    Parameter("responses", RESPONSES, MappingProxyType({})),
    Parameter("reserved_concurrency", Whole(0, 1_000)),
    _FAILURE,
    _FAILS_ON,
    Parameter("async_retry_seconds", ListOf(SECONDS, most=2), limits.LAMBDA_ASYNC_RETRY_S),
)

_DATABASE = table(
    Parameter("answer_seconds", Time(), 0),
    Parameter("slow_factor", Number(0, 1_000_000, above=True), 1),
    Parameter("timeout_seconds", SECONDS, 0),
    Parameter("error", _ERROR, "DatabaseUnavailable"),
    Parameter("unique_key", JSON_PATH),
    Parameter("requests_per_second", Number(0, 1_000_000, above=True)),
    _OUTAGES,
)

_HTTP = table(
    Parameter("answers", HTTP_ANSWER, 200),
    Parameter("answers_when_down", HTTP_ANSWER, 503),
    Parameter("answer_seconds", Time(), 0),
    Parameter("fails_after_seconds", SECONDS, 0),
    _OUTAGES,
)

_PERSON = table(Parameter("enabled", Flag(), True), _OUTAGES)

# The lab's object store: bucket/key to a text (CSV, JSON Lines, …) or to the JSON value that it holds.
_DATA_SETS = MapOf(AnyValue(), most=500, names=r"[a-z0-9][a-z0-9.-]*/.{1,1024}", says="bucket/key")

_STATE_MACHINE = table(
    Parameter("definition", AnyObject("a state machine's definition, an object"), required=True),
    Parameter("type", Choice(("STANDARD", "EXPRESS")), "STANDARD", AT_CREATION),
    Parameter("memory_mb", Number(0, 10_240, "MB", above=True), 64),
    Parameter("mocks", MOCKS, MappingProxyType({})),
    Parameter("task_seconds", TASK_SECONDS, MappingProxyType({})),
    Parameter("data_sets", _DATA_SETS, MappingProxyType({})),
)

KINDS: Final[Mapping[str, Parameters]] = MappingProxyType(
    {
        "publisher": _PUBLISHER,
        "topic": _TOPIC,
        "queue": _QUEUE,
        "consumer": _CONSUMER,
        "function": _FUNCTION,
        "database": _DATABASE,
        "http": _HTTP,
        "email": _PERSON,
        "sms": _PERSON,
        "push": _PERSON,
        "state_machine": _STATE_MACHINE,
    }
)
