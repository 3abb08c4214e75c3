"""Pascanu's Ω and its gradient, against a slow twin with finite differences."""

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

import gradviz as gv
from gradviz.models.segments import Segments
from gradviz.training.batch_seeds import batch_generator
from gradviz.training.loop import Training
from gradviz.training.optimisation import Optimisation
from gradviz.training.vanishing_regulariser import Adjoint, VanishingRegulariser, regulariser

TIME, BATCH, HIDDEN = 7, 3, 4


def unrolled(rnn, sequence, length, first):
    """Pre-activations of every layer and states of the last, of one sequence, time step by time step."""
    squash = torch.relu if rnn.nonlinearity == "relu" else torch.tanh
    below, every = list(sequence[:length]), []
    for layer in range(rnn.num_layers):
        w_ih, w_hh, b_ih, b_hh = (
            getattr(rnn, f"{name}_l{layer}") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        h, arguments, states = first[layer], [], []
        for x in below:
            a = w_ih @ x + b_ih + w_hh @ h + b_hh
            a.retain_grad()
            h = squash(a)
            arguments.append(a)
            states.append(h)
        every.append(arguments)
        below = states
    return every, below


def omega(rnn, layer, weight, of_sequences):
    """Ω of one layer as equation 9 has it, with another recurrent weight and all else held fixed."""
    total = 0.0
    for arguments in of_sequences:
        for here, later in zip(arguments[layer], arguments[layer][1:], strict=False):
            slope = (here > 0).double() if rnn.nonlinearity == "relu" else 1 - torch.tanh(here) ** 2
            jacobian = weight * slope  # ∂a_{t+1}/∂a_t, (later unit, unit)
            if later.grad.norm() > 0:
                total += ((later.grad @ jacobian).norm() / later.grad.norm() - 1) ** 2
    return float(total) / len(of_sequences)


def loss_of(kind, states):
    """Of the states of one sequence, (time, hidden)."""
    return states[-1].square().sum() if kind == "last" else (states * states.cos()).sum()


@pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("kind", ["last", "every", "final", "packed", "carried"])
def test_finite_differences(nonlinearity, layers, kind):
    torch.manual_seed(3)
    rnn = nn.RNN(2, HIDDEN, layers, nonlinearity=nonlinearity, batch_first=kind != "every").double()
    sequences = torch.randn(BATCH, TIME, 2, dtype=torch.float64)
    first = (kind == "carried") * torch.randn(layers, BATCH, HIDDEN, dtype=torch.float64)
    lengths = [4, TIME, 6] if kind == "packed" else [TIME] * BATCH

    with VanishingRegulariser(rnn) as watched:
        if kind == "packed":
            given = pack_padded_sequence(
                sequences, torch.tensor(lengths), batch_first=True, enforce_sorted=False
            )
            _, final = rnn(given)
            loss = sum(loss_of("last", one[None]) for one in final[-1])
        elif kind == "final":
            _, final = rnn(sequences)
            loss = sum(loss_of("last", one[None]) for one in final[-1])
        elif kind == "carried":
            states, _ = rnn(sequences, first)
            loss = sum(loss_of("last", one) for one in states)
        else:
            states, _ = rnn(sequences.transpose(0, 1) if kind == "every" else sequences)
            states = states.transpose(0, 1) if kind == "every" else states
            loss = sum(loss_of(kind, one) for one in states)
    loss.backward()
    of_loss = [getattr(rnn, f"weight_hh_l{layer}").grad.clone() for layer in range(layers)]
    value = watched.add_gradient(weight=0.7)
    added = [getattr(rnn, f"weight_hh_l{layer}").grad - of_loss[layer] for layer in range(layers)]

    of_sequences = []
    for place, (sequence, length) in enumerate(zip(sequences, lengths, strict=True)):
        arguments, states = unrolled(rnn, sequence, length, first[:, place])
        loss_of("every" if kind == "every" else "last", torch.stack(states)).backward()
        of_sequences.append([[a.detach().requires_grad_() for a in one] for one in arguments])
        for new, old in zip(of_sequences[-1], arguments, strict=True):
            for a, b in zip(new, old, strict=True):
                a.grad = b.grad
    weights = [getattr(rnn, f"weight_hh_l{layer}").detach() for layer in range(layers)]
    with torch.no_grad():
        assert value == pytest.approx(
            sum(omega(rnn, layer, weights[layer], of_sequences) for layer in range(layers)), rel=1e-9
        )
        for layer in range(layers):
            for place in [(0, 0), (1, 3), (3, 2)]:
                nudge = torch.zeros_like(weights[layer])
                nudge[place] = 1e-6
                above, below = (
                    omega(rnn, layer, weights[layer] + sign * nudge, of_sequences) for sign in (1, -1)
                )
                expected = 0.7 * (above - below) / 2e-6
                assert added[layer][place].item() == pytest.approx(expected, rel=1e-5, abs=1e-8)


def test_by_hand():
    """One unit of relu with weight 1/2: every ratio is 1/2, and there are two of them."""
    rnn = nn.RNN(1, 1, nonlinearity="relu", bias=False)
    with torch.no_grad():
        rnn.weight_ih_l0.fill_(1.0)
        rnn.weight_hh_l0.fill_(0.5)
    with VanishingRegulariser(rnn) as watched:
        states, _ = rnn(torch.ones(3, 5, 1))
    states[-1].sum().backward()
    rnn.weight_hh_l0.grad.zero_()
    assert watched.add_gradient(weight=1.0) == 2 * (0.5 - 1) ** 2
    assert rnn.weight_hh_l0.grad.item() == 2 * 2 * (0.5 - 1)


def test_steps_without_gradient_are_left_out_and_nothing_is_divided_by_zero():
    delta = torch.tensor([0.0, 3.0, 0.0, 0.0], dtype=torch.float64).view(4, 1, 1)
    slope = torch.tensor([0.0, 1.0, 1.0, 1.0], dtype=torch.float64).view(4, 1, 1)
    value, gradient = regulariser(Adjoint(delta, slope), torch.ones(1, 1, dtype=torch.float64))
    assert value == 1.0  # from step 1 to step 0 everything is lost, and the others have no gradient
    assert gradient.item() == 0.0


@pytest.mark.parametrize(
    "model",
    [
        nn.LSTM(2, 3),
        nn.RNN(2, 3, bidirectional=True),
        nn.RNN(2, 3, 2, dropout=0.5),
        nn.RNNCell(2, 3),
        nn.Linear(2, 3),
        nn.ModuleList([nn.RNN(2, 3), nn.GRU(2, 3)]),
    ],
)
def test_other_models_are_refused(model):
    with pytest.raises(ValueError, match="omega is for plain recurrent networks"):
        VanishingRegulariser(model)


def test_segments_are_refused():
    model = gv.SequenceModel("rnn", 2, 3, 1, segments=Segments(3))
    training = Training(model, gv.tasks.adding(8), Optimisation(steps=1, omega=0.5))
    with pytest.raises(ValueError, match="one call of a recurrent module for a whole sequence"):
        list(training)
    assert not model.recurrent._forward_hooks


def test_a_training_adds_it_before_clipping_and_a_recording_changes_nothing():
    task = gv.tasks.adding(9)

    def trained(*, recorded):
        torch.manual_seed(0)
        model = gv.SequenceModel("rnn", 2, 5, 1, num_layers=2)
        training = Training(model, task, Optimisation(steps=4, batch_size=3, omega=0.5, clip_norm=0.3))
        if not recorded:
            return list(training), model
        with gv.record(model) as tape:
            steps = []
            for step in training:
                steps.append(step)
                tape.step(step.loss)
        return steps, model

    (steps, model), (seen, other) = trained(recorded=False), trained(recorded=True)
    assert steps == seen
    assert all(torch.equal(p, q) for p, q in zip(model.parameters(), other.parameters(), strict=True))
    assert all(step.metrics["omega"] > 0 and step.metrics["grad_norm_clipped"] <= 0.3001 for step in steps)

    torch.manual_seed(0)
    model = gv.SequenceModel("rnn", 2, 5, 1, num_layers=2)
    inputs, targets = task.batch(3, batch_generator(0, 0))
    with VanishingRegulariser(model) as watched:
        outputs = model(inputs)
    task.loss(outputs, targets).backward()
    assert watched.add_gradient(weight=0.5) == steps[0].metrics["omega"]
    norm = torch.stack([parameter.grad.norm() for parameter in model.parameters()]).norm()
    assert steps[0].metrics["grad_norm"] == pytest.approx(float(norm), rel=1e-6)


class OneNode(torch.autograd.Function):
    """States and final state out of one node of the graph, as a GPU's fused layers have them."""

    @staticmethod
    def forward(ctx, states, final):
        return states.clone(), final.clone()

    @staticmethod
    def backward(ctx, for_states, for_final):
        return for_states, for_final


class Fused(nn.RNN):
    def forward(self, *given):
        return OneNode.apply(*super().forward(*given))


@pytest.mark.parametrize("used", [0, 1], ids=["states", "final state"])
def test_an_output_without_gradient_of_a_fused_layer(used):
    plain = nn.RNN(2, HIDDEN, 2).double()
    fused = Fused(2, HIDDEN, 2).double()
    fused.load_state_dict(plain.state_dict())
    sequences = torch.randn(TIME, BATCH, 2, dtype=torch.float64)
    values = []
    for rnn in (plain, fused):
        with VanishingRegulariser(rnn) as watched:
            loss = rnn(sequences)[used].square().sum()
        loss.backward()
        values.append(watched.add_gradient(weight=1.0))
    assert values[0] == values[1] > 0
    assert torch.equal(plain.weight_hh_l0.grad, fused.weight_hh_l0.grad)
