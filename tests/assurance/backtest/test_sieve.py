"""What the quick reading passes over without a look, no filter pattern would have matched."""

import pytest
from hypothesis import given

from assurance.backtest.sieve import passing, sieve_for
from assurance.filter_pattern import FilterPattern, Node, parse, selectors
from monitoring import control
from tests.assurance.filter_pattern.strategies import Json, patterns_and_records, unhurried

BENCHMARKS = [parse(text) for text in control.PATTERNS.values()]


@unhurried
@given(patterns_and_records())
def test_a_sieve_lets_pass_whatever_matches(drawn: tuple[Node, Json]) -> None:
    tree, record = drawn
    assert isinstance(record, dict)
    pattern = FilterPattern(str(tree), tree)
    if not pattern.matches_record(record):
        return
    for selector in selectors(tree):
        match selector.steps:
            case (str() as name,) if type(value := record.get(name)) is str:
                assert passing([pattern], name)(value)
    if (found := sieve_for([pattern])) is not None:
        value = record.get(found.field)
        assert value is not None
        assert type(value) is not str or found.passes(value)


@pytest.mark.parametrize(
    ("error_code", "passes"),
    [
        ("Client.UnauthorizedOperation", True),
        ("AccessDeniedException", True),
        ("ThrottlingException", False),
        ("NoAccessDenied", False),
        ("", False),
    ],
)
def test_the_sieve_of_the_benchmarks_goes_by_the_error_code(error_code: str, passes: bool) -> None:
    found = sieve_for(BENCHMARKS)

    assert found is not None
    assert found.field == "errorCode"
    assert found.passes(error_code) is passes


def test_a_pattern_that_another_field_may_satisfy_holds_nothing_back() -> None:
    either = parse('{ ($.errorCode = "A*") || ($.eventName = "Describe*") }')

    assert sieve_for([either]) is None
    assert sieve_for([*BENCHMARKS, either]) is None
    assert passing([*BENCHMARKS, either], "errorCode")("ThrottlingException")


def test_fields_that_are_looked_for_where_they_may_be_missing_are_no_sieve() -> None:
    assert sieve_for([parse('{ ($.a NOT EXISTS) || ($.a IS NULL) || ($.a != "x") }')]) is None
