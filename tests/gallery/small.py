"""Settings with which a figure is made in seconds, by the figure's name."""

from gradviz.gallery.figure_settings import figure_settings

SMALL = {
    "clipping": ["length=10", "hidden_size=6", "steps=4", "seeds=2"],
    "learning_curves": ["length=10", "delay=2", "hidden_size=6", "steps=25", "seeds=2"],
    "lstm_vs_gru": ["length=10", "hidden_size=6", "steps=25", "seeds=2"],
    "success_by_length": ["lengths=[10]", "hidden_size=4", "steps=2", "seeds=1"],
    "training_heatmap": ["length=10", "hidden_size=6", "steps=25", "seeds=2"],
    "truncated_bptt": ["hidden_size=16"],
    "vanishing": ["hidden_size=48"],
}


def small_settings(name):
    """The settings of a figure, small."""
    return figure_settings(name, SMALL.get(name, []))
