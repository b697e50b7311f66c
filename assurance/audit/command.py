"""`python -m assurance audit`: does this account pass the control, step by step?"""

from pathlib import Path

import rich_click as click

from assurance import options, report_file
from assurance.exit_status import ExitStatus, UserError


@click.command()
@options.stack_or_none
@click.option("--no-stack", is_flag=True, help="Audit an account this project did not deploy.")
@click.option("--log-group", help="With --no-stack: the trail's log group.")
@click.option("--region", help="With --no-stack: the log group's region.")
@options.json_file
def audit(
    *,
    stack: str | None,
    no_stack: bool,
    log_group: str | None,
    region: str | None,
    json: Path | None,
) -> ExitStatus:
    """Hold the real account against the control and the stack's config, reading alone.

    Credentials and endpoints are boto3's usual ones. Exit status: 0 when every check passes, 1 when
    one fails, 2 for a stack that cannot be used, 3 when something could not be read.
    """
    # These take half a second, which `--help` need not wait for.
    from botocore.exceptions import BotoCoreError

    from assurance import aws, stack_files, stack_settings
    from assurance.audit import audit as auditing
    from assurance.audit import report
    from assurance.checks.finding import Status
    from assurance.report_console import report_console
    from assurance.stack_files import StackFileError

    if no_stack == (stack is not None) or no_stack != (log_group is not None):
        raise UserError(
            "say either --stack NAME, or --no-stack with --log-group NAME", ExitStatus.USAGE
        )
    if stack is not None and region is not None:
        raise UserError(
            "--region goes with --no-stack: a stack says its own (aws:region)", ExitStatus.USAGE
        )
    try:
        files = None if stack is None else stack_files.read(stack)
        config = None if files is None else stack_settings.of_files(files)
    except StackFileError as error:
        raise UserError(str(error), ExitStatus.USAGE) from None
    try:
        clients = aws.live_clients(region=files.region if files is not None else region)
        if files is None and not clients.region:
            raise UserError(
                "no region is set: say --region, or set AWS_REGION", ExitStatus.INCOMPLETE
            )
        name = config.log_group_name if config is not None else log_group or ""
        aws.check_credentials(clients)
        snapshot = auditing.read(clients, name, lambda home: aws.live_clients(region=home))
    except aws.NoAccessError as error:
        raise UserError(str(error), ExitStatus.INCOMPLETE) from None
    except BotoCoreError as error:
        raise UserError(f"AWS could not be asked: {error}", ExitStatus.INCOMPLETE) from None
    if files is not None and config is not None:
        told = auditing.of_stack(snapshot, files, config)
    else:
        told = auditing.without_stack(snapshot)
    if json is not None:
        report_file.write("--json", json, report.as_json(told) + "\n")
    report.show(told, report_console())
    return {
        Status.PASS: ExitStatus.OK,
        Status.FAIL: ExitStatus.FINDINGS,
        Status.UNKNOWN: ExitStatus.INCOMPLETE,
    }[told.status]
