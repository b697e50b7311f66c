"""Exclusions out of a history: exact in what they remove, never one that hides a newcomer."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance.alarm_evaluation import AlarmSettings
from assurance.backtest.bursts import Burst, Principal, newcomers, noticed, protected
from assurance.backtest.history import Activity, Contributor, Matches
from assurance.backtest.minute_counts import MinuteCounts
from assurance.backtest.proposals import LIMIT, rank
from assurance.backtest.results import Proposal, Ranked
from monitoring import exclusions
from monitoring.exclusions import Exclusion
from monitoring.problems import Problems
from tests.assurance.backtest import examples
from tests.assurance.backtest.histories import DAY, MONDAY, burst, caller, daily, matches


def settings(threshold: int = 1) -> AlarmSettings:
    return replace(examples.settings(300, threshold), evaluation_range=1)


def rank_all(
    of: Matches,
    alarm: AlarmSettings,
    exclusions_so_far: Sequence[Exclusion] = (),
    limit: int = LIMIT,
) -> tuple[Ranked, ...]:
    return rank(
        of,
        alarm,
        newcomers=newcomers(of, MONDAY),
        history_start=MONDAY,
        exclusions_so_far=exclusions_so_far,
        limit=limit,
    )


def proposal(of: Matches, who: Contributor, threshold: int = 1) -> Proposal | str:
    ranked = rank_all(of, settings(threshold))
    [found] = [each for each in ranked if each.contributor == who]
    return found.proposal or found.why_not


def record(who: Contributor) -> dict[str, Any]:
    """A record as this contributor's are."""
    found: dict[str, Any] = {
        "eventSource": who.event_source,
        "eventName": who.event_name,
        "sourceIPAddress": who.source_ip,
        "errorCode": who.error_code,
        "userIdentity": {"type": "AWSService" if "invokedBy" in who.principal_field else "IAMUser"},
    }
    node = found
    *parents, name = who.principal_field.split(".")
    for parent in parents:
        node = node.setdefault(parent, {})
    node[name] = who.principal
    return found


def exclusion_of(proposed: Proposal) -> Exclusion:
    problems = Problems()
    [parsed] = exclusions.parse({proposed.name: dict(proposed.fields)}, problems)
    assert not problems
    return parsed


def test_contributors_are_ranked_with_their_share() -> None:
    of = matches({caller("a"): daily(3, 1), caller("b"): daily(3, 3)})

    ranked = rank_all(of, settings())

    assert [(each.contributor.principal[-1], each.events, each.share) for each in ranked] == [
        ("b", 9, 0.75),
        ("a", 3, 0.25),
    ]


def test_an_established_principals_noise_has_an_exclusion() -> None:
    other = caller(ip="203.0.113.1")
    of = matches({caller(): daily(10, 4), other: daily(5, 1), caller("b"): daily(10, at=7_200)})

    found = proposal(of, caller())

    assert isinstance(found, Proposal)
    assert found.fields == {
        "userIdentity.sessionContext.sessionIssuer.arn": "arn:aws:iam::123456789012:role/scanner",
        "eventSource": "ec2.amazonaws.com",
        "eventName": "DescribeInstances",
    }
    assert found.name == "scanner-DescribeInstances"
    assert (found.removes, found.also_hides, found.saves) == (45, {other: 5}, 10)


def test_the_same_exclusion_is_proposed_once() -> None:
    of = matches({caller(): daily(10, 4), caller(ip="203.0.113.1"): daily(5, 1)})

    assert proposal(of, caller(ip="203.0.113.1")) == (
        "scanner-DescribeInstances, above, removes it too"
    )


def test_a_services_own_calls_are_told_from_those_made_through_it() -> None:
    service = Contributor(
        "config.amazonaws.com",
        "macie2.amazonaws.com",
        "GetMacieSession",
        "config.amazonaws.com",
        "AccessDenied",
        "userIdentity.invokedBy",
    )

    found = proposal(matches({service: daily(5)}), service)

    assert isinstance(found, Proposal)
    assert found.fields["userIdentity.type"] == "AWSService"
    assert found.fields["sourceIPAddress"] == "config.amazonaws.com"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"principal_field": "", "principal": ""}, "do not say who called"),
        (
            {
                "principal_field": "userIdentity.arn",
                "principal": "arn:aws:sts::123456789012:assumed-role/a/session",
            },
            "one session only",
        ),
        (
            {
                "principal_field": "userIdentity.arn",
                "principal": "arn:aws:sts::123456789012:federated-user/bob",
            },
            "one session only",
        ),
        (
            {
                "principal_field": "userIdentity.arn",
                "principal": "arn:aws:iam::123456789012:root",
            },
            "root user",
        ),
        ({"event_name": "Get*"}, "others too"),
        ({"principal_field": "userIdentity.principalId", "principal": "AROA:x"}, "others too"),
        ({"principal": "arn:aws:iam::123456789012:role/ü"}, "printable ASCII"),
        (
            {"principal": f"arn:aws:iam::123456789012:role/{'r' * 900}"},
            "the filter pattern would be ",
        ),
    ],
)
def test_what_no_exclusion_describes_safely_has_none(changes: dict[str, str], says: str) -> None:
    who = caller()._replace(**changes)

    found = proposal(matches({who: daily(5)}), who)

    assert isinstance(found, str)
    assert says in found


def test_a_newcomers_burst_is_never_excluded() -> None:
    intruder = caller("intruder")

    found = proposal(matches({caller(): daily(10), intruder: burst(8, 40)}), intruder)

    assert found == (
        "first seen 2026-03-10 03:00, with 40 denied calls within an hour: look at it"
        " before you exclude it"
    )


@pytest.mark.parametrize(
    ("calls", "says"),
    [
        (daily(10, first=3), "first seen 2026-03-05 00:00, after the history's first day"),
        (daily(2), "first seen 2026-03-02 00:00, and on fewer than three days"),
    ],
)
def test_nobody_who_may_be_new_is_excluded_even_without_a_burst(
    calls: dict[int, int], says: str
) -> None:
    found = proposal(matches({caller(): daily(10), caller("b"): calls}), caller("b"))

    assert isinstance(found, str)
    assert found.startswith(says)


def test_only_the_first_contributors_have_an_exclusion_worked_out() -> None:
    of = matches({caller(name): daily(10, 9 - place) for place, name in enumerate("abcd")})

    ranked = rank_all(of, settings(), limit=2)

    assert [each.proposal is not None for each in ranked] == [True, True, False, False]
    assert [each.why_not for each in ranked] == [""] * 4


def test_roles_of_the_same_name_have_exclusions_of_different_names() -> None:
    others = caller("team-b/scanner")
    of = matches({caller("team-a/scanner"): daily(10, 2), others: daily(10)})

    ranked = rank_all(of, settings())

    assert [each.proposal and each.proposal.name for each in ranked] == [
        "scanner-DescribeInstances",
        "scanner-DescribeInstances-2",
    ]


def test_each_exclusion_fits_beside_those_of_the_stack() -> None:
    long = "r" * 400
    of = matches({caller(f"a{long}"): daily(10, 2), caller(f"b{long}"): daily(10)})

    assert all(each.proposal is not None for each in rank_all(of, settings()))


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("config.amazonaws.com", True),
        ("config.amazonaws.com.cn", True),
        ("AWS Internal", True),
        ("config.amazonaws.com.example.org", False),
        ("198.51.100.7", False),
    ],
)
def test_an_exclusion_names_the_address_of_a_service_alone(address: str, *, kept: bool) -> None:
    found = proposal(matches({caller(ip=address): daily(10)}), caller(ip=address))

    assert isinstance(found, Proposal)
    assert found.fields.get("sourceIPAddress") == (address if kept else None)


def test_a_burst_that_nothing_would_tell_of_does_not_keep_the_noise() -> None:
    of = matches({caller(): daily(10, 30), caller("intruder"): burst(8, 8)})

    assert isinstance(proposal(of, caller(), threshold=20), Proposal)


def test_a_burst_is_noticed_by_an_alarm_that_goes_off_with_its_calls_in_the_window() -> None:
    start = MONDAY
    intrusion = Burst(Principal.of(caller()), {start: 3, start + 120: 3})
    alarm = settings()  # of 5 minutes

    told = [
        time
        for time in range(start - 600, start + 1_200, 60)
        if noticed(intrusion.by_minute, [start - 6_000, time, start + 6_000], alarm)
    ]

    assert told == [*range(start + 60, start + 120 + 300 + 60, 60)]


def test_noise_that_a_newcomers_burst_needs_to_be_noticed_is_left() -> None:
    noise = {**daily(10, 4, at=3 * 3_600)}
    of = matches({caller(): noise, caller("intruder"): burst(8, 8)})

    found = proposal(of, caller(), threshold=12)

    assert isinstance(found, str)
    assert "would have gone unnoticed" in found


def test_a_burst_is_not_noticed_by_the_notification_of_other_calls() -> None:
    at = 3 * 3_600
    # Of these no exclusion is proposed.
    nameless = caller("c")._replace(principal_field="userIdentity.principalId")
    start = MONDAY + 8 * DAY + at
    of = matches(
        {
            caller("a"): daily(10, 1, at=at),
            nameless: daily(10, 10, at=at + 1_800),
            caller("intruder"): {start: 5, start + 3_000: 1},
        }
    )
    alarm = replace(settings(6), period=60)

    ranked = rank_all(of, alarm)

    [found] = [each for each in ranked if each.contributor == caller("a")]
    assert "would have gone unnoticed" in found.why_not


def test_names_and_the_length_of_the_pattern_heed_the_stacks_own_exclusions() -> None:
    of = matches({caller(): daily(10)})
    [first] = rank_all(of, settings())
    assert first.proposal is not None
    own = [exclusion_of(first.proposal)]
    long = Exclusion.of("exclusions.long", "long", {"userIdentity.arn": ["r" * 800]})

    [second] = rank_all(of, settings(), exclusions_so_far=own)
    [third] = rank_all(of, settings(), exclusions_so_far=[long])

    assert second.proposal is not None
    assert second.proposal.name == "scanner-DescribeInstances-2"
    assert third.why_not.startswith("with the stack's exclusions the filter pattern would be ")


@pytest.mark.parametrize(
    "changes", [{"event_source": "rds.amazonaws.com"}, {"principal_field": "userIdentity.arn"}]
)
def test_what_is_the_same_in_name_alone_is_no_part_of_an_exclusion(changes: dict[str, str]) -> None:
    other = caller()._replace(**changes)
    of = matches({caller(): daily(10, 2), other: daily(10)})

    found = proposal(of, caller())

    assert isinstance(found, Proposal)
    assert (found.removes, found.also_hides) == (20, {})


def test_a_history_that_does_not_tell_when_has_no_exclusions() -> None:
    of = Matches({MONDAY: 9}, {caller(): Activity(9)})

    assert "does not tell when" in str(proposal(of, caller()))


callers = st.builds(
    caller,
    st.sampled_from(["a", "b", "c"]),
    api=st.sampled_from(["DescribeInstances", "RunInstances"]),
    ip=st.sampled_from(["198.51.100.7", "203.0.113.1", "config.amazonaws.com"]),
)
calls = st.dictionaries(
    callers,
    st.one_of(
        st.builds(daily, st.integers(1, 6), st.integers(1, 4), at=st.sampled_from([0, 10_800])),
        st.builds(burst, st.integers(0, 6), st.integers(1, 12)),
    ),
    min_size=1,
    max_size=6,
)


@given(calls, st.integers(1, 12))
def test_proposals_count_right_and_blind_nobody(
    of_whom: Mapping[Contributor, Mapping[int, int]], threshold: int
) -> None:
    of, alarm = matches(of_whom), settings(threshold)
    before = MinuteCounts.of(of.by_minute).notified(alarm)
    bursts = protected(newcomers(of, MONDAY))

    for ranked in rank_all(of, alarm):
        proposed = ranked.proposal
        if proposed is None:
            assert ranked.why_not
            continue
        exclusion = exclusion_of(proposed)
        hidden = {who for who in of_whom if exclusion.excludes(record(who))}
        left: Counter[int] = Counter()
        for who in of_whom.keys() - hidden:
            left.update(of_whom[who])
        after = MinuteCounts.of(left).notified(alarm)
        assert ranked.contributor in hidden
        assert proposed.removes == sum(sum(of_whom[who].values()) for who in hidden)
        assert set(proposed.also_hides) == hidden - {ranked.contributor}
        assert proposed.saves == len(before) - len(after)
        assert not {who.principal for who in hidden} & {each.principal.value for each in bursts}
        for each in bursts:
            assert noticed(each.by_minute, after, alarm) or not noticed(
                each.by_minute, before, alarm
            )
