"""The phones that are told by SMS: that SNS delivers to them."""

from collections.abc import Iterator
from typing import Any, Final

from assurance.checks.finding import Verdict, judged, passed, unknown
from assurance.checks.rule import Check, the_alert_topic
from assurance.checks.view import View
from assurance.snapshot import Topic, Unknown


def _phone_reachable(view: View, topic: Topic) -> Iterator[Verdict]:
    numbers = [s.endpoint for s in view.subscriptions(topic) if s.is_by_sms and s.is_confirmed]
    if not numbers:
        yield passed(f"{topic.arn}: no phone by sms")
    read = {phone.number: phone for phone in view.snapshot.phones}
    for number in numbers:
        name = f"phone …{number[-4:]}"
        if number not in read:
            yield unknown(f"{name}: SNS was not asked about it")
            continue
        yield _free_of(
            trouble=read[number].opted_out,
            good=f"{name}: it has not opted out of SMS",
            bad=f"{name} has opted out of SMS: its subscription stays, and nothing arrives",
            mend="let whoever has it agree, and opt it in: aws sns opt-in-phone-number "
            "--phone-number … (once in 30 days)",
        )
        yield _free_of(
            trouble=read[number].is_sandboxed,
            good=f"{name}: no SMS sandbox keeps it from messages",
            bad=f"{name}: the account is in the SMS sandbox, where this number is not verified",
            mend="verify the number (aws sns create-sms-sandbox-phone-number), or let the account "
            "leave the SMS sandbox",
        )


def _free_of(*, trouble: bool | Unknown, good: str, bad: str, mend: str) -> Verdict:
    if isinstance(trouble, Unknown):
        return unknown(str(trouble))
    return judged(good=not trouble, evidence=bad if trouble else good, mend=mend)


CHECKS: Final[tuple[Check[Any], ...]] = (
    Check("phone-reachable", the_alert_topic, _phone_reachable),
)
