"""Starts ministack, an AWS emulator, with stand-ins for what its CloudFormation does not know.

Runs in the emulator's own Python: ``emulator.py TYPE...``. A stand-in is recorded in the stack
and is otherwise nothing: it is made and deleted, and does not act. So are alarms on an expression
over metrics.
"""

import sys
import zipfile
from pathlib import Path
from typing import Any

import reservations  # pyright: ignore[reportMissingImports]
from ministack.app import main  # pyright: ignore[reportMissingImports]
from ministack.services.cloudformation import (  # pyright: ignore[reportMissingImports]
    provisioners,
)


def record(logical_id: str, props: dict[str, Any], stack_name: str) -> tuple[str, dict[str, str]]:
    physical_id = f"{stack_name}-{logical_id}"
    return physical_id, {"Id": physical_id, "Arn": f"arn:aws:standin:::{physical_id}"}


for resource_type in sys.argv[1:]:
    assert resource_type not in provisioners._RESOURCE_HANDLERS, f"{resource_type} is known now"
    provisioners._RESOURCE_HANDLERS[resource_type] = {
        "create": record,
        "delete": lambda physical_id, props: None,
    }


class Archive(zipfile.ZipFile):
    """Keeps the mode of what it extracts, as Lambda does: a package holds programs."""

    def _extract_member(self, member: Any, targetpath: Any, pwd: Any) -> str:
        path = super()._extract_member(member, targetpath, pwd)  # pyright: ignore[reportAttributeAccessIssue]
        info = member if isinstance(member, zipfile.ZipInfo) else self.getinfo(member)
        if mode := info.external_attr >> 16 & 0o777:
            Path(path).chmod(mode)
        return path


zipfile.ZipFile = Archive
alarms = provisioners._RESOURCE_HANDLERS["AWS::CloudWatch::Alarm"]
on_one_metric = alarms["create"]
alarms["create"] = lambda logical_id, props, stack_name: (
    record if "Metrics" in props else on_one_metric
)(logical_id, props, stack_name)
reservations.install(provisioners._RESOURCE_HANDLERS)
sys.argv[1:] = []
main()
