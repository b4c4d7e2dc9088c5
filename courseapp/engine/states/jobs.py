"""What services answer when a job is started, and how they describe one that has failed: their published shapes.

A job itself is not simulated. Its result is the document's mock, or ``{}``; these shapes stand in the history
(``TaskSubmitted``) and in the cause of ``States.TaskFailed``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from courseapp.engine.arns import arn
from courseapp.engine.states.jsontext import compact
from courseapp.engine.states.resources import REQUEST


def _arn(service: str, kind: str, name: Any) -> str:
    return arn(service, f"{kind}/{name}")


Sent = Mapping[str, Any]
# (what was sent, a UUID of the call) -> the answer of the call that starts the job
_STARTED: dict[tuple[str, str], Callable[[Sent, str], dict[str, Any]]] = {
    ("glue", "startJobRun"): lambda sent, uuid: {
        "JobName": sent.get("JobName"), "JobRunId": f"jr_{uuid.replace('-', '')}"
    },
    ("databrew", "startJobRun"): lambda sent, uuid: {"RunId": f"db_{uuid.replace('-', '')}"},
    ("athena", "startQueryExecution"): lambda sent, uuid: {"QueryExecutionId": uuid},
    ("batch", "submitJob"): lambda sent, uuid: {
        "JobArn": _arn("batch", "job", uuid), "JobId": uuid, "JobName": sent.get("JobName")
    },
    ("ecs", "runTask"): lambda sent, uuid: {
        "Failures": [],
        "Tasks": [
            {
                "LastStatus": "PROVISIONING",
                "LaunchType": sent.get("LaunchType", "EC2"),
                "StartedBy": "AWS Step Functions",
                "TaskArn": _arn("ecs", "task", uuid.replace("-", "")),
                "TaskDefinitionArn": _arn("ecs", "task-definition", sent.get("TaskDefinition")),
            }
        ],
    },
    ("states", "startExecution"): lambda sent, uuid: {"ExecutionArn": uuid},
    ("elasticmapreduce", "createCluster"): lambda sent, uuid: {"ClusterId": f"j-{uuid.replace('-', '')[:13].upper()}"},
    ("elasticmapreduce", "addStep"): lambda sent, uuid: {"StepId": f"s-{uuid.replace('-', '')[:13].upper()}"},
    ("emr-serverless", "startJobRun"): lambda sent, uuid: {
        "ApplicationId": sent.get("ApplicationId"), "JobRunId": uuid.replace("-", "")[:16]
    },
    ("emr-containers", "startJobRun"): lambda sent, uuid: {
        "Id": uuid.replace("-", "")[:19], "Name": sent.get("Name"), "VirtualClusterId": sent.get("VirtualClusterId")
    },
    ("codebuild", "startBuild"): lambda sent, uuid: {
        "Build": {"BuildStatus": "IN_PROGRESS", "Id": f"{sent.get('ProjectName')}:{uuid}"}
    },
    ("sagemaker", "createTrainingJob"): lambda sent, uuid: {
        "TrainingJobArn": _arn("sagemaker", "training-job", sent.get("TrainingJobName"))
    },
    ("sagemaker", "createTransformJob"): lambda sent, uuid: {
        "TransformJobArn": _arn("sagemaker", "transform-job", sent.get("TransformJobName"))
    },
    ("sagemaker", "createProcessingJob"): lambda sent, uuid: {
        "ProcessingJobArn": _arn("sagemaker", "processing-job", sent.get("ProcessingJobName"))
    },
    ("bedrock", "createModelCustomizationJob"): lambda sent, uuid: {
        "JobArn": _arn("bedrock", "model-customization-job", uuid)
    },
}  # fmt: skip

# Service and action: (where the description has its status, the status, where it has the reason). "" is any action.
_ENDS: dict[tuple[str, str], tuple[tuple[str, ...], str, tuple[str, ...]]] = {
    ("glue", ""): (("JobRunState",), "FAILED", ("ErrorMessage",)),
    ("databrew", ""): (("State",), "FAILED", ("ErrorMessage",)),
    ("batch", ""): (("Status",), "FAILED", ("StatusReason",)),
    ("ecs", ""): (("LastStatus",), "STOPPED", ("StoppedReason",)),
    ("athena", ""): (
        ("QueryExecution", "Status", "State"), "FAILED", ("QueryExecution", "Status", "StateChangeReason")
    ),
    ("elasticmapreduce", "addStep"): (
        ("Step", "Status", "State"), "FAILED", ("Step", "Status", "FailureDetails", "Message")
    ),
    ("elasticmapreduce", ""): (
        ("Cluster", "Status", "State"),
        "TERMINATED_WITH_ERRORS",
        ("Cluster", "Status", "StateChangeReason", "Message"),
    ),
    ("emr-serverless", ""): (("JobRun", "State"), "FAILED", ("JobRun", "StateDetails")),
    ("emr-containers", ""): (("JobRun", "State"), "FAILED", ("JobRun", "StateDetails")),
    ("codebuild", ""): (("Build", "BuildStatus"), "FAILED", ("Build", "StatusReason")),
    ("sagemaker", "createTrainingJob"): (("TrainingJobStatus",), "Failed", ("FailureReason",)),
    ("sagemaker", "createTransformJob"): (("TransformJobStatus",), "Failed", ("FailureReason",)),
    ("sagemaker", "createProcessingJob"): (("ProcessingJobStatus",), "Failed", ("FailureReason",)),
    ("sagemaker", "createHyperParameterTuningJob"): (
        ("HyperParameterTuningJobStatus",), "Failed", ("FailureReason",)
    ),
    ("sagemaker", "createLabelingJob"): (("LabelingJobStatus",), "Failed", ("FailureReason",)),
    ("bedrock", ""): (("Status",), "Failed", ("FailureMessage",)),
}  # fmt: skip
_OTHERWISE = (("Status",), "FAILED", ("ErrorMessage",))


def started(service: str, action: str, sent: Any, uuid: str) -> dict[str, Any]:
    """The answer of the call that starts a job; ``{}`` for one whose shape is not known here."""
    shape = _STARTED.get((service, action))
    return {} if shape is None else shape(sent if isinstance(sent, Mapping) else {}, uuid)


def failed(service: str, action: str, description: Any, why: str | None) -> dict[str, Any]:
    """The description of a job that has failed."""
    status_at, status, why_at = _ENDS.get((service, action)) or _ENDS.get((service, ""), _OTHERWISE)
    described: dict[str, Any] = dict(description) if isinstance(description, Mapping) else {}
    return _with(_with(described, status_at, status), why_at, why)


def refused(service: str, pattern: str, result: Any) -> tuple[str, str] | None:
    """(error, cause) where an answer that came with status 200 fails the state all the same."""
    if not isinstance(result, Mapping):
        return None
    if service == "events" and result.get("FailedEntryCount"):
        return "EventBridge.FailedEntry", compact(result)
    if service == "ecs" and pattern != REQUEST and result.get("Failures"):
        return "AmazonECS.Unknown", compact(result["Failures"])
    return None


def _with(value: dict[str, Any], steps: tuple[str, ...], what: Any) -> dict[str, Any]:
    if len(steps) == 1:
        return {**value, steps[0]: what}
    inner = value.get(steps[0])
    return {**value, steps[0]: _with(dict(inner) if isinstance(inner, Mapping) else {}, steps[1:], what)}
