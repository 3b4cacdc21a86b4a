"""report makes one page of a job's folder: the same each time, and harmless whatever it holds."""

import base64
import errno
import hashlib
import json
import os
import re
import threading
from html.parser import HTMLParser

import pytest
from click.testing import CliRunner

from tests.jobs.sample_folder import HOSTILE, sample_folder
from touchstone.sanitize import one_line, visible
from touchstone.workbench.cli import main
from touchstone.workbench.jobs.details import details_of, lasting
from touchstone.workbench.jobs.folder import FolderError, JobFolder, State
from touchstone.workbench.jobs.output import replacing
from touchstone.workbench.jobs.report import report_page
from touchstone.workbench.jobs.report.chosen import choose

VOID = {"meta", "br", "img", "link", "input", "hr"}


class Page(HTMLParser):
    """Elements of a page, its text, and whether every element is closed."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.open, self.text = [], [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += f" {data}"

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return sample_folder(tmp_path_factory.mktemp("job"))


@pytest.fixture(scope="module")
def html(folder):
    return report_page(folder)


def test_the_same_folder_gives_the_same_page(folder, html):
    assert report_page(folder) == html


def test_the_page_is_whole_and_runs_and_loads_nothing(html):
    page = Page(html)
    assert page.open == []
    assert not page.all("script")
    assert not page.all("img")
    assert not page.all("link")
    assert not page.all("iframe")
    for _, attrs in page.elements:
        assert not {"src", "href", "style"} & set(attrs)
        assert not [name for name in attrs if name.startswith("on")]
    assert "url(" not in html
    assert "@import" not in html


def test_the_pages_policy_allows_its_own_style_and_nothing_else(html):
    (policy,) = [m["content"] for m in Page(html).all("meta") if m.get("http-equiv")]
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")


def test_what_a_rollout_says_is_shown_and_not_obeyed(html):
    page = Page(html)
    assert "<script>window.pwned = 1</script>" in page.text
    assert "⟨U+202E⟩" in page.text
    assert "⟨U+001B⟩[2J" in page.text
    assert not [char for char in html if ord(char) < 32 and char not in "\n\t"]
    assert not set("\u202e\u202c\u200b") & set(html)
    assert len(html) < 500_000  # of completions of 120,000 characters


def test_a_step_without_a_fault_counts_0_of_it(tmp_path):
    folder = JobFolder(tmp_path)
    folder.begin(State(name="few", service="local"), "")
    for step, count in enumerate((3, 0, 9), 1):
        kinds = {"touchstone/unscored/timeout": count} if count else {}
        folder.add_metrics(step, {"touchstone/unscored": count / 10, **kinds})
    table = report_page(folder).partition("Unscored by kind")[2].partition("</table>")[0]
    cells = [int(cell) for cell in re.findall(r"<td[^>]*>(\d+)</td>", table)]
    assert cells == [3, 0, 9]


def test_a_report_names_the_judge_and_what_the_plan_said(tmp_path):
    sample_folder(tmp_path, steps=1).update(judge="offline stand-in", even_so=["job.toml:3: role"])
    job = str(tmp_path / "job.toml")
    said = Page(report_page(JobFolder(tmp_path / "jobs" / "support-triage"))).text
    assert "offline stand-in" in said
    assert "job.toml:3: role" in said
    told = CliRunner().invoke(main, ["job", "report", job, "--json"]).stdout
    assert json.loads(told)["judge"] == "offline stand-in"


def test_every_chart_has_a_name_and_its_numbers(html):
    page = Page(html)
    charts = [attrs["id"] for attrs in page.all("figure")]
    assert charts == [
        "reward", "validation", "criteria", "flat", "unscored", "kinds", "length", "cut",
        "entropy", "loss", "policy", "latency", "throttles", "spend",
    ]  # fmt: skip
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    drawings = [attrs for attrs in page.all("svg") if attrs.get("role") == "img"]
    assert len(drawings) == len(charts)
    for attrs in drawings:
        assert set(attrs["aria-labelledby"].split()) <= set(ids)
    assert len(page.all("details")) == len(charts)


def test_figures_and_costs_are_told_and_what_is_unknown_is_said_to_be(html):
    text = " ".join(Page(html).text.split())
    assert "Training unknown the service's API does not tell" in text
    assert "Graders and judges $0.8400" in text
    assert "4 h 06 min" in text
    assert "flat_share = 0.8" in text
    assert "grader <b>throttled</b> ⟨U+001B⟩[31m" in text


def test_ten_rollouts_are_chosen_each_for_its_reason(folder):
    chosen, kept = choose(folder.rollouts)
    assert kept == 640
    assert [one.title for one in chosen] == [
        "Early: reinforced most", "Early: discouraged most", "Late: reinforced most",
        "Late: discouraged most", "Most typical", "Suspected hack", "Of a flat group",
        "Unscored: timeout", "Unscored: judge_error", "Criteria at odds",
    ]  # fmt: skip
    assert len({one.row["id"] for one in chosen}) == 10


def rollout(step, group, reward, completion="x" * 50, outcome="scored", **metrics):
    return {
        "step": step, "group": group, "id": f"{step}{group}{reward}", "prompt": "p",
        "completion": completion, "reference_answer": "r", "reward": reward,
        "metrics": metrics, "outcome": outcome, "reason": "",
    }  # fmt: skip


def test_advantage_is_within_the_group_and_the_step():
    rows = [
        *(rollout(1, "easy", reward) for reward in (0.9, 0.9, 1.0)),
        *(rollout(1, "hard", reward) for reward in (0.0, 0.0, 0.6)),
        *(rollout(9, "hard", reward) for reward in (0.5, 0.5, 0.5)),
    ]
    chosen, _ = choose(lambda: rows)
    best = chosen[0]
    assert (best.title, best.row["reward"]) == ("Early: reinforced most", 0.6)
    assert best.advantage == pytest.approx(0.4)
    flat = next(one for one in chosen if one.title == "Of a flat group")
    assert flat.row["step"] == 9


def test_a_long_answer_is_suspected_only_with_a_high_reward():
    ordinary = [rollout(n, "a", 0.1 * (n % 5), "x" * (50 + n)) for n in range(40)]
    poor = rollout(41, "a", 0.0, "x" * 9000)
    rich = rollout(42, "a", 0.9, "x" * 8000)
    titles = [one.title for one in choose(lambda: [*ordinary, poor])[0]]
    assert "Suspected hack" not in titles
    hack = [one for one in choose(lambda: [*ordinary, poor, rich])[0] if "hack" in one.title]
    assert hack[0].row == rich


def test_few_or_no_rollouts_are_no_trouble():
    assert choose(list) == ([], 0)
    chosen, _ = choose(lambda: [rollout(1, "a", None, outcome="unscored:timeout")])
    assert [one.title for one in chosen] == ["Unscored: timeout"]
    chosen, _ = choose(lambda: [rollout(1, "a", 0.5)])
    assert len(chosen) == 1


def test_a_job_that_only_began_has_a_page_too(tmp_path):
    folder = JobFolder(tmp_path / "a")
    folder.begin(State(name="<b>a", service="local"), "")
    text = Page(report_page(folder)).text
    assert "<b>a" in text
    assert "has given no number yet" in text
    assert "No rollout was kept" in text


def test_a_rehearsal_costs_nothing_but_its_judges(tmp_path):
    folder = JobFolder(tmp_path / "a")
    folder.begin(State(name="a", service="local"), "")
    folder.add_metrics(0, {"val-score/rewards/mean@1": 0.2})
    folder.add_metrics(1, {"critic/rewards/mean": 0.5, "touchstone/spend_usd": 0.25})
    details = details_of(folder)
    assert details.known_usd == 0.25
    assert details.total == "$0.2500"
    assert report_page(folder)


def test_a_price_of_training_in_the_jobs_file_makes_its_cost_known(tmp_path):
    folder = sample_folder(tmp_path, steps=1)
    with (folder.path / "job.toml").open("a") as file:
        file.write("[prices]\ntraining_hour = 30.0\n")
    costs = {cost.what: cost.usd for cost in details_of(folder).costs}
    assert costs["Training"] == pytest.approx(6.0)  # of twelve minutes
    (folder.path / "job.toml").write_text("no toml")
    with pytest.raises(FolderError, match=r"job\.toml"):
        details_of(folder)


@pytest.mark.parametrize("value", [0.0, 1.0, -3.5, 1e-9, 123456.0])
def test_a_curve_that_never_moves_is_drawn(tmp_path, value):
    folder = JobFolder(tmp_path / "a")
    folder.begin(State(name="a", service="local"), "")
    for step in (1, 2):
        folder.add_metrics(step, {"critic/rewards/mean": value, "touchstone/unscored": value})
    assert "nan" not in report_page(folder).split("</style>")[1].split("<h2")[2]


def test_text_is_cut_in_the_middle_and_says_so():
    shown = visible("a" * 100 + "b" * 100, 90)
    assert shown == "a" * 60 + "\n[… 110 characters …]\n" + "b" * 30
    assert visible("tab\tand\nline\r\nstay") == "tab\tand\nline\nstay"
    assert visible("🙂 ❤️ é ü 漢字 العربية") == "🙂 ❤️ é ü 漢字 العربية"
    assert len(visible(HOSTILE[3])) < 40
    assert one_line("a\n\n b\x00") == "a b⟨U+0000⟩"
    assert visible("\ud800") == "⟨U+D800⟩"


def test_times_are_told_in_two_units():
    assert [lasting(s) for s in (None, 5, 65, 3600, 90061)] == [
        "unknown", "5 s", "1 min 05 s", "1 h 00 min", "25 h 01 min",
    ]  # fmt: skip


def test_the_command_writes_the_page_into_the_jobs_folder(tmp_path):
    folder = sample_folder(tmp_path, status="Failed", steps=3)
    job = str(tmp_path / "job.toml")
    result = CliRunner().invoke(main, ["job", "report", job])
    assert result.exit_code == 0
    assert result.stdout.strip() == str(folder.path / "report.html")
    assert "the grader <i>failed</i>" in Page((folder.path / "report.html").read_text()).text
    details = json.loads(CliRunner().invoke(main, ["job", "report", job, "--json"]).stdout)
    assert details["status"] == "Failed"
    assert details["final"]["critic/rewards/mean"] > 0
    assert {cost["what"]: cost["usd"] for cost in details["costs"]}["Training"] is None


def test_a_missing_job_or_an_unwritable_page_is_bad_input(tmp_path):
    sample_folder(tmp_path, steps=2)
    job = str(tmp_path / "job.toml")
    for args in ([str(tmp_path / "none.toml")], [job, "-o", str(tmp_path / "no" / "x.html")]):
        result = CliRunner().invoke(main, ["job", "report", *args])
        assert result.exit_code == 2
        assert result.stderr.startswith("error: ")


def test_a_page_is_written_whole_or_not_at_all(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("old")

    def fill():
        with replacing(page) as sink:
            sink.write(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match=r"No space left on device: .*page\.html"):
        fill()
    assert page.read_text() == "old"
    assert list(tmp_path.iterdir()) == [page]


def test_a_page_goes_into_a_pipe_and_leaves_it_one(tmp_path):
    sample_folder(tmp_path, steps=2)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    job = str(tmp_path / "job.toml")
    result = CliRunner().invoke(main, ["job", "report", job, "-o", str(pipe)])
    reader.join(timeout=10)
    assert result.exit_code == 0
    assert b"</html>" in read[0]
    assert pipe.is_fifo()
