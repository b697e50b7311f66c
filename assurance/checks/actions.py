"""What the alarms do: that they act on the right topics, and that exactly one pages."""

from collections.abc import Iterator
from typing import Any, Final

from assurance.checks.finding import Verdict, failed, judged, passed
from assurance.checks.rule import Check, Finder, each_alarm, whole
from assurance.checks.view import View, Watched, is_topic
from assurance.snapshot import Alarm, Topic


def _alarm_acts_on_topic(view: View, alarm: Alarm) -> Iterator[Verdict]:
    if not alarm.alarm_actions:
        yield failed(f"{alarm.name}: no action", "let the alarm act on its topic")
        return
    first = alarm.alarm_actions[0]
    if not is_topic(first):
        yield failed(
            f"{alarm.name}: its first action is {first}",
            "put the topic first among the alarm's actions: auditors look at no other",
        )
        return
    region = first.split(":")[3]
    yield judged(
        good=region == view.snapshot.region,
        evidence=f"{alarm.name} acts on {first}",
        mend=f"let it act on a topic in {view.snapshot.region}: alarms do not reach other regions",
    )


def _topic_exists(view: View, alarm: Alarm) -> Iterator[Verdict]:
    for arn in filter(is_topic, alarm.alarm_actions):
        gone = any(read.arn == arn and read.topic is None for read in view.snapshot.topics)
        if gone:
            yield failed(
                f"{alarm.name} acts on {arn}, which does not exist",
                "deploy the topic anew, and subscribe its recipients",
            )
        else:
            yield passed(view.topic(arn).arn)


def _alarm_acts_on_alert_topic(view: View, watched: Watched) -> Iterator[Verdict]:
    acting = view.acting(watched.alarm)
    named = view.config.topic_arn
    if named:
        yield judged(
            good=acting.topic.arn == named,
            evidence=f"{acting.alarm.name} acts on {acting.topic.arn}",
            mend=f"let it act on topicArn, {named}",
        )
        return
    better = [
        topic
        for topic in _topics(view)
        if _recipients_on(view, topic) > _recipients_on(view, acting.topic)
    ]
    evidence = f"{acting.alarm.name} acts on {acting.topic.arn}"
    if better:
        evidence += f", but the recipients are on {better[0].arn}"
    yield judged(
        good=not better,
        evidence=evidence,
        mend="let it act on the topic that the recipients are on",
    )


def _one_paging_alarm(view: View, _: View) -> Iterator[Verdict]:
    alert_topic = view.alert_topic().arn
    paging = [
        alarm.name
        for counted in (view.counted(expected) for expected in view.expected)
        for alarm in view.alarms_on(counted.found.metric)
        if alert_topic in alarm.alarm_actions
    ]
    yield judged(
        good=len(paging) == 1,
        evidence=f"{', '.join(paging)} on {alert_topic}",
        mend=f"let only {paging[0]} act on the alerts, and the others on the record",
    )


def _recovery_notified(view: View, watched: Watched) -> Iterator[Verdict]:
    alarm = watched.alarm
    topic = view.acting(alarm).topic.arn
    if not view.config.recovery_notified:
        yield passed(f"{alarm.name}: recovery is not to be told")
        return
    yield judged(
        good=topic in alarm.ok_actions,
        evidence=f"{alarm.name}: OK actions {', '.join(alarm.ok_actions) or 'none'}",
        mend="let it act on the topic when it returns to OK: PagerDuty resolves by nothing else",
    )


def _topics(view: View) -> list[Topic]:
    return [read.topic for read in view.snapshot.topics if isinstance(read.topic, Topic)]


def _recipients_on(view: View, topic: Topic) -> int:
    digests = {subscription.digest for subscription in view.subscriptions(topic)}
    chats = list(view.declared_chat_topics or ()).count(topic.arn)
    return len(digests & view.recipients_digests) + chats


def _the_paging_alarm(view: View) -> Iterator[Finder[Watched]]:
    yield view.paging


CHECKS: Final[tuple[Check[Any], ...]] = (
    Check("alarm-acts-on-topic", each_alarm, _alarm_acts_on_topic),
    Check("topic-exists", each_alarm, _topic_exists),
    Check("alarm-acts-on-alert-topic", _the_paging_alarm, _alarm_acts_on_alert_topic),
    Check("one-paging-alarm", whole, _one_paging_alarm),
    Check("recovery-notified", _the_paging_alarm, _recovery_notified),
)
