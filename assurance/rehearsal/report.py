"""What a rehearsal shows: for people in a terminal, for programs as JSON."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from assurance import findings_report
from assurance.alarm_evaluation import AlarmState
from assurance.checks.finding import Status
from assurance.emulated_aws.stand_ins import Endpoint
from assurance.rehearsal.evaluation import Behaviour, in_order
from assurance.rehearsal.probes import Event
from assurance.rehearsal.rehearsal import Rehearsal
from assurance.rehearsal.stage import Delivery, Digest, Scene
from assurance.snapshot import AccountSnapshot, Alarm, Topic, endpoint_digest
from monitoring.endpoints import CREDENTIALS, PROTOCOLS
from monitoring.recipients import Recipient

_STATE_STYLES: Final = {AlarmState.ALARM: "bold red", AlarmState.OK: "green"}
_TOP: Final = 10
_BAR: Final = 24


def show(rehearsal: Rehearsal, console: Console) -> None:
    """Print the whole rehearsal."""
    for title, body in _sections(rehearsal):
        console.print(Text(title, style="bold"))
        console.print(Padding(body, (0, 0, 1, 2)))
    console.print(findings_report.verdict(rehearsal.findings, "checks and probes"))


def as_json(rehearsal: Rehearsal) -> str:
    """The rehearsal for a program; no credential is in it."""
    scene = rehearsal.scene
    return json.dumps(
        {
            "stack": rehearsal.files.stack,
            "account": rehearsal.account,
            "region": rehearsal.region,
            "seed": rehearsal.seed,
            "status": rehearsal.status,
            "resources": [
                {"type": a.type_token, "name": a.logical_name} for a in rehearsal.applied
            ],
            "not_rehearsed": list(rehearsal.not_rehearsed),
            "checks": [finding.as_dict() for finding in rehearsal.findings],
            "events": len(rehearsal.events),
            "matched": _matched_counts(scene),
            "transitions": [
                {"alarm": b.alarm, "time": _iso(t.time), "state": t.state}
                for b, t in (in_order(scene.behaviours) if scene else ())
            ],
            "messages": [
                {
                    "recipient": d.inbox.recipient,
                    "alarm": d.alarm,
                    "time": _iso(d.transition.time),
                    "state": d.transition.state,
                    "received": None if d.notification is None else d.inbox.seen(d.notification),
                }
                for d in (scene.deliveries if scene else ())
            ],
            "digests": [
                {
                    "recipient": d.inbox.recipient,
                    "alarm": d.alarm,
                    "time": _iso(d.transition.time),
                    "received": d.seen,
                }
                for d in (scene.digests if scene else ())
                if d.inbox.recipient
            ],
        },
        indent=2,
    )


def _sections(rehearsal: Rehearsal) -> Iterator[tuple[str, RenderableType]]:
    where = f"account {rehearsal.account}, {rehearsal.region}"
    if rehearsal.snapshot is not None:
        yield (
            f"Deployed: stack {rehearsal.files.stack}, {len(rehearsal.applied)} resources, {where}",
            _deployed(rehearsal.snapshot, rehearsal.config.recipients),
        )
    if rehearsal.not_rehearsed:
        yield "NOT REHEARSED: the emulator has no such thing", _lines(rehearsal.not_rehearsed)
    yield "Checks and probes", findings_report.render(rehearsal.findings)
    if rehearsal.scene is not None:
        yield from _scene_sections(rehearsal, rehearsal.scene)


def _scene_sections(rehearsal: Rehearsal, scene: Scene) -> Iterator[tuple[str, RenderableType]]:
    yield f"Replayed: {len(rehearsal.events):,} events", _replayed(scene)
    for behaviour in scene.behaviours:
        yield f"When {behaviour.alarm} went off", _timeline(behaviour)
    by_inbox: dict[str, list[Delivery]] = {}
    for delivery in scene.deliveries:
        name = delivery.inbox.recipient or "the record"
        by_inbox.setdefault(f"{name} ({delivery.inbox.kind})", []).append(delivery)
    for name, deliveries in by_inbox.items():
        yield f"What {name} received", _inbox(deliveries, scene.digests)
    for failure in scene.failures:
        yield "Alert details", Text(failure, style=findings_report.STYLES[Status.FAIL])


def _replayed(scene: Scene) -> Group:
    """How many events each filter counted, and whose calls they were."""
    counts = [
        Text(f"{len(counted.matched):,} counted by {name}", overflow="fold")
        for name, counted in scene.counted.items()
    ]
    matched = {event: None for counted in scene.counted.values() for event in counted.matched}
    return Group(*counts, _contributors(list(matched)))


def _deployed(snapshot: AccountSnapshot, recipients: Sequence[Recipient]) -> Tree:
    root = Tree(Text(snapshot.log_group_name, style="cyan"), guide_style="dim")
    topics = {read.arn: read.topic for read in snapshot.topics if isinstance(read.topic, Topic)}
    filters = snapshot.metric_filters if isinstance(snapshot.metric_filters, tuple) else ()
    by_metric = {str(metric_filter.metric): metric_filter for metric_filter in filters}
    for on_metric in snapshot.alarms:
        metric_filter = by_metric.get(str(on_metric.metric))
        label = metric_filter.name if metric_filter is not None else str(on_metric.metric)
        branch = root.add(Text(label, overflow="fold"))
        if not isinstance(on_metric.alarms, tuple):
            branch.add(Text(str(on_metric.alarms), style="yellow"))
            continue
        for alarm in on_metric.alarms:
            leaf = branch.add(Group(Text(alarm.name, overflow="fold"), _settings(alarm)))
            for arn in alarm.alarm_actions:
                _add_topic(leaf, arn, topics.get(arn), recipients)
    return root


def _add_topic(
    parent: Tree, arn: str, topic: Topic | None, recipients: Sequence[Recipient]
) -> None:
    branch = parent.add(Text(arn.rpartition(":")[2], overflow="fold"))
    if topic is None or not isinstance(topic.subscriptions, tuple):
        return
    names = {_digest(recipient): recipient for recipient in recipients}
    for subscription in topic.subscriptions:
        recipient = names.get(subscription.digest)
        hidden = recipient is not None and (recipient.secret or recipient.kind in CREDENTIALS)
        who = f"{recipient.name}: {recipient.kind} " if recipient else f"{subscription.protocol} "
        endpoint = "[secret]" if hidden else subscription.endpoint
        note = "" if subscription.is_confirmed else f" ({subscription.status})"
        branch.add(Text(f"{who}{endpoint}{note}", overflow="fold"))


def _digest(recipient: Recipient) -> str:
    endpoint = Endpoint(PROTOCOLS[recipient.kind], str(recipient.endpoint))
    return endpoint_digest(endpoint.protocol, endpoint.address)


def _settings(alarm: Alarm) -> Text:
    sign = {
        "GreaterThanOrEqualToThreshold": ">=",
        "GreaterThanThreshold": ">",
        "LessThanThreshold": "<",
        "LessThanOrEqualToThreshold": "<=",
    }[alarm.comparison_operator]
    m, n = alarm.datapoints_to_alarm or alarm.evaluation_periods, alarm.evaluation_periods
    return Text(
        f"{alarm.statistic or alarm.extended_statistic} {sign} {alarm.threshold:g} in "
        f"{alarm.period} s, {m} of {n}; missing data {alarm.treat_missing_data}",
        style="dim",
    )


def _contributors(matched: Sequence[Event]) -> RenderableType:
    if not matched:
        return Text("nothing was denied")
    calls = Counter(_who(event.message) for event in matched)
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold", ratio=3)
    table.add_column(overflow="fold", ratio=2)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    table.add_row(*(Text(t, style="dim") for t in ("calls", "principal", "API", "from", "error")))
    for (principal, api, source, code), number in calls.most_common(_TOP):
        table.add_row(f"{number:,}", principal, api, source, code)
    rest = len(calls) - _TOP
    return Group(table, Text(f"and {rest} more kinds of call")) if rest > 0 else table


def _who(message: str) -> tuple[str, str, str, str]:
    record = _object(json.loads(message))
    identity = _object(record.get("userIdentity"))
    issuer = _object(_object(identity.get("sessionContext")).get("sessionIssuer"))
    arn = str(issuer.get("arn") or identity.get("arn") or "")
    principal = arn.rpartition(":")[2] or identity.get("invokedBy") or identity.get("principalId")
    service = str(record.get("eventSource", "")).removesuffix(".amazonaws.com")
    return (
        str(principal or identity.get("type") or "unknown"),
        f"{service}:{record.get('eventName')}",
        str(record.get("sourceIPAddress")),
        str(record.get("errorCode")).removeprefix("Client."),
    )


def _object(value: Any) -> dict[str, Any]:
    """The value where a record has an object; whatever else it has there tells nothing."""
    return value if isinstance(value, dict) else {}


def _timeline(behaviour: Behaviour) -> RenderableType:
    """The metric by period, as bars, and the state that the alarm was in at each period's end."""
    settings = behaviour.settings
    first = behaviour.replay.start - behaviour.replay.start % settings.period
    points = [
        (end, behaviour.history.datapoint(end, settings.period, settings.statistic))
        for end in range(
            first + settings.period, behaviour.replay.end + settings.period, settings.period
        )
    ]
    most = max((value for _, value in points if value), default=0)
    if not most:
        return Text("never: no datapoint is above zero")
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, justify="right")
    table.add_column()
    shown_gap = False
    for end, value in points:
        told = [t for t in behaviour.replay.transitions if end - settings.period < t.time <= end]
        if not value and not told:
            if not shown_gap:
                table.add_row("…")
            shown_gap = True
            continue
        shown_gap = False
        bar = "█" * round((value or 0) / most * _BAR)
        states = Text("  ").join(
            Text(f"{t.state} at {_clock(t.time)}", style=_STATE_STYLES.get(t.state, "yellow"))
            for t in told
        )
        table.add_row(f"until {_stamp(end)}", bar, "-" if value is None else f"{value:g}", states)
    return table


def _inbox(deliveries: Sequence[Delivery], digests: Sequence[Digest]) -> Group:
    """The first alarm as it was received, with its details; a line for each other message."""
    parts: list[RenderableType] = []
    whole = next((d for d in deliveries if d.transition.state is AlarmState.ALARM), None)
    for delivery in deliveries:
        when = f"{delivery.transition.state}, {_stamp(delivery.transition.time)}"
        received = delivery.notification
        if received is None:
            parts.append(Text(f"{when}: NOTHING", style=findings_report.STYLES[Status.FAIL]))
        elif delivery is whole:
            how = "rendered" if delivery.inbox.rendered else "as the emulator delivered it"
            seen = Text(delivery.inbox.seen(received), overflow="fold")
            parts.append(Panel(seen, title=f"{when}, {how}", title_align="left"))
            parts += [
                Panel(Text(each.seen, overflow="fold"), title="its details", title_align="left")
                for each in digests
                if each.seen is not None
                and each.inbox is delivery.inbox
                and (each.alarm, each.transition) == (delivery.alarm, delivery.transition)
            ]
        else:
            parts.append(Text(f"{when}: {received.subject or received.message}", overflow="fold"))
    return Group(*parts)


def _matched_counts(scene: Scene | None) -> dict[str, int]:
    return {name: len(counted.matched) for name, counted in scene.counted.items()} if scene else {}


def _lines(lines: Iterable[str]) -> Text:
    return Text("\n".join(lines), overflow="fold")


def _iso(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _stamp(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M")


def _clock(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%H:%M")
