"""`python -m assurance confirm-email`: confirm a subscription for good."""

import sys
from typing import TYPE_CHECKING

import rich_click as click

from assurance.exit_status import ExitStatus, UserError

if TYPE_CHECKING:
    from assurance.confirm_email.confirmation import Confirmation


@click.command()
@click.argument(
    "link",
    required=False,
    help="The link behind 'Confirm subscription' in the mail, in single quotes; - reads it from "
    "standard input.",
)
@click.option("--topic-arn", help="Instead of the link: its TopicArn.")
@click.option("--token", help="Instead of the link: its Token.")
def confirm_email(*, link: str | None, topic_arn: str | None, token: str | None) -> ExitStatus:
    """Confirm an email subscription so that no click can unsubscribe it.

    When the link is opened in a browser, anyone who has one of the mails can unsubscribe their
    reader again, and so can a scanner that follows links. Confirmed with your credentials, only
    the topic's and the subscription's owners can. Exit status: 0 when it is so, 1 when it is not, 2
    for what is no confirmation, 3 when AWS could not be asked.
    """
    # boto3 takes half a second, which `--help` need not wait for.
    from botocore.exceptions import BotoCoreError

    from assurance import aws
    from assurance.checks.finding import Status
    from assurance.confirm_email.confirmation import NotAConfirmationError
    from assurance.confirm_email.confirming import confirm

    try:
        confirmation = _confirmation(link, topic_arn, token)
        clients = aws.live_clients(region=confirmation.region)
        aws.check_credentials(clients)
        told = confirm(clients, confirmation)
    except NotAConfirmationError as error:
        raise UserError(str(error), ExitStatus.USAGE) from None
    except aws.NoAccessError as error:
        raise UserError(str(error), ExitStatus.INCOMPLETE) from None
    except BotoCoreError as error:
        raise UserError(f"AWS could not be asked: {error}", ExitStatus.INCOMPLETE) from None
    if told.status is Status.PASS:
        sys.stdout.write(f"{told.said}\n")
        return ExitStatus.OK
    raise UserError(
        told.said,
        ExitStatus.FINDINGS if told.status is Status.FAIL else ExitStatus.INCOMPLETE,
    )


def _confirmation(link: str | None, topic_arn: str | None, token: str | None) -> "Confirmation":
    from assurance.confirm_email import confirmation

    if link is not None and topic_arn is None and token is None:
        return confirmation.of_link(_line() if link == "-" else link)
    if link is None and topic_arn is not None and token is not None:
        return confirmation.of_parts(topic_arn, token)
    raise UserError("say either the mail's link, or both --topic-arn and --token", ExitStatus.USAGE)


def _line() -> str:
    # Python has None for a standard input that was closed; what is no text is no link either.
    return sys.stdin.buffer.readline().decode(errors="replace") if sys.stdin else ""
