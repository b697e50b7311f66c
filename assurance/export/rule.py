"""The alarm that pages, as two Sigma documents: what counts, and how much of it is too much.

The documents are the same for the same stack files, whoever exports them and whenever, so that
they can be committed and compared.
"""

import io
import re
import textwrap
import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

from assurance.filter_pattern import parse
from assurance.translate.sigma import Detection, translate
from monitoring import control
from monitoring.stack_config import StackConfig

_STATUS: Final = "test"
_LEVEL: Final = "medium"
# The release of the CIS AWS Foundations Benchmark v3.0.0, whose detection this is.
_DATE: Final = date(2024, 1, 31)
# Whoever holds stolen credentials first finds out what they open: Cloud Infrastructure Discovery
# and Cloud Service Discovery. SigmaHQ knows no namespace for CIS, which stands in the description.
_TAGS: Final = ("attack.discovery", "attack.t1580", "attack.t1526")
_REFERENCES: Final = (
    "https://www.cisecurity.org/benchmark/amazon_web_services",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html",
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html",
)
_FALSE_POSITIVES: Final = (
    "Consoles and tools that try calls which the caller may not make, and go on without them",
    "Services that scan an account and are not allowed to read all of it",
    "Deployments whose role lacks a permission",
)
# Who was denied what, from where; the record's own names.
_FIELDS: Final = (
    "recipientAccountId",
    "awsRegion",
    "userIdentity.arn",
    "eventSource",
    "eventName",
    "sourceIPAddress",
    "errorCode",
)
_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "unauthorized-api-calls/sigma")
_WHAT: Final = {
    control.CIS_V3: "the benchmark's filter pattern",
    control.SECURITY_HUB: "the filter pattern of Security Hub's CloudWatch.2",
    control.TUNED: "the benchmark's conditions, less the stack's exclusions",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A detection that is ready to be exported.

    `event` and `correlation` are the two documents; `notes` say in a sentence each where what
    they say is not what the alarm does.
    """

    event: dict[str, Any]
    correlation: dict[str, Any]
    detection: Detection
    threshold: int
    period: int
    notes: tuple[str, ...]

    @property
    def text(self) -> str:
        """Both documents as YAML."""
        return _as_yaml(self.event, self.correlation)

    @property
    def event_text(self) -> str:
        """The first document alone as YAML."""
        return _as_yaml(self.event)


def _paragraph(text: str) -> str:
    paragraph: str = LiteralScalarString(textwrap.fill(text, 96))
    return paragraph


def _as_yaml(*documents: dict[str, Any]) -> str:
    yaml = YAML()
    # By default a null is nothing at all, which a reader takes for something forgotten.
    yaml.representer.add_representer(
        type(None), lambda self, _: self.represent_scalar("tag:yaml.org,2002:null", "null")
    )
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 4_096  # A line that is broken by the writer ends in a space.
    stream = io.StringIO()
    yaml.dump_all(documents, stream)
    return stream.getvalue()


def rule(project: str, stack: str, config: StackConfig) -> Rule:
    """The alarm of a stack that pages; raises TranslationError for what Sigma cannot say."""
    key, pattern = next(iter(config.patterns.items()))
    detection = translate(parse(pattern))
    name = "unauthorized_api_calls_" + re.sub(r"[^a-z0-9]+", "_", stack.lower())
    window = _window(config)
    event = {
        "title": "AWS Unauthorized API Calls",
        "name": name,
        "id": str(uuid.uuid5(_NAMESPACE, f"{project}/{stack}/event")),
        "status": _STATUS,
        "description": _paragraph(
            f"A call to an AWS API that was denied ({control.CONTROL}): {_WHAT[key]}, as the stack "
            f"{stack} of {project} has it. Texts are compared with regard to case, and a field "
            "that is missing or null satisfies no comparison."
        ),
        "references": list(_REFERENCES),
        "author": project,
        "date": _DATE,
        "tags": list(_TAGS),
        "logsource": {"product": "aws", "service": "cloudtrail"},
        "detection": {**detection.selections, "condition": detection.condition},
        "fields": list(_FIELDS),
        "falsepositives": list(_FALSE_POSITIVES),
        "level": _LEVEL,
    }
    correlation = {
        "title": "AWS Unauthorized API Calls Over the Threshold",
        "id": str(uuid.uuid5(_NAMESPACE, f"{project}/{stack}/correlation")),
        "status": _STATUS,
        "description": _paragraph(
            f"At least {_calls(config.threshold)} within {span(config.period)} "
            f"({control.CONTROL}), by any principal in any account and region of the trail. "
            f"{window}"
        ),
        "references": list(_REFERENCES),
        "author": project,
        "date": _DATE,
        "tags": list(_TAGS),
        "correlation": {
            "type": "event_count",
            "rules": [name],
            "timespan": _timespan(config.period),
            "condition": {"gte": config.threshold},
        },
        "falsepositives": list(_FALSE_POSITIVES),
        "level": _LEVEL,
    }
    notes = (*detection.caveats, window)
    return Rule(event, correlation, detection, config.threshold, config.period, notes)


def _window(config: StackConfig) -> str:
    """What a count over one sliding period is beside the alarm's M datapoints of N."""
    needed, of = config.datapoints_to_alarm, config.evaluation_periods
    red = span(of * config.period)
    if needed == 1:
        return (
            "The alarm goes off when a period reaches the threshold, as this does, and stays red "
            f"for up to {red} more, telling nothing new: suppress repeated alerts for as long."
        )
    return (
        f"The alarm waits until {needed} of {of} periods reach the threshold, which an event count "
        "cannot say: this goes off at the first of them, earlier and more often, and never later. "
        f"Suppress repeated alerts for {red}."
    )


def _calls(count: int) -> str:
    return "1 denied call" if count == 1 else f"{count} denied calls"


def span(seconds: int) -> str:
    """A time in words: `1 minute`, `10 minutes`."""
    minutes = seconds // 60
    return "1 minute" if minutes == 1 else f"{minutes} minutes"


def _timespan(seconds: int) -> str:
    """A time span as Sigma writes it, in the largest unit that it is a whole number of."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"
