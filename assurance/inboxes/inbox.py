"""Where the messages of one subscribed endpoint arrive."""

import json
import math
import threading
import time
from abc import ABC, abstractmethod
from typing import Final

from typing_extensions import override

from assurance import notifications
from assurance.aws import Clients
from assurance.emulated_aws import stand_ins
from assurance.emulated_aws.stand_ins import Endpoint
from assurance.notifications import Notification
from monitoring.endpoints import Kind

_CONFIRMED_BY_PEOPLE: Final = frozenset({Kind.EMAIL, Kind.EMAIL_JSON, Kind.HTTPS})
# The longest that SQS lets a request wait for a message.
_LONGEST_POLL: Final = 20


class Inbox(ABC):
    """Where the messages of one subscribed endpoint arrive.

    `recipient` is the name in the stack config; None for an endpoint that the config does not name.
    """

    def __init__(self, endpoint: Endpoint, kind: Kind, recipient: str | None) -> None:
        self.endpoint = endpoint
        self.kind = kind
        self.recipient = recipient

    @property
    def rendered(self) -> bool:
        """Whether `seen` is worked out here rather than delivered."""
        return self.kind in notifications.RENDERED

    @property
    def confirmed_by_people(self) -> bool:
        """Whether its subscription waits, on AWS, for somebody to confirm it."""
        return self.kind in _CONFIRMED_BY_PEOPLE

    def seen(self, notification: Notification) -> str:
        """The notification as this recipient sees it."""
        return notifications.seen_by(self.kind, notification)

    @property
    @abstractmethod
    def address(self) -> Endpoint:
        """The endpoint that the emulator delivers to."""

    @abstractmethod
    def received(self) -> tuple[Notification, ...]:
        """Everything that has arrived, in order."""

    @abstractmethod
    def wait_for(self, count: int, timeout: float = 5.0) -> tuple[Notification, ...]:
        """Everything that has arrived as soon as it is `count`, or when `timeout` seconds are over.

        A shorter answer says that the rest did not come.
        """

    def confirm(self, timeout: float = 5.0) -> bool:  # noqa: ARG002 - for those that need it
        """Confirm the subscription as its owner would; whether it was waiting for that."""
        return False


class HttpInbox(Inbox):
    """The inbox of an endpoint that the emulator posts to."""

    def __init__(
        self,
        endpoint: Endpoint,
        kind: Kind,
        recipient: str | None,
        *,
        base_url: str,
        clients: Clients,
    ) -> None:
        super().__init__(endpoint, kind, recipient)
        self._address = stand_ins.address_for(base_url, endpoint)
        self._clients = clients
        self._received: list[Notification] = []
        self._confirmations: list[tuple[str, str]] = []
        self._changed = threading.Condition()

    @property
    @override
    def address(self) -> Endpoint:
        return self._address

    @override
    def received(self) -> tuple[Notification, ...]:
        with self._changed:
            return tuple(self._received)

    @override
    def wait_for(self, count: int, timeout: float = 5.0) -> tuple[Notification, ...]:
        with self._changed:
            self._changed.wait_for(lambda: len(self._received) >= count, timeout)
            return tuple(self._received)

    @override
    def confirm(self, timeout: float = 5.0) -> bool:
        with self._changed:
            if not self._changed.wait_for(lambda: self._confirmations, timeout):
                return False
            waiting, self._confirmations = self._confirmations, []
        for topic_arn, token in waiting:
            self._clients.sns.confirm_subscription(TopicArn=topic_arn, Token=token)
        return True

    def take(self, message_type: str, body: str) -> None:
        """What the emulator posted, by the type that the request's header gives."""
        if message_type == "SubscriptionConfirmation":
            asked = json.loads(body)
            with self._changed:
                self._confirmations.append((asked["TopicArn"], asked["Token"]))
                self._changed.notify_all()
            if not self.confirmed_by_people:
                self.confirm()
            return
        with self._changed:
            self._received.append(notifications.parse(body))
            self._changed.notify_all()


class QueueInbox(Inbox):
    """The inbox of a queue on the emulator; what is read is taken out of the queue."""

    def __init__(
        self, endpoint: Endpoint, recipient: str | None, *, clients: Clients, queue_url: str
    ) -> None:
        super().__init__(endpoint, Kind.SQS, recipient)
        self._clients = clients
        self._queue_url = queue_url
        self._received: list[Notification] = []
        self._lock = threading.Lock()

    @property
    @override
    def address(self) -> Endpoint:
        return self.endpoint

    @override
    def received(self) -> tuple[Notification, ...]:
        with self._lock:
            while self._take(wait_seconds=0):
                pass
            return tuple(self._received)

    @override
    def wait_for(self, count: int, timeout: float = 5.0) -> tuple[Notification, ...]:
        deadline = time.monotonic() + timeout
        with self._lock:
            while self._take(wait_seconds=0):
                pass
            # The request comes back as soon as there is a message.
            while len(self._received) < count and (left := deadline - time.monotonic()) > 0:
                self._take(wait_seconds=min(math.ceil(left), _LONGEST_POLL))
            return tuple(self._received)

    def _take(self, *, wait_seconds: int) -> bool:
        messages = self._clients.sqs.receive_message(
            QueueUrl=self._queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=wait_seconds
        ).get("Messages", [])
        for message in messages:
            self._received.append(notifications.parse(message["Body"]))
            self._clients.sqs.delete_message(
                QueueUrl=self._queue_url, ReceiptHandle=message["ReceiptHandle"]
            )
        return bool(messages)
