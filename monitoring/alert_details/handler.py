"""The Lambda function: reads the calls behind an alarm, and publishes who, what, from where."""

import logging
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final, Protocol

from monitoring import console
from monitoring.alert_details.alarm_message import AlarmMessage, alarm_of, messages_in
from monitoring.alert_details.denied_call import call_of
from monitoring.alert_details.details import NO_RECORDS, NONE_FOUND, Details
from monitoring.alert_details.digest import Digest, Tally, Unseen
from monitoring.alert_details.log_events import Logs, Reader, Search, UnreadableError, reason_of
from monitoring.alert_details.publication import publication_of
from monitoring.denied_calls_query import QUERY

_log: Final = logging.getLogger(__name__)

# In seconds: what is kept of the invocation's time for a last page that is long in coming, for the
# alias and for publishing. And how much of the rest the window may take from the day before it.
_RESERVE: Final = 20.0
_PAGE_TIMEOUT: Final = 12
_CONNECT_TIMEOUT: Final = 2
_SHARE_OF_WINDOW: Final = 0.6
_TIME_FOR_ALIAS: Final = 8.0
# Each event costs some hundred bytes until the digest stands.
_MOST_EVENTS: Final = 100_000
_DAY: Final = timedelta(days=1)
_INSTANT: Final = timedelta(milliseconds=1)


class Sns(Protocol):
    """The one call of the SNS client that is made."""

    @property
    def publish(self) -> Callable[..., Mapping[str, Any]]:
        """As boto3's."""


class Iam(Protocol):
    """The one call of the IAM client that is made."""

    @property
    def list_account_aliases(self) -> Callable[..., Mapping[str, Any]]:
        """As boto3's."""


@dataclass(frozen=True)
class Services:
    """The clients of the three services that are called."""

    logs: Logs
    sns: Sns
    iam: Iam


@dataclass(frozen=True)
class Settings:
    """What the function is deployed with."""

    alarm_name: str
    topic_arn: str
    log_group_name: str
    filter_pattern: str
    runbook_url: str

    @classmethod
    def of_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """The settings that the environment variables hold.

        Raises:
            KeyError: a variable is missing; only the runbook's may be.

        """
        return cls(
            alarm_name=environ["ALARM_NAME"],
            topic_arn=environ["TOPIC_ARN"],
            log_group_name=environ["LOG_GROUP_NAME"],
            filter_pattern=environ["FILTER_PATTERN"],
            runbook_url=environ.get("RUNBOOK_URL", ""),
        )


def handle(event: object, context: Any) -> None:
    """Lambda's entry: SNS's event, and the invocation's context."""
    import boto3  # noqa: PLC0415 - Lambda ships it; nothing else here needs it
    from botocore.config import Config  # noqa: PLC0415

    def waiting(seconds: float, attempts: int) -> Config:
        return Config(
            connect_timeout=_CONNECT_TIMEOUT,
            read_timeout=seconds,
            retries={"mode": "standard", "total_max_attempts": attempts},
        )

    services = Services(
        # Throttling is waited out by the reader, which knows how much time there is.
        logs=boto3.client("logs", config=waiting(_PAGE_TIMEOUT, 1)),
        sns=boto3.client("sns", config=waiting(3, 2)),
        iam=boto3.client("iam", config=waiting(1, 1)),
    )
    respond(
        event,
        Settings.of_environment(os.environ),
        services,
        remaining=lambda: context.get_remaining_time_in_millis() / 1000,
        now=lambda: datetime.now(UTC),
    )


def respond(
    event: object,
    settings: Settings,
    services: Services,
    remaining: Callable[[], float],
    now: Callable[[], datetime],
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Publish a digest for each message of the alarm's change to ALARM; pass over any other.

    `remaining` is the seconds left of the invocation. What fails in reading is told in the
    publication; what fails in publishing is raised, so that the function's errors count it.
    """
    for text in messages_in(event):
        try:
            alarm = alarm_of(text, settings.alarm_name, settings.topic_arn, now())
        except ValueError:
            _log.exception("An alarm message that cannot be answered")
            raise
        if alarm is None:
            _log.info("Passed over a message that is not of the alarm going off")
            continue
        found = _found(alarm, settings, Reader(services.logs, sleep), remaining)
        publication = publication_of(
            Details(
                alarm,
                _alias(services.iam, remaining),
                found,
                _query_url(alarm, settings),
                settings.runbook_url,
            )
        )
        services.sns.publish(
            TopicArn=settings.topic_arn,
            Subject=publication.subject,
            Message=publication.message,
            MessageStructure="json",
        )


def _found(
    alarm: AlarmMessage, settings: Settings, reader: Reader, remaining: Callable[[], float]
) -> Digest | str:
    reserve = min(_RESERVE, remaining() / 3)
    kept_for_day = reserve + (remaining() - reserve) * (1 - _SHARE_OF_WINDOW)
    search = Search(settings.log_group_name, settings.filter_pattern, alarm.start, alarm.end)
    tally = Tally()
    cut_off = None
    events = reader.events(search, lambda: remaining() - kept_for_day)
    try:
        for event in islice(events, _MOST_EVENTS):
            tally.add(call_of(event))
        if next(events, None) is not None:
            cut_off = f"after {_MOST_EVENTS:,} events"
    except UnreadableError as error:
        _log.warning("Reading the window ended early: %s", error.reason, exc_info=error)
        cut_off = error.reason

    unseen = tally.unseen()
    found = tally.digest(unseen, cut_off=cut_off, day_cut_off=None)
    if not found.rows:
        return cut_off or (NO_RECORDS if found.unreadable else NONE_FOUND)
    day = Search(
        settings.log_group_name, settings.filter_pattern, alarm.start - _DAY, alarm.start - _INSTANT
    )
    day_cut_off = _look_for(unseen, reader, day, lambda: remaining() - reserve)
    return tally.digest(unseen, cut_off=cut_off, day_cut_off=day_cut_off)


def _look_for(unseen: Unseen, reader: Reader, day: Search, left: Callable[[], float]) -> str | None:
    # Why the day could not be read as far as it matters; None when it could.
    try:
        for event in reader.events(day, left):
            unseen.see(call_of(event))
            if not unseen:
                return None
    except UnreadableError as error:
        _log.warning("Reading the preceding day ended early: %s", error.reason, exc_info=error)
        return error.reason
    return None


def _alias(iam: Iam, remaining: Callable[[], float]) -> str | None:
    # Only a comfort: it may neither fail the digest nor take the time that publishing needs.
    if remaining() < _TIME_FOR_ALIAS:
        return None
    try:
        aliases = iam.list_account_aliases().get("AccountAliases")
    except Exception as error:  # noqa: BLE001 - whatever it is, the account's id is told anyway
        _log.info("The account's alias is not told: %s", reason_of(error))
        return None
    alias = aliases[0] if isinstance(aliases, list) and aliases else None
    return alias if isinstance(alias, str) and alias else None


def _query_url(alarm: AlarmMessage, settings: Settings) -> str | None:
    return console.logs_insights_url_between(
        alarm.partition,
        alarm.region,
        settings.log_group_name,
        QUERY,
        start=alarm.start,
        end=alarm.end,
    )
