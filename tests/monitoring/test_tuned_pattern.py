import itertools
import json
import random
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from assurance import filter_pattern
from assurance.filter_pattern import WildcardModel
from monitoring import control
from monitoring.exclusion_fields import FIELDS
from monitoring.exclusions import Exclusion, parse
from monitoring.problems import Problems
from monitoring.tuned_pattern import costs, refuse_too_long, tuned_pattern

Given: TypeAlias = dict[str, dict[str, list[str]]]
Record: TypeAlias = dict[str, Any]

# No deadline: the machine that runs the tests may be busy.
thorough = settings(deadline=None, max_examples=400)
brief = settings(deadline=None, max_examples=100)

BASE = (
    '{ (($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*")) '
    '&& ($.sourceIPAddress != "delivery.logs.amazonaws.com") && ($.eventName != "HeadBucket") }'
)


def exclusions_of(given: Mapping[str, Mapping[str, object]]) -> tuple[Exclusion, ...]:
    problems = Problems()
    exclusions = parse(given, problems)
    assert problems == []
    return exclusions


def pattern_of(given: Mapping[str, Mapping[str, object]]) -> str:
    return tuned_pattern(exclusions_of(given))


def added_by(**fields: object) -> str:
    named = {name.replace("__", "."): value for name, value in fields.items()}
    pattern = pattern_of({"x": named})
    assert pattern.startswith(BASE.removesuffix(" }") + " && ")
    return pattern.removeprefix(BASE.removesuffix(" }") + " && ").removesuffix(" }")


def counts_without_exclusions(record: Record, *, first_occurrence: bool = False) -> bool:
    code, address, name = (
        record.get(field) for field in ("errorCode", "sourceIPAddress", "eventName")
    )
    return (
        any(
            describes(value, code, first_occurrence=first_occurrence)
            for value in ("*UnauthorizedOperation", "AccessDenied*")
        )
        # The published text compares both, and AWS writes both in every record: a record without
        # one of them is not counted, with exclusions of the stack's own or without.
        and isinstance(address, str)
        and address != "delivery.logs.amazonaws.com"
        and isinstance(name, str)
        and name != "HeadBucket"
    )


def at(record: Record, field: str) -> object:
    match field.split("."), record:
        case [key], _:
            return record.get(key)
        case [key, *rest], _:
            inner = record.get(key)
            return at(inner, ".".join(rest)) if isinstance(inner, dict) else None
    raise AssertionError(field)


def describes(value: str, text: object, *, first_occurrence: bool) -> bool:
    if not isinstance(text, str):
        return False
    core = value.strip("*")
    if value == core:
        return text == value
    if value == f"*{core}*":
        return text.find(core) >= 0
    if value == f"{core}*":
        return text[: len(core)] == core
    if first_occurrence:
        return core in text and text.index(core) == len(text) - len(core)
    return text[-len(core) :] == core


def is_excluded(given: Given, record: Record, *, first_occurrence: bool = False) -> bool:
    return any(
        all(
            any(
                describes(value, at(record, field), first_occurrence=first_occurrence)
                for value in values
            )
            for field, values in fields.items()
        )
        for fields in given.values()
    )


# Few letters, so that values and records drawn apart often have to do with each other.
_cores = st.text("ab.", min_size=1, max_size=3) | st.sampled_from(
    ["HeadBucket", "delivery.logs.amazonaws.com", "AccessDenied", "Client.UnauthorizedOperation"]
)
_values = st.builds(
    lambda start, core, end: start + core + end,
    st.sampled_from(["", "", "*"]),
    _cores,
    st.sampled_from(["", "", "*"]),
)
_fields = st.sampled_from(
    [*FIELDS, "eventName", "sourceIPAddress", "userIdentity.arn", "userIdentity.arn"]
)
_few_values = st.lists(_values, min_size=1, max_size=3)
_exclusion = st.dictionaries(_fields, _few_values, min_size=1, max_size=3).filter(
    lambda fields: set(fields) != {"userAgent"}
)

_ALWAYS_STRINGS = frozenset({"awsRegion", "eventSource"})
_MISSING = object()
_PARENTS = (
    "userIdentity",
    "userIdentity.sessionContext",
    "userIdentity.sessionContext.sessionIssuer",
    "userIdentity.onBehalfOf",
)


def place(record: Record, field: str, value: object) -> None:
    *parents, key = field.split(".")
    node = record
    for parent in parents:
        node = node.setdefault(parent, {})
        if not isinstance(node, dict):
            return
    if value is _MISSING:
        node.pop(key, None)
    else:
        node[key] = value


@st.composite
def _given(draw: st.DrawFn) -> Given:
    """Draw exclusions, some alike but for a value, of which the pattern is within the limit."""
    drawn = draw(st.lists(_exclusion, min_size=1, max_size=3))
    for like in draw(st.lists(st.sampled_from(drawn), max_size=3)):
        values = {field: st.sampled_from([kept, draw(_few_values)]) for field, kept in like.items()}
        drawn.append(draw(st.fixed_dictionaries(values)))
    while len(pattern_of(given := {f"x{i}": fields for i, fields in enumerate(drawn)})) > 1024:
        drawn.pop()
        assume(drawn)
    return given


@st.composite
def _records(draw: st.DrawFn, given: Given) -> Record:
    """Draw a record in which each field that the exclusions name is anything it may be."""
    record: Record = {
        "eventName": "Decrypt",
        "eventSource": "kms.amazonaws.com",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "198.51.100.7",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/a"},
        "errorCode": draw(
            st.sampled_from(
                ["AccessDenied", "AccessDeniedException", "Client.UnauthorizedOperation"] * 2
                + ["UnauthorizedOperation", "NoSuchBucket", "Access", "UnauthorizedOperationX"]
            )
        ),
    }
    named = [
        (field, value) for fields in given.values() for field in fields for value in fields[field]
    ]
    for field, value in named:
        core = value.strip("*")
        like = st.builds(
            lambda start, core, end: start + core + end,
            st.sampled_from(["", "", "a", core]),
            st.just(core),
            st.sampled_from(["", "", "b", core]),
        )
        anything: st.SearchStrategy[object] = like | like | st.text("ab.", max_size=3) | _cores
        if field not in _ALWAYS_STRINGS:
            anything = anything | st.sampled_from([None, _MISSING])
        if draw(st.integers(0, 3)):
            place(record, field, draw(anything))
    for parent in _PARENTS:
        if draw(st.integers(0, 9)) == 0:
            place(record, parent, draw(st.sampled_from([None, {}, _MISSING])))
    return record


@st.composite
def exclusions_and_records(draw: st.DrawFn) -> tuple[Given, Record]:
    given = draw(_given())
    return given, draw(_records(given))


@thorough
@given(exclusions_and_records())
def test_every_denied_call_that_no_exclusion_describes_counts_and_no_other(
    case: tuple[Given, Record],
) -> None:
    given, record = case
    text, line = pattern_of(given), json.dumps(record)

    for model in WildcardModel:
        first_occurrence = model is WildcardModel.FIRST_OCCURRENCE
        expected = counts_without_exclusions(
            record, first_occurrence=first_occurrence
        ) and not is_excluded(given, record, first_occurrence=first_occurrence)
        pattern = filter_pattern.parse(text, wildcard_model=model)
        assert pattern.matches(line) is expected, (text, model)


@brief
@given(exclusions_and_records())
def test_whatever_a_star_means_nothing_is_hidden_that_is_not_plainly_described(
    case: tuple[Given, Record],
) -> None:
    given, record = case
    line = json.dumps(record)
    assume(not is_excluded(given, record))
    assume(counts_without_exclusions(record, first_occurrence=True))

    for model in WildcardModel:
        assert filter_pattern.parse(pattern_of(given), wildcard_model=model).matches(line)


@brief
@given(exclusions_and_records())
def test_an_exclusion_describes_what_its_values_plainly_describe(
    case: tuple[Given, Record],
) -> None:
    given, record = case

    assert any(exclusion.excludes(record) for exclusion in exclusions_of(given)) is is_excluded(
        given, record
    )


@brief
@given(_given(), st.randoms(use_true_random=False))
def test_the_text_is_the_same_whatever_the_order_and_however_often_something_is_said(
    given: Given, order: random.Random
) -> None:
    shuffled = [
        {field: order.sample(values * 2, len(values) * 2) for field, values in fields.items()}
        for fields in [*given.values(), *given.values()]
    ]
    shuffled = [dict(order.sample(list(fields.items()), len(fields))) for fields in shuffled]
    order.shuffle(shuffled)
    again = {f"y{index}": fields for index, fields in enumerate(shuffled)}

    assert pattern_of(again) == pattern_of(given)
    assert tuned_pattern(reversed(exclusions_of(again))) == pattern_of(given)


@brief
@given(_given())
def test_the_text_has_nothing_that_lint_finds_fault_with(given: Given) -> None:
    assert filter_pattern.lint(filter_pattern.parse(pattern_of(given))) == []


def test_without_exclusions_it_is_the_controls_conditions_alone() -> None:
    assert tuned_pattern([]) == BASE
    assert len(BASE) == 170


def test_a_field_that_a_record_may_lack_is_guarded() -> None:
    assert added_by(userIdentity__arn="a") == (
        "(($.userIdentity.arn NOT EXISTS) || ($.userIdentity.arn IS NULL) "
        '|| ($.userIdentity.arn != "a"))'
    )


@pytest.mark.parametrize(
    "field", ["eventName", "eventSource", "awsRegion", "sourceIPAddress", "errorCode"]
)
def test_a_field_of_every_record_that_can_match_needs_no_guard(field: str) -> None:
    assert added_by(**{field: "a"}) == f'($.{field} != "a")'


def test_values_of_one_field_share_one_guard() -> None:
    assert added_by(userAgent=["b", "a"], userIdentity__type="c") == (
        "(($.userAgent NOT EXISTS) || ($.userAgent IS NULL) "
        '|| (($.userAgent != "a") && ($.userAgent != "b")) '
        "|| ($.userIdentity.type NOT EXISTS) || ($.userIdentity.type IS NULL) "
        '|| ($.userIdentity.type != "c"))'
    )


def test_exclusions_of_one_field_share_one_guard() -> None:
    together = pattern_of({"b": {"userIdentity.arn": "y*"}, "a": {"userIdentity.arn": ["*x", "z"]}})

    assert together == pattern_of({"one": {"userIdentity.arn": ["*x", "y*", "z"]}})
    assert together.count("NOT EXISTS") == 1


def test_exclusions_that_differ_in_one_fields_values_become_one() -> None:
    together = pattern_of(
        {
            "a": {"sourceIPAddress": "config.amazonaws.com", "eventName": "Decrypt"},
            "b": {"sourceIPAddress": "config.amazonaws.com", "eventName": "GetMacieSession"},
        }
    )

    assert together.endswith(
        '&& ((($.eventName != "Decrypt") && ($.eventName != "GetMacieSession")) '
        '|| ($.sourceIPAddress != "config.amazonaws.com")) }'
    )


def test_exclusions_that_differ_in_two_fields_stay_apart() -> None:
    together = pattern_of(
        {
            "a": {"sourceIPAddress": "x", "eventName": "A"},
            "b": {"sourceIPAddress": "y", "eventName": "B"},
        }
    )

    assert together.count("||") == 3


def test_an_exclusion_that_another_covers_takes_no_room() -> None:
    assert pattern_of(
        {
            "all": {"userIdentity.arn": ["scanner", "other"]},
            "part": {"userIdentity.arn": "scanner", "eventName": "List*"},
        }
    ) == pattern_of({"all": {"userIdentity.arn": ["scanner", "other"]}})


def test_where_exclusions_could_merge_in_two_ways_their_order_does_not_choose() -> None:
    corner = [("1", "1"), ("1", "2"), ("2", "1")]

    texts = {
        tuned_pattern(
            Exclusion.of(f"exclusions.x{a}{b}", f"x{a}{b}", {"awsRegion": [a], "eventName": [b]})
            for a, b in order
        )
        for order in itertools.permutations(corner)
    }

    assert len(texts) == 1


def test_merging_goes_on_until_nothing_more_merges() -> None:
    pairs = [("1", "1"), ("1", "2"), ("2", "1"), ("2", "2")]

    assert pattern_of(
        {f"x{i}": {"awsRegion": a, "eventName": b} for i, (a, b) in enumerate(pairs)}
    ) == pattern_of({"x": {"awsRegion": ["1", "2"], "eventName": ["1", "2"]}})


def numbered(count: int) -> tuple[Exclusion, ...]:
    return exclusions_of({f"x{i}": {"eventName": f"Describe{i:03}"} for i in range(count)})


def test_a_pattern_as_long_as_the_limit_is_taken_and_one_character_more_is_not() -> None:
    room = 1024 - len(BASE) - len(' && ($.eventName != "")')
    problems = Problems()

    fits = exclusions_of({"x": {"eventName": "a" * room}})
    refuse_too_long(fits, problems)
    assert (len(tuned_pattern(fits)), problems) == (1024, [])
    filter_pattern.parse(tuned_pattern(fits))

    refuse_too_long(exclusions_of({"x": {"eventName": "a" * (room + 1)}}), problems)
    [problem] = problems
    assert "1,025" in problem.why
    assert problem.mend == "rm --path exclusions.x"


def test_a_pattern_that_is_too_long_is_one_problem_with_what_each_exclusion_costs() -> None:
    arn = "arn:aws:sts::123456789012:assumed-role/scanner/*"
    exclusions = (
        *numbered(24),
        *exclusions_of({"who": {"userIdentity.arn": arn}}),
        Exclusion.of("exclusionPresets[1]", "a-preset", {"eventSource": ["s3.amazonaws.com"]}),
    )
    problems = Problems()

    refuse_too_long(exclusions, problems)

    [problem] = problems
    length = len(tuned_pattern(exclusions))
    assert problem.path == "exclusions"
    assert f"{length:,}" in problem.why
    assert f"{length - 1024:,} more than the 1,024" in problem.why
    order = ["exclusions.who 147", "exclusionPresets[1] (a-preset) 41", "exclusions.x0 34"]
    places = [problem.why.index(part) for part in order]
    assert places == sorted(places)
    assert all(f"exclusions.x{i} 34" in problem.why for i in range(24))


def test_the_mend_removes_the_cheapest_that_is_enough() -> None:
    lengths = {"a": 400, "b": 300, "c": 50}
    exclusions = exclusions_of({x: {"eventName": x * count} for x, count in lengths.items()})
    problems = Problems()
    assert 50 + 22 < len(tuned_pattern((*exclusions, *numbered(5)))) - 1024 < 300

    refuse_too_long((*exclusions, *numbered(5)), problems)

    assert [problem.mend for problem in problems] == ["rm --path exclusions.b"]


def test_the_mend_removes_a_preset_by_its_place() -> None:
    preset = Exclusion.of("exclusionPresets[0]", "a-preset", {"eventName": ["x" * 900]})
    problems = Problems()

    refuse_too_long([preset], problems)

    assert [(problem.path, problem.mend) for problem in problems] == [
        ("exclusionPresets", "rm --path 'exclusionPresets[0]'")
    ]


def test_what_an_exclusion_costs_is_what_the_text_is_shorter_by_without_it() -> None:
    given: Sequence[tuple[str, dict[str, object]]] = [
        ("a", {"userIdentity.arn": "x"}),
        ("b", {"userIdentity.arn": "yy"}),
        ("c", {"eventName": "Decrypt"}),
        ("d", {"eventName": "Decrypt"}),
    ]

    measured = costs(exclusions_of(dict(given)))

    for name, _ in given:
        others = {other: fields for other, fields in given if other != name}
        shorter = len(pattern_of(dict(given))) - len(pattern_of(others))
        assert measured[f"exclusions.{name}"] == shorter
    assert measured["exclusions.c"] == 0


def test_the_text_is_what_auditors_look_for() -> None:
    """As Prowler and Steampipe match it (regular expressions) and Trivy (a text within)."""
    text = pattern_of({"x": {"userIdentity.arn": "a*", "eventName": ["B", "C"]}})

    assert control.TUNED_CONDITIONS in text
    bare = "".join(text.split())
    assert '($.errorCode="*UnauthorizedOperation")||($.errorCode="AccessDenied*")' in bare
    terms = ("*UnauthorizedOperation", "AccessDenied*", "delivery.logs.amazonaws.com", "HeadBucket")
    places = [text.index(f'"{term}"') for term in terms]
    assert places == sorted(places)
