"""Gates and cell states of recurrences written by hand, against float64 twins with ``retain_grad``."""

import numpy as np
import pytest
import torch
import xarray as xr
from handwritten import CELLS, MinGRU, PeepholeLSTM, observed_loop
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.errors import BadRecording, NothingRecordedWarning
from gradviz.recording.merge import merge


def log10_norms(tensors):
    grads = torch.stack([torch.zeros_like(t) if t.grad is None else t.grad for t in tensors])
    return grads.norm(dim=-1).log10().numpy()


def twin(cell, x, loss):
    steps = list(cell.steps(x))
    for step in steps:
        for tensor in (step.h, step.cell_state, *step.arguments.values()):
            if tensor is not None:
                tensor.retain_grad()
    loss(steps[-1].h).backward()
    return steps


def loss_of(h):
    return h.pow(2).sum()


def check_against_twin(cell, x, *, rtol=1e-10):
    with gv.record(cell, detail="full", samples=None) as tape:
        loss_of(observed_loop(tape, cell, x)).backward()
    found = tape["mine"].isel(step=0, layer=0, direction=0)
    double = type(cell)(x.shape[-1], cell.units).double()
    double.load_state_dict({name: value.double() for name, value in cell.state_dict().items()})
    steps = twin(double, x.double(), loss_of)
    np.testing.assert_allclose(found[v.LOG10_GRAD_H], log10_norms([s.h for s in steps]), rtol=1e-6, atol=1e-6)
    for gate, values in steps[0].gates.items():
        of_gate = found.sel(gate=gate)
        arguments = [step.arguments[gate] for step in steps]
        width = values.shape[-1]
        exact = torch.stack([torch.zeros_like(a) if a.grad is None else a.grad for a in arguments])
        recorded = of_gate[v.GRAD_GATES].transpose("time", "sample", "unit").values[..., :width]
        np.testing.assert_allclose(recorded, exact, rtol=rtol, atol=float(exact.abs().max()) * rtol)
        np.testing.assert_allclose(of_gate[v.LOG10_GRAD_GATE], log10_norms(arguments), rtol=1e-5, atol=1e-5)
        activations = torch.stack([step.gates[gate] for step in steps]).detach().numpy()
        np.testing.assert_allclose(of_gate[v.GATE_MEAN], activations.mean((1, 2)), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(of_gate[v.UNIT_MEAN], activations.mean((0, 1)), rtol=1e-5, atol=1e-6)
        low = -0.9 if cell.squash.get(gate) == "tanh" else 0.1
        np.testing.assert_allclose(of_gate[v.UNIT_LEFT], (activations <= low).mean((0, 1)), atol=1e-6)
        right = (activations >= 0.9) if cell.squash.get(gate) != "exp" else np.zeros_like(activations)
        np.testing.assert_allclose(of_gate[v.GATE_RIGHT], right.mean((1, 2)), atol=1e-6)
    if steps[0].cell_state is not None:
        cells = [step.cell_state for step in steps]
        np.testing.assert_allclose(found[v.LOG10_GRAD_C], log10_norms(cells), rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(
            found[v.C], torch.stack(cells).detach(), rtol=rtol, atol=1e-7 if rtol > 1e-9 else 0
        )
        np.testing.assert_allclose(found[v.STATE_C], torch.stack(cells).norm(dim=-1).detach(), rtol=1e-6)
        exact = torch.stack([c.grad for c in cells])
        np.testing.assert_allclose(found[v.GRAD_C], exact, rtol=rtol, atol=float(exact.abs().max()) * rtol)


@pytest.mark.parametrize("name", CELLS)
def test_in_double_precision(name):
    check_against_twin(CELLS[name](3, 5).double(), torch.randn(9, 4, 3).double())


@pytest.mark.parametrize("name", CELLS)
def test_in_single_precision(name):
    check_against_twin(CELLS[name](3, 5), torch.randn(9, 4, 3), rtol=1e-4)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    name=st.sampled_from(list(CELLS)),
    sizes=st.tuples(st.integers(1, 7), st.integers(1, 5), st.integers(1, 4), st.integers(1, 6)),
    gain=st.sampled_from([0.1, 1.0, 5.0]),
    seed=st.integers(0, 99),
)
def test_for_any_sizes_and_weights(name, sizes, gain, seed):
    torch.manual_seed(seed)
    steps, batch, features, units = sizes
    cell = CELLS[name](features, units).double()
    for parameter in cell.parameters():
        parameter.data *= gain
    check_against_twin(cell, torch.randn(steps, batch, features).double(), rtol=1e-8)


def test_by_hand():
    """One unit, two steps: h = z x; the loss is 3 h of the second step."""
    arguments = torch.tensor([[0.0], [np.log(3.0)]], dtype=torch.float64, requires_grad=True)
    with gv.record(nn.Linear(1, 1), detail="full") as tape:
        for a in arguments.unbind():
            z = torch.sigmoid(a).unsqueeze(0)  # 1/2 and 3/4
            h = 2 * z
            tape.observe("h", h, gates={"z": z})
        (3 * h).sum().backward()
    ds = tape["h"].isel(step=0, layer=0, direction=0, sample=0, unit=0, gate=0)
    assert ds[v.GATES].values.tolist() == [
        0.5,
        pytest.approx(0.75, rel=1e-6),
    ]  # exp rounds as the machine does
    assert ds[v.GRAD_GATES].values.tolist() == [0.0, pytest.approx(6 * 0.75 * 0.25, rel=1e-6)]
    assert ds[v.LOG10_GRAD_GATE].values.tolist() == [-np.inf, pytest.approx(np.log10(1.125))]
    assert float(ds[v.UNIT_MEAN]) == pytest.approx(0.625, rel=1e-13)


def test_other_functions_by_hand():
    """The slopes of tanh, exp and relu, from the activation."""
    a = torch.tensor([[-1.0, 2.0]], dtype=torch.float64, requires_grad=True)
    gates = {"t": a.tanh(), "e": a.exp(), "r": a.relu()}
    with gv.record(nn.Linear(1, 1), detail="full") as tape:
        tape.observe("h", a * 1, gates=gates, squash={"t": "tanh", "e": "exp", "r": "relu"})
        sum(gates.values()).sum().backward()
    found = tape["h"][v.GRAD_GATES].values[0, 0, 0, 0, 0]
    x = np.array([-1.0, 2.0])
    np.testing.assert_allclose(found, [1 - np.tanh(x) ** 2, np.exp(x), [0.0, 1.0]])
    names = tape["h"][v.UNIT_LEFT], tape["h"][v.GATE_RIGHT]
    assert [name.attrs["long_name"] for name in names] == [
        "fraction of time below 0.1 (tanh: below -0.9; relu: zero)",
        "fraction of activations above 0.9 (exp, relu: never)",
    ]
    left, right = (tape["h"][name].values[0, 0, 0] for name in (v.UNIT_LEFT, v.UNIT_RIGHT))
    assert left.tolist() == [[0, 0], [0, 0], [1, 0]]
    assert right.tolist() == [[0, 1], [0, 0], [0, 0]]


def test_gates_of_another_width_than_the_state():
    """One number for each of two heads, and a wider gate; NaN beyond, statistics over its own units."""
    h = torch.zeros(3, 4, dtype=torch.float64)
    net = nn.Linear(4, 2 + 6).double()
    with gv.record(net, detail="full") as tape:
        for _ in range(3):
            heads, wide = torch.sigmoid(net(h)).split([2, 6], dim=1)
            h = heads.repeat_interleave(2, dim=1) * torch.tanh(h + wide[:, :4] + wide[:, 5:])
            tape.observe("h", h, gates={"heads": heads, "wide": wide}, cell_state=h[:, :1])
        h.sum().backward()
    ds = tape["h"]
    assert ds.sizes["unit"] == 6
    assert ds.attrs[v.HIDDEN_SIZE] == 4
    for name, units in ((v.H, 4), (v.C, 1)):
        assert ds[name].isel(unit=slice(units)).notnull().all()
        assert ds[name].isel(unit=slice(units, None)).isnull().all()
    for gate, units in (("heads", 2), ("wide", 6)):
        of_gate = ds.sel(gate=gate)
        for name in (v.GATES, v.GRAD_GATES, v.UNIT_MEAN, v.UNIT_LEFT):
            assert (
                of_gate[name].notnull().any([d for d in of_gate[name].dims if d != "unit"]).sum()
            ) == units
        own = of_gate[v.GATES].isel(unit=slice(units))
        np.testing.assert_allclose(of_gate[v.GATE_MEAN], own.mean(["sample", "unit"]), rtol=1e-6)
        norm = np.sqrt((of_gate[v.GRAD_GATES].isel(unit=slice(units)) ** 2).sum("unit"))
        np.testing.assert_allclose(of_gate[v.LOG10_GRAD_GATE], np.log10(norm), rtol=1e-6)
    assert gv.stuck_units(ds)["stuck_left_fraction"].notnull().all()


def test_views_of_one_tensor_of_gates_are_followed():
    """Slices taken for the call alone, of gates that the loop uses as a whole."""
    net, x = nn.Linear(3, 8).double(), torch.randn(6, 2, 3).double()
    whole, uses = torch.sigmoid(net(x)), []
    whole.retain_grad()
    with gv.record(net, detail="full") as tape:
        h = torch.zeros(2, 4).double()
        for t in range(6):
            h = (torch.cat([h, torch.ones_like(h)], dim=1) * whole[t]).view(2, 2, 4).sum(1)
            tape.observe("h", h, gates={"keep": whole[t][:, :4], "write": whole[t].chunk(2, dim=1)[1]})
            uses.append(h)
        h.sum().backward()
    slope = (whole.grad * whole * (1 - whole)).detach()
    found = tape["h"][v.GRAD_GATES].values[0, 0, 0]
    np.testing.assert_allclose(found[:, :, 0], slope[..., :4])
    np.testing.assert_allclose(found[:, :, 1], slope[..., 4:])


def test_a_gate_copied_for_the_call_alone_is_told_and_unknown():
    net, tape = nn.Linear(3, 4), gv.record(nn.Linear(1, 1))

    def run():
        with tape:
            z = torch.sigmoid(net(torch.randn(2, 3)))
            h = z * 2
            tape.observe("h", h, gates={"z": z.clone()})
            h.sum().backward()

    with pytest.warns(NothingRecordedWarning, match="'h': the gate 'z' given to tape.observe was copied"):
        run()
    assert tape["h"][v.LOG10_GRAD_GATE].isnull().all()
    assert np.isfinite(tape["h"][v.LOG10_GRAD_H]).all()
    assert tape["h"][v.GATE_MEAN].notnull().all()


@pytest.mark.parametrize("detail", ["norms", "full"])
def test_several_steps_and_calls_come_back_from_disk(tmp_path, detail):
    cell = PeepholeLSTM(3, 4)
    with gv.record(cell, detail=detail, path=tmp_path / "run") as tape:
        for lengths in ((5,), (4, 6)):
            for steps in lengths:
                observed_loop(tape, cell, torch.randn(steps, 2, 3)).sum().backward()
            tape.step(1.0)
    ds = gv.load(tmp_path / "run")["mine"].to_dataset()
    assert ds.sizes["step"] == ds.sizes["call"] == 2
    assert ds["gate"].values.tolist() == ["input", "forget", "candidate", "output"]
    assert ds.attrs[v.KEEPS] == "forget"
    saved = tape.save(tmp_path / "again.nc")
    xr.testing.assert_allclose(gv.load(saved)["mine"].to_dataset(), ds)
    assert gv.time_constants(ds)["time_constant"].sizes["unit"] == 4
    assert gv.gate_histogram(ds)["bin_low"].sel(gate="candidate").min() == -1


def recorded(squash=None, keeps=None, gates=("z",)):
    h = torch.ones(2, 4, requires_grad=True) * 1
    with gv.record(nn.Linear(1, 1)) as tape:
        given = {gate: torch.sigmoid(h) for gate in gates} or None
        tape.observe("h", h, gates=given, squash=squash, keeps=keeps)
        h.sum().backward()
    return tape.tree


def test_merging_recordings_with_other_gates_is_refused():
    with pytest.raises(BadRecording, match=r"module 'h' has different gates .*z \(sigmoid\).*; z \(tanh\)"):
        merge([recorded(), recorded({"z": "tanh"})])
    with pytest.raises(BadRecording, match="has different gates"):
        merge([recorded(), recorded(keeps="z")])


def test_merging_with_a_recording_without_gates_keeps_the_gates():
    second = recorded(gates=()).map_over_datasets(
        lambda ds: ds.assign_coords(step=[1]) if "step" in ds.dims else ds
    )
    for trees in ([recorded(), second], [second, recorded()]):
        merged = merge(trees)["h"].to_dataset()
        assert merged["gate"].values.tolist() == ["z"]
        assert merged.attrs[v.GATE_SQUASH] == '{"z": "sigmoid"}'


def test_training_with_gates_stays_bit_identical():
    def train(observe):
        torch.manual_seed(0)
        cell = PeepholeLSTM(3, 4)
        optimizer = torch.optim.SGD(cell.parameters(), lr=0.1)

        def step(tape):
            optimizer.zero_grad()
            x = torch.randn(6, 2, 3)
            h = observed_loop(tape, cell, x) if tape else list(cell.steps(x))[-1].h
            h.pow(2).sum().backward()
            torch.nn.utils.clip_grad_norm_(cell.parameters(), 0.1)
            optimizer.step()

        if not observe:
            for _ in range(3):
                step(None)
        else:
            with gv.record(cell, detail="full", every=2) as tape:
                for _ in range(3):
                    step(tape)
                    tape.step()
        return [*cell.parameters()], torch.get_rng_state()

    (plain, state), (observed, observed_state) = train(False), train(True)
    assert all(torch.equal(a, b) for a, b in zip(plain, observed, strict=True))
    assert torch.equal(state, observed_state)


def test_a_batch_that_shrinks_takes_its_gates_along():
    cell = MinGRU(3, 4).double()
    x = torch.randn(4, 3, 3).double()
    with gv.record(cell, detail="full") as tape:
        h = torch.zeros(3, 4).double()
        for t in range(4):
            h = h[:2] if t == 2 else h
            z, new = cell.net(x[t, : len(h)]).chunk(2, dim=1)
            z = torch.sigmoid(z)
            h = (1 - z) * h + z * new
            tape.observe("h", h, gates={"update": z})
        h.sum().backward()
    ds = tape["h"].isel(step=0, layer=0, direction=0)
    assert ds[v.LOG10_GRAD_GATE].notnull().sum("time").values.ravel().tolist() == [4, 4, 2]
    gates = ds[v.GATES].isel(gate=0).mean(["sample", "unit"])
    np.testing.assert_allclose(ds[v.GATE_MEAN].isel(gate=0), gates, rtol=1e-6)
    np.testing.assert_allclose(
        ds[v.UNIT_MEAN].isel(gate=0), ds[v.GATES].isel(gate=0).mean(["sample", "time"]), rtol=1e-6
    )
