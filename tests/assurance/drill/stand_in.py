"""A stand-in for the parts of AWS that no emulator plays, on a clock that tests make pass.

The calls are made over HTTP, and MiniStack with AUTH=true really denies them. The stand-in then
delivers their CloudTrail records to the log group, applies the deployed metric filter and evaluates
the deployed alarm as the rehearsal does, and sets the state. MiniStack delivers the message, keeps
no history of actions, and stamps with its own time: those the stand-in adds to its answers.
"""

import json
import math
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, Final

from assurance.alarm_evaluation import AlarmSettings, AlarmState, ComparisonOperator
from assurance.alarm_evaluation import TreatMissingData as Missing
from assurance.aws import Clients
from assurance.drill.stages import Clock
from assurance.metric_history import MINUTE, Statistic
from assurance.rehearsal import evaluation, log_stream
from assurance.rehearsal.probes import Event
from assurance.snapshot import Alarm, MetricFilter

# CloudTrail's delivery, which takes about 5 minutes.
DELIVERY: Final = 240


class StandIn:
    """CloudTrail, metric filter, alarm and history of one drill; `withheld` names what it omits.

    `written` overrides fields of the records that CloudTrail writes.
    """

    def __init__(
        self,
        clients: Clients,
        start: float,
        *,
        withheld: Collection[str] = (),
        refusal: str = "",
        written: dict[str, Any] | None = None,
    ) -> None:
        self.clients = clients.prepared_by(self._listen)
        self.clock = Clock(lambda: self._now, self._sleep)
        self.denied: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self._plain = clients
        self._now = start
        self._start = start
        self._withheld = withheld
        self._refusal = refusal
        self._written = written or {}
        self._logged: list[Event] = []
        self._delivered: list[Event] = []
        self._counted: dict[int, float] = {}
        self._acted: list[dict[str, Any]] = []
        self._target: tuple[Alarm, MetricFilter] | None = None

    def plays(self, alarm: Alarm, metric_filter: MetricFilter) -> None:
        """What it evaluates."""
        self._target = (alarm, metric_filter)

    def _sleep(self, seconds: float) -> None:
        end = self._now + seconds
        while self._now < end:
            self._now = min(end, (self._now // MINUTE + 1) * MINUTE)
            self._deliver()
            self._evaluate()

    def _deliver(self) -> None:
        due = [e for e in self._logged if e.time + DELIVERY <= self._now]
        if not due or "log-group" in self._withheld or self._target is None:
            return
        self._logged = [event for event in self._logged if event not in due]
        _, metric_filter = self._target
        log_stream.pass_through(self._plain.logs, metric_filter.log_group_name, due)
        self._delivered += due
        if "metric" in self._withheld:
            return
        told = evaluation.count(
            metric_filter.pattern, float(metric_filter.metric_value), None, self._delivered
        )
        for event in told.matched:
            if event in due:
                self._plain.cloudwatch.put_metric_data(
                    Namespace=metric_filter.metric_namespace,
                    MetricData=[
                        {
                            "MetricName": metric_filter.metric_name,
                            "Timestamp": datetime.fromtimestamp(event.time, UTC),
                            "Value": 1.0,
                        }
                    ],
                )

    def _evaluate(self) -> None:
        if self._target is None or {"alarm", "metric"} & set(self._withheld) or self._acted:
            return
        alarm, metric_filter = self._target
        told = evaluation.count(metric_filter.pattern, 1.0, None, self._delivered)
        behaviour = evaluation.behave(
            alarm.name,
            settings(alarm),
            told.history,
            start=math.floor(self._start / MINUTE) * MINUTE,
            end=math.floor(self._now / MINUTE) * MINUTE,
        )
        for _, change in evaluation.in_order([behaviour]):
            if change.state is AlarmState.ALARM:
                self._plain.cloudwatch.set_alarm_state(
                    AlarmName=alarm.name,
                    StateValue="ALARM",
                    StateReason=evaluation.reason(behaviour, change),
                )
                self._act(alarm)
                return

    def _act(self, alarm: Alarm) -> None:
        [topic, *_] = alarm.alarm_actions
        summary = f"Successfully executed action {topic}"
        if self._refusal:
            summary = f'Failed to execute action {topic}. Received error: "{self._refusal}"'
        self._acted.append(
            {
                "AlarmName": alarm.name,
                "HistoryItemType": "Action",
                "HistorySummary": summary,
                "HistoryData": "{}",
                "Timestamp": datetime.fromtimestamp(self._now, UTC),
            }
        )

    def _listen(self, client: Any) -> None:
        events = client.meta.events
        events.register("before-call.*.*", self._note)
        events.register("after-call.cloudtrail.DescribeTrails", self._record)
        events.register("after-call.cloudwatch.DescribeAlarmHistory", self._tell_history)
        events.register("after-call.cloudwatch.DescribeAlarms", self._tell_state)
        events.register("after-call.logs.FilterLogEvents", self._tell_ingestion)

    def _note(self, model: Any, params: dict[str, Any], **_: Any) -> None:
        self.calls.append(f"{model.service_model.endpoint_prefix}:{model.name}")

    def _record(self, parsed: dict[str, Any], model: Any, **_: Any) -> None:
        error = parsed.get("Error")
        if error is None:
            return
        arn = error["Message"].split()[1]
        role, session = arn.split("/")[1:]
        account = arn.split(":")[4]
        record = {
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "AssumedRole",
                "principalId": f"AROAEXAMPLE:{session}",
                "arn": arn,
                "accountId": account,
                "sessionContext": {
                    "sessionIssuer": {
                        "type": "Role",
                        "arn": f"arn:aws:iam::{account}:role/{role}",
                        "userName": role,
                    }
                },
            },
            "eventTime": f"{datetime.fromtimestamp(self._now, UTC):%Y-%m-%dT%H:%M:%SZ}",
            "eventSource": "cloudtrail.amazonaws.com",
            "eventName": model.name,
            "awsRegion": self.clients.region,
            "sourceIPAddress": "203.0.113.7",
            "errorCode": "AccessDenied",
            "eventID": f"{session}-{len(self.denied)}",
            "readOnly": True,
            **self._written,
        }
        self.denied.append(record)
        # Another's record beside it, and a line that is none.
        other = {**record, "userIdentity": {"arn": f"{arn}-other"}, "eventID": "other"}
        self._logged += [Event(int(self._now), json.dumps(each)) for each in (record, record)]
        self._logged.append(Event(int(self._now), "no record"))
        self._logged.append(
            Event(int(self._now), json.dumps({**other, "errorCode": "NoSuchBucket"}))
        )

    def _tell_history(self, parsed: dict[str, Any], **_: Any) -> None:
        items = parsed.get("AlarmHistoryItems")
        if items is not None and "action" not in self._withheld:
            # MiniStack stamps changes with its own time, which is later than the tests'.
            actions = [
                {**each, "Timestamp": max(item["Timestamp"] for item in items)}
                for each in self._acted
                if items
            ]
            parsed["AlarmHistoryItems"] = [*actions, *items]

    def _tell_state(self, parsed: dict[str, Any], **_: Any) -> None:
        for alarm in parsed.get("MetricAlarms", ()):
            alarm["StateTransitionedTimestamp"] = datetime.fromtimestamp(self._now, UTC)

    def _tell_ingestion(self, parsed: dict[str, Any], **_: Any) -> None:
        for event in parsed.get("events", ()):
            event["ingestionTime"] = event["timestamp"] + DELIVERY * 1_000


def settings(alarm: Alarm) -> AlarmSettings:
    """The alarm's settings as its evaluation takes them."""
    return AlarmSettings(
        period=alarm.period,
        evaluation_periods=alarm.evaluation_periods,
        datapoints_to_alarm=alarm.datapoints_to_alarm,
        threshold=alarm.threshold,
        comparison_operator=ComparisonOperator(alarm.comparison_operator),
        statistic=Statistic(alarm.statistic),
        treat_missing_data=Missing(alarm.treat_missing_data),
    )
