"""The trails that an account sees, as they say of themselves.

CIS AWS Foundations Benchmark v3.0, 4.1, audit step 1. A trail is asked in its home region and by
its ARN: shadow trails and an organization's trails, seen from a member, answer to no name.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from assurance.aws import Clients
from assurance.reading import attempt
from assurance.snapshot import EventSelector, Trail, TrailStatus, Unknown

_MANAGEMENT: Final = "Management"


def read_trails(
    clients: Clients, in_region: Callable[[str], Clients]
) -> tuple[Trail, ...] | Unknown:
    """Every trail, shadow trails included; `in_region` gives the clients of another region."""
    found = attempt(
        "cloudtrail:DescribeTrails",
        "the account's trails",
        lambda: clients.cloudtrail.describe_trails(includeShadowTrails=True)["trailList"],
    )
    if isinstance(found, Unknown):
        return found
    return tuple(_trail(described, in_region) for described in found or ())


def _trail(described: Mapping[str, Any], in_region: Callable[[str], Clients]) -> Trail:
    arn = described["TrailARN"]
    # A trail's ARN names the region that it was made in (CloudTrail user guide, "Home region").
    home = described.get("HomeRegion") or arn.split(":")[3]
    cloudtrail = in_region(home).cloudtrail
    status = attempt(
        "cloudtrail:GetTrailStatus", arn, lambda: _status(cloudtrail.get_trail_status(Name=arn))
    )
    selectors = attempt(
        "cloudtrail:GetEventSelectors",
        arn,
        lambda: tuple(_selectors(cloudtrail.get_event_selectors(TrailName=arn))),
    )
    gone = Unknown(call="cloudtrail:GetTrailStatus", about=arn, code="TrailNotFoundException")
    return Trail(
        arn=arn,
        home_region=home,
        log_group_arn=described.get("CloudWatchLogsLogGroupArn") or "",
        is_multi_region=bool(described.get("IsMultiRegionTrail")),
        is_organization=bool(described.get("IsOrganizationTrail")),
        status=gone if status is None else status,
        management_events=() if selectors is None else selectors,
    )


def _status(answer: Mapping[str, Any]) -> TrailStatus:
    delivered_at: datetime | None = answer.get("LatestCloudWatchLogsDeliveryTime")
    return TrailStatus(
        is_logging=bool(answer.get("IsLogging")),
        delivered_at=delivered_at,
        delivery_error=answer.get("LatestCloudWatchLogsDeliveryError") or "",
    )


def _selectors(answer: Mapping[str, Any]) -> Iterator[EventSelector]:
    for basic in answer.get("EventSelectors") or ():
        # Both default to what a trail without selectors logs (CloudTrail API, EventSelector).
        if basic.get("IncludeManagementEvents", True):
            kind = basic.get("ReadWriteType", "All")
            yield EventSelector(
                reads=kind in ("All", "ReadOnly"),
                writes=kind in ("All", "WriteOnly"),
                excluded_sources=tuple(basic.get("ExcludeManagementEventSources") or ()),
            )
    for advanced in answer.get("AdvancedEventSelectors") or ():
        yield from _advanced(advanced.get("FieldSelectors") or ())


def _advanced(fields: Sequence[Mapping[str, Any]]) -> Iterator[EventSelector]:
    """The management events of one advanced selector, as far as its fields leave them whole."""
    by_name = {field["Field"]: field for field in fields}
    if by_name.get("eventCategory", {}).get("Equals") != [_MANAGEMENT]:
        return
    narrowed = set(by_name) - {"eventCategory", "readOnly", "eventSource"}
    source = by_name.get("eventSource", {})
    if narrowed or set(source) - {"Field", "NotEquals"}:
        # It logs some management events only; which calls are missing cannot be told by source.
        yield EventSelector(reads=False, writes=False, is_advanced=True)
        return
    read_only = by_name.get("readOnly", {}).get("Equals")
    yield EventSelector(
        reads=read_only in (None, ["true"]),
        writes=read_only in (None, ["false"]),
        excluded_sources=tuple(source.get("NotEquals") or ()),
        is_advanced=True,
    )
