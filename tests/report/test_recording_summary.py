"""What a recording holds and what is wrong, in ten lines: exact ones by hand, and odd recordings."""

import numpy as np
import pytest
import torch
import xarray as xr
from diagnosis.recorded import dataset, decaying, tree
from hypothesis import given, settings
from hypothesis import strategies as st
from shown_html import ANY_TEXT, ShownHtml, is_harmless
from torch import nn

import gradviz as gv
from gradviz.errors import BadRecording
from gradviz.recording import stored_array

NAN, INF = np.nan, np.inf
FOOTER = "  print(gv.diagnose(tree)) says what to do"


def lines(*args, **options):
    return str(gv.summary(*args, **options)).split("\n")


def row(label, found):
    return dict(found.rows)[label]


def test_exact_lines_of_one_module():
    layer = dataset("lstm", decaying(12), left={"forget": 0.5, "input": 0.02}, right={"output": 0.25})
    losses = [1.0, *np.linspace(0.9, 0.2, 18), 0.125]
    recorded = tree(layer, metrics={"loss": losses}, baseline=0.167, baseline_meaning="always predict 1")
    assert lines(recorded, lag=10) == [
        "Recording: 1 training step (number 0), 1 module, detail norms",
        "  layer      LSTM, 2 units; 11 time steps, 2 sequences",
        "  loss       1 at first, 0.163 at the end: below the trivial predictor, 0.167 (always predict 1)",
        "  gradient   10^0.0 at step 10 to 10^-12.0 at step 0, 12.0 decades (layer)",
        "  gates      saturated: forget below 0.1 50% (layer); output above 0.9 25% (layer); "
        "input below 0.1 2% (layer)",
        "  values     all finite, no gradient zero or below the float range",
        f"  diagnosis  {_worst(recorded)}",
        FOOTER,
    ]


def _worst(recorded):
    found = gv.diagnose(recorded, lag=10)
    more = len(found) - 1
    text = f"{found[0].severity}: {found[0].title}"
    return text + (f"; {more} finding{'s' * (more > 1)} more" if more else "")


def test_prompt_text_and_notebook_say_the_same():
    found = gv.summary(tree(dataset()), lag=10)
    assert str(found) == repr(found)
    html = ShownHtml(found._repr_html_())
    assert is_harmless(found._repr_html_())
    assert html.texts[1][1] == ""
    assert ["caption", found.title] in html.texts
    assert [text for tag, text in html.texts if tag == "bdi"] == [text for row in found.rows for text in row]
    assert ["pre", str(found.diagnosis)] in html.texts
    assert found.diagnosis.lag == 10


def test_fifty_modules_are_ten_lines():
    modules = [dataset(total=decaying(number)).assign_attrs(module=f"größe{number}") for number in range(50)]
    said = lines(tree(*modules))
    assert len(said) == 10
    assert said[1:4] == [
        "  größe0     RNN (tanh), 2 units; 11 time steps, 2 sequences",
        "  größe1     RNN (tanh), 2 units; 11 time steps, 2 sequences",
        "  ...        and 48 more modules",
    ]
    assert said[5].endswith("49.0 decades (größe49)")


def test_without_modules():
    empty = xr.DataTree(xr.Dataset(attrs={"nothing_recorded": "call loss.backward()"}))
    assert lines(empty) == [
        "Recording: nothing is recorded; call loss.backward()",
        "  loss  unknown: recording has no loss: record it with tape.step(loss)",
    ]
    assert lines(xr.DataTree()) == [
        "Recording: nothing is recorded; it has no module",
        "  loss  unknown: recording has no loss: record it with tape.step(loss)",
    ]


def test_forward_passes_only():
    lstm = nn.LSTM(2, 3)
    with torch.no_grad(), gv.record(lstm, detail="forward") as tape:
        lstm(torch.randn(5, 4, 2))
    found = gv.summary(tape.tree)
    assert found.title.endswith("detail forward")
    assert row("gradient", found).startswith("unknown: recording has no variable 'log10_grad_h'")
    assert row("values", found) == "all finite"


def recorded(steps=4, **options):
    torch.manual_seed(0)
    lstm = nn.LSTM(2, 4, 2, bidirectional=True)
    with gv.record(lstm, **options) as tape:
        for step in range(steps):
            lstm(torch.randn(6, 3, 2))[0][-1].sum().backward()
            tape.step(1.0 / (step + 1))
    return tape


def test_weights_that_are_nan():
    lstm = nn.LSTM(2, 4)
    with gv.record(lstm) as tape:
        for bad in (False, True):
            if bad:
                lstm.weight_hh_l0.data.fill_(NAN)
            lstm(torch.randn(6, 3, 2))[0][-1].sum().backward()
            tape.step(NAN if bad else 1.0)
    found = gv.summary(tape.tree)
    assert "states not finite 100% (lstm)" in row("values", found)
    assert row("diagnosis", found).startswith("trouble: Losses, states or gradients are not finite (lstm")
    assert len(str(found).split("\n")) <= 10


DIMS = ("step", "layer", "direction", "time", "sample", "gate")


@pytest.mark.parametrize("dim", DIMS)
def test_any_selection(dim):
    module = recorded().dataset
    for part in (module.isel({dim: 0}), module.isel({dim: [0]}), module.mean(dim, keep_attrs=True)):
        found = gv.summary(part)
        assert [label for label, _ in found.rows][1:] == ["loss", "gradient", "gates", "values", "diagnosis"]
        assert len(str(found).split("\n")) <= 10
    with pytest.raises(
        BadRecording, match=f"summary was given a recording with nothing along the dim '{dim}'"
    ):
        gv.summary(module.isel({dim: []}))


def test_a_part_of_the_variables():
    found = gv.summary(recorded().dataset[["gate_left"]])
    assert row("values", found) == "unknown: neither gradients nor states were recorded"
    assert row("gates", found).startswith("unknown: recording of this LSTM has no variable 'gate_right'")
    assert row("diagnosis", found).startswith("not possible: ")
    assert found.diagnosis is None
    assert is_harmless(found._repr_html_())


def test_the_module_of_a_tree_alone():
    whole = recorded().tree
    assert gv.summary(whole["lstm"]).rows[0] == gv.summary(whole).rows[0]


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        (7, TypeError, "a recording is an xarray Dataset or DataTree; got int"),
        (xr.Dataset({"x": 1}), BadRecording, "it lacks the attribute 'cell'"),
    ],
)
def test_what_is_not_a_recording(given, error, said):
    with pytest.raises(error, match=said):
        gv.summary(given)


def test_a_lag_that_cannot_be():
    with pytest.raises(ValueError, match="lag = 0: must be a whole number of at least 1"):
        gv.summary(recorded().tree, lag=0)


@settings(max_examples=40, deadline=None)
@given(ANY_TEXT.filter(lambda name: name and "/" not in name and name not in (".", "..")), ANY_TEXT)
def test_no_name_becomes_a_tag(name, meaning):
    recording = tree(
        dataset().assign_attrs(module=name),
        metrics={"loss": [1.0, 0.5]},
        baseline=0.7,
        baseline_meaning=meaning,
    )
    found = gv.summary(recording)
    assert is_harmless(found._repr_html_())
    assert len(repr(found).split("\n")) == 8
    assert all(line.isprintable() for line in repr(found).split("\n"))


VALUES = st.sampled_from([1e308, -1e308, 400.0, 0.0, 5e-324, INF, -INF, NAN])


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.sampled_from(["log10_grad_h", "state_h", "gate_left", "underflow"]), VALUES))
def test_extreme_values(values):
    layer = dataset("lstm", underflow=np.zeros((1, 1, 1, 11, 2)))
    for name, value in values.items():
        layer[name] = layer[name] * 0 + value
    assert len(str(gv.summary(layer)).split("\n")) == 8


def test_of_what_is_on_disk_only_one_step_is_read_for_it(tmp_path, monkeypatch):
    recorded(detail="full", path=tmp_path / "run")
    seen, read = [], stored_array.StoredArray._read
    monkeypatch.setattr("gradviz.recording.stored_tree.AT_ONCE", 0)

    def noted(self, key):
        seen.append(self._name.rsplit("/", 1)[1])
        return read(self, key)

    monkeypatch.setattr(stored_array.StoredArray, "_read", noted)
    gv.summary(gv.load(tmp_path / "run"))
    assert not {"gates", "h", "c", "grad_h", "grad_c", "grad_gates"} & set(seen)
