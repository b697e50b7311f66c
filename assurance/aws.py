"""boto3 clients: the only module that makes them."""

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import boto3
import botocore.loaders
import botocore.session
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
)
from botocore.exceptions import ConnectionError as NoConnectionError
from botocore.model import ServiceModel

if TYPE_CHECKING:
    from mypy_boto3_cloudtrail import CloudTrailClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sts import STSClient
    from mypy_boto3_sts.type_defs import CredentialsTypeDef

EMULATED_ACCOUNT: Final = "123456789012"
# With it an account id as the access key is that account's root user.
_EMULATED_SECRET_KEY: Final = "test"  # noqa: S105 - MiniStack's default, no secret

_LIVE: Final = Config(
    connect_timeout=10,
    read_timeout=30,
    retries={"mode": "standard", "total_max_attempts": 6},
    user_agent_extra="unauthorized-api-calls",
)
# Whoever asks is there and waits: STS answers within a second, or cannot be reached.
_IMPATIENT: Final = Config(
    connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2}
)
# The emulator answers at once or not at all; a proxy would only lead away from loopback, and
# custom endpoints refuse the FIPS and dual-stack variants that the environment may ask for.
_EMULATED: Final = Config(
    connect_timeout=5,
    read_timeout=30,
    retries={"mode": "standard", "total_max_attempts": 1},
    proxies={},
    max_pool_connections=32,
    use_fips_endpoint=False,
    use_dualstack_endpoint=False,
)


class Clients:
    """The clients of one account and region, each made when first asked for, for any thread."""

    def __init__(
        self,
        session: boto3.Session,
        config: Config,
        *,
        endpoint_url: str | None = None,
        prepare: Callable[[Any], None] | None = None,
        credentials: Mapping[str, str] | None = None,
    ) -> None:
        """`prepare` is called with each new client (to register event handlers on it).

        `credentials` are boto3's arguments for others than the session's.
        """
        self._session = session
        self._config = config
        self._endpoint_url = endpoint_url
        self._prepare = prepare
        self._credentials = credentials or {}
        self._made: dict[str, Any] = {}
        self._lock = threading.Lock()

    def prepared_by(self, prepare: Callable[[Any], None]) -> "Clients":
        """The same account and region, by new clients that `prepare` is called with."""
        return Clients(
            self._session,
            self._config,
            endpoint_url=self._endpoint_url,
            prepare=prepare,
            credentials=self._credentials,
        )

    def configured(self, config: Config) -> "Clients":
        """The same account and region, by new clients whose settings `config` changes."""
        return Clients(
            self._session,
            self._config.merge(config),
            endpoint_url=self._endpoint_url,
            prepare=self._prepare,
            credentials=self._credentials,
        )

    def assumed(self, credentials: "CredentialsTypeDef") -> "Clients":
        """The same region, by new clients with the credentials that STS gave for a role."""
        return Clients(
            self._session,
            self._config,
            endpoint_url=self._endpoint_url,
            prepare=self._prepare,
            credentials={
                "aws_access_key_id": credentials["AccessKeyId"],
                "aws_secret_access_key": credentials["SecretAccessKey"],
                "aws_session_token": credentials["SessionToken"],
            },
        )

    @property
    def region(self) -> str:
        """The region of every client; empty when none is configured."""
        return self._session.region_name or ""

    def client(self, service: str) -> Any:
        """The client of a service by boto3's name for it."""
        # Sessions are not thread-safe; the clients that they make are.
        with self._lock:
            if service not in self._made:
                made = self._session.client(  # type: ignore[call-overload] # any service
                    service,
                    config=self._config,
                    endpoint_url=self._endpoint_url,
                    **self._credentials,
                )
                if self._prepare is not None:
                    self._prepare(made)
                self._made[service] = made
            return self._made[service]

    @property
    def cloudtrail(self) -> "CloudTrailClient":
        """Trails."""
        client: CloudTrailClient = self.client("cloudtrail")
        return client

    @property
    def cloudwatch(self) -> "CloudWatchClient":
        """Alarms and metrics."""
        client: CloudWatchClient = self.client("cloudwatch")
        return client

    @property
    def iam(self) -> "IAMClient":
        """Roles and policies."""
        client: IAMClient = self.client("iam")
        return client

    @property
    def kms(self) -> "KMSClient":
        """Keys."""
        client: KMSClient = self.client("kms")
        return client

    @property
    def lambda_(self) -> "LambdaClient":
        """Functions."""
        client: LambdaClient = self.client("lambda")
        return client

    @property
    def logs(self) -> "CloudWatchLogsClient":
        """Log groups and metric filters."""
        client: CloudWatchLogsClient = self.client("logs")
        return client

    @property
    def sns(self) -> "SNSClient":
        """Topics and subscriptions."""
        client: SNSClient = self.client("sns")
        return client

    @property
    def sqs(self) -> "SQSClient":
        """Queues."""
        client: SQSClient = self.client("sqs")
        return client

    @property
    def sts(self) -> "STSClient":
        """Who is calling."""
        client: STSClient = self.client("sts")
        return client


def live_clients(*, region: str | None = None, profile: str | None = None) -> Clients:
    """Clients as the user's environment configures boto3, AWS_ENDPOINT_URL included.

    Raises NoAccessError for a profile that is not there.
    """
    try:
        return Clients(boto3.Session(region_name=region, profile_name=profile), _LIVE)
    except ProfileNotFound as error:
        raise NoAccessError(
            f"AWS_PROFILE: {error}: name one of yours (aws configure list-profiles)"
        ) from None


class NoAccessError(Exception):
    """AWS cannot be asked at all; the message says why, and what to do."""


@dataclass(frozen=True)
class Caller:
    """Whose credentials these are."""

    account: str
    arn: str


def check_credentials(clients: Clients) -> Caller:
    """Ask AWS who is calling, which needs no permission; raises NoAccessError within seconds."""
    if not clients.region:
        raise NoAccessError("no region is set: set aws:region in the stack, or AWS_REGION")
    try:
        told = clients.configured(_IMPATIENT).sts.get_caller_identity()
        return Caller(account=told["Account"], arn=told["Arn"])
    except ValueError as error:
        # What boto3 raises of a URL that is none.
        raise NoAccessError(f"AWS_ENDPOINT_URL: {error}: write http://HOST:PORT") from None
    except (NoCredentialsError, PartialCredentialsError):
        raise NoAccessError(
            "there are no AWS credentials: log in (aws sso login), or set AWS_PROFILE"
        ) from None
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "an error without a code")
        raise NoAccessError(
            f"AWS refuses these credentials ({code}): log in again, or set AWS_PROFILE"
        ) from None
    except (NoConnectionError, HTTPClientError) as error:
        raise NoAccessError(
            f"AWS cannot be reached: {error}: look at the network, the proxy and AWS_ENDPOINT_URL"
        ) from None
    except BotoCoreError as error:
        raise NoAccessError(
            f"AWS cannot be asked: {error}: log in again, or look at AWS_PROFILE and ~/.aws"
        ) from None


def emulator_clients(
    endpoint_url: str,
    *,
    region: str,
    account: str = EMULATED_ACCOUNT,
    prepare: Callable[[Any], None] | None = None,
) -> Clients:
    """Clients that reach nothing but `endpoint_url`, whatever the user's environment says.

    MiniStack holds as many accounts as it is asked for: `account` is the one they work in.
    """
    session = boto3.Session(
        aws_access_key_id=account,
        aws_secret_access_key=_EMULATED_SECRET_KEY,
        region_name=region,
        botocore_session=_detached_session(),
    )
    return Clients(session, _EMULATED, endpoint_url=endpoint_url, prepare=prepare)


def service_model(service: str) -> ServiceModel:
    """What boto3 knows of a service's calls; needs no credentials and no network."""
    return _detached_session().get_service_model(service)


def service_names() -> list[str]:
    """Every service of AWS by its endpoint's prefix (`ec2`), which event sources begin with."""
    services = chain.from_iterable(partition["services"] for partition in _partitions())
    return sorted({name.rpartition(".")[2] for name in services})


def region_names() -> list[str]:
    """Every region of every partition: a stack may be in China or in GovCloud."""
    return sorted(chain.from_iterable(partition["regions"] for partition in _partitions()))


def _partitions() -> Any:
    return _loader().load_data("endpoints")["partitions"]


def _detached_session() -> botocore.session.Session:
    """A session that reads neither the user's environment nor the configuration files."""
    defaults = {
        name: (None, None, default, convert)
        for name, (_, _, default, convert) in botocore.session.Session.SESSION_VARIABLES.items()
    }
    no_file = (None, None, os.devnull, None)
    session = botocore.session.Session(
        session_vars={**defaults, "config_file": no_file, "credentials_file": no_file}
    )
    # Reading the service models takes longer than all else that making a client does.
    session.register_component("data_loader", _loader())
    return session


@cache
def _loader() -> botocore.loaders.Loader:
    return botocore.loaders.create_loader()
