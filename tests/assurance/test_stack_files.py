"""The stack files, read as the Pulumi CLI reads them."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assurance import stack_files
from assurance.stack_files import StackFileError, StackFiles
from monitoring import endpoints
from monitoring.endpoints import Kind
from tests.deployment import ROOT

PROJECT = """\
name: project
runtime: python
config:
  group:
    type: string
    description: where the trail delivers to
  number: {type: integer, default: 300}
  flag: {type: boolean, default: false}
  list: {type: array, items: {type: string}, default: [a, b]}
  object: {type: object, default: {}}
  text: {type: string, default: ""}
  aws:region: {value: us-east-1}
"""
GOOD = "config:\n  project:group: trail\n"
SECURE = "{secure: AAABAJxRk4cTZ0P}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    return tmp_path


def read(folder: Path, stack_file: str, *, project: str | None = None) -> StackFiles:
    """The config of a stack whose file holds this."""
    (folder / "Pulumi.dev.yaml").write_text(stack_file, encoding="utf-8")
    if project is not None:
        (folder / "Pulumi.yaml").write_text(project, encoding="utf-8")
    return stack_files.read("dev", folder)


def error_of(folder: Path, stack_file: str, *, project: str | None = None) -> str:
    with pytest.raises(StackFileError) as raised:
        read(folder, stack_file, project=project)
    return str(raised.value)


def test_what_the_stack_does_not_set_has_the_projects_default_as_one_text(folder: Path) -> None:
    assert read(folder, GOOD) == StackFiles(
        project="project",
        stack="dev",
        config={
            "project:group": "trail",
            "project:number": "300",
            "project:flag": "false",
            "project:list": '["a","b"]',
            "project:object": "{}",
            "project:text": "",
            "aws:region": "us-east-1",
        },
        secret_keys=(),
    )


def test_what_the_stack_sets_stands_over_the_default(folder: Path) -> None:
    stack = f"{GOOD}  project:number: 600\n  project:list: [c]\n  aws:region: eu-west-1\n"

    files = read(folder, stack)

    assert files.config["project:number"] == "600"
    assert files.config["project:list"] == '["c"]'
    assert files.region == "eu-west-1"


def test_a_project_and_a_stack_that_set_no_region_have_none(folder: Path) -> None:
    project = PROJECT.replace("  aws:region: {value: us-east-1}\n", "")

    assert read(folder, GOOD, project=project).region is None


def test_a_key_without_a_namespace_is_the_projects_own(folder: Path) -> None:
    assert read(folder, "config:\n  group: trail\n  number: 60\n").config["project:number"] == "60"


def test_a_key_that_stands_there_with_and_without_its_namespace_is_refused(folder: Path) -> None:
    error = error_of(folder, f"{GOOD}  group: other\n")

    assert "project:group stands there twice" in error


def test_settings_of_other_namespaces_are_kept(folder: Path) -> None:
    stack = f"{GOOD}  aws:defaultTags: {{tags: {{a: b}}}}\n  other:x: 1\n"

    config = read(folder, stack).config

    assert json.loads(config["aws:defaultTags"]) == {"tags": {"a": "b"}}
    assert config["other:x"] == "1"


def test_a_declared_value_without_a_type_is_the_default(folder: Path) -> None:
    project = f"{PROJECT}  short: abc\n  longer: 5\n"

    config = read(folder, GOOD, project=project).config

    assert (config["project:short"], config["project:longer"]) == ("abc", "5")


def test_a_required_setting_that_is_missing_is_named_with_what_it_is_for(folder: Path) -> None:
    error = error_of(folder, "config:\n  project:number: 5\n")

    assert error == (
        "Pulumi.dev.yaml: has no value for project:group, which Pulumi.yaml requires "
        "(where the trail delivers to)"
    )


@pytest.mark.parametrize("stack", ["", "# nothing\n", "config:\n", "config: {}\n", "---\n"])
def test_a_stack_file_without_settings_lacks_the_required_ones(folder: Path, stack: str) -> None:
    assert "has no value for project:group" in error_of(folder, stack)


def test_a_setting_of_another_namespace_is_not_required(folder: Path) -> None:
    project = PROJECT.replace("{value: us-east-1}", "{description: the region}")

    assert "aws:region" not in read(folder, GOOD, project=project).config


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        ("number: '600'", "600"),
        ("number: -5", "-5"),
        ("flag: 'true'", "true"),
        ("flag: true", "true"),
        ("list: '[\"c\"]'", '["c"]'),
        ("list: []", "[]"),
        ("object: '{\"a\": 1}'", '{"a": 1}'),
        ("object: {a: [1, true, x]}", '{"a":[1,true,"x"]}'),
        ("object: {1: a}", '{"1":"a"}'),
        ("text: '5'", "5"),
        ("text: 'ünï'", "ünï"),
        ("object: {a: ünï}", '{"a":"ünï"}'),
    ],
)
def test_a_setting_may_be_the_text_that_pulumi_config_set_writes(
    folder: Path, setting: str, text: str
) -> None:
    key = setting.partition(":")[0]

    assert read(folder, f"{GOOD}  project:{setting}\n").config[f"project:{key}"] == text


def test_every_setting_of_the_wrong_type_is_told_with_the_command_that_mends_it(
    folder: Path,
) -> None:
    bad = {"number": "five", "flag": "maybe", "list": "{}", "object": "[]", "text": "5"}
    lines = "".join(f"  project:{name}: {value}\n" for name, value in bad.items())

    errors = error_of(folder, f"config:\n{lines}").splitlines()

    missing, *mistyped = errors
    assert missing.startswith("Pulumi.dev.yaml: has no value for project:group")
    assert [error.removeprefix("Pulumi.dev.yaml: project:") for error in mistyped] == [
        "number must be an integer: pulumi config set --stack dev number 300",
        "flag must be a boolean: pulumi config set --stack dev flag false",
        "list must be an array: pulumi config rm --stack dev list, and set what goes into it",
        "object must be an object: pulumi config rm --stack dev object, and set what goes into it",
        "text must be a string: pulumi config set --stack dev text VALUE",
    ]


@pytest.mark.parametrize(
    ("setting", "must_be"),
    [
        ("number: five", "an integer"),
        ("number: 1.5", "an integer"),
        ("number: true", "an integer"),
        ("number: [1]", "an integer"),
        ("number: '1e3'", "an integer"),
        ("number:", "an integer"),
        ("flag: 'yes'", "a boolean"),
        ("flag: yes", "a boolean"),
        ("flag: 1", "a boolean"),
        ("list: a", "an array"),
        ("list: {a: b}", "an array"),
        ("list: '{}'", "an array"),
        ("object: a", "an object"),
        ("object: [a]", "an object"),
        ("object: '[]'", "an object"),
        ("text: 5", "a string"),
        ("text: true", "a string"),
        ("text: [a]", "a string"),
    ],
)
def test_a_setting_of_the_wrong_type_is_refused_as_the_cli_does(
    folder: Path, setting: str, must_be: str
) -> None:
    key = setting.partition(":")[0]

    error = error_of(folder, f"{GOOD}  project:{setting}\n")

    assert error.startswith(f"Pulumi.dev.yaml: project:{key} must be {must_be}: pulumi config ")


@pytest.mark.parametrize(
    ("value", "means"),
    [
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("12:30:45", "12:30:45"),
        ("'+15551234567'", "+15551234567"),
        ("0o14", 12),
        ("+15551234567", 15551234567),
        ("1_000", 1000),
        ("true", True),
        ("~", None),
    ],
)
def test_yaml_is_read_by_version_1_2(folder: Path, value: str, means: Any) -> None:
    config = read(folder, f"{GOOD}  project:object: {{a: {value}}}\n").config

    assert json.loads(config["project:object"]) == {"a": means}


def test_a_byte_order_mark_is_no_part_of_the_file(folder: Path) -> None:
    assert read(folder, f"\ufeff{GOOD}").config["project:group"] == "trail"


def recipients(text: str) -> str:
    return f"{GOOD}  project:recipients:\n{text}"


@pytest.mark.parametrize("kind", ["email", "emailJson", "sms", "https", "pagerduty"])
def test_an_encrypted_endpoint_has_a_stand_in_that_could_be_one(folder: Path, kind: str) -> None:
    files = read(folder, recipients(f"    bob: {{{kind}: {SECURE}}}\n    eve: {{sms: '+1'}}\n"))

    found = json.loads(files.config["project:recipients"])
    assert found["eve"] == {"sms": "+1"}
    assert endpoints.refusal(Kind(kind), found["bob"][kind], secret=False) is None
    assert files.secret_keys == ("project:recipients",)
    assert "AAABAJ" not in str(files)


@pytest.mark.parametrize("kind", ["email", "emailJson", "sms", "https", "pagerduty"])
def test_encrypted_endpoints_of_one_kind_have_different_stand_ins(folder: Path, kind: str) -> None:
    text = "".join(f"    r{n}: {{{kind}: {SECURE}}}\n" for n in range(50))

    found = json.loads(read(folder, recipients(text)).config["project:recipients"])

    stand_ins = [recipient[kind] for recipient in found.values()]
    assert len(set(stand_ins)) == 50


def test_a_stand_in_stays_the_same_from_run_to_run(folder: Path) -> None:
    text = recipients(f"    bob: {{pagerduty: {SECURE}}}\n")

    assert read(folder, text) == read(folder, text)


def test_an_encrypted_setting_of_another_namespace_is_left_out_and_named(folder: Path) -> None:
    files = read(folder, f"{GOOD}  aws:secretKey: {SECURE}\n  datadog:apiKey: {{secure: x}}\n")

    assert "aws:secretKey" not in files.config
    assert "datadog:apiKey" not in files.config
    assert files.secret_keys == ("aws:secretKey", "datadog:apiKey")


@pytest.mark.parametrize(
    ("setting", "place"),
    [
        (f"project:number: {SECURE}", "project:number"),
        (f"project:recipients: {SECURE}", "project:recipients"),
        (f"project:recipients: {{bob: {SECURE}}}", "project:recipients.bob"),
        (f"project:recipients: {{bob: {{sqs: {SECURE}}}}}", "project:recipients.bob.sqs"),
        (f"project:recipients: {{bob: {{lambda: {SECURE}}}}}", "project:recipients.bob.lambda"),
        (f"project:object: {{email: {SECURE}}}", "project:object.email"),
        (f"project:list: [a, {SECURE}]", "project:list[1]"),
        (
            f"project:recipients: {{bob: {{slack: {{teamId: {SECURE}}}}}}}",
            "project:recipients.bob.slack.teamId",
        ),
    ],
)
def test_what_decides_what_is_deployed_cannot_be_stood_in_for(
    folder: Path, setting: str, place: str
) -> None:
    error = error_of(folder, f"{GOOD}  {setting}\n")

    assert f"{place} is encrypted, and what it holds decides what is deployed" in error
    assert "email, emailJson, sms, https, pagerduty may be" in error
    assert "AAABAJ" not in error


def test_a_map_with_more_than_a_ciphertext_is_an_ordinary_one(folder: Path) -> None:
    config = read(folder, f"{GOOD}  project:object: {{secure: a, other: b}}\n").config

    assert json.loads(config["project:object"]) == {"secure": "a", "other": "b"}


@pytest.mark.parametrize("environment", ["[shared/prod]", "{imports: [a]}", "shared"])
def test_an_esc_environment_is_refused_with_what_to_do(folder: Path, environment: str) -> None:
    error = error_of(folder, f"environment: {environment}\n{GOOD}")

    assert "Pulumi ESC environment" in error
    assert "put what is needed here under config:" in error


def test_an_empty_environment_is_none(folder: Path) -> None:
    assert read(folder, f"environment: []\n{GOOD}").config["project:group"] == "trail"


def test_a_missing_stack_is_told_with_the_stacks_there_are(folder: Path) -> None:
    for name in ("prod", "acme.eu", "dev"):
        (folder / f"Pulumi.{name}.yaml").write_text(GOOD)

    with pytest.raises(StackFileError) as raised:
        stack_files.read("staging", folder)

    assert str(raised.value) == (
        "there is no file Pulumi.staging.yaml; the stacks here are acme.eu, dev, prod"
    )


def test_a_project_without_stacks_says_so(folder: Path) -> None:
    with pytest.raises(StackFileError, match=r"Pulumi\.dev\.yaml; there is no stack here"):
        stack_files.read("dev", folder)


def test_a_folder_without_a_project_says_where_to_run(tmp_path: Path) -> None:
    with pytest.raises(StackFileError, match="no Pulumi project here; run this in the project's"):
        stack_files.read("dev", tmp_path)
    with pytest.raises(StackFileError, match="no Pulumi project here"):
        stack_files.read("dev", tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("project", "says"),
    [
        ("", "has no project name"),
        ("runtime: python\n", "has no project name"),
        ("name: 5\n", "has no project name"),
        ("- name\n", "must hold `key: value` lines"),
        ("name: project\nconfig: [a]\n", "config: must hold `key: value` lines"),
        ("name: project\nconfig: a\n", "config: must hold `key: value` lines"),
    ],
)
def test_a_project_file_that_is_none_is_refused(folder: Path, project: str, says: str) -> None:
    assert says in error_of(folder, GOOD, project=project)


@pytest.mark.parametrize(
    ("stack", "says"),
    [
        ("config: [a]\n", "config: must hold `namespace:key: value` lines"),
        ("config: a\n", "config: must hold `namespace:key: value` lines"),
        ("- config\n", "must hold `key: value` lines"),
        ("config:\n  5: a\n", "5 is not a config key of the form namespace:key"),
        ("config:\n  'a:b:c': a\n", "'a:b:c' is not a config key of the form namespace:key"),
        ("config:\n  ':b': a\n", "':b' is not a config key"),
    ],
)
def test_a_stack_file_of_another_form_is_refused(folder: Path, stack: str, says: str) -> None:
    assert says in error_of(folder, stack)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("  a: s3cr3t: x", "mapping values are not allowed here (line 3)"),
        ("  a: {s3cr3t: x", "expected ',' or '}'"),
        ("  project:group: s3cr3t", "the same key stands there twice (line 3)"),
        ("  a: *s3cr3t", "found undefined alias (line 3)"),
        ("  a: !s3cr3t x", "could not determine a constructor for the tag (line 3)"),
        ("  a: 's3cr3t", "found unexpected end of stream"),
        ("\ta: s3cr3t", "cannot start any token"),
        ("  a: s3cr3t\n b: x", "expected <block end>"),
        ("  a: 2024-13-45", "it cannot be parsed"),
        ("  ? [s3cr3t, x]\n  : y", "it cannot be parsed"),
        ("  a: &a [*a, s3cr3t]", "it cannot be parsed"),
        ("  a: s3cr3t\x00", "it cannot be parsed"),
        ("  a: " + "[" * 1000, "it cannot be parsed"),
    ],
)
def test_invalid_yaml_is_told_by_its_place_and_without_its_text(
    folder: Path, line: str, says: str
) -> None:
    error = error_of(folder, f"{GOOD}{line}\n")

    assert error.startswith(f"{folder / 'Pulumi.dev.yaml'}: is not valid YAML: ")
    assert says in error
    assert "s3cr3t" not in error
    assert "\n" not in error


def test_an_anchor_that_is_used_again_prints_nothing_of_the_file(
    folder: Path, capsys: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder
) -> None:
    stack = f"{GOOD}  a: &x s3cr3t\n  b: &x other\n  project:text: *x\n"

    assert read(folder, stack).config["project:text"] == "other"
    assert list(recwarn) == []
    assert capsys.readouterr() == ("", "")


def test_an_unreadable_file_is_told(folder: Path) -> None:
    (folder / "Pulumi.dev.yaml").mkdir()
    with pytest.raises(StackFileError, match=r"Pulumi.dev.yaml: cannot be read: "):
        stack_files.read("dev", folder)


def test_a_file_that_is_not_text_is_told(folder: Path) -> None:
    (folder / "Pulumi.dev.yaml").write_bytes(b"config:\n  project:group: \xff\xfe\n")
    with pytest.raises(StackFileError, match=r"Pulumi.dev.yaml: cannot be read: "):
        stack_files.read("dev", folder)


@settings(
    deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(st.characters(codec="utf-8"), max_size=60))
def test_no_text_whatever_is_a_traceback(folder: Path, text: str) -> None:
    for stack in (text, f"config:\n  project:group: {text}\n", f"{GOOD}  a: {text}"):
        (folder / "Pulumi.dev.yaml").write_bytes(stack.encode())
        with contextlib.suppress(StackFileError):
            files = stack_files.read("dev", folder)
            assert all(isinstance(value, str) for value in files.config.values())


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_shipped_stacks_are_read_whole(stack: str) -> None:
    files = stack_files.read(stack, ROOT)

    assert files.project == "unauthorized-api-calls"
    assert files.region == "us-east-1"
    assert files.config["unauthorized-api-calls:logGroupName"] == "aws-cloudtrail-logs"
    assert files.secret_keys == ()
