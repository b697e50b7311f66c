"""How long the digest of a window takes, and how much memory: 10,000 calls, as many the day before.

venv/bin/python -m benchmarks.alert_details [--events 10000]

FilterLogEvents is answered on the spot, in pages of 1 MB as AWS gives them, each through boto3's
own parser from the bytes of an answer: what is measured is all but the network and AWS.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import botocore.session
from botocore.parsers import create_parser

from monitoring import control
from monitoring.alert_details.handler import Services, Settings, respond

_LIMIT_OF_SECONDS: Final = 10
_LIMIT_OF_MEMORY: Final = 256
_PAGE: Final = 1_000_000
_END: Final = datetime(2026, 1, 2, 3, 5, tzinfo=UTC)
_TOPIC: Final = "arn:aws:sns:eu-central-1:123456789012:alerts"


class _Aws:
    """The three services; every tenth call is unlike all others."""

    def __init__(self, events: int) -> None:
        model = botocore.session.get_session().get_service_model("logs")
        shape = model.operation_model("FilterLogEvents").output_shape
        assert shape is not None
        self._shape = shape
        self._parser = create_parser(model.metadata["protocol"])
        self._events = events
        self.published: dict[str, Any] = {}
        self.pages = 0

    def filter_log_events(self, **asked: Any) -> Any:
        first = int(asked.get("nextToken", 0))
        events = []
        size = 0
        number = first
        for event in _events(asked["startTime"], asked["endTime"], first, self._events):
            events.append(event)
            size += len(event["message"])
            number += 1
            if size > _PAGE:
                break
        token = {"nextToken": str(number)} if number < self._events else {}
        body = json.dumps({"events": events, "searchedLogStreams": [], **token}).encode()
        self.pages += 1
        answer = {"status_code": 200, "headers": {}, "body": body}
        return self._parser.parse(answer, self._shape)

    def publish(self, **asked: Any) -> Any:
        self.published = asked
        return {}

    def list_account_aliases(self) -> Any:
        return {"AccountAliases": ["acme"]}


def main() -> int:
    """Measure, and print a table; 1 when a limit is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000)
    options = parser.parse_args()
    aws = _Aws(options.events)
    settings = Settings("alarm", _TOPIC, "trail", control.PATTERNS[control.CIS_V3], "")

    start = time.perf_counter()
    respond(
        {"Records": [{"Sns": {"Message": json.dumps(_alarm())}}]},
        settings,
        Services(aws, aws, aws),
        lambda: 60 - (time.perf_counter() - start),
        lambda: datetime.now(UTC),
    )
    seconds = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    texts = json.loads(aws.published["Message"])
    context = json.loads(texts["sqs"])["metadata"]["additionalContext"]
    assert int(context["calls"]) == options.events
    assert (context["cutOff"], context["precedingDayCutOff"]) == ("", "")
    print(f"{options.events:,} calls and as many the day before, {aws.pages} pages:")
    print(f"{aws.published['Subject']} ({len(aws.published['Message']):,} bytes published)")
    kept = [
        _limit("digest, seconds", seconds, _LIMIT_OF_SECONDS),
        _limit("process, MB", memory, _LIMIT_OF_MEMORY),
    ]
    return 0 if all(kept) else 1


def _limit(what: str, value: float, limit: float) -> bool:
    kept = value < limit
    print(f"{what:32} {value:8.2f}   limit {limit:.2f} {'' if kept else 'NOT KEPT'}")
    return kept


def _alarm() -> dict[str, Any]:
    return {
        "AlarmName": "alarm",
        "NewStateValue": "ALARM",
        "StateChangeTime": _END.isoformat(),
        "AWSAccountId": "123456789012",
        "Trigger": {"Period": 300, "EvaluationPeriods": 1},
    }


def _events(start: int, end: int, first: int, count: int) -> Iterator[dict[str, Any]]:
    for number in range(first, count):
        at = start + (end - start) * number // count
        yield {
            "logStreamName": "123456789012_CloudTrail_eu-central-1",
            "timestamp": at,
            "message": json.dumps(_record(at, number)),
            "ingestionTime": at + 300_000,
            "eventId": f"{at}{number:043d}",
        }


def _record(at: int, number: int) -> dict[str, Any]:
    # The day before has other sources than the window: all of it is read to know what is new.
    of_the_window = at >= (_END - timedelta(minutes=5)).timestamp() * 1000
    network = "198.51.100" if of_the_window else "192.0.2"
    unlike = number // 10 if number % 10 == 0 else 0
    session = f"arn:aws:sts::123456789012:assumed-role/scanner-of-everything/session-{unlike}"
    return {
        "eventVersion": "1.09",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": f"AROAEXAMPLEEXAMPLEEXA:session-{unlike}",
            "arn": session,
            "accountId": "123456789012",
            "accessKeyId": "ASIAEXAMPLEEXAMPLEEX",
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "arn": "arn:aws:iam::123456789012:role/scanner-of-everything",
                },
            },
        },
        "eventTime": datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": "ec2.amazonaws.com",
        "eventName": "DescribeInstances",
        "awsRegion": "eu-central-1",
        "sourceIPAddress": f"{network}.{unlike % 250}",
        "userAgent": "Boto3/1.40.0 md/Botocore#1.40.0 ua/2.1 os/linux lang/python#3.13",
        "errorCode": "Client.UnauthorizedOperation",
        "errorMessage": "You are not authorized to perform this operation. " * 6,
        "requestParameters": {"instancesSet": {"items": [{"instanceId": f"i-{number:017x}"}]}},
        "responseElements": None,
        "requestID": f"{number:08x}-0000-4000-8000-{at:012x}",
        "eventID": f"{number:08x}-0000-4000-9000-{at:012x}",
        "readOnly": True,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": "123456789012",
        "eventCategory": "Management",
    }


if __name__ == "__main__":
    sys.exit(main())
