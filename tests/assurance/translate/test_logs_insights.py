"""The translation against a model of Logs Insights' conditions, on real records and vectors."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assurance import cloudtrail
from assurance.filter_pattern import FilterPatternError, WildcardModel, parse
from assurance.translate.logs_insights import TranslationError, translate
from monitoring import control
from monitoring.exclusion_fields import FIELDS
from monitoring.exclusions import Exclusion
from monitoring.tuned_pattern import tuned_pattern
from tests.assurance.translate.insights_model import UndocumentedError, holds

DATA = Path(__file__).parents[2] / "data"
RECORDS: list[dict[str, Any]] = [
    json.loads(item.text)
    for item in cloudtrail.read([str(DATA / "cloudtrail" / "real")])
    if isinstance(item, cloudtrail.Record)
]
TUNED = tuned_pattern(
    [
        Exclusion.of("exclusions.a", "a", {"userIdentity.invokedBy": ["config.amazonaws.com"]}),
        Exclusion.of(
            "exclusions.b", "b", {"userIdentity.arn": ["arn:aws:sts::*"], "eventName": ["GetX"]}
        ),
    ]
)


@pytest.mark.parametrize("text", [*control.PATTERNS.values(), TUNED])
def test_the_shipped_patterns_say_the_same_of_every_real_record(text: str) -> None:
    pattern = parse(text)
    condition = translate(pattern).condition
    verdicts = [pattern.matches_record(record) for record in RECORDS]
    assert [holds(condition, record) for record in RECORDS] == verdicts
    assert {*verdicts} == {True, False}


def test_every_vector_that_can_be_said_has_the_evaluators_verdict() -> None:
    vectors = json.loads((DATA / "filter_patterns" / "vectors.json").read_text())
    compared = 0
    for vector in vectors:
        if vector.get("invalid") or isinstance(vector["event"], str):
            continue
        try:
            pattern = parse(vector["pattern"])
            anywhere = parse(vector["pattern"], wildcard_model=WildcardModel.ANYWHERE)
            translation = translate(pattern)
            verdict = holds(translation.condition, vector["event"])
        except (FilterPatternError, TranslationError, UndocumentedError):
            continue
        line = json.dumps(vector["event"])
        if translation.caveats or pattern.matches(line) != anywhere.matches(line):
            continue
        compared += 1
        assert verdict == pattern.matches(line), (vector["id"], translation.condition)
    assert compared > 120


@settings(deadline=None)
@given(st.data())
def test_a_random_exclusion_excludes_the_same_records(data: st.DataObject) -> None:
    values = st.text(st.sampled_from("ab/.+$^()[]{}|?-:é 1"), min_size=1, max_size=5)
    names = data.draw(st.lists(st.sampled_from(sorted(FIELDS)), min_size=1, max_size=2))
    excluded = {name: [data.draw(values) + data.draw(st.sampled_from(["", "*"]))] for name in names}
    pattern = parse(tuned_pattern([Exclusion.of("exclusions.x", "x", excluded)]))
    record: dict[str, Any] = {"errorCode": "AccessDenied", "eventName": "E", "sourceIPAddress": "s"}
    for name, [value] in excluded.items():
        found = data.draw(st.sampled_from(["missing", "null", "same", "other"]))
        *parents, last = name.split(".")
        node = record
        for parent in parents:
            node = node.setdefault(parent, {})
        if found != "missing":
            same = value.removesuffix("*") + ("x" if value.endswith("*") else "")
            node[last] = {"null": None, "same": same}.get(found, data.draw(values))
    assert holds(translate(pattern).condition, record) == pattern.matches_record(record)


@pytest.mark.parametrize(
    ("pattern", "condition"),
    [
        ('{ $.a NOT EXISTS || $.a IS NULL || $.a != "v" }', '(not ispresent(a) or a != "v")'),
        ('{ $.a != "v" }', '(ispresent(a) and a != "v")'),
        ('{ $.a = "x/y.*" }', r"a like /^x\/y\./"),
        ("{ $.a-b[0].c > 1e1 }", "(ispresent(`a-b.0.c`) and `a-b.0.c` > 10)"),
        ("{ $.a = %x/y% }", r"(ispresent(a) and a like /x\/y/)"),
    ],
)
def test_how_each_form_is_said(pattern: str, condition: str) -> None:
    assert translate(parse(pattern)).condition == condition


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("{ $.a IS NULL }", "NOT EXISTS"),
        ("{ $.a IS TRUE }", "boolean"),
        ("{ $.a[*] = 1 }", "wildcards"),
        ("{ $.['a.b'] = 1 }", "a.b"),
    ],
)
def test_what_cannot_be_said_is_an_error_that_says_what(pattern: str, why: str) -> None:
    with pytest.raises(TranslationError, match=why):
        translate(parse(pattern))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("ispresent(sourceIPAddress) and ", ""),
        ("userIdentity.arn not like /^arn:aws:sts::/", "userIdentity.arn not like /^arn:aws:sts./"),
        ("(errorCode like /UnauthorizedOperation$/ or errorCode like /^AccessDenied/) and (",
         "errorCode like /UnauthorizedOperation$/ or errorCode like /^AccessDenied/ and ("),
    ],
)  # fmt: skip
def test_a_seeded_wrong_translation_is_noticed(right: str, wrong: str) -> None:
    condition = translate(parse(TUNED)).condition
    seeded = condition.replace(right, wrong)
    assert seeded != condition
    pattern = parse(TUNED)
    calls = [
        {"errorCode": code, "eventName": "GetX", "sourceIPAddress": "s", "userIdentity": identity}
        for code in ("UnauthorizedOperation", "AccessDenied")
        for identity in (
            {},
            {"invokedBy": "config.amazonaws.com"},
            {"arn": "arn:aws:sts::1", "invokedBy": "x"},
            {"arn": "arn:aws:sts:x", "invokedBy": "x"},
        )
    ]
    without_source = {"errorCode": "AccessDenied", "eventName": "E"}
    records = [*RECORDS, *calls, without_source]
    assert [holds(seeded, r) for r in records] != [pattern.matches_record(r) for r in records]
