"""Every public function that reads a recording, and the layers of whose recordings they are tried."""

from torch import nn

from gradviz import _HOME_OF

_BEHIND_THE_RECORDING = ("gradviz.measures", "gradviz.diagnosis", "gradviz.plots")
_NOT_OF_ONE_RECORDING = {
    "plot_eigenvalues",
    "plot_connectivity",
    "plot_lyapunov",
    "label_characters",
    "lag_across",
    "shared_limits",
    "use_style",
}
FUNCTIONS = sorted(
    name
    for name, home in _HOME_OF.items()
    if home.startswith(_BEHIND_THE_RECORDING) and name not in _NOT_OF_ONE_RECORDING
)
LAYERS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}
