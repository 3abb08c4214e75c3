"""A copy of a watched module has its own weights and no hook of gradviz, however its class copies itself."""

import copy
import copyreg

import pytest
import torch
from capture.copies import pickled, saved
from torch import nn

import gradviz as gv


class Plain(nn.GRU):
    pass


class CopiesItsAttributes(nn.GRU):
    def __deepcopy__(self, memo):
        made = type(self).__new__(type(self))
        memo[id(self)] = made
        made.__dict__.update({name: copy.deepcopy(value, memo) for name, value in self.__dict__.items()})
        return made


class Reduces(nn.GRU):
    def __reduce_ex__(self, protocol):
        return _remade, (self.input_size, self.hidden_size, self.state_dict())


class ByTable(nn.GRU):
    pass


def _remade(inputs, units, state):
    made = Reduces(inputs, units)
    made.load_state_dict(state)
    return made


@pytest.mark.parametrize("kind", [Plain, CopiesItsAttributes, Reduces])
@pytest.mark.parametrize("copied", [copy.deepcopy, pickled, saved])
@pytest.mark.parametrize("is_closed", [False, True])
def test_a_copy_of_a_copy_has_the_weights_of_the_copy(kind, copied, is_closed):
    module = kind(3, 4)
    tape = gv.record(module)
    with tape:
        first = copied(module)
        with torch.no_grad():
            first.weight_hh_l0.fill_(7)
        second = copied(first)
        module(torch.randn(5, 2, 3))[0].sum().backward()
    if is_closed:
        second = copied(first)
    assert bool((second.weight_hh_l0 == 7).all())
    assert not bool((module.weight_hh_l0 == 7).all())
    assert set(first.__dict__) == set(kind(3, 4).__dict__)


@pytest.mark.parametrize("kind", [Plain, Reduces])
@pytest.mark.parametrize("copied", [copy.deepcopy, pickled, saved, copy.copy])
def test_a_copy_has_no_hook_of_gradviz_but_those_of_the_user(kind, copied):
    module = kind(3, 4)
    module.register_forward_hook(print_shape)
    with gv.record(module):
        made = copied(module)
        module(torch.randn(5, 2, 3))[0].sum().backward()
    expected = [] if kind is Reduces else [print_shape]
    assert list(made._forward_hooks.values()) == expected
    assert not made._forward_pre_hooks


def print_shape(module, args, output):
    pass


@pytest.mark.filterwarnings("ignore:nothing was recorded")
def test_how_a_class_is_pickled_is_as_before():
    def reduce(module):
        return _remade, (module.input_size, module.hidden_size, {})

    before = dict(copyreg.dispatch_table)
    copyreg.dispatch_table[ByTable] = reduce
    try:
        one, other = ByTable(3, 4), ByTable(3, 4)
        with gv.record(one), gv.record(other):
            assert copyreg.dispatch_table[ByTable] is not reduce
        assert copyreg.dispatch_table[ByTable] is reduce
        with pytest.raises(KeyError), gv.record(one):
            raise KeyError
        assert copyreg.dispatch_table[ByTable] is reduce
    finally:
        copyreg.dispatch_table.pop(ByTable)
    with gv.record(nn.LSTM(3, 4)), gv.record(nn.Sequential(nn.LSTM(3, 4))):
        pass
    assert dict(copyreg.dispatch_table) == before
