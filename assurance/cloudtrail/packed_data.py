"""Log events as a subscription of CloudWatch Logs hands them on: JSON in gzip in base64."""

import base64
import zlib

from assurance.cloudtrail.json_values import LONGEST_VALUE

_GZIP_MAGIC = b"\x1f\x8b"


class PackedDataError(ValueError):
    """Text that is not base64, or whose gzip data does not decompress, or is not all there is."""


def unpack(text: str) -> bytes:
    """What was packed, gzip or not; raises PackedDataError."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise PackedDataError from error
    return _decompressed(data) if data.startswith(_GZIP_MAGIC) else data


def _decompressed(data: bytes) -> bytes:
    member = zlib.decompressobj(wbits=31)
    try:
        text = member.decompress(data, LONGEST_VALUE)
    except zlib.error as error:
        raise PackedDataError from error
    if not member.eof or member.unused_data:
        raise PackedDataError
    return text
