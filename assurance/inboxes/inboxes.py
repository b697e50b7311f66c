"""The inboxes of a rehearsed stack's recipients."""

import threading
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

from assurance.aws import emulator_clients
from assurance.emulated_aws.stand_ins import Endpoint
from assurance.inboxes.foreign import ForeignResources
from assurance.inboxes.inbox import HttpInbox, Inbox, QueueInbox
from assurance.inboxes.server import InboxServer
from monitoring.endpoints import PROTOCOLS, Kind
from monitoring.recipients import Recipient


class Inboxes:
    """The inboxes of a rehearsal, and the stand-ins that lead to them, within a `with` block.

    The recipients' queues and functions that are not the stack's own exist from the start.
    """

    def __init__(
        self,
        endpoint_url: str,
        *,
        region: str,
        account: str,
        recipients: Sequence[Recipient] = (),
    ) -> None:
        self._clients = emulator_clients(endpoint_url, region=region, account=account)
        self._recipients = {
            Endpoint(PROTOCOLS[recipient.kind], str(recipient.endpoint)): recipient
            for recipient in recipients
            if recipient.kind is not Kind.SLACK
        }
        self._inboxes: dict[Endpoint, Inbox] = {}
        self._lock = threading.Lock()
        self._server: InboxServer | None = None
        self._foreign = ForeignResources(endpoint_url)

    def __enter__(self) -> Self:
        for endpoint in self._recipients:
            if endpoint.protocol == "sqs":
                self._foreign.make_queue(endpoint)
            elif endpoint.protocol == "lambda":
                self._foreign.make_function(endpoint)
        self._server = InboxServer(self.at)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.stop()

    def __iter__(self) -> Iterator[Inbox]:
        """The inboxes of all endpoints that have been subscribed, in that order."""
        with self._lock:
            return iter(list(self._inboxes.values()))

    def stand_in(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint on loopback to subscribe instead of this one."""
        return self.at(endpoint).address

    def at(self, endpoint: Endpoint) -> Inbox:
        """The inbox of an endpoint as the stack names it."""
        with self._lock:
            if endpoint not in self._inboxes:
                self._inboxes[endpoint] = self._make_inbox(endpoint)
            return self._inboxes[endpoint]

    def of(self, recipient: str) -> Inbox | None:
        """The inbox of a recipient by its name; None as long as nothing subscribed its endpoint."""
        return next((inbox for inbox in self if inbox.recipient == recipient), None)

    def _make_inbox(self, endpoint: Endpoint) -> Inbox:
        recipient = self._recipients.get(endpoint)
        name = recipient.name if recipient is not None else None
        if endpoint.protocol == "sqs":
            queue_url = self._foreign.queue_url(endpoint)
            if queue_url is not None:
                clients = self._foreign.clients_at(endpoint)
                return QueueInbox(endpoint, name, clients=clients, queue_url=queue_url)
        if self._server is None:
            raise RuntimeError("the inboxes are closed")
        return HttpInbox(
            endpoint,
            recipient.kind if recipient is not None else _kind_of(endpoint),
            name,
            base_url=self._server.base_url,
            clients=self._clients,
        )


def _kind_of(endpoint: Endpoint) -> Kind:
    """The kind of an endpoint that the config does not name."""
    protocol = "https" if endpoint.protocol == "http" else endpoint.protocol
    return next((kind for kind in Kind if PROTOCOLS[kind] == protocol), Kind.HTTPS)
