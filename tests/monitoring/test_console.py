"""Links into the AWS console."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring import console
from tests.monitoring import jsurl

HOSTS = [
    ("aws", "eu-west-1", "eu-west-1.console.aws.amazon.com"),
    ("aws-us-gov", "us-gov-west-1", "console.amazonaws-us-gov.com"),
    ("aws-cn", "cn-north-1", "console.amazonaws.cn"),
]
# As console.py's escapes stand in an address that the console itself made.
ESCAPES = {"$257E": "~", "$2528": "(", "$2529": ")", "$2527": "'"}


def query_detail(url: str) -> Any:
    """What the console reads from the address of a Logs Insights query."""
    prefix, _, encoded = url.partition("#logsV2:logs-insights$3FqueryDetail$3D")
    assert prefix.endswith("/cloudwatch/home?region=us-east-1")
    for escape, character in ESCAPES.items():
        assert character not in encoded
        encoded = encoded.replace(escape, character)
    return jsurl.decode(encoded)


def link(query: str, log_group: str = "trail", seconds: int = 3600) -> str:
    url = console.logs_insights_url("aws", "us-east-1", log_group, query, seconds=seconds)
    assert url is not None
    return url


def test_the_decoder_reads_what_the_console_wrote() -> None:
    # The JSURL library's own example, and the parts of an address that the console made.
    assert jsurl.decode("~(name~'John*20Doe~age~42~children~(~'Mary~'Bill))") == {
        "name": "John Doe",
        "age": 42,
        "children": ["Mary", "Bill"],
    }
    composite = jsurl.decode("~(a~true~b~null~c~-1.5~d~(~)~e~())")
    assert composite == {"a": True, "b": None, "c": -1.5, "d": [], "e": {}}
    assert jsurl.decode("~'fields*20*40time*0a*7c*20!5*20**20ac") == "fields @time\n| $5 €"
    with pytest.raises(ValueError, match="not escaped"):
        jsurl.decode("~'a b")


def test_a_link_holds_the_query_the_log_group_and_the_time() -> None:
    query = "filter errorCode like /^AccessDenied/\n| stats count(*) by `a.b`, 'c', $d ~ é € 😀"

    assert query_detail(link(query, "aws-controltower/Trail-1", 7200)) == {
        "end": 0,
        "start": -7200,
        "timeType": "RELATIVE",
        "unit": "seconds",
        "editorString": query,
        "source": ["aws-controltower/Trail-1"],
    }


def test_a_link_to_a_window_that_is_past_holds_its_two_ends_in_utc() -> None:
    # As in an address that the console itself made: an ISO time with milliseconds.
    end = datetime(2026, 1, 2, 3, 4, 5, 678_000, UTC)
    berlin = timezone(timedelta(hours=1))
    url = console.logs_insights_url_between(
        "aws",
        "us-east-1",
        "trail",
        "q",
        start=(end - timedelta(minutes=5)).astimezone(berlin),
        end=end,
    )

    assert url is not None
    assert re.fullmatch(r"https://[A-Za-z0-9._/?=#:$*!-]+", url)
    assert query_detail(url) == {
        "end": "2026-01-02T03:04:05.678Z",
        "start": "2026-01-02T02:59:05.678Z",
        "timeType": "ABSOLUTE",
        "tz": "UTC",
        "editorString": "q",
        "source": ["trail"],
    }


@settings(deadline=None, max_examples=200)
@given(query=st.text(), log_group=st.text(min_size=1), seconds=st.integers(1, 10**6))
def test_every_query_comes_back_as_it_was(query: str, log_group: str, seconds: int) -> None:
    detail = query_detail(link(query, log_group, seconds))

    assert (detail["editorString"], detail["source"]) == (query, [log_group])
    assert detail["start"] == -seconds


@settings(deadline=None, max_examples=200)
@given(query=st.text())
def test_a_link_is_left_whole_by_mail_and_chat_programs(query: str) -> None:
    assert re.fullmatch(r"https://[A-Za-z0-9._/?=#:$*!-]+", link(query))


@settings(deadline=None, max_examples=100)
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.from_regex(r"[A-Za-z]+", fullmatch=True), inner)
        ),
        max_leaves=10,
    )
)
def test_every_value_comes_back_as_it_was(value: Any) -> None:
    assert jsurl.decode(console._jsurl(value)) == value


def test_what_has_no_form_is_refused() -> None:
    with pytest.raises(TypeError, match="no form for set"):
        console._jsurl({1})


@pytest.mark.parametrize(("partition", "region", "host"), HOSTS)
def test_each_partition_has_its_console(partition: str, region: str, host: str) -> None:
    alarm = console.alarm_url(partition, region, "alarm")
    query = console.logs_insights_url(partition, region, "trail", "q", seconds=1)
    window = console.logs_insights_url_between(
        partition, region, "trail", "q", start=datetime.now(UTC), end=datetime.now(UTC)
    )

    for url in (alarm, query, window):
        assert url is not None
        assert urlsplit(url).hostname == host
        assert urlsplit(url).query == f"region={region}"


@pytest.mark.parametrize("partition", ["aws-iso", "aws-iso-b", "aws-eusc", ""])
def test_where_no_console_is_known_there_is_no_link(partition: str) -> None:
    assert console.alarm_url(partition, "us-iso-east-1", "alarm") is None
    assert console.logs_insights_url(partition, "us-iso-east-1", "t", "q", seconds=1) is None


@settings(deadline=None, max_examples=50)
@given(name=st.text(min_size=1))
def test_an_alarms_link_ends_in_its_name(name: str) -> None:
    url = console.alarm_url("aws", "us-east-1", name)

    assert url is not None
    assert unquote(url.partition("#alarmsV2:alarm/")[2]) == name
    assert url.isascii()
