import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance.filter_pattern import WildcardModel, parse
from assurance.filter_pattern.wildcards import matcher
from tests.assurance.filter_pattern.strategies import unhurried

FIRST, ANYWHERE, EDGES = (
    WildcardModel.FIRST_OCCURRENCE,
    WildcardModel.ANYWHERE,
    WildcardModel.EDGES_ONLY,
)


@pytest.mark.parametrize(
    ("pattern", "text", "models"),
    [
        ("AccessDenied*", "AccessDeniedException", {FIRST, ANYWHERE, EDGES}),
        ("AccessDenied*", "AccessDenied", {FIRST, ANYWHERE, EDGES}),
        ("AccessDenied*", "VpceAccessDenied", set()),
        ("*Operation", "Client.UnauthorizedOperation", {FIRST, ANYWHERE, EDGES}),
        ("*Operation", "Operations", set()),
        ("*denied*", "was denied twice: denied", {FIRST, ANYWHERE, EDGES}),
        ("*", "", {FIRST, ANYWHERE, EDGES}),
        ("**", "anything", {FIRST, ANYWHERE, EDGES}),
        ("", "", {FIRST, ANYWHERE, EDGES}),
        ("", "x", set()),
        # The value ends in X, but X stands earlier, too.
        ("*111.111", "111.111.111.111", {ANYWHERE, EDGES}),
        ("111*111", "111.111.111.111", {ANYWHERE}),
        ("1*3", "123", {FIRST, ANYWHERE}),
        ("Ev*ent", "Event", {FIRST, ANYWHERE}),
        ("Ev*ent", "Ev*ent", {FIRST, ANYWHERE, EDGES}),
        ("*a*b", "xxayb", {FIRST, ANYWHERE}),
        ("*a*b", "xa*b", {FIRST, ANYWHERE, EDGES}),
        ("a*b*c", "a-b-c", {FIRST, ANYWHERE}),
        ("aba*aba", "ababa", set()),
        ("a*b*b", "ab", set()),
    ],
)
def test_each_model_matches_its_own_way(
    pattern: str, text: str, models: set[WildcardModel]
) -> None:
    assert {model for model in WildcardModel if matcher(pattern, model)(text)} == models


def glob(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(glob(pattern[1:], text[index:]) for index in range(len(text) + 1))
    return text[:1] == pattern[0] and glob(pattern[1:], text[1:])


@unhurried
@given(st.text(alphabet="ab*", max_size=6), st.text(alphabet="ab", max_size=8))
def test_anywhere_is_the_wildcard_of_file_names(pattern: str, text: str) -> None:
    assert matcher(pattern, ANYWHERE)(text) is glob(pattern, text)


@unhurried
@given(st.text(alphabet="ab*", max_size=6), st.text(alphabet="ab", max_size=8))
def test_the_first_occurrence_matches_nothing_that_anywhere_does_not(
    pattern: str, text: str
) -> None:
    assert not matcher(pattern, FIRST)(text) or matcher(pattern, ANYWHERE)(text)


@unhurried
@given(st.text(alphabet="ab", max_size=5), st.text(alphabet="ab", max_size=8))
def test_the_models_agree_on_beginnings_ends_that_stand_once_and_inner_parts(
    part: str, text: str
) -> None:
    patterns = [f"{part}*", f"*{part}*"]
    if text.find(part) == text.rfind(part):
        patterns.append(f"*{part}")
    for pattern in patterns:
        assert len({matcher(pattern, model)(text) for model in WildcardModel}) == 1


def test_the_model_is_chosen_when_a_pattern_is_parsed() -> None:
    line = '{"a": "111.111"}'
    assert not parse('{ $.a = "*111" }').matches(line)
    assert parse('{ $.a = "*111" }', wildcard_model=ANYWHERE).matches(line)
    assert parse('{ $.a != "*111" }').matches(line)
