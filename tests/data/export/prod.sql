SELECT eventtime, event_count FROM (
  SELECT eventtime, count(*) OVER (
    ORDER BY from_iso8601_timestamp(eventtime)
    RANGE BETWEEN INTERVAL '600' SECOND PRECEDING AND CURRENT ROW
  ) AS event_count
  FROM cloudtrail_logs
  WHERE from_iso8601_timestamp(eventtime)
    > current_timestamp - INTERVAL '1' DAY - INTERVAL '600' SECOND
  AND (errorcode LIKE '%UnauthorizedOperation' OR (errorcode LIKE 'AccessDenied%' AND NOT sourceipaddress IS NULL AND NOT sourceipaddress = 'delivery.logs.amazonaws.com' AND NOT eventname IS NULL AND NOT eventname = 'HeadBucket'))
)
WHERE event_count >= 5
ORDER BY eventtime
