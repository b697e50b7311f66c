"""Services that answer like AWS's, and the messages that reach the function."""

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from assurance.filter_pattern import parse
from monitoring import control
from monitoring.alert_details.alarm_message import AlarmMessage
from monitoring.alert_details.denied_call import call_of
from monitoring.alert_details.details import Details
from monitoring.alert_details.digest import Digest, Tally, Unseen
from monitoring.alert_details.handler import Services, Settings, respond

REAL = Path(__file__).parents[2] / "data" / "cloudtrail" / "real"
ACCOUNT = "123456789012"
REGION = "eu-central-1"
NAME = "CISUnauthorizedAPICallsAlarm-prod-cis-v3.0-1234567"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:CISUnauthorizedAPICallAlerts-prod"
END = datetime(2026, 1, 2, 3, 5, 30, 678_000, UTC)
SETTINGS = Settings(
    alarm_name=NAME,
    topic_arn=TOPIC,
    log_group_name="aws-controltower/CloudTrailLogs",
    filter_pattern=control.PATTERNS[control.CIS_V3],
    runbook_url="https://wiki.your-company.com/denied",
)

Page = Mapping[str, Any]


def alarm_message(**told: Any) -> dict[str, Any]:
    """CloudWatch's message of the alarm going off; a value of None leaves the key out."""
    message = {
        "AlarmName": NAME,
        "AlarmDescription": "denied calls",
        "AWSAccountId": ACCOUNT,
        "NewStateValue": "ALARM",
        "NewStateReason": "Threshold Crossed: 1 datapoint [2.0 (02/01/26 03:00:00)] was greater "
        "than or equal to the threshold (1.0).",
        "StateChangeTime": "2026-01-02T03:05:30.678+0000",
        "Region": "EU (Frankfurt)",
        "AlarmArn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{NAME}",
        "OldStateValue": "OK",
        "Trigger": {"Period": 300, "EvaluationPeriods": 1, "Threshold": 1.0},
    }
    return {key: value for key, value in {**message, **told}.items() if value is not None}


def invocation(*messages: Mapping[str, Any] | str) -> dict[str, Any]:
    """The event that SNS invokes a function with."""
    texts = [text if isinstance(text, str) else json.dumps(text) for text in messages]
    return {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": text}} for text in texts]}


def record(**fields: Any) -> dict[str, Any]:
    """A CloudTrail record of a denied call in the alarm's window."""
    return {
        "eventVersion": "1.09",
        "userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/jane"},
        "eventTime": "2026-01-02T03:02:00Z",
        "eventSource": "ec2.amazonaws.com",
        "eventName": "DescribeInstances",
        "awsRegion": REGION,
        "sourceIPAddress": "192.0.2.1",
        "errorCode": "Client.UnauthorizedOperation",
        "recipientAccountId": ACCOUNT,
        "requestParameters": None,
        **fields,
    }


def event(told: Mapping[str, Any] | str, number: int = 0) -> dict[str, Any]:
    """An event as FilterLogEvents gives it; its time is the record's, as far as it has one."""
    text = told if isinstance(told, str) else json.dumps(told)
    time = END - timedelta(minutes=3)
    if isinstance(told, Mapping) and isinstance(told.get("eventTime"), str):
        time = datetime.fromisoformat(told["eventTime"])
    return {
        "logStreamName": "stream",
        "timestamp": int(time.timestamp() * 1000),
        "message": text,
        "ingestionTime": int(time.timestamp() * 1000) + 250_000,
        "eventId": f"{number:056d}",
    }


def events(*told: Mapping[str, Any] | str) -> list[dict[str, Any]]:
    """Events of a log group, each with an id of its own."""
    return [event(each, number) for number, each in enumerate(told)]


class AwsError(Exception):
    """An error of AWS's as botocore raises it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.response = {"Error": {"Code": code, "Message": "no"}}


class LogGroup:
    """Answers FilterLogEvents from its events, in pages, with the pattern evaluated."""

    def __init__(self, held: Sequence[dict[str, Any]], *, page: int = 1_000) -> None:
        self.held = held
        self.page = page
        self.asked: list[dict[str, Any]] = []

    def filter_log_events(self, **asked: Any) -> Page:
        self.asked.append(asked)
        pattern = parse(asked["filterPattern"])
        found = [
            event
            for event in self.held
            if asked["startTime"] <= event["timestamp"] <= asked["endTime"]
            and (pattern.matches(event["message"]) or not event["message"].startswith("{"))
        ]
        at = int(asked.get("nextToken", 0))
        # Every other page is empty, as pages may be.
        page = found[at // 2 * self.page :][: self.page] if at % 2 else []
        more = at % 2 == 0 or (at // 2 + 1) * self.page < len(found)
        token = {"nextToken": str(at + 1)} if more else {}
        return {"events": page, "searchedLogStreams": [], **token}


class Answers:
    """Answers each call with the next of what it is given; an exception is raised."""

    def __init__(self, *answers: Page | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []

    def filter_log_events(self, **asked: Any) -> Page:
        self.asked.append(asked)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class Topic:
    """Keeps what is published."""

    published: list[dict[str, Any]] = field(default_factory=list)
    error: Exception | None = None

    def publish(self, **asked: Any) -> Page:
        if self.error is not None:
            raise self.error
        self.published.append(asked)
        return {"MessageId": "1"}

    @property
    def only(self) -> dict[str, Any]:
        [one] = self.published
        return one

    @property
    def texts(self) -> dict[str, str]:
        texts: dict[str, str] = json.loads(self.only["Message"])
        return texts


@dataclass
class Aliases:
    """Answers ListAccountAliases."""

    answer: Page | Exception = field(default_factory=lambda: {"AccountAliases": ["acme-prod"]})

    def list_account_aliases(self) -> Page:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Clock:
    """The seconds left of an invocation; sleeping and whatever calls `spend` uses them up."""

    def __init__(self, seconds: float = 60.0) -> None:
        self.left = seconds
        self.slept: list[float] = []

    def remaining(self) -> float:
        return self.left

    def spend(self, seconds: float) -> None:
        self.left -= seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.spend(seconds)


def answer(
    logs: Any,
    message: Mapping[str, Any] | str | None = None,
    *,
    settings: Settings = SETTINGS,
    aliases: Aliases | None = None,
    clock: Clock | None = None,
    now: Callable[[], datetime] = lambda: END,
) -> Topic:
    """What the function publishes of a message."""
    topic, clock = Topic(), clock or Clock()
    respond(
        invocation(alarm_message() if message is None else message),
        settings,
        Services(logs, topic, aliases or Aliases()),
        clock.remaining,
        now,
        sleep=clock.sleep,
    )
    return topic


def digest_of(
    *told: Mapping[str, Any] | str, day: Sequence[Page] = (), **known: str | None
) -> Digest:
    """The digest of records, and of the events of the day before."""
    tally = Tally()
    for each in events(*told):
        tally.add(call_of(each))
    unseen: Unseen = tally.unseen()
    for earlier in day:
        unseen.see(call_of(earlier))
    return tally.digest(unseen, cut_off=known.get("cut_off"), day_cut_off=known.get("day_cut_off"))


def details_of(found: Digest | str, **told: Any) -> Details:
    """Details of the alarm of these tests."""
    alarm = AlarmMessage(
        NAME, ACCOUNT, "aws", REGION, END.replace(minute=0, second=0, microsecond=0), END
    )
    details = Details(alarm, None, found, "https://eu-central-1.console.aws.amazon.com/q", "")
    return replace(details, **told)


def real_records(dataset: str) -> list[dict[str, Any]]:
    """The records of a folder of tests/data/cloudtrail/real, in the order of time."""
    records = [
        record
        for file in sorted((REAL / dataset).rglob("*.json.gz"))
        for record in json.loads(gzip.decompress(file.read_bytes()))["Records"]
    ]
    return sorted(records, key=lambda record: str(record["eventTime"]))
