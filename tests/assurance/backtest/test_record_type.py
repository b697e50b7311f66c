"""What the quick reading passes over without a look, no filter pattern would have matched."""

import pytest
from hypothesis import given

from assurance.backtest import record_type
from assurance.filter_pattern import FilterPattern, Node, Selector, parse, selectors
from monitoring import control
from tests.assurance.filter_pattern.strategies import Json, patterns_and_records, unhurried

BENCHMARKS = [parse(text) for text in control.PATTERNS.values()]
ERROR_CODE = Selector(("errorCode",))


@unhurried
@given(patterns_and_records())
def test_a_sieve_lets_through_whatever_matches(drawn: tuple[Node, Json]) -> None:
    tree, record = drawn
    assert isinstance(record, dict)
    pattern = FilterPattern(str(tree), tree)
    if pattern.matches_record(record):
        for selector in selectors(tree):
            match selector.steps:
                case (str() as name,) if isinstance(record.get(name), str):
                    assert record_type.sieve([pattern], selector)(record[name])


@pytest.mark.parametrize(
    ("error_code", "may_match"),
    [
        ("Client.UnauthorizedOperation", True),
        ("AccessDeniedException", True),
        ("ThrottlingException", False),
        ("NoAccessDenied", False),
        (None, False),
    ],
)
def test_a_sieve_holds_back_what_one_field_decides(error_code: str | None, may_match: bool) -> None:
    assert record_type.sieve(BENCHMARKS, ERROR_CODE)(error_code) is may_match


def test_a_pattern_that_another_field_may_satisfy_holds_nothing_back() -> None:
    either = parse('{ ($.errorCode = "A*") || ($.eventName = "Describe*") }')

    assert record_type.sieve([either], ERROR_CODE)("ThrottlingException")
    assert record_type.sieve([*BENCHMARKS, either], ERROR_CODE)("ThrottlingException")
