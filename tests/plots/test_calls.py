"""Two calls in a step: every plot draws the sequences of both, or of the call that is chosen."""

from functools import partial

import numpy as np
import pytest

from gradviz.errors import BadRecording
from gradviz.plots.animation import animate
from gradviz.plots.comparison import figure_comparison
from gradviz.plots.gate_heatmap import plot_gate_heatmap
from gradviz.plots.gate_histogram import plot_gate_histogram
from gradviz.plots.gate_saturation import plot_gate_saturation
from gradviz.plots.gradient_heatmap import plot_gradient_heatmap
from gradviz.plots.gradient_norms import plot_gradient_norms
from gradviz.plots.gradient_paths import plot_gradient_paths
from gradviz.plots.learning_curve import plot_learning_curve
from gradviz.plots.plot_table import PLOTS as TABLE
from gradviz.plots.saturation_comparison import GateOf, figure_saturation
from gradviz.plots.saturation_heatmap import plot_saturation_heatmap
from gradviz.plots.text import plot_text
from gradviz.plots.time_constants import plot_time_constants
from gradviz.plots.unit_order import units_by_time_constant
from gradviz.plots.unit_saturation import plot_unit_saturation
from gradviz.recording.assemble import assemble
from gradviz.recording.metrics import curves

SAMPLES, UNITS = 3, 5
GATES = ["input", "forget", "candidate", "output"]

PLOTS = {
    "gradient_heatmap": plot_gradient_heatmap,
    "gradient_norms": plot_gradient_norms,
    "gate_heatmap": plot_gate_heatmap,
    "saturation_heatmap": plot_saturation_heatmap,
    "gate_saturation": plot_gate_saturation,
    "gate_histogram": plot_gate_histogram,
    "unit_saturation": plot_unit_saturation,
    "gradient_paths": plot_gradient_paths,
    "time_constants": plot_time_constants,
    "text": partial(plot_text, text="four"),
}


@pytest.fixture
def twice(call_record, dataset):
    """Two calls of 6 and 4 time steps, whose log10 norms are minus the lag and minus half the lag."""
    records = [
        call_record(
            step,
            -slope * np.arange(times)[::-1, None] * np.ones(SAMPLES),
            full=True,
            call=call,
            unit_mean=np.full((1, 1, 4, UNITS), 0.5 + 0.25 * call),
            log10_grad_path=np.full((1, 1, times, SAMPLES, 6), -2.0 * call),
        )
        for step in (0, 1)
        for call, (times, slope) in enumerate([(6, 1.0), (4, 0.5)])
    ]
    return assemble({"recurrent": dataset(records)}, curves({"loss": {0: 1.0, 1: 0.5}}), {})


def of_call(tree, name, call, *, step=1):
    """Values of one call at one step, without padding and without dims of size 1."""
    chosen = tree["recurrent"][name].isel(step=step, layer=0, direction=0, call=call)
    return chosen.isel(time=slice(6 - 2 * call)) if "time" in chosen.dims else chosen


def numbers(ax):
    """Everything that is drawn, as arrays, and the texts."""
    drawn = [np.ma.filled(np.ma.asarray(image.get_array(), dtype=float), np.nan) for image in ax.images]
    drawn += [np.asarray(line.get_xydata(), dtype=float) for line in ax.lines]
    for collection in ax.collections:
        drawn.append(np.asarray(collection.get_offsets(), dtype=float))
        drawn += [path.vertices for path in collection.get_paths()]
    drawn += [patch.get_path().vertices for patch in ax.patches]
    return drawn, [text.get_text() for text in ax.texts]


def drawn_mesh(ax):
    return np.ma.filled(np.ma.asarray(ax.images[0].get_array(), dtype=float), np.nan)


@pytest.mark.parametrize("name", PLOTS)
@pytest.mark.parametrize("call", [0, 1])
def test_one_call_is_drawn_as_if_it_were_alone(twice, name, call):
    plot = partial(PLOTS[name], text="foursix"[: 6 - 2 * call]) if name == "text" else PLOTS[name]
    found = numbers(plot(twice, call=call))
    for alone in (
        twice.sel(call=call),
        twice.sel(call=[call]),
        twice["recurrent"].to_dataset().sel(call=call),
    ):
        expected = numbers(plot(alone))
        assert found[1] == expected[1]
        assert len(found[0]) == len(expected[0]) > 0
        for one, other in zip(found[0], expected[0], strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", PLOTS)
def test_a_call_that_was_not_recorded(twice, name):
    with pytest.raises(BadRecording, match=r"^recording has no call 2; it has 0, 1$"):
        PLOTS[name](twice, call=2)


def test_every_plot_of_the_table_is_here():
    assert set(TABLE) - {"learning_curve"} == set(PLOTS)


def test_heatmap_averages_over_both_calls(twice):
    first = 10.0 ** -np.arange(6)[::-1]
    second = 10.0 ** (-0.5 * np.arange(4)[::-1])
    mean = np.log10([*(first[:4] + second) / 2, *first[4:]])
    np.testing.assert_allclose(
        drawn_mesh(plot_gradient_heatmap(twice)), np.stack([mean] * 2, axis=1), atol=1e-6
    )


def test_heatmap_of_the_second_call(twice):
    lags = np.array([3, 2, 1, 0, np.nan, np.nan])
    expected = np.stack([-0.5 * lags] * 2, axis=1)
    np.testing.assert_allclose(drawn_mesh(plot_gradient_heatmap(twice, call=1)), expected, atol=1e-6)


def test_norms_of_each_call_count_from_its_own_end(twice):
    line = plot_gradient_norms(twice).lines[0]
    np.testing.assert_array_equal(line.get_xdata(), [0, 1, 2, 3, 4, 5])
    np.testing.assert_allclose(line.get_ydata(), [0, -0.75, -1.5, -2.25, -4, -5])  # medians of 3 and 3
    line = plot_gradient_norms(twice, call=1).lines[0]
    np.testing.assert_array_equal(line.get_xdata(), [0, 1, 2, 3])
    np.testing.assert_allclose(line.get_ydata(), [0, -0.5, -1, -1.5])


def test_the_note_counts_the_sequences_of_both_calls(twice):
    assert "quartiles over 6 sequences" in plot_gradient_norms(twice).get_xlabel()


@pytest.mark.parametrize(
    ("sample", "call", "name"), [(None, 0, "0 of call 0"), (3, 0, "3 of call 0"), (7, 1, "0 of call 1")]
)
def test_a_sequence_of_any_call(twice, sample, call, name):
    """The labels of the second call go on after 0, 3, 6."""
    ax = plot_gate_heatmap(twice, gate="output", sample=sample)
    chosen = of_call(twice, "gates", call).sel(gate="output").isel(sample=int(sample == 3))
    np.testing.assert_allclose(drawn_mesh(ax)[:, : chosen.sizes["time"]], chosen.transpose("unit", "time"))
    assert ax.get_title() == f"output gate at training step 1, sequence {name}"
    with pytest.raises(BadRecording, match="no sample 8; nearest is 7"):
        plot_gate_heatmap(twice, sample=8)


def test_a_text_that_the_second_call_read(twice):
    ax = plot_text(twice, "four", sample=10)
    np.testing.assert_allclose(drawn_mesh(ax).ravel()[:4], [-1.5, -1, -0.5, 0], atol=1e-6)
    assert ax.get_title() == "gradient at training step 1, sequence 3 of call 1"
    assert [text.get_text() for text in ax.texts] == list("four")
    assert plot_text(twice, "four", call=1).get_title().endswith("sequence 0 of call 1")


def test_fractions_of_both_calls(twice):
    """As many sequences in each call, so that the calls weigh the same where both have a step."""
    mesh = drawn_mesh(plot_saturation_heatmap(twice, gate="output", side="left"))
    first, second = (of_call(twice, "gate_left", call).sel(gate="output").values for call in (0, 1))
    np.testing.assert_allclose(mesh[:, 1], [*(first[:4] + second) / 2, *first[4:]], rtol=1e-6)


def test_units_of_both_calls_weigh_by_time_steps(twice):
    mesh = drawn_mesh(plot_saturation_heatmap(twice, gate="output", side="left", over="unit"))
    first, second = (of_call(twice, "unit_left", call).sel(gate="output").values for call in (0, 1))
    np.testing.assert_allclose(mesh[:, 1], 0.6 * first + 0.4 * second, rtol=1e-6)
    places = {tuple(offset) for offset in plot_gate_saturation(twice).collections[0].get_offsets().round(5)}
    right = 0.6 * of_call(twice, "unit_right", 0).values + 0.4 * of_call(twice, "unit_right", 1).values
    left = 0.6 * of_call(twice, "unit_left", 0).values + 0.4 * of_call(twice, "unit_left", 1).values
    expected = np.stack([left.ravel(), right.ravel()], axis=-1)
    np.testing.assert_allclose(sorted(places), sorted(map(tuple, expected.round(5))), atol=2e-5)


def test_activations_of_both_calls(twice):
    activations = [of_call(twice, "gates", call).sel(gate="forget").values.ravel() for call in (0, 1)]
    counts, edges = np.histogram(np.concatenate(activations), 32, (0, 1), density=True)
    drawn = plot_gate_histogram(twice).patches[0].get_data()
    np.testing.assert_allclose(drawn.values, counts)
    np.testing.assert_allclose(drawn.edges, edges)


def test_saturated_sequences_of_both_calls(twice):
    first, second = (of_call(twice, "gates", call).sel(gate="forget").values for call in (0, 1))
    expected = np.stack(
        [(np.concatenate([first[t], second[t]] if t < 4 else [first[t]]) >= 0.9).mean(0) for t in range(6)],
        axis=1,
    )
    mesh = drawn_mesh(plot_unit_saturation(twice, gate="forget", side="right"))
    np.testing.assert_allclose(mesh, expected, rtol=1e-6)


def test_paths_of_both_calls(twice):
    line = plot_gradient_paths(twice).lines[0]
    both = np.log10((1 + 1e-2) / 2)
    np.testing.assert_allclose(line.get_ydata(), [0, 0, both, both, both, both], atol=1e-6)


def test_time_constants_of_both_calls(twice):
    dots = plot_time_constants(twice).collections[0].get_offsets()
    np.testing.assert_allclose(dots[:, 0], 1 / (1 - (0.6 * 0.5 + 0.4 * 0.75)), rtol=1e-5)
    assert units_by_time_constant(twice, call=1).equals(units_by_time_constant(twice.sel(call=1)))
    assert units_by_time_constant(twice)["call"].values.tolist() == [0, 0, 0, 1, 1, 1]


def test_figures_draw_both_calls(twice):
    mesh = figure_comparison({"a": twice}, title="claim").axes[0].images[0]
    np.testing.assert_array_equal(mesh.get_array(), plot_gradient_heatmap(twice).images[0].get_array())
    mesh = figure_saturation([GateOf("a", twice, "forget")], title="claim").axes[0].images[0]
    np.testing.assert_array_equal(mesh.get_array(), plot_saturation_heatmap(twice).images[0].get_array())


def test_an_animation_draws_both_calls(twice, tmp_path):
    animate(twice, "gradient_norms", tmp_path / "norms.gif", frames=2)
    assert (tmp_path / "norms.gif").stat().st_size > 0


def test_the_loss_needs_no_choice(twice):
    np.testing.assert_array_equal(plot_learning_curve(twice).lines[0].get_ydata(), [1.0, 0.5])
