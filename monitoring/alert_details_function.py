"""AlertDetails: the function that tells, after each alarm, who was denied what, from where."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pulumi
import pulumi_aws as aws

from monitoring import control, policies, watches
from monitoring.filtered_alarm import Notices
from monitoring.subscriptions import ON_THE_BODY

TOKEN: Final = "unauthorized-api-calls:index:AlertDetails"  # noqa: S105 - a type token

_HANDLER: Final = "monitoring.alert_details.handler.handle"
_RUNTIME: Final = "python3.13"
# What the package imports of this one besides itself.
_IMPORTED: Final = ("__init__.py", "console.py", "denied_calls_query.py")
# Reading the window and the day before it, page by page, takes seconds, and may be throttled.
_TIMEOUT_SECONDS: Final = 120
_MEMORY_MB: Final = 256
_RETENTION_DAYS: Final = 30


class AlertDetails(pulumi.ComponentResource):
    """The function, what it may do, and its subscription to the topic that it answers on.

    It is told of the paging alarm alone, and only when that goes off. `key_arn` is the topic's key;
    with `is_topic_brought` that is not known, and the role may use whichever key the topic has.
    `name` is the monitor's.
    """

    def __init__(
        self,
        logical_name: str,
        *,
        name: str,
        home: policies.Home,
        topic_arn: pulumi.Output[str],
        key_arn: pulumi.Input[str] | None,
        is_topic_brought: bool,
        log_group_name: pulumi.Input[str],
        filter_pattern: pulumi.Input[str],
        alarm_name: pulumi.Output[str],
        runbook_url: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(TOKEN, logical_name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        log_group = aws.cloudwatch.LogGroup(
            logical_name, retention_in_days=_RETENTION_DAYS, opts=child
        )
        role = aws.iam.Role(
            logical_name,
            assume_role_policy=policies.assumed_by("lambda.amazonaws.com"),
            description="Lets the function read the denied calls of an alarm and publish them.",
            opts=child,
        )
        allowed = aws.iam.RolePolicy(
            logical_name,
            role=role.name,
            policy=policies.details_policy(
                home,
                read=log_group_name,
                topic_arn=topic_arn,
                key_arn=key_arn,
                is_topic_brought=is_topic_brought,
                write=log_group.arn,
            ),
            opts=child,
        )
        self._function = aws.lambda_.Function(
            logical_name,
            description="Tells who was denied what, from where, after each alarm.",
            handler=_HANDLER,
            runtime=_RUNTIME,
            code=archive(),
            role=role.arn,
            timeout=_TIMEOUT_SECONDS,
            memory_size=_MEMORY_MB,
            environment={
                "variables": {
                    "ALARM_NAME": alarm_name,
                    "FILTER_PATTERN": filter_pattern,
                    "LOG_GROUP_NAME": log_group_name,
                    "RUNBOOK_URL": runbook_url,
                    "TOPIC_ARN": topic_arn,
                }
            },
            logging_config={"log_format": "Text", "log_group": log_group.name},
            opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[allowed])),
        )
        invocable = aws.lambda_.Permission(
            logical_name,
            action="lambda:InvokeFunction",
            function=self._function.name,
            principal="sns.amazonaws.com",
            source_arn=topic_arn,
            opts=child,
        )
        aws.sns.TopicSubscription(
            f"{control.TOPIC_NAME}-{name}-{control.DETAILS}",
            topic=topic_arn,
            protocol="lambda",
            endpoint=self._function.arn,
            filter_policy=pulumi.Output.json_dumps(
                {"AlarmName": [alarm_name], "NewStateValue": ["ALARM"]}
            ),
            filter_policy_scope=ON_THE_BODY,
            opts=pulumi.ResourceOptions.merge(
                child, pulumi.ResourceOptions(depends_on=[invocable])
            ),
        )
        self._name = name
        self._child = child
        self.register_outputs({})

    def watch(self, description: pulumi.Input[str], notices: Notices) -> None:
        """The alarm that rings when the function fails: nobody would miss a digest."""
        watches.details_watch(
            self._name,
            function_name=self._function.name,
            description=description,
            notices=notices,
            opts=self._child,
        )


def archive() -> pulumi.AssetArchive:
    """The function's code: its package, and what that imports, as they lie here.

    The texts themselves, so that it is the same archive from wherever it is deployed.
    """
    assets: Mapping[str, pulumi.Asset | pulumi.Archive] = {
        f"monitoring/{path.relative_to(_HERE).as_posix()}": pulumi.StringAsset(
            path.read_text(encoding="utf-8")
        )
        for path in sorted(
            [*(_HERE / "alert_details").glob("*.py"), *map(_HERE.joinpath, _IMPORTED)]
        )
    }
    return pulumi.AssetArchive(dict(assets))


_HERE: Final = Path(__file__).parent
