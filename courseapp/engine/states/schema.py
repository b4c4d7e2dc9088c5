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
        "ToleratedFailureCount", "ToleratedFailureCountPath", "ToleratedFailurePercentage",
        "ToleratedFailurePercentagePath", "ItemReader", "ItemBatcher", "ResultWriter", "Label",
    ),
    "Wait": (*_COMMON, *_MOVES, *_PATHS, "Assign", "Seconds", "Timestamp", "SecondsPath", "TimestampPath"),
    "Choice": (*_COMMON, *_PATHS, "Assign", "Choices", "Default"),
    "Succeed": (*_COMMON, *_PATHS),
    "Fail": (*_COMMON, "Error", "ErrorPath", "Cause", "CausePath"),
}  # fmt: skip

# What belongs to a Map of Mode DISTRIBUTED alone; the tolerated failures may stand in both.
DISTRIBUTED_ONLY = ("ItemReader", "ItemBatcher", "ResultWriter", "Label")

# JSONata states.
QUERY_FIELDS: dict[str, tuple[str, ...]] = {
    "Pass": (*_COMMON, *_MOVES, "Assign", "Output"),
    "Task": (
        *_COMMON, *_MOVES, *_HANDLERS, "Assign", "Output", "Arguments", "Resource", "TimeoutSeconds",
        "HeartbeatSeconds", "Credentials",
    ),
    "Parallel": (*_COMMON, *_MOVES, *_HANDLERS, "Assign", "Output", "Arguments", "Branches"),
    "Map": (
        *_COMMON, *_MOVES, *_HANDLERS, "Assign", "Output", "ItemProcessor", "Iterator", "Items", "ItemSelector",
        "MaxConcurrency", "ToleratedFailureCount", "ToleratedFailurePercentage", *DISTRIBUTED_ONLY,
    ),
    "Wait": (*_COMMON, *_MOVES, "Assign", "Output", "Seconds", "Timestamp"),
    "Choice": (*_COMMON, "Assign", "Output", "Choices", "Default"),
    "Succeed": (*_COMMON, "Output"),
    "Fail": (*_COMMON, "Error", "Cause"),
}  # fmt: skip

for _table in (FIELDS, QUERY_FIELDS):  # a state whose type is not known may have what any type has
    _table[""] = tuple(dict.fromkeys(name for names in _table.values() for name in names))

# How a field of the one language is done in the other: by the first of these that the type of state has there.
COUNTERPARTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "Arguments": (("Parameters",),),
    "Items": (("ItemsPath",),),
    "Output": (("ResultSelector", "ResultPath"), ("Parameters", "ResultPath"), ("OutputPath",)),
    "InputPath": (("Arguments",), ("Items",), ("Output",)),
    "Parameters": (("Arguments",), ("ItemSelector",), ("Output",)),
    "ItemsPath": (("Items",),),
    **dict.fromkeys(("OutputPath", "Result", "ResultPath", "ResultSelector"), (("Output",),)),
}

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
        (("ToleratedFailureCount", "ToleratedFailureCountPath"), False),
        (("ToleratedFailurePercentage", "ToleratedFailurePercentagePath"), False),
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
QUERY_CATCHER_FIELDS = ("ErrorEquals", "Next", "Output", "Assign", "Comment")

# A distributed Map's objects. "Where" stands for Parameters (JSONPath) or Arguments (JSONata).
READER_FIELDS = ("Resource", "ReaderConfig")
READER_CONFIG_FIELDS = (
    "InputType", "CSVDelimiter", "CSVHeaderLocation", "CSVHeaders", "MaxItems", "MaxItemsPath", "ItemsPointer",
    "ManifestType", "Transformation",
)  # fmt: skip
READER_RESOURCES = ("arn:aws:states:::s3:getObject", "arn:aws:states:::s3:listObjectsV2")
BATCHER_FIELDS = (
    "MaxItemsPerBatch", "MaxItemsPerBatchPath", "MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath", "BatchInput",
)  # fmt: skip
WRITER_FIELDS = ("Resource", "WriterConfig")
WRITER_RESOURCE = "arn:aws:states:::s3:putObject"
READER_CHOICES = {
    "InputType": ("CSV", "JSON", "JSONL", "PARQUET", "MANIFEST"),
    "CSVDelimiter": ("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"),
    "CSVHeaderLocation": ("FIRST_ROW", "GIVEN"),
    "ManifestType": ("ATHENA_DATA", "S3_INVENTORY"),
    "Transformation": ("NONE", "LOAD_AND_FLATTEN"),
}
WRITER_CHOICES = {"Transformation": ("NONE", "COMPACT", "FLATTEN"), "OutputType": ("JSON", "JSONL")}
