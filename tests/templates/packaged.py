"""Run as a script: a template's events through the handler, with no more than its package holds.

Usage: packaged.py TEMPLATE LOCK, an event a line on standard input; a reply a line comes back.
"""

import json
import os
import re
import sys
from importlib.abc import MetaPathFinder
from importlib.metadata import packages_distributions
from pathlib import Path

# Lambda's runtime brings these itself.
RUNTIME = {"boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3"}
OURS = {"touchstone"}

template, lock = sys.argv[1], Path(sys.argv[2]).read_text(encoding="utf-8")
locked = set(re.findall(r"^[a-z0-9.-]+(?===)", lock, re.MULTILINE))
installed = {
    module: {re.sub(r"[-_.]+", "-", name).lower() for name in names}
    for module, names in packages_distributions().items()
}
ABSENT = {
    *(module for module, names in installed.items() if not names & locked),
    *(room.name for room in Path().iterdir()),
} - OURS - RUNTIME  # fmt: skip


class NotInThePackage(MetaPathFinder):
    """Refuses what is installed here and would not be there."""

    def find_spec(self, name, path=None, target=None):
        top, *inner = name.split(".")
        another = inner[:1] == ["templates"] and inner[1:2] not in ([], [template])
        if another or inner[:1] in (["workbench"], ["infra"]) or top in ABSENT:
            raise ModuleNotFoundError(f"{name} is not in the package of {template}", name=name)


sys.meta_path.insert(0, NotInThePackage())
os.environ |= {
    "TOUCHSTONE_GRADER": template, "TOUCHSTONE_SETTINGS": "{}", "TOUCHSTONE_EXPLAIN": "1",
}  # fmt: skip

from touchstone.lambdas.grader import handler  # noqa: E402

for line in sys.stdin:
    print(json.dumps(handler.lambda_handler(json.loads(line), None), allow_nan=False))
handler.wired()[1].close()
