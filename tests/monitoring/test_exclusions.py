import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assurance.checks.breadth import missed
from assurance.filter_pattern import parse as parse_pattern
from monitoring.exclusion_fields import FIELDS, is_like, nearest, refusal_of_value
from monitoring.exclusions import Condition, Exclusion, doubts, parse
from monitoring.problems import Problem, Problems
from monitoring.tuned_pattern import tuned_pattern


def parsed(values: object) -> tuple[Exclusion, ...]:
    problems = Problems()
    exclusions = parse(values, problems)
    assert problems == []
    return exclusions


def problems_of(values: object) -> list[Problem]:
    problems = Problems()
    parse(values, problems)
    return list(problems)


def only_problem_of(values: object) -> Problem:
    [problem] = problems_of(values)
    return problem


def record(**fields: Any) -> dict[str, Any]:
    return {"eventName": "Decrypt", "userIdentity": {"type": "IAMUser", "userName": "a"}, **fields}


def test_an_exclusion_has_its_conditions_sorted_by_field_and_its_values_sorted_and_once() -> None:
    [exclusion] = parsed(
        {"scanner": {"userIdentity.type": "IAMUser", "eventName": ["List*", "Decrypt", "List*"]}}
    )

    assert exclusion == Exclusion(
        "exclusions.scanner",
        "scanner",
        (
            Condition("eventName", ("Decrypt", "List*")),
            Condition("userIdentity.type", ("IAMUser",)),
        ),
    )
    assert exclusion.fields == {"eventName": ["Decrypt", "List*"], "userIdentity.type": ["IAMUser"]}


def test_exclusions_are_sorted_by_name() -> None:
    exclusions = parsed({"b": {"eventName": "B"}, "a": {"eventName": "A"}})

    assert [exclusion.name for exclusion in exclusions] == ["a", "b"]


def test_no_exclusions_are_none() -> None:
    assert parsed({}) == ()


def test_nested_objects_name_the_same_field_as_one_key_with_dots() -> None:
    [one_key] = parsed({"x": {"userIdentity.sessionContext.sessionIssuer.arn": "a"}})
    [nested] = parsed({"x": {"userIdentity": {"sessionContext": {"sessionIssuer": {"arn": "a"}}}}})
    [mixed] = parsed({"x": {"userIdentity": {"sessionContext.sessionIssuer.arn": "a"}}})

    assert one_key == nested == mixed


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_takes_its_own_example(field: str) -> None:
    [exclusion] = parsed({"x": {field: FIELDS[field], "eventName": "Decrypt"}})

    assert field in exclusion.fields


@pytest.mark.parametrize("values", ["text", ["list"], 3, True])
def test_exclusions_must_be_an_object(values: object) -> None:
    problem = only_problem_of(values)

    assert problem.path == "exclusions"
    assert "must be an object" in problem.why
    remove, put = problem.mend.splitlines()
    assert remove == "rm exclusions"
    assert put.startswith("--path exclusions.my-scanner.userIdentity.arn 'arn:")


@pytest.mark.parametrize("name", ["", "a b", "a.b", 'a"b', "ü", "x" * 41])
def test_a_name_of_other_than_letters_digits_hyphens_and_underscores_is_refused(name: str) -> None:
    problem = only_problem_of({name: {"eventName": "Decrypt"}})

    assert "letters" in problem.why
    assert problem.path.startswith("exclusions")
    assert problem.mend.startswith("rm --path ")


def test_a_name_that_begins_with_a_digit_stands_in_brackets_as_in_pulumis_paths() -> None:
    [exclusion] = parsed({"9-lives": {"eventName": "Decrypt"}})

    assert (exclusion.setting, exclusion.name) == ('exclusions["9-lives"]', "9-lives")


@pytest.mark.parametrize("fields", [None, {}, "Decrypt", ["eventName"], 1])
def test_an_exclusion_without_fields_which_would_exclude_everything_is_refused(
    fields: object,
) -> None:
    problem = only_problem_of({"x": fields})

    assert problem.path == "exclusions.x"
    assert "at least one field" in problem.why


def test_an_unknown_field_is_refused_with_the_one_that_was_meant() -> None:
    problem = only_problem_of({"x": {"eventname": "Decrypt", "awsRegion": "eu-west-1"}})

    assert problem.path == "exclusions.x.eventname"
    assert "did you mean eventName?" in problem.why
    assert "userIdentity.arn" in problem.why
    assert problem.mend == "rm --path exclusions.x.eventname\n--path exclusions.x.eventName Decrypt"


@pytest.mark.parametrize(
    ("value", "sets"),
    [
        (["Decrypt", " List*"], ["eventName[0]' Decrypt", "eventName[1]' 'List*'"]),
        (12, ["eventName 12 --type string"]),
        ([], None),
        (["Get*Object"], None),
        (None, None),
    ],
)
def test_what_was_meant_is_set_if_it_can_be(value: object, sets: list[str] | None) -> None:
    problem = only_problem_of({"x": {"eventname": value, "awsRegion": "eu-west-1"}})

    first, *others = problem.mend.splitlines()
    assert first == f"rm --path exclusions.x{'' if sets is None else '.eventname'}"
    assert [each.partition("exclusions.x.")[2] for each in others] == (sets or [])


def test_a_misspelt_field_beside_the_one_that_was_meant_is_one_too_many() -> None:
    problem = only_problem_of({"x": {"eventname": "Decrypt", "eventName": "List*"}})

    assert problem.mend == "rm --path exclusions.x.eventname"


@pytest.mark.parametrize(
    "fields",
    [
        {"requestParameters": "value", "eventName": "Decrypt"},
        {"errorMessage": "x", "eventName": " Decrypt"},
        {"eventName": " Decrypt", "errorMessage": "x"},
        {"requestParameters": "x", "resources": "y", "eventName": "Decrypt"},
    ],
)
def test_without_a_field_an_exclusion_would_describe_more_and_is_removed(
    fields: dict[str, str],
) -> None:
    problems = problems_of({"x": fields})

    assert [problem.mend for problem in problems if problem.mend] == ["rm --path exclusions.x"]


@pytest.mark.parametrize(
    "field",
    [
        "requestParameters",
        "requestParameters.bucketName",
        "resources",
        "userIdentity",
        "userIdentity.sessionContext",
        "userIdentity.sessionContext.sessionIssuer",
        "readOnly",
        "errorMessage",
        "eventID",
    ],
)
def test_a_field_that_may_be_no_string_of_cloudtrails_own_is_refused(field: str) -> None:
    problem = only_problem_of({"x": {field: "value", "eventName": "Decrypt"}})

    assert field in problem.why


def test_a_field_that_is_there_in_both_forms_is_refused_where_it_stands_the_second_time() -> None:
    problem = only_problem_of(
        {"x": {"userIdentity": {"arn": "a"}, "userIdentity.arn": "b", "eventName": "c"}}
    )

    assert problem.path == 'exclusions.x["userIdentity.arn"]'
    assert "twice" in problem.why
    assert problem.mend == """rm --path 'exclusions.x["userIdentity.arn"]'"""


def test_the_user_agent_alone_which_any_caller_can_choose_is_refused() -> None:
    problem = only_problem_of({"x": {"userAgent": "my-scanner/*"}})

    assert problem.path == "exclusions.x.userAgent"
    assert "the caller says" in problem.why
    assert problem.mend.startswith("--path exclusions.x.userIdentity.arn ")


def test_the_user_agent_narrows_another_condition() -> None:
    [exclusion] = parsed({"x": {"userAgent": "my-scanner/*", "userIdentity.arn": "arn"}})

    assert exclusion.excludes({"userAgent": "my-scanner/1", "userIdentity": {"arn": "arn"}})
    assert not exclusion.excludes({"userAgent": "my-scanner/1", "userIdentity": {"arn": "other"}})


def test_an_exclusion_with_a_wrong_field_is_not_kept_without_it() -> None:
    problems = Problems()

    exclusions = parse(
        {"bad": {"eventName": "Decrypt", "arn": "x"}, "good": {"eventName": "List*"}}, problems
    )

    assert [exclusion.name for exclusion in exclusions] == ["good"]
    assert len(problems) == 1


EXAMPLE = FIELDS["eventName"]


@pytest.mark.parametrize(
    ("value", "part_of_why", "instead"),
    [
        ("", "is empty", EXAMPLE),
        ("*", "every record", EXAMPLE),
        ("**", "every record", EXAMPLE),
        ("***", "every record", EXAMPLE),
        ("a*b", "* inside", EXAMPLE),
        ("**a", "* inside", "'*a'"),
        ("a**", "* inside", "'a*'"),
        ("*a*b*", "* inside", EXAMPLE),
        ("arn:aws:iam::*:role/my-scanner", "* inside", EXAMPLE),
        ('say "x"', "quote", EXAMPLE),
        ("back\\slash", "backslash", EXAMPLE),
        ("tab\tbed", "printable ASCII", EXAMPLE),
        ("line\n", "printable ASCII", "line"),
        ("\x00", "printable ASCII", EXAMPLE),
        ("é", "printable ASCII", EXAMPLE),
        (" Decrypt", "space", "Decrypt"),
        ("Decrypt ", "space", "Decrypt"),
        ("List* ", "* inside", "'List*'"),
        ("List * ", "* inside", "'List *'"),
        (" true", "space", "true --type string"),
        (None, "no value", EXAMPLE),
        (123456789012, "quote it", "123456789012 --type string"),
        (1.5, "quote it", "1.5 --type string"),
        (1.5e300, "quote it", "1.5e+300 --type string"),
        (True, "quote it", EXAMPLE),
        ({"a": "b"}, "list of strings", EXAMPLE),
    ],
)
def test_a_value_that_cannot_be_rendered_safely_is_refused(
    value: object, part_of_why: str, instead: str
) -> None:
    given = {"eventName": value, "awsRegion": "eu-west-1"}

    problem = only_problem_of({"x": given})

    assert problem.path == "exclusions.x.eventName"
    assert part_of_why in problem.why
    assert problem.mend == f"--path exclusions.x.eventName {instead}"


def test_what_begins_with_a_hyphen_is_no_option() -> None:
    problem = only_problem_of({"x": {"eventName": -5, "awsRegion": "eu-west-1"}})

    assert problem.mend == "--path exclusions.x.eventName --type string -- -5"


@settings(max_examples=500)
@given(
    st.one_of(
        st.text(),
        st.text(st.sampled_from('* "a\\é-')),
        st.integers(),
        st.floats(),
        st.booleans(),
        st.none(),
    ),
    st.text(st.sampled_from(" ab-*")),
)
@example(" * foo", "x foo")
@example("foo * ", "foo x")
@example("0 * ", "0 x")
def test_what_is_to_be_put_in_the_place_of_a_refused_value_is_the_same(
    value: object, text: str
) -> None:
    if (instead := nearest(value)) is not None:
        assert refusal_of_value(instead) is None
        meant = re.sub(r"\\\*+", ".*", re.escape(str(value).strip()))
        assert is_like(text, instead) == (re.fullmatch(meant, text, re.DOTALL) is not None)


def strangers_hidden_by(field: str, value: str) -> list[str]:
    pattern = parse_pattern(tuned_pattern([Exclusion.of("exclusions.x", "x", {field: [value]})]))
    hidden, _ = missed(pattern, "999988887777", "us-east-1")
    return list(hidden)


# Strangers call whatever service a pattern names, wherever it names: it may be a new one.
@pytest.mark.parametrize("field", sorted({*FIELDS} - {"awsRegion", "eventSource"}))
def test_an_example_that_is_pasted_hides_nobody(field: str) -> None:
    assert strangers_hidden_by(field, FIELDS[field]) == []


def test_a_wrong_value_in_a_list_is_named_by_its_place() -> None:
    problems = problems_of({"x": {"eventName": ["Decrypt", 5, ["List*"]]}})

    assert [problem.path for problem in problems] == [
        "exclusions.x.eventName[1]",
        "exclusions.x.eventName[2]",
    ]
    assert problems[0].mend == "--path 'exclusions.x.eventName[1]' 5 --type string"
    assert problems[1].mend == f"--path 'exclusions.x.eventName[2]' {EXAMPLE}"


def test_an_empty_list_is_refused() -> None:
    problem = only_problem_of({"x": {"eventName": [], "awsRegion": "eu-west-1"}})

    assert problem.path == "exclusions.x.eventName"
    assert problem.mend == f"--path 'exclusions.x.eventName[0]' {EXAMPLE}"


def test_a_value_is_shown_as_the_stack_file_has_it() -> None:
    assert only_problem_of({"x": {"eventName": True}}).why.startswith("true ")
    assert only_problem_of({"x": {"eventName": 1}}).why.startswith("1 ")
    assert only_problem_of({"x": {"eventName": "a*b"}}).why.startswith("'a*b' ")
    assert len(only_problem_of({"x": {"eventName": "a*b" * 1000}}).why) < 300


def test_a_mend_keeps_the_form_of_the_field_and_the_digits_a_string() -> None:
    problem = only_problem_of({"x": {"userIdentity.accountId": 123456789012}})

    assert problem.path == 'exclusions.x["userIdentity.accountId"]'
    assert problem.mend == (
        """--path 'exclusions.x["userIdentity.accountId"]' 123456789012 --type string"""
    )


@pytest.mark.parametrize(
    ("field", "value", "part_of_why"),
    [
        ("sourceIPAddress", "10.0.0.0/8", "'10.0.0.0/8' is a range"),
        ("eventSource", "s3", "s3.amazonaws.com"),
        ("eventName", "s3:GetObject", "CloudTrail writes GetObject alone"),
        ("errorCode", "AccessDeni", "no call that the alarm counts"),
        ("errorCode", "Throttling", "no call that the alarm counts"),
        ("userIdentity.arn", "arn:aws:iam::123456789012:role/scanner", "sessionIssuer.arn names"),
        ("userIdentity.arn", "scanner", "is no ARN"),
        (
            "userIdentity.sessionContext.sessionIssuer.arn",
            "arn:aws:sts::123456789012:assumed-role/scanner/*",
            "is a session's",
        ),
        ("userIdentity.sessionContext.sessionIssuer.arn", "role/scanner", "is no ARN"),
        ("recipientAccountId", "12345678901", "12 digits"),
        ("userIdentity.accountId", "1234567890123", "12 digits"),
    ],
)
def test_a_value_that_cloudtrail_never_writes_there_is_taken_and_doubted(
    field: str, value: str, part_of_why: str
) -> None:
    [(path, why)] = doubts(parsed({"x": {field: [FIELDS[field], value], "awsRegion": "eu-west-1"}}))

    assert path == f"exclusions.x.{field}"
    assert part_of_why in why


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *FIELDS.items(),
        ("sourceIPAddress", "10.0.*"),
        ("sourceIPAddress", "2001:db8::1"),
        ("sourceIPAddress", "AWS Internal"),
        ("eventSource", "s3*"),
        ("errorCode", "AccessDenied"),
        ("errorCode", "AccessDeniedException"),
        ("errorCode", "*Operation"),
        ("userIdentity.arn", "*/scanner"),
        ("userIdentity.arn", "arn:aws:iam::123456789012:user/scanner"),
        ("userIdentity.accountId", "ANONYMOUS_PRINCIPAL"),
    ],
)
def test_a_value_that_may_be_there_is_not_doubted(field: str, value: str) -> None:
    assert not list(doubts(parsed({"x": {field: value, "awsRegion": "eu-west-1"}})))


@pytest.mark.parametrize("value", ["s3.amazonaws.com", "*:role/x", "a b", "%", "[x]", "$.f", "{}"])
def test_other_punctuation_is_taken(value: str) -> None:
    [exclusion] = parsed({"x": {"eventSource": value}})

    assert exclusion.excludes({"eventSource": value.replace("*", "")})


@pytest.mark.parametrize(
    ("value", "described", "other"),
    [
        ("Get", ["Get"], ["", "get", "Gets", "aGet"]),
        ("Get*", ["Get", "GetObject"], ["", "aGet", "get"]),
        ("*Get", ["Get", "aGet", "GetGet"], ["", "Gets"]),
        ("*Get*", ["Get", "aGet", "Gets", "aGets"], ["", "Ge", "Gt"]),
    ],
)
def test_a_value_stands_for_the_texts_that_its_wildcards_describe(
    value: str, described: list[str], other: list[str]
) -> None:
    [exclusion] = parsed({"x": {"eventName": value}})

    assert all(exclusion.excludes(record(eventName=text)) for text in described)
    assert not any(exclusion.excludes(record(eventName=text)) for text in other)


def test_all_conditions_and_any_of_a_conditions_values_must_hold() -> None:
    [exclusion] = parsed({"x": {"eventName": ["A", "B"], "userIdentity.userName": "a"}})

    assert exclusion.excludes(record(eventName="A"))
    assert exclusion.excludes(record(eventName="B"))
    assert not exclusion.excludes(record(eventName="C"))
    assert not exclusion.excludes(record(eventName="A", userIdentity={"userName": "b"}))


@pytest.mark.parametrize(
    "identity",
    [
        None,
        {},
        "userName",
        {"userName": None},
        {"userName": ""},
        {"userName": 5},
        {"userName": ["a"]},
        {"userName": {"a": "a"}},
    ],
)
def test_a_record_whose_field_is_no_such_string_is_not_excluded(identity: object) -> None:
    [exclusion] = parsed({"x": {"userIdentity.userName": "*a*"}})

    assert not exclusion.excludes({"userIdentity": identity})
    assert not exclusion.excludes({})
