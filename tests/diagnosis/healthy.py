"""Cases with healthy models."""

from diagnosis.cases import Case, adding, layer, noise, packed, probed, relu
from diagnosis.models import EndStates, LastStep, Loop, StepByStep, Tokens, frozen, initialised
from handwritten import SLSTM, MinGRU, PeepholeLSTM, Recorded, RecordedScan
from torch import nn

TUNED = [
    Case("LSTM, chrono", probed(lambda: LastStep(initialised(layer(nn.LSTM, 2, 128), "chrono", t_max=100)))),
    Case("GRU, chrono", probed(lambda: LastStep(initialised(layer(nn.GRU, 2, 64), "chrono", t_max=100)))),
    Case(
        "LSTM, forget bias 3",
        probed(lambda: LastStep(initialised(layer(nn.LSTM, 2, 64), "forget_bias", value=3.0))),
    ),
    Case(
        "RNN, orthogonal, lag 20",
        probed(lambda: LastStep(initialised(layer(nn.RNN, 2, 128), "orthogonal"))),
        lag=20,
    ),
    Case(
        "relu RNN, identity", probed(lambda: LastStep(initialised(relu(2, 64), "identity", input_std=0.01)))
    ),
    Case("RNN, default, lag 5", probed(lambda: LastStep(layer(nn.RNN, 2, 64))), lag=5),
    Case("LSTM, default, lag 10", probed(lambda: LastStep(layer(nn.LSTM, 2, 64))), lag=10),
    Case(
        "LSTM, trained on adding",
        adding(
            lambda: LastStep(initialised(layer(nn.LSTM, 2, 32), "forget_bias", value=2.0)),
            steps=400,
            clip=1.0,
        ),
        lag=19,
    ),
    Case(
        "LSTM cell in a loop, chrono",
        probed(lambda: Loop(initialised(nn.LSTMCell(2, 32), "chrono", t_max=60)), lambda: noise(8, 60, 2)),
        lag=59,
    ),
    Case(
        "GRU, called step by step",
        probed(
            lambda: StepByStep(initialised(layer(nn.GRU, 3, 24), "chrono", t_max=40)), lambda: noise(4, 20, 3)
        ),
        lag=19,
    ),
    Case(
        "GRU, chrono, loss on every step",
        probed(
            lambda: initialised(layer(nn.GRU, 3, 32), "chrono", t_max=60),
            lambda: noise(8, 60, 3),
            loss=lambda output: output[0].pow(2).mean(),
        ),
        lag=59,
    ),
    Case(
        "GRU, chrono, frozen",
        probed(
            lambda: LastStep(frozen(initialised(layer(nn.GRU, 3, 24), "chrono", t_max=40))),
            lambda: noise(4, 40, 3),
        ),
        lag=39,
    ),
]

HELD_OUT = [
    Case(
        "LSTM, chrono, 2 layers",
        probed(lambda: LastStep(initialised(layer(nn.LSTM, 4, 48, num_layers=2), "chrono", t_max=90))),
        lag=90,
    ),
    Case(
        "GRU, both directions, chrono, end states",
        probed(
            lambda: EndStates(initialised(layer(nn.GRU, 3, 24, bidirectional=True), "chrono", t_max=60)),
            lambda: noise(8, 60, 3),
        ),
        lag=59,
    ),
    Case(
        "LSTM, chrono, packed sequences",
        probed(lambda: EndStates(initialised(layer(nn.LSTM, 3, 32), "chrono", t_max=50)), packed),
        lag=19,
    ),
    Case(
        "LSTM, forget bias 4, float64",
        probed(lambda: LastStep(initialised(layer(nn.LSTM, 3, 40), "forget_bias", value=4.0)).double()),
        lag=80,
    ),
    Case(
        "language model, chrono GRU",
        probed(lambda: Tokens(initialised(layer(nn.GRU, 16, 48), "chrono", t_max=100))),
        lag=80,
    ),
    Case(
        "RNN, orthogonal, 200 units, lag 30",
        probed(lambda: LastStep(initialised(layer(nn.RNN, 10, 200), "orthogonal"))),
        lag=30,
    ),
    Case(
        "GRU, trained on adding",
        adding(
            lambda: LastStep(initialised(layer(nn.GRU, 2, 24), "forget_bias", value=1.0)),
            length=16,
            steps=300,
            clip=5.0,
        ),
        lag=15,
    ),
    Case(
        "LSTM, unit gates",
        probed(lambda: LastStep(initialised(layer(nn.LSTM, 2, 64), "unit_gate"))),
        lag=50,
    ),
    Case("minGRU by hand", lambda: Recorded(MinGRU(3, 16).shift("update", -1.5)), lag=15),
    Case("LSTM with peepholes by hand", lambda: Recorded(PeepholeLSTM(3, 16).shift("forget", 2.0)), lag=15),
    Case("sLSTM by hand", lambda: Recorded(SLSTM(3, 16)), lag=15),
    Case("minGRU by a parallel scan", lambda: RecordedScan(MinGRU(3, 16)), lag=15),
    Case("LSTM, default, lag not known", probed(lambda: LastStep(layer(nn.LSTM, 3, 40))), lag=None),
]
