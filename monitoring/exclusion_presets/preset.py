"""What a preset is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitoring.exclusion_presets.samples import Record
from monitoring.exclusions import Exclusion


@dataclass(frozen=True, kw_only=True)
class Preset:
    """Denied calls that are no news, and the exclusion that keeps them from paging.

    `noise` is what is denied, and why that means nothing; `cost` is what goes unnoticed with it;
    `sources` are where it was reported. `excluded` and `counted` are CloudTrail records of denied
    calls that the exclusion must and must not describe.
    """

    name: str
    noise: str
    cost: str
    sources: Sequence[str]
    fields: Mapping[str, Sequence[str]]
    excluded: Sequence[Record]
    counted: Sequence[Record]

    def exclusion(self, setting: str) -> Exclusion:
        """The preset as the exclusion that a setting asks for."""
        return Exclusion.of(setting, self.name, self.fields)
