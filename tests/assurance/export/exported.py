"""Stacks to export, and the records that the exports are held against."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from assurance import cloudtrail, stack_settings
from assurance.export.rule import Rule, rule
from assurance.filter_pattern import FilterPattern, WildcardModel, parse
from monitoring.exclusions import Exclusion
from monitoring.stack_config import StackConfig
from tests.deployment import ROOT

DATA: Final = ROOT / "tests" / "data"
PROJECT: Final = "unauthorized-api-calls"
EXCLUSIONS: Final = (
    Exclusion.of("exclusions.a", "a", {"userIdentity.invokedBy": ["config.amazonaws.com"]}),
    Exclusion.of(
        "exclusions.b",
        "b",
        {
            "eventName": ["Get*", "ListBuckets"],
            "userIdentity.sessionContext.sessionIssuer.arn": ["*:role/a_scanner"],
        },
    ),
    Exclusion.of("exclusions.c", "c", {"eventSource": ["ce.amazonaws.com", "*macie*"]}),
)


@cache
def config(stack: str) -> StackConfig:
    """The settings of a shipped stack, or of prod with exclusions."""
    if stack == "exclusions":
        return replace(config("prod"), exclusions=EXCLUSIONS)
    return stack_settings.settings(stack, Path(ROOT))


def exported(stack: str) -> Rule:
    return rule(PROJECT, stack, config(stack))


def excluding(*exclusions: Exclusion) -> tuple[Rule, FilterPattern]:
    """The rule with these exclusions, and the pattern that it says, by AWS's word on `*`.

    Where CloudWatch looks for the X of `*X` only once, the rule has a caveat: see test_sigma.
    """
    settings = replace(config("prod"), exclusions=exclusions)
    pattern = next(iter(settings.patterns.values()))
    return rule(PROJECT, "prod", settings), parse(pattern, wildcard_model=WildcardModel.ANYWHERE)


def real_records() -> list[Any]:
    return [
        json.loads(item.text)
        for item in cloudtrail.read([str(DATA / "cloudtrail" / "real")])
        if isinstance(item, cloudtrail.Record)
    ]


def denied(**fields: Any) -> dict[str, Any]:
    """A record that would count, with fields by their dotted names; `...` removes one."""
    record: dict[str, Any] = {
        "eventTime": "2026-03-01T00:00:00Z",
        "errorCode": "AccessDenied",
        "eventName": "E",
        "eventSource": "s3.amazonaws.com",
        "sourceIPAddress": "198.51.100.1",
        "awsRegion": "us-east-1",
        "userIdentity": {},
    }
    for field, content in fields.items():
        node = record
        *parents, last = field.split(".")
        for parent in parents:
            node = node.setdefault(parent, {})
        if content is ...:
            node.pop(last, None)
        else:
            node[last] = content
    return record
