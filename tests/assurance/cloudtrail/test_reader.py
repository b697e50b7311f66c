import gzip
import io
import json
import os
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from assurance.cloudtrail import Item, Problem, Record, Skipped, read
from assurance.filter_pattern import parse
from tests.assurance.cloudtrail.files import ODDITIES, REAL, items, problems, records, skipped

EXPECTED = json.loads((REAL / "expected.json").read_text())
PLAIN = '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }'

ONE = b'{"eventName": "One", "eventSource": "ec2.amazonaws.com", "n": 1.50}'
TWO = b'{"eventName": "Two", "eventSource": "ec2.amazonaws.com", "n": 1E2}'
FILE = b'{"Records": [' + ONE + b", " + TWO + b"]}"


@pytest.mark.parametrize("account", ["invictus-stratus", "stratus-red-team"])
def test_real_folders_hold_the_records_that_are_known_of_them(account: str) -> None:
    found = items(REAL / account)
    texts = records(found)
    assert len(texts) == len(found) == EXPECTED[account]["events"]
    assert len({item.source for item in found}) == EXPECTED[account]["files"]
    assert sum(map(parse(PLAIN).matches, texts)) == EXPECTED[account]["plain"]


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("lookup-events.jsonl", 6),
        ("single-record.json", 1),
        ("derived-eventbridge-envelope.json", 1),
        ("cwl-subscription-envelope.json", 4),
        ("flattened-no-sourceip-null-errorcode.json", 50),
        ("logstash-timestamp.jsonl", 103),
        ("derived-bom-and-newline.json", 10),
        ("same-file-plain-and-gz", 4),
    ],
)
def test_odd_forms_of_records_are_read(name: str, number: int) -> None:
    found = items(ODDITIES / name)
    assert len(records(found)) == len(found) == number
    assert all(b'"eventName"' in text and text[:1] == b"{" for text in records(found))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("derived-truncated.json.gz", "cut: its gzip data ends early"),
        ("derived-cut-json.json.gz", "cut: it ends before its JSON does"),
        ("invalid-json-records.json", "not valid JSON: expected ',' or ']' at line 112"),
    ],
)
def test_a_damaged_file_is_named_and_gives_no_records(name: str, reason: str) -> None:
    found = items(ODDITIES / name)
    assert found == [Problem(str(ODDITIES / name), reason)]


def test_an_empty_file_is_counted_apart(tmp_path: Path) -> None:
    (tmp_path / "nothing.json").write_bytes(b"")
    (tmp_path / "blank.json").write_bytes(b" \n\n")
    (tmp_path / "array.json").write_bytes(b"[]")
    found = items(ODDITIES / "empty-records.json", tmp_path)
    assert skipped(found) == ["empty file"] * 4
    assert len(found) == 4


def test_a_record_keeps_its_source_text_byte_for_byte(tmp_path: Path) -> None:
    (tmp_path / "file.json").write_bytes(FILE)
    assert items(tmp_path / "file.json") == [
        Record(ONE, str(tmp_path / "file.json")),
        Record(TWO, str(tmp_path / "file.json")),
    ]


FORMS = {
    "a file of CloudTrail": FILE,
    "the same on many lines": b'{\n"Records" : [\n' + ONE + b"\n,\n" + TWO + b"\n]\n}\n",
    "an array": b"[" + ONE + b",\n" + TWO + b"]",
    "an array, each on its line": b"[\n" + ONE + b",\n" + TWO + b"\n]\n",
    "JSON lines": ONE + b"\n" + TWO + b"\n",
    "JSON lines without the last end": ONE + b"\n" + TWO,
    "JSON lines of Windows": ONE + b"\r\n\r\n" + TWO + b"\r\n",
    "files one after the other": FILE[:12] + b"[" + ONE + b"]}" + b'{"Records":[' + TWO + b"]}",
    "records one after the other": ONE + b" " + TWO,
    "a file on each line": b'{"Records":[' + ONE + b']}\n{"Records":[' + TWO + b"]}\n",
    "a byte order mark": b"\xef\xbb\xbf" + FILE,
    "JSON lines with a byte order mark": b"\xef\xbb\xbf" + ONE + b"\n" + TWO + b"\n",
    "an export to S3": b"2023-07-10T14:40:00.123Z " + ONE + b"\n2023-07-10T14:40:00.123Z " + TWO,
    "an export of one event": b'2023-07-10T14:40:00.123Z {"Records":[%b,%b]}' % (ONE, TWO),
    "aws logs tail": b"2023-07-10T14:40:00.123000+00:00 1_CloudTrail_eu-west-1 %b\n" % ONE
    + b"2023-07-10T14:40:00+00:00 1_CloudTrail_eu-west-1_2 %b\n" % TWO,
    "aws logs tail --format short": b"2023-07-10T14:40:00 %b\n2023-07-10T14:41:00 %b\n"
    % (ONE, TWO),
}


@pytest.mark.parametrize("piece", [1, 3, 1 << 20])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_records_however_it_arrives(
    form: str, piece: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("assurance.cloudtrail.sources._PIECE", piece)
    for name, stored in (("file.json", FORMS[form]), ("file.json.gz", gzip.compress(FORMS[form]))):
        (tmp_path / name).write_bytes(stored)
        found = items(tmp_path / name)
        assert records(found) == [ONE, TWO]
        assert len(found) == 2


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("gzip by content.json", gzip.compress(FILE)),
        ("plain by content.json.gz", FILE),
        ("two members.gz", gzip.compress(ONE + b"\n") + gzip.compress(TWO)),
        ("padded.gz", gzip.compress(FILE) + bytes(512)),
        ("no suffix", FILE),
    ],
)
def test_content_tells_what_a_file_is_and_not_its_name(
    name: str, stored: bytes, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(stored)
    assert records(items(tmp_path / name)) == [ONE, TWO]
    assert records(items(tmp_path)) == [ONE, TWO]


def test_a_bad_line_is_named_and_the_other_lines_are_read(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(ONE + b"\n" + ONE[:30] + b"\nwhat\n\n" + TWO + b"\n7\n" + TWO[:-1])
    found = items(file)
    assert records(found) == [ONE, TWO]
    assert problems(found) == [
        "events.jsonl: line 2: cut: it ends before its JSON does",
        "events.jsonl: line 3: not valid JSON: invalid character at byte 0",
        "events.jsonl: line 6: neither a JSON object nor an array",
        "events.jsonl: line 7: cut: it ends before its JSON does",
    ]


def test_lines_of_a_log_keep_its_times(tmp_path: Path) -> None:
    (tmp_path / "000000.gz").write_bytes(
        gzip.compress(
            b"2023-07-10T14:40:00.123Z %b\n" % ONE
            + b"2023-07-10T16:40:00.123456789+02:00 1_CloudTrail_eu-west-1 %b\n" % ONE
            + b"2023-07-10T14:40:00 %b\n" % ONE
        )
    )
    found = [item.timestamp for item in items(tmp_path) if isinstance(item, Record)]
    assert found == [1_689_000_000_123, 1_689_000_000_123, 1_689_000_000_000]


def test_lines_of_a_log_that_hold_no_event_are_told_apart(tmp_path: Path) -> None:
    time = b"2023-07-10T14:40:00.123Z "
    (tmp_path / "000000.gz").write_bytes(
        gzip.compress(
            b"\n".join(
                [
                    time + b"START",
                    time + ONE,
                    time + b"CWL CONTROL MESSAGE: Checking health of destination",
                    time + b"stream " + ONE[:-1],
                    time + b"no stream " + TWO,
                    b"2023-13-10T14:40:00.123Z " + TWO,
                    time + b'{"level": "info"}',
                    time + TWO,
                ]
            )
        )
    )
    (tmp_path / "aws-logs-write-test").write_text("Permission Check Successful")
    found = items(tmp_path)
    assert records(found) == [ONE, TWO]
    assert skipped(found) == ["not CloudTrail"] * 4
    assert problems(found) == [
        "000000.gz: line 4: cut: it ends before its JSON does",
        "000000.gz: line 5: neither a JSON object nor an array",
        "000000.gz: line 6: neither a JSON object nor an array",
    ]


def logged(minute: int, message: bytes) -> bytes:
    """A log event as `aws logs tail --format json` prints it."""
    return b"2023-07-10T14:%02d:00.123000+00:00 1_CloudTrail_eu-west-1 %b\n" % (minute, message)


def pretty(record: bytes) -> bytes:
    nested = json.loads(record) | {"requestParameters": {"a": [{"b": {"c": {}, "d": [[], "{"]}}]}}
    return b"\n" + json.dumps(nested, indent=4).encode()


@pytest.mark.parametrize("piece", [1, 3, 1 << 20])
def test_messages_on_lines_of_their_own_are_read_with_their_times(
    piece: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("assurance.cloudtrail.sources._PIECE", piece)
    text = b"".join(
        [logged(40, pretty(ONE)), logged(41, b"START"), logged(42, TWO), logged(43, pretty(TWO))]
    )
    (tmp_path / "tail.txt").write_bytes(text)

    found = items(tmp_path / "tail.txt")
    events = [
        (json.loads(item.text)["eventName"], item.timestamp)
        for item in found
        if isinstance(item, Record)
    ]
    assert events == [
        ("One", 1_689_000_000_123),
        ("Two", 1_689_000_120_123),
        ("Two", 1_689_000_180_123),
    ]
    assert skipped(found) == ["not CloudTrail"]
    assert len(found) == 4


def test_a_message_on_lines_of_its_own_that_is_cut_hides_no_other(tmp_path: Path) -> None:
    cut = pretty(ONE)[:-2]
    (tmp_path / "tail.txt").write_bytes(
        logged(40, cut)
        + logged(41, pretty(TWO))
        + logged(42, cut.replace(b":", b""))
        + b"}\n"
        + logged(43, cut)
    )
    found = items(tmp_path / "tail.txt")
    assert [json.loads(text)["eventName"] for text in records(found)] == ["Two"]
    length = len(cut.splitlines())
    assert [problem.split(": ")[1] for problem in problems(found)] == [
        "line 1",
        f"line {1 + length + 1 + length}",
        f"line {1 + length + 1 + length + 1 + length}",
    ]


def test_a_byte_order_mark_does_not_make_a_document_of_lines(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_bytes(b"\xef\xbb\xbf" + ONE + b"\nwhat\n" + TWO + b"\n")
    assert records(items(tmp_path)) == [ONE, TWO]


@pytest.mark.parametrize("first", [b"Here are the events:", b"what", ONE[10:], ONE[:-3]])
def test_a_bad_first_line_does_not_hide_the_other_lines(first: bytes, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(first + b"\n" + ONE + b"\n" + TWO)
    found = items(file)
    assert records(found) == [ONE, TWO]
    assert [problem.split(": ")[1] for problem in problems(found)] == ["line 1"]


def test_lines_before_a_cut_in_the_gzip_data_are_read_and_the_file_is_named(tmp_path: Path) -> None:
    stored = gzip.compress(b"".join(ONE[:-1] + b', "i": %d}\n' % n for n in range(10_000)))
    (tmp_path / "events.jsonl.gz").write_bytes(stored[: len(stored) // 2])
    found = items(tmp_path / "events.jsonl.gz")
    assert problems(found) == ["events.jsonl.gz: cut: its gzip data ends early"]
    texts = records(found)
    assert 100 < len(texts) < 10_000
    assert [json.loads(text)["i"] for text in texts] == list(range(len(texts)))


@pytest.mark.parametrize("damage", [slice(-6, -5), slice(-1, None), slice(-8, None)])
def test_a_document_whose_checksum_does_not_hold_gives_no_records(
    damage: slice, tmp_path: Path
) -> None:
    stored = bytearray(gzip.compress(FILE))
    stored[damage] = b"!" if damage.stop else b""
    (tmp_path / "file.json.gz").write_bytes(stored)
    found = items(tmp_path / "file.json.gz")
    assert len(found) == len(problems(found)) == 1


def test_documents_before_a_bad_one_are_read_and_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file.json").write_bytes(FILE + FILE[:-10])
    found = items(tmp_path / "file.json")
    assert records(found) == [ONE, TWO]
    assert problems(found) == ["file.json: cut: it ends before its JSON does"]


@pytest.mark.parametrize(
    ("stored", "reason"),
    [
        (b"\x1f\x8b\x08rubbish", "damaged: its gzip data does not decompress"),
        (b"\x1f\x8b", "cut: its gzip data ends early"),
        (gzip.compress(FILE) + b"rubbish", "damaged: its gzip data does not decompress"),
        (FILE.decode().encode("utf-16"), "UTF-16 text: save it as UTF-8"),
        (b"<html>", "not JSON: it has '<html>' where a value should begin"),
        (b'"a string"', "not JSON: it has '\"a' where a value should begin"),
        (b"\x00\x01\xff", "not JSON: it has '\\x00\\x01\\ufffd' where a value should begin"),
        (b"[" * 100_000, "cut: it ends before its JSON does"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        (b"{]", "not valid JSON: object keys must be strings at byte 1"),
        (FILE + b"}", "not JSON: it has '}' where a value should begin"),
    ],
)
def test_what_is_no_json_is_a_problem_in_a_file_of_that_name(
    stored: bytes, reason: str, tmp_path: Path
) -> None:
    (tmp_path / "file.json").write_bytes(stored)
    found = items(tmp_path)
    assert problems(found) == [f"file.json: {reason}"]


def test_other_files_in_a_folder_are_no_problem_unless_they_were_named(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("[link](x)\n")
    (tmp_path / "table.csv.gz").write_bytes(gzip.compress(b"a,b\n1,2\n"))
    (tmp_path / "manifest.json").write_text('{"files": 3}')
    found = items(tmp_path)
    assert skipped(found) == ["not CloudTrail"] * 3
    assert len(found) == 3
    named = items(tmp_path / "README.md", tmp_path / "table.csv.gz", tmp_path / "manifest.json")
    assert len(problems(named)) == 2
    assert skipped(named) == ["not CloudTrail"]


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.json.bz2", "bzip2"),
        ("a.JSON.XZ", "xz"),
        ("a.json.zst", "Zstandard"),
        ("logs.zip", "zip"),
        ("logs.tar.gz", "tar"),
        ("part-0.parquet", "Parquet"),
    ],
)
@pytest.mark.parametrize("is_named", [True, False])
def test_what_is_packed_in_a_form_that_is_not_read_is_a_problem(
    name: str, form: str, *, is_named: bool, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(b"PK")

    assert list(read([str(path if is_named else tmp_path)])) == [
        Problem(str(path), f"packed as {form}, which is not read: unpack it first")
    ]


@pytest.mark.parametrize("text", [FILE, ONE + b"\n" + TWO])
def test_what_is_packed_in_name_alone_is_read(text: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.json.zip").write_bytes(text)

    assert [type(item) for item in read([str(tmp_path)])] == [Record, Record]


def test_any_object_of_a_named_file_counts_when_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "line.json"
    file.write_text('{"a": 1}')
    assert skipped(items(file)) == ["not CloudTrail"]
    assert records(items(file, any_object=True)) == [b'{"a": 1}']
    assert skipped(items(tmp_path, any_object=True)) == ["not CloudTrail"]


def test_a_record_that_is_not_utf_8_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file.json").write_bytes(b'{"Records": [{"eventName": "\xff"}, ' + ONE + b"]}")
    found = items(tmp_path)
    assert records(found) == [ONE]
    assert problems(found) == ["file.json: record 1: not UTF-8 text (byte 15)"]


class Pipe(io.RawIOBase):
    """Standard input that gives a piece each time it is read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces = pieces
        self.given = 0

    @property
    def buffer(self) -> "Pipe":
        return self

    def read1(self, size: int) -> bytes:
        piece = next(self.pieces, b"")
        self.given += bool(piece)
        return piece


def test_lines_of_standard_input_are_given_as_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = Pipe(iter([ONE + b"\n", TWO + b"\n" + ONE, b"\n"]))
    monkeypatch.setattr(sys, "stdin", pipe)
    found = read(["-"])
    assert next(found) == Record(ONE, "standard input")
    assert pipe.given == 1
    assert next(found) == Record(TWO, "standard input")
    assert pipe.given == 2
    assert list(found) == [Record(ONE, "standard input")]


@pytest.mark.parametrize("end", [b"\n", b""])
def test_standard_input_is_not_held_in_memory(end: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    # 2 MB of lines, or of files without a line's end between them, in pieces of 8 KB.
    piece = (b'{"Records":[' + ONE + b"]}" + end) * 100
    monkeypatch.setattr(sys, "stdin", Pipe(piece for _ in range(250)))
    monkeypatch.setattr("assurance.cloudtrail.reader._LONGEST_LOOK", 1 << 16)
    tracemalloc.start()
    try:
        number = sum(isinstance(item, Record) for item in read(["-"]))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert number == 25_000
    assert peak < 500_000


def test_closed_standard_input_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert list(read(["-"])) == [Problem("standard input", "closed")]


@pytest.mark.parametrize("end", [b"\n", b""])
def test_a_value_without_an_end_is_given_up(
    end: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("assurance.cloudtrail.json_values.LONGEST_VALUE", 3 << 20)
    file = tmp_path / "file.json"
    file.write_bytes(ONE + end + b'{"eventName": "' + b"x" * (5 << 20))
    found = items(file)
    assert len(problems(found)) == 1
    assert "no end within 3145728 bytes" in problems(found)[0]


def test_a_missing_path_is_a_problem(tmp_path: Path) -> None:
    found = items(tmp_path / "nowhere")
    assert found == [Problem(str(tmp_path / "nowhere"), "no such file or folder")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir(mode=0)
    (tmp_path / "file").touch(mode=0)
    assert problems(items(tmp_path)) == ["file: permission denied", "folder: permission denied"]


def test_what_the_system_refuses_is_a_problem(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file.json").write_bytes(FILE)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert problems(items(tmp_path)) == ["file.json: permission denied"]
    monkeypatch.setattr(os, "scandir", refuse)
    assert problems(items(tmp_path)) == [f"{tmp_path.name}: permission denied"]


def test_folders_are_walked_in_order_and_links_once(tmp_path: Path) -> None:
    for name in ("b/2.json", "a/3.json", "1.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b'{"eventName": "%s"}' % name.encode())
    (tmp_path / "a" / "again").symlink_to(tmp_path)
    (tmp_path / "b" / "copy.json").symlink_to(tmp_path / "1.json")
    (tmp_path / "c.json").symlink_to(tmp_path / "gone")
    os.mkfifo(tmp_path / "d.json")
    found = items(tmp_path)
    assert [text.split(b'"')[3] for text in records(found)] == [
        b"1.json",
        b"a/3.json",
        b"b/2.json",
        b"1.json",
    ]
    assert problems(found) == ["c.json: a link to nothing"]
    assert skipped(found) == ["not CloudTrail"]


def test_nothing_is_lost_of_a_folder_with_everything_in_it() -> None:
    found = items(ODDITIES)
    assert len(records(found)) == 179
    assert len(problems(found)) == 3
    assert skipped(found) == ["empty file"]


def test_every_item_names_its_source() -> None:
    found: list[Item] = items(ODDITIES)
    assert all(isinstance(item, Record | Skipped | Problem) for item in found)
    assert all(Path(item.source).is_file() for item in found)


def test_a_file_or_folder_that_is_named_more_than_once_is_read_once(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    (folder / "day").mkdir(parents=True)
    file, other = folder / "day" / "one.txt", folder / "two.json"
    file.write_bytes(ONE)
    other.write_bytes(TWO)
    again = folder / "day" / ".." / "day" / "one.txt"
    (tmp_path / "link").symlink_to(folder)
    (tmp_path / "link.txt").symlink_to(file)

    for named in (
        [folder, folder],
        [folder, folder / "day"],
        [folder / "day", folder],
        [folder, file],
        [file, folder],
        [file, again, folder],
        [tmp_path / "link", folder, tmp_path / "link.txt"],
    ):
        assert sorted(records(items(*named))) == [ONE, TWO], named


def test_a_copy_is_another_file(tmp_path: Path) -> None:
    for name in ("one.json", "copy.json"):
        (tmp_path / name).write_bytes(ONE)

    assert records(items(tmp_path / "one.json", tmp_path)) == [ONE, ONE]
