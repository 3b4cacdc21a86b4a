"""Malformed, strange and hostile definitions: file, what it holds, and what is said of it."""

import json

from tests.importing.jobs import check, job, multi, scorer
from tests.importing.test_aws import ARN, HUB

J, Y, P = "grader.json", "config.yaml", "metrics.py"
DEEPEVAL = "from deepeval.metrics import GEval, PatternMatchMetric\n"
LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join(['*' + a] * 10)}]\n"
    for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


def asserting(*lines):
    return "assert:\n" + "".join(f"  - {line}\n" for line in lines)


DEFINITIONS = [
    # Files that are no definition at all.
    (J, "", ":1: not JSON"),
    (J, '{"type":\n "string_check",\n', ":3: not JSON"),
    (J, '{"type": NaN}', ":1: not JSON"),
    (J, b"\xff\xfe{\x00}\x00", ": not UTF-8: byte 0"),
    (J, b"PK\x03\x04\xff", ": not UTF-8: byte 4"),
    (J, '"\\ud800"', ":1: not JSON"),
    (J, " " * 4_000_001, ": more than 4,000,000 bytes"),
    (J, "[" * 5000 + "]" * 5000, ":1: nested too deeply"),
    (J, '{"a":\n' * 150 + "1" + "}" * 150, ":102: nested too deeply"),
    (J, '{"type": "string_check",\n"type": "python"}', ":2: $.type: is there twice"),
    (J, "[]", ": holds no grader that is known"),
    (J, "7", ": holds no grader that is known"),
    # YAML that is more than data.
    (Y, LAUGHS, "more than 200,000 values"),
    (Y, "a: &a [*a]", "nested too deeply, or an alias of itself"),
    (Y, "a: &a\n  b: *a\n", "nested too deeply, or an alias of itself"),
    (Y, "[" * 3000, ":2: not YAML"),
    (Y, "assert: !!python/object/apply:os.system ['true']",
     ":1: $.assert: the tag tag:yaml.org,2002:python/object/apply:os.system is not read"),
    (Y, "prompts: [a]\nassert:\n  - type: equals\n    type: contains\n",
     ":4: $.assert[0].type: is there twice"),
    (Y, "a: 1\n\tb: 2\n", ":2: not YAML"),
    (Y, "a: *nowhere", ":1: not YAML"),
    (Y, "a: 1\n---\nb: 2\n", ":2: not YAML"),
    (Y, "? [a]\n: 1\n", ":1: $: a key must be a text"),
    (Y, "tests: [{vars: {n: 1e999}}]", ":1: $.tests[0].vars.n: 1e999 is too large a number"),
    (Y, "<<: 3\n", ":1: $: << takes objects"),
    (Y, "\x00", ": not YAML"),
    # Files that a configuration names.
    (Y, asserting("{type: python, value: 'file://../../etc/passwd.py'}"),
     ":2: $.assert[0].value: names a file outside the folder"),
    (Y, asserting("{type: python, value: 'file:///etc/passwd.py'}"),
     ":2: $.assert[0].value: names a file outside the folder"),
    (Y, asserting("{type: python, value: 'file://there.py'}"),
     ":2: $.assert[0].value: names a file outside the folder"),
    (Y, asserting("{type: contains, value: 'file://nowhere.txt'}"),
     ":2: $.assert[0].value: there is no file nowhere.txt"),
    (Y, asserting("{type: contains, value: 'file://config.yaml'}"),
     ":2: $.assert[0].value: config.yaml is none of .txt, .md"),
    (Y, asserting("{type: python, value: 'file://{{ env.HOME }}/x.py'}"),
     ":2: $.assert[0].value: the name of a file must be plain"),
    (Y, "prompts: [x]\ntests: file://loop.json", "loop.json:1: $[0]: must be a test, not str"),
    # Templates with code.
    (Y, asserting("{type: equals, value: '{% for x in y %}{% endfor %}'}"),
     ":2: $.assert[0].value: a template holds placeholders"),
    (Y, asserting('{type: equals, value: "{{ \'\'.__class__.__mro__ }}"}'),
     ":2: $.assert[0].value: {{ item.''.__class__.__mro__ }} is no path"),
    (Y, asserting("{type: equals, value: '{{ x | upper }}'}"),
     ":2: $.assert[0].value: {{ item.x | upper }} is no path"),
    (Y, asserting("{type: equals, value: '{{ env.SECRET }}'}"),
     ":2: $.assert[0].value: {{ env.SECRET }}: the environment is not read"),
    (J, job(check(reference="{{ item.a() }}")),
     ":1: $.method.reinforcement.grader.reference: {{ item.a() }} is no path"),
    (J, job(multi("__import__('os')", a=check())), "calculate_output: "),
    (J, multi("a^a^a^a^a^(9^9^9^9)", a=check()), ":1: $.calculate_output: "),
    (J, multi("(" * 3000 + "a" + ")" * 3000, a=check()), ":1: $.calculate_output: "),
    # Values of another kind than they have to be.
    (Y, asserting("{type: regex, value: '('}"), ":2: $.assert[0].value: no regular expression"),
    (Y, asserting("{type: equals, value: x, weight: -1}"), ":2: $.assert[0].weight: weights"),
    (Y, asserting("{type: equals, value: x, weight: heavy}"),
     ":2: $.assert[0].weight: must be a number"),
    (Y, asserting("{type: [equals], value: x}"), ":2: $.assert[0].type: must be a text, not list"),
    (Y, asserting("equals"), ":2: $.assert[0]: "),
    (Y, "assert: {type: equals}", ":1: $.assert: must be a list that is not empty"),
    (Y, asserting("{type: equals}"), ":2: $.assert[0]: has no 'value'"),
    (Y, asserting("{type: assert-set, assert: []}"), ":2: $.assert[0].assert: must be a list"),
    (Y, asserting("{type: contains-any, value: '\"a'}"), ":2: $.assert[0].value: a quote is not"),
    (Y, asserting("{type: word-count, value: {most: 3}}"), ":2: $.assert[0].value: must be"),
    (Y, asserting("{type: python, value: 'def ('}"), ":2: $.assert[0].value: line 5: no Python"),
    (Y, asserting("{type: llm-rubric, value: x, provider: [a]}"),
     ":2: $.assert[0].provider: must be a text, not list"),
    (Y, "tests: 3", ":1: $.tests: must be a list, or the name of a file"),
    (Y, "prompts: [x]\ntests:\n - vars: {messages: 1}\n   assert: [{type: equals, value: x}]\n",
     ":3: $.tests[0]: a variable is called 'messages'"),
    (Y, "prompts: [x]\ntests:\n - vars: {" + ", ".join(
        f"v{n}: [{', '.join('12345678')}]" for n in range(9)
     ) + "}\n   assert: [{type: equals, value: x}]\n",
     ":3: $.tests[0]: more than 20,000 rows"),
    (J, scorer("x" * 100_001 + "{{ sample.output_text }}"), ":1: $.input[1].content: 100,0"),
    (J, check(reference="x" * 3_000_000), ":1: $.reference: 3,000,000 characters"),
    (J, check(reference="\u202e\x1b[31m{{ x }}"), ":1: $.reference: {{ x }} is no path"),
    (J, {"method": {"\x1b[2J": 1}}, ":1: $.method: is no reinforcement"),
    # Python that is read and not run.
    (P, DEEPEVAL + "M = GEval(\n", ":2: "),
    (P, DEEPEVAL + "A = A\nM = PatternMatchMetric(A)", ":3: PatternMatchMetric.pattern: is"),
    (P, DEEPEVAL + f"M = PatternMatchMetric(pattern={'[' * 90}{']' * 90})",
     ":2: PatternMatchMetric.pattern: is not spelt out"),
    (P, DEEPEVAL + f"M = PatternMatchMetric(pattern={'(' * 90}{')' * 90})",
     ":2: PatternMatchMetric.pattern: must be a text, not list"),
    (P, DEEPEVAL + "M = PatternMatchMetric(pattern=open('/etc/passwd').read())",
     ":2: PatternMatchMetric.pattern: is not spelt out"),
    (P, "from . import helper\ndef reward(sample):\n    return 1.0\n", ": $: imports '.', which"),
    # What names a reward of AWS's.
    (J, {"EvaluatorArn": HUB, "lambda_arn": ARN}, ":1: $: names 2 rewards"),
    (J, {"SubType": "AWS/Evaluator", "JsonContent": "{"}, ":1: $.JsonContent: not JSON"),
    (J, {"SubType": "AWS/Evaluator", "JsonContent": "[]"}, ":1: $.JsonContent: no object"),
    (Y, "preset_reward_function: ../../x", ":1: $.preset_reward_function: '../../x' is none of"),
]  # fmt: skip


def written(content):
    """Returns a definition as the bytes of a file."""
    if isinstance(content, bytes):
        return content
    return (content if isinstance(content, str) else json.dumps(content)).encode()
