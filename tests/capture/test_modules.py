"""Modules as people have them: parametrised, frozen, cast, copied, subclassed, replicated."""

import copy
import threading

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations
from twin import Unrolled, log10_norm

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.errors import CannotWatch


def total(ds):
    return ds[v.LOG10_GRAD_H].isel(step=0, layer=0, direction=0).values


def check(module, x, rtol=1e-6):
    """Recorded with a last-step loss, it equals the unrolled twin."""
    with gv.record(module) as tape:
        module(x)[0][-1].pow(2).sum().backward()
    twin = Unrolled(module, x)
    twin.out[-1].pow(2).sum().backward()
    np.testing.assert_allclose(total(tape.dataset), log10_norm(twin.gradient("h", 0, 0)), rtol=rtol)


def test_frozen_recurrent_weights():
    module = nn.LSTM(3, 4).double()
    module.weight_hh_l0.requires_grad_(False)
    check(module, torch.randn(6, 2, 3).double())
    module.requires_grad_(False)
    check(module, torch.randn(6, 2, 3).double().requires_grad_())


def test_everything_frozen_says_why_nothing_is_recorded():
    module = nn.LSTM(3, 4).requires_grad_(False)
    with pytest.warns(RuntimeWarning, match="all of the weights are frozen"), gv.record(module):
        module(torch.randn(6, 2, 3))


@pytest.mark.parametrize("parametrize", [parametrizations.weight_norm, parametrizations.orthogonal])
def test_parametrised_recurrent_weights(parametrize):
    module = nn.RNN(3, 4).double()
    parametrize(module, "weight_hh_l0")
    x = torch.randn(6, 2, 3).double()
    with gv.record(module, detail="full") as tape:
        module(x)[0][-1].pow(2).sum().backward()
    ds = tape.dataset.isel(step=0, layer=0, direction=0)
    used = module._flat_weights[1].detach()
    delta = torch.from_numpy(ds[v.GRAD_GATES].values[:, :, 0])
    expected = ds[v.GRAD_H].values[:-1]
    np.testing.assert_allclose((delta[1:] @ used).numpy(), expected, atol=1e-12)


class Doubled(nn.LSTM):
    """A subclass with its own forward."""

    def forward(self, x):
        out, state = super().forward(2 * x)
        return out * 1, state


def test_a_subclass():
    module = Doubled(3, 4).double()
    x = torch.randn(6, 2, 3).double()
    with gv.record(module) as tape:
        module(x)[0][-1].pow(2).sum().backward()
    twin = Unrolled(module, 2 * x)
    twin.out[-1].pow(2).sum().backward()
    np.testing.assert_allclose(total(tape.dataset), log10_norm(twin.gradient("h", 0, 0)), rtol=1e-6)


def test_eval_mode_keeps_its_gradient():
    module = nn.GRU(3, 4, 2, dropout=0.5).double().eval()
    check(module, torch.randn(6, 2, 3).double())


def skip_where_torch_cannot(module, x):
    """Its LSTM in bfloat16 needs instructions that not every processor has."""
    try:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            module(x)
    except RuntimeError as failure:
        if "primitive descriptor" not in str(failure):
            raise
        pytest.skip(f"PyTorch itself cannot, on this processor: {failure}")


@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])
@pytest.mark.parametrize("layers", [1, 2])
def test_bfloat16_autocast(kind, layers):
    module = kind(3, 16, layers)
    x = torch.randn(12, 4, 3)
    skip_where_torch_cannot(module, x)
    grads = []
    for record in (False, True):
        module.zero_grad()
        tape = gv.record(module)
        if record:
            tape.__enter__()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            out = module(x)[0]
        out[-1].float().pow(2).sum().backward()
        if record:
            tape.__exit__(None, None, None)
        grads.append([p.grad.clone() for p in module.parameters()])
    assert all(torch.equal(a, b) for a, b in zip(*grads, strict=True))
    twin = Unrolled(module, x)
    twin.out[-1].pow(2).sum().backward()
    found = tape.dataset[v.LOG10_GRAD_H].isel(step=0, layer=layers - 1, direction=0).values
    np.testing.assert_allclose(found, log10_norm(twin.gradient("h", layers - 1, 0)), atol=0.05)


def test_a_bfloat16_model():
    module = nn.LSTM(3, 16).to(torch.bfloat16)
    x = torch.randn(12, 4, 3, dtype=torch.bfloat16)
    with gv.record(module) as tape:
        module(x)[0][-1].float().pow(2).sum().backward()
    twin = Unrolled(module, x)
    twin.out[-1].pow(2).sum().backward()
    np.testing.assert_allclose(total(tape.dataset), log10_norm(twin.gradient("h", 0, 0)), atol=0.05)
    assert tape.dataset.attrs["dtype"] == "bfloat16"


def test_weights_shared_between_modules_keep_both_names():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.GRU(4, 4), nn.GRU(4, 4)
            self.second.weight_hh_l0 = self.first.weight_hh_l0

        def forward(self, x):
            return self.second(self.first(x)[0])[0]

    model = Tied()
    with gv.record(model) as tape:
        model(torch.randn(6, 2, 4))[-1].sum().backward()
    assert set(tape.tree.children) == {"first", "second"}
    assert "call" not in tape["first"].dims


def test_replicas_in_threads_keep_the_modules_name():
    """What nn.DataParallel does: shallow copies with weights of their own, run in threads."""

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = nn.LSTM(3, 4)

        def forward(self, x):
            return self.encoder(x)[0][-1]

    model = Model()
    outs = {}

    def replicate():
        replica = model._replicate_for_data_parallel()
        replica.encoder = model.encoder._replicate_for_data_parallel()
        for name, parameter in model.encoder.named_parameters():
            setattr(replica.encoder, name, parameter * 1)
        replica.encoder._flat_weights = [
            getattr(replica.encoder, n) for n in model.encoder._flat_weights_names
        ]
        return replica

    def run(k, replica):
        outs[k] = replica(torch.randn(6, 2, 3))

    with gv.record(model) as tape:
        threads = [threading.Thread(target=run, args=(k, replicate())) for k in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        (outs[0].sum() + outs[1].sum()).backward()
    assert tape.dataset.sizes["call"] == 2
    assert np.isfinite(tape.dataset[v.LOG10_GRAD_H]).all()


def test_a_model_that_copies_itself():
    class Teacher(nn.Module):
        def __init__(self):
            super().__init__()
            self.student = nn.GRU(3, 4)

        def forward(self, x):
            teacher = copy.deepcopy(self.student)
            return self.student(x)[0] - teacher(x)[0].detach()

    model = Teacher()
    with gv.record(model) as tape:
        model(torch.randn(6, 2, 3))[-1].pow(2).sum().backward()
    assert list(tape.tree.children) == ["student"]


@pytest.mark.filterwarnings("ignore:.*torch.jit.trace.* is deprecated")
def test_what_cannot_be_watched_says_so():
    x = torch.randn(6, 2, 3)
    module = nn.LSTM(3, 4)
    with pytest.raises(CannotWatch, match=r"traced.*outside of gradviz\.record"), gv.record(module):
        torch.jit.trace(module, x)

    def loss(x):
        return module(x)[0].sum()

    with pytest.raises(CannotWatch, match=r"transformed by torch\.func"), gv.record(module):
        torch.func.grad(loss)(x)


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")
@pytest.mark.parametrize("compiled_is_recorded", [False, True])
@pytest.mark.parametrize("ran_before", [False, True])
def test_a_compiled_model_is_seen_all_the_same(compiled_is_recorded, ran_before):
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.recurrent = nn.GRU(3, 4)

        def forward(self, x):
            return self.recurrent(2 * x)[0] * 1

    model = Model().double()
    compiled = torch.compile(model, backend="eager")
    x = torch.randn(6, 2, 3).double()
    if ran_before:
        compiled(x)[-1].sum().backward()
    with gv.record(compiled if compiled_is_recorded else model) as tape:
        compiled(x)[-1].pow(2).sum().backward()
    twin = Unrolled(model.recurrent, 2 * x)
    twin.out[-1].pow(2).sum().backward()
    assert tape.names == ["recurrent"]
    np.testing.assert_allclose(total(tape.dataset), log10_norm(twin.gradient("h", 0, 0)), rtol=1e-6)
    torch._dynamo.reset()
