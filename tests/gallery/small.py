"""Settings with which a figure is made in seconds, by the figure's name."""

from gradviz.gallery.figure_settings import figure_settings

SMALL = {
    "vanishing": ["hidden_size=48"],
    "holding_a_bit": ["span=8", "steps=150", "seeds=2"],
    "early_warning": ["seeds=1", "steps=4", "at=2"],
    "whose_steps": ["length=12", "steps=3", "seeds=2"],
    "lstm_beside_gru": ["inputs=6", "units=4"],
}


def small_settings(name):
    """The settings of a figure, small."""
    return figure_settings(name, SMALL.get(name, []))
