"""The name of a recorded network comes from its cell and its run's configuration, never from a label."""

import json

import pytest

import gradviz as gv
from gradviz.experiment.demo_runs import adding_experiments
from gradviz.plots.drawing.named_lines import NAMED_LINES
from gradviz.plots.drawing.palette import named_line
from gradviz.plots.drawing.variant_name import variant_name, variant_of


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (("rnn", "default", {}), "rnn"),
        (("lstm", "forget_bias", {"value": 2}), "lstm_bias_2"),
        (("gru", "forget_bias", {"value": 0.5}), "gru_bias_0.5"),
        (("lstm", "chrono", {"t_max": 60.0}), "lstm_chrono"),
        (("rnn", "orthogonal", {"gain": 1.0}), "rnn_orthogonal"),
        (("rnn", "orthogonal", {"gain": 1.5}), "rnn_orthogonal_gain_1.5"),
        (("rnn_relu", "identity", {}), "rnn_relu_identity"),
        (
            (
                "lstm",
                ["orthogonal", "forget_bias"],
                {"orthogonal": {"gain": 1.0}, "forget_bias": {"value": 2}},
            ),
            "lstm_orthogonal_bias_2",
        ),
    ],
)
def test_names(given, name):
    assert variant_name(*given) == name


def configured(tree, **model):
    tree.attrs["config"] = json.dumps({"model": model})
    return tree


def test_a_recording_of_a_run_names_its_initialisation(recording):
    options = {"value": 1.0}
    tree = configured(recording(), cell="lstm", init="forget_bias", init_options=options)
    assert variant_of(tree) == "lstm_bias_1"
    assert variant_of(tree.isel(step=0)) == "lstm_bias_1"
    several = {"orthogonal": {"gain": 1.5}, "chrono": {"t_max": 9}}
    several = configured(recording(), cell="lstm", init=["orthogonal", "chrono"], init_options=several)
    assert variant_of(several) == "lstm_orthogonal_gain_1.5_chrono"
    assert variant_of(recording(cell="gru")) == variant_of(recording(cell="gru")["recurrent"]) == "gru"
    assert variant_of(configured(recording(), cell="gru", init="chrono")) == "lstm"  # not of this module
    broken = recording()
    broken.attrs["config"] = "{"
    assert variant_of(broken) == "lstm"
    two = recording()
    two["second"] = two["recurrent"]
    assert variant_of(two) == ""
    assert variant_of(two, "second") == "lstm"


def test_the_demo_and_the_gallery_name_theirs():
    table = adding_experiments()["LSTM, forget bias 3"].table()["model"]
    assert variant_name(table["cell"], table["init"], table["init_options"]) in NAMED_LINES


def test_labels_and_order_do_not_matter(recording):
    plain = recording()
    chrono = configured(recording(rate=0.1), cell="lstm", init="chrono", init_options={"t_max": 9})
    for runs in ({"a": chrono, "b": plain}, {"LSTM": plain, "LSTM (2)": chrono}):
        ax = gv.plot_gradient_norms(runs)
        found = {line.get_label(): line.get_color() for line in ax.lines}
        for label, tree in runs.items():
            name = "lstm_chrono" if tree is chrono else "lstm"
            assert found[label] == named_line(name).colour
