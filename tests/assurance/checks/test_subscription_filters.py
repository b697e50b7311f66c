import pytest

from assurance.checks.subscription_filters import passes_alarm, passes_digest
from assurance.snapshot import SubscriptionAttributes


def on(text: str, scope: str = "MessageBody") -> SubscriptionAttributes:
    return SubscriptionAttributes(filter_policy=text, filter_policy_scope=scope)


@pytest.mark.parametrize(
    ("policy", "alarm", "digest"),
    [
        ("", True, True),
        ("{}", True, True),
        ('{"AlarmName": [{"exists": true}]}', True, False),
        ('{"AlarmName": [{"exists": false}]}', False, True),
        ('{"AlarmName": ["denied"]}', True, False),
        ('{"AlarmName": ["other", "denied"]}', True, False),
        ('{"AlarmName": ["other"]}', False, False),
        ('{"AlarmName": "denied"}', None, None),
        ('{"NewStateValue": ["OK"]}', False, False),
        ('{"NewStateValue": ["OK"], "Region": ["EU (Frankfurt)"]}', False, False),
        ('{"NewStateValue": ["ALARM"], "Region": ["EU (Frankfurt)"]}', None, False),
        ('{"x": [{"exists": false}]}', True, True),
        ('{"x": [{"exists": true}]}', False, False),
        ('{"x": ["y"]}', False, False),
        ('{"Trigger": [{"exists": true}]}', None, False),
        ('{"Trigger": {"MetricName": ["x"]}}', None, None),
        ('{"AlarmName": [{"prefix": "d"}]}', None, False),
        ('{"$or": [{"AlarmName": ["denied"]}, {"x": ["y"]}]}', None, None),
        ('{"source": ["custom"]}', False, None),
        ("{", None, None),
        ("[]", None, None),
    ],
)
def test_what_passes_a_filter_on_the_message_body(
    policy: str, alarm: bool | None, digest: bool | None
) -> None:
    assert passes_alarm(on(policy), "denied") is alarm
    assert passes_digest(on(policy)) is digest


@pytest.mark.parametrize("scope", ["MessageAttributes", ""])
@pytest.mark.parametrize(
    "policy", ['{"x": [{"exists": false}]}', '{"AlarmName": [{"exists": true}]}']
)
def test_nothing_passes_a_filter_on_attributes(policy: str, scope: str) -> None:
    assert passes_alarm(on(policy, scope), "denied") is False
    assert passes_digest(on(policy, scope)) is False
