"""Whether a drill may run at all: the stack's own account and region, a role of that account."""

import json
import re
from typing import Final

from assurance.aws import Caller
from assurance.stack_files import StackFiles

_ALLOWED: Final = "aws:allowedAccountIds"
_ROLE: Final = re.compile(r"arn:aws[a-z-]*:iam::(?P<account>[0-9]{12}):role/[\w+=,.@/-]+")


class RefusedError(Exception):
    """The drill may not be run; the message says why, and what to do."""


def check_region(files: StackFiles, environments: str) -> None:
    """Raises RefusedError.

    `environments` is the region that the user's environment or profile names, or empty.
    """
    if files.region and environments and environments != files.region:
        raise RefusedError(
            f"the stack {files.stack} is in {files.region} (aws:region), and your environment or "
            f"profile says {environments}: set AWS_REGION={files.region} if it is the one you mean"
        )


def check_account(files: StackFiles, caller: Caller) -> None:
    """Raises RefusedError.

    Only the accounts that the stack names are drilled: an unset list is nobody's consent.
    """
    stack, text = files.stack, files.config.get(_ALLOWED, "[]")
    try:
        allowed = json.loads(text)
    except ValueError:
        allowed = text
    set_it = f"pulumi config set --stack {stack} --type string --path '{_ALLOWED}[0]' "
    if not isinstance(allowed, list):
        raise RefusedError(f"{_ALLOWED} is not a list of account ids; set it: {set_it}ACCOUNT")
    if not allowed:
        raise RefusedError(
            f"the stack {stack} does not say which account it is for, and a drill runs in no "
            f"other; if it is {caller.account}, set it: {set_it}{caller.account}"
        )
    names = [str(each) for each in allowed]
    if caller.account not in names:
        raise RefusedError(
            f"these credentials ({caller.arn}) are of account {caller.account}, and the stack "
            f"{stack} is for {', '.join(names)} ({_ALLOWED}): use that account's credentials"
        )


def check_role(role_arn: str, caller: Caller) -> None:
    """Raises RefusedError for what is no role whose denied calls the account's trail records."""
    found = _ROLE.fullmatch(role_arn)
    if found is None:
        raise RefusedError(
            f"--role: {role_arn} is not the ARN of a role (arn:aws:iam::{caller.account}:role/NAME)"
        )
    if found["account"] != caller.account:
        raise RefusedError(
            f"--role: {role_arn} is of another account than {caller.account}: its calls would be "
            "recorded there"
        )
