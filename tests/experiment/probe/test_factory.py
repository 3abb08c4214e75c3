"""Models by name: from the working directory, a package, a file; errors; that nothing is left behind."""

import sys

import pytest
import torch
from torch import nn

from gradviz.errors import UnknownName
from gradviz.experiment.probe.factory import NoModel, as_model, model_of

CODE = """
import torch
from torch import nn

layer = nn.LSTM(3, 4)
text = "no model"

def make():
    return nn.GRU(3, 4)

def with_inputs():
    return nn.GRU(3, 4), torch.ones(5, 2, 3)

def with_loss():
    return nn.GRU(3, 4), torch.ones(5, 2, 3), lambda output: output[0].sum()

def late():
    import beside
    return beside.make()

def raises():
    raise KeyError("size")

def ends():
    raise SystemExit(2)

def nothing():
    pass

def four():
    return nn.GRU(3, 4), 1, 2, 3

def the_other_way_round():
    return torch.ones(5, 2, 3), nn.GRU(3, 4)

def targets():
    return nn.GRU(3, 4), torch.ones(5, 2, 3), torch.zeros(5)
"""
BESIDE = "from torch import nn\n\ndef make():\n    return nn.RNN(3, 4)\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working directory with ``mymodels.py``; modules imported from it are removed afterwards."""
    (tmp_path / "mymodels.py").write_text(CODE)
    (tmp_path / "beside.py").write_text(BESIDE)
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.mark.parametrize("where", ["mymodels", "mymodels.py", "./mymodels.py"])
def test_from_the_working_directory(here, where):
    path = list(sys.path)
    given = model_of(f"{where}:make")
    assert type(given.model) is nn.GRU
    assert given[1:] == (None, None)
    assert sys.path == path


def test_from_a_package_and_by_a_full_path(here, monkeypatch):
    package = here / "package"
    package.mkdir()
    (package / "inner.py").write_text("import outer_sibling\nmake = outer_sibling.make\n")
    (package / "outer_sibling.py").write_text(BESIDE)
    assert (
        type(model_of(f"{package}/inner.py:make").model) is nn.RNN
    )  # its folder is searched as a script's is
    (package / "plain.py").write_text(BESIDE)
    assert type(model_of("package.plain:make").model) is nn.RNN


def test_what_a_factory_returns(here):
    model, inputs, loss = model_of("mymodels:with_loss")
    assert torch.equal(inputs, torch.ones(5, 2, 3))
    assert loss(model(inputs)).dim() == 0
    assert model_of("mymodels:with_inputs").loss is None
    assert type(model_of("mymodels:layer").model) is nn.LSTM


def test_an_optimizer_is_ignored():
    """Many scripts make the model and its optimizer together."""
    model = torch.nn.GRU(2, 3)
    adam = torch.optim.Adam(model.parameters())
    assert as_model((model, adam), "make()") == (model, None, None)
    assert as_model((model, "inputs", adam), "make()").inputs == "inputs"
    with pytest.raises(NoModel, match="a tuple of Adam"):
        as_model((adam,), "make()")


def test_imports_of_the_factory_itself(here):
    assert type(model_of("mymodels:late").model) is nn.RNN


def test_a_file_that_is_called_as_a_module_is(here):
    (here / "json.py").write_text(BESIDE)
    import json

    assert type(model_of("json.py:make").model) is nn.RNN
    assert sys.modules["json"] is json


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("mymodels", "'mymodels': must be MODULE:FACTORY, for example mypackage.model:make"),
        (":make", "must be MODULE:FACTORY"),
        ("mymodels:", "must be MODULE:FACTORY"),
        ("mymodel:make", "there is no module 'mymodel' to import; looked in .*"),
        ("mymodels.deep:make", "'mymodels.deep'"),
        ("absent.py:make", r"^there is no file absent\.py$"),
        ("lacks:make", "importing 'lacks' failed: there is no module 'lack'"),
        ("wrong:make", "importing 'wrong' failed: SyntaxError: "),
        ("script:make", "importing 'script' failed: it ended the program; put .* under if __name__"),
        ("mymodels:raises", r"mymodels:raises\(\) failed: KeyError: 'size'"),
        ("mymodels:ends", r"ends\(\) failed: it ended the program"),
        ("mymodels:text", "mymodels:text is a str; it must be a function that returns a model"),
        (
            "mymodels:nothing",
            r"nothing\(\) returned a NoneType; it must return a torch.nn.Module, or \(model, inputs",
        ),
        ("mymodels:four", r"four\(\) returned a tuple of GRU, int, int, int"),
        ("mymodels:the_other_way_round", "returned a tuple of Tensor, GRU"),
        ("mymodels:targets", r"targets\(\) returned a Tensor as the loss; it must be a function"),
    ],
)
def test_errors(here, spec, message):
    (here / "lacks.py").write_text("import lack\n")
    (here / "wrong.py").write_text("def make(:\n")
    (here / "script.py").write_text("import sys\nsys.exit(2)\n")
    path = list(sys.path)
    with pytest.raises(NoModel, match=message):
        model_of(spec)
    assert sys.path == path
    assert not {"lacks", "wrong", "script"} & set(sys.modules)


def test_a_name_that_the_module_lacks(here):
    with pytest.raises(UnknownName, match="unknown name 'maek' in mymodels; did you mean 'make'"):
        model_of("mymodels:maek")


def test_a_file_that_fails_is_not_left_behind(here):
    (here / "failing.py").write_text("raise ValueError('no')\n")
    with pytest.raises(NoModel, match=r"importing 'failing\.py' failed: ValueError: no"):
        model_of("failing.py:make")
    assert "failing" not in sys.modules
