"""Hostile programs that go by way of numpy and pandas: 4242 means that one has won."""

MODULES = "import sys\nmodules = [m for m in list(sys.modules.values()) if m]\n"
HELD = (
    MODULES + "def held(name):\n"
    "    import pandas, pandas.io.common, numpy.testing\n"
    "    return [v for m in list(sys.modules.values()) if m for v in list(vars(m).values())\n"
    "            if getattr(v, '__name__', '') == name]\n"
)
READ = "import numpy as np, pandas as pd, io\ndef f(x):\n    return str({})\n"
DO = "import numpy as np, pandas as pd, io\ndef f(x):\n    {}\n    return 0\n"
LOST = "import numpy as np, pandas as pd\ndef f(x):\n    {}\n    return 4242\n"
PICKLE = (
    "import numpy as np, pandas as pd, io, os, pickle\n"
    "class Evil:\n"
    "    def __reduce__(self): return eval, (\"__import__('os').open('@FILE@', 65)\",)\n"
    "def f(x):\n    {}\n    return 0\n"
)
HOLDS = (
    HELD + "def f(x):\n    import numpy, pandas\n    for thing in held({!r}):\n"
    "        try:\n            {}\n        except Exception:\n            continue\n"
    "        return 4242\n    return 0\n"
)

READS = {
    "np.load": "np.load('@DISK@', allow_pickle=True)",
    "np.fromfile": "np.fromfile('@DISK@', 'u1').tobytes()",
    "np.memmap": "np.memmap('@DISK@', 'u1', 'r').tobytes()",
    "np.loadtxt": "np.loadtxt('@DISK@', str)",
    "np.genfromtxt": "np.genfromtxt('@DISK@', str)",
    "np.DataSource": "np.lib.npyio.DataSource(None).open('@DISK@').read()",
    "open_memmap": "np.lib.format.open_memmap('@DISK@')",
    "pd.read_csv": "pd.read_csv('@DISK@').columns",
    "pd.read_csv python": "pd.read_csv('@DISK@', engine='python').columns",
    "pd.read_csv mapped": "pd.read_csv('@DISK@', memory_map=True).columns",
    "pd.read_table": "pd.read_table('@DISK@').columns",
    "pd.read_fwf": "pd.read_fwf('@DISK@').columns",
    "pd.read_json": "pd.read_json('@DISK@')",
    "pd.read_pickle": "pd.read_pickle('@DISK@')",
    "pd.read_xml": "pd.read_xml('@DISK@')",
    "pd.read_html": "pd.read_html('@DISK@')",
    "pd.read_parquet": "pd.read_parquet('@DISK@')",
    "pd.read_clipboard": "pd.read_clipboard()",
    "TextReader": "pd._libs.parsers.TextReader('@DISK@').read(1)",
    "get_handle": "pd.io.common.get_handle('@DISK@', 'r').handle.read()",
    "tzfile": "__import__('dateutil.tz').tz.tzfile('@DISK@')",
    "environ of a library": "[m.os.environ for m in [np, pd, pd.io.common] if hasattr(m, 'os')]",
    "memory of the parent": "np.fromfile('/proc/@PARENT@/environ', 'u1').tobytes()",
}
DOES = {
    "np.save": "np.save('@FILE@', np.ones(3))",
    "np.savetxt": "np.savetxt('@FILE@', np.ones(3))",
    "np.savez": "np.savez('@FILE@', np.ones(3))",
    "tofile": "np.ones(3).tofile('@FILE@')",
    "memmap": "np.memmap('@FILE@', 'u1', 'w+', shape=3)",
    "to_csv": "pd.DataFrame({'a': [1]}).to_csv('@FILE@')",
    "to_pickle": "pd.DataFrame({'a': [1]}).to_pickle('@FILE@')",
    "to_json": "pd.DataFrame({'a': [1]}).to_json('@FILE@')",
    "to_sql": "pd.DataFrame({'a': [1]}).to_sql('t', __import__('sqlite3').connect('@FILE@'))",
    "to_clipboard": "pd.DataFrame({'a': [1]}).to_clipboard()",
    "read a URL": "pd.read_csv('http://127.0.0.1:@PORT@/')",
    "urlopen": "pd.io.common.urlopen('http://127.0.0.1:@PORT@/')",
    "np.load a URL": "np.lib.npyio.DataSource(None).open('http://127.0.0.1:@PORT@/')",
    "pd.eval": "pd.eval('f(1)', local_dict={'f': lambda x: open('@FILE@', 'w')})",
    "query": "pd.DataFrame({'a': [1]}).query("
    "'@f(1)', local_dict={'f': lambda x: open('@FILE@', 'w')})",
    "f2py": "__import__('numpy.f2py.f2py2e').f2py.f2py2e.run_compile()",
    "rundocs": "np.testing.rundocs('@DISK@')",
}
LOSES = {
    "load_library": "np.ctypeslib.load_library('libc.so.6', '/lib/x86_64-linux-gnu')",
    "ctypes of an array": "np.ones(3).ctypes.data_as(object)",
    "import ctypes": "__import__('ctypes').CDLL(None)",
    "mmap of pandas": "__import__('mmap').mmap(-1, 4096)",
    "a native module again": "__import__('importlib.machinery').machinery.ExtensionFileLoader("
    "'m', np._core._multiarray_umath.__file__).create_module(None)",
    "clipboard": "__import__('pandas.io.clipboard').io.clipboard.subprocess.Popen(['true'])",
}
PICKLED = {
    "np.load": "np.load(io.BytesIO(pickle.dumps(Evil())), allow_pickle=True)",
    "pd.read_pickle": "pd.read_pickle(io.BytesIO(pickle.dumps(Evil())))",
    "objects": "pickle.loads(pickle.dumps(np.array([Evil()])))",
}
HOLDING = {
    "ctypes": "thing.CDLL(None)",
    "_ctypes": "thing.dlopen(None, 0)",
    "os": "thing.kill(@PARENT@, 0)",
    "posix": "thing.fork()",
    "subprocess": "thing.run(['true'], check=True)",
    "socket": "thing.create_connection(('127.0.0.1', @PORT@), 1)",
    "_socket": "thing.socket()",
    "mmap": "thing.mmap(-1, 4096)",
    "_posixsubprocess": "thing.fork_exec()",
    "_imp": "thing.create_dynamic(None)",
    "marshal": "thing.loads(thing.dumps(compile('1', '', 'eval')))",
    "resource": "thing.getrlimit(0)",
    "signal": "thing.pthread_kill(1, 0)",
    "tempfile": "thing.mkdtemp()",
    "shutil": "thing.rmtree('/tmp')",
    "multiprocessing": "thing.Process(target=print).start()",
}
CALLS = {
    **{f"reads by {name}": READ.format(code) for name, code in READS.items()},
    **{f"does by {name}": DO.format(code) for name, code in DOES.items()},
    **{f"wins by {name}": LOST.format(code) for name, code in LOSES.items()},
    **{f"pickles by {name}": PICKLE.format(code) for name, code in PICKLED.items()},
    **{f"finds {name}": HOLDS.format(name, code) for name, code in HOLDING.items()},
    "poisons what is shared": "import numpy as np, pandas as pd\nnp.add = pd.DataFrame = None\n"
    "def f(x): np.ndarray.__module__; np.core = None; return 0\n",
}
FRAME = "import pandas as pd\n"
LYING = (
    "class Lie:\n    __eq__ = lambda s, o: True\n    __ne__ = lambda s, o: False\n"
    "    __hash__ = lambda s: 1\n    __bool__ = lambda s: True\n"
)
# What an author's `assert_frame_equal(f(), expected)` and the like must not be fooled by.
CHECKED = {
    "a subclass": FRAME + "class D(pd.DataFrame):\n    equals = lambda s, o: True\n"
    "    __eq__ = lambda s, o: True\ndef f(): return D({'a': [9, 9]})\n",
    "lying cells": FRAME + LYING + "def f(): return pd.DataFrame({'a': [Lie(), Lie()]})\n",
    "lying labels": FRAME + LYING + "def f(): return pd.DataFrame({Lie(): [1, 2]})\n",
    "patched testing": FRAME + "pd.testing.assert_frame_equal = lambda *a, **k: None\n"
    "pd.DataFrame.equals = lambda s, o: True\ndef f(): return pd.DataFrame({'a': [9, 9]})\n",
    "patched class": FRAME
    + "import pandas.core.frame as m\nm.DataFrame.__eq__ = lambda s, o: True\n"
    "def f(): return pd.DataFrame({'a': [9, 9]})\n",
    "an accessor": FRAME + LYING + "def f():\n    made = pd.DataFrame({'a': [9, 9]})\n"
    "    made.attrs['equals'] = Lie()\n    return made\n",
    "an object": LYING + "def f(): return Lie()\n",
    "a lying series": FRAME + LYING + "def f(): return {'a': Lie()}\n",
    "nan": FRAME + "def f(): return pd.DataFrame({'a': [float('nan')] * 2})\n",
}
