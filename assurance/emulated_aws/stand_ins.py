"""Who stands in, on loopback, for the endpoints of subscriptions.

The emulator posts to whatever http(s) endpoint it is given, so it is never given one outside
loopback. A stand-in's address holds the endpoint it stands in for: whoever reads a subscription can
say whose it is.
"""

import base64
import ipaddress
from typing import Final, NamedTuple, Protocol
from urllib.parse import urlsplit

from assurance.emulated_aws.errors import EmulationError

_HTTP: Final = ("http", "https")


class Endpoint(NamedTuple):
    """A subscription's protocol and address, as SNS names them."""

    protocol: str
    address: str


class StandIns(Protocol):
    """Endpoints that take the place of the users' own."""

    def stand_in(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint to subscribe instead; raises EmulationError when there is none."""


class NoStandIns:
    """Takes every endpoint as it is, and none that the emulator would call outside loopback."""

    def stand_in(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint itself; raises EmulationError for an http(s) one outside loopback."""
        if endpoint.protocol in _HTTP and not is_loopback(endpoint.address):
            raise EmulationError(f"nobody stands in for the {endpoint.protocol} endpoint")
        return endpoint


def address_for(base_url: str, endpoint: Endpoint) -> Endpoint:
    """The stand-in under `base_url` (http, on loopback) for an endpoint."""
    encoded = base64.urlsafe_b64encode(endpoint.address.encode()).decode()
    return Endpoint("http", f"{base_url}/{endpoint.protocol}/{encoded}")


def original(endpoint: Endpoint) -> Endpoint:
    """Whom a subscribed endpoint stands in for: itself when it is nobody's stand-in."""
    if endpoint.protocol != "http" or not is_loopback(endpoint.address):
        return endpoint
    found = of_path(urlsplit(endpoint.address).path)
    return found or endpoint


def of_path(path: str) -> Endpoint | None:
    """The endpoint that a stand-in's path names; None when it names none."""
    parts = path.strip("/").split("/")
    if len(parts) != 2:
        return None
    protocol, encoded = parts
    try:
        return Endpoint(protocol, base64.b64decode(encoded, altchars=b"-_", validate=True).decode())
    except ValueError:
        return None


def is_loopback(address: str) -> bool:
    """Whether a URL leads to this machine alone, by its host's address."""
    try:
        return ipaddress.ip_address(urlsplit(address).hostname or "").is_loopback
    except ValueError:
        return False
