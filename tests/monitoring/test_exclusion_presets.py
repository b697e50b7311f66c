import json
from collections.abc import Sequence
from typing import Any

import pytest

from assurance import aws, filter_pattern
from assurance.probe_records import DENIED_CODES, IDENTITIES, VERBS, Records, Strangers
from monitoring import exclusions
from monitoring.exclusion_presets import PRESETS, Preset, parse
from monitoring.exclusions import Exclusion
from monitoring.problems import Problems
from monitoring.tuned_pattern import costs, refuse_too_long, tuned_pattern

every_preset = pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)

ALL = tuple(preset.exclusion(name) for name, preset in PRESETS.items())


def counts(record: object, given: Sequence[Exclusion]) -> bool:
    return filter_pattern.parse(tuned_pattern(given)).matches(
        record if isinstance(record, str) else json.dumps(record)
    )


def parsed(values: object) -> tuple[Exclusion, ...]:
    problems = Problems()
    found = parse(values, problems)
    assert problems == []
    return found


@every_preset
def test_a_preset_says_what_it_keeps_quiet_at_what_cost_and_who_reported_it(preset: Preset) -> None:
    assert PRESETS[preset.name] is preset
    assert preset.noise
    assert preset.cost
    assert preset.sources
    assert preset.excluded
    assert len(preset.counted) >= len(preset.fields)


@every_preset
def test_a_preset_is_an_exclusion_that_anybody_could_have_written(preset: Preset) -> None:
    problems = Problems()

    [exclusion] = exclusions.parse({"x": preset.fields}, problems)

    assert problems == []
    assert exclusion.conditions == preset.exclusion("exclusionPresets[0]").conditions


@every_preset
def test_a_preset_excludes_its_samples_which_else_would_count(preset: Preset) -> None:
    exclusion = preset.exclusion("exclusionPresets[0]")

    for record in preset.excluded:
        assert counts(record, [])
        assert not counts(record, [exclusion])
        assert exclusion.excludes(record)


@every_preset
def test_a_preset_leaves_every_other_sample_counted(preset: Preset) -> None:
    exclusion = preset.exclusion("exclusionPresets[0]")

    for record in preset.counted:
        assert counts(record, [exclusion])
        assert not exclusion.excludes(record)


@every_preset
def test_each_condition_of_a_preset_is_shown_to_matter_by_a_sample(preset: Preset) -> None:
    for field in preset.fields:
        others = {name: values for name, values in preset.fields.items() if name != field}
        without = Exclusion.of("x", "x", others)
        assert any(without.excludes(record) for record in preset.counted), field


@every_preset
def test_a_preset_goes_by_nothing_that_a_caller_can_call_itself(preset: Preset) -> None:
    assert {"eventName"} < set(preset.fields) <= {"eventName", "eventSource", "sourceIPAddress"}
    for value in preset.fields.get("sourceIPAddress", []):
        assert value.endswith(".amazonaws.com")
        assert "*" not in value


def test_no_preset_hides_what_another_counts() -> None:
    excluded = [json.dumps(record) for preset in PRESETS.values() for record in preset.excluded]

    for preset in PRESETS.values():
        for record in preset.counted:
            assert counts(record, ALL) is (json.dumps(record) not in excluded)


@pytest.mark.parametrize("kind", IDENTITIES)
def test_no_preset_hides_an_unknown_principal(kind: str) -> None:
    records = Records(seed=1, services=aws.service_names(), regions=aws.region_names())
    pattern = filter_pattern.parse(tuned_pattern(ALL))

    for verb in VERBS:
        for code in DENIED_CODES:
            assert pattern.matches(records.denied(1_700_000_000, kind, verb=verb, code=code))
    for call in Strangers(records, pattern).denied(1_700_000_000, kind):
        assert pattern.matches(call)


def test_all_presets_together_leave_room_for_a_role_of_ones_own() -> None:
    arn = "arn:aws:sts::123456789012:assumed-role/my-own-scanner/*"
    problems = Problems()
    own = exclusions.parse({"my-scanner": {"userIdentity.arn": arn}}, problems)

    refuse_too_long([*ALL, *own], problems)

    assert problems == []
    assert filter_pattern.lint(filter_pattern.parse(tuned_pattern([*ALL, *own]))) == []
    assert len(tuned_pattern(ALL)) == 827
    assert costs(ALL) == {
        "cloudfront-origins": 122,
        "config-recorder": 121,
        "inspector-console": 158,
        "resource-explorer": 153,
        "security-hub-checks": 103,
    }


def test_presets_are_named_in_a_list_and_their_settings_are_its_places() -> None:
    found = parsed(["resource-explorer", "config-recorder"])

    assert [(each.setting, each.name) for each in found] == [
        ("exclusionPresets[0]", "resource-explorer"),
        ("exclusionPresets[1]", "config-recorder"),
    ]


def test_no_presets_are_none() -> None:
    assert parsed([]) == ()


@pytest.mark.parametrize("values", ["config-recorder", {"config-recorder": True}, 3])
def test_presets_must_be_a_list(values: object) -> None:
    problems = Problems()

    assert parse(values, problems) == ()
    [problem] = problems
    assert problem.path == "exclusionPresets"
    assert "config-recorder" in problem.why
    assert problem.mend == "rm exclusionPresets\n--path 'exclusionPresets[0]' config-recorder"


@pytest.mark.parametrize("name", ["nothing", None, 5, ["config-recorder"], {"a": 1}])
def test_a_name_of_no_preset_is_refused_with_the_names_there_are(name: Any) -> None:
    problems = Problems()

    found = parse(["resource-explorer", name], problems)

    assert [each.name for each in found] == ["resource-explorer"]
    [problem] = problems
    assert problem.path == "exclusionPresets[1]"
    assert all(preset in problem.why for preset in PRESETS)
    assert problem.mend == "rm --path 'exclusionPresets[1]'"


def test_a_misspelt_name_is_mended_by_the_one_that_is_close() -> None:
    problems = Problems()

    parse(["security-hub-check"], problems)

    assert problems[0].mend == "--path 'exclusionPresets[0]' security-hub-checks"


def test_a_misspelt_name_is_not_mended_by_one_that_is_there_already() -> None:
    problems = Problems()

    parse(["security-hub-check", "security-hub-checks"], problems)

    assert problems[0].mend == "rm --path 'exclusionPresets[0]'"


def test_a_preset_that_is_there_twice_is_refused() -> None:
    problems = Problems()

    parse(["config-recorder", "config-recorder"], problems)

    [problem] = problems
    assert problem.path == "exclusionPresets[1]"
    assert problem.mend == "rm --path 'exclusionPresets[1]'"


def test_a_preset_and_the_same_exclusion_of_ones_own_take_the_room_of_one() -> None:
    own = exclusions.parse({"mine": PRESETS["config-recorder"].fields}, Problems())
    preset = parsed(["config-recorder"])

    assert tuned_pattern([*own, *preset]) == tuned_pattern(preset)
