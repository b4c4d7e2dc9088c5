"""What the programs around the services do, and what people change, as sentences."""

from __future__ import annotations

from courseapp.labs.words.changes import changed
from courseapp.labs.words.facts import NO_MESSAGE, Facts, Sentence, cause, shown


def _worked(f: Facts) -> str:
    if f.reason[0] == "handled_before":
        return f"{f.node}{f.worker} has handled {f.message} before and does nothing more."
    return f"{f.node}{f.worker} finished {f.message}."


def _work_failed(f: Facts) -> str:
    if f.reason[0] == "swallowed":
        return f"{f.node}{f.worker} failed at {f.message} ({cause(f)}) and went on as if it had not."
    return f"{f.node}{f.worker} failed at {f.message}: {cause(f)}."


def _write_refused(f: Facts) -> str:
    code, *arguments = f.reason
    if code == "database_down":
        return f"{f.node} is down and refused {f.message} from {f.by}."
    if code == "throttled":
        most = f"{shown(arguments[0])} request{'' if arguments[0] == 1 else 's'} a second"
        return f"{f.node} refused {f.message} from {f.by}: it takes at most {most}."
    if code == "row_exists":
        return f"{f.node} refused {f.message} from {f.by}: it has a row for {shown(arguments[0])} already."
    return f"{f.node} refused {f.message} from {f.by}: {cause(f)}."


def _answered(f: Facts) -> str:
    status = f.get("status")
    quoted = shown(str(f.get("text") or ""))
    if status in (None, "ok", 200, "200", "delivered") and quoted:
        return f"{f.node} got {f.message}: “{quoted}”{'' if quoted.endswith(('.', '!', '?', '…')) else '.'}"
    if status is None:
        return f"{f.node} got {f.message}."
    return f"{f.node} answered {status} to {f.message}."


def _crashed(f: Facts) -> str:
    held = "" if f.message == NO_MESSAGE else f" while it held {f.message}"
    if "worker" not in f.detail:
        return f"{f.node} went down."
    return f"{f.node}{f.worker} crashed{held}."


def _refused(f: Facts) -> str:
    error = f.get("error") or f.reason[0] or "refused"
    return f"{f.get('action', 'The call')} on {f.node} was refused: {f'{f.told} ({error})' if f.told else error}."


SENTENCES: dict[str, Sentence] = {
    "work_started": lambda f: f"{f.node}{f.worker} began to work on {f.message}.",
    "worked": _worked,
    "work_failed": _work_failed,
    "written": lambda f: f"{f.by} wrote {f.message} to {f.node}.",
    "write_refused": _write_refused,
    "answered": _answered,
    "crashed": _crashed,
    "restored": lambda f: f"{f.node}{f.worker} is up again.",
    "paused": lambda f: f"{f.node} finishes what it holds and receives no more.",
    "resumed": lambda f: f"{f.node} receives again.",
    "changed": changed,
    "node_added": lambda f: f"{f.node} was added.",
    "node_removed": lambda f: f"{f.node} was removed.",
    "connected": lambda f: f"{f.title((f.link or '/').partition('/')[0])} was connected to {f.endpoint}.",
    "disconnected": lambda f: f"{f.title((f.link or '/').partition('/')[0])} was disconnected from {f.endpoint}.",
    "refused": _refused,
    "job_ended": lambda f: f"The job of {f.get('state') or f.message} ended.",
}
