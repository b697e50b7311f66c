"""One query at a time, with patience: started, waited for, and stopped when it is of no use."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from assurance.aws import Clients
from assurance.logs_insights.queries import within

if TYPE_CHECKING:
    from mypy_boto3_logs.type_defs import GetQueryResultsResponseTypeDef

Row = Mapping[str, str]

_POLL: Final = 1.0
# A query ends by itself after an hour (CloudWatch Logs quotas).
_PATIENCE: Final = 65 * 60
_BUSY: Final = frozenset(
    {"LimitExceededException", "ThrottlingException", "Throttling", "ServiceUnavailableException"}
)
_BUSY_WAIT: Final = 5.0
_BUSY_TRIES: Final = 60
_DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException"})
_RUNNING: Final = frozenset({"Scheduled", "Running", "Unknown"})


class InsightsError(Exception):
    """Logs Insights did not answer, or not in full; the message says what to do."""


class QueryTimedOutError(InsightsError):
    """A query took longer than AWS allows."""


@dataclass(slots=True)
class Asker:
    """Asks queries of one log group, and adds up how many bytes they scan."""

    clients: Clients
    log_group: str
    sleep: Callable[[float], None]
    bytes_scanned: int = 0

    def ask(self, query: str, start: int, end: int, limit: int) -> list[Row]:
        """The rows of a query over the events from `start` up to but not at `end`.

        Raises QueryTimedOutError, and InsightsError for every other answer that is not complete.
        """
        started = self.call(
            "logs:StartQuery",
            lambda: self.clients.logs.start_query(
                logGroupName=self.log_group,
                startTime=start,
                endTime=end,
                queryString=within(query, start, end),
                limit=limit,
            ),
        )
        identity = started["queryId"]
        try:
            answer = self._wait(identity)
        except BaseException:
            self._stop(identity)
            raise
        self.bytes_scanned += int(answer.get("statistics", {}).get("bytesScanned", 0))
        return [
            {cell["field"]: cell.get("value", "") for cell in row if "field" in cell}
            for row in answer.get("results", ())
        ]

    def call(self, action: str, ask: Callable[[], Any]) -> Any:
        """What a call answers; one that AWS is too busy for is made again. Raises InsightsError."""
        for _ in range(_BUSY_TRIES):
            try:
                return ask()
            except ClientError as error:
                told = error.response.get("Error", {})
                code = told.get("Code") or "an error without a code"
                if code not in _BUSY:
                    raise InsightsError(self._why(action, code, told.get("Message", ""))) from None
                self.sleep(_BUSY_WAIT)
            except BotoCoreError as error:
                raise InsightsError(
                    f"AWS could not be asked: {error}: look at the network and your credentials"
                ) from None
        raise InsightsError(
            f"AWS was too busy for {action} for {_BUSY_TRIES * _BUSY_WAIT / 60:.0f} minutes: other"
            " queries run in this account and region; try again later"
        )

    def _why(self, action: str, code: str, message: str) -> str:
        if code in _DENIED:
            return f"needs the permission {action} on {self.log_group} (iam/backtest.json)"
        if code == "ResourceNotFoundException":
            return f"there is no log group {self.log_group} in {self.clients.region} any more"
        if code == "MalformedQueryException":
            return f"AWS does not take the query: {message}"
        if re.search("Expired|InvalidClientTokenId|UnrecognizedClient", code):
            return f"AWS refuses these credentials ({code}): log in again, or set AWS_PROFILE"
        return f"AWS answers {code}: {message or 'without a reason'}"

    def _wait(self, identity: str) -> "GetQueryResultsResponseTypeDef":
        waited = 0.0
        while True:
            answer: GetQueryResultsResponseTypeDef = self.call(
                "logs:GetQueryResults",
                lambda: self.clients.logs.get_query_results(queryId=identity),
            )
            status = answer.get("status", "Unknown")
            if status == "Complete":
                return answer
            if status == "Timeout" or waited >= _PATIENCE:
                raise QueryTimedOutError("a query ran into AWS's limit of 60 minutes")
            if status not in _RUNNING:
                raise InsightsError(f"AWS ended a query as {status}: try again")
            self.sleep(_POLL)
            waited += _POLL

    def _stop(self, identity: str) -> None:
        """A query that nobody waits for would go on, and be paid for."""
        try:
            self.clients.logs.stop_query(queryId=identity)
        except (ClientError, BotoCoreError):
            return


def columns(rows: Sequence[Row], *names: str) -> None:
    """Raises InsightsError when a row lacks what each must have."""
    for row in rows:
        missing = [name for name in names if name not in row]
        if missing:
            raise InsightsError(f"AWS's answer lacks {', '.join(missing)}: {sorted(row)}")
