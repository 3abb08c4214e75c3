"""Settings with which a figure is made in seconds, by the figure's name."""

from dataclasses import replace

from gradviz.gallery.figure_settings import figure_settings

SMALL = {
    "connectivity": ["hidden_size=8", "steps=2", "seeds=2"],
    "eigenvalues": ["length=10", "hidden_size=6", "steps=4", "seeds=2"],
    "lyapunov": ["units=50", "steps=40", "warmup=20", "networks=2"],
    "time_constants": ["length=10", "hidden_size=6", "steps=4", "seeds=2"],
    "clipping": ["length=10", "hidden_size=6", "steps=4", "seeds=2"],
    "learning_curves": ["length=10", "delay=2", "hidden_size=6", "steps=25", "seeds=2"],
    "lstm_vs_gru": ["length=10", "hidden_size=6", "steps=25", "seeds=2"],
    "success_by_length": ["lengths=[10]", "hidden_size=4", "steps=2", "seeds=1"],
    "training_heatmap": ["length=10", "hidden_size=6", "steps=25", "seeds=2"],
    "truncated_bptt": ["hidden_size=16"],
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
    "holding_a_bit": ["span=8", "steps=150", "seeds=2"],
    "early_warning": ["seeds=1", "steps=4", "at=2"],
    "whose_steps": ["length=12", "steps=3", "seeds=2"],
    "lstm_beside_gru": ["inputs=6", "units=4"],
}


def small_settings(name):
    """The settings of a figure, small; with fewer seeds than the command line takes."""
    changes = SMALL.get(name, [])
    seeds = [int(change.removeprefix("seeds=")) for change in changes if change.startswith("seeds=")]
    settings = figure_settings(name, [change for change in changes if not change.startswith("seeds=")])
    return replace(settings, seeds=seeds[0]) if seeds else settings
