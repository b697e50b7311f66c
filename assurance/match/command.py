"""`python -m assurance match`: which of these events does this filter pattern match?"""

import sys

import rich_click as click

from assurance import options
from assurance.exit_status import ExitStatus, UserError
from assurance.outputs import abandon_standard_output


@click.command()
@click.argument("pattern", help="A CloudWatch Logs filter pattern for JSON.")
@click.argument(
    "files",
    metavar="[FILE…]",
    nargs=-1,
    callback=options.not_empty,
    help="CloudTrail files, JSON lines, folders of them; - or none: standard input.",
)
def match(*, pattern: str, files: tuple[str, ...]) -> ExitStatus:
    """Print the CloudTrail records that a filter pattern matches, as JSON lines.

    Exit status: 0 when a record matched, 1 when none did, 2 for an invalid pattern, 3 when
    something could not be read: the matches of what could be read are printed all the same.
    """
    from assurance.cloudtrail import STANDARD_INPUT, Record, read
    from assurance.filter_pattern import FilterPatternError, lint, parse
    from assurance.match.json_line import json_line
    from assurance.match.reading_notes import ReadingNotes

    try:
        parsed = parse(pattern)
    except FilterPatternError as error:
        raise UserError(str(error), ExitStatus.USAGE) from None
    for finding in lint(parsed):
        sys.stderr.write(f"{finding.severity}: {finding.message}\n  mend: {finding.mend}\n")
    paths = files or [STANDARD_INPUT]
    if STANDARD_INPUT in paths and sys.stdin and sys.stdin.isatty():
        sys.stderr.write("note: reading records from standard input\n")

    notes, matched = ReadingNotes(sys.stderr), False
    try:
        for item in read(paths, any_object=True):
            notes.take(item)
            if isinstance(item, Record) and parsed.matches(item.text):
                matched = True
                sys.stdout.buffer.write(json_line(item.text))
                # Whoever follows a log by `tail -f` sees each match as it comes.
                sys.stdout.buffer.flush()
    except BrokenPipeError:
        abandon_standard_output()
    else:
        notes.end()
    if notes.problems:
        return ExitStatus.INCOMPLETE
    return ExitStatus.OK if matched else ExitStatus.FINDINGS
