"""Gradients of a layer's outputs: all of one backward pass together, also after one that was broken off."""

import pytest
import torch

from gradviz.capture.output_hook import OutputGradientHook, in_backward


def two_outputs():
    x = torch.ones(2, requires_grad=True)
    first, second = x * 2, x * 3
    arrived = []
    hook = OutputGradientHook([first, second], lambda gradients: arrived.append(list(gradients)))
    return first, second, arrived, hook


def values(gradients):
    return [None if gradient is None else gradient.tolist() for gradient in gradients]


def test_each_pass_brings_what_reaches_the_outputs():
    first, second, arrived, hook = two_outputs()
    (5 * first + 7 * second).sum().backward(retain_graph=True)
    second.sum().backward(retain_graph=True)
    assert [values(each) for each in arrived] == [[[5, 5], [7, 7]], [None, [1, 1]]]
    hook.remove()
    first.sum().backward()
    assert len(arrived) == 2


def test_a_pass_that_was_broken_off_is_not_mixed_with_the_next():
    first, second, arrived, _ = two_outputs()

    def fail(gradient):
        raise RuntimeError("the user's own")

    failing = first.register_hook(fail)  # the second output comes first
    with pytest.raises(RuntimeError, match="the user's own"):
        (first + second).sum().backward(retain_graph=True)
    assert arrived == []
    failing.remove()
    (4 * second).sum().backward(retain_graph=True)
    assert [values(each) for each in arrived] == [[None, [4, 4]]]
    (first + second).sum().backward()
    assert values(arrived[1]) == [[1, 1], [1, 1]]


def test_whether_a_pass_is_running():
    x = torch.ones(1, requires_grad=True)
    found = []
    y = x * 2
    y.register_hook(lambda gradient: found.append(in_backward()))
    y.sum().backward()
    assert found == [True]
    assert not in_backward()
