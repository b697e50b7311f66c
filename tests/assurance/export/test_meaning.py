"""Whatever runs the export selects what the filter pattern matches."""

from typing import Any

import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from assurance.export.conversion import selection
from assurance.export.rule import Rule
from assurance.export.target_error import TargetError
from assurance.export.targets import TARGETS
from assurance.filter_pattern import parse
from monitoring import control
from monitoring.exclusion_fields import FIELDS
from monitoring.exclusions import Exclusion
from monitoring.tuned_pattern import tuned_pattern
from tests.assurance.export import engines
from tests.assurance.export.exported import (
    EXCLUSIONS,
    config,
    denied,
    excluding,
    exported,
    real_records,
)

REAL = real_records()
OTHER_CASE = [
    denied(errorCode="accessdenied"),
    denied(errorCode="client.unauthorizedoperation"),
    denied(errorCode="xAccessDenied"),
    denied(errorCode="UnauthorizedOperation"),
    denied(eventName="headbucket"),
    denied(eventName="HeadBucket"),
    denied(eventName="HeadBucket", errorCode="Client.UnauthorizedOperation"),
    denied(sourceIPAddress="Delivery.logs.amazonaws.com"),
    denied(sourceIPAddress="delivery.logs.amazonaws.com"),
    denied(sourceIPAddress="delivery-logs-amazonaws-com"),
    *(
        denied(**{field: content})
        for field in ("errorCode", "eventName", "sourceIPAddress", "eventSource")
        for content in (..., None, "")
    ),
]
CALLERS = [
    denied(**{"eventName": name, "errorCode": code, path: who, "eventSource": source})
    for name in ("GetObject", "getobject", "ListBuckets", "Get", "E")
    for code in ("AccessDenied", "Client.UnauthorizedOperation", "NoSuchKey")
    for path, who in (
        ("userIdentity.invokedBy", "config.amazonaws.com"),
        ("userIdentity.invokedBy", "Config.amazonaws.com"),
        ("userIdentity.invokedBy", None),
        ("userIdentity.invokedBy", ""),
        ("userIdentity.sessionContext.sessionIssuer.arn", "arn:aws:iam::1:role/a_scanner"),
        ("userIdentity.sessionContext.sessionIssuer.arn", "arn:aws:iam::1:role/a-scanner"),
        ("userIdentity.sessionContext.sessionIssuer.arn", None),
        ("userIdentity", None),
        ("userIdentity", ...),
    )
    for source in ("s3.amazonaws.com", "ce.amazonaws.com", "xmacie2.amazonaws.com", "MACIE")
]
RECORDS = [*REAL, *OTHER_CASE, *CALLERS]


@pytest.mark.parametrize("stack", ["dev", "prod", "exclusions"])
def test_the_rule_selects_what_the_filter_pattern_matches(stack: str) -> None:
    pattern = parse(next(iter(config(stack).patterns.values())))
    verdicts = [pattern.matches_record(record) for record in RECORDS]

    assert engines.by_sqlite(exported(stack).text, RECORDS) == verdicts
    assert {*verdicts[: len(REAL)]} == {*verdicts[len(REAL) :]} == {True, False}


@pytest.mark.parametrize("stack", ["dev", "prod", "exclusions"])
def test_the_query_for_athena_selects_the_same(stack: str) -> None:
    pattern = parse(next(iter(config(stack).patterns.values())))
    query = selection(exported(stack), TARGETS["athena"])

    verdicts = [pattern.matches_record(record) for record in RECORDS]
    assert engines.by_duckdb(query, RECORDS) == verdicts


@pytest.mark.parametrize("target", ["splunk", "elasticsearch", "sumologic"])
@pytest.mark.parametrize("stack", ["dev", "prod", "exclusions"])
def test_the_other_queries_select_the_same_by_the_meaning_of_their_words(
    stack: str, target: str
) -> None:
    pattern = parse(next(iter(config(stack).patterns.values())))
    query = selection(exported(stack), TARGETS[target])

    verdicts = [pattern.matches_record(record) for record in RECORDS]
    assert engines.by_meaning(target, query, RECORDS) == verdicts


TEXTS = st.text(st.sampled_from("aAbB.:/-_%?+$^()[]{}|,# 1"), min_size=1, max_size=4).filter(
    lambda text: text == text.strip()
)


@st.composite
def exclusions(draw: st.DrawFn) -> Exclusion:
    named = draw(st.lists(st.sampled_from(sorted(FIELDS)), min_size=1, max_size=2, unique=True))
    values = st.builds(
        lambda begin, text, end: begin + text + end,
        st.sampled_from(["", "*"]),
        TEXTS,
        st.sampled_from(["", "*"]),
    )
    fields = {field: draw(st.lists(values, min_size=1, max_size=2)) for field in named}
    return Exclusion.of(f"exclusions.{named[0]}", named[0], fields)


def near(exclusion: Exclusion) -> list[dict[str, Any]]:
    """Records that an exclusion describes, and ones that differ from it in a field."""
    found: list[dict[str, Any]] = []
    first = {field: values[0].strip("*") for field, values in exclusion.fields.items()}
    for field, values in exclusion.fields.items():
        for text in (value.strip("*") for value in values):
            for content in (
                *(text, text.swapcase(), f"x{text}", f"{text}x", f"x{text}x", text[1:]),
                *(text.replace("_", "x"), text.replace("?", "x"), text.replace(".", "x")),
                *("", None, ...),
            ):
                found.append(denied(**{**first, field: content}))
                coded = {"errorCode": "AccessDenied", **first, field: content}
                found.append(denied(**{**coded, "errorCode": "Client.UnauthorizedOperation"}))
    return found


# Making a failure smaller would take minutes: each attempt starts five engines.
@settings(max_examples=60, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.lists(exclusions(), min_size=1, max_size=3))
def test_a_random_exclusion_hides_the_same_records(drawn: list[Exclusion]) -> None:
    assume(len(tuned_pattern(drawn)) <= control.FILTER_PATTERN_LIMIT)
    rule, pattern = excluding(*drawn)
    records = [record for exclusion in drawn for record in near(exclusion)]
    verdicts = [pattern.matches_record(record) for record in records]

    assert engines.by_sqlite(rule.text, records) == verdicts
    for name, target in TARGETS.items():
        try:
            query = selection(rule, target)
        except TargetError:
            continue
        if name == "athena":
            assert engines.by_duckdb(query, records) == verdicts, query
        else:
            assert engines.by_meaning(name, query, records) == verdicts, query


def seeded(rule: Rule, right: str, wrong: str) -> str:
    text = rule.text.replace(right, wrong)
    assert text != rule.text, f"there is no {right}"
    return text


EITHER = "selection_errorCode_1 or selection_errorCode_2"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("not null_sourceIPAddress_1 and ", ""),
        ("not filter_eventName_1", "filter_eventName_1"),
        ("(selection_errorCode_1 or selection_errorCode_2)", EITHER),
        ("eventName|startswith|cased", "eventName|startswith"),
        ("errorCode|startswith|cased", "errorCode|startswith"),
        ("errorCode|startswith|cased", "errorCode|contains|cased"),
        ("errorCode|endswith|cased", "errorCode|cased"),
        ("a_scanner", "a?scanner"),
    ],
)
def test_a_seeded_wrong_rule_is_noticed(right: str, wrong: str) -> None:
    rule, pattern = excluding(*EXCLUSIONS)
    verdicts = [pattern.matches_record(record) for record in RECORDS]

    assert engines.by_sqlite(rule.text, RECORDS) == verdicts
    assert engines.by_sqlite(seeded(rule, right, wrong), RECORDS) != verdicts


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("useridentity.invokedby IS NULL OR ", ""),
        (r"a\_scanner", "a_scanner"),
        (" LIKE 'AccessDenied%'", " ILIKE 'AccessDenied%'"),
    ],
)
def test_a_seeded_wrong_query_is_noticed(right: str, wrong: str) -> None:
    rule, pattern = excluding(*EXCLUSIONS)
    verdicts = [pattern.matches_record(record) for record in RECORDS]
    query = selection(rule, TARGETS["athena"])
    mistaken = query.replace(right, wrong)

    assert mistaken != query
    assert engines.by_duckdb(query, RECORDS) == verdicts
    assert engines.by_duckdb(mistaken, RECORDS) != verdicts
