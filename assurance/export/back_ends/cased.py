"""What the back ends share: comparisons with regard to case, and brackets."""

from typing import Any, ClassVar

from sigma.conditions import ConditionAND, ConditionNOT, ConditionOR
from sigma.conversion.base import TextQueryBackend
from sigma.types import SigmaString, SpecialChars

from assurance.export.target_error import TargetError


class Cased(TextQueryBackend):
    """A back end that compares texts by `cased`, and puts brackets wherever AND and OR meet."""

    precedence: ClassVar[Any] = (ConditionNOT, ConditionAND, ConditionOR)
    convert_or_as_in: ClassVar[bool] = False

    def cased(self, field: str, text: str, *, begins: bool, ends: bool) -> str:
        """The test for a text, `begins` or `ends` with anything."""
        raise NotImplementedError

    def convert_condition_field_eq_val_str_case_sensitive(self, cond: Any, *_: Any) -> str:
        """What pySigma asks of a back end for `cased`."""
        begins, text, ends = _affix(cond.value)
        return self.cased(self.escape_and_quote_field(cond.field), text, begins=begins, ends=ends)

    def compare_precedence(self, outer: Any, inner: Any) -> bool:
        """Say whether `inner` may stand in `outer` without brackets."""
        if isinstance(outer, ConditionOR) and isinstance(inner, ConditionAND):
            return False  # Splunk's search and where disagree on which of them binds first.
        return super().compare_precedence(outer, inner)


def _affix(value: SigmaString) -> tuple[bool, str, bool]:
    """Whether a text begins with anything, the text itself, and whether it ends with anything."""
    parts = list(value.s)
    begins = bool(parts) and parts[0] is SpecialChars.WILDCARD_MULTI
    ends = len(parts) > 1 and parts[-1] is SpecialChars.WILDCARD_MULTI
    core = parts[begins : len(parts) - ends]
    if not core or not all(isinstance(part, str) for part in core):
        raise TargetError(f"{value}: a wildcard stands neither first nor last")
    return begins, "".join(map(str, core)), ends


def quoted(text: str) -> str:
    """A text in double quotes; raises TargetError for one that would need escapes."""
    if {'"', "\\"} & set(text):
        raise TargetError(f"{text}: how a quote or a backslash is written there is not documented")
    return f'"{text}"'
