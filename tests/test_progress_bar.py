"""A progress bar is shown where someone sees it: on a terminal and in a notebook, with or without widgets."""

import io
import sys
import types

import pytest
import tqdm.notebook
import xarray as xr

import gradviz as gv
from gradviz import progress_bar as bars
from gradviz.progress_bar import progress_bar


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Widget:
    """A bar of `tqdm.notebook`, as far as this package knows of it."""

    made = ()

    def __init__(self, **options):
        Widget.made = (*Widget.made, options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def update(self, count):
        self.count = count


@pytest.fixture
def in_kernel(monkeypatch):
    """As in a notebook: IPython is loaded and its shell belongs to a kernel."""
    shell = types.SimpleNamespace(config={"IPKernelApp": {}})
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setattr(tqdm.notebook, "IProgress", None)


@pytest.fixture(autouse=True)
def without_delay(monkeypatch):
    monkeypatch.setattr(bars, "DELAY", 0)


def text_of(monkeypatch, stream, **options):
    monkeypatch.setattr(sys, "stderr", stream)
    with progress_bar(4, unit="step", label="adding", **options) as bar:
        bar.update(3)
        bar.update(1)
    return stream.getvalue()


def test_on_a_terminal(monkeypatch):
    text = text_of(monkeypatch, Terminal())
    assert "adding" in text
    assert "4/4" in text


def test_nowhere_else(monkeypatch):
    assert text_of(monkeypatch, io.StringIO()) == ""
    assert text_of(monkeypatch, Terminal(), hidden=True) == ""


@pytest.mark.usefixtures("in_kernel")
def test_the_variable_of_tqdm_hides_it(monkeypatch):
    monkeypatch.setenv("TQDM_DISABLE", "1")
    assert text_of(monkeypatch, io.StringIO()) == ""


def test_not_before_two_seconds_unless_asked(monkeypatch):
    monkeypatch.setattr(bars, "DELAY", 1e6)
    assert text_of(monkeypatch, Terminal()) == ""
    assert "4/4" in text_of(monkeypatch, Terminal(), at_once=True)


def test_at_the_prompt_of_ipython_it_is_a_terminal(monkeypatch):
    shell = types.SimpleNamespace(config={"TerminalIPythonApp": {}})
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    assert text_of(monkeypatch, io.StringIO()) == ""


@pytest.mark.usefixtures("in_kernel")
def test_a_line_in_a_notebook_without_widgets(monkeypatch):
    assert "4/4" in text_of(monkeypatch, io.StringIO())  # no warning either: here warnings are errors
    assert text_of(monkeypatch, io.StringIO(), hidden=True) == ""


@pytest.mark.usefixtures("in_kernel")
def test_a_widget_in_a_notebook_with_widgets(monkeypatch):
    monkeypatch.setattr(tqdm.notebook, "IProgress", object)
    monkeypatch.setattr(tqdm.notebook, "tqdm", Widget)
    monkeypatch.setattr(Widget, "made", ())
    with progress_bar(4, unit="step", label="adding") as bar:
        bar.update(1)
    assert Widget.made == ({"total": 4, "unit": "step", "desc": "adding", "delay": 0, "disable": False},)


def tiny(**more):
    return {
        "name": "tiny",
        "task": gv.tasks.adding(length=8),
        "model": {"cell": "gru", "hidden_size": 4},
        "training": {"steps": 3, "batch_size": 2},
        **more,
    }


def test_run_sweep_and_load_runs_have_one(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "stderr", Terminal())
    gv.run(tiny(), runs=tmp_path)
    assert "tiny: 100%" in sys.stderr.getvalue()
    assert "3/3" in sys.stderr.getvalue()
    monkeypatch.setattr(sys, "stderr", Terminal())
    gv.sweep(tiny(sweep={"model.cell": ["rnn", "gru"]}), runs=tmp_path, workers=0)
    assert "2/2" in sys.stderr.getvalue()
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert isinstance(gv.load_runs(tmp_path, measures="horizon"), xr.Dataset)
    assert "load_runs: 100%" in sys.stderr.getvalue()


IN_A_NOTEBOOK = """
import sys, warnings
warnings.simplefilter("error")
from gradviz.progress_bar import progress_bar
with progress_bar(4, unit="step", at_once=True) as bar:
    bar.update(4)
"""


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_in_a_real_kernel(tmp_path):
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(IN_A_NOTEBOOK)])
    nbclient.NotebookClient(notebook, kernel_name="python3").execute(cwd=str(tmp_path))
    shown = str(notebook.cells[0].outputs)
    assert "4/4" in shown
    assert "Warning" not in shown
