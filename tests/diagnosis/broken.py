"""Cases with models that are broken in a known way."""

import torch
from diagnosis.cases import (
    FORGET,
    INPUT,
    OUTPUT,
    Case,
    ProbedModel,
    Tampered,
    adding,
    attached,
    clip_outliers_only,
    finite_loss,
    layer,
    noise,
    packed,
    probed,
    relu,
    rewired,
    slow_signals,
    untampered,
    with_input,
    with_padding,
)
from diagnosis.mistakes import Grown, HandedOn, Mistake, without
from diagnosis.models import (
    Beside,
    CutOff,
    EndStates,
    FirstAxisLast,
    Joined,
    LastStep,
    Loop,
    Padded,
    StateAt,
    Tokens,
    Translator,
    Ungraded,
    dead,
    initialised,
    scaled,
    sheared,
    stacked,
    with_biases,
)
from torch import nn

from gradviz.diagnosis import kinds as k

TUNED = [
    Case("RNN, default", probed(lambda: LastStep(layer(nn.RNN, 2, 128))), k.VANISHING),
    Case("RNN, default, lag 40", probed(lambda: LastStep(layer(nn.RNN, 2, 64))), k.VANISHING, lag=40),
    Case("relu RNN, default", probed(lambda: LastStep(relu(2, 64))), k.VANISHING),
    Case("LSTM, default", probed(lambda: LastStep(layer(nn.LSTM, 2, 128))), k.FORGET_BIAS),
    Case("GRU, default", probed(lambda: LastStep(layer(nn.GRU, 2, 64))), k.FORGET_BIAS),
    Case(
        "LSTM, forget bias -3",
        probed(lambda: LastStep(with_biases(layer(nn.LSTM, 2, 64), FORGET, -3.0))),
        k.FORGET_BIAS,
    ),
    Case(
        "GRU, update bias -3",
        probed(lambda: LastStep(with_biases(layer(nn.GRU, 2, 64), FORGET, -3.0))),
        k.FORGET_BIAS,
    ),
    Case(
        "RNN, orthogonal x 1.5",
        probed(lambda: LastStep(initialised(layer(nn.RNN, 2, 128), "orthogonal", gain=1.5))),
        k.EXPLODING,
    ),
    Case(
        "relu RNN, orthogonal x 2",
        probed(lambda: LastStep(initialised(relu(2, 64), "orthogonal", gain=2.0))),
        k.EXPLODING,
    ),
    Case(
        "LSTM cell, detached every 10 steps",
        probed(
            lambda: Loop(initialised(nn.LSTMCell(2, 32), "chrono", t_max=100), 10), lambda: noise(8, 100, 2)
        ),
        k.DETACHED,
        fix=attached,
    ),
    Case(
        "RNN cell, detached at every step",
        probed(lambda: Loop(initialised(nn.RNNCell(2, 32), "orthogonal"), 1), lambda: noise(8, 30, 2)),
        k.DIRECT_ONLY,
        lag=29,
        fix=attached,
    ),
    Case(
        "relu RNN, dead",
        probed(lambda: LastStep(with_biases(relu(2, 64), 0, -5.0))),
        k.DEAD_RELU,
    ),
    Case(
        "LSTM, inputs x 100",
        probed(
            lambda: LastStep(initialised(layer(nn.LSTM, 8, 64), "forget_bias", value=4.0)),
            lambda: noise(16, 60, 8, scale=100.0),
        ),
        k.INPUT_NOT_NORMALISED,
        lag=59,
    ),
    Case(
        "RNN, inputs x 100",
        probed(
            lambda: LastStep(initialised(layer(nn.RNN, 4, 64), "orthogonal")),
            lambda: noise(16, 40, 4, scale=100.0),
        ),
        k.INPUT_NOT_NORMALISED,
        lag=39,
    ),
    Case(
        "LSTM, time first, read batch first",
        probed(lambda: LastStep(initialised(nn.LSTM(3, 32), "chrono", t_max=50)), lambda: noise(20, 50, 3)),
        k.WRONG_BATCH_FIRST,
        lag=49,
    ),
    Case(
        "GRU, batch first, read time first",
        probed(
            lambda: FirstAxisLast(initialised(layer(nn.GRU, 3, 32), "chrono", t_max=50)),
            lambda: noise(50, 20, 3),
        ),
        k.WRONG_BATCH_FIRST,
        lag=49,
    ),
    Case(
        "LSTM, zeros for input",
        probed(
            lambda: LastStep(initialised(layer(nn.LSTM, 3, 32), "chrono", t_max=50)),
            lambda: torch.zeros(8, 50, 3),
        ),
        k.CONSTANT_INPUT,
        lag=49,
        fix=with_input(noise, 8, 50, 3),
    ),
    Case(
        "GRU, a NaN in the input",
        probed(
            lambda: LastStep(initialised(layer(nn.GRU, 3, 32), "chrono", t_max=50)),
            lambda: noise(8, 50, 3).index_fill(1, torch.tensor([20]), torch.nan),
        ),
        k.NOT_FINITE,
        lag=49,
        fix=with_input(noise, 8, 50, 3),
    ),
    Case(
        "LSTM, clipped at every step",
        adding(lambda: LastStep(initialised(layer(nn.LSTM, 2, 16), "forget_bias", value=3.0)), clip=1e-3),
        k.CLIPPING,
        lag=10,
        fix=clip_outliers_only,
    ),
    Case(
        "RNN, non-normal",
        probed(
            lambda: LastStep(sheared(layer(nn.RNN, 2, 16), 2.5, decay=0.6)), lambda: noise(8, 60, 2, 0.01)
        ),
        k.NON_NORMAL,
        lag=None,
    ),
    Case(
        "GRU, update bias 12",
        probed(lambda: LastStep(with_biases(layer(nn.GRU, 2, 32), FORGET, 12.0))),
        k.FROZEN,
    ),
    Case(
        "LSTM, input bias -12",
        probed(
            lambda: LastStep(
                with_biases(initialised(layer(nn.LSTM, 2, 32), "chrono", t_max=99), INPUT, -12.0)
            )
        ),
        k.FROZEN,
    ),
    Case(
        "GRU, output detached",
        probed(
            lambda: CutOff(initialised(layer(nn.GRU, 2, 16), "chrono", t_max=30)), lambda: noise(4, 30, 2)
        ),
        k.NOTHING_RECORDED,
        lag=29,
        fix=rewired,
    ),
    Case(
        "LSTM under no_grad",
        probed(
            lambda: Ungraded(initialised(layer(nn.LSTM, 2, 16), "chrono", t_max=30)), lambda: noise(4, 30, 2)
        ),
        k.NOTHING_RECORDED,
        lag=29,
        fix=rewired,
    ),
    Case(
        "LSTM that does not replay",
        lambda: Tampered(LastStep(initialised(layer(nn.LSTM, 2, 16), "chrono", t_max=30)), noise(4, 30, 2)),
        k.REPLAY_ERROR,
        lag=29,
        fix=untampered,
    ),
    Case(
        "LSTM, loss overflows in training",
        adding(
            lambda: LastStep(initialised(layer(nn.LSTM, 2, 16), "forget_bias", value=3.0)),
            overflow=True,
        ),
        k.NOT_FINITE,
        lag=10,
        fix=finite_loss,
    ),
    Case(
        "GRU in pieces of 20 steps",
        probed(
            lambda: LastStep(initialised(layer(nn.GRU, 3, 32), "chrono", t_max=60)), lambda: noise(8, 20, 3)
        ),
        k.DETACHED,
        lag=60,
        fix=with_input(noise, 8, 61, 3),
    ),
    Case(
        "LSTM, both directions, output[:, -1]",
        probed(
            lambda: LastStep(initialised(layer(nn.LSTM, 3, 24, bidirectional=True), "chrono", t_max=40)),
            lambda: noise(8, 40, 3),
        ),
        k.REVERSE_UNUSED,
        lag=39,
        severity="warning",
        fix=lambda broken: ProbedModel(EndStates(broken.model.layer), broken.x),
    ),
    Case(
        "GRU, weights x 30",
        probed(lambda: LastStep(scaled(layer(nn.GRU, 5, 40), 30.0)), lambda: noise(16, 60, 5)),
        k.EXPLODING,
        lag=None,
    ),
    Case(
        "LSTM, pixels from 0 to 255",
        probed(
            lambda: LastStep(initialised(layer(nn.LSTM, 28, 64), "chrono", t_max=28)),
            lambda: torch.randint(256, (16, 28, 28), generator=torch.Generator().manual_seed(2)).float(),
        ),
        k.INPUT_NOT_NORMALISED,
        lag=27,
    ),
    Case(
        "LSTM beside another that does the work",
        lambda: ProbedModel(Beside(layer(nn.LSTM, 2, 16)), noise(4, 20, 2)),
        k.NO_GRADIENT,
        lag=19,
        fix=lambda broken: ProbedModel(Beside(broken.model.first, works=True), broken.x),
    ),
    Case(
        "GRU, slow signals, axes swapped, loss on every step",
        lambda: ProbedModel(
            initialised(nn.GRU(2, 16), "chrono", t_max=30),
            slow_signals(12, 30, 2),
            loss=lambda output: output[0].pow(2).mean(),
        ),
        k.TIME_AND_BATCH,
        lag=None,
        severity="warning",
    ),
    Case(
        "LSTM, 2 layers, both directions, output[:, -1]",
        probed(lambda: LastStep(initialised(stacked(nn.LSTM), "chrono", t_max=40)), lambda: noise(8, 40, 3)),
        k.REVERSE_UNUSED,
        lag=39,
        severity="warning",
        fix=lambda broken: ProbedModel(EndStates(broken.model.layer), broken.x),
    ),
    Case(
        "GRU, packed, padded again, output[:, -1]",
        probed(lambda: Padded(initialised(layer(nn.GRU, 3, 24), "chrono", t_max=40)), packed),
        k.READS_PADDING,
        lag=19,
        fix=lambda broken: ProbedModel(EndStates(broken.model.layer), broken.x),
    ),
    Case(
        "LSTM, one sequence, axes swapped",
        probed(lambda: LastStep(initialised(nn.LSTM(3, 24), "chrono", t_max=40)), lambda: noise(1, 40, 3)),
        k.TIME_AND_BATCH,
        lag=None,
        severity="warning",
    ),
]

TUNED += [
    Case(
        "LSTM, no zero_grad",
        lambda: Mistake(zero_every=None, optimizer=torch.optim.SGD, rate=0.3),
        k.ACCUMULATE,
        lag=5,
        fix=without(zero_every=1),
    ),
    Case(
        "LSTM, not given to the optimizer",
        lambda: Mistake(held=("head",), rate=1e-3),
        k.NOT_IN_OPTIMIZER,
        lag=5,
        fix=without(held=("layer", "head")),
    ),
    Case(
        "RNN, weight decay 0.3",
        lambda: Mistake(cell=nn.RNN, decay=0.3),
        k.WEIGHTS_VANISH,
        lag=5,
        fix=without(decay=0.0),
    ),
    Case(
        "LSTM, softmax before cross_entropy",
        lambda: Mistake(squash=True, optimizer=torch.optim.SGD, rate=0.1),
        k.SOFTMAX_TWICE,
        lag=5,
        fix=without(squash=False, rate=0.3),
    ),
    Case(
        "LSTM, target (batch,) against output (batch, 1)",
        lambda: Mistake(task="numbers", broadcast=True),
        k.TARGET_BROADCAST,
        lag=5,
        fix=without(broadcast=False),
    ),
    Case(
        "LSTM, view for transpose",
        lambda: Mistake(layout="view"),
        k.SCRAMBLED_VIEW,
        lag=5,
        fix=without(layout="transpose"),
    ),
    Case(
        "LSTM, last states viewed",
        lambda: ProbedModel(Joined(layer(nn.LSTM, 3, 24, bidirectional=True)), noise(6, 12, 3)),
        k.SCRAMBLED_VIEW,
        lag=5,
        fix=lambda broken: ProbedModel(Joined(broken.model.layer, is_viewed=False), broken.x),
    ),
    Case(
        "GRU, always from the encoder's state",
        lambda: ProbedModel(Translator(), noise(6, 9, 3)),
        k.NOT_HANDED_ON,
        lag=None,
        severity="warning",
        fix=lambda broken: ProbedModel(Translator(is_handed_on=True), broken.x),
    ),
    Case(
        "LSTM, padding read unpacked",
        lambda: ProbedModel(LastStep(layer(nn.LSTM, 3, 24)), with_padding(noise(8, 60, 3))),
        k.NOT_PACKED,
        lag=None,
        severity="warning",
        fix=lambda broken: ProbedModel(broken.model, noise(8, 60, 3)),
    ),
    Case(
        "GRU, embedding grows",
        Grown,
        k.INPUT_GROWS,
        lag=2,
        fix=lambda broken: Grown(growth=1.0),
    ),
    Case(
        "LSTM, learning rate 3 of Adam",
        lambda: Mistake(rate=3.0),
        k.LEARNING_RATE,
        lag=5,
        fix=without(rate=3e-2),
    ),
    Case(
        "LSTM, constant labels",
        lambda: Mistake(constant=True),
        k.LABELS_CONSTANT,
        lag=5,
        fix=without(constant=False),
    ),
    Case(
        "LSTM, learning rate far too low",
        lambda: Mistake(rate=1e-4, optimizer=torch.optim.SGD),
        k.LEARNING_RATE_LOW,
        lag=5,
        fix=without(rate=0.3),
    ),
    Case(
        "GRU, tape.step forgotten",
        lambda: Mistake(cell=nn.GRU, calls_step=False, iterations=40),
        k.STEP_FORGOTTEN,
        lag=5,
        severity="warning",
        fix=without(calls_step=True),
    ),
    Case(
        "LSTM, state handed on undetached",
        HandedOn,
        k.NOT_DETACHED,
        lag=4,
        fix=lambda broken: HandedOn(is_detached=True),
    ),
]

HELD_OUT = [
    Case(
        "RNN, default, 200 units, lag 60",
        probed(lambda: LastStep(layer(nn.RNN, 20, 200))),
        k.VANISHING,
        lag=60,
    ),
    Case(
        "GRU, default, embedding",
        probed(lambda: Tokens(layer(nn.GRU, 16, 48))),
        k.FORGET_BIAS,
        lag=80,
    ),
    Case(
        "LSTM, default, 2 layers",
        probed(lambda: LastStep(layer(nn.LSTM, 4, 48, num_layers=2))),
        k.FORGET_BIAS,
        lag=90,
    ),
    Case(
        "LSTM, forget bias -1, float64",
        probed(lambda: LastStep(with_biases(layer(nn.LSTM, 3, 40), FORGET, -1.0)).double()),
        k.FORGET_BIAS,
        lag=50,
    ),
    Case(
        "RNN, orthogonal x 2, 50 units, small input",
        probed(
            lambda: LastStep(initialised(layer(nn.RNN, 3, 50), "orthogonal", gain=2.0)),
            lambda: noise(16, 80, 3, 0.05),
        ),
        k.EXPLODING,
        lag=None,
    ),
    Case(
        "relu RNN, 95 % dead",
        probed(lambda: LastStep(dead(initialised(relu(4, 60), "identity"), 57))),
        k.DEAD_RELU,
        lag=50,
    ),
    Case(
        "GRU cell, detached every 25 steps",
        probed(lambda: Loop(initialised(nn.GRUCell(3, 24), "chrono", t_max=80), 25), lambda: noise(6, 80, 3)),
        k.DETACHED,
        lag=79,
        fix=attached,
    ),
    Case(
        "LSTM, both directions, axes swapped",
        probed(
            lambda: LastStep(initialised(nn.LSTM(6, 20, bidirectional=True), "chrono", t_max=40)),
            lambda: noise(12, 40, 6),
        ),
        k.WRONG_BATCH_FIRST,
        lag=39,
    ),
    Case(
        "GRU, 2 layers, axes swapped, cross-entropy",
        probed(
            lambda: LastStep(initialised(nn.GRU(6, 20, num_layers=2), "chrono", t_max=30), 5),
            lambda: noise(12, 30, 6),
            loss=lambda output: nn.functional.cross_entropy(output, torch.arange(12) % 5),
        ),
        k.WRONG_BATCH_FIRST,
        lag=29,
    ),
    Case(
        "LSTM, output bias -8",
        probed(
            lambda: LastStep(
                with_biases(initialised(layer(nn.LSTM, 3, 32), "chrono", t_max=60), OUTPUT, -8.0)
            ),
            lambda: noise(8, 60, 3),
        ),
        k.CLOSED_GATE,
        lag=59,
    ),
    Case(
        "GRU, prices in thousands",
        probed(
            lambda: LastStep(initialised(layer(nn.GRU, 4, 32), "chrono", t_max=40)),
            lambda: 3000.0 + 500.0 * noise(10, 40, 4).cumsum(1),
        ),
        k.INPUT_NOT_NORMALISED,
        lag=39,
    ),
    Case(
        "RNN, weights x 20",
        probed(lambda: LastStep(scaled(layer(nn.RNN, 4, 32), 20.0)), lambda: noise(10, 12, 4)),
        k.EXPLODING,
        lag=11,
    ),
    Case(
        "LSTM, 2 layers, h_n[0]",
        probed(lambda: StateAt(initialised(layer(nn.LSTM, 3, 24, num_layers=2), "chrono", t_max=40), 0)),
        k.LAYER_UNREACHED,
        lag=39,
        fix=lambda broken: ProbedModel(StateAt(broken.model.layer, -1), broken.x),
    ),
    Case(
        "GRU, both directions, h_n[-1]",
        probed(
            lambda: StateAt(initialised(layer(nn.GRU, 3, 24, bidirectional=True), "chrono", t_max=40), -1)
        ),
        k.DIRECTION_UNREACHED,
        lag=39,
        fix=lambda broken: ProbedModel(EndStates(broken.model.layer), broken.x),
    ),
    Case(
        "GRU, half of the batch",
        probed(lambda: StateAt(initialised(layer(nn.GRU, 3, 24), "chrono", t_max=40), (0, slice(4)))),
        k.SEQUENCES_UNREACHED,
        lag=39,
        severity="warning",
        fix=lambda broken: ProbedModel(StateAt(broken.model.layer, -1), broken.x),
    ),
]
