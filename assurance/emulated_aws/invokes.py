"""The provider's functions that programs call: what they look up."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from assurance.emulated_aws.errors import InvokeFailedError
from assurance.emulated_aws.logs import find_log_group
from assurance.emulated_aws.resource_type import Home

_DNS_SUFFIXES: Final = {"aws-cn": "amazonaws.com.cn"}


def get_log_group(home: Home, args: Mapping[str, Any]) -> dict[str, Any]:
    """A log group by its name; raises InvokeFailedError when there is none."""
    name = args["name"]
    found = find_log_group(home.clients, name)
    if found is None:
        raise InvokeFailedError(
            f"reading CloudWatch Logs Log Group ({name}): couldn't find resource"
        )
    arn = found["logGroupArn"]
    return {
        "id": name,
        "name": name,
        "arn": arn,
        "creationTime": found["creationTime"],
        "deletionProtectionEnabled": False,
        "kmsKeyId": found.get("kmsKeyId", ""),
        "logGroupClass": found.get("logGroupClass", "STANDARD"),
        "region": home.region,
        "retentionInDays": found.get("retentionInDays", 0),
        "tags": home.clients.logs.list_tags_for_resource(resourceArn=arn)["tags"],
    }


def get_caller_identity(home: Home, _: Mapping[str, Any]) -> dict[str, Any]:
    """The account that everything is deployed to."""
    caller = home.caller
    return {
        "id": caller["Account"],
        "accountId": caller["Account"],
        "arn": caller["Arn"],
        "userId": caller["UserId"],
    }


def get_region(home: Home, _: Mapping[str, Any]) -> dict[str, Any]:
    """The region that everything is deployed to."""
    region = home.region
    return {
        "id": region,
        "name": region,
        "region": region,
        "description": region,
        "endpoint": f"ec2.{region}.{_dns_suffix(home)}",
    }


def get_partition(home: Home, _: Mapping[str, Any]) -> dict[str, Any]:
    """The partition of the endpoint's ARNs, which the policies must name."""
    suffix = _dns_suffix(home)
    return {
        "id": home.partition,
        "partition": home.partition,
        "dnsSuffix": suffix,
        "reverseDnsPrefix": ".".join(reversed(suffix.split("."))),
    }


def _dns_suffix(home: Home) -> str:
    return _DNS_SUFFIXES.get(home.partition, "amazonaws.com")


INVOKES: Final[Mapping[str, Callable[[Home, Mapping[str, Any]], dict[str, Any]]]] = {
    "aws:cloudwatch/getLogGroup:getLogGroup": get_log_group,
    "aws:index/getCallerIdentity:getCallerIdentity": get_caller_identity,
    "aws:index/getRegion:getRegion": get_region,
    "aws:index/getPartition:getPartition": get_partition,
}
