"""Training does without torch's compiler, to the same numbers, until something asks for it."""

import subprocess
import sys

import pytest
import torch

from gradviz.training import compiler_by_need
from gradviz.training.compiler_by_need import load_compiler_by_need

TRAIN = """
import sys, torch
from gradviz.training.compiler_by_need import load_compiler_by_need
load_compiler_by_need()
for kind in (torch.optim.SGD, torch.optim.RMSprop, torch.optim.Adam):
    weight = torch.nn.Parameter(torch.ones(2))
    optimizer = kind([weight], lr=0.1)
    (weight ** 2).sum().backward()
    optimizer.step()
    optimizer.load_state_dict(optimizer.state_dict())
assert "torch._dynamo.eval_frame" not in sys.modules
"""
COMPILE = """
double = torch.compile(lambda x: 2 * x, backend="eager")
assert double(torch.ones(2)).tolist() == [2, 2]
import torch._dynamo.eval_frame
assert torch._dynamo is sys.modules["torch._dynamo"]
assert torch._dynamo.__spec__.name == "torch._dynamo"
"""


def run(script):
    subprocess.run([sys.executable, "-c", script], check=True, timeout=240)


def test_optimisers_do_not_load_it():
    run(TRAIN)


@pytest.mark.slow
def test_compiling_loads_it():
    run(TRAIN + COMPILE)


def trained():
    weight = torch.nn.Parameter(torch.linspace(-1, 1, 5))
    optimizer = torch.optim.Adam([weight], lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        (weight**3).sum().backward()
        optimizer.step()
    return weight


def test_the_same_weights_to_the_bit(monkeypatch):
    plain = trained()
    stand_in = compiler_by_need._StandIn("torch._dynamo")
    monkeypatch.setitem(sys.modules, "torch._dynamo", stand_in)
    monkeypatch.setattr(torch, "_dynamo", stand_in, raising=False)
    assert torch.equal(trained(), plain)


def test_a_compiler_that_is_loaded_stays(monkeypatch):
    loaded = object()
    monkeypatch.setitem(sys.modules, "torch._dynamo", loaded)
    load_compiler_by_need()
    assert sys.modules["torch._dynamo"] is loaded


def test_the_real_one_takes_its_place_as_soon_as_it_is_asked_for(monkeypatch, tmp_path):
    (tmp_path / "pretended.py").write_text("config = 'real'\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(compiler_by_need, "_COMPILER", "pretended")
    load_compiler_by_need()
    stand_in = sys.modules["pretended"]
    assert not hasattr(stand_in, "__file__")  # asked of every module by `inspect`
    assert sys.modules["pretended"] is stand_in
    assert stand_in.config == "real"
    real = sys.modules.pop("pretended")
    assert real is not stand_in
    assert real.config == "real"
