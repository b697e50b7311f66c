"""Unauthorized API calls in this account are noticed: one stack, one monitor."""

import pulumi

from monitoring import arguments, log_group, pulumi_config, stack_config
from monitoring.unauthorized_api_calls import UnauthorizedApiCallsMonitor

config = pulumi_config.load()
log_group.look_up(config)

monitor = UnauthorizedApiCallsMonitor(
    stack_config.monitor_name(pulumi.get_stack()), arguments.of_stack_config(config)
)

for name, value in monitor.outputs.items():
    pulumi.export(name, value)
