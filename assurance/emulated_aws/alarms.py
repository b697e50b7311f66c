"""Metric alarms."""

from typing import Any, Final

from typing_extensions import override

from assurance.emulated_aws.resource_type import Inputs, ResourceType, State
from assurance.emulated_aws.tags import from_pairs, pairs, retag

# Pulumi's input and PutMetricAlarm's parameter.
_PARAMETERS: Final = {
    "name": "AlarmName",
    "alarmDescription": "AlarmDescription",
    "actionsEnabled": "ActionsEnabled",
    "alarmActions": "AlarmActions",
    "okActions": "OKActions",
    "insufficientDataActions": "InsufficientDataActions",
    "namespace": "Namespace",
    "metricName": "MetricName",
    "statistic": "Statistic",
    "extendedStatistic": "ExtendedStatistic",
    "period": "Period",
    "evaluationPeriods": "EvaluationPeriods",
    "datapointsToAlarm": "DatapointsToAlarm",
    "threshold": "Threshold",
    "comparisonOperator": "ComparisonOperator",
    "treatMissingData": "TreatMissingData",
    "unit": "Unit",
}
# Pulumi hands on every number as a float.
_INTEGERS: Final = ("period", "evaluationPeriods", "datapointsToAlarm")
_DEFAULTS: Final = {"actionsEnabled": True, "treatMissingData": "missing"}


class MetricAlarm(ResourceType):
    """A metric alarm; its id is its name."""

    token = "aws:cloudwatch/metricAlarm:MetricAlarm"  # noqa: S105 - a type token
    properties = frozenset({*_PARAMETERS, "dimensions", "tags"})
    replaced_by = frozenset({"name"})
    # The provider keeps the actions as sets: their order is AWS's.
    unordered = frozenset({"alarmActions", "okActions", "insufficientDataActions"})

    @override
    def create(self, inputs: Inputs) -> str:
        self._put(inputs, Tags=pairs(self.home.tags(inputs)))
        name: str = inputs["name"]
        return name

    @override
    def read(self, physical_id: str, known: Inputs) -> State | None:
        found = self.clients.cloudwatch.describe_alarms(
            AlarmNames=[physical_id], AlarmTypes=["MetricAlarm"]
        )["MetricAlarms"]
        if not found:
            return None
        alarm: dict[str, Any] = dict(found[0])
        tags = self.clients.cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])
        told = {ours: alarm.get(theirs) for ours, theirs in _PARAMETERS.items()}
        return {
            **told,
            "arn": alarm["AlarmArn"],
            "dimensions": {pair["Name"]: pair["Value"] for pair in alarm.get("Dimensions", [])},
            "region": self.home.region,
            **self.home.tags_read(from_pairs(tags["Tags"])),
        }

    @override
    def update(self, physical_id: str, known: Inputs, inputs: Inputs) -> None:
        self._put(inputs)
        retag(
            known.get("tagsAll") or {},
            self.home.tags(inputs),
            add=lambda tags: self.clients.cloudwatch.tag_resource(
                ResourceARN=known["arn"], Tags=pairs(tags)
            ),
            remove=lambda keys: self.clients.cloudwatch.untag_resource(
                ResourceARN=known["arn"], TagKeys=keys
            ),
        )

    @override
    def delete(self, physical_id: str, known: Inputs) -> None:
        self.clients.cloudwatch.delete_alarms(AlarmNames=[physical_id])

    def _put(self, inputs: Inputs, **more: Any) -> None:
        given = {**_DEFAULTS, **{key: value for key, value in inputs.items() if value is not None}}
        for key in _INTEGERS:
            if key in given:
                given[key] = int(given[key])
        # Without a threshold the provider sends 0.
        given["threshold"] = float(given.get("threshold", 0))
        params: dict[str, Any] = {
            theirs: given[ours]
            for ours, theirs in _PARAMETERS.items()
            if given.get(ours) not in (None, "", [])
        }
        if given.get("dimensions"):
            params["Dimensions"] = pairs(given["dimensions"], key="Name")
        self.clients.cloudwatch.put_metric_alarm(**params, **more)

    @override
    def same(self, property_name: str, one: Any, other: Any) -> bool:
        default = _DEFAULTS.get(property_name)
        if default is not None:
            one, other = (default if value is None else value for value in (one, other))
        return super().same(property_name, one, other)
