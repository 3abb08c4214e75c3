"""Models that are well."""

from diagnosis.models import EndStates, LastStep, Loop, Tokens, frozen, initialised
from diagnosis.patients import Patient, adding, case, layer, noise, packed, relu
from torch import nn

TUNED = [
    Patient("LSTM, chrono", case(lambda: LastStep(initialised(layer(nn.LSTM, 2, 128), "chrono", t_max=100)))),
    Patient("GRU, chrono", case(lambda: LastStep(initialised(layer(nn.GRU, 2, 64), "chrono", t_max=100)))),
    Patient(
        "LSTM, forget bias 3",
        case(lambda: LastStep(initialised(layer(nn.LSTM, 2, 64), "forget_bias", value=3.0))),
    ),
    Patient(
        "RNN, orthogonal, lag 20",
        case(lambda: LastStep(initialised(layer(nn.RNN, 2, 128), "orthogonal"))),
        lag=20,
    ),
    Patient(
        "relu RNN, identity", case(lambda: LastStep(initialised(relu(2, 64), "identity", input_std=0.01)))
    ),
    Patient("RNN, default, lag 5", case(lambda: LastStep(layer(nn.RNN, 2, 64))), lag=5),
    Patient("LSTM, default, lag 10", case(lambda: LastStep(layer(nn.LSTM, 2, 64))), lag=10),
    Patient(
        "LSTM, trained on adding",
        adding(
            lambda: LastStep(initialised(layer(nn.LSTM, 2, 32), "forget_bias", value=2.0)),
            steps=400,
            clip=1.0,
        ),
        lag=19,
    ),
    Patient(
        "LSTM cell in a loop, chrono",
        case(lambda: Loop(initialised(nn.LSTMCell(2, 32), "chrono", t_max=60)), lambda: noise(8, 60, 2)),
        lag=59,
    ),
    Patient(
        "GRU, chrono, loss on every step",
        case(
            lambda: initialised(layer(nn.GRU, 3, 32), "chrono", t_max=60),
            lambda: noise(8, 60, 3),
            loss=lambda output: output[0].pow(2).mean(),
        ),
        lag=59,
    ),
    Patient(
        "GRU, chrono, frozen",
        case(
            lambda: LastStep(frozen(initialised(layer(nn.GRU, 3, 24), "chrono", t_max=40))),
            lambda: noise(4, 40, 3),
        ),
        lag=39,
    ),
]

HELD_OUT = [
    Patient(
        "LSTM, chrono, 2 layers",
        case(lambda: LastStep(initialised(layer(nn.LSTM, 4, 48, num_layers=2), "chrono", t_max=90))),
        lag=90,
    ),
    Patient(
        "GRU, both directions, chrono, end states",
        case(
            lambda: EndStates(initialised(layer(nn.GRU, 3, 24, bidirectional=True), "chrono", t_max=60)),
            lambda: noise(8, 60, 3),
        ),
        lag=59,
    ),
    Patient(
        "LSTM, chrono, packed sequences",
        case(lambda: EndStates(initialised(layer(nn.LSTM, 3, 32), "chrono", t_max=50)), packed),
        lag=19,
    ),
    Patient(
        "LSTM, forget bias 4, float64",
        case(lambda: LastStep(initialised(layer(nn.LSTM, 3, 40), "forget_bias", value=4.0)).double()),
        lag=80,
    ),
    Patient(
        "language model, chrono GRU",
        case(lambda: Tokens(initialised(layer(nn.GRU, 16, 48), "chrono", t_max=100))),
        lag=80,
    ),
    Patient(
        "RNN, orthogonal, 200 units, lag 30",
        case(lambda: LastStep(initialised(layer(nn.RNN, 10, 200), "orthogonal"))),
        lag=30,
    ),
    Patient(
        "GRU, trained on adding",
        adding(
            lambda: LastStep(initialised(layer(nn.GRU, 2, 24), "forget_bias", value=1.0)),
            length=16,
            steps=300,
            clip=5.0,
        ),
        lag=15,
    ),
    Patient(
        "LSTM, unit gates",
        case(lambda: LastStep(initialised(layer(nn.LSTM, 2, 64), "unit_gate"))),
        lag=50,
    ),
    Patient("LSTM, default, lag not known", case(lambda: LastStep(layer(nn.LSTM, 3, 40))), lag=None),
]
