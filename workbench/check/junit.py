"""A report as JUnit XML, which every CI shows: a test case for each verdict."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from touchstone.sanitize import visible
from touchstone.workbench.check.run import Report
from touchstone.workbench.check.show import details_of
from touchstone.workbench.check.verdict import Verdict


def junit(report: Report) -> bytes:
    """Returns the file: what fell short has failed, what could not be tried was skipped.

    Source: the schema that Jenkins, GitLab and GitHub's actions read, ``testsuites`` of
    ``testsuite`` of ``testcase`` with ``failure`` or ``skipped``
    (https://github.com/testmoapp/junitxml).
    """
    counts = {
        "tests": str(len(report.verdicts)),
        "failures": str(len(report.fell_short)),
        "errors": "0",
        "skipped": str(sum(one.status == "not_tried" for one in report.verdicts)),
        "time": f"{report.seconds:.3f}",
    }
    root = ET.Element("testsuites", {"name": "touchstone check", **counts})
    suite = ET.SubElement(root, "testsuite", {"name": _plain(report.grader), **counts})
    for verdict in report.verdicts:
        _case(suite, report, verdict)
    ET.indent(root)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def _case(suite: ET.Element, report: Report, verdict: Verdict) -> None:
    name = {"classname": f"check.{_plain(report.grader)}", "name": _plain(verdict.probe)}
    case = ET.SubElement(suite, "testcase", {**name, "time": "0.000"})
    if verdict.status == "falls_short":
        failure = ET.SubElement(case, "failure", {"message": _plain(verdict.said), "type": "check"})
        failure.text = _plain("\n".join(details_of(verdict)))
    elif verdict.status == "not_tried":
        ET.SubElement(case, "skipped", {"message": _plain(verdict.said)})
    else:
        ET.SubElement(case, "system-out").text = _plain(verdict.said)


def _plain(text: str) -> str:
    """Returns a text that XML can hold: control characters are made visible."""
    return visible(text).encode("utf-8", "backslashreplace").decode()
