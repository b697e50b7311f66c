"""The trail: that denied calls reach the log group at all, from every region, and still do."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from msgspec.structs import replace

from assurance.checks.finding import (
    CannotTellError,
    Status,
    Verdict,
    failed,
    judged,
    noted,
    passed,
)
from assurance.checks.rule import Check, Finder, whole
from assurance.checks.view import View, known
from assurance.snapshot import EventSelector, Trail, TrailStatus

# CloudTrail delivers within about five minutes on average (CloudTrail user guide); an account in
# which nothing was called for an hour is rarer than a trail that stopped.
_STALE: Final = timedelta(hours=1)


def delivering(view: View) -> tuple[Trail, ...]:
    """The trails that deliver to the stack's log group; raises CannotTellError."""
    group = view.snapshot.log_group
    arn = known(group).arn if group is not None else None
    return tuple(
        trail
        for trail in known(view.snapshot.trails)
        if arn is not None and trail.log_group_arn.removesuffix(":*") == arn
    )


def _delivers(view: View, _: View) -> Iterator[Verdict]:
    name = view.snapshot.log_group_name
    trails = known(view.snapshot.trails)
    found = delivering(view)
    if found:
        evidence = ", ".join(trail.arn for trail in found)
        working = [t for t in found if isinstance(t.status, TrailStatus) and t.status.is_logging]
        if len(working) > 1:
            yield noted(
                f"{evidence}: a call that {len(working)} of them log counts {len(working)} times, "
                "and the alarm goes off sooner than its threshold says"
            )
        else:
            yield passed(evidence)
        return
    elsewhere = [trail for trail in trails if trail.log_group_arn]
    if elsewhere:
        told = ", ".join(f"{trail.arn} delivers to {trail.log_group_arn}" for trail in elsewhere)
        yield failed(
            f"no trail delivers to {name} here: {told}",
            "deploy the stack in the account and region of a log group that a trail delivers to "
            "(an organization trail's is in the account that configured it)",
        )
        return
    yield failed(
        f"none of {len(trails)} trails delivers to a log group",
        f"let a multi-region trail deliver to {name}: aws cloudtrail update-trail "
        "--cloud-watch-logs-log-group-arn … --cloud-watch-logs-role-arn …",
    )


def _the_trail(view: View) -> Iterator[Finder[Trail]]:
    """Of several that deliver to the log group the one most as it should be: one is enough."""
    found = delivering(view)
    if not found:
        raise CannotTellError("no trail delivers to the log group (trail-delivers)")

    def likeness(trail: Trail) -> int:
        alone = View(replace(view.snapshot, trails=(trail,)), view.config)
        return sum(check(alone).status is Status.PASS for check in CHECKS)

    best = max(found, key=likeness) if len(found) > 1 else found[0]
    yield lambda: best


def _multi_region(_: View, trail: Trail) -> Iterator[Verdict]:
    yield judged(
        good=trail.is_multi_region,
        evidence=f"{trail.arn}: {'all regions' if trail.is_multi_region else 'one region alone'}",
        mend=f"aws cloudtrail update-trail --name {trail.arn} --is-multi-region-trail",
    )


def _logging(_: View, trail: Trail) -> Iterator[Verdict]:
    is_logging = known(trail.status).is_logging
    yield judged(
        good=is_logging,
        evidence=f"{trail.arn}: {'logging' if is_logging else 'stopped'}",
        mend=f"aws cloudtrail start-logging --name {trail.arn} --region {trail.home_region}",
    )


def _management_events(_: View, trail: Trail) -> Iterator[Verdict]:
    selectors = known(trail.management_events)
    reads = any(selector.reads for selector in selectors)
    writes = any(selector.writes for selector in selectors)
    logged = [name for name, is_logged in (("reads", reads), ("writes", writes)) if is_logged]
    yield judged(
        good=reads and writes,
        evidence=f"{trail.arn}: management events: {' and '.join(logged) or 'none, or only some'}",
        mend=f"let {trail.arn} log all management events, read and write",
    )


def _excluded_sources(_: View, trail: Trail) -> Iterator[Verdict]:
    selectors = known(trail.management_events)
    missing = sorted(set(_left_out(selectors, "reads")) | set(_left_out(selectors, "writes")))
    yield judged(
        good=not missing,
        evidence=f"{trail.arn}: {', '.join(missing) or 'no event source'} left out",
        mend=f"log the management events of {', '.join(missing)}: denied calls there go unnoticed",
    )


def _left_out(selectors: tuple[EventSelector, ...], kind: str) -> set[str]:
    """The sources that every selector of reads, or of writes, leaves out."""
    sources = [set(s.excluded_sources) for s in selectors if getattr(s, kind)]
    return set.intersection(*sources) if sources else set()


def _last_delivery(view: View, trail: Trail) -> Iterator[Verdict]:
    status = known(trail.status)
    if status.delivery_error:
        yield failed(
            f"{trail.arn}: {status.delivery_error}",
            "let the trail's role create log streams and put events into the log group",
        )
        return
    if status.delivered_at is None:
        yield failed(
            f"{trail.arn} has delivered nothing to CloudWatch Logs yet",
            "look at the trail's role; a new trail delivers within about a quarter of an hour",
        )
        return
    age = view.snapshot.taken_at - status.delivered_at
    when = f"{status.delivered_at:%Y-%m-%dT%H:%M:%SZ}"
    yield judged(
        good=age <= _STALE,
        evidence=f"{trail.arn}: last delivery {when}",
        mend="look at the trail, its role and the log group: nothing has come for over an hour",
    )


CHECKS: Final[tuple[Check[Any], ...]] = (
    Check("trail-delivers", whole, _delivers),
    Check("trail-multi-region", _the_trail, _multi_region),
    Check("trail-logging", _the_trail, _logging),
    Check("trail-management-events", _the_trail, _management_events),
    Check("trail-excluded-sources", _the_trail, _excluded_sources),
    Check("trail-last-delivery", _the_trail, _last_delivery),
)
