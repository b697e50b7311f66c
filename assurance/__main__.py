"""`python -m assurance COMMAND`."""

import atexit
import gc

from assurance.cli import app

# Python ends by looking for cycles among all objects again, which takes it a tenth of a second.
atexit.register(gc.freeze)
app()
