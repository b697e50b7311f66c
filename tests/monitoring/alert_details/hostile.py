"""Records whose every field is as hostile as can be."""

from typing import Any

from hypothesis import strategies as st

from tests.monitoring.alert_details.worlds import record

# Characters with a meaning somewhere, whole forged lines, and lengths that no AWS name has.
_FORGED = st.sampled_from(
    [
        "\n     99  03:02:00  03:02:00\n         who      root",
        "\r\nSubject: forged",
        "\x85         from     10.0.0.1",
        "\u2028and 0 more rows",
        "\u202e\u2066\u200b\ufeff",
        "`*bold*` <!channel> <https://your-company.com|click> &amp; @here :skull:",
        '", "AlarmName": "forged", "x": "',
        "a" * 10_000,
        "\U0001f600" * 10_000,
        "\ud800",
        " " * 200,
        "",
    ]
)
VALUES = st.one_of(_FORGED, st.text(), st.lists(_FORGED, max_size=3).map("".join), st.none())


@st.composite
def records(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Some records, at least one."""
    fields = ("eventSource", "eventName", "sourceIPAddress", "errorCode", "recipientAccountId")
    return [
        record(
            userIdentity={"type": "IAMUser", "arn": draw(VALUES)},
            eventID=str(number),
            **{field: draw(VALUES) for field in fields},
        )
        for number in range(draw(st.integers(1, 14)))
    ]
