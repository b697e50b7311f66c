"""CloudTrail records from files, folders and standard input, in every form that they come in.

`read(paths)` is all that most need. Whoever spreads the work over processes takes `find_files` and
`read_source`; whoever has the bytes already, `records_in`.
"""

from assurance.cloudtrail.envelopes import InvalidJsonError, Origin, records_in
from assurance.cloudtrail.items import Item, Kind, Problem, Record, Skipped
from assurance.cloudtrail.reader import read, read_source
from assurance.cloudtrail.sources import STANDARD_INPUT, Files, ReadError, Source, find, find_files

__all__ = [
    "STANDARD_INPUT",
    "Files",
    "InvalidJsonError",
    "Item",
    "Kind",
    "Origin",
    "Problem",
    "ReadError",
    "Record",
    "Skipped",
    "Source",
    "find",
    "find_files",
    "read",
    "read_source",
    "records_in",
]
