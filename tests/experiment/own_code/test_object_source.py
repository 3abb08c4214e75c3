"""The source of a function or a class from Python: a file that gives the same when it is run elsewhere."""

import functools
import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import gradviz as gv
from gradviz.experiment.own_code.names_used import names_used
from gradviz.experiment.own_code.object_source import source_of
from gradviz.experiment.own_code.private_modules import load
from gradviz.experiment.own_code.reference import BadSource
from gradviz.experiment.own_code.written_text import as_literal, text_of


def again(thing):
    source, name = source_of(thing)
    return load(source, name)


def text(thing):
    source, _ = source_of(thing)
    return source.files[source.main].decode()


def local_functions(scale, weights=None):
    """A function and a class as in a notebook: known only here, with what they use around them."""
    offsets = {"a": [1, 2.5, None], "b": (True, "ü")}

    def inner(x):
        return F.relu(torch.as_tensor(x)).sum().item() * scale

    def make(x, power=2):
        import json

        squares = [math.pow(one, power) for one in x]
        return inner(squares), offsets, json.dumps(1)

    class Net(nn.Module):
        """Uses what is around it in its bases, its body and its methods."""

        size = int(scale)

        def __init__(self):
            super().__init__()
            self.layer = nn.GRU(self.size, 2)

        @property
        def twice(self):
            return inner([1.0]) * 2

    def uses_weights():
        return weights

    return make, Net, uses_weights


def test_a_function_with_the_functions_values_and_imports_that_it_uses():
    make, _, _ = local_functions(3.0)
    made = again(make)
    assert made is not make
    assert made([1, 2]) == make([1, 2]) == (15.0, {"a": [1, 2.5, None], "b": (True, "ü")}, "1")
    assert text(make).startswith("import torch.nn.functional as F\nimport torch\nimport math\n\n")
    assert "scale = 3.0" in text(make)
    assert "weights" not in text(make)


def test_its_hash_depends_on_the_values_that_it_uses():
    digests = {source_of(local_functions(scale)[0])[0].digest for scale in (3.0, 3.0, 4.0)}
    assert len(digests) == 2


def test_a_class():
    _, Net, _ = local_functions(3.0)
    made = again(Net)()
    assert (type(made).__name__, made.size, made.twice, made.layer.input_size) == ("Net", 3, 6.0, 3)


def test_lambdas():
    width = 4
    assert again(lambda x: x * width)(3) == 12
    found = [lambda x: 1,
             lambda x: 2]  # fmt: skip
    assert [again(one)(0) for one in found] == [1, 2]
    told_apart = (lambda x: 1, lambda x: 2, lambda x: width, lambda x, y=1: x)
    assert [again(one)(0) for one in told_apart] == [1, 2, 4, 0]
    pair = (lambda x: x + x, lambda x: x * x)
    with pytest.raises(BadSource, match=r"line \d+ has 2 lambdas that cannot be told apart; write"):
        source_of(pair[0])


@pytest.mark.parametrize(
    ("thing", "line"),
    [
        (torch.optim.Adam, "from torch.optim.adam import Adam\n"),
        (gv.SequenceModel, "from gradviz.models.sequence import SequenceModel\n"),
        (F.cross_entropy, "from torch.nn.functional import cross_entropy\n"),
        (torch.tanh, "from torch import tanh\n"),
        (math.sqrt, "from math import sqrt\n"),
    ],
)
def test_of_what_is_installed_there_is_an_import(thing, line):
    assert text(thing) == line
    assert again(thing) is thing


def test_of_a_module_of_the_user_there_is_the_file(tmp_path, monkeypatch):
    (tmp_path / "module_of_a_test.py").write_text("import beside_of_a_test as b\ndef make(): return b.x\n")
    (tmp_path / "beside_of_a_test.py").write_text("x = 5\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    import module_of_a_test

    source, name = source_of(module_of_a_test.make)
    assert (source.main, set(source.files), name) == (
        "module_of_a_test.py",
        {"module_of_a_test.py", "beside_of_a_test.py"},
        "make",
    )
    wrapped = source_of(lambda: module_of_a_test.make() + 1)[0]
    assert set(wrapped.files) == {"make.py", *source.files}
    assert again(lambda: module_of_a_test.make() + 1)() == 6


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        (
            local_functions(1.0, torch.ones(2))[2],
            "uses_weights uses 'weights', a Tensor, whose source is",
        ),
        (functools.partial(print, 1), "an object of type partial is not a function or a class"),
        (gv.tasks.adding(3).batch, "MarkedValues.batch is a method of an object; give a function or a class"),
        (
            torch.no_grad()(lambda: 3),
            "a lambda with something around it has no source; write it as",
        ),
        (eval("lambda: 3"), "the source of <lambda> cannot be found; define it in a file or in a notebook"),
    ],
)
def test_what_has_no_source_is_refused(thing, message):
    with pytest.raises(BadSource, match=message):
        source_of(thing)


def test_two_things_of_one_name_are_refused():
    def outer():
        def inner():
            return 1

        def make(first):
            return inner() + first

        return make

    first = outer()

    def inner():
        return 2

    def make():
        return first(inner())

    with pytest.raises(BadSource, match="two different things are called"):
        source_of(make)


def test_names_that_are_read_and_not_defined():
    code = "import os\nclass A(B):\n    x = y\n    def f(self, z: T = d):\n        w = 1\n"
    code += "        return [g(w) for _ in z]\n"
    assert names_used(code) == ["B", "T", "d", "g", "y"]


def test_plain_values_as_python_writes_them():
    assert as_literal((1, {"a": None, "b": [2.5, "x"]}, True)) == "(1, {'a': None, 'b': [2.5, 'x']}, True)"
    assert [as_literal(one) for one in (torch.ones(1), object(), math, float("nan"), len)] == [None] * 5
    assert text_of(local_functions(1.0)[0]).startswith("def make(x, power=2):\n    import json\n")


def test_decorated_functions_and_late_annotations(tmp_path, monkeypatch):
    code = (
        "from __future__ import annotations\nimport functools\nimport torch\n"
        "def outer():\n"
        "    @functools.lru_cache\n    def cached(x: Absent) -> Absent:\n        return [x]\n"
        "    class Base:\n        kind: Absent = 3\n        def one(self): return cached(1)\n"
        "    class Made(Base):\n        def two(self): return super().one() * 2\n"
        "    @torch.no_grad()\n    def make(x: Absent): return x * 2, Made().two(), cached(2) is cached(2)\n"
        "    return make\n"
    )
    (tmp_path / "late_of_a_test.py").write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path))
    import late_of_a_test

    made = again(late_of_a_test.outer())(torch.ones(1, requires_grad=True))
    assert (made[0].requires_grad, *made[1:]) == (False, [1, 1], True)
    assert text(late_of_a_test.outer()).startswith("from __future__ import annotations\n\nimport ")


def test_functions_that_call_each_other():
    def even(n):
        return n == 0 or odd(n - 1)

    def odd(n):
        return n > 0 and even(n - 1)

    assert [again(even)(4), again(odd)(4)] == [True, False]
