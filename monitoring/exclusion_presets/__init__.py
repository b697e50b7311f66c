"""Presets: denied calls of AWS's own services and consoles that are known to be no news.

A preset names a service by its address, which no caller can choose, and what the service calls;
a console's calls, which people make from anywhere, are named by service and API. No preset goes by
the user agent, nor by the name of a role or session, which others could take.

Not among them, although they are often noise:
- HeadBucket (AWS Config, SSM Agent; DataBiosphere/azul issues 6134 and 6141): the benchmark
  excludes it already.
- SSM Agent's HeadObject: made with the instance's own role, like an intruder's. Give that role the
  right (AWS Systems Manager user guide, "SSM Agent communications with AWS managed S3 buckets").
- ListAccounts by people who open a console (fivexl/terraform-aws-cloudtrail-to-slack issues 2 and
  11): also what an intruder tries first. Exclude it for roles of your own.
- Services that are denied a write (PutObject by S3, simple-container-com/api pull request 277):
  something is not delivered.
"""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from monitoring.exclusion_presets.preset import Preset
from monitoring.exclusion_presets.presets import (
    CLOUDFRONT_ORIGINS,
    CONFIG_RECORDER,
    INSPECTOR_CONSOLE,
    RESOURCE_EXPLORER,
    SECURITY_HUB_CHECKS,
)
from monitoring.exclusions import Exclusion
from monitoring.problems import Problems, shown

__all__ = ["PRESETS", "Preset", "parse"]

PRESETS: Final[Mapping[str, Preset]] = {
    preset.name: preset
    for preset in (
        CLOUDFRONT_ORIGINS,
        CONFIG_RECORDER,
        INSPECTOR_CONSOLE,
        RESOURCE_EXPLORER,
        SECURITY_HUB_CHECKS,
    )
}

_KEY: Final = "exclusionPresets"


def parse(values: object, problems: Problems) -> tuple[Exclusion, ...]:
    """The exclusions of the presets in a list of names; what is wrong goes to `problems`."""
    known = ", ".join(PRESETS)
    if isinstance(values, str) or not isinstance(values, Sequence):
        mend = f"rm {_KEY}\n--path '{_KEY}[0]' {CONFIG_RECORDER.name}"
        problems.add(_KEY, f"must be a list of {known}", mend)
        return ()
    found: dict[str, Exclusion] = {}
    for index, name in enumerate(values):
        setting = f"{_KEY}[{index}]"
        preset = PRESETS.get(name) if isinstance(name, str) else None
        if preset is None:
            unused = [each for each in PRESETS if each not in values]
            close = get_close_matches(name, unused) if isinstance(name, str) else []
            problems.add(
                setting,
                f"{shown(name)} is not a preset; they are {known}",
                f"--path '{setting}' {close[0]}" if close else f"rm --path '{setting}'",
            )
        elif name in found:
            problems.add(setting, f"{name} is there twice", f"rm --path '{setting}'")
        else:
            found[name] = preset.exclusion(setting)
    return tuple(found.values())
