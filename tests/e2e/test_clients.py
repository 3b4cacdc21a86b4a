"""AWS's own reward verifiers, unmodified, on the packages: by ARN, and the handler by its file."""

import json
import os
import subprocess
from dataclasses import replace

import pytest

from tests.e2e import golden, toolchain
from tests.e2e.cloud import ACCOUNT, environment
from tests.e2e.rie import Service
from touchstone.templates import template_names

# What each takes: the reply of the function as it is deployed, or an envelope.
CLIENTS = {"nova-forge": "auto", "sagemaker nova": "auto", "sagemaker open-weight": "envelope"}


def named(template, reply):
    name = f"touchstone-e2e-{template}"
    return name if reply == "auto" else f"{name}-{reply}"


@pytest.fixture(scope="module")
def functions(assembly):
    """Those of the stack, and each template's once more, answering in an envelope."""
    found = toolchain.functions(assembly)
    settings = {"TOUCHSTONE_SETTINGS": json.dumps({"reply": "envelope"})}
    for template in template_names():
        made, name = found[named(template, "auto")], named(template, "envelope")
        found[name] = replace(made, name=name, variables=made.variables | settings)
    return found


@pytest.fixture(scope="module")
def service(functions, tmp_path_factory):
    with Service(functions, tmp_path_factory.mktemp("logs")) as service:
        yield service


@pytest.fixture(scope="module")
def verify(service, functions, tmp_path_factory):
    """Returns what the clients say of a template: ``verify(template, (client, place, reply)...)``.

    They run in the deployed Python, with the package on its path for the handler by its file.
    """
    assert tuple(map(int, toolchain.python().version.split("."))) >= (3, 12), (
        "amzn-nova-forge needs Python 3.12 or newer, and this machine has none"
    )
    home = tmp_path_factory.mktemp("clients")

    def ask(template, *asked):
        rows = [as_a_dataset_row(row) for row in golden.cases(template)]
        calls = [
            {"client": client, "rows": rows, **place(functions[named(template, reply)])}
            for client, place, reply in asked
        ]
        path = (functions[named(template, "auto")].folder, toolchain.wheels("clients"))
        (home / "calls.json").write_text(json.dumps(calls))
        done = subprocess.run(
            [toolchain.python().path, toolchain.HERE / "verify.py", "calls.json", "answers.json"],
            env=environment(home, service.url) | {
                "PYTHONPATH": os.pathsep.join(map(str, path)),
                "TELEMETRY_OPT_OUT": "true",
                # Whatever else they might ask is not to be reached.
                "HTTPS_PROXY": "http://127.0.0.1:9",
            },
            cwd=home, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-5000:]
        return json.loads((home / "answers.json").read_text())

    return ask


def by_arn(function):
    arn = f"arn:aws:lambda:{toolchain.REGION}:{ACCOUNT}:function:{function.name}"
    return {"function": arn, "environment": {}}


def by_file(function):
    variables = {
        name: value.replace("/var/task", str(function.folder))
        for name, value in function.variables.items()
    }
    file = function.folder / "touchstone" / "lambdas" / "grader" / "handler.py"
    # The verifier runs the file itself, where there is no executor.
    return {"function": str(file), "environment": variables | {"TOUCHSTONE_EXECUTOR": ""}}


def has_content(turn):
    content = turn["content"]
    return bool(content.strip() if isinstance(content, str) else content)


def as_a_dataset_row(row):
    """Writes a rollout as nova-forge wants a row, which then says the same.

    It takes no reference that is a list, and no empty text.
    """
    reference = row.get("reference_answer")
    if isinstance(reference, list):
        row = {**row, "reference_answer": json.dumps(reference)}
    turns = [
        turn | {"content": turn["content"] if has_content(turn) else None}
        for turn in row["messages"]
    ]
    return {**row, "messages": turns}


@pytest.mark.parametrize("template", template_names())
def test_every_verifier_accepts_every_bundled_case(verify, template):
    asked = [(c, place, reply) for c, reply in CLIENTS.items() for place in (by_arn, by_file)]
    expected = golden.in_process(template, golden.cases(template))
    for one, said in zip(asked, verify(template, *asked), strict=True):
        assert said.get("accepted") == len(expected), (one, said)
        assert golden.plain(said["outputs"]) == golden.same(expected), one


@pytest.mark.parametrize("place", [by_arn, by_file])
def test_the_verifier_of_open_weight_functions_takes_no_list(verify, place):
    [said] = verify("math_reasoning", ("sagemaker open-weight", place, "auto"))
    assert "must return a dict with 'statusCode' and 'body', got list" in said["refused"]
