"""Programs in other languages, as the engine hands their inputs to the host."""

from typing import Any

import pytest

from monitoring.unauthorized_api_calls import TOKEN
from tests.deployment import PROJECT, is_secret, revealed
from tests.plugin.host import STACK, UNKNOWN, Constructed, Host, output, secret

KEY = "0123456789abcdef0123456789abcdef"
PAGERDUTY = f"https://events.pagerduty.com/integration/{KEY}/enqueue"
MAIL = {"security-team": {"email": "security@your-company.com"}}
TRAIL = {"logGroupName": "trail", "recipients": MAIL}
ELSEWHERE = f"urn:pulumi:{STACK}::{PROJECT}::aws:sqs/queue:Queue::elsewhere"
PLAIN = "must be a plain value: it decides which resources there are"


def subscriptions(made: Constructed) -> dict[str, dict[str, Any]]:
    """The subscriptions by the end of their names; there are no others."""
    assert made.error == ""
    found = made.deployment.of_type(":TopicSubscription")
    return {
        name.removeprefix("CISUnauthorizedAPICallAlerts-main-"): of for name, of in found.items()
    }


def refused(made: Constructed) -> str:
    """What is said of the inputs; nothing was made of them, and no credential repeated."""
    assert made.error
    assert made.deployment.names == set()
    assert "Traceback" not in made.error
    assert "File " not in made.error
    assert " object at 0x" not in made.error
    assert KEY not in made.error + "".join(made.logged)
    # The engine would print the value of every property that the error names in its structure.
    assert made.properties_in_error == []
    return made.error


def test_plain_inputs_make_the_monitor_with_all_that_it_promises(component_host: Host) -> None:
    made = component_host.construct({**TRAIL, "threshold": 5, "period": 600})

    [mail] = subscriptions(made).values()
    assert mail["endpoint"] == MAIL["security-team"]["email"]
    alarm = made.deployment.one(":MetricAlarm", "cis-v3.0")
    assert (alarm["threshold"], alarm["period"]) == (5, 600)
    [outputs] = [out for key, out in made.deployment.outputs.items() if key.startswith(TOKEN)]
    assert set(made.state) == set(outputs)
    assert made.state["logGroupName"] == "trail"
    assert set(made.state["alarmArns"]) == {"cis-v3.0", "heartbeat", "delivery"}


@pytest.mark.parametrize(
    "recipients",
    [
        {**MAIL, "on-call": {"pagerduty": PAGERDUTY}},
        {**MAIL, "on-call": {"pagerduty": secret(PAGERDUTY)}},
        {**MAIL, "on-call": {"pagerduty": output(PAGERDUTY, is_secret=True)}},
        {**MAIL, "on-call": output({"pagerduty": PAGERDUTY}, is_secret=True)},
        secret({**MAIL, "on-call": {"pagerduty": PAGERDUTY}}),
        output({**MAIL, "on-call": {"pagerduty": PAGERDUTY}}, is_secret=True),
    ],
    ids=["plain", "secret", "secret output", "secret recipient", "secret map", "secret output map"],
)
def test_a_credential_is_the_same_secret_subscription_however_it_came(
    recipients: object, component_host: Host
) -> None:
    plain = component_host.construct({**TRAIL, "recipients": {"on-call": {"pagerduty": PAGERDUTY}}})
    [name] = subscriptions(plain)

    made = component_host.construct({**TRAIL, "recipients": recipients})

    assert len(subscriptions(made)) == 2
    endpoint = subscriptions(made)[name]["endpoint"]
    assert is_secret(endpoint)
    assert revealed(endpoint) == PAGERDUTY
    assert KEY not in str(made.logged) + str(made.state)


def test_of_a_secret_map_every_endpoint_is_secret(component_host: Host) -> None:
    made = component_host.construct({**TRAIL, "recipients": secret(MAIL)})

    [subscription] = subscriptions(made).values()
    assert is_secret(subscription["endpoint"])


def test_a_plain_neighbour_of_a_secret_output_stays_plain(component_host: Host) -> None:
    on_call = {"pagerduty": output(PAGERDUTY, is_secret=True)}

    made = component_host.construct({**TRAIL, "recipients": {**MAIL, "on-call": on_call}})

    [mail] = [of for name, of in subscriptions(made).items() if name.startswith("email")]
    assert mail["endpoint"] == MAIL["security-team"]["email"]


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize("hidden", [True, False])
def test_another_resources_output_is_an_endpoint_under_its_recipients_name(
    hidden: bool, preview: bool, component_host: Host
) -> None:
    value = None if preview else "arn:aws:sqs:us-east-1:111122223333:elsewhere"
    queue = {"sqs": output(value, of=ELSEWHERE, is_secret=hidden)}

    made = component_host.construct({**TRAIL, "recipients": {"siem": queue}}, preview=preview)

    assert list(subscriptions(made)) == ["sqs-siem"]


@pytest.mark.parametrize("unknown", [UNKNOWN, output(of=ELSEWHERE)], ids=["bare", "output"])
def test_a_map_that_is_not_known_in_a_preview_is_refused(
    unknown: object, component_host: Host
) -> None:
    made = component_host.construct({**TRAIL, "recipients": unknown}, preview=True)

    assert refused(made) == f"main:\n  recipients: {PLAIN}"


def test_a_map_that_depends_on_a_resource_is_refused_in_the_update_as_in_the_preview(
    component_host: Host,
) -> None:
    made = component_host.construct(TRAIL, recipients=[ELSEWHERE])

    assert refused(made) == f"main:\n  recipients: {PLAIN}"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"threshold": secret(5)}, f"threshold: {PLAIN}"),
        ({"threshold": UNKNOWN}, f"threshold: {PLAIN}"),
        ({"threshold": [5]}, "threshold: [5.0] is not a whole number"),
        ({"threshold": "five"}, "threshold: 'five' is not a whole number"),
        ({"treshold": 5}, "treshold: is not an argument"),
        ({"benchmarks": [UNKNOWN]}, f"benchmarks: {PLAIN}"),
        (
            {"exclusions": {"x": {"eventName": [output("A", is_secret=True)]}}},
            f"exclusions: {PLAIN}",
        ),
        ({"recipients": {"x": UNKNOWN}}, f"recipients.x: {PLAIN}"),
        ({"recipients": {"x": PAGERDUTY}}, "recipients.x: must have exactly one kind"),
        ({"recipients": {"x": {"pagerdty": PAGERDUTY}}}, "recipients.x: has a kind that does not"),
        ({"recipients": {"x": {"pagerduty": secret(f"http://{KEY}")}}}, "recipients.x.pagerduty: "),
        ({"recipients": [PAGERDUTY]}, "recipients: must be an object"),
    ],
)
def test_wrong_inputs_are_refused_in_the_users_words(
    given: dict[str, object], said: str, component_host: Host
) -> None:
    made = component_host.construct({**TRAIL, **given}, preview=True)

    assert f"\n  {said}" in refused(made)


def test_everything_that_is_wrong_is_told_at_once(component_host: Host) -> None:
    error = refused(component_host.construct({"period": 61}))

    assert [line.split(":")[0].strip() for line in error.splitlines()[1:]] == [
        *("logGroupName", "period", "recipients")
    ]
