"""A reader who types what a page shows, in a folder of their own, without an account."""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shlex
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.docs.blocks import ROOT, Block, Command, commands, is_interactive, matches
from tests.docs.forms import check_form
from touchstone.workbench.cli import main

# Words that only a shell knows. Others need no process of their own, which takes a second each.
_SHELL = re.compile(r"[|<>;$`*(){}~]|(?<!&)&(?!&)")
_OURS = re.compile(r"(?:\.venv/bin/)?touchstone$")
# Time is what a check makes the most of; here a part of its probes is enough.
_CHECK_SECONDS = "3"
_MARK_IT = "echo 'mark it: needs: a package index'; exit 2"
# The CDK's command line is here already, as the Makefile has installed it.
_INSTALLERS = {
    "npm": f"test -x {ROOT}/node_modules/.bin/cdk && ln -s {ROOT}/node_modules node_modules",
    **dict.fromkeys(("pip", "uvx"), _MARK_IT),
}
_LOOPBACK = ("127.", "::1", "localhost", "/")


class Session:
    """One reader of one page.

    Args:
        folder: Theirs, with the files that the page begins with.
        monkeypatch: Takes credentials, home and network away, and gives them back.
        has: What of ``NEEDS`` they have; with Node.js, packages too.
    """

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, has: Collection[str] = ()
    ) -> None:
        self.folder = folder
        self.cwd = folder
        self._names: dict[str, Any] = {"__name__": "__main__"}
        self._monkeypatch, self._has = monkeypatch, has
        home, programs = folder.parent / "home", folder.parent / "bin"
        for made in (home, programs):
            made.mkdir()
        for name, does in _INSTALLERS.items():
            (programs / name).write_text(f"#!/bin/sh\n{does}\n")
            (programs / name).chmod(0o755)
        tools = Path(sys.executable).parent
        secret = re.compile(r"AWS_|TOUCHSTONE_|.*_API_KEY$|.*_TOKEN$")
        for name in filter(secret.match, list(os.environ)):
            monkeypatch.delenv(name)
        path = os.pathsep.join([str(programs), str(tools), os.environ.get("PATH", os.defpath)])
        dead = "http://127.0.0.1:9"
        network = {"HTTP_PROXY": dead, "HTTPS_PROXY": dead, "NO_PROXY": "127.0.0.1,localhost"}
        for name, value in {
            "HOME": str(home), "PATH": path, "PYTHONPATH": str(ROOT), "COLUMNS": "100",
            "AWS_EC2_METADATA_DISABLED": "true", "NO_COLOR": "1",
            **({} if "Node.js" in has else network),
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        # Which remembers the proxy of whoever asked first.
        monkeypatch.setattr(urllib.request, "_opener", None)
        monkeypatch.setattr(socket.socket, "connect", _to_this_machine(socket.socket.connect))

    def prove(self, block: Block) -> None:
        """Runs a block, writes it down where it is a file, and checks it by its form."""
        if block.file:
            path = self.cwd / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a" if block.adds else "w", encoding="utf-8") as out:
                out.write(block.text)
        check_form(block, self.cwd)
        if block.file or (block.needs and block.needs not in self._has):
            return
        for command in commands(block):
            self.type(command)
        if block.language == "python":
            self._monkeypatch.chdir(self.cwd)
            if is_interactive(block.text):
                self._type_examples(block)
                return
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(block.text, block.place, "exec"), self._names)

    def _type_examples(self, block: Block) -> None:
        """Runs examples at Python's prompt, and compares what each says with what is shown."""
        parsed = doctest.DocTestParser()
        test = parsed.get_doctest(block.text, self._names, block.place, block.place, 0)
        told = io.StringIO()
        failed = doctest.DocTestRunner(verbose=False).run(test, out=told.write, clear_globs=False)
        assert not failed.failed, told.getvalue()
        self._names |= test.globs

    def type(self, command: Command) -> None:
        """Runs a command, and compares how it ended and what it said with what is shown."""
        if command.line.startswith("make "):
            return  # is what runs this test; that its target is there was checked
        code, output = self._run(command.line)
        told = f"$ {command.line}\n{output}"
        assert code == command.exit_code, f"exit code {code}, not {command.exit_code}:\n{told}"
        if command.output is not None:
            assert matches(command.output, output), f"{told}\n--- is shown as ---\n{command.output}"

    def _run(self, line: str) -> tuple[int, str]:
        said = ""
        for part in line.split(" && "):
            words = shlex.split(part) if not _SHELL.search(part) else []
            if words[:1] == ["cd"]:
                self.cwd = (self.cwd / words[1]).resolve()
                continue
            ours = words and _OURS.match(words[0])
            code, output = self._ours(words[1:]) if ours else self._shell(part)
            said += output
            if code:
                return code, said
        return 0, said

    def _ours(self, words: list[str]) -> tuple[int, str]:
        if words[0] == "check" and "--time" not in words:
            words = [*words, "--time", _CHECK_SECONDS]
        self._monkeypatch.chdir(self.cwd)
        done = CliRunner().invoke(main, words, prog_name="touchstone")
        ended = done.exception is None or isinstance(done.exception, SystemExit)
        assert ended, f"touchstone {words} raised {done.exception!r}"
        return done.exit_code, done.output

    def _shell(self, line: str) -> tuple[int, str]:
        done = subprocess.run(
            ["bash", "-c", line], cwd=self.cwd, text=True, check=False, timeout=300,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        return done.returncode, done.stdout


def _to_this_machine(connect: Any) -> Any:
    def checked(self: socket.socket, address: Any) -> None:
        where = address[0] if isinstance(address, tuple) else str(address)
        assert str(where).startswith(_LOOPBACK), f"a page asks {address}"
        connect(self, address)

    return checked
