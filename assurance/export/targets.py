"""The systems that a detection can be exported to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from assurance.export import fields
from assurance.export.rule import Rule
from assurance.export.target_error import TargetError

SIGMA: Final = "sigma"


@dataclass(frozen=True, slots=True)
class Target:
    """A system, and how what is exported to it is put to work.

    `back_end` is the class in `assurance.export.back_ends.NAME`. `fields` are the system's names
    of the fields, None where it keeps CloudTrail's own. `schedule` may name {threshold}, the
    {span} of a period, and {more}, which is a minute less.
    """

    system: str
    back_end: str
    schedule: str
    fields: Mapping[str, str] | None = None
    index: str | None = None

    def refuse_unknown(self, rule: Rule) -> None:
        """Raise TargetError for a field that the system does not keep."""
        lacking = [
            field
            for field in rule.detection.fields
            if self.fields is not None and field not in self.fields
        ]
        if lacking:
            raise TargetError(
                f"{', '.join(lacking)}: {self.system} keeps no field for it alone, and without the "
                "condition an exclusion would hide more"
            )


TARGETS: Final[Mapping[str, Target]] = {
    "splunk": Target(
        "Splunk",
        "Splunk",
        "Save it as an alert that runs each minute over the last 24 hours and triggers on any "
        "result. It counts what was indexed within the last {span}, because CloudTrail "
        "delivers calls minutes late.",
    ),
    "elasticsearch": Target(
        "Elastic's integration for AWS",
        "Elasticsearch",
        "Make it an ES|QL detection rule that runs every minute with an additional look-back time "
        "of {more}, {span} in all, and the timestamp override event.ingested, because "
        "CloudTrail delivers calls minutes late.",
        fields.ELASTIC,
        "logs-aws.cloudtrail-*",
    ),
    "sumologic": Target(
        "Sumo Logic",
        "SumoLogic",
        "Make it a logs monitor: the query without its last two lines, critical at {threshold} or "
        "more results within {span}. As a scheduled search it is run over {span} "
        "by receipt time, because CloudTrail delivers calls minutes late; what it is not "
        "run over, it does not see.",
    ),
    "athena": Target(
        "AWS's table for CloudTrail in Athena",
        "Athena",
        "Run it once an hour or oftener. Each row is a call that made {threshold} or more within "
        "{span}, during the last day, so that what CloudTrail delivers late is not "
        "missed; pass on the rows that are new.",
        fields.ATHENA,
    ),
}
