"""An optimizer holds the parameters that a changed model has."""

import torch
from torch import nn

from gradviz.remedies.followed_parameters import follow, trainable
from gradviz.remedies.model_changes import replace_by_gru, unfreeze


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.head = nn.RNN(2, 3), nn.Linear(3, 1)


def names(optimizer, model):
    known = {id(part): name for name, part in model.named_parameters()}
    return [sorted(known.get(id(part), "?") for part in group["params"]) for group in optimizer.param_groups]


GRU = ["rnn.bias_hh_l0", "rnn.bias_ih_l0", "rnn.weight_hh_l0", "rnn.weight_ih_l0"]
HEAD = ["head.bias", "head.weight"]


def followed(model, optimizer, change, **options):
    before = trainable(model)
    follow(optimizer, before, change(model, **options))
    return names(optimizer, model)


def test_new_parameters_join_the_group_of_those_they_replace():
    model = Net()
    groups = [{"params": model.head.parameters(), "lr": 1.0}, {"params": model.rnn.parameters(), "lr": 0.1}]
    optimizer = torch.optim.SGD(groups, momentum=0.9)
    model.rnn(torch.ones(1, 1, 2))[0].sum().backward()
    optimizer.step()
    assert followed(model, optimizer, replace_by_gru, module="rnn", t_max=5) == [HEAD, GRU]
    assert all(part not in optimizer.state for part in model.parameters())
    assert len(optimizer.state) == 0


def test_what_was_not_trained_is_not_trained_afterwards():
    model = Net()
    optimizer = torch.optim.SGD(model.head.parameters(), lr=1.0)
    assert followed(model, optimizer, replace_by_gru, module="rnn", t_max=5) == [HEAD]


def test_what_is_set_free_is_trained():
    model = Net()
    model.rnn.requires_grad_(False)
    optimizer = torch.optim.SGD([part for part in model.parameters() if part.requires_grad], lr=1.0)
    assert followed(model, optimizer, unfreeze, module="rnn") == [sorted(GRU + HEAD)]


def test_what_is_held_already_is_held_once():
    model = Net()
    model.rnn.requires_grad_(False)
    optimizer = torch.optim.SGD([*model.parameters(), nn.Parameter(torch.ones(1))], lr=1.0)
    assert followed(model, optimizer, unfreeze, module="rnn") == [["?", *sorted(GRU + HEAD)]]
