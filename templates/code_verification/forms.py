"""Reads the forms in which datasets keep tests, as the fields of the README.

A row of APPS, LiveCodeBench or HumanEval is a reference as it is. Each reader here takes the
fields of one habit out of a reference and puts what they mean in their place; what is left over
and is neither a field of ours nor a description is refused by :mod:`reference`.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from touchstone.outcomes import BadReference
from touchstone.templates.code_verification.designs import as_script, is_design
from touchstone.templates.code_verification.environment import LEETCODE
from touchstone.templates.code_verification.evalplus import differential
from touchstone.templates.code_verification.syntax import parse

Fields = dict[str, Any]
# Fields that hold tests, or a function's name or frame: `data convert` takes them for a reference.
TESTS = frozenset((
    "assert_case", "base_input", "checker", "generated_tests", "input_output", "inputs",
    "official_tests", "outputs", "plus_input", "private_test_cases", "private_tests",
    "public_test_cases", "public_tests", "test", "test_cases", "test_code", "test_list", "tests",
    "unit_tests", "verification_info",
))  # fmt: skip
BESIDE_TESTS = frozenset((
    "accepted", "atol", "challenge_test_list", "code_prompt", "complete_prompt", "entry_point",
    "environment", "fn_name", "func_name", "function_name", "in_place", "language", "prompt_code",
    "starter_code", "test_imports", "test_info", "test_setup_code", "time_limit", "timeout_s",
    "tolerance",
))  # fmt: skip
# What datasets say about a task, and nothing that a test could hang on.
_DESCRIBING = frozenset((
    "_id", "answer", "canonical_solution", "category", "cf_contest_id", "cf_index", "cf_points",
    "cf_rating", "cf_tags", "challenge_test_list", "code", "completion", "contest_date",
    "contest_id", "contract", "data_source", "dataset", "description", "difficulty", "doc_struct",
    "estimated_date", "example_test", "gpt_difficulty", "gpt_pass_percentage",
    "gpt_pass_sequence", "gpt_pass_trial_num", "hash_id", "id", "idx", "index", "inferences",
    "instruct_prompt", "instruction", "level", "libs", "license", "memory_limit",
    "meta", "name", "output_file", "input_file", "picture_num", "platform", "problem_id", "prompt",
    "query", "question", "question_content", "question_id", "question_title", "r1_correctness",
    "raw_tags", "reference_solution", "response", "skill_types", "solution", "solutions", "source",
    "source_file", "split", "style", "subset", "tags", "task_id", "text", "title", "topics",
    "translated_description", "untranslated_description", "url", "version", "incorrect_solutions",
    "is_description_translated", "memory_limit_bytes", "time_limit_str", "date", "metadata",
    "Expected Auxiliary Space", "Expected Time Complexity", "extra_info", "provider", "row_id",
    "uuid",
))  # fmt: skip
# A column with one of these words in its name may be meant to decide.
_DECIDING = frozenset((
    "assert", "asserts", "atol", "case", "cases", "check", "checker", "checks", "compare", "entry",
    "environment", "expect", "expected", "fail", "func", "function", "import", "imports", "input",
    "inputs", "judge", "limit", "limits", "method", "output", "outputs", "pass", "patch", "points",
    "rtol", "setup", "stdin", "stdout", "test", "tests", "time", "timeout", "tolerance", "weight",
    "weights",
))  # fmt: skip
_WRAPPERS = ("verification_info", "labels", "ground_truth", "reward_model", "verifier_metadata")


def canonical(reference: Any, where: str) -> Fields:
    """Returns a reference of any form as the fields of the README.

    Args:
        reference: An object, a list of assertions, or a text: JSON, or tests in Python.
        where: Said where it is none of them.

    Raises:
        BadReference: It is none of these; or a field of a known form cannot be read.
    """
    fields = opened(reference, where)
    of_dataset = not fields.keys().isdisjoint(_DESCRIBING)
    for read in _READERS:
        read(fields)
    return {n: v for n, v in fields.items() if not _describes(n, of_dataset=of_dataset)}


def opened(reference: Any, where: str) -> Fields:
    """Returns the fields that a reference has, whatever it is wrapped in, and its language.

    Raises:
        BadReference: It is no object, list of assertions or text of either; ``where`` is said.
    """
    fields = _unwrapped(_object(reference, where))
    _read_language(fields)
    return fields


def _describes(name: str, *, of_dataset: bool) -> bool:
    """Whether a field says nothing that a test hangs on: the columns of datasets are endless."""
    if name in _DESCRIBING:
        return True
    words = set(name.lower().replace("-", "_").split("_"))
    known = TESTS | BESIDE_TESTS
    return of_dataset and not words & _DECIDING and not get_close_matches(name, known, cutoff=0.8)


def _object(reference: Any, where: str) -> Fields:
    value = decoded(reference)
    if isinstance(value, Mapping):
        return {str(name): item for name, item in value.items() if item is not None}
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return {"tests": value}
    if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
        return {"test_cases": value}
    if isinstance(value, str) and ">>> " in value and parse(value) is None:
        return {"test_code": value}  # a session, as doctest reads it
    tree = parse(value) if isinstance(value, str) else None
    nodes = list(ast.walk(tree)) if tree is not None else []
    if any(isinstance(node, ast.Assert) or _is_case(node) for node in nodes):
        return {"test_code": value}
    raise BadReference(f"reference_answer is not an object with tests {where}")


def _is_case(node: ast.AST) -> bool:
    return isinstance(node, ast.ClassDef) and any("TestCase" in ast.unparse(b) for b in node.bases)


def _unwrapped(fields: Fields) -> Fields:
    """Takes the fields out of the objects that some datasets put them into."""
    for name in _WRAPPERS:
        inner = decoded(fields.get(name))
        if isinstance(inner, Mapping):
            fields = {**{k: v for k, v in fields.items() if k != name}, **_unwrapped(dict(inner))}
        elif name in fields and not TESTS & fields.keys():
            fields |= _object(fields.pop(name), "")
    return fields


def decoded(value: Any) -> Any:
    """Returns what a text of JSON or a Python literal holds; another value as it is."""
    if not isinstance(value, str) or not value.lstrip().startswith(("[", "{")):
        return value
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(value)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(found, list | dict):
            return found
    return value


def _read_language(fields: Fields) -> None:
    """``lang`` and its like."""
    for name in ("lang", "programming_language", "lang_code"):
        value = fields.pop(name, None)
        if isinstance(value, str) and value.strip():
            fields.setdefault("language", value)


def _read_names(fields: Fields) -> None:
    """``fn_name`` and its like; ``starter_code``, ``code_prompt``, ``prompt`` beside tests."""
    meta = decoded(fields.get("metadata"))
    named = [fields.pop(name, None) for name in ("fn_name", "func_name", "function_name")]
    named += [meta.get("func_name")] if isinstance(meta, Mapping) else []
    named += [info[0].get("function_name") for info in [_listed(fields, "test_info")] if info]
    fields.pop("test_info", None)
    name = next((str(name) for name in named if name), None)
    if name is not None:
        fields.setdefault("entry_point", name)
        fields.setdefault("environment", LEETCODE)
    for holder in ("starter_code", "code_prompt", "complete_prompt"):
        code = fields.pop(holder, None)
        if isinstance(code, str) and code.strip():
            fields.setdefault("prompt_code", code)
    prompt = fields.get("prompt")
    if isinstance(prompt, str) and "entry_point" in fields and _is_frame(prompt):
        method = str(fields["entry_point"]).startswith("Solution")
        fields.setdefault("environment" if method else "prompt_code", prompt)


def _is_frame(prompt: str) -> bool:
    """Whether a prompt is Python, as it stands or with the body that it waits for."""
    return any(parse(f"{prompt}{end}") is not None for end in ("", "\n    pass", "\n        pass"))


def _read_setup(fields: Fields) -> None:
    """``test_imports`` of MBPP; lists that a table has made texts of."""
    imports = _listed(fields, "test_imports")
    fields.pop("test_imports", None)
    if imports:
        fields["test_setup_code"] = "\n".join([*imports, fields.get("test_setup_code") or ""])
    for name in ("test_list", "test_cases", "tests"):
        value = decoded(fields.get(name))
        if isinstance(value, Mapping):  # `tests` of DeepCoder
            fields.pop(name)
            fields |= value
        elif isinstance(value, list) and value and all(isinstance(c, Mapping) for c in value):
            fields.pop(name)
            _add_cases(fields, value)
        elif value is not None:
            fields[name] = value


def _read_test(fields: Fields) -> None:
    """``test``: code, or a text of JSON with cases; ``assert_case`` beside empty inputs."""
    test = decoded(fields.pop("test", None))
    if isinstance(test, str):
        fields.setdefault("test_code", test)
    elif test is not None:
        fields.setdefault("test_cases", test)
    if asserts := _listed(fields, "assert_case"):
        fields.setdefault("tests", asserts)
        _drop(fields, "inputs", "outputs")
    fields.pop("assert_case", None)
    if "test_code" in fields or "tests" in fields:
        fields.pop("input_output", None)  # LeetCodeDataset: the same once more, as text


def _read_inputs(fields: Fields) -> None:
    """``inputs`` and ``outputs``, alone or in ``input_output`` or ``unit_tests``."""
    for holder in ("input_output", "unit_tests"):
        inner = decoded(fields.pop(holder, None))
        if isinstance(inner, Mapping):
            fields |= inner
            _read_names(fields)
        elif isinstance(inner, list):
            _add_cases(fields, inner)
        elif inner is not None:
            raise BadReference(f"reference_answer.{holder} is neither an object nor a list")
    if "inputs" not in fields and "outputs" not in fields:
        return
    inputs, outputs = (_listed(fields, name) for name in ("inputs", "outputs"))
    _drop(fields, "inputs", "outputs")
    _add_pairs(fields, inputs, outputs, "reference_answer.inputs")


def _read_contest(fields: Fields) -> None:
    """``public_tests`` and their like of CodeContests; ``time_limit``."""
    for name in ("public_tests", "private_tests", "generated_tests"):
        tests = decoded(fields.pop(name, None))
        if isinstance(tests, Mapping):
            pairs = (_listed(tests, "input"), _listed(tests, "output"))
            _add_pairs(fields, *pairs, f"reference_answer.{name}")
        elif tests:
            _add_cases(fields, tests)
    limit = fields.pop("time_limit", None)
    if isinstance(limit, Mapping):
        limit = (limit.get("seconds") or 0) + (limit.get("nanos") or 0) / 1e9
    if isinstance(limit, int | float) and limit > 0:
        fields.setdefault("timeout_s", limit)


def _read_live(fields: Fields) -> None:
    """``public_test_cases`` of LiveCodeBench, ``official_tests`` of open-r1, and their like."""
    for name in ("public_test_cases", "private_test_cases", "official_tests"):
        cases = decoded(fields.pop(name, None))
        if isinstance(cases, str) and cases:
            raise BadReference(f"reference_answer.{name} is packed; unpack it to a list of cases")
        if cases:
            _add_cases(fields, cases)


def _read_cases(fields: Fields) -> None:
    """Cases with ``output``, as ``testtype`` or ``type`` says: a program's or a function's."""
    cases = fields.get("test_cases")
    if not isinstance(cases, list):
        return
    names = {case["fn_name"] for case in cases if isinstance(case, Mapping) and case.get("fn_name")}
    if len(names) == 1:
        fields.setdefault("entry_point", names.pop())
        fields.setdefault("environment", LEETCODE)
    entry = fields.get("entry_point")
    if designs := [case for case in cases if isinstance(case, Mapping) and is_design(entry, case)]:
        fields["test_cases"] = [case for case in cases if case not in designs]
        fields["tests"] = [*fields.get("tests", []), *(as_script(case) for case in designs)]
        return
    fields["test_cases"] = [
        _case(dict(case), entry, f"reference_answer.test_cases[{i}]")
        if isinstance(case, Mapping) and "output" in case else case
        for i, case in enumerate(cases)
    ]  # fmt: skip


def _case(case: Fields, entry: Any, where: str) -> Fields:
    kind = str(case.pop("testtype", "") or case.pop("type", "") or "")
    _drop(case, "fn_name", "type")
    given, output = case.pop("input", ""), case.pop("output")
    if isinstance(given, Mapping) and isinstance(output, Mapping) and "stdin" in given:
        return {**case, "stdin": given["stdin"], "expected_output": output.get("stdout", "")}
    function = entry and kind not in ("stdin", "stdin_stdout")
    return case | (
        _function_case(given, output, where) if function else _program_case(given, output)
    )


def _program_case(given: Any, output: Any) -> Fields:
    return {"stdin": _lines(given), "expected_output": _lines(output)}


def _lines(value: Any) -> Any:
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "\n".join(value)
    return value


def _function_case(given: Any, output: Any, where: str) -> Fields:
    """Reads a function's case: arguments as a list, or one JSON a line in a text."""
    if isinstance(given, str):
        try:
            given = [json.loads(line) for line in given.split("\n") if line.strip()]
            output = json.loads(output) if isinstance(output, str) else output
        except (ValueError, RecursionError) as exc:
            raise BadReference(f"{where}: the input holds no JSON a line: {exc}") from exc
    if isinstance(given, Mapping) and not given.keys() & {"args", "kwargs"}:
        return {"kwargs": given, "expected": output}
    return {"input": given, "expected": output}


def _add_cases(fields: Fields, cases: Any) -> None:
    if not isinstance(cases, list):
        raise BadReference("reference_answer.test_cases is not a list")
    fields["test_cases"] = [*fields.get("test_cases", []), *cases]


def _add_pairs(fields: Fields, inputs: list[Any], outputs: list[Any], where: str) -> None:
    if len(inputs) != len(outputs):
        raise BadReference(f"{where}: {len(inputs)} inputs, but {len(outputs)} outputs")
    cases: list[Any] = []
    for given, output in zip(inputs, outputs, strict=True):
        if not fields.get("entry_point"):
            cases.append(_program_case(given, output))
            continue
        case = _function_case(given, output, where)
        if isinstance(output, list) and len(output) == 1:  # APPS puts some into a list
            case["accepted"] = [output[0]]
        cases.append(case)
    _add_cases(fields, cases)


def _read_evalplus(fields: Fields) -> None:
    """``base_input`` and ``plus_input`` of EvalPlus: held against ``canonical_solution``."""
    inputs = [*_listed(fields, "base_input"), *_listed(fields, "plus_input")]
    atol = fields.pop("atol", 0)
    _drop(fields, "base_input", "plus_input")
    if not inputs:
        return
    solution, entry = fields.get("canonical_solution"), fields.get("entry_point")
    if not isinstance(solution, str) or not isinstance(entry, str):
        raise BadReference("reference_answer: base_input needs canonical_solution and entry_point")
    prompt = fields.get("prompt")
    whole = f"{prompt if isinstance(prompt, str) else ''}{solution}"
    fields["test_code"] = differential(whole, entry, inputs, atol)


def _read_crux(fields: Fields) -> None:
    """``code``, ``input`` and ``output`` of CRUXEval: an assertion about ``f``."""
    code, given, output = (fields.get(name) for name in ("code", "input", "output"))
    if isinstance(code, str) and isinstance(given, str) and isinstance(output, str):
        _drop(fields, "input", "output")
        fields.setdefault("entry_point", "f")
        fields["tests"] = [f"assert {fields['entry_point']}({given}) == {output}"]


def _drop(fields: Fields, *names: str) -> None:
    for name in names:
        fields.pop(name, None)


def _listed(fields: Mapping[str, Any], name: str) -> list[Any]:
    value = decoded(fields.get(name))
    if value is None or value == "":
        return []
    if not isinstance(value, list):
        raise BadReference(f"reference_answer.{name} is not a list")
    return value


_READERS: tuple[Callable[[Fields], None], ...] = (
    _read_names, _read_setup, _read_test, _read_inputs, _read_contest, _read_live, _read_cases,
    _read_evalplus, _read_crux,
)  # fmt: skip
