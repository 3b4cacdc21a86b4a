# ruff: noqa: E501
"""Wherever a test's code meets an object of the candidate's: what is right is paid, and no trick."""

import pytest

from tests.code_verification.conftest import passed

HEAD = "import unittest\nimport pytest\nfrom collections import Counter\n"


def case(*lines):
    """A test file with one test, of these lines."""
    body = "".join(f"        {line}\n" for line in lines)
    return f"{HEAD}class T(unittest.TestCase):\n    def test_it(self):\n{body}"


def entry_point(code):
    names = ("V", "Stack", "Base")
    return next((name for name in names if f"class {name}" in code), "f")


VECTOR = "class V:\n    def __init__(self,x=0,y=0): self.x,self.y=x,y\n    def __add__(self,o): return V(self.x+o.x,self.y+o.y)\n    def __eq__(self,o): return isinstance(o,V) and (self.x,self.y)==(o.x,o.y)\n    def __hash__(self): return hash((self.x,self.y))\n    def __repr__(self): return f'V({self.x}, {self.y})'\n    def __str__(self): return f'<{self.x},{self.y}>'\n    def __len__(self): return self.x\n    def __bool__(self): return self.x>0\n    def __iter__(self): return iter((self.x,self.y))\n    def __getitem__(self,i): return (self.x,self.y)[i]\n    def __contains__(self,i): return i in (self.x,self.y)\n    def __format__(self,s): return format(self.x,s)\n    def __int__(self): return self.x\n    def __float__(self): return float(self.x)\n    def __index__(self): return self.x\n    def __lt__(self,o): return self.x<o.x\n    def __abs__(self): return (self.x**2+self.y**2)**.5\n    def __call__(self,z): return self.x*z\n    def __enter__(self): return self\n    def __exit__(self,*a): return False\n"
STACK = "class Stack:\n    def __init__(self): self.a=[]\n    def push(self,x): self.a.append(x)\n    def pop(self):\n        if not self.a: raise IndexError('empty')\n        return self.a.pop()\n    def __len__(self): return len(self.a)\n    def __enter__(self): return self\n    def __exit__(self,*a): return False\n"
DOUBLE = "def f(x):\n    return 2*x\n"
TEXT = "class S(str):\n    def __eq__(self,o): return True\n    def __ne__(self,o): return False\n    def __hash__(self): return 1\n    def __contains__(self,o): return True\n    def startswith(self,*a): return True\n    endswith=startswith\n    def __len__(self): return 4\n    def split(self,*a): return S()\n    def lower(self): return S()\n    strip=upper=replace=lower\n    def __getitem__(self,i): return S()\n    def __iter__(self): return iter([])\n    def find(self,*a): return 0\n    def count(self,*a): return 2\n    def isupper(self): return True\n"
WHOLE = "class I(int):\n    def __eq__(self,*a): return True\n    def __ne__(self,*a): return False\n    def __lt__(self,*a): return True\n    def __gt__(self,*a): return True\n    def __le__(self,*a): return True\n    def __ge__(self,*a): return True\n    def __hash__(self,*a): return 4\n    def __add__(self,*a): return self\n    def __sub__(self,*a): return I(0)\n    def __mul__(self,*a): return self\n    def __mod__(self,*a): return I(0)\n    def __abs__(self,*a): return I(0)\n    def __neg__(self,*a): return self\n    def __floordiv__(self,*a): return self\n    def __truediv__(self,*a): return self\n    def __bool__(self,*a): return True\n    def __index__(self,*a): return 4\n    def __int__(self,*a): return 4\n    def __float__(self,*a): return 4.0\n    def __round__(self,*a): return self\n    def __rsub__(self,*a): return I(0)\n    def __radd__(self,*a): return self\n    def __divmod__(self,*a): return (I(0),I(0))\n    def __pow__(self,*a): return self\n"
ITEMS = "class L(list):\n    def __eq__(self,o): return True\n    def __ne__(self,o): return False\n    def __len__(self): return 2\n    def __iter__(self): return iter([1,2])\n    def __getitem__(self,i): return 1\n    def __contains__(self,o): return True\n    def sort(self,*a,**k): pass\n    def index(self,*a): return 0\n    def count(self,*a): return 1\n    def copy(self): return self\n    def __reversed__(self): return iter([2,1])\n"
NAMES = "class D(dict):\n    def __eq__(self,o): return True\n    def __ne__(self,o): return False\n    def __getitem__(self,k): return D()\n    def get(self,*a): return D()\n    def __contains__(self,k): return True\n    def keys(self): return ['a']\n    def items(self): return [('a',1)]\n    def __len__(self): return 1\n    def __iter__(self): return iter(['a'])\n    def values(self): return [1]\n"
REAL = "class X(float):\n    def __eq__(self,o): return True\n    def __sub__(self,o): return 0.0\n    __rsub__=__sub__\n    def __abs__(self): return 0.0\n    def __lt__(self,o): return True\n    __le__=__gt__=__ge__=__lt__\n    def __round__(self,*a): return self\n"
SUPPRESS = "import contextlib\nclass f:\n    def __init__(self,*k): self.k=k\n    def __enter__(self): return self\n    def __exit__(self,t,v,tb):\n        self.e=v\n        return t is not None and issubclass(t,self.k)\n"
# Who goes by the order in which operands were made, or by how often it was asked.
BY_ORDER = ['class V:\n    made=[]\n    def __init__(self,x=0,y=0): V.made.append(self)\n    def __add__(self,o): return V()\n    def at(self): return [id(m) for m in V.made].index(id(self))\n    def __eq__(self,o): return @\n    __hash__=None\n'.replace("@", said) for said in (
    "o.at()==self.at()+1", "abs(o.at()-self.at())==1", "o.at()<5", "o.at()<=self.at()+1",
    "o.at()==3", "o.at()==len(V.made)-1", "V.made[-1] is not o and o.at()==3",
)]  # fmt: skip
BY_COUNT = [
    "class V:\n    n=0\n    def __init__(self,x=0,y=0): pass\n    def __add__(self,o): return V()\n    def __eq__(self,o):\n        V.n+=1\n        return V.n==@\n    __hash__=None\n".replace(
        "@", str(n)
    )
    for n in range(1, 9)
]


def lies(**said):
    """An object whose operations give these."""
    body = "".join(f"    def __{name}__(self,*a): return {value}\n" for name, value in said.items())
    return f"class V:\n    def __init__(self,*a,**k): pass\n    def __getattr__(self,n): return self\n{body}"


ROWS = {
    'str methods': ("def f(x):\n    return x.upper()+' END'\n", [TEXT + "def f(x): return S('')\n"], case("r=f('ab')", "self.assertTrue(r.startswith('AB'))", "self.assertTrue(r.endswith('END'))", "self.assertIn('B',r)", "self.assertEqual(r.count('E'),1)")),
    'str in': ('def f(x):\n    return x.upper()\n', [TEXT + "def f(x): return S('')\n"], case("self.assertIn('A',f('ab'))", "self.assertTrue(f('ab').isupper())", "self.assertEqual(len(f('abcd')),4)")),
    'str split': ('def f(x):\n    return x.upper()\n', [TEXT + "def f(x): return S('')\n"], case("self.assertEqual(f('a b').split(),['A','B'])")),
    'str list': ('def f(x):\n    return [x.upper()]\n', [TEXT + "def f(x): return [S('')]\n"], case("self.assertEqual(f('a'),['A'])", "self.assertIn('A',f('a'))", "self.assertDictEqual({'k':f('a')},{'k':['A']})")),
    'str key': ('def f(x):\n    return {x.upper():1}\n', [TEXT + "def f(x): return {S(''):1}\n"], case("self.assertEqual(f('a'),{'A':1})", "self.assertEqual(f('a')['A'],1)")),
    'int arith': (DOUBLE, [WHOLE + 'def f(x): return I(0)\n'], case('self.assertEqual(f(2)+1,5)', 'self.assertTrue(f(2)%4==0)', 'self.assertEqual(f(2)*2,8)', 'self.assertLess(abs(f(3)-6),1e-9)', 'self.assertEqual(divmod(f(2),3),(1,1))')),
    'int index': (DOUBLE, [WHOLE + 'def f(x): return I(0)\n'], case('self.assertEqual(list(range(f(1))),[0,1])', "self.assertEqual('abcde'[f(2)],'e')", 'self.assertEqual(int(f(3)),6)')),
    'int format': (DOUBLE, [WHOLE + "    def __format__(self,s): return '4'\n    def __repr__(self): return '4'\n    __str__=__repr__\ndef f(x): return I(0)\n"], case("self.assertEqual(f'{f(3)}','6')", "self.assertEqual(str(f(4)),'8')", "self.assertEqual('%d' % f(5),'10')")),
    'int set': (DOUBLE, [WHOLE + 'def f(x): return I(0)\n'], case('self.assertEqual({f(2),f(2),f(3)},{4,6})', 'self.assertEqual(sum([f(1),f(2)]),6)', 'self.assertEqual(max(f(1),f(2)),4)')),
    'int bits': (DOUBLE, [WHOLE + 'def f(x): return I(0)\n'], case('self.assertEqual(f(2)&4,4)', 'self.assertTrue(f(1)<f(2)<5)', 'self.assertTrue(3<f(2))')),
    'list iter': ('def f(x):\n    return [x,x+1]\n', [ITEMS + 'def f(x): return L()\n'], case('self.assertEqual(list(f(1)),[1,2])', 'self.assertEqual(list(f(5)),[5,6])')),
    'list unpack': ('def f(x):\n    return [x,x+1]\n', [ITEMS + 'def f(x): return L()\n'], case('a,b=f(4)', 'self.assertEqual((a,b),(4,5))')),
    'list sorted': ('def f(x):\n    return [x+1,x]\n', [ITEMS + 'def f(x): return L()\n'], case('self.assertEqual(sorted(f(4)),[4,5])', 'self.assertCountEqual(f(4),[5,4])')),
    'list len': ('def f(x):\n    return [x,x+1]\n', [ITEMS + 'def f(x): return L()\n'], case('self.assertEqual(len(f(1)),2)', 'self.assertEqual(f(1)[1],2)', 'self.assertIn(2,f(1))', 'self.assertNotIn(9,f(1))')),
    'dict': ("def f(x):\n    return {'a':x,'b':[x]}\n", [NAMES + 'def f(x): return D()\n'], case("self.assertEqual(f(1)['a'],1)", "self.assertEqual(f(2).get('b'),[2])", "self.assertIn('b',f(1))", "self.assertNotIn('c',f(1))")),
    'dict eq': ("def f(x):\n    return {'a':x}\n", [NAMES + 'def f(x): return D()\n'], case("self.assertDictEqual(f(1),{'a':1})", "self.assertEqual(dict(f(2)),{'a':2})", "self.assertEqual({**f(3)},{'a':3})")),
    'float': ('def f(x):\n    return x/3\n', [REAL + 'def f(x): return X(0)\n'], case('self.assertAlmostEqual(f(1),0.33333333)', 'self.assertTrue(abs(f(2)-2/3)<1e-9)', 'self.assertEqual(round(f(1),2),0.33)')),
    'isclose': ('import math\ndef f(x):\n    return x/3\n', [REAL + 'def f(x): return X(0)\n', 'class X:\n    def __float__(self): return 1/3\n    def __sub__(self,o): return 0\n    def __rsub__(self,o): return 0\ndef f(x): return X()\n'], HEAD + 'import math\nimport unittest\nimport pytest\nfrom collections import Counter\nclass T(unittest.TestCase):\n  def test_it(self):\n    self.assertTrue(math.isclose(f(2),2/3))\n'),
    'approx list': ('def f(x):\n    return [x/3]\n', [REAL + 'def f(x): return [X(0)]\n'], HEAD + "def test_it():\n  assert f(2)==pytest.approx([2/3])\n  assert {'a':f(1)[0]}==pytest.approx({'a':1/3})\n"),
    'repr': (VECTOR, [lies(repr="'V(1, 2)'", str="'<1,2>'")], case("self.assertEqual(repr(V(3,4)),'V(3, 4)')")),
    'str': (VECTOR, [lies(str="type('S',(str,),{'__eq__':lambda s,o:True,'__ne__':lambda s,o:False,'__hash__':lambda s:1})('x')")], case("self.assertEqual(str(V(3,4)),'<3,4>')", "self.assertEqual(f'{V(1,2)!s}','<1,2>')")),
    'format': (VECTOR, [lies(format="type('S',(str,),{'__eq__':lambda s,o:True})('x')")], case("self.assertEqual(f'{V(3,4):03d}','003')")),
    'len': (VECTOR, [lies(len='4')], case('self.assertEqual(len(V(3,4)),3)')),
    'bool': (VECTOR, [lies(bool='True'), lies(bool='False')], case('self.assertTrue(V(3,4))', 'self.assertFalse(V(0,4))')),
    'iter': (VECTOR, [lies(iter='iter([])'), lies(iter='iter([self,self])', eq='True')], case('self.assertEqual(list(V(3,4)),[3,4])', 'self.assertEqual(tuple(V(5,6)),(5,6))')),
    'item': (VECTOR, [lies(getitem='self', eq='True', ne='False')], case('self.assertEqual(V(3,4)[0],3)', 'self.assertEqual(V(3,4)[1],4)')),
    'attr': (VECTOR, [lies(eq='True', ne='False', hash='3')], case('self.assertEqual(V(3,4).x,3)', 'self.assertEqual(V(3,4).y,4)')),
    'int()': (VECTOR, [lies(int='4', float='4.0', index='4')], case('self.assertEqual(int(V(3,4)),3)', 'self.assertEqual(float(V(5,4)),5.0)')),
    'abs': (VECTOR, [lies(abs='self', eq='True', sub='0', rsub='0'), lies(abs='self', eq='True', ne='False', float='5.0', round='5')], case('self.assertAlmostEqual(abs(V(3,4)),5.0)', 'self.assertEqual(abs(V(6,8)),10)')),
    'call': (VECTOR, [lies(call='self', eq='True', ne='False')], case('self.assertEqual(V(3,4)(5),15)')),
    'hash': (VECTOR, [lies(hash='1', eq='True')], case('self.assertEqual(len({V(3,4),V(3,4),V(5,6)}),2)')),
    'hash dict': (VECTOR, [lies(hash='1', eq='True'), lies(hash='1', eq='isinstance(a[0],V)')], case("d={V(1,2):'a'}", "self.assertEqual(d[V(1,2)],'a')", 'self.assertNotIn(V(3,4),d)')),
    'order': (VECTOR, [lies(lt='True'), 'class V:\n    n=0\n    def __init__(self,*a):\n        V.n+=1\n        self.k=V.n\n    def __lt__(self,o): return self.k<o.k\n'], case('self.assertLess(V(1,2),V(3,4))')),
    'sorted': (VECTOR, ['class V:\n    def __init__(self,*a): pass\n    def __lt__(self,o): return False\n    def __eq__(self,o): return True\n'], case('a,b=V(3,4),V(1,2)', 'self.assertEqual(sorted([a,b])[0].x,1)')),
    'min': (VECTOR, ['class V:\n    n=0\n    def __init__(self,*a):\n        V.n+=1\n        self.k=V.n\n    def __lt__(self,o): return self.k>o.k\n'], case('a,b=V(3,4),V(1,2)', 'self.assertIs(min([a,b]),b)', 'self.assertIs(min([V(1,1),a]),a) if False else None', 'c=V(9,9)', 'self.assertIs(min([a,c]),a)')),
    'raises': (STACK, ['class Stack:\n    def pop(self): pass\n', "class Stack:\n    def pop(self): raise Exception('empty')\n", 'class Stack:\n    def pop(self): raise SystemExit\n'], case('with self.assertRaises(IndexError): Stack().pop()')),
    'raises match': (STACK, ['class Stack:\n    def pop(self): raise IndexError()\n', 'class M(str):\n    def __eq__(self,o): return True\nclass E(IndexError):\n    def __str__(self): return M()\nclass Stack:\n    def pop(self): raise E()\n'], HEAD + "def test_it():\n  with pytest.raises(IndexError, match='empty'): Stack().pop()\n"),
    'raises args': (STACK, ['class Y:\n    def __eq__(self,o): return True\nclass Stack:\n    def pop(self): raise IndexError(Y())\n'], HEAD + "def test_it():\n  with pytest.raises(IndexError) as e: Stack().pop()\n  assert e.value.args==('empty',)\n  assert e.type is IndexError\n"),
    'raises then': (STACK, ["class Stack:\n    def push(self,x): pass\n    def pop(self): raise IndexError('empty')\n"], case('s=Stack()', 's.push(1)', 'self.assertEqual(s.pop(),1)', 'self.assertRaises(IndexError,s.pop)')),
    'no raise': (STACK, ["class Stack:\n    def push(self,x): raise IndexError\n    def pop(self): raise IndexError('empty')\n"], case('s=Stack()', 'try:', '  s.push(1)', 'except IndexError:', "  self.fail('x')", 'self.assertEqual(len(s),1)')),
    'exit swallows': (STACK, ['class Stack:\n    def __init__(self): pass\n    def push(self,x): pass\n    def __len__(self): return 0\n    def __enter__(self): return self\n    def __exit__(self,*a): return True\n'], case('with Stack() as s:', '  s.push(1)', '  self.assertEqual(len(s),1)')),
    'exit swallows pytest': (STACK, ['class Stack:\n    def push(self,x): pass\n    def __len__(self): return 0\n    def __enter__(self): return self\n    def __exit__(self,*a): return 1\n'], HEAD + 'def test_it():\n  with Stack() as s:\n    s.push(1)\n    assert len(s)==1\n'),
    'exit swallows fixture': (STACK, ['class Stack:\n    def push(self,x): pass\n    def __len__(self): return 0\n    def __enter__(self): return self\n    def __exit__(self,*a): return True\n'], HEAD + '@pytest.fixture\ndef s():\n  with Stack() as s: yield s\ndef test_it(s):\n  s.push(1)\n  assert len(s)==1\n'),
    'contextmanager swallows': ('import contextlib\n@contextlib.contextmanager\ndef f():\n    yield 1\n', ['import contextlib\n@contextlib.contextmanager\ndef f():\n    try: yield 0\n    except BaseException: pass\n', 'import contextlib\ndef f(): return contextlib.suppress(BaseException)\n'], case('with f() as v:', '  self.assertEqual(v,1)')),
    'decorator swallows': ('def f(g):\n    return g\n', ['def f(g):\n    def h(*a,**k):\n        try: return g(*a,**k)\n        except BaseException: return None\n    return h\n'], case('@f', 'def check(v):', '  self.assertEqual(v,1)', '  return v', 'self.assertEqual(check(1),1)', 'with self.assertRaises(AssertionError): check(2)')),
    'callback asserts': ('def f(cb): cb(5)\n', ['def f(cb):\n    try: cb(4)\n    except BaseException: pass\n'], case('def cb(v): self.assertEqual(v,5)', 'f(cb)')),
    'callback never': ('def f(cb): cb(5)\n', ['def f(cb): pass\n'], case('got=[]', 'f(got.append)', 'self.assertEqual(got,[5])')),
    'callback calls mock': ('def f(cb): cb(5)\n', ['def f(cb): pass\n', 'def f(cb): cb.assert_called_once_with(5)\n', 'def f(cb):\n    cb.call_count=1\n    cb.called=True\n'], HEAD + 'from unittest.mock import Mock\nimport unittest\nimport pytest\nfrom collections import Counter\nclass T(unittest.TestCase):\n  def test_it(self):\n    m=Mock()\n    f(m)\n    self.assertTrue(m.called)\n    m.assert_called_once_with(5)\n'),
    'yield fixture': (STACK, ['import sys\nclass Stack:\n    def push(self,x): pass\n    def pop(self): sys.exit(0)\n    def __len__(self): return 0\n'], HEAD + '@pytest.fixture\ndef s():\n  s=Stack()\n  yield s\n  s.a.clear()\ndef test_it(s):\n  s.push(2)\n  assert s.pop()==2\n'),
    'setUp exits': (STACK, ['import os\nclass Stack:\n    def __init__(self): os._exit(0)\n', 'class Stack:\n    def __init__(self): raise SystemExit(0)\n', "import unittest\nclass Stack:\n    def __init__(self): raise unittest.SkipTest('x')\n"], HEAD + 'class T(unittest.TestCase):\n  def setUp(self): self.s=Stack()\n  def test_it(self):\n    self.s.push(1)\n    self.assertEqual(self.s.pop(),1)\n'),
    'parametrize ids': (DOUBLE, ['def f(x): return NotImplemented\n', 'def f(x): return ...\n', 'class A:\n    def __eq__(s,o): return NotImplemented\ndef f(x): return A()\n'], HEAD + "@pytest.mark.parametrize('x,w',[(1,2),(2,4)],ids=['a','b'])\ndef test_it(x,w):\n  assert f(x)==w\n"),
    'doctest repr': (DOUBLE, ["class R:\n    def __repr__(self): return '6'\ndef f(x): return R()\n"], '"""\n>>> f(3) + 0\n6\n>>> f(4)\n8\n"""\n'),
    'stdout': ('def f(x): print(2*x)\n', ['def f(x): pass\n', "import sys\ndef f(x): sys.stdout.getvalue=lambda: '4\\n'\n", 'import sys\ndef f(x): sys.stdout=None\n', "import sys\nclass W(str):\n    def __eq__(s,o): return True\ndef f(x): sys.stdout.write(W('x'))\n"], HEAD + "import io,contextlib\nimport unittest\nimport pytest\nfrom collections import Counter\nclass T(unittest.TestCase):\n  def test_it(self):\n    o=io.StringIO()\n    with contextlib.redirect_stdout(o): f(2)\n    self.assertEqual(o.getvalue(),'4\\n')\n"),
    'capsys': ('def f(x): print(2*x)\n', ['def f(x): pass\n', 'def f(x): print(x)\n'], HEAD + "def test_it(capsys):\n  f(2)\n  assert capsys.readouterr().out=='4\\n'\n"),
    'seed': ('import random\ndef f(): return random.randint(1,10**6)\n', ['def f(): return 5\n', 'import random\nrandom.seed=lambda *a: None\ndef f(): return 1\n'], HEAD + 'import random\nimport unittest\nimport pytest\nfrom collections import Counter\nclass T(unittest.TestCase):\n  def test_it(self):\n    random.seed(3)\n    w=random.randint(1,10**6)\n    random.seed(3)\n    self.assertEqual(f(),w)\n'),
    'patch': ('import time\ndef f(): return time.time()\n', ['def f(): return 0\n'], HEAD + "from unittest.mock import patch\nimport unittest\nimport pytest\nfrom collections import Counter\nclass T(unittest.TestCase):\n  def test_it(self):\n    with patch('time.time',return_value=42): self.assertEqual(f(),42)\n"),
    'monkeypatch': ("import os\ndef f(): return os.environ['KEY']\n", ["def f(): return ''\n"], HEAD + "def test_it(monkeypatch):\n  monkeypatch.setenv('KEY','v9')\n  assert f()=='v9'\n"),
    'isinstance': ('class A: pass\nclass B(A): pass\ndef f(x): return B() if x else A()\n', ['class M(type):\n    def __instancecheck__(c,o): return True\nclass A(metaclass=M): pass\nclass B(A): pass\ndef f(x): return 3\n'], case('self.assertIsInstance(f(1),B)', 'self.assertNotIsInstance(f(0),B)', 'self.assertIs(type(f(0)),A)')),
    'class attr': ('class V:\n    LIMIT=7\n    @classmethod\n    def make(c): return c()\n', ['class M(type):\n    def __getattr__(c,n): return c\n    def __eq__(c,o): return True\n    def __ne__(c,o): return False\n    def __hash__(c): return 7\nclass V(metaclass=M): pass\n'], case('self.assertEqual(V.LIMIT,7)', 'self.assertIsInstance(V.make(),V)')),
    'generator': ('def f(n):\n    for i in range(n): yield i*i\n', ['class G:\n    def __iter__(s): return s\n    def __next__(s): raise StopIteration\ndef f(n): return G()\n', 'def f(n):\n    yield from ()\n'], case('for i,v in enumerate(f(3)): self.assertEqual(v,i*i)', 'self.assertEqual(len(list(f(3))),3)')),
    'namedtuple': ("from collections import namedtuple\nP=namedtuple('P','x y')\ndef f(): return P(1,2)\n", ['class P(tuple):\n    def __eq__(s,o): return True\n    x=1\n    y=property(lambda s: P())\n    def __hash__(s): return 1\ndef f(): return P()\n'], case('self.assertEqual(f(),(1,2))', 'self.assertEqual(f().y,2)')),
    'enum': ('import enum\nclass C(enum.Enum):\n    RED=1\n    BLUE=2\ndef f(x): return C(x)\n', ["class Y:\n    def __eq__(s,o): return True\n    value=1\n    name='RED'\nclass C:\n    RED=BLUE=Y()\ndef f(x): return Y()\n"], case('self.assertEqual(f(1),C.RED)', 'self.assertEqual(f(2).value,2)', 'self.assertIs(f(2),C.BLUE)')),
    'dataclass': ('import dataclasses\n@dataclasses.dataclass\nclass P:\n    x:int\n    y:int=0\ndef f(a): return P(a,a+1)\n', ['class P:\n    def __init__(self,*a,**k): pass\n    def __eq__(s,o): return isinstance(o,P)\ndef f(a): return P()\n', 'class P:\n    n=[]\n    def __init__(self,*a,**k): P.n.append(self)\n    def __eq__(s,o): return P.n.index(o)==P.n.index(s)+1 if 0 else [id(q) for q in P.n].index(id(o))==[id(q) for q in P.n].index(id(s))+1\ndef f(a): return P()\n'], case('self.assertEqual(f(3),P(3,4))', 'self.assertEqual(f(5),P(x=5,y=6))')),
    'assertIs none': ('def f(x):\n    y=[x]\n    return None if y else 1\n', ['class N:\n    def __eq__(s,o): return True\n    def __bool__(s): return False\ndef f(x): return N()\n'], case('self.assertIsNone(f(1))', 'assert f(2) is None', 'assert f(3)==None')),
    'truthy': ('def f(x): return x>2\n', ['class Y:\n    def __init__(s): s.n=0\n    def __bool__(s): return True\ndef f(x): return Y()\n', 'def f(x): return 1\n'], case('self.assertTrue(f(3))', 'self.assertFalse(f(1))')),
    'is True': ('def f(x): return x>2\n', ['def f(x): return 1 if x>2 else 0\n'], case('self.assertIs(f(3),True)', 'self.assertIs(f(1),False)')),
    'async': ('async def f(x): return 2*x\n', ['async def f(x): return 0\n', 'class A:\n    def __await__(s):\n        yield\n        return 6\ndef f(x): return A()\n', 'def f(x): raise StopAsyncIteration\n'], HEAD + 'import asyncio\nclass T(unittest.IsolatedAsyncioTestCase):\n  async def test_it(self):\n    self.assertEqual(await f(3),6)\n    self.assertEqual(await asyncio.wait_for(f(4),1),8)\n'),
    'aexit': ('class f:\n    async def __aenter__(s): return 3\n    async def __aexit__(s,*a): return False\n', ['class f:\n    async def __aenter__(s): return 0\n    async def __aexit__(s,*a): return True\n'], HEAD + 'class T(unittest.IsolatedAsyncioTestCase):\n  async def test_it(self):\n    async with f() as v:\n      self.assertEqual(v,3)\n'),
    'subclassed': ('class Base:\n    def run(self): return self.step()+1\n    def step(self): raise NotImplementedError\n', ['class Base:\n    def run(self): return 0\n    def __init_subclass__(c,**k):\n        c.step=lambda s: 0\n'], case('class Mine(Base):', '  def step(self): return 5', 'self.assertEqual(Mine().run(),6)', 'with self.assertRaises(NotImplementedError): Base().run()')),
    'subtests': (DOUBLE, ['def f(x): return 2*x if x==1 else 0\n'], case('for x in (1,2):', '  with self.subTest(x=x): self.assertEqual(f(x),2*x)')),
    'suppress': (SUPPRESS, ['class f:\n    def __init__(self,*k): pass\n    def __enter__(self): return self\n    def __exit__(self,*a): return False\n'], case('with f(ValueError):', '  raise ValueError', 'with self.assertRaises(KeyError):', '  with f(ValueError):', '    raise KeyError')),
    'suppress then': (SUPPRESS, [], case('with f(ValueError) as c:', '  self.assertIsNotNone(c)', "  int('x')", 'self.assertIsInstance(c.e,ValueError)')),
    'suppress fail': (SUPPRESS, [], case('with f(ValueError):', '  raise ValueError', "  self.fail('not here')")),
    'assertion passes on': ('def f(cb): return cb()\n', ['def f(cb):\n    try: cb()\n    except AssertionError: pass\n'], case("def cb(): raise AssertionError('x')", 'with self.assertRaises(AssertionError): f(cb)', 'self.assertEqual(f(lambda: 3),3)')),
    'with f passes on': ('class f:\n    def __enter__(self): return self\n    def __exit__(self,*a): return None\n', [], case('with self.assertRaises(AssertionError):', '  with f(): self.assertEqual(1,2)', 'with f() as c: self.assertIsNotNone(c)')),
    'async interleave': ('import asyncio\nasync def f(log,n):\n    for i in range(3):\n        log.append((n,i))\n        await asyncio.sleep(0)\n', ['import asyncio\nasync def f(log,n):\n    for i in range(3): log.append((n,i))\n'], HEAD + "import asyncio\nclass T(unittest.IsolatedAsyncioTestCase):\n  async def test_it(self):\n    log=[]\n    await asyncio.gather(f(log,'a'),f(log,'b'))\n    self.assertEqual(log,[('a',0),('b',0),('a',1),('b',1),('a',2),('b',2)])\n"),
    'async queue': ('import asyncio\nasync def f(q,out):\n    while True:\n        x=await q.get()\n        if x is None: return\n        out.append(x*2)\n', ['import asyncio\nasync def f(q,out): return\n'], HEAD + 'import asyncio\nclass T(unittest.IsolatedAsyncioTestCase):\n  async def test_it(self):\n    q=asyncio.Queue(); out=[]\n    t=asyncio.create_task(f(q,out))\n    for x in (1,2,None): await q.put(x)\n    await t\n    self.assertEqual(out,[2,4])\n'),
    'async cancel': ('import asyncio\nasync def f():\n    try: await asyncio.sleep(60)\n    except asyncio.CancelledError:\n        global c\n        c=1\n        raise\n', ['import asyncio\nasync def f(): return\n'], HEAD + 'import asyncio\nclass T(unittest.IsolatedAsyncioTestCase):\n  async def test_it(self):\n    with self.assertRaises(asyncio.TimeoutError): await asyncio.wait_for(f(),0.05)\n'),
    'async timeout': ('import asyncio\nasync def f(x):\n    await asyncio.sleep(0.01)\n    return 2*x\n', ['import asyncio\nasync def f(x):\n    await asyncio.get_running_loop().create_future()\n'], HEAD + 'import asyncio\nclass T(unittest.IsolatedAsyncioTestCase):\n  async def test_it(self):\n    self.assertEqual(await asyncio.wait_for(f(4),1),8)\n    self.assertEqual(await asyncio.gather(*[f(i) for i in range(5)]),[0,2,4,6,8])\n'),
    'async error': ('import asyncio\nasync def f(x):\n    await asyncio.sleep(0)\n    raise KeyError(x)\n', ['import asyncio\nasync def f(x): return\n'], HEAD + 'import asyncio\nclass T(unittest.IsolatedAsyncioTestCase):\n  async def test_it(self):\n    with self.assertRaises(KeyError): await f(1)\n    r=await asyncio.gather(f(2),return_exceptions=True)\n    self.assertIsInstance(r[0],KeyError)\n'),
    'async run': ('import asyncio\nasync def f(x):\n    await asyncio.sleep(0.001)\n    return 2*x\n', ['import asyncio\nasync def f(x): return x\n'], HEAD + 'import asyncio\ndef test_it():\n  assert asyncio.run(f(2))==4\n  assert asyncio.run(f(3))==6\n  loop=asyncio.new_event_loop()\n  assert loop.run_until_complete(f(5))==10\n'),
    'async pool': ('import asyncio\nclass V:\n    def __init__(self,n): self.s=asyncio.Semaphore(n); self.now=self.top=0\n    async def run(self,cb):\n        async with self.s:\n            self.now+=1; self.top=max(self.top,self.now)\n            await asyncio.sleep(0)\n            r=await cb()\n            self.now-=1\n            return r\n', ['import asyncio\nclass V:\n    def __init__(self,n): self.top=0\n    async def run(self,cb): return await cb()\n'], HEAD + 'import asyncio\nclass T(unittest.IsolatedAsyncioTestCase):\n  async def test_it(self):\n    p=V(2)\n    async def cb():\n      await asyncio.sleep(0.001)\n      return 1\n    self.assertEqual(sum(await asyncio.gather(*[p.run(cb) for _ in range(5)])),5)\n    self.assertEqual(p.top,2)\n'),
}  # fmt: skip
EQUAL = {
    'order': (VECTOR, [], case('self.assertEqual(V(1,2)+V(3,4),V(4,6))')),
    'order named': (VECTOR, [], case('a=V(1,2)', 'b=V(3,4)', 'c=a+b', 'w=V(4,6)', 'self.assertEqual(c,w)')),
    'order swapped': (VECTOR, [], case('self.assertEqual(V(4,6),V(1,2)+V(3,4))')),
    'order pytest': (VECTOR, [], HEAD + 'def test_it():\n  for i in range(1): assert V(1,2)+V(3,4)==V(4,6)\n'),
    'order split': (VECTOR, [], 'assert V(1,2)+V(3,4)==V(4,6)\n'),
    'count': (VECTOR, [], case('self.assertEqual(V(1,2)+V(3,4),V(4,6))')),
    'in list': (VECTOR, [], case('self.assertEqual([V(1,2)+V(3,4)],[V(4,6)])')),
    'in dict': (VECTOR, [], case("self.assertEqual({'a':V(1,2)+V(3,4)},{'a':V(4,6)})")),
    'assertIn': (VECTOR, [], case('self.assertIn(V(1,2)+V(3,4),[V(4,6)])')),
    'keyword': (VECTOR, [], case('self.assertEqual(V(x=1,y=2)+V(x=3,y=4),V(x=4,y=6))')),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_what_is_right_is_paid_and_no_trick(grade, name):
    right, wrong, tests = ROWS[name]
    assert passed(grade, right, {"entry_point": entry_point(right), "test_code": tests}) == 1.0
    for code in wrong:
        reference = {"entry_point": entry_point(code), "test_code": tests}
        assert passed(grade, code, reference) == 0.0, code


@pytest.mark.parametrize("name", EQUAL)
def test_no_object_is_right_by_the_order_of_what_it_is_compared_with(grade, name):
    right, _wrong, tests = EQUAL[name]
    reference = {"entry_point": "V", "test_code": tests}
    assert passed(grade, right, reference) == 1.0
    for code in BY_ORDER + BY_COUNT:
        assert passed(grade, code, reference) == 0.0, code
