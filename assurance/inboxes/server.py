"""The HTTP server of the inboxes, on a free port of loopback."""

import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from typing_extensions import override

from assurance.emulated_aws import stand_ins
from assurance.emulated_aws.stand_ins import Endpoint
from assurance.inboxes.inbox import HttpInbox, Inbox


class InboxServer:
    """Serves from its making to `stop`; `inbox_of` names the inbox of an endpoint."""

    def __init__(self, inbox_of: Callable[[Endpoint], Inbox]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                endpoint = stand_ins.of_path(self.path)
                inbox = inbox_of(endpoint) if endpoint is not None else None
                if not isinstance(inbox, HttpInbox):
                    self.send_error(HTTPStatus.NOT_FOUND)
                    return
                message_type = self.headers.get("x-amz-sns-message-type", "")
                inbox.take(message_type, body.decode(errors="replace"))
                self.send_response(HTTPStatus.OK)
                self.send_header("Content-Length", "0")
                self.end_headers()

            @override
            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    @property
    def base_url(self) -> str:
        """Under which the inboxes have their addresses."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
