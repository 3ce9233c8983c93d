"""Fingerprints: every change of what a callable reaches is noticed or named; what the code itself counts or
caches is no change.
"""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arize_nb import harness
from arize_nb.harness import contains, exact_match, llm_judge
from arize_nb.harness.fingerprints.fingerprint import describe, fingerprint


def made(code, name="task"):
    """Run a cell in a namespace of its own, as a fresh kernel would, and return what it defines."""
    space = {"__name__": "__main__"}
    exec(textwrap.dedent(code), space)
    return space[name]


CHANGES = {
    "a constant": "def task(q): return 'OLD' + q",
    "an attribute by its text": (
        "import types\nS = types.SimpleNamespace(p='OLD')\ndef task(q): return getattr(S, 'p', None) + q"
    ),
    "a method by its text": (
        "class A:\n    def p(self): return 'OLD'\n    def __call__(self, q): return getattr(self, 'p')()\n"
        "task = A()"
    ),
    "a default": "def task(q, model='OLD'): return model + q",
    "a keyword default": "def task(q, *, model='OLD'): return model + q",
    "a closure": "def outer(p):\n    return lambda q: p + q\ntask = outer('OLD')",
    "a partial": "import functools\ndef f(p, q): return p + q\ntask = functools.partial(f, 'OLD')",
    "a helper": "def help(q): return 'OLD'\ndef task(q): return help(q)",
    "a list in a global": "SHOTS = ['OLD']\ndef task(q): return SHOTS[0] + q",
    "a nested dict": "S = {'a': {'b': ['OLD']}}\ndef task(q): return S['a']['b']",
    "a dispatch table": "def f(q): return 'OLD'\nT = {'f': f}\ndef task(q): return T['f'](q)",
    "a method called by __call__": (
        "class A:\n    def p(self): return 'OLD'\n    def __call__(self, q): return self.p()\ntask = A()"
    ),
    "a property": (
        "class A:\n    @property\n    def p(self): return 'OLD'\n    def __call__(self, q): return"
        " self.p\ntask = A()"
    ),
    "a cached property": (
        """
        import functools
        class A:
            @functools.cached_property
            def p(self): return 'OLD'
            def __call__(self, q): return self.p
        task = A()"""
    ),
    "a static method": (
        "class A:\n    @staticmethod\n    def p(): return 'OLD'\n    def __call__(self, q): return"
        " self.p()\ntask = A()"
    ),
    "a class method": (
        "class A:\n    @classmethod\n    def p(cls): return 'OLD'\n    def __call__(self, q): return"
        " self.p()\ntask = A()"
    ),
    "a class attribute": "class A:\n    P = 'OLD'\n    def __call__(self, q): return self.P\ntask = A()",
    "an attribute of a base class": (
        "class B:\n    P = 'OLD'\nclass A(B):\n    def __call__(self, q): return self.P\ntask = A()"
    ),
    "a method of a base class": (
        "class B:\n    def p(self): return 'OLD'\nclass A(B):\n    def __call__(self, q): return"
        " self.p()\ntask = A()"
    ),
    "a slot": (
        """
        class A:
            __slots__ = ('p',)
            def __init__(self): self.p = 'OLD'
            def __call__(self, q): return self.p
        task = A()"""
    ),
    "a dict attribute": (
        """
        class A:
            def __init__(self): self.params = {'model': 'OLD'}
            def __call__(self, q): return self.params['model']
        task = A()"""
    ),
    "a list attribute": (
        """
        class A:
            def __init__(self): self.shots = ['OLD']
            def __call__(self, q): return self.shots
        task = A()"""
    ),
    "a bound method's object": "class A:\n    P = 'OLD'\n    def go(self, q): return self.P\ntask = A().go",
    "an object in a global": (
        "class A:\n    def ask(self, q): return 'OLD'\nagent = A()\ndef task(q): return agent.ask(q)"
    ),
    "an attribute of an object in a global": (
        """
        class A:
            def __init__(self, p): self.p = p
            def ask(self, q): return self.p
        agent = A('OLD')
        def task(q): return agent.ask(q)"""
    ),
    "a class that the task makes objects of": (
        "class A:\n    def ask(self, q): return 'OLD'\ndef task(q): return A().ask(q)"
    ),
    "an object inside an object": (
        """
        class L:
            def __init__(self): self.model = 'OLD'
        class A:
            def __init__(self): self.llm = L()
            def __call__(self, q): return self.llm.model
        task = A()"""
    ),
    "a dataclass": (
        "import dataclasses\n@dataclasses.dataclass\nclass C:\n    p: str = 'x'\nC0 = C('OLD')\ndef task(q):"
        " return C0.p"
    ),
    "a frozen dataclass with slots": (
        """
        import dataclasses
        @dataclasses.dataclass(frozen=True, slots=True)
        class C:
            p: str = 'x'
        C0 = C('OLD')
        def task(q): return C0.p"""
    ),
    "a default of a dataclass": (
        "import dataclasses\n@dataclasses.dataclass\nclass C:\n    p: str = 'OLD'\ndef task(q): return C().p"
    ),
    "a dataclass in a partial": (
        """
        import dataclasses, functools
        @dataclasses.dataclass
        class C:
            p: str
        def f(c, q): return c.p
        task = functools.partial(f, C('OLD'))"""
    ),
    "a pydantic model": (
        "import pydantic\nclass C(pydantic.BaseModel):\n    p: str\nC0 = C(p='OLD')\ndef task(q): return C0.p"
    ),
    "a description of a pydantic field": (
        """
        import pydantic
        class C(pydantic.BaseModel):
            p: str = pydantic.Field('x', description='OLD')
        def task(q): return C.model_json_schema()"""
    ),
    "an attrs object": (
        "import attr\n@attr.s(auto_attribs=True)\nclass C:\n    p: str\nC0 = C('OLD')\ndef task(q): return"
        " C0.p"
    ),
    "a named tuple": (
        "import collections\nC = collections.namedtuple('C', 'p')\nC0 = C('OLD')\ndef task(q): return C0.p"
    ),
    "a simple namespace": "import types\nC0 = types.SimpleNamespace(p='OLD')\ndef task(q): return C0.p",
    "an enum member": "import enum\nclass E(enum.Enum):\n    P = 'OLD'\ndef task(q): return E.P.value",
    "which enum member": (
        "import enum\nclass E(enum.Enum):\n    OLD = 1\n    NEW = 2\nP = E.OLD\ndef task(q): return P.value"
    ),
    "a template": "import string\nT = string.Template('OLD $q')\ndef task(q): return T.substitute(q=q)",
    "a pattern": "import re\nR = re.compile('OLD')\ndef task(q): return R.sub('', q)",
    "a path": "import pathlib\nP = pathlib.Path('OLD')\ndef task(q): return str(P)",
    "a bound method in C": "task = 'OLD {}'.format",
    "a bound method in C in a global": "say = 'OLD {}'.format\ndef task(q): return say(q)",
    "an item getter": "import operator\ntask = operator.itemgetter('OLD')",
    "a method caller": "import operator\ntask = operator.methodcaller('replace', 'q', 'OLD')",
    "a cached helper": (
        "import functools\n@functools.cache\ndef help(q): return 'OLD'\ndef task(q): return help(q)"
    ),
    "a cached task": "import functools\n@functools.lru_cache(maxsize=None)\ndef task(q): return 'OLD'",
    "a wrapped task": (
        """
        import functools
        def logged(f):
            @functools.wraps(f)
            def inner(*a, **k): return f(*a, **k)
            return inner
        @logged
        def task(q): return 'OLD'"""
    ),
    "a decorator": (
        """
        def shout(f):
            def inner(*a, **k): return f(*a, **k) + 'OLD'
            return inner
        @shout
        def task(q): return q"""
    ),
    "a library's decorator around it": (
        "import functools\n@functools.singledispatch\ndef task(q): return 'OLD'"
    ),
    "settings beside a cache": (
        """
        S = {'model': 'OLD'}
        CACHE = {}
        def task(q):
            CACHE[q] = S['model'] + q
            return CACHE[q]"""
    ),
    "settings in a container that the code fills too": (
        """
        S = {'model': 'OLD', 'n': 0}
        def task(q):
            S['n'] += 1
            return S['model'] + q"""
    ),
    "settings in a container that is a cache, too": (
        """
        S = {'model': 'OLD'}
        def task(q):
            S[q] = S['model'] + q
            return S[q]"""
    ),
    "settings in an attribute that is a cache, too": (
        """
        class A:
            def __init__(self): self.state = {'model': 'OLD'}
            def __call__(self, q):
                self.state[q] = self.state['model']
                return self.state[q]
        task = A()"""
    ),
    "settings beside a filled attribute": (
        """
        class A:
            def __init__(self):
                self.params, self.cache = {'model': 'OLD'}, {}
            def __call__(self, q):
                self.cache[q] = self.params['model']
                return self.cache[q]
        task = A()"""
    ),
    "an attribute that only an uncalled method sets": (
        """
        class A:
            def __init__(self): self.model = 'OLD'
            def use(self, model): self.model = model
            def __call__(self, q): return self.model
        task = A()"""
    ),
    "an environment variable": "import os\ndef task(q): return os.environ['MODEL_NAME']",
    "an environment variable by getenv": (
        "from os import getenv\ndef task(q): return getenv('MODEL_NAME', 'x')"
    ),
    "a set": "S = {'OLD', 'b', 'c'}\ndef task(q): return q in S",
    "a frozenset": "S = frozenset({'OLD', 'b', 'c'})\ndef task(q): return q in S",
    "a deque": "import collections\nS = collections.deque(['OLD'])\ndef task(q): return S[0]",
    "a default dict": (
        "import collections\nS = collections.defaultdict(str, {'a': 'OLD'})\ndef task(q): return S['a']"
    ),
    "a counter": (
        "import collections\nS = collections.Counter({'OLD': 2})\ndef task(q): return S.most_common(1)"
    ),
    "bytes": "S = b'OLD'\ndef task(q): return S.decode()",
    "a bytearray": "S = bytearray(b'OLD')\ndef task(q): return S.decode()",
    "a date": "import datetime\nS = datetime.date(1999, 1, len('OLD'))\ndef task(q): return S.isoformat()",
    "a decimal": "import decimal\nS = decimal.Decimal(len('OLD'))\ndef task(q): return str(S)",
    "an array": "import numpy\nS = numpy.array(['OLD'])\ndef task(q): return S[0]",
    "an array of objects": (
        "import numpy\nS = numpy.array(['OLD', None], dtype=object)\ndef task(q): return S[0]"
    ),
    "a frame": "import pandas\nS = pandas.DataFrame({'a': ['OLD', 'x']})\ndef task(q): return S['a'][0]",
    "a series": "import pandas\nS = pandas.Series(['OLD', 'x'])\ndef task(q): return S[0]",
    "an Arrow table": (
        "import pyarrow\nS = pyarrow.table({'a': ['OLD', 'x']})\ndef task(q): return S['a'][0].as_py()"
    ),
    "a member late in a long list": "S = ['x'] * 5000 + ['OLD']\ndef task(q): return S[-1]",
    "a subclass of dict": "class C(dict): pass\nS = C(model='OLD')\ndef task(q): return S['model']",
    "a subclass of str": "class C(str): pass\nS = C('OLD')\ndef task(q): return S + q",
    "a metaclass's product": (
        "import abc\nclass A(abc.ABC):\n    P = 'OLD'\n    def __call__(self, q): return self.P\ntask = A()"
    ),
    "an attribute of the function": "def task(q): return task.prompt\ntask.prompt = 'OLD'",
    "a helper's attribute": "def help(q): return help.p\nhelp.p = 'OLD'\ndef task(q): return help(q)",
    "a helper in a comprehension": "def help(q): return 'OLD'\ndef task(q): return [help(x) for x in q]",
    "a helper in an inner function": (
        "def help(q): return 'OLD'\ndef task(q):\n    def inner(): return help(q)\n    return inner()"
    ),
    "an async helper": "async def help(q): return 'OLD'\nasync def task(q): return await help(q)",
    "a generator helper": "def help(q): yield 'OLD'\ndef task(q): return list(help(q))",
    "a partial method": (
        """
        import functools
        class A:
            def p(self, x): return x
            old = functools.partialmethod(p, 'OLD')
            def __call__(self, q): return self.old()
        task = A()"""
    ),
    "an attribute of a metaclass": (
        """
        class M(type):
            P = 'OLD'
        class A(metaclass=M):
            def __call__(self, q): return type(self).P
        task = A()"""
    ),
    "a method of a metaclass": (
        """
        class M(type):
            def p(cls): return 'OLD'
        class A(metaclass=M): pass
        def task(q): return A.p()"""
    ),
    "a context variable": (
        "import contextvars\nV = contextvars.ContextVar('V', default='OLD')\ndef task(q): return V.get()"
    ),
    "a docstring that a model is shown": "def tool(q):\n    'OLD'\ndef task(q): return tool.__doc__",
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_noticed_or_named(what, monkeypatch):
    """Whatever a callable reaches: changed, it has another fingerprint; unchanged, the same in another
    namespace.
    """
    code = CHANGES[what]
    monkeypatch.setenv("MODEL_NAME", "OLD")
    before, same = describe(made(code)), describe(made(code))
    monkeypatch.setenv("MODEL_NAME", "NEW")
    after = describe(made(code.replace("OLD", "N")))

    assert before == same
    assert before.mark != after.mark


NAMED = {
    "a client of a library": (
        "import httpx\nclient = httpx.Client()\ndef task(q): return client.get(q).text",
        "client (httpx",
    ),
    "chance": (
        "import random\nrng = random.Random(3)\ndef task(q): return rng.random()",
        "rng (random.Random)",
    ),
    "globals()": ("G = 'x'\ndef task(q): return globals()['G']", "what globals() gives"),
    "an attribute of a computed name": (
        "import json as prompts\ndef task(q): return getattr(prompts, f'for_{q}')",
        "what getattr() gives",
    ),
    "eval": ("G = 'x'\ndef task(q): return eval('G')", "what eval() gives"),
    "a file": ("def task(q):\n    with open('prompt.txt') as f: return f.read()", "files (open)"),
    "a path's text": (
        "import pathlib\ndef task(q): return pathlib.Path('prompt.txt').read_text()",
        "files (read_text)",
    ),
    "a table's file": (
        "import pandas\ndef task(q): return pandas.read_csv('shots.csv')['a'][0]",
        "files (read_csv)",
    ),
    "a thread's own": (
        "import threading\nL = threading.local()\ndef task(q): return L.model",
        "L (_thread._local)",
    ),
    "a module by name": (
        "import importlib\ndef task(q): return importlib.import_module(q).P",
        "what import_module() gives",
    ),
    "a stream": ("import io\nf = io.StringIO()\ndef task(q): return f.read()", "f (_io.StringIO)"),
    "an iterator": ("it = iter([1, 2])\ndef task(q): return next(it)", "it (list_iterator)"),
    "a generator": ("def g():\n    yield 1\nit = g()\ndef task(q): return next(it)", "it (generator)"),
    "a key in the environment": (
        "import os\ndef task(q): return os.environ['SOME_API_KEY']",
        "$SOME_API_KEY",
    ),
    "the whole environment": ("import os\ndef task(q): return str(os.environ)", "os.environ"),
    "a client in an attribute": (
        (
            "import httpx\nclass A:\n    def __init__(self): self.http = httpx.Client()\n    def"
            " __call__(self, q): return self.http.get(q)\ntask = A()"
        ),
        "A.http (httpx",
    ),
}


@pytest.mark.parametrize("what", NAMED)
def test_what_cannot_be_described_is_named(what):
    """A client, chance, a file, state of the code's own: named by its place and type, not taken as unchanged
    without a word.
    """
    code, named = NAMED[what]

    assert any(text.startswith(named) for text in describe(made(code)).not_compared)


COUNTING = {
    "a global": "N = 0\ndef task(q):\n    global N\n    N += 1\n    return q",
    "a nonlocal": (
        "def outer():\n    n = 0\n    def task(q):\n        nonlocal n\n        n += 1\n        return q\n   "
        " return task\ntask = outer()"
    ),
    "a cache": "C = {}\ndef task(q):\n    C[q] = 1\n    return q",
    "a log": "L = []\ndef task(q):\n    L.append(q)\n    return q",
    "a log in a closure": (
        "def outer():\n    log = []\n    def task(q):\n        log.append(q)\n        return q\n    return"
        " task\ntask = outer()"
    ),
    "a log in a dict": "S = {'log': []}\ndef task(q):\n    S['log'].append(q)\n    return q",
    "an item": "S = {'n': 0, 'model': 'x'}\ndef task(q):\n    S['n'] += 1\n    return q",
    "an attribute": (
        "class A:\n    n = 0\n    def __call__(self, q):\n        self.n += 1\n        return q\ntask = A()"
    ),
    "an attribute of a base class": (
        """
        class B:
            def __init__(self): self.calls = 0
            def count(self): self.calls += 1
        class A(B):
            def __call__(self, q):
                self.count()
                return q
        task = A()"""
    ),
    "setattr": (
        "class A:\n    n = 0\n    def __call__(self, q):\n        setattr(self, 'n', self.n + 1)\n       "
        " return q\ntask = A()"
    ),
    "object.__setattr__": (
        """
        class A:
            def __init__(self): self.n = 0
            def __call__(self, q):
                object.__setattr__(self, 'n', self.n + 1)
                return q
        task = A()"""
    ),
    "__dict__": (
        "class A:\n    n = 0\n    def __call__(self, q):\n        self.__dict__['n'] = self.n + 1\n       "
        " return q\ntask = A()"
    ),
    "a class's attribute": (
        "class A:\n    n = 0\n    def __call__(self, q):\n        A.n += 1\n        return q\ntask = A()"
    ),
    "an attribute of type(self)": (
        "class A:\n    n = 0\n    def __call__(self, q):\n        type(self).n += 1\n        return q\ntask"
        " = A()"
    ),
    "a slot": (
        """
        class A:
            __slots__ = ('n',)
            def __init__(self): self.n = 0
            def __call__(self, q):
                self.n += 1
                return q
        task = A()"""
    ),
    "a cache attribute": (
        """
        class A:
            def __init__(self): self.cache = {}
            def __call__(self, q):
                self.cache[q] = 1
                return self.cache.get(q)
        task = A()"""
    ),
    "a history of an inner object": (
        """
        class H:
            def __init__(self): self.turns = []
            def add(self, q): self.turns.append(q)
        class A:
            def __init__(self): self.history = H()
            def __call__(self, q):
                self.history.add(q)
                return q
        task = A()"""
    ),
    "an object in a global": "class S:\n    n = 0\ns = S()\ndef task(q):\n    s.n += 1\n    return q",
    "an attribute of the function": "def task(q):\n    task.n += 1\n    return q\ntask.n = 0",
    "functools.cache": "import functools\n@functools.cache\ndef task(q): return q",
    "a cached helper": (
        "import functools\n@functools.lru_cache\ndef help(q): return q\ndef task(q): return help(q)"
    ),
    "a cached property": (
        """
        import functools
        class A:
            @functools.cached_property
            def model(self): return 'm'
            def __call__(self, q): return self.model + q
        task = A()"""
    ),
    "itertools.count": "import itertools\nc = itertools.count()\ndef task(q): return next(c)",
    "collections.Counter": (
        "import collections\nc = collections.Counter()\ndef task(q):\n    c[q] += 1\n    return q"
    ),
    "a deque": (
        "import collections\nc = collections.deque(maxlen=3)\ndef task(q):\n    c.append(q)\n    return q"
    ),
    "a queue": "import queue\nc = queue.Queue()\ndef task(q):\n    c.put(q)\n    return q",
    "chance": "import random\nr = random.Random(1)\ndef task(q): return r.random()",
    "a lock and a count": (
        "import threading\nL = threading.Lock()\nN = [0]\ndef task(q):\n    with L:\n        N[0] += 1\n   "
        " return q"
    ),
    "a decorator that counts": (
        """
        import functools
        def counted(f):
            @functools.wraps(f)
            def inner(q):
                inner.calls += 1
                return f(q)
            inner.calls = 0
            return inner
        @counted
        def task(q): return q"""
    ),
}


@pytest.mark.parametrize("what", COUNTING)
def test_state_that_the_code_changes_is_no_change(what):
    """Counters, caches and logs leave the fingerprint as it is: the very same object can be resumed."""
    task = made(COUNTING[what])
    before = fingerprint(task)
    for question in ("a", "b", "c"):
        task(question)

    assert before == fingerprint(task)


@pytest.mark.parametrize(
    "task",
    [str.upper, len, print, int, dict.get, {"a": 1}.get, "x{}".format],
    ids=["method", "len", "print", "type", "slot", "of a dict", "of a text"],
)
def test_callables_in_c_have_one(task):
    """A function, a method or a class in C has a fingerprint, and the same each time."""
    assert fingerprint(task) == fingerprint(task)


def test_our_own_evaluators_count_by_their_settings():
    """Another expected text, another tolerance, another model: another ruler."""
    pairs = [
        (exact_match("a"), exact_match("b")),
        (exact_match(folded=True), exact_match(folded=False)),
        (contains("a"), contains("a", every=False)),
        (llm_judge(ask=str, labels={"a": 1, "b": 0}), llm_judge(ask=str, labels={"a": 1, "b": 0.5})),
    ]

    assert [(True, False)] * len(pairs) == [
        (first.fingerprint == first.fingerprint, first.fingerprint == second.fingerprint)
        for first, second in pairs
    ]


def test_a_module_of_the_user_is_followed(tmp_path, monkeypatch):
    """A prompt and a helper in a file of the user's own count, through `import prompts` and `from prompts
    import ask`.
    """
    marks = []
    for prompt, body in (("a", "1"), ("b", "1"), ("a", "2"), ("a", "1")):
        (tmp_path / "users_prompts.py").write_text(f"SYSTEM = '{prompt}'\ndef ask(q):\n    return {body}\n")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
        sys.modules.pop("users_prompts", None)
        marks.append(
            tuple(
                fingerprint(made(code))
                for code in (
                    "import users_prompts\ndef task(q): return users_prompts.SYSTEM",
                    "import users_prompts as p\ndef task(q): return p.ask(q)",
                    "from users_prompts import ask\ndef task(q): return ask(q)",
                    (
                        "def task(q):\n    import users_prompts\n    return users_prompts.SYSTEM +"
                        " users_prompts.ask(q)"
                    ),
                    "def task(q):\n    from users_prompts import SYSTEM, ask\n    return SYSTEM + ask(q)",
                )
            )
        )
    first, prompt, body, again = marks

    assert first == again
    assert (first[0] != prompt[0], first[1] != body[1], first[2] != body[2]) == (True, True, True)
    assert [True] * 4 == [first[place] != other[place] for place in (3, 4) for other in (prompt, body)]


def test_every_process_gives_the_same(tmp_path):
    """Neither the order of sets, nor addresses, nor what was imported before has a part in it."""
    code = [*CHANGES.values(), *(code for code, _ in NAMED.values())]
    script = tmp_path / "print_marks.py"
    script.write_text(
        "import textwrap\nfrom arize_nb.harness.fingerprints.fingerprint import fingerprint\nfor code in"
        f" {code!r}:\n    space = {{'__name__': '__main__'}}\n    exec(textwrap.dedent(code), space)\n   "
        " print(fingerprint(space['task']))\n"
    )
    marks = [
        subprocess.run(
            [sys.executable, script],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path.cwd())},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]

    assert marks[0].count(b"\n") == len(code)
    assert marks[0] == marks[1]


SETTINGS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text() | st.integers(), inner)
        | st.tuples(inner)
        | st.sets(st.text())
    ),
    max_leaves=12,
)
KEEPERS = {
    "a global": lambda value: _with_global(value),
    "a closure": lambda value: lambda q: value,
    "a default": lambda value: made(
        "def outer(v):\n    def task(q, value=v): return value\n    return task", "outer"
    )(value),
    "an attribute": lambda value: _holding(value),
    "a partial": lambda value: made("import functools\nhow = functools.partial", "how")(max, value),
}


def _with_global(value):
    space = {"__name__": "__main__", "VALUE": value}
    exec("def task(q): return VALUE", space)
    return space["task"]


def _holding(value):
    agent = made("class Agent:\n    def __call__(self, q): return self.value\nagent = Agent()", "agent")
    agent.value = value
    return agent


@given(first=SETTINGS, second=SETTINGS, where=st.sampled_from(sorted(KEEPERS)))
def test_settings_are_told_apart(first, second, where):
    """Wherever a callable keeps a value: equal values give one fingerprint, other values another."""
    keep = KEEPERS[where]

    assert fingerprint(keep(first)) == fingerprint(keep(first))
    assert (repr(_ordered(first)) == repr(_ordered(second))) == (
        fingerprint(keep(first)) == fingerprint(keep(second))
    )


def _ordered(value):
    """Write dicts and sets in one order."""
    if isinstance(value, dict):
        return {"dict": sorted((repr(key), repr(_ordered(item))) for key, item in value.items())}
    if isinstance(value, set):
        return {"set": sorted(map(repr, value))}
    if isinstance(value, list | tuple):
        return type(value)(_ordered(item) for item in value)
    return value


def test_a_class_made_in_c_whose_module_is_no_text():
    """Such a class hides the name of its module behind a descriptor: it is described all the same."""

    class Runtime:
        __module__ = property(lambda self: "runtime")

    runtime = Runtime()

    def task(question):
        return runtime, question

    assert fingerprint(task) == fingerprint(task)


MARKS = {
    "exact_match": "3d3a993b1ca2a7f1",
    "contains": "c93794a8ab66f8ab",
    "edit_similarity": "f5ab881852b07816",
    "json_valid": "3a6f9dcad7bbe256",
    "numeric_close": "777a32d300a11940",
}
"""Fingerprints of our evaluators in journals of 0.1.0 as of 2026-12-01, written by Python 3.11."""


@pytest.mark.skipif(
    sys.version_info[:2] != (3, 11), reason="bytecode of another Python has other fingerprints"
)
@pytest.mark.parametrize("name", MARKS)
def test_our_evaluators_are_those_of_journals_from_before_the_files_moved(name):
    """A journal goes on after the files of the package moved: our evaluators are still the same ones."""
    assert MARKS[name] == fingerprint(getattr(harness, name)())
