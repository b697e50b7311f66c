"""Which CloudTrail records a filter pattern matches."""
