"""The Logs Insights query that answers an alarm's question: who was denied what, from where."""

from typing import Final

import pulumi
import pulumi_aws as aws

from monitoring import console, control, denied_calls_query

QUERY: Final = denied_calls_query.QUERY

# CloudTrail delivers some minutes after the call, and people look some minutes after the alarm.
_LOOK_BACK_SECONDS: Final = 3_600


def save(
    name: str, log_group_name: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> aws.cloudwatch.QueryDefinition:
    """Save the query in the account, where the console lists it for the log group."""
    return aws.cloudwatch.QueryDefinition(
        f"{control.FILTER_NAME}-{name}",
        query_string=QUERY,
        log_group_names=[log_group_name],
        opts=opts,
    )


def describe(
    what: str,
    runbook_url: str,
    query_name: str,
    *,
    partition: str,
    region: str,
    log_group_name: str,
    window_seconds: int,
) -> str:
    """An alarm's description: what happened, the runbook, and the query that tells who and what.

    1,024 characters at most (PutMetricAlarm): where a link to the query would not fit, there is one
    to a shorter query, or else the query's name.
    """
    told = [what, *([f"Runbook: {runbook_url}"] if runbook_url else [])]
    for query in (QUERY, denied_calls_query.SHORT_QUERY):
        url = console.logs_insights_url(
            partition,
            region,
            log_group_name,
            query,
            seconds=_LOOK_BACK_SECONDS + window_seconds,
        )
        linked = "\n".join([*told, f"Who, what, from where: {url}"])
        if url is not None and len(linked) <= control.ALARM_DESCRIPTION_LIMIT:
            return linked
    by_name = (
        f"Who, what, from where: run the saved query {query_name} in CloudWatch Logs Insights."
    )
    return "\n".join([*told, by_name])
