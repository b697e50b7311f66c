"""`python -m assurance COMMAND`."""

from assurance.cli import app

app()
