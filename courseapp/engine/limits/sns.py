"""Numbers of Amazon SNS, as of November 2026.

Sources: the SNS API model (2010-03-31) and the pages of the SNS Developer Guide that the comments name.
"""

from __future__ import annotations

# Messages: API model, Publish, PublishBatch, CreateTopic. More than the default must be asked for (MaximumMessageSize).
SNS_MESSAGE_SIZE_DEFAULT_B = 262_144
SNS_MESSAGE_SIZE_MIN_B = 1_024
SNS_MESSAGE_SIZE_MAX_B = 1_048_576
SNS_BIG_MESSAGE_SUBSCRIPTIONS_MAX = 100
SNS_SUBJECT_LENGTH_MAX = 99  # "less than 100 characters"
SNS_BATCH_MAX = 10
SNS_BATCH_ENTRY_ID_LENGTH_MAX = 80
SNS_NUMBER_ATTRIBUTE_MAX = 1_000_000_000  # of either sign, with five decimals: Developer Guide, "Message attributes"
SNS_NUMBER_ATTRIBUTE_DECIMALS = 5
SNS_RAW_ATTRIBUTES_MAX = 10  # with more a raw delivery to SQS fails: Developer Guide, "Raw message delivery"
SNS_ID_LENGTH_MAX = 128  # MessageGroupId, MessageDeduplicationId

# Topics and subscriptions: Developer Guide, "Features"; General Reference, "SNS endpoints and quotas".
SNS_TOPIC_NAME_LENGTH_MAX = 256
SNS_SUBSCRIPTIONS_STANDARD_MAX = 12_500_000
SNS_SUBSCRIPTIONS_FIFO_MAX = 100
SNS_TOKEN_VALID_S = 172_800  # 2 days
SNS_DEDUPLICATION_WINDOW_S = 300
SNS_FIFO_MESSAGES_PER_SECOND = 3_000
SNS_EMAIL_PER_SECOND = 10  # a subscription
SNS_ARCHIVE_DAYS_MIN = 1
SNS_ARCHIVE_DAYS_MAX = 365

# HTTP/S: Developer Guide, "HTTP/HTTPS endpoints" and "Message delivery retries".
SNS_HTTP_TIMEOUT_S = 15
SNS_HTTP_POLICY_TOTAL_MAX_S = 3_600
SNS_HTTP_DELAY_MIN_S = 1
SNS_HTTP_DELAY_MAX_S = 3_600
SNS_HTTP_DELAY_DEFAULT_S = 20
SNS_HTTP_RETRIES_MAX = 100
SNS_HTTP_RETRIES_DEFAULT = 3
SNS_HTTP_BACKOFF_FUNCTIONS = ("linear", "arithmetic", "geometric", "exponential")
SNS_HTTP_BACKOFF_DEFAULT = "linear"
SNS_HTTP_RECEIVES_PER_SECOND_MIN = 1

# SMS: Developer Guide, "Publishing to a mobile phone".
SNS_SMS_PART_B = 140
SNS_SMS_PART_GSM_CHARACTERS = 160  # seven bits each
SNS_SMS_PART_UCS2_CHARACTERS = 70  # sixteen bits each
SNS_SMS_CHARACTERS_MAX = 1_600  # a publish

# Filter policies: Developer Guide, "Filter policy constraints".
SNS_FILTER_KEYS_MAX = 5
SNS_FILTER_COMBINATIONS_MAX = 150
SNS_FILTER_SIZE_MAX_B = 262_144
SNS_FILTER_POLICIES_PER_TOPIC_MAX = 200
SNS_FILTER_CHANGE_SPREADS_S = 900

# Billing: the pricing page. Each payload unit of a publish that was begun is one request.
SNS_PAYLOAD_UNIT_B = 65_536

# Lambda runs an event that it took and that failed again, twice: Lambda Developer Guide, "Asynchronous invocation".
LAMBDA_ASYNC_RETRY_S = (60, 120)
LAMBDA_ASYNC_EVENT_AGE_MAX_S = 21_600
