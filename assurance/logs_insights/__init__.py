"""The history of a log group, worked out by CloudWatch Logs Insights, next to the data."""
