"""Settings with which a figure is made in seconds, by the figure's name."""

from gradviz.gallery.figure_settings import figure_settings

SMALL = {
    "vanishing": ["hidden_size=48"],
    "rnn_anatomy": ["length=20", "hidden_size=16", "seeds=3", "sequences=8"],
    "lstm_anatomy": ["length=20", "hidden_size=6", "steps=4", "seeds=3", "sequences=8"],
    "gru_anatomy": ["length=20", "hidden_size=6", "steps=4", "seeds=3", "sequences=8"],
    "gradient_paths": ["length=20", "hidden_size=6", "steps=4", "seeds=3", "sequences=8"],
    "saturation_scatter": ["hidden_size=8", "steps=3", "seeds=3"],
    "saturation_heatmap": ["hidden_size=8", "steps=6", "seeds=3"],
    "gate_heatmap": ["hidden_size=8", "steps=3", "seeds=3"],
    "char_model": ["hidden_size=8", "steps=3", "seeds=3"],
    "direct_vs_total": ["length=40", "hidden_size=16"],
}


def small_settings(name):
    """The settings of a figure, small."""
    return figure_settings(name, SMALL.get(name, []))
