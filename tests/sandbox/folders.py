"""Folders of libraries, as one is installed, without a network."""

import base64
import hashlib
import importlib.util
import pathlib
import zipfile

LIGHT = {
    "lightlib/__init__.py": (
        '"""A library."""\n'
        "import ctypes\n"
        "from ctypes.util import find_library\n"
        "from pathlib import Path\n"
        "WORD = ctypes.sizeof(ctypes.c_void_p)\n"
        "LIBC = find_library('c')\n"
        "class Trouble(Exception):\n    pass\n"
        "class Thing:\n    def __init__(self, size): self.size = size\n"
        "def twice(x): return 2 * x\n"
        "def fetch(name): raise OSError('no network')\n"
        "def told(): return Path(__file__).with_name('words.txt').read_text()\n"
        "def native(): return ctypes.CDLL(None)\n"
    ),
    "lightlib/words.txt": "said\n",
    "lightlib/deep.py": "from . import twice\ndef four(x): return twice(twice(x))\n",
    "broken.py": "import tkinter_is_not_there\n",
    "lightlib-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: lightlib\nVersion: 1.0\n",
}


def write_light(folder: pathlib.Path) -> pathlib.Path:
    """Writes a small library of pure Python with a file beside its code."""
    for name, text in LIGHT.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    zones = folder / "tzdata" / "zoneinfo" / "Test"
    zones.mkdir(parents=True)
    (folder / "tzdata" / "__init__.py").touch()
    # Version 1, no changes of time: four hours and a bit from UTC.
    kind = (15_000).to_bytes(4, "big") + b"\0\0" + b"TST\0"
    counts = b"".join(n.to_bytes(4, "big") for n in (0, 0, 0, 0, 1, 4))
    (zones / "Nowhere").write_bytes(b"TZif" + bytes(16) + counts + kind)
    return folder


def write_wheel(folder: pathlib.Path) -> pathlib.Path:
    """Writes the same library as a wheel; returns the folder, which an installer can search."""
    folder.mkdir()
    wheel = "Wheel-Version: 1.0\nTag: py3-none-any\nRoot-Is-Purelib: true\n"
    files = {**LIGHT, "lightlib-1.0.dist-info/WHEEL": wheel}
    record = "".join(f"{name},{_digest(text)},{len(text)}\n" for name, text in files.items())
    files["lightlib-1.0.dist-info/RECORD"] = f"{record}lightlib-1.0.dist-info/RECORD,,\n"
    with zipfile.ZipFile(folder / "lightlib-1.0-py3-none-any.whl", "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return folder


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def link_installed(folder: pathlib.Path, *modules: str) -> pathlib.Path:
    """Has a folder hold libraries that the tests' own environment has."""
    for name in modules:
        spec = importlib.util.find_spec(name)
        assert spec
        assert spec.origin
        home = pathlib.Path(spec.origin)
        home = home.parent if home.name == "__init__.py" else home
        (folder / home.name).symlink_to(home)
        if (shared := home.with_name(f"{name}.libs")).is_dir():
            (folder / shared.name).symlink_to(shared)
    return folder
