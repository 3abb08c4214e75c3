"""``gradviz diagnose``: what it prints, its exit codes, and that a recording needs no torch."""

import json
import subprocess
import sys

import pytest
import torch
import xarray as xr
from torch import nn

import gradviz as gv
import gradviz.diagnosis.diagnose
from gradviz.cli.main import main
from gradviz.diagnosis.kinds import KINDS

CODE = """
import torch
from torch import nn
import gradviz as gv

class LastStep(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x)[0][:, -1]

def chrono(lag=100):
    torch.manual_seed(0)
    return LastStep(gv.initialise(nn.LSTM(3, 16, batch_first=True), "chrono", t_max=lag))

def default():
    torch.manual_seed(0)
    return LastStep(nn.RNN(3, 16, batch_first=True))

def two():
    torch.manual_seed(0)
    return nn.Sequential(Chain(default().layer), Chain(nn.GRU(16, 16, batch_first=True)))

class Chain(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x)[0]

def with_inputs():
    return chrono(), torch.randn(4, 30, 3)

def constant():
    return chrono(), torch.ones(4, 30, 3), lambda output: output.sum()

def misfit():
    return chrono(), torch.ones(4, 30, 5)

def bad_loss():
    return chrono(), torch.ones(4, 30, 3), lambda output: output

def raises():
    raise KeyError("size")

def no_model():
    return "model"
"""


@pytest.fixture
def diagnose(tmp_path, monkeypatch, capsys):
    """The command in a directory with ``cases.py``; returns exit code, stdout and stderr."""
    (tmp_path / "cases.py").write_text(CODE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "cases", raising=False)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["gradviz", "diagnose", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, *capsys.readouterr()

    yield run
    sys.modules.pop("cases", None)


@pytest.mark.parametrize(
    ("arguments", "code", "verdict"),
    [
        (["cases:chrono", "--lag", "90"], 0, "No trouble found in what was checked."),
        (["cases:default", "--lag", "90"], 1, "Found: 1 trouble"),
        (["cases:default"], 0, "Nothing found that is trouble for certain. 1 warning"),
        (["cases:default", "--strict"], 1, "Nothing found that is trouble for certain. 1 warning"),
        (["cases:chrono", "--lag", "90", "--strict"], 0, "No trouble found in what was checked."),
        (["cases.py:default", "--lag", "90"], 1, "Found: 1 trouble"),
        (["cases:constant"], 1, "Found: 1 trouble"),
        (["cases:with_inputs", "--lag", "29"], 0, "No trouble found in what was checked."),
    ],
)
def test_exit_codes(diagnose, arguments, code, verdict):
    ended, out, err = diagnose(*arguments)
    assert (ended, out.splitlines()[-1], err) == (code, verdict, "")


def test_it_says_what_was_run(diagnose):
    _, out, _ = diagnose("cases:default", "--lag", "40")
    text = " ".join(out.split())
    assert "layer (RNN (tanh), 1 layer, 16 units), 100 time steps; probed with random normal input" in text
    assert "the task needs 40 time steps." in text
    _, out, _ = diagnose("cases:with_inputs")
    text = " ".join(out.split())
    assert "30 time steps; probed with inputs as given; loss: a random projection of the output" in text
    assert "no lag was given." in text


@pytest.mark.parametrize(("lag", "steps"), [("40", 100), ("150", 151)])
def test_the_random_input_is_as_long_as_the_lag_needs(diagnose, lag, steps):
    _, out, _ = diagnose("cases:chrono", "--lag", lag)
    assert f"(16, {steps}, 3)" in out


@pytest.mark.parametrize("lag", [None, 40, 150])
def test_the_command_and_the_library_probe_alike(diagnose, monkeypatch, lag):
    recordings = []
    real = gradviz.diagnosis.diagnose.diagnose
    monkeypatch.setattr(
        gradviz.diagnosis.diagnose, "diagnose", lambda tree, **options: recordings.append(tree) or real(tree)
    )
    diagnose("cases:chrono", *([] if lag is None else ["--lag", str(lag)]))
    expected = gv.probe(sys.modules["cases"].chrono(), lag=lag)
    (found,) = recordings
    xr.testing.assert_identical(found, expected)


def test_input_shape(diagnose):
    ended, out, _ = diagnose("cases:chrono", "--input-shape", "5,12,3", "--json")
    assert ended == 0
    assert "random normal input of shape (5, 12, 3), shape as given" in json.loads(out)["read"]


def test_json(diagnose):
    ended, out, _ = diagnose("cases:default", "--lag", "90", "--json")
    report = json.loads(out)
    assert ended == 1
    assert (report["healthy"], report["lag"]) == (False, 90)
    first = report["findings"][0]
    assert (first["kind"], first["severity"]) == ("vanishing", "trouble")
    assert first["title"] == KINDS["vanishing"]
    assert first["amounts"][0]["value"] > 6
    assert first["amounts"][0]["options"] == {"lag": 90, "module": "layer"}


def test_one_of_several_modules(diagnose):
    _, out, _ = diagnose("cases:two", "--lag", "90", "--json")
    assert {f["where"]["module"] for f in json.loads(out)["findings"]} == {"0.layer", "1.layer"}
    _, out, _ = diagnose("cases:two", "--lag", "90", "--json", "--module", "1.layer")
    report = json.loads(out)
    assert {f["where"]["module"] for f in report["findings"]} == {"1.layer"}
    assert report["read"].startswith("1.layer (GRU")


@pytest.fixture
def run_folder(tmp_path):
    """A recorded training of a layer that vanishes, with its lag in the recording's attributes."""
    torch.manual_seed(0)
    layer = nn.RNN(2, 8)
    with gv.record(layer, path=tmp_path / "run", metadata={"lag": 60}) as tape:
        for _ in range(2):
            loss = layer(torch.randn(80, 3, 2))[0][-1].pow(2).sum()
            loss.backward()
            tape.step(loss)
    return tmp_path / "run"


def test_a_run_knows_its_lag(diagnose, run_folder):
    ended, out, _ = diagnose(str(run_folder), "--json")
    report = json.loads(out)
    assert (ended, report["lag"], report["findings"][0]["kind"]) == (1, 60, "vanishing")
    assert report["read"] == "rnn (RNN (tanh), 1 layer, 8 units), 80 time steps at training step 1"
    assert diagnose(str(run_folder / "recording.nc"), "--lag", "2")[0] == 0


def test_a_recording_needs_no_torch(run_folder):
    code = (
        "import sys\nfrom gradviz.cli.main import cli\n"
        f"status = cli(['diagnose', {str(run_folder)!r}], standalone_mode=False)\n"
        "print('status', status, [m for m in ('torch', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "status 1 []"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "there is no run or recording at 'nowhere'; a model must be given as MODULE:FACTORY"),
        (["cases.py"], "name the function in it that returns a model, for example cases.py:make"),
        (["cases:chrno"], "unknown name 'chrno' in cases; did you mean 'chrono'?"),
        (["case:chrono"], "there is no module 'case' to import"),
        (["cases:raises"], "cases:raises() failed: KeyError: 'size'"),
        (["cases:no_model"], "cases:no_model() returned a str; it must return a torch.nn.Module"),
        (["cases:misfit"], "the model that cases:misfit returns could not be run: RuntimeError: "),
        (
            ["cases:bad_loss"],
            "TypeError: loss must return a tensor with one element, not a tensor of shape (4, 16)",
        ),
        (["cases:chrono", "--module", "lyaer"], "unknown module 'lyaer'; did you mean 'layer'?"),
        (["cases:chrono", "--lag", "0"], "0 is not in the range x>=1"),
        (["cases:chrono", "--lag", "ten"], "'ten' is not a valid integer"),
        (["cases:chrono", "--input-shape", "16,a"], "'16,a' must be whole numbers separated by commas"),
        (["cases:chrono", "--input-shape", "16,0,3"], "must be whole numbers"),
        (["cases:chrono", "--input-shape", "16,20,7"], "LastStep does not take random normal input of shape"),
        (
            ["cases:with_inputs", "--input-shape", "16,20,3"],
            "returns its own inputs; leave --input-shape out",
        ),
        ([".", "--input-shape", "16,20,3"], "--input-shape is for MODULE:FACTORY"),
        (["."], ". contains no recording: it has no recording.nc"),
        (["damaged.nc"], "damaged.nc is damaged or is not a netCDF4 file"),
    ],
)
def test_bad_input_ends_in_2(diagnose, tmp_path, arguments, message):
    (tmp_path / "damaged.nc").write_bytes(b"\x89HDF\r\n\x1a\n and then nothing")
    ended, out, err = diagnose(*arguments)
    assert (ended, out) == (2, "")
    assert message in " ".join(err.split())
    assert "Traceback" not in err
