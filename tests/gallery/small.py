"""Settings with which a figure is made in seconds, by the figure's name."""

from gradviz.gallery.figure_settings import figure_settings

SMALL = {
    "connectivity": ["hidden_size=8", "steps=2", "seeds=2"],
    "eigenvalues": ["length=10", "hidden_size=6", "steps=4", "seeds=2"],
    "lyapunov": ["units=50", "steps=40", "warmup=20", "networks=2"],
    "time_constants": ["length=10", "hidden_size=6", "steps=4", "seeds=2"],
    "vanishing": ["hidden_size=48"],
}


def small_settings(name):
    """The settings of a figure, small."""
    return figure_settings(name, SMALL.get(name, []))
