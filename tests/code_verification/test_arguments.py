# ruff: noqa: E501
"""What a candidate does to what the tests hand it is seen, but not where its answer meets it."""

import pytest

from tests.code_verification.conftest import passed

HEAD = "import unittest\nimport pytest\nfrom collections import Counter\n"


def case(*lines):
    """A test file with one test, of these lines."""
    body = "".join(f"        {line}\n" for line in lines)
    return f"{HEAD}class T(unittest.TestCase):\n    def test_it(self):\n{body}"


SORTED = "def f(xs):\n    return sorted(xs)\n"
CLEARS = "def f(xs):\n    xs.clear()\n    return []\n"
CLEARS_IT = "def f(xs):\n    xs.clear()\n    return xs\n"
SORTER = (
    "class f:\n    def __init__(self,xs): self.xs=xs\n    def sort(self): return sorted(self.xs)\n"
)
CLEARS_LATER = "class f:\n    def __init__(self,xs): self.xs=xs\n    def sort(self):\n        self.xs.clear()\n        return []\n"

# What a call did is what its test asks for.
SEEN = {
    'none': ('def f(a):\n    a.sort()\n', [], case('a=[3,1]', 'f(a)', 'self.assertEqual(a,[1,3])')),
    'returned same': ('def f(a):\n    a.sort()\n    return a\n', [], case('a=[3,1]', 'b=f(a)', 'self.assertEqual(a,[1,3])', 'self.assertIs(a,b)')),
    'returned same, eq': ('def f(a):\n    a.sort()\n    return a\n', [], case('a=[3,1]', 'b=f(a)', 'self.assertEqual(a,[1,3])')),
    'returned len': ('def f(a):\n    a.sort()\n    return len(a)\n', [], case('a=[3,1]', 'n=f(a)', 'self.assertEqual(a,[1,3])', 'self.assertEqual(n,2)')),
    'returned len inline': ('def f(a):\n    a.sort()\n    return len(a)\n', [], case('a=[3,1]', 'self.assertEqual(f(a),2)', 'self.assertEqual(a,[1,3])')),
    'remove dup returns k': ('def f(a):\n    b=sorted(set(a))\n    a[:len(b)]=b\n    return len(b)\n', [], case('a=[1,1,2]', 'k=f(a)', 'self.assertEqual(a[:k],[1,2])')),
    'dict update': ("def f(d):\n    d['k']=1\n    return True\n", [], case('d={}', 'self.assertTrue(f(d))', "self.assertEqual(d,{'k':1})")),
    'nested': ("def f(d):\n    d['k'].append(1)\n    return True\n", [], case("d={'k':[]}", 'self.assertTrue(f(d))', "self.assertEqual(d['k'],[1])")),
    'numpy none': ('import numpy as np\ndef f(a):\n    a.sort()\n', [], case('import numpy as np', 'a=np.array([3,1])', 'f(a)', 'self.assertEqual(a.tolist(),[1,3])')),
    'numpy returned': ('import numpy as np\ndef f(a):\n    a*=2\n    return a\n', [], case('import numpy as np', 'a=np.array([3,1])', 'b=f(a)', 'self.assertEqual(a.tolist(),[6,2])')),
    'numpy slice': ('import numpy as np\ndef f(a):\n    a[0]=9\n', [], case('import numpy as np', 'a=np.zeros((2,2))', 'f(a[1])', 'self.assertEqual(a[1,0],9)')),
    "numpy candidate's": ('import numpy as np\nclass f:\n    def __init__(self): self.w=np.zeros(2)\n    def step(self): self.w+=1\n', [], case('import numpy as np', 'm=f()', 'w=m.w', 'm.step()', 'self.assertEqual(w.tolist(),[1,1])')),
    'numpy author changes': ('import numpy as np\nclass f:\n    def __init__(self): self.w=np.zeros(2)\n    def total(self): return float(self.w.sum())\n', [], case('import numpy as np', 'm=f()', 'm.w[0]=5', 'self.assertEqual(m.total(),5)')),
    'bytearray': ('def f(a):\n    a.reverse()\n    return 1\n', [], case("a=bytearray(b'ab')", 'self.assertEqual(f(a),1)', "self.assertEqual(a,b'ba')")),
    'generator later': ('def f(a):\n    a.append(1)\n    yield 1\n    a.append(2)\n', [], case('a=[]', 'g=f(a)', 'next(g)', 'self.assertEqual(a,[1])', 'list(g)', 'self.assertEqual(a,[1,2])')),
    'in class': ('class f:\n    def __init__(self,a): self.a=a\n    def add(self,x):\n        self.a.append(x)\n        return self\n', [], case('a=[]', 'o=f(a)', 'o.add(3)', 'self.assertEqual(a,[3])')),
    'in class chained': ('class f:\n    def __init__(self,a): self.a=a\n    def add(self,x):\n        self.a.append(x)\n        return self\n', [], case('a=[]', 'o=f(a).add(3)', 'self.assertEqual(a,[3])')),
    'assertIsNone': ('def f(a):\n    a.sort()\n', [], case('a=[3,1]', 'self.assertIsNone(f(a))', 'self.assertEqual(a,[1,3])')),
    'array.array': ('def f(a):\n    a[0]=7\n    return a\n', [], "import array\nimport unittest\nclass T(unittest.TestCase):\n  def test_it(self):\n    a=array.array('i',[3,1])\n    f(a)\n    self.assertEqual(a[0],7)\n"),
    'author dataclass': ('def f(p):\n    p.x=7\n    return p\n', [], 'import dataclasses\n@dataclasses.dataclass\nclass P:\n    x:int\nimport unittest\nclass T(unittest.TestCase):\n  def test_it(self):\n    p=P(1)\n    f(p)\n    self.assertEqual(p.x,7)\n'),
    'author simplens': ('def f(p):\n    p.x=7\n    return 3\n', [], 'import types\nimport unittest\nclass T(unittest.TestCase):\n  def test_it(self):\n    p=types.SimpleNamespace(x=1)\n    self.assertEqual(f(p),3)\n    self.assertEqual(p.x,7)\n'),
    'author node list': ('def f(h):\n    p=None\n    while h:\n        h.next,p,h=p,h,h.next\n    return p\n', [], 'class N:\n  def __init__(s,v,n=None): s.v=v; s.next=n\nimport unittest\nclass T(unittest.TestCase):\n  def test_it(self):\n    r=f(N(1,N(2)))\n    self.assertEqual((r.v,r.next.v,r.next.next),(2,1,None))\n'),
    'author tree': ('def f(t):\n    if t is None: return None\n    t.l,t.r=f(t.r),f(t.l)\n    return t\n', [], 'class N:\n  def __init__(s,v,l=None,r=None): s.v=v; s.l=l; s.r=r\nimport unittest\nclass T(unittest.TestCase):\n  def test_it(self):\n    t=N(1,N(2),N(3))\n    self.assertEqual(f(t).l.v,3)\n    self.assertIs(f(t),t)\n'),
    'exc then state': ("def f(a):\n    a.append(1)\n    raise ValueError('x')\n", [], case('a=[]', 'with self.assertRaises(ValueError): f(a)', 'self.assertEqual(a,[1])')),
    'callback accumulates': ('def f(cb):\n    for i in range(3): cb(i)\n    return 3\n', [], case('got=[]', 'self.assertEqual(f(got.append),3)', 'self.assertEqual(got,[0,1,2])')),
    'closure sorts': ('def f(a): a.sort()\n', [], HEAD + 'X=[3,1]\ndef go():\n  f(X)\n  return X\ndef test_it():\n  assert go()==sorted(X)==[1,3]\n'),
    'known before': ('def f(a):\n    a.sort()\n    return a\n', [], HEAD + 'def helper(x): return x\nX=[3,1]\nW=sorted(X)\nR=f(X)\nassert R==W\nassert X==[1,3]\ndef test_it():\n  assert helper(X)==[1,3]\n'),
    'closure returns length': ('def f(a):\n    a.sort()\n    return len(a)\n', [], HEAD + 'X=[3,1]\ndef go(): return f(X)\ndef test_it():\n  assert go()==2\n  assert X==[1,3]\n'),
    'closure dups': ('def f(a):\n    b=sorted(set(a))\n    a[:len(b)]=b\n    return len(b)\n', [], HEAD + 'X=[1,1,2]\ndef go(): return f(X)\ndef test_it():\n  k=go()\n  assert X[:k]==[1,2]\n'),
    'module then test': ('def f(a): a.sort()\n', [], HEAD + 'X=[3,1]\nf(X)\ndef test_it():\n  assert X==[1,3]\n  assert X==sorted(X)\n'),
    'setUp sorts': ('def f(a): a.sort()\n', [], HEAD + 'class T(unittest.TestCase):\n  def setUp(self):\n    self.xs=[3,1]\n    self.r=f(self.xs)\n  def test_it(self):\n    self.assertIsNone(self.r)\n    self.assertEqual(self.xs,sorted(self.xs))\n    self.assertEqual(self.xs,[1,3])\n'),
    'own names': ('def f(a):\n    a.sort()\n    return a\n', [], HEAD + 'X=[3,1]\ndef go(): return f(X)\ndef test_it():\n  go()\n  assert X==[1,3]\ndef test_other():\n  X=[5]\n  assert f([5])==X\n'),
    'partial sorts': ('def f(a): a.sort()\n', [], HEAD + 'import functools\nX=[3,1]\ngo=functools.partial(f,X)\ndef test_it():\n  assert go() is None\n  assert X==[1,3]\n'),
}  # fmt: skip
# It should have left its argument alone.
KEPT = {
    'BAD unchanged check': ('def f(a):\n    return sorted(a)\n', ['def f(a):\n    a.sort()\n    return a\n'], case('a=[3,1]', 'self.assertEqual(f(a),[1,3])', 'self.assertEqual(a,[3,1])')),
    'BAD unchanged check2': ('def f(a):\n    return sorted(a)\n', ['def f(a):\n    a.sort()\n    return list(a)\n'], case('a=[3,1]', 'self.assertEqual(f(a),[1,3])', 'self.assertEqual(a,[3,1])')),
    'BAD unchanged copy': ('def f(a):\n    return sorted(a)\n', ['def f(a):\n    a.sort()\n    return list(a)\n'], case('a=[3,1]', 'b=a[:]', 'r=f(a)', 'self.assertEqual(a,b)')),
}  # fmt: skip
# The answer is compared with what the argument became: a right solution, and wrong ones.
MET = {
    'later': (SORTED, [CLEARS, CLEARS_IT], case('xs=[3,1]', 'r=f(xs)', 'w=sorted(xs)', 'self.assertEqual(r,w)')),
    'object': (SORTER, [CLEARS_LATER], case('xs=[3,1]', 'o=f(xs)', 'self.assertEqual(o.sort(),sorted(xs))')),
    'setUp': (SORTER, [CLEARS_LATER], HEAD + 'class T(unittest.TestCase):\n  def setUp(self):\n    self.xs=[3,1]\n    self.o=f(self.xs)\n  def test_it(self):\n    self.assertEqual(self.o.sort(),sorted(self.xs))\n'),
    'fixture': (SORTER, [CLEARS_LATER], HEAD + '@pytest.fixture\ndef data():\n  return [3,1]\n@pytest.fixture\ndef o(data):\n  return f(data)\ndef test_it(o,data):\n  assert o.sort()==sorted(data)\n'),
    'helper': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'def same(r,xs):\n  assert r==sorted(xs)\ndef test_it():\n  xs=[3,1]\n  same(f(xs),xs)\n'),
    'helper2': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'def run(xs):\n  return f(xs)\ndef test_it():\n  xs=[3,1]\n  assert run(xs)==sorted(xs)\n'),
    'helper3': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'def ok(xs):\n  return f(xs)==sorted(xs)\ndef test_it():\n  assert ok([3,1])\n'),
    'method helper': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'class T(unittest.TestCase):\n  def check(self,xs):\n    self.assertEqual(f(xs),sorted(xs))\n  def test_it(self):\n    self.check([3,1])\n'),
    'zip': ('def f(xs):\n    return [2*x for x in xs]\n', [CLEARS, CLEARS_IT], case('xs=[3,1]', 'for x,y in zip(xs,f(xs)):', '  self.assertEqual(y,2*x)', 'self.assertTrue(f([1]))')),
    'round trip': ('def f(xs): return list(xs)\ndef g(xs): return list(xs)\n', ['def f(xs):\n    xs.clear()\n    return []\ndef g(xs): return []\n'], case('xs=[3,1]', 'self.assertEqual(g(f(xs)),xs)')),
    'round trip2': ('def f(xs): return list(xs)\ndef g(xs): return list(xs)\n', ['def f(xs):\n    xs.clear()\n    return []\ndef g(xs): return []\n'], case('xs=[3,1]', 'e=f(xs)', 'd=g(e)', 'self.assertEqual(d,xs)')),
    'index': ('def f(xs): return xs.index(max(xs))\n', ['def f(xs):\n    xs[:]=[0,0]\n    return 0\n'], case('xs=[3,1,7]', 'self.assertEqual(xs[f(xs)],max(xs))')),
    'nested': ('def f(m): return [x for r in m for x in r]\n', ['def f(m):\n    for r in m: r.clear()\n    return []\n'], case('m=[[1],[2]]', 'b=list(m)', 'self.assertEqual(f(m),[x for r in b for x in r])')),
    'nested2': ('def f(m): return sum(map(len,m))\n', ['def f(m):\n    for r in m: r.clear()\n    return 0\n'], case('m=[[1],[2]]', 'self.assertEqual(f(m),sum(len(r) for r in m))')),
    'in': (SORTED, ['def f(xs):\n    xs.extend([9,9])\n    return [9,9]\n'], case('xs=[3,1]', 'r=f(xs)', 'self.assertEqual(len(r),2)', 'for y in r: self.assertIn(y,xs)')),
    'set': (SORTED, ['def f(xs):\n    xs.extend([9,9])\n    return [9,9]\n'], case('xs=[3,1]', 'r=f(xs)', 'self.assertTrue(len(r)==2 and set(r)<=set(xs))')),
    'counter': (SORTED, [CLEARS, CLEARS_IT], case('xs=[3,1]', 'r=f(xs)', 'self.assertEqual(Counter(r),Counter(xs))')),
    'alias': (SORTED, [CLEARS, CLEARS_IT], case('xs=[3,1]', 'ys=xs', 'r=f(xs)', 'self.assertEqual(r,sorted(ys))')),
    'alias2': (SORTED, [CLEARS, CLEARS_IT], case("d={'a':[3,1]}", "r=f(d['a'])", "self.assertEqual(r,sorted(d['a']))")),
    'alias3': (SORTED, [CLEARS, CLEARS_IT], case('xs=[3,1]', "case=(xs,'n')", 'r=f(case[0])', 'self.assertEqual(r,sorted(xs))')),
    'param': (SORTED, [CLEARS, CLEARS_IT], HEAD + "@pytest.mark.parametrize('xs',[[3,1],[2,1]])\ndef test_it(xs):\n  assert f(xs)==sorted(xs)\n"),
    'class attr': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'class T(unittest.TestCase):\n  XS=[3,1]\n  def test_it(self):\n    self.assertEqual(f(self.XS),sorted(self.XS))\n'),
    'global': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'XS=[3,1]\ndef test_it():\n  assert f(XS)==sorted(XS)\n'),
    'loop': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'def test_it():\n  for xs in [[3,1],[5,2]]:\n    got=f(xs)\n    exp=sorted(xs)\n    assert got==exp\n'),
    'lambda': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'def test_it():\n  xs=[3,1]\n  run=lambda: f(xs)\n  assert run()==sorted(xs)\n'),
    'dict': ('def f(d): return sum(d.values())\n', ['def f(d):\n    d.clear()\n    return 0\n'], case("d={'a':1}", 'self.assertEqual(f(d),sum(d.values()))')),
    'walrus': (SORTED, [CLEARS, CLEARS_IT], case('xs=[3,1]', 'self.assertTrue((r:=f(xs))==sorted(xs))')),
    'star': ('def f(*xs): return sorted(xs[0])\n', ['def f(*xs):\n    xs[0].clear()\n    return []\n'], case('args=([3,1],)', 'self.assertEqual(f(*args),sorted(args[0]))')),
    'kw': (SORTED, [CLEARS, CLEARS_IT], case("kw={'xs':[3,1]}", "self.assertEqual(f(**kw),sorted(kw['xs']))")),
    'async': ('async def f(xs): return sorted(xs)\n', ['async def f(xs):\n    xs.clear()\n    return []\n'], HEAD + 'import asyncio\nclass T(unittest.IsolatedAsyncioTestCase):\n  async def test_it(self):\n    xs=[3,1]\n    self.assertEqual(await f(xs),sorted(xs))\n'),
    'gen': ('def f(xs): yield from sorted(xs)\n', ['def f(xs):\n    xs.clear()\n    yield from ()\n'], case('xs=[3,1]', 'self.assertEqual(list(f(xs)),sorted(xs))')),
    'numpy': ('import numpy as np\ndef f(a): return a*2\n', ['def f(a):\n    a[:]=0\n    return a\n', 'def f(a):\n    a[:]=0\n    return a.copy()\n'], case('import numpy as np', 'a=np.array([3,1])', 'np.testing.assert_array_equal(f(a),a*2)')),
    'numpy2': ('import numpy as np\ndef f(a): return a*2\n', ['def f(a):\n    a[:]=0\n    return a\n'], case('import numpy as np', 'a=np.array([3,1])', 'r=f(a)', 'self.assertTrue(np.allclose(r,a*2))')),
    'expected fn': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'def brute(xs):\n  return sorted(xs)\ndef test_it():\n  xs=[3,1]\n  assert f(xs)==brute(xs)\n'),
    'map': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'def test_it():\n  cases=[[3,1],[4,2]]\n  got=[f(c) for c in cases]\n  want=[sorted(c) for c in cases]\n  assert got==want\n'),
    'all': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'def test_it():\n  cases=[[3,1],[4,2]]\n  assert all(f(c)==sorted(c) for c in cases)\n'),
    'deepcopy hidden': (SORTED, [CLEARS], case('import copy', 'xs=[[3],[1]]', 'c=copy.deepcopy(xs)', 'self.assertEqual(f(xs),sorted(c))')),
    'match': (SORTED, [CLEARS], HEAD + 'def test_it():\n  xs=[3,1]\n  match f(xs):\n    case got if got==sorted(xs): pass\n    case _: assert False\n'),
    'nested fn': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'def test_it():\n  xs=[3,1]\n  def go(ys):\n    return f(ys)\n  assert go(xs)==sorted(xs)\n'),
    'bound at once': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'def test_it():\n  xs=[3,1]\n  got,want=f(xs),sorted(xs)\n  assert got==want\n'),
    'inner fn': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'def test_it():\n  xs=[3,1]\n  def go():\n    return f(xs)\n  assert go()==sorted(xs)\n'),
    'map of f': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'def test_it():\n  cases=[[3,1],[4,2]]\n  assert list(map(f,cases))==[sorted(c) for c in cases]\n'),
    'map of lambda': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'def test_it():\n  cases=[[3,1],[4,2]]\n  got=[*map(lambda c: f(c),cases)]\n  assert got==[sorted(c) for c in cases]\n'),
    'class build': (SORTER, [CLEARS_LATER], HEAD + 'class Box:\n  def __init__(self): self.data=[3,1]; self.o=f(self.data)\ndef test_it():\n  b=Box()\n  assert b.o.sort()==sorted(b.data)\n'),
    'module data': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'import types\ncfg=types.SimpleNamespace(xs=[3,1])\ndef test_it():\n  assert f(cfg.xs)==sorted(cfg.xs)\n'),
    'author obj': ('def f(o): return sorted(o.xs)\n', ['def f(o):\n    o.xs.clear()\n    return []\n', 'def f(o):\n    o.xs=[]\n    return []\n'], HEAD + 'class Box:\n  def __init__(self): self.xs=[3,1]\ndef test_it():\n  b=Box()\n  assert f(b)==sorted(b.xs)\n'),
    'closure': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'X=[3,1]\ndef go():\n  return f(X)\ndef test_it():\n  assert go()==sorted(X)\n'),
    'closure, module': (SORTED, [CLEARS, CLEARS_IT], 'X=[3,1]\ndef go(): return f(X)\nassert go()==sorted(X)\n'),
    'closure, later': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'X=[3,1]\ndef go():\n  r=f(X)\n  return r\ndef test_it():\n  got=go()\n  want=sorted(X)\n  assert got==want\n'),
    'closure, swapped': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'X=[3,1]\ndef want(): return sorted(X)\ndef go(): return f(X)\ndef test_it():\n  assert go()==want()\n'),
    'expected closure': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'X=[3,1]\ndef want(): return sorted(X)\ndef test_it():\n  assert f(X)==want()\n'),
    'expected method': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'class T(unittest.TestCase):\n  def setUp(self): self.xs=[3,1]\n  def want(self):\n    copy=sorted(self.xs)\n    return copy\n  def test_it(self):\n    self.assertEqual(f(self.xs),self.want())\n'),
    'expected closure, module': (SORTED, [CLEARS, CLEARS_IT], 'X=[3,1]\ndef want(): return sorted(X)\nR=f(X)\nassert R==want()\n'),
    'closure, twice': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'X=[3,1]\ndef go(): return f(X)\ndef run(): return go()\ndef test_it():\n  assert run()==sorted(X)\n'),
    'closure, default': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'X=[3,1]\ndef go(xs=X): return f(xs)\ndef test_it():\n  assert go()==sorted(X)\n'),
    'closure, alias': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'X=[3,1]\nY=X\ndef go(): return f(Y)\ndef test_it():\n  assert go()==sorted(X)\n'),
    'closure, nested': ('def f(m): return [x for r in m for x in r]\n', ['def f(m):\n    for r in m: r.clear()\n    return []\n'], HEAD + 'X=[[1],[2]]\ndef go(): return f(list(X))\ndef test_it():\n  assert go()==[x for r in X for x in r]\n'),
    'closure, dict': (SORTED, [CLEARS, CLEARS_IT], HEAD + "X={'a':[3,1]}\ndef go(): return f(X['a'])\ndef test_it():\n  assert go()==sorted(X['a'])\n"),
    'closure, global': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'X=[3,1]\nR=None\ndef go():\n  global R\n  R=f(X)\ndef test_it():\n  go()\n  assert R==sorted(X)\n'),
    'closure, generator': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'X=[3,1]\ndef go(): yield f(X)\ndef test_it():\n  for got in go(): assert got==sorted(X)\n'),
    'lambda of module': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'X=[3,1]\ngo=lambda: f(X)\ndef test_it():\n  assert go()==sorted(X)\n'),
    'partial': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'import functools\nX=[3,1]\ngo=functools.partial(f,X)\ndef test_it():\n  assert go()==sorted(X)\n'),
    'partial inside': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'from functools import partial\ndef test_it():\n  xs=[3,1]\n  go=partial(f,xs)\n  assert go()==sorted(xs)\n'),
    'made': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'def make(xs): return lambda: f(xs)\ndef test_it():\n  xs=[3,1]\n  go=make(xs)\n  assert go()==sorted(xs)\n'),
    'own method': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'class T(unittest.TestCase):\n  XS=[3,1]\n  def go(self): return f(self.XS)\n  def test_it(self):\n    self.assertEqual(self.go(),sorted(self.XS))\n'),
    'own method, set up': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'class T(unittest.TestCase):\n  def setUp(self): self.xs=[3,1]\n  def go(self): return f(self.xs)\n  def test_it(self):\n    self.assertEqual(self.go(),sorted(self.xs))\n'),
    'set up': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'class T(unittest.TestCase):\n  def setUp(self):\n    self.xs=[3,1]\n    self.got=f(self.xs)\n  def test_it(self):\n    self.assertEqual(self.got,sorted(self.xs))\n'),
    'set up class': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'class T(unittest.TestCase):\n  @classmethod\n  def setUpClass(cls):\n    cls.xs=[3,1]\n    cls.got=f(cls.xs)\n  def test_it(self):\n    self.assertEqual(self.got,sorted(self.xs))\n'),
    'in class body': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'class T(unittest.TestCase):\n  XS=[3,1]\n  GOT=f(XS)\n  def test_it(self):\n    self.assertEqual(self.GOT,sorted(self.XS))\n'),
    'module value': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'X=[3,1]\nR=f(X)\ndef test_it():\n  assert R==sorted(X)\n'),
    'module value, kept': (SORTED, ['kept=[]\ndef f(xs):\n    for k in kept: k.clear()\n    kept.append(xs)\n    return sorted(xs) if xs==[1] else []\n'], HEAD + 'X=[3,1]\nR=f(X)\ndef test_it():\n  assert f([1])==[1]\n  assert R==sorted(X)\n'),
    'fixture value': (SORTED, [CLEARS, CLEARS_IT], HEAD + '@pytest.fixture\ndef data(): return [3,1]\n@pytest.fixture\ndef got(data): return f(data)\ndef test_it(got,data):\n  assert got==sorted(data)\n'),
    'fixture of module data': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'X=[3,1]\n@pytest.fixture\ndef got(): yield f(X)\ndef test_it(got):\n  assert got==sorted(X)\n'),
    'parametrize': (SORTED, [CLEARS, CLEARS_IT], HEAD + "X=[3,1]\ndef go(): return f(X)\n@pytest.mark.parametrize('run',[go])\ndef test_it(run):\n  assert run()==sorted(X)\n"),
    'author method': (SORTED, [CLEARS, CLEARS_IT], HEAD + 'class Box:\n  def __init__(self): self.data=[3,1]\n  def run(self): return f(self.data)\ndef test_it():\n  b=Box()\n  assert b.run()==sorted(b.data)\n'),
    'check': (SORTED, [CLEARS, CLEARS_IT], 'X=[3,1]\ndef go(candidate): return candidate(X)\ndef check(candidate):\n  assert go(candidate)==sorted(X)\n'),
}  # fmt: skip


@pytest.mark.parametrize("name", SEEN)
def test_what_a_call_did_to_its_arguments_is_seen(grade, name):
    right, _wrong, tests = SEEN[name]
    assert passed(grade, right, {"entry_point": "f", "test_code": tests}) == 1.0
    idle = "class f:\n    def __init__(self, *a): pass\n    def __getattr__(self, name): return lambda *a: None\n"
    assert passed(grade, idle, {"entry_point": "f", "test_code": tests}) == 0.0


@pytest.mark.parametrize("name", [*KEPT, *MET])
def test_no_change_of_an_argument_makes_an_answer_right(grade, name):
    right, wrong, tests = {**KEPT, **MET}[name]
    reference = {"entry_point": "f", "test_code": tests}
    assert passed(grade, right, reference) == 1.0
    for code in wrong:
        assert passed(grade, code, reference) == 0.0, code
