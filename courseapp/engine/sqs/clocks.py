"""What a queue of a running simulation consists of, and its three clocks.

A message is hidden by a delay, hidden by a receive, or kept for its retention period; each of these ends by the clock
alone, whatever consumers do. However many messages there are, the agenda holds one entry for the earliest end of each
kind.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Any

from courseapp.engine import limits
from courseapp.engine.architecture.document import Node
from courseapp.engine.kernel import EXPIRY, TIMERS, Kernel
from courseapp.engine.sqs.ages import Ages
from courseapp.engine.sqs.attempts import Attempts
from courseapp.engine.sqs.checks import read_settings
from courseapp.engine.sqs.copies import DELAYED, GONE, VISIBLE, Copy, Flight
from courseapp.engine.sqs.deadlines import NEVER_MS, look_again, passed
from courseapp.engine.sqs.fair import FairStore
from courseapp.engine.sqs.fifo import DeduplicationMemory, FifoStore
from courseapp.engine.sqs.store import StandardStore

ENVELOPE_MAX_B = 4096  # what the JSON around a message may add


class Clocks:
    """The state of one queue. Times in virtual ms."""

    __slots__ = (
        "_delay_timer",
        "_ghosts",
        "_purged_ms",
        "_waking",
        "ages",
        "answered_with",
        "attempts",
        "created_ms",
        "deadline_timer",
        "deduplicated",
        "empty",
        "expiry_timer",
        "fans",
        "fifo",
        "gone",
        "has_large",
        "hidden_ms",
        "id",
        "is_open",
        "is_simple",
        "kernel",
        "last_order",
        "latest_ms",
        "longest_wait_ms",
        "memory",
        "modified_ms",
        "moving",
        "node",
        "other_requests",
        "parameters",
        "readers",
        "received",
        "removed",
        "scope",
        "sent_alone",
        "settings",
        "sources",
        "store",
        "subscription_sources",
        "surely_small",
        "taken_over",
        "tenant_requests",
        "uneven",
        "vain_deletes",
        "waiting",
    )  # fmt: skip

    def __init__(self, kernel: Kernel, node: Node) -> None:
        self.kernel = kernel
        self.node = node
        self.id = node.id
        self.parameters: dict[str, Any] = dict(node.parameters)
        self.settings = read_settings(self.id, self.parameters)
        self.fifo = self.settings.fifo
        self.store: StandardStore | FifoStore = FifoStore() if self.fifo else StandardStore(self.settings.servers)
        self.memory = DeduplicationMemory(limits.SQS_DEDUPLICATION_WINDOW_S * 1000)
        self.attempts = Attempts()
        self.ages = Ages()
        self.scope = self.settings.deduplication_scope  # fixed when the queue is created (facts: sqs 9)
        self.created_ms = self.modified_ms = kernel.now_ms
        self.waiting: list[tuple[int, int, Any]] = []
        self.sources: set[str] = set()  # queues whose dead-letter queue this is
        self.subscription_sources: set[str] = set()  # subscriptions whose dead-letter queue this is
        self.deadline_timer = NEVER_MS
        self.latest_ms = NEVER_MS  # the latest deadline that was set; never, while no timer is planned
        self.uneven = False  # whether copies in flight may stand in another order than their deadlines
        self._delay_timer: int | None = None
        self.expiry_timer: int | None = None
        self._waking = False
        self.last_order = 0
        self._ghosts = 0
        self.answered_with = ""  # the MessageId that the newest duplicate send was answered with
        self.moving = 0  # messages that a move task has not reached yet
        self._purged_ms: int | None = None
        self.sent_alone = self.received = self.removed = self.empty = self.deduplicated = 0
        self.vain_deletes = 0  # answered with success although nothing was removed
        self.other_requests = 0  # beyond one for each message sent, received and removed
        self.tenant_requests = 0  # those that carried a MessageGroupId to a standard queue: they cost more
        self.has_large = False  # whether a message ever came in that is billed as several requests
        self.gone = {"expired": 0, "moved_to_dlq": 0, "purged": 0, "redriven": 0}  # but for those deleted
        self.taken_over = 0  # came from a source queue or a subscription that gave up
        self.longest_wait_ms = 0
        self.fans: list[Any] = []  # those that it is in: each counts what it sends here
        self.readers: list[Any] = []  # consumers that poll it: what they may do in one step depends on its settings
        self.read()

    def read(self) -> None:
        """Work out from the settings what every send and receive would otherwise have to ask."""
        settings, store = self.settings, self.store
        self.kernel.changes += 1
        # No message whose template says so many bytes or fewer can be too large or cost more than one request.
        self.surely_small = min(settings.maximum_size, limits.SQS_PAYLOAD_UNIT_B) - ENVELOPE_MAX_B
        self.hidden_ms = settings.visibility_ms
        is_fair = isinstance(store, FairStore)
        self.is_open = not self.fifo and not is_fair and settings.delay_ms == 0 and settings.policy is None
        deletes_hold = not self._ghosts and settings.duplicate_probability == 0
        if isinstance(store, StandardStore):
            store.servers = settings.servers
        one_server = isinstance(store, StandardStore) and store.servers == 1
        one_by_one = one_server and not is_fair and not self.has_large
        self.is_simple = one_by_one and deletes_hold and settings.visibility_ms > 0
        for reader in self.readers:
            reader.see_whether_simple()

    def be_fair(self) -> None:
        """A message for a tenant was sent: from now on no tenant may keep the others waiting (facts: sqs 11)."""
        if isinstance(self.store, StandardStore) and not isinstance(self.store, FairStore):
            self.store = FairStore.of(self.store)
            self.kernel.changes += 1
            self.read()

    def see_large(self) -> None:
        """A message came in that is billed as several requests: from now on receives look at sizes."""
        if not self.has_large:
            self.has_large = True
            self.read()

    def bill_send(self, size: int) -> None:
        """What a message of that size costs beyond one request: one for each further 64 KiB (facts: sqs 13)."""
        further = limits.sqs_requests_for_bytes(size) - 1
        if further:
            self.other_requests += further
            self.see_large()

    def bill_receive(self, copies: list[Copy]) -> None:
        """One request for all of them; more if they are large together."""
        self.other_requests -= len(copies) - 1
        if self.has_large:
            self.other_requests += limits.sqs_requests_for_bytes(sum(copy.size for copy in copies)) - 1

    @property
    def sent(self) -> int:
        """``NumberOfMessagesSent``."""
        by_fans: int = sum(fan.count for fan in self.fans)
        return self.sent_alone + by_fans

    @property
    def requests(self) -> int:
        """Requests that SQS would bill."""
        return self.sent + self.received + self.removed + self.other_requests

    @property
    def deleted(self) -> int:
        """``NumberOfMessagesDeleted``: calls that were answered with success."""
        return self.removed + self.vain_deletes

    def wake(self) -> None:
        """Something is visible: let those who wait receive at the end of this millisecond."""
        if self.waiting and not self._waking:
            self._waking = True
            self.kernel.plan_receive_now(self, "hand_out")

    # -- the clocks -------------------------------------------------------------------------------------------------

    def set_deadline(self, copy: Copy, until: int) -> None:
        """For a copy that was put in flight just now, or whose deadline a call has changed."""
        if until <= self.kernel.now_ms:
            self.give_back(copy, ("visibility_timeout", 0))
            return
        if self.latest_ms == NEVER_MS or until >= self.latest_ms:
            self.latest_ms = until
        else:
            self.uneven = True
        if until < self.deadline_timer:
            self.deadline_timer = until
            self.kernel.plan(until, TIMERS, self, "deadlines_passed")

    def deadlines_passed(self, _: Any = None) -> None:
        now = self.kernel.now_ms
        if self.deadline_timer > now:
            return
        for copy in passed(self.store.in_flight, now, self.uneven):
            flight = copy.flight
            assert flight is not None
            self.give_back(copy, ("visibility_timeout", (now - flight.since_ms) / 1000))
        self.deadline_timer, self.latest_ms, self.uneven = look_again(self.store.in_flight, self.uneven)
        if self.deadline_timer != NEVER_MS:
            self.kernel.plan(self.deadline_timer, TIMERS, self, "deadlines_passed")

    def give_back(self, copy: Copy, reason: tuple[Any, ...]) -> None:
        flight = copy.flight
        assert flight is not None
        flight.state = VISIBLE
        flight.holder = None
        if (
            self.settings.poison_to_back
            and flight.count >= limits.SQS_POISON_RECEIVES
            and isinstance(self.store, StandardStore)
        ):
            self.last_order += 1
            self.store.put_last(copy, self.last_order)
        else:
            self.store.put_back(copy)
        self.kernel.record("returned", self.id, None, copy, reason, (flight.count,))
        self.wake()

    def plan_delay(self) -> None:
        heap = self.store.delayed
        if heap and (self._delay_timer is None or heap[0][0] < self._delay_timer):
            self._delay_timer = heap[0][0]
            self.kernel.plan(heap[0][0], TIMERS, self, "delays_over")

    def delays_over(self, _: Any = None) -> None:
        now, store = self.kernel.now_ms, self.store
        self._delay_timer = None
        while store.delayed and store.delayed[0][0] <= now:
            copy = heappop(store.delayed)[2]
            flight = copy.flight
            if flight is None or flight.state != DELAYED or flight.deadline_ms > now:
                continue  # gone, or delayed anew
            flight.state = VISIBLE
            store.delayed_count -= 1
            store.put_back(copy)
            self.kernel.record("became_visible", self.id, None, copy, ("delay_over",), ())
        self.plan_delay()
        self.wake()

    def plan_expiry(self, at_ms: int) -> None:
        at_ms = max(at_ms, self.kernel.now_ms)
        if self.expiry_timer is None or at_ms < self.expiry_timer:
            self.expiry_timer = at_ms
            self.kernel.plan(at_ms, EXPIRY, self, "retention_over")

    def retention_over(self, _: Any = None) -> None:
        """Expiry wins over everything, also over a message in flight, and never uses the dead-letter queue (facts:
        sqs 5)."""
        now, kept_ms = self.kernel.now_ms, self.settings.retention_ms
        if self.expiry_timer is None or self.expiry_timer > now:
            return
        self.expiry_timer = None
        while (oldest := self.ages.oldest(self)) is not None:
            if oldest.sent_ms + kept_ms > now:
                self.plan_expiry(oldest.sent_ms + kept_ms)
                return
            self.end(oldest)
            self.gone["expired"] += 1
            if self.store.visible:
                self.wake()
            self.kernel.record("expired", self.id, None, oldest, ("retention_over", kept_ms // 1000))

    def delay_again(self) -> None:
        """On a FIFO queue a changed delay holds for messages that already wait (facts: sqs 1)."""
        now, delay_ms = self.kernel.now_ms, self.settings.delay_ms
        for copy in list(self.store.delayed_copies()):
            flight = copy.flight
            assert flight is not None
            flight.deadline_ms = max(now, copy.sent_ms + delay_ms)
            heappush(self.store.delayed, (flight.deadline_ms, copy.order, copy))
        self.plan_delay()

    def end(self, copy: Copy) -> None:
        """The end of a copy, wherever it stands."""
        flight = copy.flight
        self.store.end(copy)
        if flight is None:
            flight = copy.flight = Flight()
        flight.state = GONE
        flight.holder = None
