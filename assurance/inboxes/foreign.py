"""The queues and functions that a stack's recipients name and that are not the stack's own."""

import io
import json
import zipfile
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from assurance.aws import Clients, emulator_clients
from assurance.emulated_aws.resource_type import missing
from assurance.emulated_aws.stand_ins import Endpoint

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_EMULATED_PARTITION: Final = "aws"


class ForeignResources:
    """Makes them on the emulator, under their very ARNs."""

    def __init__(self, endpoint_url: str) -> None:
        self._endpoint_url = endpoint_url

    def clients_at(self, endpoint: Endpoint) -> Clients:
        """Clients of the account and region that an ARN names: MiniStack has them all."""
        _, _, _, region, account, *_ = endpoint.address.split(":")
        return emulator_clients(self._endpoint_url, region=region, account=account)

    def queue_url(self, endpoint: Endpoint) -> str | None:
        """The URL of the queue at this ARN; None when the emulator has none."""
        if endpoint.address.split(":")[1] != _EMULATED_PARTITION:
            return None
        try:
            return self.clients_at(endpoint).sqs.get_queue_url(
                QueueName=endpoint.address.rpartition(":")[2]
            )["QueueUrl"]
        except ClientError as error:
            if missing(error, "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"):
                return None
            raise

    def make_queue(self, endpoint: Endpoint) -> None:
        """Make the queue unless it is there; its name tells nothing of its partition."""
        if self.queue_url(endpoint) is None:
            name = endpoint.address.rpartition(":")[2]
            self.clients_at(endpoint).sqs.create_queue(
                QueueName=name, Attributes={"Policy": _anyone_may_send(endpoint)}
            )

    def make_function(self, endpoint: Endpoint) -> None:
        """Make a function that does nothing, with the version or alias that the ARN names."""
        parts = endpoint.address.split(":")
        name, qualifier = parts[6], parts[7] if len(parts) > 7 else ""
        client = self.clients_at(endpoint).lambda_
        try:
            client.create_function(
                FunctionName=name,
                Runtime="python3.12",
                Role=f"arn:{_EMULATED_PARTITION}:iam::{parts[4]}:role/stand-in",
                Handler="index.handler",
                Code={"ZipFile": _archive("def handler(event, context): pass")},
            )
        except ClientError as error:
            # Another recipient names the same function by another version or alias.
            if not missing(error, "ResourceConflictException"):
                raise
        if qualifier.isdigit():
            self._publish(client, name, int(qualifier))
        elif qualifier and qualifier != "$LATEST":
            version = client.publish_version(FunctionName=name)["Version"]
            client.create_alias(FunctionName=name, Name=qualifier, FunctionVersion=version)

    def _publish(self, client: "LambdaClient", name: str, version: int) -> None:
        """Publish versions until there is this one; one without a change would not count."""
        published = ""
        while published != str(version):
            client.update_function_code(
                FunctionName=name,
                ZipFile=_archive(f"def handler(event, context): pass #{published}"),
            )
            published = client.publish_version(FunctionName=name)["Version"]


def _anyone_may_send(queue: Endpoint) -> str:
    """The policy of a queue whose owner, as a subscriber must, lets SNS send to it."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue.address,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _archive(source: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("index.py", source)
    return archive.getvalue()
