"""Plots of several runs, of what `load_runs` returns."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

import gradviz as gv
from gradviz.errors import BadRecording
from gradviz.plots.drawing.palette import CELL_COLOURS
from gradviz.recording.provenance import FORMAT_ATTRIBUTE, FORMAT_VERSION
from gradviz.recording.save import save

WANTED = ("log10_grad_h", "unit_mean", "loss")


@pytest.fixture
def runs(tmp_path, recording):
    """An LSTM and a GRU of other lengths, steps and losses."""
    trees = {
        "a": recording(rate=0.2),
        "b": recording(cell="gru", steps=(0, 7), times=20, rate=0.5, loss=[0.5, 0.25, 0.25, 0.125] * 2),
    }
    for name, tree in trees.items():
        module = tree["recurrent"].to_dataset()
        tree["recurrent"] = module.assign(unit_mean=module["unit_left"] + 0.5)
        tree.attrs[FORMAT_ATTRIBUTE] = FORMAT_VERSION
        save(tree, tmp_path / f"{name}.nc")
    return gv.load_runs(tmp_path, variables=WANTED), trees


def lines(ax):
    return [
        (line.get_label(), np.asarray(line.get_xdata()), np.asarray(line.get_ydata())) for line in ax.lines
    ]


@pytest.mark.parametrize("plot", [gv.plot_gradient_norms, gv.plot_learning_curve])
def test_the_same_lines_as_of_the_recordings(runs, plot):
    many, trees = runs
    found, expected = plot(many), plot(trees)
    assert len(found.lines) == len(expected.lines) > 1
    for one, other in zip(lines(found), lines(expected), strict=True):
        np.testing.assert_array_equal(one[1], other[1])
        np.testing.assert_allclose(one[2], other[2], rtol=1e-6)
    assert (
        [text.get_text() for text in found.texts]
        == [text.get_text() for text in expected.texts]
        == ["a", "b"]
    )
    assert found.get_xlim() == expected.get_xlim()
    assert {to_hex(line.get_color()) for line in found.lines} == {CELL_COLOURS["lstm"], CELL_COLOURS["gru"]}


def test_time_constants_and_comparison(runs):
    many, trees = runs
    found, expected = gv.plot_time_constants(many), gv.plot_time_constants(trees)
    for one, other in zip(found.collections, expected.collections, strict=True):
        np.testing.assert_allclose(one.get_offsets(), other.get_offsets())
    figure = gv.figure_comparison(many, title="two")
    assert [ax.get_title() for ax in figure.axes[:2]] == ["a", "b"]
    with pytest.raises(TypeError, match="mapping of label to recording; got DataTree"):
        gv.figure_comparison(trees["a"], title="one")


def test_a_step_of_every_run(runs):
    many, _ = runs
    assert [len(x) for _, x, _ in lines(gv.plot_gradient_norms(many, step=0))] == [12, 20]
    with pytest.raises(BadRecording, match="no step 30"):
        gv.plot_gradient_norms(many, step=30)


def test_many_runs_share_a_line_for_each_cell_and_a_legend(runs):
    many, _ = runs
    eleven = many.isel(run=[0] * 8 + [1] * 3)
    for plot in (gv.plot_gradient_norms, gv.plot_learning_curve):
        ax = plot(eleven)
        assert [text.get_text() for text in ax.get_legend().get_texts()] == ["LSTM (8 runs)", "GRU (3 runs)"]
        assert len({(to_hex(line.get_color()), line.get_linestyle()) for line in ax.lines}) == 2
        assert [text.get_text() for text in ax.texts] == []


def test_runs_without_the_variable_are_left_out(runs, tmp_path):
    many, _ = runs
    (tmp_path / "c.nc").write_bytes(b"garbage")
    with pytest.warns(UserWarning, match="1 of 3 runs are damaged: c"):
        three = gv.load_runs(tmp_path, variables=WANTED)
    assert [label for label, *_ in lines(gv.plot_gradient_norms(three))] == ["a", "b"]
    with pytest.raises(BadRecording, match=r"load_runs\(..., variables='log10_grad_h'\)"):
        gv.plot_gradient_norms(many[["loss"]])
    with pytest.raises(BadRecording, match="none of the 2 runs has a value of loss"):
        gv.plot_learning_curve(many.where(many["cell"] == "rnn"))


def test_a_run_that_diverged_says_so(runs):
    many, _ = runs
    ax = gv.plot_learning_curve(many.assign_coords(outcome=("run", ["done", "diverged"])))
    assert [text.get_text() for text in ax.texts] == ["a", "b, diverged"]


def test_several_learning_curves_have_one_scale_and_the_baseline_inside(recording):
    runs = {"a": recording(), "b": recording(steps=(0, 3), loss=[0.5, 1, np.inf, 2])}
    ax = gv.plot_learning_curve(runs, baseline=0.3, baseline_meaning="guess")
    assert ax.get_xlim() == (0, 30)
    assert ax.get_yscale() == "log"
    assert [text.get_text() for text in ax.texts] == ["guess", "a", "b, not finite from step 2"]
    assert gv.plot_learning_curve({**runs, "c": recording(loss=np.zeros(31))}).get_yscale() == "linear"
    with pytest.raises(ValueError, match="no run to draw"):
        gv.plot_learning_curve({})


def test_what_takes_one_recording_says_how_to_select_it(runs):
    many, trees = runs
    for function in (gv.horizon, gv.plot_gradient_heatmap):
        with pytest.raises(BadRecording, match=rf"{function.__name__} takes one recording, .*isel\(run=0\)"):
            function(many)
    alone = gv.horizon(many.isel(run=0))["horizon"].dropna("step")
    np.testing.assert_array_equal(alone, gv.horizon(trees["a"])["horizon"].isel(layer=0, direction=0))


def test_only_the_last_step_of_each_run(runs, tmp_path):
    _, trees = runs
    last = gv.load_runs(tmp_path, variables="log10_grad_h", steps="last")
    for one, other in zip(
        lines(gv.plot_gradient_norms(last)), lines(gv.plot_gradient_norms(trees)), strict=True
    ):
        np.testing.assert_allclose(one[2], other[2], rtol=1e-6)
    with pytest.raises(BadRecording, match="these runs have no variable 'loss'"):
        gv.plot_learning_curve(last)
    dots = gv.plot_learning_curve(gv.load_runs(tmp_path, variables="loss", steps="last"))
    np.testing.assert_allclose([y for _, _, y in lines(dots)[1::2]], [[1e-3], [0.125]])
