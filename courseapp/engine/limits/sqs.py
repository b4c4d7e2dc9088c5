"""Numbers of Amazon SQS, as of November 2026.

Sources: the SQS API model (2012-11-05) and the pages of the SQS Developer Guide that the comments name.
"""

from __future__ import annotations

# Queue attributes: API model, CreateQueue and SetQueueAttributes.
SQS_VISIBILITY_TIMEOUT_DEFAULT_S = 30
SQS_VISIBILITY_TIMEOUT_MAX_S = 43_200
SQS_DELAY_DEFAULT_S = 0
SQS_DELAY_MAX_S = 900
SQS_RETENTION_DEFAULT_S = 345_600  # 4 days
SQS_RETENTION_MIN_S = 60
SQS_RETENTION_MAX_S = 1_209_600  # 14 days
SQS_WAIT_TIME_DEFAULT_S = 0  # short polling
SQS_WAIT_TIME_MAX_S = 20
SQS_MESSAGE_SIZE_MIN_B = 1_024
SQS_MESSAGE_SIZE_MAX_B = 1_048_576  # 1 MiB, and the default; 262,144 until August 2025
SQS_MESSAGE_SIZE_FORMER_MAX_B = 262_144
SQS_MAX_RECEIVE_COUNT_MIN = 1
SQS_MAX_RECEIVE_COUNT_MAX = 1_000
SQS_REDRIVE_ALLOW_SOURCES_MAX = 10
SQS_KMS_DATA_KEY_REUSE_DEFAULT_S = 300
SQS_KMS_DATA_KEY_REUSE_MIN_S = 60
SQS_KMS_DATA_KEY_REUSE_MAX_S = 86_400
SQS_POLICY_SIZE_MAX_B = 8_192
SQS_ATTRIBUTE_CHANGE_SPREADS_S = 60  # most attributes; the retention period takes up to 15 minutes
SQS_RETENTION_CHANGE_SPREADS_S = 900

# Names: Developer Guide, "Queue and message identifiers". The suffix counts.
SQS_QUEUE_NAME_LENGTH_MAX = 80
FIFO_SUFFIX = ".fifo"

# Messages and batches: API model, SendMessage, SendMessageBatch, ReceiveMessage.
SQS_BATCH_MAX = 10
SQS_BATCH_SIZE_MAX_B = 1_048_576  # the sum of all entries
SQS_BATCH_ENTRY_ID_LENGTH_MAX = 80
SQS_RECEIVE_MAX = 10
SQS_RECEIVE_DEFAULT = 1
SQS_ID_LENGTH_MAX = 128  # MessageGroupId, MessageDeduplicationId, ReceiveRequestAttemptId
SQS_MESSAGE_ID_LENGTH_MAX = 100
SQS_RECEIPT_HANDLE_LENGTH_MAX = 1_024
SQS_MESSAGE_ATTRIBUTES_MAX = 10
SQS_ATTRIBUTE_NAME_LENGTH_MAX = 256  # Developer Guide, "Message metadata"
SQS_ATTRIBUTE_NUMBER_DIGITS_MAX = 38  # the same page: from 10^-128 to 10^126
SQS_ATTRIBUTE_NUMBER_EXPONENT_MIN = -128
SQS_ATTRIBUTE_NUMBER_EXPONENT_MAX = 126

# In flight: Developer Guide, "Visibility timeout" and "Quotas". 120,000 for FIFO since November 2024.
SQS_IN_FLIGHT_TOTAL_MAX_S = 43_200  # 12 hours from the receive, whatever extensions are asked for
SQS_IN_FLIGHT_MAX = 120_000
SQS_FIFO_LOOK_AHEAD_MAX = 120_000
SQS_POISON_RECEIVES = 3  # from here on left out of the age metric, and (if a document asks) put behind all others

# FIFO: Developer Guide, "Exactly-once processing" and "Quotas".
SQS_DEDUPLICATION_WINDOW_S = 300
SQS_RECEIVE_ATTEMPT_WINDOW_S = 300
SQS_FIFO_CALLS_PER_SECOND = 300  # an action and partition; ten messages each when batched
SQS_FIFO_MESSAGES_PER_SECOND = 3_000
SQS_SEQUENCE_NUMBER_DIGITS = 20

# Deleting, purging, moving: API model, DeleteQueue, PurgeQueue, StartMessageMoveTask.
SQS_PURGE_INTERVAL_S = 60
SQS_QUEUE_NAME_REUSE_S = 60
SQS_MOVE_TASK_PER_SECOND_MAX = 500
SQS_MOVE_TASK_MAX_S = 129_600  # 36 hours

# Fair queues: Developer Guide, "How fair queues work".
SQS_FAIR_IN_FLIGHT_SHARE = 0.1
SQS_FAIR_IN_FLIGHT_MIN = 30
SQS_FAIR_QUIET_AGAIN_S = 300

# Billing: the pricing page. Each payload unit that was begun is one request.
SQS_PAYLOAD_UNIT_B = 65_536

# Lambda's event source mapping for SQS: Lambda API model, CreateEventSourceMapping.
LAMBDA_SQS_BATCH_DEFAULT = 10
LAMBDA_SQS_BATCH_STANDARD_MAX = 10_000  # above 10 a batching window of at least one second is wanted
LAMBDA_SQS_BATCH_FIFO_MAX = 10
LAMBDA_BATCHING_WINDOW_MAX_S = 300
