"""``detail="forward"`` with recurrences written by hand: their states and gates as they were given."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

import gradviz as gv
from gradviz.errors import NothingRecorded, NothingRecordedWarning

TIME, BATCH, UNITS = 6, 5, 4


class Cell(nn.Module):
    """A minGRU with a second state; it keeps what it computed."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.net = nn.Linear(3, 2 * UNITS)
        self.given = {"h": [], "c": [], "update": [], "candidate": []}

    def forward(self, x, tape, name="mine", **options):
        h = torch.zeros(x.shape[1], UNITS)
        for t, x_t in enumerate(x):
            update, candidate = self.net(x_t).chunk(2, dim=1)
            update, candidate = torch.sigmoid(update), torch.tanh(candidate)
            h = (1 - update) * h + update * candidate
            values = {"h": h, "c": 2 * h, "update": update, "candidate": candidate}
            for key, value in values.items():
                self.given[key].append(value.detach().clone())
            if tape is not None:
                gates = {"update": update, "candidate": candidate}
                squash = {"candidate": "tanh"}
                tape.observe(name, h, time=t, gates=gates, squash=squash, cell_state=2 * h, **options)
        return h

    def values(self, key, call=0):
        return torch.stack(self.given[key][call * TIME : (call + 1) * TIME]).numpy()


def inputs(seed=0, batch=BATCH):
    return torch.randn(TIME, batch, 3, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode, torch.enable_grad])
def test_it_records_what_was_given(mode):
    cell = Cell()
    with mode(), gv.record(cell, detail="forward", samples=3) as tape:
        cell(inputs(), tape)
    ds = tape.dataset.isel(step=0, layer=0, direction=0)
    assert ds["sample"].values.tolist() == [0, 2, 4]
    assert ds.attrs["detail"] == "forward"
    for name, key in (("h", "h"), ("c", "c")):
        np.testing.assert_array_equal(ds[name].transpose("time", "sample", "unit"), cell.values(key)[:, ::2])
    for gate in ("update", "candidate"):
        found = ds["gates"].sel(gate=gate).transpose("time", "sample", "unit")
        np.testing.assert_array_equal(found, cell.values(gate)[:, ::2])
    norms = np.linalg.norm(cell.values("h")[:, ::2].astype(float), axis=-1)
    np.testing.assert_allclose(ds["state_h"].transpose("time", "sample"), norms, rtol=1e-6)
    update = cell.values("update")[:, ::2]
    np.testing.assert_allclose(ds["gate_mean"].sel(gate="update"), update.mean((1, 2)), rtol=1e-5)
    np.testing.assert_allclose(ds["gate_left"].sel(gate="update"), (update < 0.1).mean((1, 2)), atol=1e-6)
    assert not [name for name in ds.data_vars if "grad" in name]


def test_it_agrees_with_a_recording_of_gradients():
    trees = {}
    for detail in ("forward", "full"):
        cell = Cell()
        with gv.record(cell, detail=detail) as tape:
            for step in range(2):
                cell(inputs(step), tape).sum().backward()
                tape.step(loss=float(step))
        trees[detail] = tape.tree
    forward, full = (trees[detail]["mine"].to_dataset() for detail in ("forward", "full"))
    missing = set(full.data_vars) - set(forward.data_vars)
    assert {"log10_grad_h", "grad_h", "grad_c", "grad_gates", "log10_grad_gate"} <= missing
    for name, values in forward.data_vars.items():
        np.testing.assert_array_equal(values, full[name], err_msg=name)
    assert forward["loss"].values.tolist() == [0, 1]


def test_several_passes_are_calls_and_steps_are_steps(tmp_path):
    cell = Cell()
    with torch.no_grad(), gv.record(cell, detail="forward", every=2, path=tmp_path / "run") as tape:
        for step in range(3):
            for call in range(2):
                cell(inputs(10 * step + call), tape)
            tape.step()
    ds = gv.load(tmp_path / "run")["mine"].to_dataset()
    assert ds["step"].values.tolist() == [0, 2]
    for place, number in enumerate((0, 1, 4, 5)):
        found = ds["h"].isel(step=place // 2, call=place % 2, layer=0, direction=0)
        np.testing.assert_array_equal(found.transpose("time", "sample", "unit"), cell.values("h", number))
    assert ds.attrs["detail"] == "forward"


def test_plots_measures_and_the_diagnosis_read_it():
    cell = Cell()
    with torch.no_grad(), gv.record(cell, detail="forward") as tape:
        cell(inputs(), tape)
    assert gv.saturation(tape.tree)["gate"].values.tolist() == ["update", "candidate"]
    assert gv.plot_gate_heatmap(tape.tree, gate="update") is not None
    assert "gradient" in str(gv.diagnose(tape.tree))


def test_beside_a_layer_and_in_a_checkpoint():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.gru, self.cell = nn.GRU(3, 3), Cell()

        def forward(self, x):
            return checkpoint(self.cell, self.gru(x)[0], tape, use_reentrant=False)

    model = Model()
    with gv.record(model, detail="forward") as tape:
        model(inputs()).sum().backward()  # makes the steps of the checkpoint once more
    assert list(tape.tree.children) == ["gru", "mine"]
    assert "call" not in tape["mine"].dims
    assert tape["mine"].sizes["time"] == TIME


def test_nothing_is_hooked_to_the_graph():
    cell = Cell()
    with gv.record(cell, detail="forward") as tape:
        h = cell(inputs(), tape)
        assert h._backward_hooks is None
    h.sum().backward()
    alone = Cell()
    alone(inputs(), None).sum().backward()
    for a, b in zip(cell.parameters(), alone.parameters(), strict=True):
        assert torch.equal(a.grad, b.grad)


def test_messages():
    cell = Cell()
    never = gv.record(cell, detail="forward", every=lambda step: False)
    with (
        pytest.warns(NothingRecordedWarning, match=r"tape\.observe was not called at a recorded step"),
        never,
    ):
        never.observe("mine", torch.zeros(2, 3))
    with gv.record(cell, detail="forward") as tape:
        tape.observe("mine", torch.zeros(3, 2))
        with pytest.raises(ValueError, match="the state has 2 rows, the one before had 3"):
            tape.observe("mine", torch.zeros(2, 2))
        with pytest.raises(ValueError, match=r"gate 'g' is 3, outside of the range of sigmoid"):
            tape.observe("other", torch.zeros(2, 2), gates={"g": torch.full((2, 2), 3.0)})
    assert tape["mine"].sizes["time"] == 1
    with gv.record(cell, detail="forward") as tape:
        tape.observe("empty", torch.zeros(0, 2))
        tape.observe("mine", torch.zeros(3, 2))
    with pytest.raises(NothingRecorded, match="no call was seen of 'empty' yet"):
        tape["empty"]
