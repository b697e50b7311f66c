import base64
import gzip
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance.cloudtrail import (
    InvalidJsonError,
    Item,
    Kind,
    Origin,
    Problem,
    Record,
    Skipped,
    records_in,
)

RECORD = '{"eventName": "GetObject", "eventSource": "s3.amazonaws.com", "n": 1.50}'
DIGEST = '{"awsAccountId": "1", "digestS3Object": "x.json.gz", "logFiles": []}'
INSIGHT = '{"eventType": "AwsCloudTrailInsight", "insightDetails": {}, "eventCategory": "Insight"}'
NOTIFICATION = '{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": {}}'


def unwrap(text: str, *, any_object: bool = False) -> list[Item]:
    return list(records_in(text.encode(), Origin("source", any_object=any_object)))


def log_event(message: str, **fields: object) -> str:
    return json.dumps({"timestamp": 1_689_000_000_123, "message": message, **fields})


def packed(text: str) -> str:
    """Text as a subscription of CloudWatch Logs sends it."""
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def by_lambda(text: str) -> str:
    return json.dumps({"awslogs": {"data": packed(text)}})


def by_kinesis(*texts: str) -> str:
    return json.dumps(
        {
            "Records": [
                {
                    "kinesis": {"partitionKey": "x", "data": packed(text)},
                    "eventSource": "aws:kinesis",
                    "eventName": "aws:kinesis:record",
                    "awsRegion": "us-east-1",
                }
                for text in texts
            ]
        }
    )


SUBSCRIBED = f'{{"messageType": "DATA_MESSAGE", "logEvents": [{log_event(RECORD, id="1")}]}}'
CALL_WITH_DATA = f'{RECORD[:-1]}, "awslogs": {{"data": "{packed(SUBSCRIBED)}"}}}}'

RECORD_ITEM = Record(RECORD.encode(), "source")
LOGGED = Record(RECORD.encode(), "source", 1_689_000_000_123)


@pytest.mark.parametrize(
    ("envelope", "expected"),
    [
        (RECORD, RECORD_ITEM),
        (f'{{"Records": [{RECORD}]}}', RECORD_ITEM),
        (f"[{RECORD}]", RECORD_ITEM),
        (json.dumps({"Events": [{"EventId": "x", "CloudTrailEvent": RECORD}]}), RECORD_ITEM),
        (f'[{{"Records": [{RECORD}]}}]', RECORD_ITEM),
        (json.dumps([{"Events": [{"EventId": "x", "CloudTrailEvent": RECORD}]}]), RECORD_ITEM),
        (json.dumps([RECORD]), RECORD_ITEM),
        (json.dumps({"EventId": "x", "CloudTrailEvent": RECORD}), RECORD_ITEM),
        (f'{{"detail-type": "AWS API Call via CloudTrail", "detail": {RECORD}}}', RECORD_ITEM),
        (f'[{{"detail-type": "AWS API Call via CloudTrail", "detail": {RECORD}}}]', RECORD_ITEM),
        (f'{{"messageType": "DATA_MESSAGE", "logEvents": [{log_event(RECORD, id="1")}]}}', LOGGED),
        (by_lambda(SUBSCRIBED), LOGGED),
        (f"[{by_lambda(SUBSCRIBED)}]", LOGGED),
        (
            json.dumps({"kinesis": {"data": base64.b64encode(RECORD.encode()).decode()}}),
            RECORD_ITEM,
        ),
        (CALL_WITH_DATA, Record(CALL_WITH_DATA.encode(), "source")),
        (f"[{CALL_WITH_DATA}]", Record(CALL_WITH_DATA.encode(), "source")),
        (by_kinesis(SUBSCRIBED), LOGGED),
        (f'{{"events": [{log_event(RECORD, ingestionTime=1)}], "nextToken": "x"}}', LOGGED),
        (log_event(RECORD, eventId="1"), LOGGED),
        (json.dumps({"message": RECORD}), RECORD_ITEM),
        (json.dumps([{"message": RECORD, "logStreamName": "x"}]), RECORD_ITEM),
    ],
)
def test_a_record_is_taken_out_of_its_envelope_as_it_is(envelope: str, expected: Item) -> None:
    assert unwrap(envelope) == [expected]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (DIGEST, Kind.DIGEST),
        (INSIGHT, Kind.INSIGHTS),
        (f'{{"Records": [{INSIGHT}]}}', Kind.INSIGHTS),
        (f'{{"detail-type": "AWS Insight via CloudTrail", "detail": {INSIGHT}}}', Kind.INSIGHTS),
        ('{"Records": []}', Kind.EMPTY),
        ('{"Events": []}', Kind.EMPTY),
        ('{"events": [], "searchedLogStreams": []}', Kind.EMPTY),
        (f'{{"Records": [{NOTIFICATION}]}}', Kind.OTHER),
        ('{"fileVersion": "1.0", "configSnapshotId": "x", "configurationItems": []}', Kind.OTHER),
        ('{"detail-type": "GuardDuty Finding", "detail": {"severity": 8}}', Kind.OTHER),
        ('{"detail-type": "x", "detail": "y"}', Kind.OTHER),
        (f'{{"logEvents": [{log_event("CWL CONTROL MESSAGE: Checking health")}]}}', Kind.OTHER),
        (f'{{"logEvents": [{log_event("START RequestId: x")}]}}', Kind.OTHER),
        (by_kinesis('{"logEvents": []}'), Kind.EMPTY),
        (by_kinesis("[]"), Kind.OTHER),
        (by_kinesis("3"), Kind.OTHER),
        (by_kinesis('{"a": 1}'), Kind.OTHER),
        (by_lambda(by_lambda(SUBSCRIBED)), Kind.OTHER),
        ('{"awslogs": {"data": 3}}', Kind.OTHER),
        ('{"awslogs": {}}', Kind.OTHER),
        ('{"awslogs": "x"}', Kind.OTHER),
        ('{"kinesis": {"data": "aGVsbG8="}}', Kind.OTHER),
        ('[{"Records": []}]', Kind.EMPTY),
        ('[{"Records": null}]', Kind.OTHER),
        ('{"Records": null}', Kind.OTHER),
        ('{"Records": [[]]}', Kind.OTHER),
        (log_event('{"level": "info"}'), Kind.OTHER),
        (json.dumps({"message": '{"level": "info"}'}), Kind.OTHER),
        (json.dumps({"message": INSIGHT}), Kind.INSIGHTS),
        ("{}", Kind.OTHER),
    ],
)
def test_what_is_no_record_is_told_apart(text: str, kind: Kind) -> None:
    assert unwrap(text) == [Skipped("source", kind)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"Records": [7]}', "record 1: neither a JSON object nor an array"),
        (
            json.dumps({"CloudTrailEvent": RECORD[:-20]}),
            "the event inside is cut: it ends before its JSON does",
        ),
        (
            '["{what"]',
            "record 1: the event inside is not valid JSON: object keys must be strings at byte 1",
        ),
        ('{"CloudTrailEvent": null}', "the event inside is not valid text"),
        (
            json.dumps({"message": RECORD[:-20]}),
            "the event inside is cut: it ends before its JSON does",
        ),
        (
            f'{{"logEvents": [{log_event("{what")}]}}',
            "record 1: the event inside is not valid JSON: object keys must be strings at byte 1",
        ),
        (by_lambda(SUBSCRIBED[:-5]), "the log events inside do not decode"),
        (
            json.dumps(
                {
                    "awslogs": {
                        "data": base64.b64encode(
                            gzip.compress(SUBSCRIBED.encode()) + gzip.compress(SUBSCRIBED.encode())
                        ).decode()
                    }
                }
            ),
            "the log events inside do not decode",
        ),
        (by_kinesis(SUBSCRIBED[:-5]), "record 1: the log events inside do not decode"),
        (
            json.dumps({"awslogs": {"data": packed(SUBSCRIBED)[:-8]}}),
            "the log events inside do not decode",
        ),
        (
            json.dumps({"awslogs": {"data": packed(SUBSCRIBED)[:40] + "!"}}),
            "the log events inside do not decode",
        ),
    ],
)
def test_an_event_that_cannot_be_read_is_a_problem(text: str, reason: str) -> None:
    (problem,) = unwrap(text)
    assert isinstance(problem, Problem)
    assert str(problem) == f"source: {reason}"


@pytest.mark.parametrize("lone", [r"\ud83d", r"\uDE00 \ud83d", r"\ud83d\ud83d", r"\ude00\\ud83d"])
def test_half_a_character_does_not_hide_a_record(lone: str) -> None:
    (alone,) = unwrap(RECORD.replace("GetObject", lone))
    assert alone == Record(RECORD.replace("GetObject", lone).encode(), "source")
    whole = r"\ud83d\ude00"
    (record, other) = unwrap(f"[{RECORD.replace('GetObject', lone + whole)}, {RECORD}]")
    assert other == RECORD_ITEM
    assert isinstance(record, Record)
    read = json.loads(record.text)["eventName"]
    assert read == re.sub("[\ud800-\udfff]", "\ufffd", json.loads(f'"{lone}"')) + "\U0001f600"


def test_a_list_of_envelopes_gives_what_is_in_all_of_them() -> None:
    files = f'[{{"Records": [{RECORD}, 7]}}, {{"Records": [{RECORD}]}}, {RECORD}]'

    first, problem, *others = unwrap(files)

    assert [first, *others] == [RECORD_ITEM] * 3
    assert str(problem) == "source: record 1, record 2: neither a JSON object nor an array"


def test_log_events_by_kinesis_are_all_read() -> None:
    two = f'{{"logEvents": [{log_event(RECORD)}, {log_event(RECORD)}]}}'

    assert unwrap(by_kinesis(SUBSCRIBED, two)) == [LOGGED] * 3


def test_one_bad_element_does_not_hide_the_others() -> None:
    assert unwrap(f'{{"Records": [null, {RECORD}]}}')[1:] == [RECORD_ITEM]


def test_any_object_may_be_taken_for_a_record() -> None:
    assert unwrap('{"a": 1}', any_object=True) == [Record(b'{"a": 1}', "source")]
    logged = '{"timestamp": 1, "message": "hello"}'
    assert unwrap(logged, any_object=True) == [Record(logged.encode(), "source")]
    for message in ('{"level": "info"}', "{what"):
        logged = json.dumps({"message": message})
        assert unwrap(logged, any_object=True) == [Record(logged.encode(), "source")]
    assert unwrap(json.dumps({"message": RECORD}), any_object=True) == [RECORD_ITEM]
    for known in (DIGEST, INSIGHT, NOTIFICATION):
        assert isinstance(unwrap(known, any_object=True)[0], Skipped)


def test_text_that_is_no_json_raises_and_says_where() -> None:
    with pytest.raises(InvalidJsonError, match="not valid JSON: expected ':' at byte 5"):
        unwrap('{"a" 1}')
    with pytest.raises(InvalidJsonError, match="at line 3"):
        unwrap('{\n"a": 1,\n"b"\t2}')
    with pytest.raises(InvalidJsonError, match="neither a JSON object nor an array"):
        unwrap("7")


KEYS = st.sampled_from(
    [
        *("Records", "Events", "events", "logEvents", "CloudTrailEvent", "message", "timestamp"),
        *("detail", "eventName", "eventSource", "eventType", "digestS3Object", "x"),
    ]
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(KEYS, inner, max_size=4)
        | st.dictionaries(KEYS, inner, max_size=4).map(json.dumps)
    ),
)


@given(st.dictionaries(KEYS, VALUES) | st.lists(VALUES), st.booleans())
def test_any_json_gives_items_and_no_error(value: Any, any_object: bool) -> None:
    assert unwrap(json.dumps(value), any_object=any_object)
