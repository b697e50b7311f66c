"""CloudTrail files into a history: quick or patient, it comes out the same, and nothing is lost."""

import gzip
import json
import os
import signal
import subprocess
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import permutations
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assurance import cloudtrail
from assurance.backtest import file_reader, log_file, reading
from assurance.backtest.batch import ID_LENGTH, Batch
from assurance.backtest.history import Contributor, History
from assurance.backtest.judge import Judge, UndatedError
from assurance.backtest.log_file import Events
from assurance.backtest.search import search
from assurance.backtest.selection import Selection
from assurance.backtest.tally import Tally
from assurance.cloudtrail import Files, Source
from assurance.filter_pattern import parse
from monitoring import control
from monitoring.exclusions import Exclusion
from monitoring.tuned_pattern import tuned_pattern

DATA = Path(__file__).parents[2] / "data" / "cloudtrail"
TUNED = tuned_pattern(
    [
        Exclusion.of(
            "exclusions.a",
            "a",
            {
                "userIdentity.sessionContext.sessionIssuer.arn": ["*password-data-role"],
                "eventName": ["GetPasswordData"],
            },
        ),
        Exclusion.of("exclusions.c", "c", {"userIdentity.invokedBy": ["config.amazonaws.com"]}),
        Exclusion.of("exclusions.b", "b", {"awsRegion": ["eu-west-1"], "userAgent": ["x*"]}),
    ]
)
PATTERNS = {**control.PATTERNS, control.TUNED: TUNED}
EVERYTHING = Selection()

DENIED: dict[str, Any] = {
    "eventVersion": "1.08",
    "eventTime": "2026-03-02T06:00:30Z",
    "eventSource": "ec2.amazonaws.com",
    "eventName": "DescribeInstances",
    "awsRegion": "us-east-1",
    "sourceIPAddress": "198.51.100.7",
    "errorCode": "Client.UnauthorizedOperation",
    "recipientAccountId": "123456789012",
    "eventCategory": "Management",
    "eventType": "AwsApiCall",
    "userIdentity": {
        "type": "AssumedRole",
        "arn": "arn:aws:sts::123456789012:assumed-role/scanner/session",
        "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::123456789012:role/scanner"}},
    },
}
WHO = Contributor(
    "arn:aws:iam::123456789012:role/scanner",
    "ec2.amazonaws.com",
    "DescribeInstances",
    "198.51.100.7",
    "Client.UnauthorizedOperation",
    "userIdentity.sessionContext.sessionIssuer.arn",
)


FIRST_ID = "00000001-0000-4000-8000-000000000000"
SECOND_ID = "00000002-0000-4000-8000-000000000000"


def event(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {"eventID": f"{number:08x}-0000-4000-8000-000000000000", **DENIED, **changes}


def without(name: str, record: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key != name}


def write(path: Path, *records: object, form: str = "json.gz") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"Records": records}).encode()
    path.write_bytes(gzip.compress(text) if form == "json.gz" else text)
    return path


def read(
    *paths: Path,
    selection: Selection = EVERYTHING,
    patterns: Mapping[str, str] = PATTERNS,
    held: int = 2_000_000,
) -> History:
    work = reading.Work(tuple(patterns.values()), selection)
    told: list[tuple[int, int]] = []
    with (
        search([str(path) for path in paths]) as found,
        reading.reader(
            found,
            progress=lambda done, total: told.append((done, total)),
            processes=2,
        ) as reader,
        Tally(list(patterns), held=held) as tally,
    ):
        for batch in reader.read(work):
            tally.add(batch)
        history = tally.history()
    assert [*told, (0, 0)] == [*sorted(told), (0, 0)]
    assert not told or told[-1] == (history.files, history.files)
    return history


def expected(paths: Iterable[Path], patterns: Mapping[str, str]) -> tuple[set[str], dict[str, int]]:
    """The eventIDs there are, and how many events each pattern matches: one record at a time."""
    compiled = {key: parse(text) for key, text in patterns.items()}
    seen: set[str] = set()
    matched = dict.fromkeys(patterns, 0)
    for item in cloudtrail.read(str(path) for path in paths):
        if not isinstance(item, cloudtrail.Record):
            continue
        record = json.loads(item.text)
        if record.get("eventID") in seen or "eventTime" not in record:
            continue
        seen.add(record["eventID"])
        for key, pattern in compiled.items():
            matched[key] += pattern.matches(item.text)
    return seen, matched


def test_real_events_are_each_counted_once_and_judged_as_one_by_one() -> None:
    seen, matched = expected([DATA], PATTERNS)

    history = read(DATA)

    assert history.events == len(seen)
    assert {key: matches.events for key, matches in history.matches.items()} == matched
    assert matched[control.TUNED] not in (0, matched[control.CIS_V3])


@pytest.mark.parametrize("held", [1, 50, 1_000])
def test_it_is_the_same_however_much_is_held_in_memory(held: int) -> None:
    assert read(DATA, held=held) == read(DATA)


def batches_of(text: bytes, selection: Selection) -> tuple[bool, Batch, Batch]:
    """What a file gives read quickly, if it can be, and read record by record."""
    quick, patient = Batch(), Batch()
    judge = Judge(tuple(PATTERNS.values()), selection)
    events = Events()
    done = judge.read(text, events) and judge.add(events, quick)
    for item in cloudtrail.records_in(text, cloudtrail.Origin("file")):
        if isinstance(item, cloudtrail.Record):
            try:
                judge.add_record(item.text, patient)
            except UndatedError:
                patient.bad_records["file"] += 1
        elif isinstance(item, cloudtrail.Skipped):
            patient.skipped[item.kind] += 1
        else:
            patient.bad_records["file"] += 1
    return done, quick, patient


def test_real_files_are_read_quickly_and_give_the_same() -> None:
    quickly = 0
    for path in sorted((DATA / "real").rglob("*.json*")):
        stored = path.read_bytes()
        text = gzip.decompress(stored) if path.suffix == ".gz" else stored
        if not text.startswith(b'{"Records"'):
            continue
        done, quick, patient = batches_of(text, EVERYTHING)
        assert done
        assert quick == patient
        quickly += 1
    assert quickly > 50


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.sampled_from(
        [
            "AccessDenied",
            "Client.UnauthorizedOperation",
            "HeadBucket",
            "delivery.logs.amazonaws.com",
            "config.amazonaws.com",
            "arn:aws:iam::1:role/x-password-data-role",
            "eu-west-1",
            "xyz",
            "aws:s3",
            "Insight",
            "AwsCloudTrailInsight",
            "",
            "é",
            "123456789012",
        ]
    ),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(
            st.sampled_from(["arn", "invokedBy", "sessionContext", "sessionIssuer", "accountId"]),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=4,
)
times = st.sampled_from(
    [
        "2026-03-02T06:00:30Z",
        "2026-03-02T06:02:00Z",
        "2026-03-02",
        "1969-12-31T23:59:59Z",
        "2100-01-01T00:00:00Z",
        "later",
        1_772_323_200,
        1.5,
        None,
    ]
)
records = st.builds(
    lambda changes, time, missing, number: {
        key: value
        for key, value in event(number, **{**changes, **time}).items()
        if key not in missing
    },
    st.dictionaries(
        st.sampled_from([*DENIED, "userAgent", "eventID"]).filter(lambda key: key != "eventTime"),
        values,
        max_size=3,
    ),
    st.one_of(st.just({}), st.fixed_dictionaries({"eventTime": times})),
    st.sets(st.sampled_from([*DENIED, "eventID"]), max_size=2),
    st.integers(1, 3),
)


@settings(max_examples=400)
@given(
    st.lists(records, min_size=1, max_size=4),
    st.sampled_from(
        [
            EVERYTHING,
            Selection(regions=frozenset({"eu-west-1"})),
            Selection(accounts=frozenset({"123456789012"})),
            Selection(since=datetime(2026, 3, 2, 6, 1, tzinfo=UTC), delay=90),
        ]
    ),
)
@example([event(1, eventSource="aws:s3")], EVERYTHING)
@example([without("eventType", event(1, eventSource="aws:s3"))], EVERYTHING)
@example(
    [event(1, eventCategory="Insight"), event(2, eventType="AwsCloudTrailInsight")], EVERYTHING
)
@example([event(1, userIdentity="root"), event(2, userIdentity=[{"arn": "x"}])], EVERYTHING)
@example([event(1, errorCode=12), event(2, eventName={"a": 1})], EVERYTHING)
@example([event(1), 3], EVERYTHING)
@example(
    [event(1, recipientAccountId="", userIdentity={"accountId": "123456789012"})],
    Selection(accounts=frozenset({"123456789012"})),
)
@example([event(1), event(2, eventTime="2100-01-01T00:00:00Z")], EVERYTHING)
@example(
    [event(1, recipientAccountId=None, userIdentity={"accountId": "123456789012"})],
    Selection(accounts=frozenset({"123456789012"})),
)
def test_what_is_read_quickly_is_what_patience_gives(
    found: Sequence[dict[str, Any]], selection: Selection
) -> None:
    text = json.dumps({"Records": found}, ensure_ascii=False).encode()
    for longest_at_once in (0, len(text)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(log_file, "_LONGEST_AT_ONCE", longest_at_once)
            done, quick, patient = batches_of(text, selection)

        if done:
            assert quick == patient
        else:
            assert quick == Batch()


LOG = json.dumps({"Records": [event(1), event(2)]})


@pytest.mark.parametrize(
    ("text", "is_quick"),
    [
        (LOG, True),
        (json.dumps(json.loads(LOG), indent=2) + "\n", True),
        # It may, where a comma is missing or one too many; nothing is lost.
        (LOG.replace("}, {", "} {"), True),
        (LOG + "}", False),
        (LOG[:-1] + ", }", False),
        (LOG[:-1], False),
        (LOG[:-2] + "}", False),
        (LOG + LOG, False),
        (LOG[:-1] + ', "Records": []}', False),
        (LOG[:-1] + ', "Events": [3]}', False),
        ('{"a": 1, ' + LOG[1:], False),
        (LOG.replace("ec2", "\\ud800"), False),
        ('{"Records": [[], {}]}', False),
        ('{"Records": []}', False),
        ('{"Records": {}}', False),
        ('{"Records": 3}', False),
        ("{}", False),
        ("", False),
    ],
)
def test_a_long_text_is_read_quickly_where_it_is_records_and_no_more(
    text: str, is_quick: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_file, "_LONGEST_AT_ONCE", -1)
    judge = Judge(tuple(PATTERNS.values()), EVERYTHING)
    events = Events()

    assert judge.read(text.encode(), events) == is_quick
    assert len(events.ids) == (2 if is_quick else 0)


def test_a_long_text_is_read_to_its_end_however_its_records_fall_into_pieces() -> None:
    found = [event(n, userAgent="x" * (n * 7_919 % 300_000)) for n in range(60)]
    text = json.dumps({"Records": found}).encode()
    assert len(text) > log_file._LONGEST_AT_ONCE

    done, quick, patient = batches_of(text, EVERYTHING)

    assert done
    assert quick == patient
    assert len(quick) == 60


def test_an_ordinary_file_is_never_read_slowly() -> None:
    text = json.dumps({"Records": [event(1), event(2, userIdentity={"type": "AWSService"})]})

    done, quick, _ = batches_of(text.encode(), EVERYTHING)

    assert done
    assert len(quick) == 2


def test_matches_are_counted_by_minute_and_contributor(tmp_path: Path) -> None:
    write(
        tmp_path / "a.json.gz",
        event(1),
        event(2, eventTime="2026-03-02T06:00:59Z"),
        event(3, eventTime="2026-03-02T06:01:00Z"),
        event(4, errorCode="ThrottlingException"),
    )

    history = read(tmp_path)

    matches = history.matches[control.CIS_V3]
    start = int(datetime(2026, 3, 2, 6, tzinfo=UTC).timestamp())
    assert matches.by_minute == {start: 2, start + 60: 1}
    assert {who: each.by_minute for who, each in matches.by_contributor.items()} == {
        WHO: {start: 2, start + 60: 1}
    }
    assert (history.events, history.first_event, history.last_event) == (4, start + 30, start + 60)


@pytest.mark.parametrize("held", [1, 100])
@pytest.mark.parametrize(
    ("name", "matched"),
    [
        ("HeadBucket", {control.SECURITY_HUB}),
        ("GetObject", set(PATTERNS)),
        ("GetMacieSession", set(control.PATTERNS)),
        (None, set()),
    ],
)
def test_some_patterns_match_where_others_find_nothing(
    tmp_path: Path, name: str | None, matched: set[str], held: int
) -> None:
    tuned = tuned_pattern([Exclusion.of("exclusions.a", "a", {"eventName": ["GetMacieSession"]})])
    denied = (
        event(1, eventName=name, errorCode="AccessDenied")
        if name
        else without("errorCode", event(1))
    )
    path = write(tmp_path / "a.json.gz", denied, without("errorCode", event(2)))

    history = read(path, patterns={**control.PATTERNS, control.TUNED: tuned}, held=held)

    assert history.events == 2
    assert {key for key, matches in history.matches.items() if matches.events} == matched
    assert {key for key, matches in history.matches.items() if matches.by_contributor} == matched


@pytest.mark.parametrize("held", [1, 100])
def test_an_event_that_comes_again_is_counted_once(tmp_path: Path, held: int) -> None:
    for name in ("a.json", "b/a.json.gz", "c/d/a.json.gz"):
        write(tmp_path / name, event(1), event(2, errorCode=None), form=name[-7:])

    history = read(tmp_path, held=held)

    assert (history.events, history.duplicates, history.files) == (2, 4, 3)
    assert history.matches[control.CIS_V3].events == 1


def test_events_without_an_id_are_never_taken_for_one(tmp_path: Path) -> None:
    nameless = {key: value for key, value in event().items() if key != "eventID"}
    write(tmp_path / "a.json", nameless, nameless, {**nameless, "eventID": ""}, form="json")

    history = read(tmp_path)

    assert (history.events, history.duplicates) == (3, 0)
    assert history.matches[control.CIS_V3].events == 3


@pytest.mark.parametrize("identity", ["0" * 33 + "-" * 3, "123456  -0000-4000-8000-000000000000"])
def test_an_event_is_known_again_whatever_stands_beside_it(identity: str) -> None:
    odd = event(eventID=identity)
    told = set()
    for neighbour in (event(eventID="1" * 31 + "-" * 5), event(1)):
        _, quick, patient = batches_of(
            json.dumps({"Records": [odd, neighbour]}).encode(), EVERYTHING
        )
        assert quick.ids == patient.ids
        told.add(bytes(quick.ids[:ID_LENGTH]))
    assert len(told) == 1


@pytest.mark.parametrize("identity", ["not-a-uuid", "x" * 36, "é" * 36, "1" * 32])
def test_ids_of_any_form_tell_events_apart(identity: str, tmp_path: Path) -> None:
    write(tmp_path / "a.json.gz", event(1), event(1), event(eventID=identity))
    write(tmp_path / "b.json.gz", event(eventID=identity), event(eventID=identity[:-1]))

    history = read(tmp_path)

    assert (history.events, history.duplicates) == (3, 2)


@pytest.mark.parametrize(
    "identities", [(FIRST_ID + SECOND_ID, "", SECOND_ID), (FIRST_ID + "0", FIRST_ID[1:], FIRST_ID)]
)
def test_ids_that_are_as_long_as_uuids_only_together_tell_events_apart(
    identities: Sequence[str], tmp_path: Path
) -> None:
    write(tmp_path / "a.json.gz", *(event(eventID=each) for each in identities))

    history = read(tmp_path)

    assert (history.events, history.duplicates) == (3, 0)


@pytest.mark.parametrize(
    ("selection", "left"),
    [
        (Selection(since=datetime(2026, 3, 2, 6, 1, tzinfo=UTC)), {2, 3}),
        (Selection(until=datetime(2026, 3, 2, 6, 1, tzinfo=UTC)), {1}),
        (Selection(regions=frozenset({"eu-west-1"})), {2}),
        (Selection(accounts=frozenset({"210987654321"})), {3}),
        (
            Selection(
                regions=frozenset({"eu-west-1", "us-east-1"}), accounts=frozenset({"123456789012"})
            ),
            {1, 2},
        ),
    ],
)
@pytest.mark.parametrize("with_account", [True, False])
def test_a_selection_leaves_other_events_out(
    selection: Selection, left: set[int], with_account: bool, tmp_path: Path
) -> None:
    events = [
        event(1),
        event(2, eventTime="2026-03-02T06:01:00Z", awsRegion="eu-west-1"),
        event(3, eventTime="2026-03-02T06:02:00Z", recipientAccountId="210987654321"),
    ]
    if not with_account:
        for each in events:
            each["userIdentity"] = {"accountId": each.pop("recipientAccountId")}
    write(tmp_path / "a.json.gz", *events)

    history = read(tmp_path, selection=selection)

    start = int(datetime(2026, 3, 2, 6, tzinfo=UTC).timestamp())
    times = [{1: start + 30, 2: start + 60, 3: start + 120}[number] for number in left]
    assert (history.first_event, history.last_event) == (min(times), max(times))
    assert (history.events, history.skipped.not_selected) == (len(left), 3 - len(left))
    assert history.matches[control.CIS_V3].events == len(left)


def test_a_delay_moves_matches_and_not_events(tmp_path: Path) -> None:
    write(tmp_path / "a.json.gz", event(1))

    history = read(tmp_path, selection=Selection(delay=90))

    start = int(datetime(2026, 3, 2, 6, tzinfo=UTC).timestamp())
    assert history.matches[control.CIS_V3].by_minute == {start + 120: 1}
    assert history.first_event == start + 30


def test_what_is_no_call_or_cannot_be_read_is_counted_apart(tmp_path: Path) -> None:
    write(tmp_path / "ok.json.gz", event(1))
    write(tmp_path / "undated.json.gz", event(2, eventTime="yesterday"), event(3), event(4))
    write(tmp_path / "empty.json.gz")
    write(
        tmp_path / "insight.json.gz",
        event(5, eventType="AwsCloudTrailInsight", eventCategory="Insight"),
    )
    (tmp_path / "digest.json").write_text(json.dumps({"digestS3Object": "x", "logFiles": []}))
    (tmp_path / "notes.txt").write_text("nothing")
    (tmp_path / "cut.json.gz").write_bytes(
        write(tmp_path / "x.json.gz", event(6)).read_bytes()[:40]
    )
    (tmp_path / "x.json.gz").unlink()
    (tmp_path / "invalid.json").write_text('{"Records": [{]}')

    history = read(tmp_path, tmp_path / "missing")

    skipped = history.skipped
    assert history.events == 3
    assert [Path(path).name for path, _ in skipped.unreadable] == [
        "cut.json.gz",
        "invalid.json",
        "missing",
    ]
    assert [(Path(path).name, n) for path, n in skipped.bad_records_of] == [("undated.json.gz", 1)]
    assert (skipped.bad_records, skipped.empty_files) == (1, 1)
    assert (skipped.digest_files, skipped.insights_events, skipped.not_cloudtrail) == (1, 1, 1)
    assert not skipped.is_complete


def test_gzip_members_one_after_the_other_are_all_read(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(
        b"".join(gzip.compress(json.dumps(event(n)).encode() + b"\n") for n in (1, 2, 3))
    )

    assert read(tmp_path).events == 3


@pytest.mark.parametrize("numbers", [(1, 2), (10, 2), (1, 10), (1, 10, 2)])
@pytest.mark.parametrize("zeros", [0, 1, 3, 4, 512])
def test_a_log_file_behind_another_one_is_read_too(
    tmp_path: Path, numbers: tuple[int, ...], zeros: int
) -> None:
    members = [
        gzip.compress(
            json.dumps({"Records": [event(1)] * (number // 10) + [event(number)]}).encode()
        )
        for number in numbers
    ]
    (tmp_path / "a.json.gz").write_bytes(bytes(zeros).join(members))

    assert read(tmp_path).events == len({1, *numbers})


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text("\n".join(json.dumps(event(number)) for number in range(1_000)))
    with subprocess.Popen(["/bin/cat", file], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        history = read(Path(f"/dev/fd/{writer.stdout.fileno()}"))

    assert (history.events, history.skipped.is_complete) == (1_000, True)


@pytest.mark.parametrize("piece", [1, 100])
def test_what_one_process_has_no_room_for_others_read(
    piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = read(DATA / "real")
    monkeypatch.setattr(file_reader, "_PIECE", piece)

    assert read(DATA / "real") == whole


def test_no_batch_holds_many_more_events_than_there_is_room_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_reader, "_PIECE", 10)
    monkeypatch.setattr(file_reader, "_TOGETHER", 10_000)
    names = [f"{number}.json.gz" for number in range(200)]
    for number, name in enumerate(names):
        write(tmp_path / name, *(event(4 * number + one) for one in range(4)))
    more = Files(None, ["more"])
    judge = Judge(tuple(PATTERNS.values()), EVERYTHING)

    batch = file_reader.read([Files(str(tmp_path), names), more], judge)

    assert 10 <= len(batch) < 40
    assert batch.files == len(batch) // 4
    assert batch.unread == [Files(str(tmp_path), names[batch.files :]), more]


def test_forms_that_take_patience_fill_a_batch_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_reader, "_PIECE", 2)
    monkeypatch.setattr(file_reader, "_TOGETHER", 1)
    names = [f"{number}.jsonl" for number in range(9)]
    for name in names:
        (tmp_path / name).write_text(f"{json.dumps(event())}\n" * 2)
    folder = str(tmp_path)

    batch = file_reader.read([Files(folder, names)], Judge(tuple(PATTERNS.values()), EVERYTHING))

    assert (batch.files, len(batch), batch.unread) == (1, 2, [Files(folder, names[1:])])


def test_large_files_and_pipes_are_left_to_be_read_as_they_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_reader, "_LARGEST_STORED", 400)
    write(tmp_path / "small.json.gz", event(1))
    write(tmp_path / "large.json", event(1), form="json")
    (tmp_path / "lines.jsonl").write_text(f"{json.dumps(event(1))}\n" * 2)
    os.mkfifo(tmp_path / "pipe")
    found = Files(str(tmp_path), ["large.json", "lines.jsonl"])
    named = Files(None, [str(tmp_path / "pipe"), str(tmp_path / "small.json.gz")])

    batch = file_reader.read([found, named], Judge(tuple(PATTERNS.values()), EVERYTHING))

    later = [*map(found.source, found.names), named.source(named.names[0])]
    assert (batch.files, len(batch), batch.large) == (1, 1, later)


def test_a_file_that_is_large_once_it_is_decompressed_is_left_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "large.json.gz", event(1), event(2))
    monkeypatch.setattr(file_reader, "_LONGEST_TEXT", len(gzip.decompress(path.read_bytes())) - 1)
    found = Files(str(tmp_path), [path.name])

    batch = file_reader.read([found], Judge(tuple(PATTERNS.values()), EVERYTHING))

    assert (batch.files, len(batch), batch.large) == (0, 0, [found.source(path.name)])
    assert read(tmp_path).events == 2


def test_no_text_is_held_while_its_file_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "odd.json.gz", event(1), 3)
    held: list[weakref.ref[bytearray]] = []

    class Text(bytearray):
        """It can be seen to be gone."""

    def text(*_: object) -> Text:
        it = Text(gzip.decompress(path.read_bytes()))
        held.append(weakref.ref(it))
        return it

    def read_source(source: Source) -> Iterator[cloudtrail.Item]:
        assert held[0]() is None
        return cloudtrail.read_source(source)

    monkeypatch.setattr(file_reader, "_text", text)
    monkeypatch.setattr(file_reader, "read_source", read_source)
    monkeypatch.setattr(file_reader, "_TOGETHER", 1)

    batch = file_reader.read(
        [Files(str(tmp_path), [path.name])], Judge(tuple(PATTERNS.values()), EVERYTHING)
    )

    assert (len(batch), batch.bad_records.total(), batch.skipped.total()) == (1, 1, 0)


def test_a_folder_that_is_gone_when_its_files_are_read_is_told_by_each(tmp_path: Path) -> None:
    gone = Files(str(tmp_path / "gone"), ["a.json.gz", "b.json.gz"])

    batch = file_reader.read([gone], Judge(tuple(PATTERNS.values()), EVERYTHING))

    assert batch.unreadable == [
        (str(tmp_path / "gone" / name), "no such file or folder") for name in gone.names
    ]


def test_a_large_file_whose_beginning_is_whole_is_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = json.dumps({"Records": [event(1)]})
    (tmp_path / "two.json").write_text(text + json.dumps({"Records": [event(2)]}))
    monkeypatch.setattr(file_reader, "_USUAL", 10)
    monkeypatch.setattr(file_reader, "_LARGEST_STORED", len(text) - 1)

    assert read(tmp_path).events == 2


def test_a_record_that_is_no_text_is_a_bad_one_where_nobody_reads_it_too(tmp_path: Path) -> None:
    records = [event(1, requestID="?"), event(2, requestID="\N{SNOWMAN}")]
    text = json.dumps({"Records": records}, ensure_ascii=False)
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(text.encode().replace(b"?", b"\xff")))

    history = read(tmp_path)

    assert (history.events, history.skipped.bad_records) == (1, 1)


def test_half_a_character_takes_patience_and_loses_nothing(tmp_path: Path) -> None:
    text = json.dumps({"Records": [event(1, userAgent="\ud800"), event(2)]})
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(text.encode()))

    history = read(tmp_path)

    assert (history.events, history.skipped.is_complete) == (2, True)
    assert [*history.matches[control.CIS_V3].by_contributor] == [WHO]


def test_of_copies_that_differ_the_same_one_counts_whichever_comes_first(tmp_path: Path) -> None:
    judge = Judge(tuple(PATTERNS.values()), EVERYTHING)
    copies = [
        event(1, userIdentity={"arn": "arn:aws:iam::1:user/zoe"}),
        event(1, userIdentity={"arn": "arn:aws:iam::1:user/abe"}),
        event(2, eventTime="2026-03-02T06:07:30Z"),
        event(2),
        event(3),
        event(3, awsRegion="eu-west-1", userAgent="xyz"),
    ]
    batches = []
    for number, copy in enumerate(copies):
        path = write(tmp_path / f"{number}.json.gz", copy)
        batches.append(file_reader.read([Files(None, [str(path)])], judge))

    histories = []
    for order in permutations(batches):
        with Tally(list(PATTERNS)) as tally:
            for batch in order:
                tally.add(batch)
            histories.append(tally.history())

    assert all(history == histories[0] for history in histories)
    assert all(
        list(history.matches[key].by_contributor) == list(histories[0].matches[key].by_contributor)
        for history in histories
        for key in PATTERNS
    )
    assert (histories[0].events, histories[0].duplicates) == (3, 3)


def test_large_files_are_read_a_piece_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "\n".join(json.dumps(event(number)) for number in range(50))
    (tmp_path / "large.jsonl").write_text(lines)
    write(tmp_path / "small.json.gz", event(0), event(100))
    small = read(tmp_path)
    monkeypatch.setattr(file_reader, "_LARGEST_STORED", 2_000)
    monkeypatch.setattr(file_reader, "_PIECE", 7)

    assert read(tmp_path) == small
    assert (small.events, small.duplicates, small.files) == (51, 1, 2)


@pytest.mark.parametrize(
    "pattern",
    [
        "{ $.requestParameters IS NULL }",
        '{ ($.userIdentity NOT EXISTS) || ($.userIdentity.arn = "arn:*") }',
        '{ $.resources[0].ARN = "arn:*" }',
        "{ $.readOnly IS TRUE }",
        "{ $.errorCode NOT EXISTS }",
        '{ ($.errorCode = "A*") || ($.eventName = "Describe*") }',
    ],
)
def test_any_filter_pattern_counts_what_it_matches(pattern: str) -> None:
    _, matched = expected([DATA / "real"], {"it": pattern})

    history = read(DATA / "real", patterns={"it": pattern})

    assert history.matches["it"].events == matched["it"]


@pytest.mark.parametrize(
    ("pattern", "matching"),
    [
        ("{ $.errorCode = 12.0 }", {2, 3}),
        ('{ $.errorCode = "12.00" }', {3}),
        ("{ $.errorCode IS NULL }", {4}),
        ("{ $.userIdentity.arn NOT EXISTS }", {5, 6, 7}),
        ("{ ($.userIdentity NOT EXISTS) || ($.userIdentity.arn IS NULL) }", {7, 8}),
        ('{ $.userIdentity.sessionContext.sessionIssuer.arn != "x" }', {1, 2, 3, 4, 9}),
        ("{ $.['odd.name'] = \"it\" }", {9}),
    ],
)
def test_a_field_counts_as_what_it_is(pattern: str, matching: set[int], tmp_path: Path) -> None:
    odd = [
        event(1),
        event(2, errorCode=12),
        '{"errorCode": 12.00, ' + json.dumps(without("errorCode", event(3)))[1:],
        event(4, errorCode=None),
        event(5, userIdentity="root"),
        event(6, userIdentity=None),
        without("userIdentity", event(7)),
        event(8, userIdentity={"arn": None, "sessionContext": []}),
        event(9, **{"odd.name": "it"}),
    ]
    for number, each in enumerate(odd, 1):
        text = each if isinstance(each, str) else json.dumps(each)
        (tmp_path / f"{number}.json").write_text(f'{{"Records": [{text}]}}')

    found = set()
    for path in tmp_path.iterdir():
        history = read(path, patterns={"it": pattern})
        assert history.events == 1
        if history.matches["it"].events:
            found.add(int(path.stem))

    assert found == matching
    assert read(tmp_path, patterns={"it": pattern}).matches["it"].events == len(matching)


def test_what_there_is_no_memory_to_parse_is_read_patiently(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "a.json.gz", event(1), event(2))
    monkeypatch.setattr(log_file, "parse", _want_of_memory)

    assert read(tmp_path).events == 2


def test_a_process_that_finds_no_memory_is_no_shorter_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "a.json.gz", event(1))
    monkeypatch.setattr(file_reader, "_text", _want_of_memory)

    with pytest.raises(reading.LostProcessError):
        read(tmp_path)


def _want_of_memory(*_: object) -> None:
    raise MemoryError


@pytest.mark.parametrize("victim", ["file_reader._text", "search._files"])
def test_a_process_that_is_killed_is_no_shorter_history(
    victim: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "a.json.gz", event(1))
    monkeypatch.setattr(f"assurance.backtest.{victim}", _die)

    with pytest.raises(reading.LostProcessError):
        read(tmp_path)


def test_a_search_that_is_killed_at_once_is_told_when_files_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assurance.backtest.search._files", _die)
    with search([str(tmp_path)]) as found:
        assert wait([found._connection], timeout=20)
        with reading.reader(found, progress=lambda *_: None) as reader:
            batches = reader.read(reading.Work(tuple(PATTERNS.values()), EVERYTHING))
            with pytest.raises(reading.LostProcessError):
                next(batches)


def _die(*_: object) -> Iterator[None]:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def test_times_with_fractions_and_zones_are_read(tmp_path: Path) -> None:
    write(tmp_path / "a.json.gz", event(1, eventTime="2026-03-02T07:00:30.250+01:00"))

    start = int(datetime(2026, 3, 2, 6, tzinfo=UTC).timestamp())
    assert read(tmp_path).matches[control.CIS_V3].by_minute == {start: 1}
