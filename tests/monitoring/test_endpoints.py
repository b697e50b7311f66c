"""What each kind's endpoint must look like; the rules are the AWS and PagerDuty documentation's."""

from typing import Any

import pytest

from monitoring import endpoints
from monitoring.endpoints import CREDENTIALS, PROTOCOLS, Kind, SlackChannel
from tests.monitoring.configs import ENDPOINTS, GOOD, commands_in, error_of, load
from tests.monitoring.pulumi_config import PulumiConfig

PD = "https://events.pagerduty.com"
KEY = "0123456789abcdef0123456789abcdef"
SQS = "arn:aws:sqs:us-east-1:111122223333"
LAMBDA = "arn:aws:lambda:us-east-1:111122223333:function"

ACCEPTED: list[tuple[str, Any]] = [
    *((kind, value) for kind, value in ENDPOINTS.items()),
    ("email", "a@b.co"),
    ("email", "first.last+tag_1'x@sub.your-company.co.uk"),
    ("email", f"{'a' * 64}@b.co"),
    ("email", "a@xn--bcher-kva.de"),
    ("sms", "+12345678"),
    ("sms", "+123456789012345"),
    ("https", "https://hooks.your-company.com"),
    ("https", "https://hooks.your-company.com:8443/sns?a=b&c=d"),
    ("https", "https://8.8.8.8/sns"),
    ("https", "https://[2606:4700:4700::1111]/sns"),
    ("https", "https://api.opsgenie.com/v1/json/cloudwatch?apiKey=1234"),
    ("https", "HTTPS://hooks.your-company.com/sns"),
    ("pagerduty", f"{PD}/integration/{KEY}/enqueue"),
    ("pagerduty", f"https://events.eu.pagerduty.com/integration/{KEY}/enqueue"),
    ("pagerduty", f"{PD}/integration/{'A1' * 10}/enqueue"),
    ("pagerduty", f"{PD}/x-ere/R03ABC"),
    ("sqs", f"{SQS}:a-b_C9"),
    ("sqs", f"{SQS}:{'q' * 80}".replace("aws:sqs", "aws-us-gov:sqs")),
    ("lambda", f"{LAMBDA}:on-alarm:live"),
    ("lambda", f"{LAMBDA}:on-alarm:$LATEST"),
    ("lambda", f"{LAMBDA}:{'f' * 64}:7".replace("aws:lambda", "aws-cn:lambda")),
    ("slack", {"teamId": "T0", "channelId": "g01abc"}),
]

NOT_AN_EMAIL = "is not one bare email address (name@your-company.com)"
NOT_E164 = "is not a phone number in E.164 form"
NOT_PAGERDUTY = "is not the URL of PagerDuty's Amazon CloudWatch integration"
NO_QUEUE = "is not a queue's ARN: arn:aws:sqs:REGION:ACCOUNT:NAME"
NO_FUNCTION = "is not a function's ARN: arn:aws:lambda:REGION:ACCOUNT:function:NAME"
NO_CHANNEL = "is not an object with teamId (T…) and channelId (C…)"
NO_PUBLIC_HOST = "a host that AWS can reach over the internet"
CHAT = "a chat's incoming webhook, which cannot answer SNS's subscription confirmation"

NO_CHANNELS: list[Any] = ["", "#security", 5, [], {}, {"teamId": "T0"}, {"channelId": "C0"}]

REFUSED: list[tuple[str, Any, str]] = [
    *(
        ("email", value, NOT_AN_EMAIL)
        for value in (
            "",
            "nobody",
            "a@b",
            "@b.co",
            "a@",
            "a@b..co",
            "a@-b.co",
            "a@b-.co",
            "a@b.co.",
            "a b@c.de",
            "a@b.co, c@d.ef",
            "a@b.co;c@d.ef",
            "Security <a@b.co>",
            "mailto:a@b.co",
            '"a"@b.co',
            "a@b@c.de",
            "a@b.co\n",
            f"{'a' * 65}@b.co",
            f"a@{'b.' * 160}co",
        )
    ),
    ("emailJson", "nobody", NOT_AN_EMAIL),
    *(
        ("sms", value, NOT_E164)
        for value in (
            "",
            "15551234567",
            "+1 555 123 4567",
            "+1-555-1234567",
            "+0123456789",
            "+1234567",
            "+1234567890123456",
            "0015551234567",
            "+١٢٣٤٥٦٧٨٩",
            "+15551234567\n",
        )
    ),
    ("https", "", "is not a URL: https://host/path"),
    ("https", "hooks.your-company.com/sns", "is not a URL"),
    ("https", "https://", "is not a URL"),
    ("https", "https:///sns", "is not a URL"),
    ("https", "https://hooks.your-company.com/a b", "is not a URL"),
    ("https", "https://hooks.your-company.com/\n", "is not a URL"),
    ("https", "https://hooks.your-company.com/ü", "is not a URL"),
    ("https", "https://hooks.your-company.com:x/", "is not a URL"),
    ("https", "https://[1/", "is not a URL"),
    ("https", "http://hooks.your-company.com/sns", "reads and forges alarms"),
    ("https", "ftp://hooks.your-company.com/sns", "must begin with https://"),
    ("https", "https://me:pass@hooks.your-company.com/", "a user name or password before the host"),
    ("https", "https://me@hooks.your-company.com/", "a user name or password before the host"),
    ("https", "https://hooks.your-company.com/#here", "a fragment"),
    ("https", "https://hooks.slack.com/services/T0/B0/x", CHAT),
    ("https", "https://HOOKS.Slack.com./services/T0/B0/x", CHAT),
    ("https", "https://acme.webhook.office.com/webhookb2/x", CHAT),
    ("https", "https://prod-1.westus.logic.azure.com:443/workflows/x", CHAT),
    ("https", f"{PD}/integration/{KEY}/enqueue", "use the kind pagerduty"),
    (
        "https",
        f"https://events.eu.pagerduty.com/integration/{KEY}/enqueue",
        "use the kind pagerduty",
    ),
    *(
        ("https", f"https://{host}/sns", NO_PUBLIC_HOST)
        for host in (
            "localhost",
            "intranet",
            "127.0.0.1",
            "10.0.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "[::1]",
            "[fd00::1]",
            "sns.local",
            "sns.internal",
            "db.localhost",
        )
    ),
    *(
        ("pagerduty", value, NOT_PAGERDUTY)
        for value in (
            "",
            KEY,
            f"{PD}/integration/{KEY}",
            f"{PD}/integration/{KEY}/enqueue/",
            f"{PD}/integration//enqueue",
            f"{PD}/v2/enqueue",
            f"http://events.pagerduty.com/integration/{KEY}/enqueue",
            f"https://events.pagerduty.com.evil.org/integration/{KEY}/enqueue",
            f"https://events.us.pagerduty.com/integration/{KEY}/enqueue",
            f"{PD}/integration/{KEY}/enqueue\n",
            f"{PD}/x-ere/",
        )
    ),
    ("sqs", f"{SQS}:alarms.fifo", "is a FIFO queue, to which a standard topic cannot deliver"),
    *(
        ("sqs", value, NO_QUEUE)
        for value in (
            "",
            "alarms",
            "https://sqs.us-east-1.amazonaws.com/111122223333/alarms",
            f"{SQS}:{'q' * 81}",
            f"{SQS}:a.b",
            "arn:aws:sqs:us-east-1:1:alarms",
            "arn:aws:sqs::111122223333:alarms",
            "arn:aws:sns:us-east-1:111122223333:alarms",
            f"{SQS}:alarms\n",
        )
    ),
    *(
        ("lambda", value, NO_FUNCTION)
        for value in (
            "",
            "on-alarm",
            f"{LAMBDA}:{'f' * 65}",
            f"{LAMBDA}:f:live:1",
            f"{LAMBDA}:f:",
            "arn:aws:lambda:us-east-1:111122223333:layer:f",
            "arn:aws:lambda:us-east-1:1:function:f",
        )
    ),
    *(("slack", value, NO_CHANNEL) for value in NO_CHANNELS),
    ("slack", {"teamId": "T0", "channelId": "C0", "name": "x"}, NO_CHANNEL),
    ("slack", {"teamId": "acme", "channelId": "C0"}, "teamId must be the workspace's id"),
    ("slack", {"teamId": 7, "channelId": "C0"}, "teamId must be the workspace's id"),
    ("slack", {"teamId": "T0", "channelId": "#security"}, "channelId must be the channel's id"),
    ("slack", {"teamId": "T0", "channelId": None}, "channelId must be the channel's id"),
    ("slack", {"teamId": "t0", "channelId": "a-b"}, "(T…); channelId must be the channel's id"),
]


def parameter(value: object) -> str:
    return repr(value)[:60]


@pytest.mark.parametrize(("kind", "value"), ACCEPTED, ids=parameter)
def test_an_endpoint_that_can_be_delivered_to_is_taken(kind: str, value: Any) -> None:
    [recipient] = load({**GOOD, "recipients": {"bob": {kind: value}}}).recipients

    assert recipient.kind == kind
    assert recipient.endpoint == endpoints.slack_channel(value)


@pytest.mark.parametrize(("kind", "value", "words"), REFUSED, ids=parameter)
def test_an_endpoint_that_could_never_be_delivered_to_is_refused(
    kind: str, value: Any, words: str
) -> None:
    [problem] = error_of({**GOOD, "recipients": {"bob": {kind: value}}}).problems

    assert problem.path == f"recipients.bob.{kind}"
    assert words in problem.why


@pytest.mark.parametrize(("kind", "value", "words"), REFUSED, ids=parameter)
def test_the_commands_mend_the_endpoint(kind: str, value: Any, words: str) -> None:
    config = PulumiConfig({**GOOD, "recipients": {"bob": {kind: value}}})
    commands = commands_in(error_of(config.values))

    for command in commands:
        config.run(command)

    assert commands
    assert [recipient.kind for recipient in load(config.values).recipients] == [kind]


def test_of_a_slack_channel_only_the_wrong_id_is_set_anew() -> None:
    error = error_of({**GOOD, "recipients": {"x": {"slack": {"teamId": "T9", "channelId": "#a"}}}})

    assert commands_in(error) == ["pulumi config set --path recipients.x.slack.channelId C0123ABCD"]


def test_every_kind_has_a_rule_a_protocol_and_a_mend() -> None:
    assert set(PROTOCOLS) == set(Kind) == set(ENDPOINTS)
    assert all(endpoints.refusal(kind, "x", secret=False) for kind in Kind)
    assert all(endpoints.mend("recipients.x", kind) for kind in Kind)


def test_the_protocols_are_those_of_subscribe() -> None:
    assert {kind: protocol for kind, protocol in PROTOCOLS.items() if kind is not Kind.SLACK} == {
        "email": "email",
        "emailJson": "email-json",
        "sms": "sms",
        "https": "https",
        "pagerduty": "https",
        "sqs": "sqs",
        "lambda": "lambda",
    }


def test_only_the_urls_to_which_anyone_can_post_are_credentials() -> None:
    assert {"https", "pagerduty"} == CREDENTIALS


def test_a_slack_channel_is_known_by_workspace_and_channel() -> None:
    assert str(SlackChannel("T0", "C0")) == "T0/C0"


def test_a_long_endpoint_is_cut_short_in_an_error() -> None:
    [problem] = error_of({**GOOD, "recipients": {"x": {"email": f"{'a' * 500}@b"}}}).problems

    assert len(problem.why) < 200
