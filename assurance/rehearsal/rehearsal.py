"""A stack's rehearsal: deployed on an emulated AWS, described, checked, probed, shown events."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pulumi

from assurance import stack_files, stack_settings
from assurance.account_reader import read_account
from assurance.alarm_evaluation import EXTRA_DATAPOINTS
from assurance.aws import Clients, emulator_clients, region_names, service_names
from assurance.checks import check, worst
from assurance.checks.finding import Finding, Status
from assurance.emulated_aws import NOT_REHEARSED, EmulatedAws, EmulationError, RefusedByAwsError
from assurance.emulated_aws.declared import SlackChannelConfiguration
from assurance.emulated_aws.stand_ins import original
from assurance.emulator import Emulator
from assurance.filter_pattern import parse
from assurance.inboxes import Inboxes
from assurance.probe_records import Records, known_addresses
from assurance.rehearsal import program, surroundings
from assurance.rehearsal.probes import MINUTE, Event
from assurance.rehearsal.program import Applied
from assurance.rehearsal.stage import Scene, Stage, UnplayableError
from assurance.rehearsal.trials import Trials
from assurance.snapshot import AccountSnapshot
from assurance.stack_files import StackFiles
from monitoring.recipients import Recipient
from monitoring.stack_config import StackConfig

Progress = Callable[[str], None]

# A replay begins some quiet minutes before its first event, and ends when the alarm had time to
# come to rest.
_LEAD_SECONDS = 15 * MINUTE

_EVALUATED_HERE: Final = (
    "FilterLogEvents: to the emulator any JSON matches, so the evaluator of filter patterns "
    "answers the alert details' function in its place"
)

# That many take minutes: each is a record of its own, and there are a dozen kinds of principals.
_MOST_CALLS: Final = 50_000
# What a key says of itself.
_OF_THE_KEY: Final = frozenset({"topic-key-allows-cloudwatch", "topic-key-usable"})


@dataclass(kw_only=True)
class Rehearsal:
    """What a rehearsal found.

    `scene` is what the events brought about, between `start` and `end`; None when there was nothing
    to play them to. `findings` has the checks first, then the probes.
    """

    files: StackFiles
    config: StackConfig
    account: str
    region: str
    seed: int
    applied: Sequence[Applied] = ()
    not_rehearsed: Sequence[str] = ()
    snapshot: AccountSnapshot | None = None
    findings: list[Finding] = field(default_factory=list)
    events: Sequence[Event] = ()
    scene: Scene | None = None
    start: int = 0
    end: int = 0

    @property
    def status(self) -> Status:
        """The worst of the findings."""
        return worst(self.findings)


def rehearse(
    stack: str,
    events: Sequence[Event],
    *,
    folder: Path,
    seed: int,
    now: int,
    progress: Progress = lambda _: None,
) -> Rehearsal:
    """Rehearse a stack of the project in `folder`, with random principals by `seed`.

    Raises StackFileError for a stack that cannot be used, pulumi.RunError where its program says
    that it is none, EmulationError for what the emulator cannot be asked, EmulatorError when it
    does not run.
    """
    files = stack_files.read(stack, folder)
    config = stack_settings.of_files(files)
    _refuse_too_many_calls(config)
    region = surroundings.region_of(files, config)
    account = surroundings.account_of(files, config)
    tags = surroundings.default_tags_of(files)
    told = Rehearsal(
        files=files, config=config, account=account, region=region, seed=seed, events=events
    )
    progress("starting the emulator")
    with _stage(config, region, account) as (clients, inboxes, listeners):
        progress("deploying")
        # What the account has already bears none of the stack's tags.
        surroundings.build(EmulatedAws(clients, stand_ins=inboxes), config, listeners)
        if not _deploy(told, folder, EmulatedAws(clients, stand_ins=inboxes, default_tags=tags)):
            return told
        for inbox in inboxes:
            if inbox.confirmed_by_people:
                inbox.confirm()
        progress("reading what is deployed")
        told.snapshot = read_account(clients, config.log_group_name, whose=original)
        chats = _declared_chat_topics(told.applied)
        findings = check(told.snapshot, config, declared_chat_topics=chats)
        told.findings += _rehearsable(findings, config)
        stage = Stage(told.snapshot, clients, inboxes)
        records = Records(
            seed,
            services=service_names(),
            regions=region_names(),
            accounts=surroundings.accounts_of(files, config),
            known_addresses=known_addresses(parse(next(iter(config.patterns.values())))),
        )
        everybody = (*config.recipients, *listeners)
        trials = Trials(stage, config, everybody, chats, records=records, now=now)
        for finding in trials.findings():
            progress(finding.check)
            told.findings.append(finding)
        if events:
            progress("replaying events")
            _replay(told, stage)
        if stage.responder is not None and stage.responder.evaluated_here:
            told.not_rehearsed = [*told.not_rehearsed, _EVALUATED_HERE]
    return told


def _refuse_too_many_calls(config: StackConfig) -> None:
    m = config.datapoints_to_alarm
    calls = config.threshold * m
    periods = "1 period" if m == 1 else f"each of {m:,} periods"
    if calls > _MOST_CALLS:
        raise EmulationError(
            f"it takes {calls:,} denied calls to set this alarm off (threshold {config.threshold:,}"
            f" in {periods}), and a rehearsal makes at most"
            f" {_MOST_CALLS:,} at a time; so many are no sign of an attack that begins"
        )


@contextmanager
def _stage(
    config: StackConfig, region: str, account: str
) -> Iterator[tuple[Clients, Inboxes, tuple[Recipient, ...]]]:
    listeners = surroundings.listeners(config, region, account)
    with Emulator() as emulator:
        url = emulator.endpoint_url
        clients = emulator_clients(url, region=region, account=account)
        everybody = (*config.recipients, *listeners)
        with Inboxes(url, region=region, account=account, recipients=everybody) as inboxes:
            yield clients, inboxes, listeners


def _deploy(told: Rehearsal, folder: Path, aws: EmulatedAws) -> bool:
    """Deploy; whether it came about. What AWS refuses is a finding: `pulumi up` would fail."""
    try:
        told.applied = program.deploy(folder, told.files, aws)
    except RefusedByAwsError as error:
        told.findings.append(
            Finding("deployment", Status.FAIL, (str(error),), "mend what AWS refuses to take")
        )
        return False
    except (EmulationError, pulumi.RunError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever the program itself raises
        said = f"the program fails with {type(error).__name__}: {error}"
        told.findings.append(Finding("deployment", Status.FAIL, (said,), "mend the program"))
        return False
    told.findings.append(
        Finding("deployment", Status.PASS, (f"{len(told.applied)} resources are applied",))
    )
    declared = (
        f"{applied.logical_name} ({applied.type_token.rpartition(':')[2]})"
        for applied in told.applied
        if applied.type_token in NOT_REHEARSED
    )
    told.not_rehearsed = [*declared, *surroundings.not_rehearsed(told.config)]
    return True


def _replay(told: Rehearsal, stage: Stage) -> None:
    settings = told.config
    times = [event.time for event in told.events]
    at_rest = (settings.evaluation_periods + EXTRA_DATAPOINTS + 1) * settings.period
    told.start = (min(times) - _LEAD_SECONDS) // MINUTE * MINUTE
    told.end = (max(times) + at_rest) // MINUTE * MINUTE + MINUTE
    try:
        told.scene = stage.play(
            told.events, start=told.start, end=told.end, with_details=settings.alert_details
        )
    except UnplayableError as error:
        told.findings.append(Finding("replay", Status.UNKNOWN, (str(error),)))


def _declared_chat_topics(applied: Sequence[Applied]) -> list[str]:
    return [
        topic_arn
        for each in applied
        if each.type_token == SlackChannelConfiguration.token
        for topic_arn in each.resource.state.get("snsTopicArns", ())
    ]


def _rehearsable(findings: Sequence[Finding], config: StackConfig) -> Iterator[Finding]:
    """The findings without those on a key that the stack brings: nobody here has it.

    That the topics name that very key is still checked (topic-encryption).
    """
    brought = _OF_THE_KEY if config.encryption.startswith("arn:") else frozenset()
    return (finding for finding in findings if finding.check not in brought)
