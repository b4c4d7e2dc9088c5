"""Numbers of AWS Step Functions, as of November 2026.

Sources: the Step Functions API model (2016-11-23), Developer Guide "Service quotas" and "Choosing workflow type", and
the Amazon States Language specification.
"""

from __future__ import annotations

# Executions: Developer Guide, "Service quotas".
SFN_PAYLOAD_MAX_B = 262_144  # input or output of a task, a state or an execution, as UTF-8 JSON text
SFN_HISTORY_EVENTS_MAX = 25_000  # Standard; reaching it fails the execution
SFN_STANDARD_DURATION_MAX_S = 31_536_000  # 1 year
SFN_EXPRESS_DURATION_MAX_S = 300
SFN_HISTORY_KEPT_DAYS = 90
SFN_REDRIVABLE_DAYS = 14
SFN_DEFINITION_LENGTH_MAX = 1_048_576  # characters
SFN_API_REQUEST_MAX_B = 1_048_576
SFN_NAME_LENGTH_MAX = 80  # machine, execution, activity, state
SFN_NAME_FORBIDDEN = ' ?*<>{}[]"#%\\^|~`$&,;:/'  # and control characters
SFN_ERROR_LENGTH_MAX = 256
SFN_CAUSE_LENGTH_MAX = 32_768
SFN_TASK_TOKEN_LENGTH_MAX = 2_048
SFN_HISTORY_PAGE_MAX = 1_000
SFN_HISTORY_PAGE_DEFAULT = 100

# Map: the same page, and the specification.
SFN_INLINE_MAP_CONCURRENCY_MAX = 40
SFN_MAP_RUN_CHILDREN_MAX = 10_000
SFN_MAP_LABEL_LENGTH_MAX = 40

# Fields of states: specification, with AWS's own bounds.
SFN_SECONDS_MAX = 99_999_999  # Wait's Seconds, and the default of TimeoutSeconds and HeartbeatSeconds
SFN_WAIT_MAX_S = 2_147_483_647  # 24,855 days were accepted, 24,856 refused
SFN_RETRY_INTERVAL_DEFAULT_S = 1
SFN_RETRY_INTERVAL_MAX_S = 99_999_999
SFN_RETRY_ATTEMPTS_DEFAULT = 3
SFN_RETRY_ATTEMPTS_MAX = 99_999_999
SFN_RETRY_BACKOFF_RATE_DEFAULT = 2.0
SFN_RETRY_BACKOFF_RATE_MIN = 1.0
SFN_RETRY_DELAY_MAX_S = 31_622_400  # MaxDelaySeconds must stay below 31,622,401
SFN_INTRINSIC_NESTING_MAX = 10
SFN_HTTP_TASK_TIMEOUT_S = 60

# Variables: Developer Guide, "Passing data between states with variables".
SFN_VARIABLE_MAX_B = 262_144  # one, and all of one Assign together
SFN_VARIABLES_TOTAL_MAX_B = 10_485_760
SFN_VARIABLE_NAME_LENGTH_MAX = 80

# Token buckets of us-east-1: size and refill a second.
SFN_TRANSITIONS_BUCKET = (5_000, 5_000)
SFN_START_EXECUTION_BUCKET = (1_300, 300)

# Billing of Express: the pricing page.
SFN_EXPRESS_DURATION_STEP_MS = 100
SFN_EXPRESS_MEMORY_STEP_MB = 64
