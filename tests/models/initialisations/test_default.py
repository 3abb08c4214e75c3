"""PyTorch's default initialisation, drawn again."""

import torch
from torch import nn

import gradviz as gv


def test_it_draws_what_pytorch_draws_for_a_new_module():
    module = nn.GRU(2, 16, 2)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.fill_(9)
    torch.manual_seed(3)
    gv.initialise(nn.Sequential(module), "default")
    torch.manual_seed(3)
    fresh = nn.GRU(2, 16, 2)
    for parameter, expected in zip(module.parameters(), fresh.parameters(), strict=True):
        assert torch.equal(parameter, expected)
