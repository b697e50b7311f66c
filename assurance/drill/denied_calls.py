"""Makes the denied calls: in bursts, under a session of a role that may do nothing."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from botocore.config import Config

from assurance.aws import Clients
from assurance.drill import denied_call
from assurance.drill.drill import Setting
from assurance.drill.plan import CALLS_PER_SECOND, Plan
from assurance.drill.stages import Sight, blind, failed, happened, span
from assurance.reading import attempt
from assurance.snapshot import Unknown

if TYPE_CHECKING:
    from mypy_boto3_sts.type_defs import AssumeRoleResponseTypeDef

_MINUTE: Final = 60
# The shortest that STS gives; each burst has a session of its own, of the same name.
_SESSION_SECONDS: Final = 900


class DeniedCalls:
    """A drill's denied calls; `denied` counts those that AWS refused so far.

    `assumed` is called with the role's id (AROA…) before the first call, and may raise.
    """

    def __init__(
        self, setting: Setting, *, role_arn: str, session: str, assumed: Callable[[str], None]
    ) -> None:
        self.session = session
        self.denied = 0
        self._setting = setting
        self._role_arn = role_arn
        self._assumed = assumed

    def make(self, planned: Plan) -> Sight:
        """Make them all, or say why not."""
        clock = self._setting.clock
        start = clock.now()
        if planned.starts_on_a_minute:
            start += -start % _MINUTE
        for burst in range(planned.bursts):
            self._wait_until(start + burst * planned.period)
            clients = self._assume()
            if isinstance(clients, Sight):
                return clients
            for call in range(planned.per_burst):
                if call:
                    clock.sleep(1 / CALLS_PER_SECOND)
                problem = self._call(clients)
                if problem is not None:
                    return problem
                self._setting.progress(f"{self.denied} of {planned.calls} denied calls made")
        return happened(
            f"{denied_call.ACTION} refused {self.denied} times to {self.session}", clock.now()
        )

    def _wait_until(self, time: float) -> None:
        left = time - self._setting.clock.now()
        if left > 0:
            self._setting.progress(f"the next denied calls in {span(left)}")
            self._setting.clock.sleep(left)

    def _assume(self) -> Clients | Sight:
        sts = self._setting.clients.sts
        told: AssumeRoleResponseTypeDef | Unknown | None = attempt(
            "sts:AssumeRole",
            self._role_arn,
            lambda: sts.assume_role(
                RoleArn=self._role_arn,
                RoleSessionName=self.session,
                Policy=denied_call.DENY_ALL,
                DurationSeconds=_SESSION_SECONDS,
            ),
        )
        if told is None or (isinstance(told, Unknown) and told.code == "NoSuchEntity"):
            return failed(f"there is no role {self._role_arn}", "name another role (--role)")
        if isinstance(told, Unknown):
            sight = blind(told)
            if not told.permission:
                return sight
            mend = (
                f"allow sts:AssumeRole on {self._role_arn} to {self._setting.caller.arn}, and let "
                "the role's trust policy trust it"
            )
            return Sight(evidence=sight.evidence, status=sight.status, mend=mend, blind=True)
        role_id = told["AssumedRoleUser"]["AssumedRoleId"].partition(":")[0]
        self._assumed(role_id)
        return self._setting.clients.configured(
            Config(user_agent=denied_call.USER_AGENT, user_agent_extra="")
        ).assumed(told["Credentials"])

    def _call(self, clients: Clients) -> Sight | None:
        """None when it was refused, as it must be."""
        told: object = attempt(
            denied_call.ACTION,
            self.session,
            getattr(clients.client(denied_call.SERVICE), denied_call.METHOD),
        )
        if isinstance(told, Unknown) and told.code in denied_call.DENIED:
            self.denied += 1
            return None
        if isinstance(told, Unknown):
            return blind(told)
        return failed(
            f"{denied_call.ACTION} was not refused to {self.session}",
            "the endpoint enforces no session policy: it is not AWS",
        )
