"""Technical documentation: sections, terms, agreement with the code, coverage of its features.

The completion is Markdown. The reference holds the code that it documents:
``{"code": ..., "sections": ["Usage"], "terms": ["idempotent"]}``. The code is parsed, never run.
"""

import ast
import re

SECTION_WORDS, SENTENCE_WORDS, TERMS_PER_SENTENCE = 10, 6, 2
PYTHON_OWN = {
    "abs", "all", "any", "bool", "bytes", "dict", "enumerate", "filter", "float", "int",
    "isinstance", "len", "list", "map", "max", "min", "next", "open", "print", "range", "repr",
    "reversed", "round", "set", "sorted", "str", "sum", "tuple", "type", "zip",
}  # fmt: skip


def reward(sample):
    """Returns four criteria; graders.toml weights them."""
    reference = sample.reference
    if not isinstance(reference, dict) or not reference.get("code"):
        return None  # not scored: without the code nothing can be compared
    public = features(ast.parse(reference["code"]))
    if not public:
        return None
    text = sample.completion
    prose = re.sub(r"```.*?(?:```|\Z)", "\n", text, flags=re.DOTALL)
    plain = re.sub(r"`[^`\n]*`", " ", prose)
    fit = agreement(text, prose, public)
    wrong = sorted(name for name in fit if not fit[name])
    return {
        "criteria": {
            "sections": sections(plain, reference.get("sections", [])),
            "terms": terms(plain, reference.get("terms", [])),
            "agreement": sum(fit.values()) / max(1, len(fit)),
            "coverage": coverage(prose, public),
        },
        "reason": f"disagrees with the code: {', '.join(wrong)}" if wrong else "",
    }


def features(tree):
    """Returns each public function, class and method with its parameters, ``ast.arguments``."""
    found = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = (node.args, 0)
        elif isinstance(node, ast.ClassDef):
            found[node.name] = (None, 0)
            for method in node.body:
                if isinstance(method, ast.FunctionDef):
                    name = node.name if method.name == "__init__" else method.name
                    found[name] = (method.args, 1)  # self is not passed
    return {name: value for name, value in found.items() if not name.startswith("_")}


def agreement(text, prose, public):
    """Returns each function called in code to whether all its calls fit what is documented."""
    snippets = re.findall(r"```(?:python|py)[ \t]*\n(.*?)```", text, re.DOTALL)
    snippets += re.findall(r"`([^`\n]+)`", prose)
    fit = {}
    for snippet in snippets:
        try:
            nodes = list(ast.walk(ast.parse(snippet.replace(">>> ", "").strip())))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        known = PYTHON_OWN | set(public)
        for node in nodes:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                known.add(node.id)
            elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                known.add(node.name)
            elif isinstance(node, ast.alias):
                known.add(node.asname or node.name)
        for call in (node for node in nodes if isinstance(node, ast.Call)):
            plain = call.func.id if isinstance(call.func, ast.Name) else ""
            name = plain or (call.func.attr if isinstance(call.func, ast.Attribute) else "")
            if name in public:
                binds = fits(call, *public[name])
                if binds or call.args or call.keywords:  # else `name()` is only a mention
                    fit[name] = binds and fit.get(name, True)
            elif plain and plain not in known and not plain.endswith("Error"):
                fit[plain] = False
    return fit


def fits(call, arguments, bound):
    """Tells whether Python would bind this call's arguments; without parameters, only none fit."""
    if arguments is None:
        return not call.args and not call.keywords
    positional = [arg.arg for arg in arguments.posonlyargs + arguments.args][bound:]
    required = positional[: len(positional) - len(arguments.defaults)]
    required += [
        arg.arg for arg, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is None
    ]  # fmt: skip
    by_name = [keyword.arg for keyword in call.keywords]
    only_by_position = {arg.arg for arg in arguments.posonlyargs}
    named = {*positional, *(arg.arg for arg in arguments.kwonlyargs)} - only_by_position
    filled = positional[: len(call.args)] + by_name
    return (
        (len(call.args) <= len(positional) or arguments.vararg is not None)
        and (set(by_name) <= named or arguments.kwarg is not None)
        and set(required) <= set(filled)
        and len(set(filled)) == len(filled)
    )


def sections(plain, wanted):
    """Returns the share of wanted headings that have something of their own below them."""
    parts = re.split(r"(?m)^#{1,6}[ \t]++(.+)$", plain)
    titles = (title.rstrip(" \t#").casefold() for title in parts[1::2])
    bodies = dict(zip(titles, parts[2::2], strict=True))
    found = [len(set(words(bodies.get(title.casefold(), "")))) >= SECTION_WORDS for title in wanted]
    return sum(found) / len(found) if found else 1.0


def terms(plain, wanted):
    """Returns the share of terms used in sentences; a sentence full of terms uses few of them."""
    used = set()
    for sentence in re.split(r"(?<=[.!?])\s+|\n+", plain):
        said = f" {' '.join(words(sentence))} "
        if len(said.split()) >= SENTENCE_WORDS:
            here = [term for term in wanted if f" {' '.join(words(term))} " in said]
            used |= set(here if len(here) <= TERMS_PER_SENTENCE else here[:1])
    return len(used) / len(wanted) if wanted else 1.0


def coverage(prose, public):
    """Returns the share of public names and parameters explained in a line of plain words."""
    explained = set()
    for line in prose.splitlines():
        if len(words(re.sub(r"`[^`]*`", "", line))) >= SENTENCE_WORDS:
            explained |= {name for code in re.findall(r"`([^`]+)`", line) for name in words(code)}
    wanted = set()
    for name, (arguments, bound) in public.items():
        wanted.add(name.casefold())
        if arguments is not None:
            positional = (arguments.posonlyargs + arguments.args)[bound:]
            wanted |= {arg.arg.casefold() for arg in positional + arguments.kwonlyargs}
    return len(wanted & explained) / len(wanted)


def words(text):
    """Returns a text's words, without case and punctuation."""
    return re.findall(r"\w+", text.casefold())
