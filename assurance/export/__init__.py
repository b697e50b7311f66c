"""The stack's detection for those who watch CloudTrail in a SIEM."""
