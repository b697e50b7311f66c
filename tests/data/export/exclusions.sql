SELECT eventtime, event_count FROM (
  SELECT eventtime, count(*) OVER (
    ORDER BY from_iso8601_timestamp(eventtime)
    RANGE BETWEEN INTERVAL '600' SECOND PRECEDING AND CURRENT ROW
  ) AS event_count
  FROM cloudtrail_logs
  WHERE from_iso8601_timestamp(eventtime)
    > current_timestamp - INTERVAL '1' DAY - INTERVAL '600' SECOND
  AND ((errorcode LIKE '%UnauthorizedOperation' OR errorcode LIKE 'AccessDenied%') AND NOT sourceipaddress IS NULL AND NOT sourceipaddress = 'delivery.logs.amazonaws.com' AND NOT eventname IS NULL AND NOT eventname = 'HeadBucket' AND ((NOT eventname IS NULL AND NOT eventname LIKE 'Get%' AND NOT eventname = 'ListBuckets') OR useridentity.sessioncontext.sessionissuer.arn IS NULL OR NOT useridentity.sessioncontext.sessionissuer.arn LIKE '%:role/a\_scanner' ESCAPE '\') AND NOT eventsource IS NULL AND NOT eventsource LIKE '%macie%' AND NOT eventsource = 'ce.amazonaws.com' AND (useridentity.invokedby IS NULL OR NOT useridentity.invokedby = 'config.amazonaws.com'))
)
WHERE event_count >= 5
ORDER BY eventtime
