"""What a text with wildcards describes: names and addresses made to its measure."""

import ipaddress
import random
import re
from fnmatch import fnmatchcase
from typing import Final, TypeAlias

from assurance.probe_records.identities import Names

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

_ADDRESS: Final = re.compile(r"[0-9a-f.:*]+")
_ATTEMPTS: Final = 3_000
# A network that one can have to oneself, and know: 256 addresses, or a site's of IPv6 (RFC 6177).
_OWN_NETWORK: Final = {4: 24, 6: 48}


def unknown_api(text: str, names: Names, verb: str) -> str:
    """An API that a text with wildcards describes, and nobody knows."""
    return re.sub(
        r"\*", lambda wildcard: names.word() if wildcard.start() else verb + names.word(), text
    )


def unknown_addresses(text: str, source: random.Random) -> list[Address]:
    """Addresses that a text describes; none if all of those are of a network of one's own."""
    if not _ADDRESS.fullmatch(text) or "*" not in text:
        return []
    found = [
        address
        for number in range(_ATTEMPTS)
        if (address := _address(_completed(text, 6 if number % 2 else 4, source))) is not None
        # An address can be written in more than one way; CloudTrail writes the shortest.
        and fits(str(address), text)
    ]
    networks = {
        ipaddress.ip_network((each, _OWN_NETWORK[each.version]), strict=False) for each in found
    }
    return found if len(networks) > 1 else []


def fits(address: str, text: str) -> bool:
    """Whether a text describes an address."""
    return bool(_ADDRESS.fullmatch(text)) and fnmatchcase(address, text)


def random_address(network: str, source: random.Random) -> Address:
    """Any address of a network."""
    of = ipaddress.ip_network(network)
    return of[source.randrange(of.num_addresses)]


def _completed(text: str, version: int, source: random.Random) -> str:
    """Put a part of an address in the place of each wildcard."""

    def part(wildcard: re.Match[str]) -> str:
        whole = str(random_address("0.0.0.0/0" if version == 4 else "::/0", source))
        start = source.randrange(len(whole)) if wildcard.start() else 0
        is_last = wildcard.end() == len(text)
        return whole[start:] if is_last else whole[start : source.randint(start, len(whole))]

    return re.sub(r"\*", part, text)


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
