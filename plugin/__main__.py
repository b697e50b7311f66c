"""The component's host: what the Pulumi engine starts for programs in other languages."""

import sys
from pathlib import Path

# The engine runs this folder alone; the component stands beside it, in the same repository.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pulumi.provider import main

from plugin.provider import MonitorProvider

if __name__ == "__main__":
    main(MonitorProvider(), sys.argv[1:])
