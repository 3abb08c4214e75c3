"""Trainings by ``DistributedDataParallel`` in two processes, recorded and not."""

import numpy as np
import pytest
import torch
from ranks.launch import launch, launch_by_torchrun
from ranks.trainings import STEPS, TIME, batch, model

import gradviz as gv


def results(folder, case, processes=2):
    return [torch.load(folder / f"{case}-{rank}.pt") for rank in range(processes)]


def check_passive(folder, *cases):
    """Trained to the same bits with and without recording, by as many collectives."""
    for case in cases:
        for found in results(folder, case):
            with_tape, without = found["with"], found["without"]
            assert with_tape["losses"] == without["losses"], case
            assert with_tape["collectives"] == without["collectives"] > 0, case
            for a, b in zip(with_tape["weights"], without["weights"], strict=True):
                assert torch.equal(a, b), case


def own_gradients(rank, weights, number=0, size=4):
    """The gradients of one rank's own loss, in one process: at each time step's h, and at the weights."""
    alone = model().double()
    for own, given in zip(alone.parameters(), weights, strict=True):
        own.data.copy_(given)
    x, y = batch(rank, number, size)
    states, state = [], None
    for x_t in x.double():  # one call a time step, so that each h_t is there to retain its gradient
        _, state = alone.encoder(x_t[None], state)
        state = tuple(each.clone() for each in state)
        state[0].retain_grad()
        states.append(state[0])
    hidden = torch.cat([each for each in states])
    loss = (alone.head(alone.module(hidden)[0][-1]) - y.double()).square().mean()
    loss.backward()
    total = torch.stack([each.grad[0] for each in states])  # (time, batch, unit)
    return total.norm(dim=-1).log10(), [weight.grad for weight in alone.parameters()], loss.item()


def test_each_rank_records_its_part_and_nothing_else_changes(tmp_path):
    for code, text in launch(tmp_path, "plain", "first_rank_only", "goes_on:plain"):
        assert code == 0, text
    check_passive(tmp_path, "plain")
    tree = gv.load(tmp_path / "plain")
    assert list(tree.children) == ["encoder", "module"]
    assert tree.attrs["ranks"] == 2
    ds = tree["encoder"].to_dataset()
    assert ds["rank"].values.tolist() == [0] * 4 + [1] * 4
    assert ds["rank"].dims == ("sample",)
    assert ds["step"].values.tolist() == list(range(2 * STEPS))  # the second half went on with the first
    assert ds["batch_size"].values.tolist() == [8] * 2 * STEPS
    first = ds.isel(step=0, layer=0, direction=0)
    start = [weight.detach() for weight in model().parameters()]
    gradients, losses = [], []
    for rank in range(2):
        at_h, at_weights, loss = own_gradients(rank, start)
        own = first["log10_grad_h"].where(first["rank"] == rank, drop=True)
        assert own.sizes["time"] == TIME
        np.testing.assert_allclose(own.values, at_h.numpy(), atol=1e-4)
        gradients.append(at_weights)
        losses.append(loss)
    means = ds["log10_grad_h"].groupby("rank").mean()
    assert means["rank"].values.tolist() == [0, 1]
    # what the optimizer used is the mean over ranks, in every process
    mean = [(a + b) / 2 for a, b in zip(*gradients, strict=True)]
    norm = torch.stack([each.norm() for each in mean]).norm().item()
    for rank in range(2):
        own = gv.load(tmp_path / "plain" / f"rank-{rank}")
        assert float(own["grad_norm"][0]) == pytest.approx(norm, rel=1e-4)
        assert float(own["loss"][0]) == pytest.approx(losses[rank], rel=1e-4)
    assert float(tree["grad_norm"][0]) == pytest.approx(norm, rel=1e-4)
    assert float(tree["loss"][0]) == pytest.approx(np.mean(losses), rel=1e-4)
    assert float(tree["grad_norm_clipped"][0]) == pytest.approx(min(norm, 0.5), rel=1e-4)
    assert gv.diagnose(tree) is not None
    check_first_rank_only(tmp_path)


def check_first_rank_only(folder):
    recorded = folder / "first_rank_only"
    assert [child.name for child in recorded.iterdir()] == ["rank-0"]
    tree = gv.load(recorded)  # without a warning: the other rank was not to record
    assert tree["encoder"]["rank"].values.tolist() == [0] * 4
    both = gv.load(folder / "plain")["encoder"].isel(sample=slice(4), step=slice(STEPS))
    np.testing.assert_array_equal(tree["encoder"]["log10_grad_h"], both["log10_grad_h"])
    one, other = results(folder, "first_rank_only")
    assert one["shown"] == str(STEPS)
    assert "this process is of rank 1" in other["shown"]
    assert "only rank 0 records" in other["shown"]
    for found, plain in zip((one, other), results(folder, "plain"), strict=True):
        assert found["losses"] == plain["without"]["losses"]
        assert found["collectives"] == plain["without"]["collectives"]


@pytest.mark.slow
def test_a_rank_that_is_killed_leaves_what_it_had_written(tmp_path):
    (code, text), (dead, _) = launch(tmp_path, "killed")
    assert code == 0, text
    assert dead == -9
    assert "gloo" in results(tmp_path, "killed", 1)[0]["error"]
    tree = gv.load(tmp_path / "killed")
    ds = tree["encoder"].to_dataset()
    has = ds["log10_grad_h"].notnull().any(("layer", "direction", "time")).groupby("rank").any()
    steps = has.sum("step")
    assert int(steps.sel(rank=1)) == 128  # the first part; the open one was lost with the process
    assert int(steps.sel(rank=0)) in (130, 131)
    assert (tmp_path / "killed" / "rank-0" / "recording.nc").exists()
    assert not (tmp_path / "killed" / "rank-1" / "recording.nc").exists()


@pytest.mark.slow
def test_every_form_of_data_parallel_training(tmp_path):
    """Started as users start it."""
    cases = ("inner", "sizes", "full", "forward", "accumulate", "uneven", "unused", "static", "bucket_view")
    cases = (*cases, "zero", "parts", "compiled_model")
    code, text = launch_by_torchrun(tmp_path, *cases)
    assert code == 0, text
    check_passive(tmp_path, *cases)
    trees = {case: gv.load(tmp_path / case) for case in cases}
    for case, tree in trees.items():
        assert list(tree.children) == ["encoder", "module"], case
        assert gv.diagnose(tree) is not None
        assert tree["module"].sizes["step"] == STEPS + (case == "uneven"), case
    assert trees["sizes"]["encoder"]["rank"].values.tolist() == [0] * 3 + [1] * 6
    assert trees["sizes"]["encoder"]["batch_size"].values.tolist() == [9] * STEPS
    assert trees["accumulate"]["encoder"].sizes["call"] == 2
    check_sum_of_shares(
        trees["full"]["encoder"].isel(step=0, layer=0, direction=0), results(tmp_path, "full")
    )
    last = trees["uneven"]["encoder"]["log10_grad_h"].isel(step=-1)
    assert np.isnan(last.where(last["rank"] == 0, drop=True)).all()
    assert np.isfinite(last.where(last["rank"] == 1, drop=True)).all()
    for case in cases:
        if case != "forward":
            ranks = [gv.load(tmp_path / case / f"rank-{rank}") for rank in range(2)]
            for name in ("grad_norm", "grad_norm_clipped"):
                one, other = (tree[name].values[:STEPS] for tree in ranks)
                np.testing.assert_allclose(one, other, rtol=1e-6)
            found = results(tmp_path, case)[0]["with"]["gradients"][0].values()
            norm = torch.stack([each.norm() for each in found]).norm().item()
            assert float(ranks[0]["grad_norm"][0]) == pytest.approx(norm, rel=1e-5), case
            assert not ranks[0]["parameters_not_in_optimizer"].any(), case


def check_sum_of_shares(ds, found):
    """The shares of all ranks add up to the gradient of the recurrent weight times the number of ranks."""
    at_gates = ds["grad_gates"].transpose("time", "sample", "gate", "unit").values
    before = ds["h"].transpose("time", "sample", "unit").values[:-1]
    total = np.einsum("tsgu,tsv->guv", at_gates[1:], before).reshape(-1, before.shape[-1])
    for one in found:
        used = one["with"]["gradients"][0]["module.encoder.weight_hh_l0"].numpy()
        np.testing.assert_allclose(total / 2, used, atol=1e-6)


@pytest.mark.slow
def test_another_number_of_processes_goes_on(tmp_path):
    for code, text in launch(tmp_path, "plain"):
        assert code == 0, text
    for code, text in launch(tmp_path, "goes_on:plain", processes=3):
        assert code == 0, text
    ds = gv.load(tmp_path / "plain")["encoder"].to_dataset()
    assert ds["step"].values.tolist() == list(range(2 * STEPS))
    assert ds["rank"].values.tolist() == [0] * 4 + [1] * 4 + [2] * 4
    new = ds["log10_grad_h"].where(ds["rank"] == 2, drop=True)
    assert np.isnan(new.isel(step=slice(STEPS))).all()
    assert np.isfinite(new.isel(step=slice(STEPS, None))).all()
    assert ds["batch_size"].values.tolist() == [8] * STEPS + [12] * STEPS


@pytest.mark.slow
def test_a_model_that_fully_shard_has_split(tmp_path):
    if not hasattr(pytest.importorskip("torch.distributed.fsdp"), "fully_shard"):
        pytest.skip("fully_shard is newer")
    for code, text in launch(tmp_path, "sharded"):
        assert code == 0, text
    check_passive(tmp_path, "sharded")
    tree = gv.load(tmp_path / "sharded")
    assert list(tree.children) == ["encoder", "module"]
    start = [weight.detach() for weight in model().parameters()]
    first = tree["encoder"].isel(step=0, layer=0, direction=0)
    for rank, found in enumerate(results(tmp_path, "sharded")):
        at_h = own_gradients(rank, start)[0]
        own = first["log10_grad_h"].where(first["rank"] == rank, drop=True)
        np.testing.assert_allclose(own.values, at_h.numpy(), atol=1e-4)
        assert "split over several processes, such as" in found["with"]["refusal"]
        assert "leave out optimizer=" in found["with"]["refusal"]
