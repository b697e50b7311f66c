"""An alarm's history: whether a change of state was acted on, and what a refusal calls for."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from assurance.drill.stages import Sight, failed, happened, not_yet

_STATE_UPDATE: Final = "StateUpdate"
_ACTION: Final = "Action"
_ACTED_ON: Final = re.compile(r"\baction (arn:\S+?)\.?(?:\s|$)")


@dataclass(frozen=True)
class Item:
    """One item of DescribeAlarmHistory; `time` is in seconds since 1970."""

    time: float
    kind: str
    summary: str
    data: str

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Item":
        """An item as boto3 gives it."""
        return cls(
            time=told["Timestamp"].timestamp(),
            kind=told.get("HistoryItemType", ""),
            summary=told.get("HistorySummary", ""),
            data=told.get("HistoryData", ""),
        )

    @property
    def new_state(self) -> str:
        """The state that a StateUpdate led to."""
        data = self._parsed()
        new = data.get("newState") if isinstance(data, dict) else None
        state = new.get("stateValue") if isinstance(new, dict) else None
        return state if isinstance(state, str) else self.summary.rpartition(" ")[2]

    @property
    def acted_on(self) -> str:
        """The ARN that an Action was on, whole: one topic's may begin with another's."""
        data = self._parsed()
        resource = data.get("notificationResource") if isinstance(data, dict) else None
        found = _ACTED_ON.search(self.summary)
        return found[1] if found else (resource if isinstance(resource, str) else "")

    @property
    def error(self) -> str:
        """Why an Action failed, as far as CloudWatch says."""
        said = self.summary.partition("Received error:")[2].strip().strip('"')
        data = self._parsed()
        in_data = data.get("error") if isinstance(data, dict) else None
        return said or (in_data if isinstance(in_data, str) else "") or self.summary

    def _parsed(self) -> Any:
        try:
            return json.loads(self.data or "{}")
        except ValueError:
            return {}


@dataclass(frozen=True)
class WentOff:
    """A change to ALARM, and what was done about it; times in seconds since 1970."""

    time: float
    actions: tuple[Item, ...]


def went_off(items: Iterable[Item], known: Sequence[Item], mark: str = "") -> WentOff | None:
    """The first change to ALARM that is not among the `known` items, and the actions on it.

    `mark` is a text that the change's data must hold. An action belongs to the change before it;
    at the same time the change comes first.
    """
    new = sorted(
        (item for item in items if item not in known),
        key=lambda item: (item.time, item.kind != _STATE_UPDATE),
    )
    time: float | None = None
    actions: list[Item] = []
    for item in new:
        if item.kind == _STATE_UPDATE:
            if time is not None:
                break
            if item.new_state == "ALARM" and mark in item.data:
                time = item.time
        elif item.kind == _ACTION and time is not None:
            actions.append(item)
    return None if time is None else WentOff(time, tuple(actions))


def acted(change: WentOff | None, topic_arn: str) -> Sight:
    """Whether the topic took the message.

    The texts are CloudWatch's own: `Successfully executed action ARN`, and `Failed to execute
    action ARN. Received error: "…"` (AWS re:Post, "Why didn't I receive an SNS notification for my
    CloudWatch alarm trigger?").
    """
    if change is None:
        return not_yet("the alarm's history has no change to ALARM")
    for item in change.actions:
        if item.acted_on != topic_arn:
            continue
        if item.summary.startswith("Successfully executed"):
            return happened(f"delivered to {topic_arn}", item.time)
        error = item.error
        return failed(f"refused: {error}", mend_of_refusal(error, topic_arn), item.time)
    return not_yet("the alarm's history has no action on the change to ALARM")


def mend_of_refusal(error: str, topic_arn: str) -> str:
    """What mends a refused action, in one line."""
    without_names = error.replace(topic_arn, "")
    if re.search(r"kms|encryption key", without_names, re.IGNORECASE):
        return (
            "key policy: let cloudwatch.amazonaws.com use the topic's key (kms:Decrypt and "
            "kms:GenerateDataKey*); the policy of alias/aws/sns cannot be changed, so a topic with "
            "that one needs a key of your own"
        )
    if re.search(r"sns:Publish|not authorized|AuthorizationError", without_names, re.IGNORECASE):
        return (
            f"topic policy: let cloudwatch.amazonaws.com sns:Publish to {topic_arn} "
            "(aws:SourceAccount, aws:SourceArn)"
        )
    if re.search(r"not ?found|does not exist|deleted", without_names, re.IGNORECASE):
        return f"there is no topic {topic_arn}: deploy the stack again (pulumi up --refresh)"
    return "see what `python -m assurance audit` says of the topic, its policy and its key"
