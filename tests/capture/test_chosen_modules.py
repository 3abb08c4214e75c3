"""`record(modules=...)`: which modules are recorded, by name and pattern."""

import copy

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.capture.chosen_modules import ChosenModules
from gradviz.capture.record import record_into
from gradviz.errors import CannotWatch, UnknownName
from gradviz.recording.sink import MemorySink

NAMES = ["encoder", "decoder.0", "decoder.1", "head.lstm"]


class Three(nn.Module):
    """Each begins from the last state of the one before."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.third = (nn.GRU(3, 4) for _ in range(3))

    def forward(self, x):
        _, h = self.first(x)
        _, h = self.second(x[:3], h)
        return self.third(x, h)[0]


def run(model, x, **options):
    with gv.record(model, **options) as tape:
        model(x)[-1].pow(2).sum().backward()
    return tape


@pytest.mark.parametrize(
    ("modules", "chosen"),
    [
        (None, NAMES),
        ("encoder", ["encoder"]),
        ("decoder.*", ["decoder.0", "decoder.1"]),
        (["decoder.1", "encoder"], ["encoder", "decoder.1"]),
        (("decoder.[01]", "decoder.0"), ["decoder.0", "decoder.1"]),
        ("*", NAMES),
        ("*.?", ["decoder.0", "decoder.1"]),
    ],
)
def test_names_and_patterns_in_the_order_of_the_model(modules, chosen):
    every = {name: object() for name in NAMES}
    choose = ChosenModules(modules)
    choose.check(every)
    assert list(choose(every).items()) == [(name, every[name]) for name in chosen]


@given(st.lists(st.text("ab.*?[]!", min_size=1, max_size=6), min_size=1, max_size=6, unique=True))
def test_a_name_always_chooses_itself(names):
    for name in names:
        choose = ChosenModules(name)
        choose.check(dict.fromkeys(names))
        assert name in choose(dict.fromkeys(names))


def test_the_choice_can_be_made_again_when_a_module_has_gone():
    choose = ChosenModules(["encoder", "head.*"])
    assert list(choose(dict.fromkeys(NAMES))) == ["encoder", "head.lstm"]
    assert list(choose({"encoder": 1})) == ["encoder"]


@pytest.mark.parametrize("build", [gv.record, lambda model, **o: record_into(MemorySink(), model, **o)])
def test_errors(build):
    model = Three()
    with pytest.raises(UnknownName, match=r"'secnd'; did you mean 'second'\? \(first, second, third\)"):
        build(model, modules=["first", "secnd"])
    with pytest.raises(UnknownName, match=r"unknown recurrent module 'decoder\.\*'; \(first, second"):
        build(model, modules="decoder.*")
    with pytest.raises(TypeError, match=r"modules takes the name of a recurrent module.*got int"):
        build(model, modules=3)
    with pytest.raises(TypeError, match="got a list with GRU in it"):
        build(model, modules=[model.first])
    with pytest.raises(TypeError, match="got set"):
        build(model, modules={"first"})
    with pytest.raises(ValueError, match="got an empty list"):
        build(model, modules=[])
    with pytest.raises(UnknownName, match="unknown recurrent module 'lstm'; there is none"):
        build(nn.Linear(2, 2), modules="lstm")


def test_a_wrong_name_writes_nothing(tmp_path):
    with pytest.raises(UnknownName):
        gv.record(Three(), path=tmp_path / "mine", modules="fourth")
    assert not (tmp_path / "mine").exists()


def test_only_these_are_recorded_with_the_same_numbers():
    torch.manual_seed(1)
    model, x = Three(), torch.randn(6, 2, 3)
    whole = run(model, x)
    some = run(model, x, modules=["second", "third"])
    assert some.names == ["second", "third"]
    assert list(some.tree.children) == ["second", "third"]
    for name in some.names:
        for variable, values in some[name].items():
            np.testing.assert_array_equal(values, whole[name][variable], err_msg=variable)
    with pytest.raises(UnknownName, match=r"unknown module 'first'; .*\(second, third\)"):
        some["first"]


def test_a_module_that_is_not_recorded_is_no_origin():
    model, x = Three(), torch.randn(6, 2, 3)
    some = run(model, x, modules=["second", "third"])
    assert v.CONTINUES not in some["second"].attrs
    assert v.TIME_OFFSET not in some["second"]
    assert some["third"].attrs[v.CONTINUES] == "second"
    assert some["third"][v.TIME_OFFSET].values.tolist() == [[3, 3]]


@pytest.mark.parametrize("frozen", [False, True])
def test_no_number_of_steps_is_claimed_across_one_that_is_not_recorded(frozen):
    """The third begins 9 steps after the first, but only 6 of them are recorded."""
    model = Three()
    model.second.requires_grad_(not frozen)
    some = run(model, torch.randn(6, 2, 3), modules=["first", "third"])
    assert v.CONTINUES not in some["third"].attrs
    assert v.TIME_OFFSET not in some["third"]


def test_a_cell_whose_state_another_one_touches_is_still_one_sequence():
    class Stacked(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell, self.between = nn.GRUCell(3, 4), nn.GRUCell(3, 4)

        def forward(self, x):
            h = torch.zeros(2, 4)
            for x_t in x:
                h = self.between(x_t, self.cell(x_t, h))
            return h[None]

    model, x = Stacked(), torch.randn(5, 2, 3)
    some = run(model, x, modules="cell")
    states = []
    h = torch.zeros(2, 4)
    for x_t in x:
        states.append(model.cell(x_t, h))
        states[-1].retain_grad()
        h = model.between(x_t, states[-1])
    h[None][-1].pow(2).sum().backward()
    expected = np.log10([s.grad.norm(dim=1).numpy() for s in states])
    np.testing.assert_allclose(some["cell"][v.LOG10_GRAD_H].values[0, 0, 0], expected, atol=1e-5)


def test_weights_that_both_share_are_recorded_of_the_chosen_one_only():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.other = nn.GRU(3, 4), nn.GRU(3, 4)
            for name, weight in self.one.named_parameters():
                setattr(self.other, name, weight)

        def forward(self, x):
            return self.one(x)[0] + self.other(x[:4])[0].sum()

    for name, steps in (("one", 6), ("other", 4)):
        tape = run(Tied(), torch.randn(6, 2, 3), modules=name)
        assert list(tape.tree.children) == [name]
        assert "call" not in tape.dataset.dims
        assert tape.dataset.sizes["time"] == steps


@pytest.mark.filterwarnings("ignore:There is a performance drop:UserWarning")
def test_what_cannot_be_watched_may_be_left_out():
    class Batched(nn.Module):
        def __init__(self):
            super().__init__()
            self.plain, self.batched = nn.GRU(3, 4), nn.GRUCell(3, 4)

        def forward(self, x):
            h = torch.func.vmap(self.batched)(x[0][:, None], torch.zeros(2, 1, 4))
            return self.plain(x, h.transpose(0, 1).contiguous())[0]

    x = torch.randn(5, 2, 3)
    with pytest.raises(CannotWatch, match=r"torch\.func"):
        run(Batched(), x)
    assert run(Batched(), x, modules="plain").dataset.sizes["time"] == 5


def test_the_training_is_bit_identical_and_nothing_is_left():
    def train(**options):
        torch.manual_seed(0)
        model = Three()
        optimizer = torch.optim.SGD(model.parameters(), 0.1)
        with gv.record(model, **options) if options else torch.enable_grad() as tape:
            for _ in range(3):
                optimizer.zero_grad()
                loss = model(torch.randn(6, 2, 3))[-1].pow(2).sum()
                loss.backward()
                optimizer.step()
                if options:
                    tape.step(loss)
        for module in model.modules():
            assert not module._forward_hooks
            assert not module._forward_pre_hooks
        return [copy.deepcopy(p.detach()) for p in model.parameters()]

    plain, watched = train(), train(modules="second", every=2)
    assert all(torch.equal(a, b) for a, b in zip(plain, watched, strict=True))


def test_observed_states_are_recorded_whatever_the_modules():
    model = Three()
    with gv.record(model, modules="first") as tape:
        h = model(torch.randn(6, 2, 3))[-1]
        tape.observe("mine", h, time=0)
        h.sum().backward()
    assert tape.names == ["first", "mine"]
    assert set(tape.tree.children) == {"first", "mine"}
