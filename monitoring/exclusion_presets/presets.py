"""The presets, each with its sources and with what it must and must not keep quiet.

That a service's address is its DNS name, and that no other caller's is, is from "CloudTrail record
contents" in the CloudTrail user guide (sourceIPAddress). A service also calls from there with the
rights of a user who asked it to, hence what it calls is named too. `userIdentity.invokedBy` would
say the same at three times the length, since a record may lack it.
"""

from typing import Final

from monitoring.exclusion_presets.preset import Preset
from monitoring.exclusion_presets.samples import (
    by_person,
    by_service,
    by_service_role,
    for_person,
)

_CONFIG: Final = "config.amazonaws.com"
_CONFIG_ROLE: Final = "AWSServiceRoleForConfig"
_CLOUDFRONT: Final = "cloudfront.amazonaws.com"
_SECURITY_HUB: Final = "securityhub.amazonaws.com"
_SECURITY_HUB_ROLE: Final = "AWSServiceRoleForSecurityHub"
_EXPLORER: Final = "resource-explorer-2.amazonaws.com"
_EXPLORER_ROLE: Final = "AWSServiceRoleForResourceExplorer"
_INSPECTOR: Final = "inspector2.amazonaws.com"

CONFIG_RECORDER: Final = Preset(
    name="config-recorder",
    noise="AWS Config describes Lambda functions whose environment variables it may not decrypt, "
    "and asks Macie for its session: where Macie is off, it answers that access is denied.",
    cost="AWS Config's own denied Decrypt and GetMacieSession, and nobody else's.",
    sources=(
        "aws-samples/baseline-environment-on-aws pull request 51 (Decrypt)",
        "DataBiosphere/azul issues 5779 and 7101 (GetMacieSession, with AWS Support's answer)",
        "ministryofjustice/modernisation-platform issue 8546 (GetMacieSession)",
    ),
    fields={"sourceIPAddress": [_CONFIG], "eventName": ["Decrypt", "GetMacieSession"]},
    excluded=(
        by_service_role(_CONFIG, _CONFIG_ROLE, "kms.amazonaws.com", "Decrypt"),
        by_service_role(_CONFIG, _CONFIG_ROLE, "macie2.amazonaws.com", "GetMacieSession"),
    ),
    counted=(
        by_service_role(_CONFIG, _CONFIG_ROLE, "s3.amazonaws.com", "PutObject"),
        for_person("secretsmanager.amazonaws.com", "kms.amazonaws.com", "Decrypt"),
        by_person("kms.amazonaws.com", "Decrypt"),
        by_person("kms.amazonaws.com", "Decrypt", user_agent=_CONFIG),
        by_person("macie2.amazonaws.com", "GetMacieSession"),
    ),
)

CLOUDFRONT_ORIGINS: Final = Preset(
    name="cloudfront-origins",
    noise="A visitor asks for an object that the distribution's bucket does not have: S3 denies "
    "access to whoever may not list the bucket. Only trails with S3 data events see it.",
    cost="What CloudFront may not read in a bucket, be it a mistake in the bucket's policy.",
    sources=("DataBiosphere/azul issues 5043 (GetObject), 5325 (HeadObject) and 6132 (both)",),
    fields={"sourceIPAddress": [_CLOUDFRONT], "eventName": ["GetObject", "HeadObject"]},
    excluded=(
        by_service(_CLOUDFRONT, "s3.amazonaws.com", "GetObject"),
        by_service(_CLOUDFRONT, "s3.amazonaws.com", "HeadObject"),
    ),
    counted=(
        by_service(_CLOUDFRONT, "s3.amazonaws.com", "PutObject"),
        by_service("logging.s3.amazonaws.com", "s3.amazonaws.com", "GetObject"),
        by_person("s3.amazonaws.com", "GetObject"),
        by_person("s3.amazonaws.com", "GetObject", user_agent="Amazon CloudFront"),
    ),
)

SECURITY_HUB_CHECKS: Final = Preset(
    name="security-hub-checks",
    noise="Security Hub's checks of alarms list the subscriptions of their topics, which the "
    "policy of a topic in another account denies.",
    cost="Security Hub's own denied ListSubscriptionsByTopic, and nobody else's.",
    sources=(
        "aws-samples/aws-secure-environment-accelerator issue 875",
        "schubergphilis/terraform-aws-mcaf-landing-zone pull request 119",
    ),
    fields={"sourceIPAddress": [_SECURITY_HUB], "eventName": ["ListSubscriptionsByTopic"]},
    excluded=(
        by_service_role(
            _SECURITY_HUB, _SECURITY_HUB_ROLE, "sns.amazonaws.com", "ListSubscriptionsByTopic"
        ),
    ),
    counted=(
        by_service_role(_SECURITY_HUB, _SECURITY_HUB_ROLE, "sns.amazonaws.com", "Publish"),
        by_service_role(_CONFIG, _CONFIG_ROLE, "sns.amazonaws.com", "ListSubscriptionsByTopic"),
        by_person("sns.amazonaws.com", "ListSubscriptionsByTopic"),
        by_person("sns.amazonaws.com", "ListSubscriptionsByTopic", user_agent=_SECURITY_HUB),
    ),
)

RESOURCE_EXPLORER: Final = Preset(
    name="resource-explorer",
    noise="Resource Explorer lists and describes the resources of the services that it indexes, "
    "and is denied some of them.",
    cost="What Resource Explorer may not read. What people ask of Resource Explorer counts: it "
    "comes from their own addresses.",
    sources=(
        "simple-container-com/api pull request 277",
        "AWS Resource Explorer user guide, Using service-linked roles (its role only reads)",
    ),
    fields={"sourceIPAddress": [_EXPLORER], "eventName": ["Describe*", "Get*", "List*"]},
    excluded=(
        by_service_role(_EXPLORER, _EXPLORER_ROLE, "ec2.amazonaws.com", "DescribeFpgaImages"),
        by_service_role(_EXPLORER, _EXPLORER_ROLE, "s3.amazonaws.com", "GetBucketTagging"),
        by_service_role(_EXPLORER, _EXPLORER_ROLE, "sqs.amazonaws.com", "ListQueues"),
    ),
    counted=(
        for_person(_EXPLORER, "iam.amazonaws.com", "CreateServiceLinkedRole"),
        by_person(_EXPLORER, "ListResources"),
        by_person("ec2.amazonaws.com", "DescribeFpgaImages"),
        by_person("sqs.amazonaws.com", "ListQueues", user_agent=_EXPLORER),
    ),
)

INSPECTOR_CONSOLE: Final = Preset(
    name="inspector-console",
    noise="Amazon Inspector's console asks for the organisation's settings, which only the "
    "organisation's administrators may read, whenever anybody opens it.",
    cost="Anybody's denied calls of these two APIs, which tell who administers Inspector.",
    sources=("DataBiosphere/azul issues 5291, 5545 and 5884",),
    fields={
        "eventSource": [_INSPECTOR],
        "eventName": ["DescribeOrganizationConfiguration", "ListDelegatedAdminAccounts"],
    },
    excluded=(
        by_person(_INSPECTOR, "DescribeOrganizationConfiguration"),
        by_person(_INSPECTOR, "ListDelegatedAdminAccounts"),
    ),
    counted=(
        by_person(_INSPECTOR, "DisableDelegatedAdminAccount"),
        by_person(_INSPECTOR, "ListFindings"),
        by_person("guardduty.amazonaws.com", "DescribeOrganizationConfiguration"),
        by_service_role(
            _INSPECTOR,
            "AWSServiceRoleForAmazonInspector2",
            "elasticloadbalancing.amazonaws.com",
            "DescribeTargetGroupAttributes",
        ),
    ),
)
