"""The evaluator against what public sources say of CloudWatch Logs itself."""

import json
from pathlib import Path
from typing import Any

import pytest

from assurance.filter_pattern import FilterPatternError, WildcardModel, parse

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "data" / "filter_patterns" / "vectors.json").read_text()
)


def seen_on_aws(vector: dict[str, Any]) -> bool:
    return vector["evidence"] in {"live", "live-comment", "docs"} and not vector.get("disputed")


def verdict(
    vector: dict[str, Any], model: WildcardModel = WildcardModel.FIRST_OCCURRENCE
) -> bool | str:
    event = vector["event"]
    line = event if isinstance(event, str) else json.dumps(event)
    try:
        return parse(vector["pattern"], wildcard_model=model).matches(line)
    except FilterPatternError:
        return "invalid"


def expectation(vector: dict[str, Any]) -> bool | str:
    return "invalid" if vector.get("invalid") else bool(vector["match"])


def identity(vector: dict[str, Any]) -> str:
    return str(vector["id"])


def test_there_are_vectors_of_each_kind_to_gate_on() -> None:
    gating = [vector for vector in VECTORS if seen_on_aws(vector)]
    assert {vector["evidence"] for vector in gating} == {"live", "live-comment", "docs"}
    assert {expectation(vector) for vector in gating} == {True, False, "invalid"}


@pytest.mark.parametrize("vector", [*filter(seen_on_aws, VECTORS)], ids=identity)
def test_what_aws_was_seen_to_do_or_documents(vector: dict[str, Any]) -> None:
    assert verdict(vector) == expectation(vector), vector.get("note")


@pytest.mark.parametrize(
    "vector", [vector for vector in VECTORS if not seen_on_aws(vector)], ids=identity
)
def test_what_other_sources_say_or_dispute_is_reported_only(
    vector: dict[str, Any],
) -> None:
    if verdict(vector) != expectation(vector):
        pytest.xfail(f"{vector['pattern']}: we say {verdict(vector)}. {vector.get('note', '')}")


def test_only_the_first_occurrence_model_explains_all_that_was_seen_on_aws() -> None:
    seen = [v for v in VECTORS if v["evidence"] in {"live", "live-comment"}]
    differing = {
        model: {v["id"] for v in seen if verdict(v, model) != expectation(v)}
        for model in WildcardModel
    }
    assert differing[WildcardModel.FIRST_OCCURRENCE] == set()
    assert differing[WildcardModel.ANYWHERE]
    assert differing[WildcardModel.EDGES_ONLY]
