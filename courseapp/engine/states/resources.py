"""What a Task's ``Resource`` means: which service, which action, which pattern, and what AWS offers.

Three forms: an integration ``arn:aws:states:::SERVICE:ACTION[.sync|.sync:2|.waitForTaskToken]`` (also
``aws-sdk:SERVICE`` for any other API); a Lambda function's ARN; an activity's ARN. In a document of the course a
function may be named by its node's id where AWS wants its ARN.
"""

from __future__ import annotations

import re
from collections.abc import Container
from typing import NamedTuple

from courseapp.engine.states.errors import Invalid
from courseapp.engine.states.suggestions import closest_name

REQUEST, SYNC, TOKEN = "request", "sync", "token"

# Optimised integrations: action -> the patterns beside request-response (facts: "Integrating optimized services").
_BOTH, _SYNC, _TOKEN, _NONE = (SYNC, TOKEN), (SYNC,), (TOKEN,), ()
SERVICES: dict[str, dict[str, tuple[str, ...]]] = {
    "lambda": {"invoke": _TOKEN},
    "ecs": {"runTask": _BOTH},
    "batch": {"submitJob": _SYNC},
    "eks": {"call": _NONE, "runJob": _BOTH, "createCluster": _SYNC, "createNodegroup": _SYNC, "deleteCluster": _SYNC},
    "dynamodb": {"getItem": _NONE, "putItem": _NONE, "updateItem": _NONE, "deleteItem": _NONE},
    "sqs": {"sendMessage": _TOKEN},
    "sns": {"publish": _TOKEN},
    "events": {"putEvents": _TOKEN},
    "apigateway": {"invoke": _TOKEN},
    "states": {"startExecution": _BOTH},
    "glue": {"startJobRun": _SYNC},
    "databrew": {"startJobRun": _SYNC},
    "athena": {
        "startQueryExecution": _SYNC,
        "stopQueryExecution": _NONE,
        "getQueryExecution": _NONE,
        "getQueryResults": _NONE,
    },
    "elasticmapreduce": {
        "createCluster": _SYNC,
        "addStep": _SYNC,
        "cancelStep": _NONE,
        "terminateCluster": _SYNC,
        "setClusterTerminationProtection": _NONE,
        "modifyInstanceFleetByName": _NONE,
        "modifyInstanceGroupByName": _NONE,
    },
    "emr-containers": {"startJobRun": _SYNC, "createVirtualCluster": _NONE, "deleteVirtualCluster": _SYNC},
    "emr-serverless": {"startJobRun": _SYNC, "createApplication": _SYNC, "deleteApplication": _SYNC},
    "codebuild": {"startBuild": _SYNC, "stopBuild": _NONE, "batchDeleteBuilds": _NONE},
    "mediaconvert": {"createJob": _SYNC},
    "sagemaker": {
        "createTrainingJob": _SYNC,
        "createTransformJob": _SYNC,
        "createProcessingJob": _SYNC,
        "createHyperParameterTuningJob": _SYNC,
        "createLabelingJob": _SYNC,
        "createModel": _NONE,
        "createEndpointConfig": _NONE,
        "createEndpoint": _NONE,
        "updateEndpoint": _NONE,
    },
    "bedrock": {"invokeModel": _TOKEN, "createModelCustomizationJob": _SYNC},
    "http": {"invoke": _NONE},
}

_PREFIX = "arn:aws:states:::"
_INTEGRATION = re.compile(r"arn:aws[a-z-]*:states:[a-z0-9-]*:\d*:(.+)", re.ASCII)
_LAMBDA = re.compile(
    r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:([A-Za-z0-9_.-]+)(?::[A-Za-z0-9$_-]+)?", re.ASCII
)
_ACTIVITY = re.compile(r"arn:aws[a-z-]*:states:[a-z0-9-]+:\d{12}:activity:([^:\s]+)", re.ASCII)
_SDK = re.compile(r"aws-sdk:([a-z0-9]+):([a-z][A-Za-z0-9]*)", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9_.-]{1,80}", re.ASCII)


# Services whose name in the SDK is another.
_OF_SDK = {
    "events": "eventbridge",
    "states": "sfn",
    "elasticmapreduce": "emr",
    "emr-containers": "emrcontainers",
    "emr-serverless": "emrserverless",
}


class Resource(NamedTuple):
    """``family`` is "task", "lambda" or "activity" (it decides the history's event types); ``resource`` the action
    with its suffix."""

    family: str
    service: str
    action: str
    pattern: str
    resource: str
    target: str  # a Lambda function's name or an activity's; "" for integrations

    @property
    def parsed_output(self) -> bool:
        """``.sync:2``: input and output of a nested execution come as JSON values instead of text."""
        return self.resource.endswith(".sync:2")


def read_resource(text: str, express: bool = False, reach: Container[str] = ()) -> Resource:
    """What a Resource means. ``reach`` holds the node ids that may stand for an ARN. Raises Invalid with AWS's
    sentence."""
    if text in reach and _ID.fullmatch(text):
        return Resource("lambda", "lambda", "invoke", REQUEST, text, text)
    function = _LAMBDA.fullmatch(text)
    if function:
        return Resource("lambda", "lambda", "invoke", REQUEST, text, function[1])
    activity = _ACTIVITY.fullmatch(text)
    if activity:
        if express:
            raise Invalid("Express state machine does not support Activity ARN")
        return Resource("activity", "activity", "", REQUEST, text, activity[1])
    integration = _INTEGRATION.fullmatch(text)
    if integration is None:
        raise _unknown(text, _meant(text.strip().removeprefix(_PREFIX), _known()))
    return _integration(text, integration[1], express)


def _integration(text: str, rest: str, express: bool) -> Resource:
    bare, pattern, suffix = rest, REQUEST, ""
    for ending, meaning in ((".sync:2", SYNC), (".sync", SYNC), (".waitForTaskToken", TOKEN)):
        if rest.endswith(ending):
            bare, pattern, suffix = rest.removesuffix(ending), meaning, ending
            break
    if express and pattern != REQUEST:
        shown = ".sync" if pattern == SYNC else ".waitForTaskToken"
        raise Invalid(f"Express state machine does not support '{shown}' service integration")
    sdk = _SDK.fullmatch(bare)
    if sdk and pattern != SYNC:
        return Resource("task", f"aws-sdk:{sdk[1]}", sdk[2], pattern, f"{sdk[2]}{suffix}", "")
    service, _, action = bare.partition(":")
    actions = SERVICES.get(service, {})
    if sdk:
        raise _unknown(text, f" An action of the SDK does not offer the pattern '{suffix}'.")
    if action not in actions:
        raise _unknown(text, _hint(service, action, suffix))
    if pattern != REQUEST and pattern not in actions[action]:
        raise _unknown(text, f" {service}:{action} does not offer the pattern '{suffix}'.")
    if suffix == ".sync:2" and service != "states":
        raise _unknown(text, " Only states:startExecution offers '.sync:2'.")
    return Resource("task", service, action, pattern, f"{action}{suffix}", "")


def _hint(service: str, action: str, suffix: str) -> str:
    """What was meant by an action that there is not: one of the service, one of another, or one of the SDK."""
    if service == "aws-sdk":
        name, _, call = action.partition(":")
        fixed = f"{service}:{name.lower()}:{call[:1].lower()}{call[1:]}"
        return _meant(f"{fixed}{suffix}") if _SDK.fullmatch(fixed) and suffix != ".sync" else ""
    actions = _actions(service) if service in SERVICES else []
    found = closest_name(f"{action}{suffix}", actions) or (actions[0] if len(SERVICES.get(service, ())) == 1 else None)
    if found is not None:
        return _meant(f"{service}:{found}")
    other = "" if actions else _meant(f"{service}:{action}{suffix}", _known())
    sdk = f"aws-sdk:{_OF_SDK.get(service, service)}:{action}"
    if other or not _SDK.fullmatch(sdk):
        return other
    return f" Most actions of AWS's services can be had by the SDK: {_PREFIX}{sdk}."


def _meant(name: str, names: list[str] | None = None) -> str:
    found = name if names is None else closest_name(name, names)
    return "" if found is None else f" The closest name is {_PREFIX}{found}."


def _known() -> list[str]:
    return [f"{service}:{action}" for service in SERVICES for action in _actions(service)]


def _actions(service: str) -> list[str]:
    endings = {SYNC: ".sync", TOKEN: ".waitForTaskToken"}
    return [
        f"{action}{ending}"
        for action, patterns in SERVICES[service].items()
        for ending in ("", *(endings[pattern] for pattern in patterns))
    ]


def _unknown(text: str, hint: str) -> Invalid:
    says = (
        f"The resource provided {text} is not recognized. The value is not a valid resource ARN, "
        "or the resource is not available in this region."
    )
    return Invalid(says + hint)
