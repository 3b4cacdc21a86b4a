"""A studio in this process, asked over HTTP as a browser would."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from tests.support import unprivileged
from touchstone.workbench.grading.summary import group_of
from touchstone.workbench.jobs.service import Chat
from touchstone.workbench.rows.rft import Line
from touchstone.workbench.runs.run import Head
from touchstone.workbench.runs.store import begin
from touchstone.workbench.runs.told import told
from touchstone.workbench.studio.server import StudioServer


def row(row_id, said, prompt="2+2?", reference="4"):
    turns = [{"role": "user", "content": prompt}, {"role": "assistant", "content": said}]
    return {"id": row_id, "messages": turns, "reference_answer": reference}


def result(row_id, reward, reason="as the reference", **criteria):
    """The result of a row; of an unscored one, where ``reward`` is a kind of fault."""
    scored = not isinstance(reward, str)
    marks = [{"name": name, "value": v, "type": "Reward"} for name, v in criteria.items()]
    return {
        "id": row_id,
        "aggregate_reward_score": reward if scored else 0.5,
        "metrics_list": marks,
        "outcome": "scored" if scored else f"unscored:{reward}",
        "reason": reason,
    }


def keep(folder, graded, grader="support", file="rows.jsonl", *, ended=True, steps=()):
    """Keeps a run of rows with their results, and their ``steps``; returns its id."""
    with begin(Head(grader=grader, file=file, version="v1"), folder) as run:
        for number, (one, entry) in enumerate(graded, 1):
            step = steps[number - 1] if steps else None
            run.add(Line(file, number, one, step=step), entry, group_of(one))
        if ended:
            run.finish(told(run))
        return run.head.id


@dataclass
class Reply:
    status: int
    headers: dict
    text: str

    @property
    def json(self):
        return json.loads(self.text)


@dataclass
class Client:
    """What a browser remembers of the studio: its address and its cookie."""

    url: str
    cookie: str = ""

    def ask(self, path, method="GET", body=None, **headers):
        """Returns the reply to one request; no redirect is followed."""
        place = urlsplit(self.url)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
        sent = {"Cookie": self.cookie, **{k.replace("_", "-"): v for k, v in headers.items()}}
        try:
            connection.request(method, path, body, {k: v for k, v in sent.items() if v})
            reply = connection.getresponse()
            text = reply.read().decode()
            return Reply(reply.status, {k.lower(): v for k, v in reply.getheaders()}, text)
        finally:
            connection.close()

    def post(self, path, fields):
        """Sends a form as a page of the studio does."""
        return self.ask(
            path, "POST", urlencode(fields),
            Content_Type="application/x-www-form-urlencoded", Origin=self.url.partition("/?")[0],
        )  # fmt: skip

    def enter(self):
        """Opens the address that was printed, and keeps the cookie."""
        place = urlsplit(self.url)
        reply = self.ask(f"{place.path}?{place.query}")
        self.cookie = reply.headers["set-cookie"].partition(";")[0]
        return reply


class Models:
    """The base model of a job says Rome, the tuned one Bern; both fail as scripted.

    Args:
        hostile: What both say before.
    """

    name = "bedrock"

    def __init__(self, hostile):
        self.hostile = hostile
        self.faults, self.asked, self.go = [], [], threading.Event()
        self.go.set()

    def chat(self, model, messages, *, max_tokens, temperature, seed=None):
        if self.faults:
            raise self.faults.pop()
        assert self.go.wait(30)
        self.asked.append((model, messages, temperature, max_tokens))
        said = '{"city": "Bern"}' if "tuned" in model else '{"city": "Rome"}'
        return Chat(f"{self.hostile}\n{said}", 9, 4, 20.0)


@contextmanager
def studio(folder, run=""):
    """A studio that is running, and a client that has not entered it."""
    with StudioServer(folder, run) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Client(server.url)
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def unprivileged_studio(place, cache):
    """A studio in a process that writes only what file modes let it, and a client in it."""
    command = [sys.executable, "-m", "touchstone", "studio", str(place), "--runs", str(place)]
    with subprocess.Popen(
        command, env=os.environ | {"XDG_CACHE_HOME": str(cache)}, preexec_fn=unprivileged,
        stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            said = process.stderr.readline() if process.stderr else ""
            client = Client("".join(re.findall(r"http://\S+", said)))
            client.enter()
            yield client
        finally:
            process.send_signal(signal.SIGINT)
