"""The libraries of graders in what ships: for Lambda's platform, once each, within its limits."""

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_kms as kms

from tests.sandbox.folders import write_wheel
from touchstone.deadline import Deadline
from touchstone.infra import package
from touchstone.infra.capacity import Capacity
from touchstone.infra.executor import Executor
from touchstone.infra.package import executor_package, function_package, grader_package
from touchstone.infra.settings import Stage, load_deployed
from touchstone.lambdas.executor import handler
from touchstone.libraries import locked
from touchstone.sandbox import open_sandbox
from touchstone.sandbox.serialization import (
    dump,
    load,
    pack_jobs,
    pack_work,
    unpack_replies,
    unpack_run,
)
from touchstone.sandbox.types import Call, FunctionJob, Limits, Returned
from touchstone.settings import SettingsError
from touchstone.templates import find_grader, load_grader
from touchstone.workbench.libraries import install_libraries, plan_libraries

LISTED = '[graders.{name}]\n{made}\n[graders.{name}.settings]\nlibraries = ["lightlib==1.*"]\n'
MADE = {
    "one": 'template = "code_verification"',
    "two": 'template = "code_verification"',
    "own": 'code = "own.py"\npolicy = "full"\ncapabilities = ["execute"]',
}
PLAIN = '[graders.plain]\ntemplate = "code_verification"\n'


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A graders.toml of which three list the same library, locked."""
    (tmp_path / "own.py").write_text("import lightlib\n\ndef reward(sample):\n    return 1.0\n")
    file = tmp_path / "graders.toml"
    file.write_text(PLAIN + "".join(LISTED.format(name=n, made=made) for n, made in MADE.items()))
    function_package("executor", "arm64")  # from the registry, or built before
    monkeypatch.setenv("UV_FIND_LINKS", str(write_wheel(tmp_path / "wheels")))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    for name in MADE:
        install_libraries(plan_libraries(find_grader(name, file)))
    return file


def packaged(file, name):
    (one,) = [one for one in load_deployed(file) if one.grader.name == name]
    return grader_package(one, "arm64")


def test_an_executor_has_the_libraries_and_its_candidates_import_them(file):
    lock = locked(find_grader("one", file))
    assert lock is not None
    folder = executor_package(lock, "arm64") / "libraries"
    sandbox = open_sandbox(libraries=folder)
    job = FunctionJob("import lightlib\ndef f(): return lightlib.told()", "f", (Call(),))
    assert sandbox.run(job, Limits(), Deadline()).outcomes == (Returned("said\n"),)
    sandbox.close()
    assert not list(folder.glob("*.dist-info/RECORD"))


@pytest.mark.parametrize("name", MADE)
def test_a_deployed_grader_has_its_lock_and_what_its_own_code_imports(file, name):
    folder = packaged(file, name)
    grader = load_grader(name, folder / "graders.toml", deployed=True)
    lock = locked(grader)
    assert lock is not None
    assert lock.home("cpython-313-linux-aarch64").is_dir() == (name == "own")


def test_what_lambda_would_refuse_is_refused_here_with_the_largest_named(file, monkeypatch):
    monkeypatch.setattr(package, "MOST_BYTES", 1000)
    lock = locked(find_grader("one", file))
    assert lock is not None
    with pytest.raises(SettingsError, match=r"Lambda takes 0: list fewer.*in MB: lightlib"):
        executor_package(lock, "arm64")
    with pytest.raises(SettingsError, match=r"graders\.own: its package takes"):
        packaged(file, "own")


def test_each_list_of_libraries_has_an_executor_of_its_own(file):
    stack = cdk.Stack(cdk.App(analytics_reporting=False))
    graders = [find_grader(name, file) for name in ("plain", "one", "two")]
    key: Any = kms.Key(stack, "Key")
    executor = Executor(
        stack,
        "Executor",
        stage=Stage(name="dev"),
        key=key,
        graders=graders,
        capacity=Capacity(executor=5),
    )
    plain, one, two = map(executor.function_for, graders)
    assert one is two
    assert one is not plain
    made = assertions.Template.from_stack(stack).find_resources("AWS::Lambda::Function")
    with_them = {
        function["Properties"]["FunctionName"]
        for function in made.values()
        if "TOUCHSTONE_LIBRARIES" in function["Properties"]["Environment"]["Variables"]
    }
    lock = locked(find_grader("one", file))
    assert lock is not None
    reserved = sorted(f["Properties"]["ReservedConcurrentExecutions"] for f in made.values())
    assert reserved == [5, 10]  # as many for each grader that calls one
    assert with_them == {f"touchstone-dev-executor-{lock.digest}"}


def test_a_library_that_is_not_locked_is_refused_before_anything_is_built(file):
    text = file.read_text().replace("==1.*", ">=1")
    file.write_text(text)
    with pytest.raises(SettingsError, match="have changed since they were locked"):
        load_deployed(file)


def test_the_function_runs_with_the_folder_that_it_is_told(file, monkeypatch):
    lock = locked(find_grader("one", file))
    assert lock is not None
    monkeypatch.setenv("TOUCHSTONE_LIBRARIES", str(lock.home()))
    handler.sandbox.cache_clear()
    job = FunctionJob("import lightlib\ndef f(): return lightlib.twice(2)", "f", (Call(),))
    event = json.loads(pack_jobs([(dump(pack_work(job, Limits())), 30.0)]))
    body = json.dumps(handler.lambda_handler(event, None)).encode()
    (reply,) = unpack_replies(load(body), 1)
    handler.sandbox().close()
    handler.sandbox.cache_clear()
    assert reply is not None
    assert unpack_run(reply).outcomes == (Returned(4),)
