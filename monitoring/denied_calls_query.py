"""The Logs Insights query for denied calls, as text: what is deployed and what runs share it."""

from typing import Final

# Logs Insights compares in another way than a filter pattern does, so this is the benchmark's two
# error codes said in its own words; the alarm's own exclusions are left out, to show everything.
QUERY: Final = """\
filter errorCode like /UnauthorizedOperation$|^AccessDenied/
| stats count(*) as calls, min(eventTime) as first, max(eventTime) as last
  by coalesce(userIdentity.arn, userIdentity.invokedBy, userIdentity.principalId) as principal,
  eventSource, eventName, sourceIPAddress, errorCode, recipientAccountId, awsRegion
| sort calls desc
| limit 100"""

# For links that have little room: an alarm's description has 1,024 characters, and escaping trebles
# many of a query's.
SHORT_QUERY: Final = (
    "filter errorCode like /UnauthorizedOperation$|^AccessDenied/"
    "|stats count(*) as calls by userIdentity.arn,eventName,sourceIPAddress,errorCode"
    "|sort calls desc"
)
