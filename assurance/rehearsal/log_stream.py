"""Events on their way through the deployed log group: put in, and read back as it keeps them."""

import itertools
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

from assurance.rehearsal.probes import Event

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

# PutLogEvents: one batch is 1,048,576 bytes at most, each event counting 26 more than its message,
# 10,000 events at most, and spans 24 hours at most.
_BATCH_BYTES: Final = 1_048_576
_EVENT_OVERHEAD: Final = 26
_BATCH_EVENTS: Final = 10_000
_BATCH_SECONDS: Final = 86_400

_stream_numbers = itertools.count(1)


def pass_through(
    logs: "CloudWatchLogsClient", log_group_name: str, events: Iterable[Event]
) -> list[Event]:
    """Put events into a new stream of the log group and return what it then holds."""
    stream = f"rehearsal-{next(_stream_numbers)}"
    logs.create_log_stream(logGroupName=log_group_name, logStreamName=stream)
    for batch in _batches(sorted(events, key=lambda event: event.time)):
        logs.put_log_events(
            logGroupName=log_group_name,
            logStreamName=stream,
            logEvents=[{"timestamp": e.time * 1_000, "message": e.message} for e in batch],
        )
    return list(_read_back(logs, log_group_name, stream))


def _batches(events: Iterable[Event]) -> Iterator[list[Event]]:
    batch: list[Event] = []
    size = 0
    for event in events:
        weight = len(event.message.encode()) + _EVENT_OVERHEAD
        full = size + weight > _BATCH_BYTES or len(batch) == _BATCH_EVENTS
        if batch and (full or event.time - batch[0].time >= _BATCH_SECONDS):
            yield batch
            batch, size = [], 0
        batch.append(event)
        size += weight
    if batch:
        yield batch


def _read_back(logs: "CloudWatchLogsClient", log_group_name: str, stream: str) -> Iterator[Event]:
    read = partial(
        logs.get_log_events,
        logGroupName=log_group_name,
        logStreamName=stream,
        startFromHead=True,
    )
    answer = read()
    while answer["events"]:
        for event in answer["events"]:
            yield Event(event["timestamp"] // 1_000, event["message"])
        # The end of a stream is told by its token: the same one again.
        token = answer["nextForwardToken"]
        answer = read(nextToken=token)
        if answer["nextForwardToken"] == token:
            return
