"""The numbers that the interpreter obeys, in the units that it works in.

AWS's figures come from ``engine.limits``; those of the intrinsic functions stand here (Developer Guide, "Intrinsic
functions"), and so do the few that are ours because AWS publishes none.
"""

from __future__ import annotations

from courseapp.engine import limits

DAY_MS = 86_400_000

# Execution
LIFETIME_MS = {
    "STANDARD": limits.SFN_STANDARD_DURATION_MAX_S * 1000,
    "EXPRESS": limits.SFN_EXPRESS_DURATION_MAX_S * 1000,
}
HISTORY_EVENTS = limits.SFN_HISTORY_EVENTS_MAX  # ours: of Express too, whose states take no time here
NAME_KEPT_MS = limits.SFN_HISTORY_KEPT_DAYS * DAY_MS  # a closed execution's name cannot be used again for so long
REDRIVABLE_MS = limits.SFN_REDRIVABLE_DAYS * DAY_MS
REDRIVE_TOKEN_MS = 15 * 60_000  # a client token means the same redrive for so long
PAYLOAD_BYTES = limits.SFN_PAYLOAD_MAX_B
NESTING = 200  # ours: values nested deeper are refused
INLINE_MAP_CONCURRENCY = limits.SFN_INLINE_MAP_CONCURRENCY_MAX
HTTP_TASK_MS = limits.SFN_HTTP_TASK_TIMEOUT_S * 1000
LONGEST_WAIT_DAYS = limits.SFN_WAIT_MAX_S // 86_400

VARIABLES_BYTES = limits.SFN_VARIABLES_TOTAL_MAX_B
FEW_VARIABLES = VARIABLES_BYTES // limits.SFN_VARIABLE_MAX_B - 1  # so many cannot be too much together

# StartExecution, per account and Region: size of the bucket and refill a second (Express: the same page of quotas)
START_BUCKET = {"STANDARD": limits.SFN_START_EXECUTION_BUCKET, "EXPRESS": (6_000, 6_000)}

# Definition
DEFINITION_BYTES = limits.SFN_DEFINITION_LENGTH_MAX
NAME_CHARACTERS = limits.SFN_NAME_LENGTH_MAX
LONGEST_SECONDS = limits.SFN_SECONDS_MAX
MAX_DELAY_SECONDS = limits.SFN_RETRY_DELAY_MAX_S
NESTED_INTRINSICS = limits.SFN_INTRINSIC_NESTING_MAX
DEFINITION_NESTING = 60  # ours: AWS refuses deep definitions (TOO_DEEPLY_NESTED) without saying how deep

# Ours: what filling in one template, or one other field with expressions, may look at and make, in values and letters;
# so many count as one more of the things that happen; and what all the inputs of one Map Run may take together
MOST_EFFORT = 2_000_000
TIRING_EFFORT = 10_000
MAP_RUN_EFFORT = 20 * MOST_EFFORT

# Intrinsic functions
RANGE_ELEMENTS = 1_000
ENCODED_CHARACTERS = 10_000
SMALLEST_INTEGER, LARGEST_INTEGER = -2_147_483_648, 2_147_483_647
