"""Alarms held to CloudWatch's own rules: what they see of bursts, and what they leave in peace.

Source: CloudWatch user guide, "Alarm evaluation" and "Configuring how CloudWatch alarms treat
missing data": with M of N datapoints, and missing ones not breaching, an alarm rings when M of
the last N periods are beyond the threshold.
"""

import re
from collections import defaultdict

import pytest

PERIOD_S = 300
HOURS = 6


class Job:
    """A job's steps as CloudWatch sees them: sums and means a period, none where nothing ran."""

    def __init__(self, step_s, burst_s, phase_s=0, **numbers):
        self.periods = defaultdict(int)
        for start in range(phase_s, HOURS * 3600, step_s):
            for second in range(start, min(start + burst_s, HOURS * 3600), 5):
                self.periods[second // PERIOD_S] += 1
        self.numbers = numbers

    def at(self, metric, period):
        """A metric's value in a period; the executor's throttles are many in any healthy step."""
        return self.numbers[metric] if period in self.periods else None


def value(alarm, job, period):
    """What an alarm compares in one of its periods, ``None`` without data."""
    if "MetricName" in alarm:
        # A wider period holds the same mean, and no less of a sum.
        width = alarm["Period"] // PERIOD_S
        seen = [job.at(alarm["MetricName"], period * width + n) for n in range(width)]
        return next((one for one in seen if one is not None), None)
    named = {
        m["Id"]: job.at(m["MetricStat"]["Metric"]["MetricName"], period)
        for m in alarm["Metrics"]
        if "MetricStat" in m
    }
    (formula,) = [m["Expression"] for m in alarm["Metrics"] if "Expression" in m]
    if None in named.values():
        return None
    assert re.fullmatch(r"[a-z]+ / ([a-z]+|\([a-z]+ \+ [a-z]+\))", formula)
    numbers = re.sub("[a-z]+", lambda name: str(float(named[name[0]])), formula)
    part, _, whole = numbers.partition(" / ")
    total = sum(map(float, re.findall(r"[0-9.]+", whole)))
    return float(part) / total if total else None


def rings(alarm, job):
    width = alarm.get("Period", PERIOD_S)
    above = alarm["ComparisonOperator"] == "GreaterThanThreshold"
    assert alarm["TreatMissingData"] == "notBreaching"
    assert alarm["EvaluationPeriods"] * width <= 86_400
    beyond = []
    for period in range(HOURS * 3600 // width):
        seen = value(alarm, job, period)
        limit = alarm["Threshold"]
        beyond.append(seen is not None and (seen > limit if above else seen < limit))
        recent = beyond[-alarm["EvaluationPeriods"] :]
        if sum(recent) >= alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]):
            return True
    return False


HEALTHY = {
    "Samples": 512, "Unscored": 2, "ProvokedFaults": 1, "Errors": 0, "Throttles": 6_894,
    "Invocations": 9_000, "Duration": 20_000, "Groups": 64, "FlatGroups": 20, "Reward": 0.5,
    "WindowAllEqual": 0.3, "Unscored_sandbox_fault": 0, "JudgeCostUsd": 0.2,
}  # fmt: skip
SICK = {
    "UnscoredShare": {"Unscored": 60},
    "ProvokedFaultShare": {"ProvokedFaults": 60},
    "Errors": {"Errors": 1},
    "ThrottledShare": {"Throttles": 20_000},
    "NearTimeout": {"Duration": 290_000},
    "FlatGroups": {"FlatGroups": 50},
    "FlatGroupsAcrossCalls": {"WindowAllEqual": 0.8},
    "RewardHigh": {"Reward": 0.98},
    "RewardLow": {"Reward": 0.01},
    "SandboxFaults": {"Unscored_sandbox_fault": 1},
    "JudgeSpend": {"JudgeCostUsd": 11},
}
RHYTHMS = [(300, 60), (480, 20), (600, 20), (600, 60), (600, 180), (900, 20), (1200, 60)]


def alarms_of(assembly, kind=""):
    found = assembly.of("CloudWatch::Alarm").values()
    return [alarm for alarm in found if alarm["AlarmDescription"].endswith(kind)]


@pytest.mark.parametrize(("step_s", "burst_s"), RHYTHMS)
@pytest.mark.parametrize("kind", SICK)
def test_a_sick_job_rings_whatever_its_rhythm(full, kind, step_s, burst_s):
    alarms = alarms_of(full, f": {kind}")
    assert alarms
    for phase_s in (0, 100, 200, 290):
        job = Job(step_s, burst_s, phase_s, **HEALTHY | SICK[kind])
        assert all(rings(alarm, job) for alarm in alarms)


@pytest.mark.parametrize(("step_s", "burst_s"), RHYTHMS)
def test_a_healthy_job_rings_nothing(full, step_s, burst_s):
    for alarm in alarms_of(full):
        assert not rings(alarm, Job(step_s, burst_s, **HEALTHY)), alarm["AlarmDescription"]


def test_every_alarm_is_replayed(full):
    kinds = {alarm["AlarmDescription"].rpartition(": ")[2] for alarm in alarms_of(full)}
    assert kinds == SICK.keys()


def test_one_bad_burst_is_no_alarm_of_what_has_to_last(full):
    (alarm, *_) = alarms_of(full, ": UnscoredShare")
    job = Job(HOURS * 3600, 60, **HEALTHY | SICK["UnscoredShare"])
    assert not rings(alarm, job)
