"""The built packages under Lambda's own runtime interface."""

import json
import signal
import socket
import threading
import time
from pathlib import Path

import pytest

from tests.e2e import golden, toolchain
from tests.e2e.rie import MAX_REQUEST_BYTES, Service
from tests.sandbox.attacks import CALLS
from touchstone.sandbox import serialization
from touchstone.sandbox.types import Call, FunctionJob, Limits, Returned
from touchstone.templates import template_names

PART = "runtime interface"
EXECUTOR = "touchstone-e2e-executor"
WARM_CALLS = 20
PRIVATE = "zebra-crossing-4417"  # in a completion; never to be seen in a log


def named(grader):
    return f"touchstone-e2e-{grader}:live"


def doubling(n, body, **reference):
    """A row of code_verification whose candidate is ``def f(n): <body>``."""
    return {
        "id": f"row-{n}",
        "messages": [
            {"role": "user", "content": f"Double x. Variant {n}."},
            {"role": "assistant", "content": f"```python\ndef f(n):\n    {body}\n```"},
        ],
        "reference_answer": {
            "entry_point": "f",
            "test_cases": [{"input": [2], "expected": 4}, {"input": [5], "expected": 10}],
            **reference,
        },
    }


RIGHT = "return 2 * n"


def each(n):
    """A right body that no other row has, since identical programs of a batch run once."""
    return f"{RIGHT}  # {n}"


ENDLESS = "while True: pass"


@pytest.fixture(scope="module")
def service(assembly, judge, tmp_path_factory):
    functions = toolchain.functions(assembly)
    for function in functions.values():
        function.variables["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] = judge.url
    with Service(functions, tmp_path_factory.mktemp("logs")) as service:
        yield service


@pytest.fixture(scope="module")
def aws(service):
    with toolchain.client("lambda", service.url) as client:
        yield client


def rewards(reply):
    return [entry["aggregate_reward_score"] for entry in reply]


def metrics_of(entry):
    return {metric["name"]: metric["value"] for metric in entry["metrics_list"]}


@golden.each_event()
def test_a_package_answers_as_the_grader_does_in_process(aws, grader, event):
    reply = golden.invoke(aws, named(grader), event)
    assert golden.plain(reply) == golden.same(golden.in_process(grader, event))


def test_a_judged_grader_asks_bedrock_over_the_wire(aws, judge):
    event = golden.cases("summarization_quality")
    asked = len(judge.asked)
    reply = golden.invoke(aws, named("judged"), event)
    calls = judge.asked[asked:]
    assert calls
    assert {call.path for call in calls} == {"/model/us.amazon.nova-pro-v1%3A0/converse"}
    assert golden.plain(reply) == golden.same(golden.in_process("judged", event))


def test_own_code_is_graded_in_its_cage_and_a_row_that_fails_costs_itself_alone(service, aws):
    rows = golden.own_rows(
        "def f(x): return 2 * x",
        "def f(x): return x",
        f"{PRIVATE} is no code",
        "def forever(x): return 2 * x",
        "def f(x): return x + x",
    )
    reply = golden.invoke(aws, named("own"), rows)
    # It trips over a harmless text too: nobody can tell whose fault it is, so it takes the lowest.
    assert rewards(reply) == [1.0, 0.0, 0.0, 0.0, 1.0]
    failed = [metrics_of(entry).get("unscored_user_code_error") for entry in reply]
    assert failed == [None, None, 1.0, 1.0, None]
    assert metrics_of(reply[1])["returned"] == 1.0
    logged = service.log_text()
    assert "own_reward.py:8 in reward raised IndexError (traceback " in logged
    assert PRIVATE not in logged
    assert golden.plain(reply) == golden.same(golden.in_process("own", rows))


def test_a_template_customised_in_a_file_is_deployed_as_it_says(aws):
    rows = [doubling(0, RIGHT), doubling(1, "print(n); return 2 * n")]
    reply = golden.invoke(aws, named("customized"), rows)
    assert rewards(reply) == [1.0, 0.75]
    assert [metrics_of(entry)["quality_internal_standards"] for entry in reply] == [1.0, 0.0]


@pytest.mark.parametrize("grader", template_names())
def test_cold_and_warm_calls_answer_alike(service, aws, report, grader):
    event = golden.cases(grader)[:1]
    replies = []
    for kind, calls in (("cold", 1), ("warm", WARM_CALLS)):
        if kind == "cold":
            service.freeze_out()
        for _ in range(calls):
            started = time.perf_counter()
            replies.append(golden.plain(golden.invoke(aws, named(grader), event)))
            report.timed(PART, grader, kind, started)
    assert all(reply == golden.same(replies[0]) for reply in replies)
    assert len(service.environments[f"touchstone-e2e-{grader}"]) == 1


def test_a_taken_port_costs_a_start_and_not_a_call(service, aws, monkeypatch):
    event = golden.cases("math_reasoning")[:1]
    before = golden.plain(golden.invoke(aws, named("math_reasoning"), event))
    service.freeze_out()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        ports = iter([taken.getsockname()[1]] * 2)
        free_port = toolchain.free_port
        monkeypatch.setattr(toolchain, "free_port", lambda: next(ports, None) or free_port())
        assert golden.plain(golden.invoke(aws, named("math_reasoning"), event)) == before
        monkeypatch.setattr(toolchain, "free_port", lambda: taken.getsockname()[1])
        service.freeze_out()
        with pytest.raises(aws.exceptions.ServiceException, match="the emulator ended"):
            golden.invoke(aws, named("math_reasoning"), event)
    monkeypatch.undo()
    assert golden.plain(golden.invoke(aws, named("math_reasoning"), event)) == before


def test_a_call_that_runs_out_of_time_answers_before_lambda_ends_it(aws):
    rows = [doubling(n, RIGHT) for n in range(4)]
    rows += [doubling(9, ENDLESS, timeout_s=60)]
    golden.invoke(aws, named("hurried"), rows[:1])
    reply = golden.invoke(aws, named("hurried"), rows)
    assert rewards(reply)[:4] == [1.0] * 4
    assert metrics_of(reply[4])["unscored_deadline"] == 1.0
    assert golden.invoke(aws, named("hurried"), rows[:2])[0]["aggregate_reward_score"] == 1.0


def test_a_function_that_hangs_is_timed_out_and_starts_again(service, aws):
    event = [doubling(0, RIGHT)]
    golden.invoke(aws, named("hurried"), event)
    (environment,) = service.environments["touchstone-e2e-hurried"]
    environment.signal(signal.SIGSTOP)
    lost = aws.invoke(FunctionName=named("hurried"), Payload=json.dumps(event).encode())
    assert lost["FunctionError"] == "Unhandled"
    assert "timed out after 6.00 seconds" in lost["Payload"].read().decode()
    assert rewards(golden.invoke(aws, named("hurried"), event)) == [1.0]


def test_a_function_that_crashes_is_an_error_then_starts_again(service, aws):
    event = golden.cases("math_reasoning")[:2]
    before = golden.plain(golden.invoke(aws, named("math_reasoning"), event))
    for environment in service.environments["touchstone-e2e-math_reasoning"]:
        environment.signal(signal.SIGKILL)
    lost = aws.invoke(FunctionName=named("math_reasoning"), Payload=json.dumps(event).encode())
    assert lost["FunctionError"] == "Unhandled"
    assert json.loads(lost["Payload"].read())["errorType"] == "Runtime.ExitError"
    assert golden.plain(golden.invoke(aws, named("math_reasoning"), event)) == before


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_rows_survive_the_loss_of_their_executor(service, aws, number):
    warm = golden.invoke(aws, named("code_verification"), [doubling(n, each(n)) for n in range(4)])
    assert rewards(warm) == [1.0] * 4
    rows = [doubling(n, f"import time; time.sleep(0.4); {each(n)}") for n in range(6)]
    stricken = service.environments[EXECUTOR][0]
    strike = threading.Timer(0.5, stricken.signal, [number])
    strike.start()
    reply = golden.invoke(aws, named("code_verification"), rows)
    strike.join()
    assert [metrics_of(entry).get("tests_passed") for entry in reply] == [1.0] * 6


def test_a_batch_is_spread_over_executors(service, aws):
    rows = [doubling(n, each(n)) for n in range(24)]
    assert rewards(golden.invoke(aws, named("code_verification"), rows)) == [1.0] * 24
    assert len(service.environments[EXECUTOR]) == 2


def test_six_megabytes_go_in_and_more_are_refused_as_lambda_refuses_them(aws):
    row = golden.cases("content_moderation")[0]
    padding = "The soup is warm and the bread is fresh. " * 40
    rows = []
    size = 0
    while size < MAX_REQUEST_BYTES - 10_000:
        text = f"{row['messages'][1]['content']}\n{padding}"
        rows.append(row | {"id": len(rows), "messages": [row["messages"][0], _said(text)]})
        size += len(json.dumps(rows[-1])) + 2
    reply = golden.invoke(aws, named("content_moderation"), rows)
    assert [entry["id"] for entry in reply] == list(range(len(rows)))
    assert golden.plain(reply[:3]) == golden.same(golden.in_process("content_moderation", rows)[:3])
    too_large = [*rows, rows[0] | {"id": "x" * 20_000}]
    with pytest.raises(aws.exceptions.RequestTooLargeException):
        aws.invoke(FunctionName=named("content_moderation"), Payload=json.dumps(too_large).encode())


def _said(text):
    return {"role": "assistant", "content": text}


def test_a_reply_that_would_exceed_six_megabytes_keeps_every_reward(aws):
    row = {
        "messages": [{"role": "user", "content": "?"}, _said("ALLOW")],
        "reference_answer": {"decision": "allow"},
    }
    rows = [row | {"id": n} for n in range(18_000)]  # 440 bytes each in a full reply
    reply = golden.invoke(aws, named("content_moderation"), rows)
    assert [entry["id"] for entry in reply] == list(range(18_000))
    assert set(rewards(reply)) == {1.0}
    kept = metrics_of(reply[0])
    assert kept["metrics_dropped"] == 1.0
    assert "decision_readable" not in kept


def test_a_candidate_that_returns_more_than_lambda_carries_fails_and_the_rest_is_scored(aws):
    huge = "return 'x' * 7_000_000 if n == 5 else 2 * n"
    reply = golden.invoke(aws, named("code_verification"), [doubling(0, huge), doubling(1, RIGHT)])
    assert metrics_of(reply[0])["tests_passed"] == 0.5
    assert rewards(reply)[1] == 1.0


def test_inputs_beyond_what_lambda_carries_are_the_datasets_fault(aws):
    large = [{"input": ["x" * 3_000_000], "expected": 1}]
    reference = {"test_cases": large * 2}
    row = doubling(0, RIGHT, **reference)
    # Well under the limit as an event, but the same inputs travel as escaped text again.
    reply = aws.invoke(
        FunctionName=named("code_verification"),
        Payload=json.dumps([row, *(doubling(n, RIGHT) for n in range(1, 4))]).encode(),
    )
    entries = json.loads(reply["Payload"].read())
    assert "FunctionError" not in reply, entries
    assert metrics_of(entries[0])["unscored_bad_sample"] == 1.0
    assert rewards(entries)[1:] == [1.0] * 3


def test_hostile_code_gains_nothing_in_the_executor(service, aws):
    golden.invoke(aws, named("code_verification"), [doubling(0, RIGHT)])
    limits = Limits(wall_s=0.5, call_s=0.3, memory_mb=128)
    for name, code in CALLS.items():
        job = FunctionJob(_aimed(code, service), "f", (Call((1,)), Call((2,))))
        work = serialization.dump(serialization.pack_work(job, limits))
        request = serialization.pack_jobs([(work, 10)])
        answer = aws.invoke(FunctionName=f"{EXECUTOR}:live", Payload=request)
        body = answer["Payload"].read()
        assert "FunctionError" not in answer, f"{name} took the executor down: {body}"
        run = serialization.unpack_run(serialization.load(body)["runs"][0])
        assert toolchain.SECRET not in repr(run), name
        assert not any(isinstance(o, Returned) and o.value == 4242 for o in run.outcomes), name
    honest = golden.invoke(aws, named("code_verification"), [doubling(1, RIGHT)])
    assert rewards(honest) == [1.0]


def _aimed(code, service):
    environment = service.environments[EXECUTOR][0]
    for mark, value in {
        "@PARENT@": str(environment.runtime()),
        "@PORT@": service.url.rpartition(":")[2],
        "@FILE@": str(service.logs / "made"),
        "@NAME@": "made",
        "@DISK@": f"/proc/{environment.runtime()}/environ",
    }.items():
        code = code.replace(mark, value)
    return code


def test_a_hostile_batch_earns_nothing_and_leaves_its_honest_rows_alone(service, aws):
    hostile = [
        doubling(n, body)
        for n, body in enumerate([
            "import os; os._exit(0)",
            "import os, signal; os.kill(os.getppid(), signal.SIGKILL)",
            "import sys; sys.exit(0)",
            "[].append(bytearray(1 << 40))",
            "import gc; return type('Any', (), {'__eq__': lambda *_: True})()",
            "import socket; socket.create_connection(('127.0.0.1', 1)); return 2 * n",
            "open('/tmp/touched', 'w').write('x'); return 2 * n",
        ])
    ]  # fmt: skip
    honest = [doubling(100 + n, RIGHT) for n in range(7)]
    mixed = [row for pair in zip(hostile, honest, strict=True) for row in pair]
    reply = golden.invoke(aws, named("code_verification"), mixed)
    assert rewards(reply)[1::2] == [1.0] * 7
    assert all(metrics_of(entry)["tests_passed"] == 0.0 for entry in reply[::2])


def test_the_executor_reports_how_it_holds_code(aws):
    answer = aws.invoke(FunctionName=f"{EXECUTOR}:live", Payload=b'{"isolation": true}')
    isolation = serialization.unpack_isolation(
        serialization.load(answer["Payload"].read())["isolation"]
    )
    assert isolation.level != "none"
    print(f"executor: {isolation.level}, {', '.join(isolation.hardening)}")


@pytest.mark.parametrize("name", [EXECUTOR, "touchstone-e2e-math_reasoning"])
def test_a_process_that_holds_code_cannot_be_read(service, aws, name):
    event = {"isolation": True} if name == EXECUTOR else golden.cases("math_reasoning")[:1]
    golden.invoke(aws, f"{name}:live", event)
    for environment in service.environments[name]:
        program = Path(f"/proc/{environment.runtime()}/exe")
        assert program.stat().st_mode & 0o777 == 0o111


def test_logs_hold_metrics_and_records_but_no_texts(service, aws):
    row = doubling(0, f"'{PRIVATE}'; return 2 * n")
    golden.invoke(aws, named("code_verification"), [row])
    logged = service.log_text()
    assert '"message":"rollout"' in logged
    assert '"CloudWatchMetrics"' in logged
    assert PRIVATE not in logged
