"""What policed code may name: modules with their names, builtins, and special methods.

Explicit on purpose. A module object leads to whatever it imported (``re.enum.sys.modules``),
so that code gets stand-ins with these names and nothing else. A name that makes source of what it
is given and runs it must check identifiers (namedtuple does), or ``guards`` stands in for it.
"""

from __future__ import annotations

import ast
import builtins
import cmath
import itertools
import math
from types import ModuleType


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _public(module: ModuleType) -> str:
    """Returns every public name, for modules in C that hold functions and numbers only."""
    return " ".join(name for name in vars(module) if not name.startswith("_"))


_AST_NODES = " ".join(
    name
    for name, value in vars(ast).items()
    if isinstance(value, type) and issubclass(value, ast.AST)
)
MODULES: dict[str, frozenset[str]] = {
    name: frozenset(names.split())
    for name, names in {
        "__future__": "annotations",
        "abc": "ABC abstractmethod",
        "ast": f"{_AST_NODES} NodeVisitor parse walk iter_child_nodes dump unparse literal_eval "
        "get_docstring get_source_segment",
        "base64": "b64decode b64encode urlsafe_b64decode urlsafe_b64encode b32encode b32decode",
        "bisect": "bisect bisect_left bisect_right insort insort_left insort_right",
        "cmath": _public(cmath),
        "collections": "abc ChainMap Counter OrderedDict defaultdict deque namedtuple",
        "collections.abc": "Callable Collection Container Generator Hashable Iterable Iterator "
        "Mapping MutableMapping MutableSequence MutableSet Sequence Set Sized",
        "contextlib": "contextmanager nullcontext suppress",
        "copy": "copy deepcopy",
        "csv": "DictReader DictWriter Error QUOTE_ALL QUOTE_MINIMAL QUOTE_NONE reader writer",
        "dataclasses": "KW_ONLY InitVar asdict astuple dataclass field fields is_dataclass replace",
        "datetime": "UTC date datetime time timedelta timezone",
        "decimal": "Decimal DecimalException InvalidOperation ROUND_CEILING ROUND_DOWN "
        "ROUND_FLOOR ROUND_HALF_EVEN ROUND_HALF_UP ROUND_UP getcontext localcontext",
        "difflib": "SequenceMatcher get_close_matches ndiff unified_diff",
        "enum": "Enum Flag IntEnum IntFlag StrEnum auto unique",
        "fractions": "Fraction",
        "functools": "cache cached_property cmp_to_key lru_cache partial reduce total_ordering "
        "wraps",
        "hashlib": "blake2b blake2s md5 sha1 sha256 sha512",
        "heapq": "heapify heappop heappush heappushpop heapreplace merge nlargest nsmallest",
        "html": "escape unescape",
        "io": "StringIO",
        "itertools": _public(itertools),
        "json": "JSONDecodeError JSONDecoder JSONEncoder dumps loads",
        "keyword": "iskeyword kwlist",
        "logging": "CRITICAL DEBUG ERROR INFO WARNING getLogger debug info warning error "
        "exception basicConfig",
        "math": _public(math),
        "numbers": "Complex Integral Number Rational Real",
        "operator": "add and_ concat contains countOf eq floordiv ge gt indexOf itemgetter le lt "
        "mod mul ne neg not_ or_ pow sub truediv truth xor",
        "random": "Random choice choices gauss randint random randrange sample seed shuffle "
        "uniform",
        "re": "A ASCII DOTALL I IGNORECASE M MULTILINE Match NOFLAG Pattern S U UNICODE VERBOSE X "
        "compile error escape findall finditer fullmatch match search split sub subn",
        "statistics": "NormalDist StatisticsError correlation covariance fmean geometric_mean "
        "harmonic_mean linear_regression mean median median_high median_low mode multimode pstdev "
        "pvariance quantiles stdev variance",
        "string": "ascii_letters ascii_lowercase ascii_uppercase capwords digits hexdigits "
        "octdigits printable punctuation whitespace",
        "textwrap": "dedent fill indent shorten wrap",
        "time": "monotonic perf_counter time",
        "touchstone": "kit",
        "touchstone.kit": "NotWritten commas context_of example_of field_of filled is_json "
        "js_search keeps_schema levenshtein response_of scored string_check text_similarity "
        "verdict_of",
        "typing": "Annotated Any Callable ClassVar Dict Final FrozenSet Generic Iterable Iterator "
        "List Literal Mapping NamedTuple NoReturn NotRequired Optional Protocol Required Self "
        "Sequence Set TYPE_CHECKING Tuple Type TypeAlias TypeVar TypedDict Union cast overload "
        "runtime_checkable",
        "unicodedata": "bidirectional category combining decimal digit east_asian_width lookup "
        "name normalize numeric",
        "urllib": "parse",
        "urllib.parse": "parse_qs parse_qsl quote quote_plus unquote unquote_plus urlencode "
        "urljoin urlparse urlsplit urlunsplit",
    }.items()
}

_GROUPS = {"BaseExceptionGroup", "ExceptionGroup"}
BUILTINS = _words(
    "Ellipsis False None NotImplemented True abs all any ascii bin bool bytearray "
    "bytes callable chr classmethod complex dict divmod enumerate filter float format "
    "frozenset hash hex int isinstance issubclass iter len list map max min next "
    "object oct ord pow property range repr reversed round set slice sorted "
    "staticmethod str sum super tuple zip __build_class__"
) | {
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException) and name not in _GROUPS
}
# Builtins that the guards replace with their own.
GUARDED = _words("__import__ delattr getattr hasattr print setattr type")

_ARITHMETIC = _words("add sub mul truediv floordiv mod divmod pow lshift rshift and xor or matmul")
METHODS = frozenset(
    f"__{name}__"
    for name in [
        *_words(
            "init post_init call len iter next contains reversed getitem setitem delitem "
            "missing lt le eq ne gt ge hash bool repr str int float complex index round abs "
            "neg pos invert trunc floor ceil enter exit format"
        ),
        *_ARITHMETIC,
        *(f"r{name}" for name in _ARITHMETIC),
        *(f"i{name}" for name in _ARITHMETIC),
    ]
)
# Special names that may be assigned, and special attributes that may be read.
ASSIGNED = _words("__all__ __author__ __hash__ __slots__ __version__")
READABLE = _words("__class__ __doc__ __name__ __qualname__")
# Attributes that lead out of any policy: tracebacks and generators to frames, frames to globals.
FRAMES = _words(
    "ag_await ag_code ag_frame co_code cr_await cr_code cr_frame cr_origin f_back "
    "f_builtins f_code f_generator f_globals f_locals f_trace gi_code gi_frame "
    "gi_yieldfrom mro tb_frame tb_next"
)
# Attributes that are looked at when the code runs: what they are depends on their owner.
WATCHED = _words("format format_map obj")
# What to use in place of something refused, by its name.
INSTEAD = {
    "open": "there are no files; put the data into the row or into this file",
    "input": "there is nobody to ask; read the sample",
    "eval": "ast.literal_eval(text) for data",
    "exec": 'call functions; or run a candidate\'s code with capabilities = ["execute"]',
    "compile": "ast.parse(text) to inspect code",
    "globals": "name the variable",
    "locals": "name the variable",
    "vars": "dataclasses.asdict(x), or name the attribute",
    "dir": "hasattr(x, name)",
    "id": "the value itself, or `is`",
    "breakpoint": "raise an exception: its traceback is shown",
    "memoryview": "bytes",
    "os": "nothing of the machine is within reach; settings belong into this file",
    "sys": "nothing of the interpreter is within reach",
    "subprocess": 'sample.execute(code) with capabilities = ["execute"]',
    "boto3": 'sample.judge(rubric) with capabilities = ["judge"]; other calls are not possible',
    "requests": "the cage has no network",
    "httpx": "the cage has no network",
    "openai": 'sample.judge(rubric) with capabilities = ["judge"]',
    "touchstone": 'policy = "full"',
    "templates": 'a template is an entry of its own: template = "..."',
    "__dict__": "dataclasses.asdict(x), or name the attribute",
    "__init__": "super().__init__(...)",
    "attrgetter": "lambda x: x.name",
    "methodcaller": "lambda x: x.name()",
    "Formatter": "str.format or an f-string",
    "get_type_hints": "write the types down as data",
    "make_dataclass": "a class with @dataclass",
}
