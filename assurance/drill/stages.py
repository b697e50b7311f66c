"""The stages of a drill: what was seen of each, and the watch that waits for them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from assurance.checks.finding import Status
from assurance.reading import attempt
from assurance.snapshot import Unknown

_T = TypeVar("_T")

# By which AWS says that the credentials are of no use any more.
_LAPSED: Final = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "RequestExpired",
        "UnrecognizedClientException",
    }
)
# What boto3 says when it can get no new ones.
_NO_CREDENTIALS: Final = ("Credential", "SSO", "Token", "Login")


@dataclass(frozen=True)
class Clock:
    """Time, which tests make pass: seconds since 1970, and a sleep."""

    now: Callable[[], float]
    sleep: Callable[[float], None]


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What became of one stage.

    `at` is when it happened, in seconds since 1970, and `seconds` how long that was after the
    drill's last act (a call, a state that was set); None for what did not happen or has no time.
    """

    stage: str
    status: Status
    evidence: str
    mend: str = ""
    at: float | None = None
    seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What a look at a stage showed. `status` is None while it may still happen.

    `blind` says that the look itself failed, so that nothing is known.
    """

    evidence: str
    status: Status | None = None
    mend: str = ""
    at: float | None = None
    blind: bool = False


@dataclass(frozen=True)
class Watched:
    """A stage by its name, how to look at it, and what to say when it does not happen."""

    stage: str
    look: Callable[[], Sight]
    mend: str


def happened(evidence: str, at: float | None = None) -> Sight:
    """The stage happened."""
    return Sight(evidence=evidence, status=Status.PASS, at=at)


def failed(evidence: str, mend: str, at: float | None = None) -> Sight:
    """The stage will not happen any more."""
    return Sight(evidence=evidence, status=Status.FAIL, mend=mend, at=at)


def not_yet(evidence: str) -> Sight:
    """The stage may still happen."""
    return Sight(evidence=evidence)


def asked(
    call: str,
    about: str,
    read: Callable[[], _T | None],
    then: Callable[[_T], Sight],
    *,
    gone: Sight,
) -> Sight:
    """Look by one call of AWS's; `gone` is said of what is not there.

    Who may not look is not asked again: each denied call would be one more for the alarm to count.
    """
    told = attempt(call, about, read)
    if told is None:
        return gone
    return blind(told) if isinstance(told, Unknown) else then(told)


def blind(unknown: Unknown) -> Sight:
    """A look that failed: for good, or until it is tried again."""
    mend = mend_of(unknown)
    final = bool(unknown.permission) or is_lapsed(unknown)
    return Sight(
        evidence=str(unknown), status=Status.UNKNOWN if final else None, mend=mend, blind=True
    )


def is_lapsed(unknown: Unknown) -> bool:
    """Whether the credentials have expired or cannot be had."""
    return unknown.code in _LAPSED or (
        unknown.code.endswith("Error") and any(word in unknown.code for word in _NO_CREDENTIALS)
    )


def mend_of(unknown: Unknown) -> str:
    """What to do about a call that failed."""
    if unknown.permission:
        return f"allow {unknown.permission} to whoever runs the drill"
    if is_lapsed(unknown):
        return "log in again (aws sso login), and run the drill once more"
    if "Throttl" in unknown.code or unknown.code in ("RequestLimitExceeded", "TooManyRequests"):
        return "AWS refuses so many calls at once: run the drill again later"
    return "look at the network and at AWS's health, and run the drill again"


def as_stage(stage: str, sight: Sight) -> Stage:
    """What is told of a stage that is looked at once."""
    return Stage(
        stage=stage,
        status=sight.status or Status.UNKNOWN,
        evidence=sight.evidence,
        mend=sight.mend,
        at=sight.at,
    )


def watch(
    watched: Sequence[Watched],
    clock: Clock,
    *,
    since: float,
    until: float,
    every: float,
    progress: Callable[[str], None],
) -> list[Stage]:
    """Look at every stage, again and again, until each has happened or cannot, or time is up.

    Latencies count from `since`. Each stage is looked at once at least.
    """
    sights: dict[str, Sight] = {}
    while True:
        for each in watched:
            if each.stage not in sights or sights[each.stage].status is None:
                sights[each.stage] = each.look()
        pending = [each.stage for each in watched if sights[each.stage].status is None]
        now = clock.now()
        if not pending or now >= until:
            return [
                _stage(each, sights[each.stage], since=since, waited=now - since)
                for each in watched
            ]
        progress(
            f"waiting for {pending[0]}: {sights[pending[0]].evidence} "
            f"({span(now - since)} of {span(until - since)})"
        )
        clock.sleep(min(every, until - now))


def _stage(watched: Watched, sight: Sight, *, since: float, waited: float) -> Stage:
    if sight.status is None:
        return Stage(
            stage=watched.stage,
            status=Status.UNKNOWN if sight.blind else Status.FAIL,
            evidence=f"not within {span(waited)}: {sight.evidence}",
            mend=sight.mend or watched.mend,
        )
    return Stage(
        stage=watched.stage,
        status=sight.status,
        evidence=sight.evidence,
        mend=sight.mend,
        at=sight.at,
        # What happened while the drill still acted took no time after it.
        seconds=None if sight.at is None else max(0.0, sight.at - since),
    )


def span(seconds: float) -> str:
    """A time as people say it: `45 s`, `4 min`, `4 min 5 s`, `2 h 5 min`."""
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    parts = [(hours, "h"), (minutes, "min"), (0 if hours else rest, "s")]
    return " ".join(f"{n} {unit}" for n, unit in parts if n) or "0 s"
