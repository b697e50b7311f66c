"""What the systems call the fields of a CloudTrail record.

A field that a system keeps under no name of its own is left out: a query that reads another one
in its place would hide what the exclusion does not describe.
"""

from collections.abc import Mapping
from typing import Final

# Elastic's integration for AWS: packages/aws/data_stream/cloudtrail/elasticsearch/ingest_pipeline.
# Left out: userIdentity.userName and sessionIssuer.userName, which it writes to the same user.name;
# userIdentity.accountId, whose cloud.account.id other processors write too; and what it drops.
ELASTIC: Final[Mapping[str, str]] = {
    "awsRegion": "cloud.region",
    "errorCode": "aws.cloudtrail.error_code",
    "eventName": "event.action",
    "eventSource": "event.provider",
    "recipientAccountId": "aws.cloudtrail.recipient_account_id",
    "sourceIPAddress": "source.address",
    "userAgent": "user_agent.original",
    "userIdentity.arn": "aws.cloudtrail.user_identity.arn",
    "userIdentity.invokedBy": "aws.cloudtrail.user_identity.invoked_by",
    "userIdentity.principalId": "user.id",
    "userIdentity.sessionContext.sessionIssuer.arn": (
        "aws.cloudtrail.user_identity.session_context.session_issuer.arn"
    ),
    "userIdentity.type": "aws.cloudtrail.user_identity.type",
    "vpcEndpointId": "aws.cloudtrail.vpc_endpoint_id",
}

# "Create a table for CloudTrail logs in Athena", Amazon Athena user guide: one column for each
# field of a record, those of userIdentity in a struct. Left out is what that table leaves out.
ATHENA: Final[Mapping[str, str]] = {
    name: name.lower()
    for name in (
        "awsRegion",
        "errorCode",
        "eventName",
        "eventSource",
        "recipientAccountId",
        "sourceIPAddress",
        "userAgent",
        "userIdentity.accountId",
        "userIdentity.arn",
        "userIdentity.invokedBy",
        "userIdentity.onBehalfOf.userId",
        "userIdentity.principalId",
        "userIdentity.sessionContext.sessionIssuer.arn",
        "userIdentity.sessionContext.sessionIssuer.userName",
        "userIdentity.type",
        "userIdentity.userName",
        "vpcEndpointId",
    )
}
