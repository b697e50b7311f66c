"""The real program, run against Pulumi's mocks, each resource applied to the emulated AWS.

It stands for the engine and the AWS provider: it proves the program and what AWS makes of it, not
either of these two.
"""

import asyncio
import runpy
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pulumi
from pulumi.runtime import mocks

from assurance.emulated_aws import EmulatedAws, InvokeFailedError, Resource
from assurance.stack_files import StackFiles

# Pulumi's mark of a secret on the wire.
_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a mark, no secret


@dataclass(frozen=True)
class Applied:
    """A resource of the program, and what came of it."""

    type_token: str
    logical_name: str
    resource: Resource


@dataclass
class Deployment(mocks.Mocks):
    """Applies what the program registers, in the order in which its dependencies resolve."""

    aws: EmulatedAws
    applied: list[Applied] = field(default_factory=list)

    def __post_init__(self) -> None:
        # The mocks are called from several threads at once.
        self._lock = threading.Lock()

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """Create one resource; a component is no resource of AWS's."""
        if not args.custom:
            return None, {}
        made = self.aws.create(args.typ, args.name, _revealed(args.inputs))
        with self._lock:
            self.applied.append(Applied(args.typ, args.name, made))
        return made.id, dict(made.state)

    def call(self, args: mocks.MockCallArgs) -> Any:
        """Answer one of the provider's functions."""
        try:
            return self.aws.invoke(args.token, _revealed(args.args))
        except InvokeFailedError as error:
            # Raised here, it would be raised again at the end, over the program's own error.
            return {}, [("", str(error))]


def deploy(folder: Path, files: StackFiles, aws: EmulatedAws) -> list[Applied]:
    """Run the program in `folder` with the stack's config, and wait for all it registers.

    Raises what the program or the emulated AWS raises.
    """
    deployment = Deployment(aws)

    def program() -> None:
        runpy.run_path(str(folder / "__main__.py"), run_name="__main__")

    def in_the_engines_place() -> None:
        mocks.set_mocks(deployment, files.project, files.stack, preview=False)
        pulumi.runtime.set_all_config(dict(files.config), list(files.secret_keys))
        pulumi.runtime.test(program)()

    with _event_loop():
        # Pulumi keeps its settings, the config and the one root resource in context variables.
        copy_context().run(in_the_engines_place)
    return deployment.applied


@contextmanager
def _event_loop() -> Iterator[None]:
    """An event loop for Pulumi's runtime, in which nothing goes on when a program has failed.

    The runtime waits for outputs in the threads of the mocks too, each of which it gives a loop of
    its own that it never closes; here they are closed with the threads.
    """
    loops = [asyncio.new_event_loop()]
    loop = loops[0]

    def enter_thread() -> None:
        loops.append(asyncio.new_event_loop())
        asyncio.set_event_loop(loops[-1])

    asyncio.set_event_loop(loop)
    loop.set_default_executor(ThreadPoolExecutor(initializer=enter_thread))
    try:
        yield
    finally:
        unfinished = asyncio.all_tasks(loop)
        for task in unfinished:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*unfinished, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_default_executor())
        asyncio.set_event_loop(None)
        for each in loops:
            each.close()


def _revealed(value: Any) -> Any:
    """The value with every secret inside taken out of its wrapper."""
    if isinstance(value, Mapping):
        if value.get(_SIGNATURE) == _SECRET:
            return _revealed(value["value"])
        return {key: _revealed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_revealed(item) for item in value]
    return value
