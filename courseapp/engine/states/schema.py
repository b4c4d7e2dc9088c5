"""The fields of the states language, as data: which state takes which, and what each must hold.

Sources: the language's specification of 22 November 2024 (sections 1 and 2 of the fact sheet). The validator reads
these tables; nothing in them depends on how a state is run.
"""

from __future__ import annotations

TYPES = ("Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map")  # in the order of AWS's message

_COMMON = ("Type", "Comment", "QueryLanguage")
_MOVES = ("Next", "End")
_PATHS = ("InputPath", "OutputPath")
_HANDLERS = ("Retry", "Catch")

# JSONPath states: all fields that a type takes.
FIELDS: dict[str, tuple[str, ...]] = {
    "Pass": (*_COMMON, *_MOVES, *_PATHS, "Assign", "Parameters", "Result", "ResultPath"),
    "Task": (
        *_COMMON, *_MOVES, *_PATHS, *_HANDLERS, "Assign", "Parameters", "ResultPath", "ResultSelector", "Resource",
        "TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath", "Credentials",
    ),
    "Parallel": (
        *_COMMON, *_MOVES, *_PATHS, *_HANDLERS, "Assign", "Parameters", "ResultPath", "ResultSelector", "Branches",
    ),
    "Map": (
        *_COMMON, *_MOVES, *_PATHS, *_HANDLERS, "Assign", "Parameters", "ResultPath", "ResultSelector",
        "ItemProcessor", "Iterator", "ItemsPath", "ItemSelector", "MaxConcurrency", "MaxConcurrencyPath",
    ),
    "Wait": (*_COMMON, *_MOVES, *_PATHS, "Assign", "Seconds", "Timestamp", "SecondsPath", "TimestampPath"),
    "Choice": (*_COMMON, *_PATHS, "Assign", "Choices", "Default"),
    "Succeed": (*_COMMON, *_PATHS),
    "Fail": (*_COMMON, "Error", "ErrorPath", "Cause", "CausePath"),
}  # fmt: skip

# Fields of the language that this interpreter does not have (yet): they are refused with a sentence of their own.
NOT_HERE: dict[str, tuple[str, ...]] = {
    "Map": (
        "ItemReader", "ItemBatcher", "ResultWriter", "Label", "ToleratedFailureCount", "ToleratedFailureCountPath",
        "ToleratedFailurePercentage", "ToleratedFailurePercentagePath",
    ),
}  # fmt: skip

JSONATA_ONLY = ("Arguments", "Output", "Items", "Condition")

REQUIRED: dict[str, tuple[str, ...]] = {
    "Task": ("Resource",),
    "Parallel": ("Branches",),
    "Choice": ("Choices",),
}

# Of each group at most one may be given; exactly one where the group is needed.
EXCLUSIVE: dict[str, tuple[tuple[tuple[str, ...], bool], ...]] = {
    "Task": ((("TimeoutSeconds", "TimeoutSecondsPath"), False), (("HeartbeatSeconds", "HeartbeatSecondsPath"), False)),
    "Wait": ((("Seconds", "Timestamp", "SecondsPath", "TimestampPath"), True),),
    "Map": (
        (("ItemProcessor", "Iterator"), True),
        (("ItemSelector", "Parameters"), False),
        (("MaxConcurrency", "MaxConcurrencyPath"), False),
    ),
    "Fail": ((("Error", "ErrorPath"), False), (("Cause", "CausePath"), False)),
}

TERMINAL = ("Succeed", "Fail")
MOVING = ("Task", "Parallel", "Map", "Pass", "Wait")

TOP_FIELDS = ("Comment", "StartAt", "States", "QueryLanguage", "TimeoutSeconds", "Version")
BRANCH_FIELDS = ("Comment", "StartAt", "States", "QueryLanguage")
PROCESSOR_FIELDS = (*BRANCH_FIELDS, "ProcessorConfig")
RETRIER_FIELDS = (
    "ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy", "Comment",
)  # fmt: skip
CATCHER_FIELDS = ("ErrorEquals", "Next", "ResultPath", "Assign", "Comment")
