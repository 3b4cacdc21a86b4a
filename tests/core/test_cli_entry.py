"""Every command at once: its line in the help, and the one place where all of them end."""

import signal
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from touchstone.settings import SettingsError
from touchstone.workbench.cli import main
from touchstone.workbench.cli.entry import when_interrupted
from touchstone.workbench.cli.lazy import LazyGroup
from touchstone.workbench.errors import FELL_SHORT, WorkbenchError


def lazy_groups(group: LazyGroup = main, name: str = "touchstone"):
    yield name, group
    context = click.Context(group)
    for each in group.list_commands(context):
        command = group.get_command(context, each)
        if isinstance(command, LazyGroup):
            yield from lazy_groups(command, each)


@pytest.mark.parametrize(("name", "group"), list(lazy_groups()))
def test_a_line_in_the_help_is_the_commands_own(name, group):
    context = click.Context(group)
    for each, (_, line) in group.verbs.items():
        assert line == group.get_command(context, each).get_short_help_str(1000)


def test_help_imports_no_command():
    code = (
        "import sys; from touchstone.workbench.cli import main; "
        "main(['--help'], standalone_mode=False); room = 'touchstone.workbench.'; "
        "loaded = [m for m in sys.modules if m.startswith((room, 'rich', 'numpy'))]; "
        "few = ('cli', 'cli.entry', 'cli.lazy', 'cli.terminal', 'errors'); "
        "assert not set(loaded) - {room + name for name in few}, loaded"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


class Passing(WorkbenchError):
    exit_code = FELL_SHORT


def hush():
    with when_interrupted("The watch ended; the job goes on."):
        raise KeyboardInterrupt


def failing(exc):
    def fail(*_args, **_kwargs):
        raise exc

    return fail


@pytest.mark.parametrize(
    ("fail", "code", "said"),
    [
        (failing(WorkbenchError("no rows", "give a file")), 2, "error: no rows\n  give a file\n"),
        (failing(Passing("throttled")), 1, "error: throttled\n"),
        (failing(SettingsError("no such setting")), 2, "error: no such setting\n"),
        (failing(OSError(28, "No space left", "/tmp/x")), 2, "error: /tmp/x: No space left\n"),
        (failing(OSError("odd")), 2, "error: odd\n"),
        (failing(KeyboardInterrupt()), 130, "Aborted!\n"),
        (hush, 130, "The watch ended; the job goes on.\n"),
    ],
)
def test_what_a_person_can_mend_is_a_sentence_and_an_exit_code(monkeypatch, fail, code, said):
    monkeypatch.setattr(main, "get_command", lambda *_: click.Command("verb", callback=fail))
    result = CliRunner().invoke(main, ["verb"])
    assert (result.exit_code, result.stderr) == (code, said)


def test_a_mistake_of_ours_keeps_its_traceback(monkeypatch):
    mistake = click.Command("verb", callback=failing(TypeError("ours")))
    monkeypatch.setattr(main, "get_command", lambda *_: mistake)
    assert isinstance(CliRunner().invoke(main, ["verb"]).exception, TypeError)


_BUSY = """
import threading, time
from touchstone.workbench.cli import main
import click
def work():
    threading.Thread(target=time.sleep, args=(600,)).start()
    print("working", flush=True)
    time.sleep(600)
main.get_command = lambda *_: click.Command("verb", callback=work)
main(["verb"])
"""


def test_an_interrupted_process_waits_for_no_thread():
    process = subprocess.Popen(
        [sys.executable, "-c", _BUSY], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "working\n"
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, "Aborted!\n")


def _in_a_shell(command, folder):
    """Runs ``touchstone`` as a person does, with what a shell does to its streams."""
    run = f'"{sys.executable}" -m touchstone {command}'
    return subprocess.run(["bash", "-c", run], cwd=folder, capture_output=True, text=True)


@pytest.mark.parametrize("command", ["--help", "grade --help", "graders list", "runs list"])
def test_a_full_disk_is_a_sentence_whatever_is_printed(tmp_path, command):
    (tmp_path / ".touchstone" / "runs").mkdir(parents=True)
    done = _in_a_shell(f"{command} > /dev/full", tmp_path)
    if done.returncode:  # where something is printed at all
        assert (done.returncode, done.stderr) == (2, "error: No space left on device\n")


ROW = '{"messages": [{"role": "assistant", "content": "4"}], "reference_answer": "4"}\n'


def test_a_full_disk_names_what_was_to_be_written(tmp_path):
    (tmp_path / "rows.jsonl").write_text(ROW)
    for options, named in ("> /dev/full", "standard output"), ("-o /dev/full", "/dev/full"):
        done = _in_a_shell(f"grade math_reasoning rows.jsonl {options}", tmp_path)
        assert done.returncode == 2
        assert f"error: {named}: No space left on device\n" in done.stderr


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_streams_that_are_closed_keep_nothing_from_being_graded(tmp_path, closed):
    (tmp_path / "rows.jsonl").write_text(ROW)
    done = _in_a_shell(f"grade math_reasoning rows.jsonl -o out.jsonl {closed}", tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert '"aggregate_reward_score": 1.0' in (tmp_path / "out.jsonl").read_text()
