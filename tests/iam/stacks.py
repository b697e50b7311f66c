"""The shipped stacks, deployed for real on the emulated AWS."""

import contextvars
import io
import json
import warnings
import zipfile
from dataclasses import replace
from typing import Final

import pulumi_aws as aws
from pulumi.runtime.settings import SETTINGS

from assurance import stack_files
from assurance.aws import Clients
from assurance.emulated_aws import EmulatedAws
from assurance.rehearsal import program
from assurance.stack_files import StackFiles
from tests.deployment import ACCOUNT, REGION, ROOT
from tests.iam.policies import VALUES

_FUNCTION: Final = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{VALUES['FUNCTION']}"


def files_of(stack: str) -> StackFiles:
    return stack_files.read(stack, ROOT)


def default_tags(files: StackFiles) -> dict[str, str]:
    tags: dict[str, str] = json.loads(files.config.get("aws:defaultTags", "{}")).get("tags", {})
    return tags


def deploy(files: StackFiles, emulated: EmulatedAws) -> None:
    """Run the program, of which Pulumi's runtime keeps nothing."""

    def run() -> None:
        try:
            program.deploy(ROOT, files, emulated)
        finally:
            SETTINGS.rpc_manager.clear()
            SETTINGS.outputs.clear()

    contextvars.copy_context().run(run)


def with_a_function(files: StackFiles, root: Clients) -> StackFiles:
    """The stack with a function among its recipients, which is made."""
    with warnings.catch_warnings():
        # The SDK warns of its own deprecated resources when a program first uses aws.lambda_.
        warnings.simplefilter("ignore", DeprecationWarning)
        assert aws.lambda_.Permission.__name__
    _make_function(root, VALUES["FUNCTION"])
    key = f"{files.project}:recipients"
    recipients = {**json.loads(files.config[key]), "function": {"lambda": _FUNCTION}}
    return replace(files, config={**files.config, key: json.dumps(recipients)})


def _make_function(root: Clients, name: str) -> None:
    role = root.iam.create_role(RoleName="of-the-function", AssumeRolePolicyDocument="{}")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("index.py", "def handler(event, context): pass")
    root.lambda_.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=role["Role"]["Arn"],
        Handler="index.handler",
        Code={"ZipFile": archive.getvalue()},
    )
