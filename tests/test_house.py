"""The house: imports go one way, templates are complete, files stay readable."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from touchstone.rooms import ROOMS as BESIDE
from touchstone.templates import get_template

ROOT = Path(__file__).parents[1]
ROOMS = ("lambdas", "workbench", "templates", "touchstone", "infra", "rewards")
MAY_IMPORT = {
    "touchstone": {"touchstone"},
    "templates": {"touchstone", "templates"},
    "lambdas": {"touchstone", "templates", "lambdas"},
    "workbench": {"touchstone", "templates", "lambdas", "workbench"},
    "infra": {"touchstone", "templates", "infra"},
    "rewards": {"touchstone", "templates"},
}
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
TEMPLATES = sorted(path.parent for path in (ROOT / "templates").glob("*/grader.py"))


def imported(path):
    """The modules that a file imports, those of a room beside by that room's own name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (by_room(alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "touchstone":
            yield from (by_room(f"touchstone.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield by_room(node.module)


def by_room(module):
    inner = module.removeprefix("touchstone.")
    return inner if inner.partition(".")[0] in BESIDE else module


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path):
    room = path.relative_to(ROOT).parts[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        # Under two names a module would be two.
        if isinstance(node, ast.ImportFrom):
            assert (node.module or "").split(".")[0] not in BESIDE, f"{path}: {node.module}"
    for name in imported(path):
        if name.split(".")[0] in ROOMS:
            assert name.split(".")[0] in MAY_IMPORT[room], f"{path} imports {name}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_stay_short(path):
    # One idea is whole in one file; about 400 lines is the habit, and this the end of it.
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 700


@pytest.mark.parametrize("folder", TEMPLATES, ids=lambda folder: folder.name)
def test_a_template_is_complete_and_reaches_nothing_outside(folder):
    assert (folder / "README.md").exists()
    assert (folder / "cases.jsonl").exists()
    for path in folder.glob("*.py"):
        for name in imported(path):
            assert name.split(".")[0] not in ("boto3", "botocore", "os"), f"{path} imports {name}"
            other = name.split(".")[1:2] if name.startswith("templates.") else []
            assert other in ([], [folder.name]), f"{path} imports another template: {name}"


def defined(path):
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                yield name
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name


@pytest.mark.parametrize("folder", TEMPLATES, ids=lambda folder: folder.name)
def test_a_template_has_the_shape_of_every_other(folder):
    homes = {
        "settings.py": {"CRITERIA", "Settings"},
        "reference.py": {"Reference", "read_reference"},
        "grader.py": {"grade", "TEMPLATE"},
    }
    names = {path.name: set(defined(path)) for path in folder.glob("*.py")}
    for home, own in homes.items():
        assert own <= names[home], f"{folder.name}/{home} defines all of {own}"
        elsewhere = {file for file in names if file != home and own & names[file]}
        assert not elsewhere, f"{elsewhere} define what belongs to {home}"
    template = get_template(folder.name)
    assert template.settings_type.__module__ == f"touchstone.templates.{folder.name}.settings"
    assert ("rubric.py" in names) is ("judge" in template.needs)


@pytest.mark.parametrize("folder", TEMPLATES, ids=lambda folder: folder.name)
def test_a_template_defines_nothing_that_it_does_not_use(folder):
    written = [re.findall(r"\w+", path.read_text(encoding="utf-8")) for path in folder.glob("*.py")]
    uses = Counter(word for words in written for word in words)
    names = {name for path in folder.glob("*.py") for name in defined(path)}
    assert {name for name in names if uses[name] == 1} <= {"TEMPLATE"}


def test_a_name_of_a_class_means_one_thing_in_all_templates():
    homes = Counter(
        node.name
        for folder in TEMPLATES
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    )
    assert {name for name, count in homes.items() if count > 1} == {"Reference", "Settings"}


@pytest.mark.parametrize("path", sorted((ROOT / "touchstone" / "scoring").glob("*.py")), ids=str)
def test_scoring_knows_neither_contract_nor_logging(path):
    assert not {"touchstone.contract", "logging", "boto3"} & set(imported(path))


def test_handlers_stay_thin():
    for path in (ROOT / "lambdas").rglob("handler.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 50


CONVERTS = {"msgspec.convert", "msgspec.json.Decoder", "msgspec.json.decode(type)"}


def conversions(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("msgspec"):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Attribute):
            yield ast.unparse(node)
        elif isinstance(node, ast.Call) and {keyword.arg for keyword in node.keywords} & {"type"}:
            yield f"{ast.unparse(node.func)}(type)"


@pytest.mark.parametrize(
    "path",
    [path for path in SOURCES if path.relative_to(ROOT).parts[0] in ("templates", "touchstone")],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_data_becomes_a_type_through_one_door(path):
    if path != ROOT / "touchstone" / "typed.py":
        assert not CONVERTS & set(conversions(path))


# The workbench's own floors: what a room, wherever in it, may not reach. Imports inside
# functions count.
JOBS = "workbench.jobs"
MAY_NOT_REACH = {
    "workbench/aws.py": (
        "workbench.jobs",
        "workbench.rehearse",
        "workbench.cli",
    ),
    "workbench/grading": (
        "workbench.jobs",
        "workbench.rehearse",
        "workbench.cli",
    ),
    "workbench/jobs": ("workbench.rehearse", "workbench.cli"),
    "workbench/rehearse": ("workbench.cli",),
    "workbench/check": (
        "workbench.jobs",
        "workbench.rehearse",
        "workbench.cli",
    ),
    "workbench/jobs/service.py": (f"{JOBS}.services", f"{JOBS}.plan", f"{JOBS}.observed"),
    "workbench/jobs/observed": tuple(
        f"{JOBS}.{room}" for room in ("services", "plan", "watch", "report", "compare", "launch")
    ),
    "workbench/jobs/services": tuple(
        f"{JOBS}.{room}" for room in ("plan", "watch", "report", "compare", "launch")
    ),
    "workbench/jobs/plan": tuple(f"{JOBS}.{room}" for room in ("watch", "report", "compare")),
    "workbench/jobs/watch": tuple(f"{JOBS}.{room}" for room in ("services", "plan", "compare")),
    "workbench/jobs/report": tuple(f"{JOBS}.{room}" for room in ("services", "plan", "compare")),
    "workbench/jobs/compare": tuple(f"{JOBS}.{room}" for room in ("services", "plan", "watch")),
}
# Where rewards are counted: touchstone/groups.py alone says what is equal, flat or a quantile.
COUNTS_REWARDS = [
    path
    for path in SOURCES
    if path.relative_to(ROOT).parts[:2]
    in {
        *(
            ("workbench", room)
            for room in ("check", "jobs", "pages", "rehearse", "grading", "stats.py")
        ),
        ("touchstone", "observe.py"),
        ("touchstone", "monitor.py"),
    }
    and path.name != "charts.py"  # its tolerances are of a drawing
]
METRICS = ROOT / "workbench/jobs/metrics.py"
PREFIXES = ("touchstone/", "critic/", "actor/", "response_length/", "prompt_length/", "val-score/")


def sources_of(room):
    return sorted((ROOT / room).rglob("*.py")) if (ROOT / room).is_dir() else [ROOT / room]


@pytest.mark.parametrize("room", MAY_NOT_REACH)
def test_a_floor_of_the_workbench_reaches_none_above_it(room):
    assert sources_of(room)
    for path in sources_of(room):
        for name in imported(path):
            for above in MAY_NOT_REACH[room]:
                assert f"{name}.".startswith(f"{above}.") is False, f"{path} imports {name}"


def literals(tree):
    """Yields every string of a program that is no docstring, parts of f-strings too."""
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


@pytest.mark.parametrize("path", sources_of("workbench"), ids=lambda path: path.name)
def test_a_metric_is_named_in_one_place(path):
    names = [] if path == METRICS else literals(ast.parse(path.read_text(encoding="utf-8")))
    whole = ("training_loss", "training_accuracy", "response/aborted_ratio")
    assert [name for name in names if name.startswith(PREFIXES) or name in whole] == []


def own_rules(tree):
    """Yields what looks like a second rule of when rewards are equal, or of a quantile."""
    for node in ast.walk(tree):
        code = ast.unparse(node)
        match node:
            case ast.Compare(left=ast.BinOp(left=ast.Call(func=ast.Name("max")), op=ast.Sub())):
                yield code
            case ast.Compare(left=ast.Call(func=ast.Name("len"), args=[ast.Call()])):
                if "set(" in code:
                    yield code
            case ast.Compare(left=ast.Call(func=ast.Name("max" | "min")), ops=[ast.Eq()]):
                yield code
            case ast.Subscript(slice=index) if "* len(" in (said := ast.unparse(index)):
                yield said
            case ast.Constant(value=float(number)) if 0 < number < 1e-5:
                yield code
            case ast.ImportFrom(module="statistics", names=names):
                yield from (n.name for n in names if n.name in ("median", "quantiles"))


@pytest.mark.parametrize("path", COUNTS_REWARDS, ids=lambda path: str(path.relative_to(ROOT)))
def test_equal_rewards_and_quantiles_have_one_home(path):
    assert list(own_rules(ast.parse(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    "code",
    [
        "max(r) - min(r) < x", "len(set(r)) == 1", "max(r) == min(r)", "abs(a - b) < 1e-9",
        "r[math.ceil(q * len(r)) - 1]", "r[round(q * len(r))]", "from statistics import median",
    ],
)  # fmt: skip
def test_a_second_rule_of_equal_rewards_or_quantiles_would_be_found(code):
    assert list(own_rules(ast.parse(code)))


# The rooms of the workbench, the highest first: none imports one of a line above its own.
ROOMS_OF_WORKBENCH = (
    ("cli", "demo", "graders", "libraries", "project"),
    ("studio",),
    ("rehearse",),
    ("deploy",),
    ("jobs", "regrade", "runs"),
    ("check",),
    ("data", "forecast", "pages"),
    ("grading",),
    ("aws", "rows", "stats"),
    ("errors", "extras"),
)
HEIGHT = {room: -line for line, rooms in enumerate(ROOMS_OF_WORKBENCH) for room in rooms}
# What may be imported inside a function: too slow for those who do not need it, or not there.
HEAVY = ("boto3", "botocore", "pyarrow", "tokenizers", "touchstone.scoring.language",
         "touchstone.workbench.extras", "touchstone.workbench.graders.importing.yaml_file",
         "touchstone.workbench.jobs.plan")  # fmt: skip
QUICK = ("aws.py", "cli/*.py", "cli/data", "cli/runs", "data", "demo.py", "graders", "grading",
         "rows")  # fmt: skip


def workbench(*patterns):
    paths = [path for pattern in patterns for path in (ROOT / "workbench").glob(pattern)]
    return sorted({each for path in paths for each in (path.rglob("*.py"), [path])[path.is_file()]})


@pytest.mark.parametrize("path", workbench("*"), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_workbench_is_built_in_floors(path):
    room = path.relative_to(ROOT / "workbench").with_suffix("").parts[0]
    for name in imported(path):
        if name.startswith("workbench.") and room != "__init__":
            assert HEIGHT[name.split(".")[1]] <= HEIGHT[room], f"{path} imports {name}"


@pytest.mark.parametrize("path", workbench(*QUICK), ids=lambda path: str(path.relative_to(ROOT)))
def test_only_what_is_heavy_is_imported_inside_a_function(path):
    if path.name in ("serve.py", "studio.py"):  # whose libraries may not be installed
        return
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.ImportFrom | ast.Import):
                    name = getattr(node, "module", None) or node.names[0].name
                    assert name.startswith(HEAVY), f"{path}:{node.lineno} imports {name}"


@pytest.mark.parametrize("path", workbench("*"), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_grading_goes_by_the_environment(path):
    assert "TOUCHSTONE_" not in path.read_text(encoding="utf-8"), "only a handler reads those"


# What only one place may spell out, and who else may for a reason of its own.
ONE_HOME = {
    "number words and scales": (r"\beleven\b|\btrillion\b", {"touchstone/scoring/words.py"}),
    "personal data and credentials": (r"AKIA|PRIVATE KEY|\bIBAN\b", {"touchstone/pii.py"}),
    "unpacking": (
        r"gzip\.(open|GzipFile|decompress)",
        # The monitor ships without the workbench; bodies of logs are no files.
        {"workbench/rows/storage.py", "touchstone/monitor.py", "workbench/data/forms/logs.py"},
    ),
    "AWS clients": (
        r"\bboto3\.(client|Session|resource)\b",
        # The runtime's own, which the workbench's door must not ship with.
        {
            "workbench/aws.py",
            "lambdas/monitor/handler.py",
            "lambdas/regrade/handler.py",
            "touchstone/judge/bedrock.py",
            "touchstone/sandbox/remote.py",
        },
    ),
    "what AWS's errors mean": (
        r"NoCredentialsError|EndpointConnectionError",
        {"workbench/aws.py", "touchstone/judge/bedrock.py", "touchstone/invoking.py"},
    ),
}


@pytest.mark.parametrize("idea", ONE_HOME)
def test_an_idea_has_one_home(idea):
    pattern, homes = ONE_HOME[idea]
    told = {
        str(path.relative_to(ROOT))
        for path in SOURCES
        if re.search(pattern, path.read_text(encoding="utf-8"))
    }
    assert told == homes


def test_a_normal_form_of_unicode_is_made_in_one_place():
    # The library's own takes the square of the marks on a letter.
    makers = [path for path in SOURCES if "unicodedata.normalize(" in path.read_text("utf-8")]
    assert makers == [ROOT / "touchstone" / "normal.py"]


# What the code that raises them catches itself; nobody else meets them.
CAUGHT_INSIDE = {"BrokenDocument", "Faulty", "LineTooLong", "NotDecided", "Refused"}


def test_an_error_that_a_person_meets_has_advice_and_an_exit_code():
    for path in (ROOT / "workbench").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and node.name not in CAUGHT_INSIDE:
                bases = {ast.unparse(base) for base in node.bases}
                plain = {"Exception", "ValueError", "RuntimeError", "OSError"} & bases
                assert not plain or node.name == "WorkbenchError", f"{path}: {node.name}"
