"""What a stack's config expects to be counted: the metric filters, and which of them pages."""

from dataclasses import dataclass

from monitoring import control
from monitoring.stack_config import StackConfig


@dataclass(frozen=True)
class ExpectedFilter:
    """A metric filter that the stack deploys: its key in names and outputs, pattern and metric."""

    key: str
    pattern: str
    metric_namespace: str
    metric_name: str


def expected_filters(config: StackConfig) -> tuple[ExpectedFilter, ...]:
    """The stack's metric filters, the one whose alarm pages first."""
    return tuple(
        ExpectedFilter(
            key=key,
            pattern=pattern,
            metric_namespace=config.metric_namespace,
            metric_name=control.METRIC_NAMES[key],
        )
        for key, pattern in config.patterns.items()
    )
