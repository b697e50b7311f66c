"""The stack config, as Pulumi hands it to the program."""

import pulumi
from pulumi.runtime import config as runtime_config

from monitoring import stack_config
from monitoring.stack_config import KEYS, NAMESPACE, ConfigError, StackConfig


def load() -> StackConfig:
    """The settings of the stack that Pulumi runs the program for.

    Raises pulumi.RunError, of which Pulumi prints no traceback, with everything that is wrong.
    """
    config = pulumi.Config(NAMESPACE)
    own = {_full(key): text for key in KEYS if (text := config.get(key)) is not None}
    # What is no setting at all is only found among everything.
    texts = {**runtime_config.get_config_env(), **runtime_config.CONFIG.get(), **own}
    secret = {key for key in map(_full, KEYS) if runtime_config.is_config_secret(key)}
    try:
        return stack_config.read(texts, secret.union(runtime_config.get_config_secret_keys_env()))
    except ConfigError as error:
        raise pulumi.RunError(str(error)) from error


def _full(key: str) -> str:
    return f"{NAMESPACE}:{key}"
