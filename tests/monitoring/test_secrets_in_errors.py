"""No error repeats a secret, wherever it was put."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring import stack_config
from monitoring.endpoints import Kind
from tests.monitoring.bad_settings import SETTINGS, Bad
from tests.monitoring.configs import EMAIL, GOOD, HTTPS, QUEUE, commands_in, error_of, load


def test_recipients_that_are_marked_secret_are_all_kept_secret() -> None:
    config = load(
        {**GOOD, "recipients": {"a": {"email": EMAIL}, "b": {"sqs": QUEUE}}}, secret=["recipients"]
    )

    assert [r.secret for r in config.recipients] == [True, True]


def test_recipients_that_are_marked_secret_by_the_cli_in_the_environment_are_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_SECRET_KEYS", '["unauthorized-api-calls:recipients"]')

    assert load(GOOD).recipients[0].secret


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("email", "ceo@your-company"),
        ("emailJson", "ceo@your-company"),
        ("sms", "+1 555 765 4321"),
        ("sqs", "arn:aws:sqs:us-east-1:111122223333:secret.fifo"),
        ("lambda", "arn:aws:lambda:us-east-1:111122223333:secret"),
    ],
)
def test_a_secret_endpoint_that_is_wrong_is_not_repeated(kind: str, wrong: str) -> None:
    values = {**GOOD, "recipients": {"bob": {kind: wrong}}}

    assert wrong in str(error_of(values))
    assert wrong not in str(error_of(values, secret=["recipients"]))


@pytest.mark.parametrize(
    "bad", [bad for bad in SETTINGS if bad.path not in ("thresold", "colour")], ids=str
)
def test_of_a_setting_that_is_marked_secret_nothing_is_told_but_that(bad: Bad) -> None:
    key = bad.path.partition("[")[0].partition(".")[0]
    plain = {problem.why for problem in error_of(bad.values).problems}

    [problem] = error_of(bad.values, secret=[key]).problems

    assert problem.path == key
    assert problem.why not in plain
    assert "marked secret" in problem.why
    assert problem.mend == f"--plaintext {key} VALUE"


TOKENS = st.from_regex(r"[a-z][A-Za-z0-9]{15,39}", fullmatch=True)
CREDENTIALS = [
    "https://events.pagerduty.com/integration/{}/enqueue",
    "https://events.eu.pagerduty.com/integration/{}/enqueue ",
    "https://events.pagerduty.com/integration/{}",
    "http://events.pagerduty.com/integration/{}/enqueue",
    "https://hooks.slack.com/services/T0/B0/{}",
    "https://x.webhook.office.com/webhookb2/{}",
    "https://api.opsgenie.com/v1/json/cloudwatch?apiKey={}",
    "https://user:{}@hooks.your-company.com/sns",
    "https://hooks.your-company.com/sns#{}",
    "https://{}",
    "https://{}:99999999/",
    "http://hooks.your-company.com/{}",
    "//hooks.your-company.com/{}",
    "https://hooks.your-company.com/{} x",
    "https://hooks.your-company.com/{}é",
    "https://[{}",
    "user:{}@smtp.your-company.com",
    "xoxb-{}",
    "{}",
    " {}",
    "{}\n",
]
PLACES: dict[str, Any] = {
    **{kind: (lambda kind, text: {"recipients": {"bob": {kind: text}}}) for kind in Kind},
    "no kind": lambda _, text: {"recipients": {"bob": {"url": text}}},
    "two kinds": lambda _, text: {"recipients": {"bob": {"https": text, "email": text}}},
    "a kind in a kind": lambda _, text: {"recipients": {"bob": {"https": {"pagerduty": text}}}},
    "a list": lambda _, text: {"recipients": {"bob": {"https": [text]}}},
    "the kind's name": lambda _, text: {"recipients": {"bob": {text: EMAIL}}},
    "the recipient": lambda _, text: {"recipients": {"bob": text}},
    "the recipient's name": lambda _, text: {"recipients": {f"{text}/": {"email": EMAIL}}},
    "the secret flag": lambda _, text: {"recipients": {"bob": {"email": EMAIL, "secret": text}}},
    "the recipients": lambda _, text: {"recipients": text},
    "JSON cut short": lambda _, text: {"recipients": f'{{"bob": {{"https": "{text}"'},
    "a Slack id": lambda _, text: {
        "recipients": {"bob": {"slack": {"teamId": text, "channelId": 1}}}
    },
    "a Slack object": lambda _, text: {"recipients": {"bob": {"slack": {"url": text}}}},
}


@pytest.mark.parametrize("place", PLACES)
@settings(deadline=None, max_examples=40)
@given(form=st.sampled_from(CREDENTIALS), token=TOKENS)
def test_no_error_repeats_a_credential_wherever_among_the_recipients_it_was_put(
    place: str, form: str, token: str
) -> None:
    values = {**GOOD, "threshold": "0", **PLACES[place](place, form.format(token))}

    error = error_of(values)

    assert token not in str(error)
    assert token not in repr(error)
    assert token not in repr(error.problems)


@pytest.mark.parametrize("key", [key for key in stack_config.KEYS if key != "recipients"])
@settings(deadline=None, max_examples=20)
@given(form=st.sampled_from([form for form in CREDENTIALS if "://" in form]), token=TOKENS)
def test_no_error_repeats_a_url_that_was_put_in_another_setting(
    key: str, form: str, token: str
) -> None:
    error = error_of({**GOOD, "threshold": "0", "period": "0", key: form.format(token)})

    assert token not in str(error)


def test_https_and_pagerduty_are_mended_at_the_prompt_and_not_in_the_shells_history() -> None:
    error = error_of({**GOOD, "recipients": {"a": {"https": "x"}, "b": {"pagerduty": HTTPS}}})

    assert commands_in(error) == [
        "pulumi config set --secret --path recipients.a.https",
        "pulumi config set --secret --path recipients.b.pagerduty",
    ]
