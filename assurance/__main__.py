"""`python -m assurance COMMAND`."""

import atexit
import gc

# Commands import and keep many objects, and leave few behind: looking for those less often than is
# usual takes a tenth off a short command's time.
gc.set_threshold(100_000, 50, 1_000)
# Python ends by looking for cycles among all objects again, which takes it a tenth of a second.
atexit.register(gc.freeze)

from assurance.cli import app  # noqa: E402 - importing keeps most of them

app()
