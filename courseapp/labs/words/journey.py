"""What happened to a message, in the fewest words, where its whole journey is listed."""

from __future__ import annotations

from courseapp.diagram.document import ordinal
from courseapp.labs.words.facts import Sentence

JOURNEY: dict[str, Sentence] = {
    "sent": lambda f: f"Sent to {f.node}",
    "published": lambda f: f"Published to {f.node}",
    "deduplicated": lambda f: "Not stored (a duplicate send)",
    "delivered": lambda f: f"Delivered to {f.endpoint}",
    "filtered_out": lambda f: f"Filtered out for {f.endpoint}",
    "delivery_failed": lambda f: f"Try {f.get('try', 1)} to {f.endpoint} failed",
    "dropped": lambda f: "Lost",
    "became_visible": lambda f: f"Visible in {f.node}",
    "received": lambda f: (
        f"Received by {f.by}" + (f" ({ordinal(f.get('count'))} time)" if f.get("count", 1) > 1 else "")
    ),
    "returned": lambda f: "Returned to the queue",
    "visibility_changed": lambda f: "Visibility timeout changed",
    "deleted": lambda f: "Deleted",
    "delete_missed": lambda f: "Delete missed",
    "moved_to_dlq": lambda f: f"Moved to {f.title(f.get('to'))}",
    "redriven": lambda f: "Redriven (a new message with a new id)",
    "expired": lambda f: "Expired",
    "work_started": lambda f: f"{f.node} began to work",
    "worked": lambda f: f"{f.node} finished",
    "work_failed": lambda f: f"{f.node} failed",
    "written": lambda f: f"Written to {f.node}",
    "write_refused": lambda f: f"Refused by {f.node}",
    "answered": lambda f: f"Arrived at {f.node}",
}
