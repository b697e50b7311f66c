"""The package on its own, as Lambda has it: no pulumi, nothing else of the project."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from tests.monitoring.alert_details.worlds import alarm_message, event, invocation, record

ROOT = Path(__file__).parents[3]
# What the function's archive holds beside its own package.
PURE = ("monitoring/__init__.py", "monitoring/console.py", "monitoring/denied_calls_query.py")

PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("pulumi", "pulumi_aws", "assurance", "boto3", "botocore"):
            raise AssertionError(name + " was imported")
sys.meta_path.insert(0, Refuse())
from datetime import UTC, datetime
from monitoring.alert_details.handler import Services, Settings, respond
told = json.load(sys.stdin)
class Aws:
    def filter_log_events(self, **asked):
        return {"events": [told["event"]]}
    def publish(self, **asked):
        print(json.dumps(asked))
    def list_account_aliases(self):
        return {"AccountAliases": []}
aws = Aws()
topic = "arn:aws:sns:eu-central-1:123456789012:alerts"
settings = Settings(told["alarm"], topic, "group", "{ $.a = 1 }", "")
respond(
    told["invocation"], settings, Services(aws, aws, aws), lambda: 60.0, lambda: datetime.now(UTC)
)
assert all(module.__file__.startswith(sys.argv[1]) for name, module in sys.modules.items()
           if name.partition(".")[0] == "monitoring")
"""


def test_the_archives_modules_work_with_the_standard_library_alone(tmp_path: Path) -> None:
    package = tmp_path / "monitoring" / "alert_details"
    shutil.copytree(
        ROOT / "monitoring" / "alert_details",
        package,
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    for name in PURE:
        shutil.copy(ROOT / name, tmp_path / name)
    told = {
        "alarm": alarm_message()["AlarmName"],
        "invocation": invocation(alarm_message()),
        "event": event(record()),
    }

    ran = subprocess.run(
        [sys.executable, "-I", "-B", "-c", PROGRAM, str(tmp_path)],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )

    assert ran.returncode == 0, ran.stderr
    published = json.loads(ran.stdout)
    assert published["Subject"].startswith("1 denied AWS API call by 1 principal")
