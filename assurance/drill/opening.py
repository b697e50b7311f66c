"""Opens a drill: the stack's files, the credentials, the gate, and the alarm that is meant."""

import time
from collections.abc import Callable
from uuid import uuid4

from assurance import account_reader, aws, stack_files, stack_settings
from assurance.drill import gate
from assurance.drill.drill import Ready, Setting, find_target
from assurance.drill.stages import Clock


def open_drill(
    stack: str, *, role_arn: str | None, timeout: float, progress: Callable[[str], None]
) -> tuple[Setting, Ready]:
    """Read what a drill needs to know; nothing is written. `timeout` is in seconds.

    Raises StackFileError for a stack that cannot be used, RefusedError for an
    account, region or role that it is not for, and NoAccessError.
    """
    files = stack_files.read(stack)
    config = stack_settings.of_files(files)
    gate.check_region(files, aws.live_clients().region)
    clients = aws.live_clients(region=files.region)
    caller = aws.check_credentials(clients)
    gate.check_account(files, caller)
    if role_arn is not None:
        gate.check_role(role_arn, caller)
    setting = Setting(
        stack=stack,
        config=config,
        clients=clients,
        caller=caller,
        clock=Clock(time.time, time.sleep),
        drill_id=uuid4().hex[:12],
        timeout=timeout,
        progress=progress,
    )
    return setting, find_target(account_reader.read_alarms(clients, config.log_group_name), config)
