"""Metric filters and log groups."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from typing_extensions import override

from assurance.aws import Clients
from assurance.emulated_aws.resource_type import Inputs, ResourceType, State, missing
from assurance.emulated_aws.tags import retag

if TYPE_CHECKING:
    from mypy_boto3_logs.type_defs import LogGroupTypeDef

_NOT_FOUND = "ResourceNotFoundException"


class LogMetricFilter(ResourceType):
    """A metric filter; its id is its name within the log group."""

    token = "aws:cloudwatch/logMetricFilter:LogMetricFilter"  # noqa: S105 - a type token
    properties = frozenset(
        {"name", "logGroupName", "pattern", "metricTransformation", "applyOnTransformedLogs"}
    )
    replaced_by = frozenset({"name", "logGroupName"})

    @override
    def create(self, inputs: Inputs) -> str:
        self._put(inputs)
        name: str = inputs["name"]
        return name

    @override
    def read(self, physical_id: str, known: Inputs) -> State | None:
        try:
            found = self._find(known["logGroupName"], physical_id)
        except ClientError as error:
            if missing(error, _NOT_FOUND):
                return None
            raise
        if found is None:
            return None
        [transformation] = found["metricTransformations"]
        told = {
            "name": transformation["metricName"],
            "namespace": transformation["metricNamespace"],
            "value": transformation["metricValue"],
            "unit": transformation.get("unit", "None"),
            "dimensions": transformation.get("dimensions", {}),
        }
        if "defaultValue" in transformation:
            told["defaultValue"] = _number_text(transformation["defaultValue"])
        return {
            "name": found["filterName"],
            "logGroupName": found["logGroupName"],
            "pattern": found["filterPattern"],
            "metricTransformation": told,
            "applyOnTransformedLogs": found.get("applyOnTransformedLogs", False),
            "region": self.home.region,
        }

    @override
    def update(self, physical_id: str, known: Inputs, inputs: Inputs) -> None:
        self._put(inputs)

    @override
    def delete(self, physical_id: str, known: Inputs) -> None:
        try:
            self.clients.logs.delete_metric_filter(
                logGroupName=known["logGroupName"], filterName=physical_id
            )
        except ClientError as error:
            if not missing(error, _NOT_FOUND):
                raise

    def _find(self, log_group_name: str, name: str) -> Any:
        pages = self.clients.logs.get_paginator("describe_metric_filters").paginate(
            logGroupName=log_group_name, filterNamePrefix=name
        )
        filters = (found for page in pages for found in page["metricFilters"])
        return next((found for found in filters if found["filterName"] == name), None)

    def _put(self, inputs: Inputs) -> None:
        given = inputs["metricTransformation"]
        transformation: Any = {
            "metricName": given["name"],
            "metricNamespace": given["namespace"],
            "metricValue": given["value"],
            "unit": given.get("unit") or "None",
        }
        if given.get("defaultValue") not in {None, ""}:
            transformation["defaultValue"] = float(given["defaultValue"])
        if given.get("dimensions"):
            transformation["dimensions"] = given["dimensions"]
        self.clients.logs.put_metric_filter(
            logGroupName=inputs["logGroupName"],
            filterName=inputs["name"],
            filterPattern=inputs["pattern"].strip(),
            metricTransformations=[transformation],
            applyOnTransformedLogs=bool(inputs.get("applyOnTransformedLogs")),
        )

    @override
    def same(self, property_name: str, one: Any, other: Any) -> bool:
        if property_name == "metricTransformation":
            one, other = ({"unit": "None", **(value or {})} for value in (one, other))
        elif property_name == "pattern":
            one, other = ((value or "").strip() for value in (one, other))
        return super().same(property_name, one, other)


class LogGroup(ResourceType):
    """A log group; its id is its name."""

    token = "aws:cloudwatch/logGroup:LogGroup"  # noqa: S105 - a type token
    properties = frozenset({"name", "logGroupClass", "retentionInDays", "kmsKeyId", "tags"})
    replaced_by = frozenset({"name", "logGroupClass"})

    @override
    def create(self, inputs: Inputs) -> str:
        name: str = inputs["name"]
        given: Any = {"kmsKeyId": inputs.get("kmsKeyId"), "tags": self.home.tags(inputs)}
        self.clients.logs.create_log_group(
            logGroupName=name,
            logGroupClass=inputs.get("logGroupClass") or "STANDARD",
            **{key: value for key, value in given.items() if value},
        )
        self._retain(name, inputs)
        return name

    @override
    def read(self, physical_id: str, known: Inputs) -> State | None:
        found = find_log_group(self.clients, physical_id)
        if found is None:
            return None
        arn = found["logGroupArn"]
        tags = self.clients.logs.list_tags_for_resource(resourceArn=arn)["tags"]
        return {
            "arn": arn,
            "name": physical_id,
            "logGroupClass": found.get("logGroupClass", "STANDARD"),
            "retentionInDays": found.get("retentionInDays", 0),
            "kmsKeyId": found.get("kmsKeyId", ""),
            "region": self.home.region,
            **self.home.tags_read(tags),
        }

    @override
    def update(self, physical_id: str, known: Inputs, inputs: Inputs) -> None:
        self._retain(physical_id, inputs)
        retag(
            known.get("tagsAll") or {},
            self.home.tags(inputs),
            add=lambda tags: self.clients.logs.tag_resource(resourceArn=known["arn"], tags=tags),
            remove=lambda keys: self.clients.logs.untag_resource(
                resourceArn=known["arn"], tagKeys=keys
            ),
        )

    @override
    def delete(self, physical_id: str, known: Inputs) -> None:
        try:
            self.clients.logs.delete_log_group(logGroupName=physical_id)
        except ClientError as error:
            if not missing(error, _NOT_FOUND):
                raise

    def _retain(self, name: str, inputs: Inputs) -> None:
        if inputs.get("retentionInDays"):
            self.clients.logs.put_retention_policy(
                logGroupName=name, retentionInDays=int(inputs["retentionInDays"])
            )
        else:
            self.clients.logs.delete_retention_policy(logGroupName=name)


def find_log_group(clients: Clients, name: str) -> "LogGroupTypeDef | None":
    """The log group of that very name."""
    paginator = clients.logs.get_paginator("describe_log_groups")
    groups = (
        group for page in paginator.paginate(logGroupNamePrefix=name) for group in page["logGroups"]
    )
    return next((group for group in groups if group["logGroupName"] == name), None)


def _number_text(number: float) -> str:
    return str(int(number)) if number == int(number) else repr(number)
