"""CloudTrail records of calls that nobody made: what a filter pattern is probed with.

`Records` makes them at random, `Strangers` to the measure of a pattern.
"""

from assurance.probe_records.identities import IDENTITIES
from assurance.probe_records.records import DENIED_CODES, VERBS, Records
from assurance.probe_records.strangers import Strangers, known_addresses

__all__ = ["DENIED_CODES", "IDENTITIES", "VERBS", "Records", "Strangers", "known_addresses"]
