"""The README's example is a program that the component takes."""

from typing import Any

from ruamel.yaml import YAML

from monitoring.unauthorized_api_calls import TOKEN
from tests import readme
from tests.plugin.host import Host, output

EXAMPLE = ("<!-- plugin:yaml -->\n```yaml\n", "```\n")
PAGERDUTY = "https://events.pagerduty.com/integration/0123456789abcdef0123456789abcdef/enqueue"


def test_the_yaml_program_makes_the_monitor_and_reads_an_output_that_there_is(
    component_host: Host,
) -> None:
    program = YAML(typ="safe").load(readme.written(EXAMPLE))
    [[name, monitor]] = program["resources"].items()
    assert monitor["type"] == TOKEN
    assert program["config"]["pagerdutyUrl"]["secret"]

    made = component_host.construct(_with_config(monitor["properties"]))

    assert made.error == ""
    assert made.logged == []
    assert len(made.deployment.of_type(":TopicSubscription")) >= len(
        monitor["properties"]["recipients"]
    )
    read = {value.strip("${}").removeprefix(f"{name}.") for value in program["outputs"].values()}
    assert read
    assert read <= set(made.state)


def _with_config(value: Any) -> Any:
    """The properties as the engine hands them over, the secret in its place."""
    if isinstance(value, dict):
        return {key: _with_config(item) for key, item in value.items()}
    return output(PAGERDUTY, is_secret=True) if value == "${pagerdutyUrl}" else value
