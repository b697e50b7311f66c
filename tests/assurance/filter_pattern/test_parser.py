import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance.filter_pattern import (
    And,
    Comparison,
    FilterPatternError,
    Node,
    NotExists,
    Number,
    Operator,
    Or,
    Regex,
    Selector,
    Text,
    Wildcard,
    parse,
)
from tests.assurance.filter_pattern.strategies import trees, unhurried


def is_a(name: str, value: Text | Number | Regex) -> Comparison:
    return Comparison(Selector((name,)), Operator.EQUAL, value)


def root_of(condition: str) -> Node:
    return parse(f"{{ {condition} }}").root


@unhurried
@given(trees)
def test_what_a_tree_prints_parses_back_to_it(tree: Node) -> None:
    assert parse(str(tree)).root == tree


@unhurried
@given(st.text(max_size=40) | st.text(alphabet="{}()$.a[]*'\"%=!<>&|\\ 1e+ISNULOTEX", max_size=40))
def test_any_text_is_parsed_or_refused_at_a_place_within_it(text: str) -> None:
    for frame in ("%s", "{%s", "{ %s }", "{ $.a = %s }", "{ $.a %s }"):
        candidate = frame.replace("%s", text)
        refusal = None
        try:
            assert parse(candidate).text == candidate
        except FilterPatternError as error:
            refusal = error
        if refusal is not None:
            assert 0 <= refusal.position <= len(candidate)
            assert refusal.expected in str(refusal)


@pytest.mark.parametrize(
    ("selector", "steps"),
    [
        ("$.eventName", ("eventName",)),
        ("$.detail-type", ("detail-type",)),
        ("$.non_existent.0", ("non_existent", "0")),
        ("$.users[0].name", ("users", 0, "name")),
        ("$.coordinates[0][12]", ("coordinates", 0, 12)),
        ("$.['cluster.name']", ("cluster.name",)),
        ('$.["it\'s"].x', ("it's", "x")),
        ("$['a b'][3]", ("a b", 3)),
        ("$.a['} || ( \" %']", ("a", '} || ( " %')),
        ("$.users[*].id", ("users", Wildcard.ANY_ELEMENT, "id")),
        ("$.*", (Wildcard.ANY_FIELD,)),
        ("$.IS", ("IS",)),
    ],
)
def test_selectors_name_fields_indexes_and_wildcards(
    selector: str, steps: tuple[str | int | Wildcard, ...]
) -> None:
    assert root_of(f"{selector} NOT EXISTS") == NotExists(Selector(steps))


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        ("UpdateTrail", Text("UpdateTrail")),
        ('"UpdateTrail"', Text("UpdateTrail")),
        ('""', Text("")),
        ('"a\\\n"', Text("a\\\n")),
        ("123.123.*", Text("123.123.*")),
        ("s3.amazonaws.com", Text("s3.amazonaws.com")),
        ("*", Text("*")),
        ("-", Text("-")),
        ("4*", Text("4*")),
        (".5", Text(".5")),
        ("5.", Text("5.")),
        ("1E3", Text("1E3")),
        ("NULL", Text("NULL")),
        ("404", Number("404")),
        ('"404"', Text("404")),
        ("-55.5", Number("-55.5")),
        ("+1000", Number("+1000")),
        ("1e+3", Number("1e+3")),
        ("10e-3", Number("10e-3")),
        (r'"say \"no\" \\ \d"', Text(r'say "no" \ \d')),
        ('"café } || ($.b = 1)"', Text("café } || ($.b = 1)")),
        ("%^[hc]at$%", Regex("^[hc]at$")),
        ("%shutting down%", Regex("shutting down")),
    ],
)
def test_values_are_texts_numbers_or_regular_expressions(
    value: str, meaning: Text | Number | Regex
) -> None:
    assert root_of(f"$.a = {value}") == is_a("a", meaning)


def test_numbers_are_equal_if_they_are_written_alike() -> None:
    assert Number("12") != Number("12.0")
    assert Number("12").value == Number("12.0").value


def test_spaces_between_the_parts_make_no_difference() -> None:
    dense = '{($.a=1)&&($.b!="x")||$.c>=2}'
    spaced = '{\n  ( $.a  =  1 )\t&& ( $.b != "x" )\r\n || $.c >= 2 }\n'
    assert parse(dense).root == parse(spaced).root


def test_and_binds_before_or_and_brackets_before_both() -> None:
    a, b, c = (is_a(name, Number("1")) for name in "abc")
    assert root_of("$.a = 1 || $.b = 1 && $.c = 1") == Or((a, And((b, c))))
    assert root_of("$.a = 1 && $.b = 1 || $.c = 1") == Or((And((a, b)), c))
    assert root_of("($.a = 1 || $.b = 1) && $.c = 1") == And((Or((a, b)), c))


def test_brackets_that_change_nothing_leave_no_trace() -> None:
    flat = root_of("$.a = 1 && $.b = 1 && $.c = 1")
    assert root_of("$.a = 1 && ($.b = 1 && $.c = 1)") == flat
    assert root_of("((($.a = 1) && ((($.b = 1)))) && $.c = 1)") == flat


def test_conditions_know_where_they_stand() -> None:
    tree = root_of("$.a = 1 && ($.b NOT EXISTS)")
    assert isinstance(tree, And)
    assert [getattr(node, "position", None) for node in tree.nodes] == [2, 14]


def test_five_hundred_brackets_are_no_crash() -> None:
    assert parse("{" + "(" * 500 + "$.a = 1" + ")" * 500 + "}").root == is_a("a", Number("1"))
    with pytest.raises(FilterPatternError):
        parse("{" + "(" * 1000 + "}")


@pytest.mark.parametrize(
    ("text", "position", "expected"),
    [
        ("", 0, "an empty pattern counts every event"),
        ("  ", 0, "an empty pattern counts every event"),
        ("ERROR -Exiting", 0, "a list of terms"),
        ("$.a = 1", 0, "a list of terms"),
        ("[ip, user, ...]", 0, "the space-delimited form"),
        ("%AUTHORIZED%", 0, "a regular expression over the whole line"),
        (" {$.ThisFlag IS TRUE} ", 0, "no space before"),
        ("{", 1, "a selector"),
        ("{}", 1, "a selector"),
        ("{ () }", 3, "a selector"),
        ("{ a = 1 }", 2, "a selector"),
        ("{ .a = 1 }", 2, "a selector"),
        ("{ || $.a = 1 }", 2, "a selector"),
        ("{ $.a = 1 && }", 13, "a selector"),
        ("{ NOT EXISTS }", 2, "a selector"),
        ("{ $.a }", 6, "an operator"),
        ('{ $.a * "x" }', 6, "an operator"),
        ("{ $.a ! = 1 }", 6, "an operator"),
        ("{ $.a = }", 8, "a value"),
        ("{ $.a == 1 }", 7, "one ="),
        ("{ $.a = 1", 9, '"&&", "||" or "}"'),
        ("{ $.a = 1 & $.b = 1 }", 10, '"&&"'),
        ("{ $.a = 1 && $.b = 1) }", 20, '"}"'),
        ("{ ($.a = 1 }", 11, '")"'),
        ("{ $.a = x and $.b = 1 }", 10, '"&&" or "||"'),
        ("{ $.a = 1 } trailing", 12, 'nothing after the closing "}"'),
        ("{ $.a EXISTS }", 6, "EXISTS is not supported"),
        ("{ $.a NOT }", 10, "EXISTS"),
        ("{ $.a NOTEXISTS }", 6, "NOT EXISTS"),
        ("{ $.a NOT EXISTS extra }", 17, '"&&"'),
        ("{ $.a NOT EXIST }", 10, "EXISTS"),
        ("{ $.a ISNULL }", 6, "an operator"),
        ("{ $.a not exists }", 6, "in capitals"),
        ("{ $.a IS null }", 9, "in capitals"),
        ("{ $.a IS MAYBE }", 9, "NULL, TRUE or FALSE"),
        ("{ $.a IS NOT NULL }", 9, "IS NOT is not supported"),
        ("{ $.a LIKE x }", 6, "%regex%"),
        ("{ $.a in x }", 6, "%regex%"),
        ("{\u00a0$.a = 1 }", 1, "a selector"),
        ('{ $.a = "open }', 8, "a closing quote"),
        ('{ $.a = "open\\" }', 8, "a closing quote"),
        ("{ $.a = %open }", 8, "a closing %"),
        ("{ $.a = 'x' }", 8, "double quotes"),
        ("{ $.a = arn:aws:iam }", 11, "double quotes"),
        ("{ $.a = $.b }", 8, "double quotes"),
        ("{ $.a = café }", 11, "double quotes"),
        ("{ $.a = a+b }", 9, "double quotes"),
        ("{ ($.a = 1 }", 11, "the bracket that is still open"),
        ("{ $.a = 1) }", 9, "no bracket is open here"),
        ("{ $.a[x] = 1 && }", 5, "[index]"),
        ("{ $.a = b:c $.d = 1 }", 9, "double quotes"),
        ("{ $.a < }", 8, "a number"),
        ("{ $.a < = 4 }", 8, "no blank in it"),
        ("{ $.a >== 4 }", 8, "one of <= >="),
        ("{ $.a => 4 }", 7, "the operators of order"),
        ('{ $.a > "123" }', 8, "a number without quotes"),
        ("{ $.a >= unquoted }", 9, "a number without quotes"),
        ("{ $.a < 4* }", 8, "a number without quotes"),
        ("{ $.a <= %1% }", 9, "a number without quotes"),
        ("{ $ = 1 }", 3, "a field"),
        ("{ $. = 1 }", 3, "a field"),
        ("{ $.a. = 1 }", 5, "a field"),
        ("{ $.a..b = 1 }", 5, "a field"),
        ("{ $.a[x] = 1 }", 5, "[index]"),
        ("{ $.a[-1] = 1 }", 5, "[index]"),
        ("{ $.a[0.1] = 1 }", 5, "[index]"),
        ("{ $.['open] = 1 }", 5, "a closing quote"),
        ('{ $["open] = 1 }', 4, "a closing quote"),
        ("{ $.['open", 5, "a closing quote"),
        ("{ $.a' = 1 }", 5, "a field"),
        ("{ $.a[x] foo }", 5, "[index]"),
        ("{ $.é = 1 }", 3, "a field"),
        ("{ $[0] = 1 }", 3, "an array index must follow one"),
        ("{ $.a[99999999999999999999] = 1 }", 5, "an array index up to"),
        ("{ $.*[*] = 1 }", 2, "at most one wildcard"),
        ("{ $.a = %% }", 9, "a regular expression"),
        ("{ $.a = %(ab)+% }", 9, "CloudWatch takes in a regular expression"),
        ("{ $.a = %x% && $.b = %y% && $.c = %z% }", 28, "at most 2 regular expressions"),
        (
            "{ $.a[*] = 1 || $.b[*] = 1 || $.* = 1 || $.d.* = 1 }",
            41,
            "at most 3 selectors with a wildcard",
        ),
        ("{ $.a = " + "x" * 1024 + " }", 1024, "at most 1024 characters"),
    ],
)
def test_what_cloudwatch_refuses_is_refused_with_place_and_reason(
    text: str, position: int, expected: str
) -> None:
    with pytest.raises(FilterPatternError) as refusal:
        parse(text)
    assert refusal.value.position == position
    assert expected in refusal.value.expected


def test_quotas_are_met_exactly() -> None:
    parse("{ $.a[*] = 1 || $.b[*] = 1 || $.* = 1 }")
    parse("{ $.a = %x% && $.b = %y% }")
    parse("{ $.a = " + "x" * (1024 - 10) + " }")
