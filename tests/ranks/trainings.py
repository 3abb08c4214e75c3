"""What each process of a distributed training does, case by case; `launch.py` runs this file.

Each case writes what it found as ``CASE-RANK.pt`` for the test that launched it.
"""

import contextlib
import os
import signal
import sys
import warnings
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

import gradviz as gv
from gradviz.errors import NothingRecorded

STEPS, TIME = 3, 7


class Model(nn.Module):
    """Its second layer has the name under which ``DistributedDataParallel`` holds a model."""

    def __init__(self, *, has_unused=False):
        super().__init__()
        self.encoder = nn.LSTM(3, 6)
        self.module = nn.GRU(6, 5)
        self.head = nn.Linear(5, 1)
        self.unused = nn.Linear(1, 1) if has_unused else None

    def forward(self, x):
        h, _ = self.encoder(x)
        h, _ = self.module(h)
        return self.head(h[-1])


def batch(rank, number, size=4):
    """The batch with this number of a rank: inputs (time, batch, 3) and targets (batch, 1)."""
    generator = torch.Generator().manual_seed(1000 * rank + number)
    return torch.randn(TIME, size, 3, generator=generator), torch.randn(size, 1, generator=generator)


def model(**options):
    torch.manual_seed(0)
    return Model(**options)


def train(
    wrapped,
    tape,
    optimizer,
    *,
    steps=STEPS,
    size=4,
    micro_batches=1,
    first=0,
    is_uneven=False,
    before_step=lambda step: None,
):
    """Train, and give the losses, the gradients before clipping and how many collectives there were."""
    rank, losses, gradients, before = dist.get_rank(), [], [], collectives()
    is_recorded = not isinstance(tape, contextlib.nullcontext)
    with tape, wrapped.join() if is_uneven else contextlib.nullcontext():
        for step in range(first, first + steps + (rank if is_uneven else 0)):
            before_step(step)
            optimizer.zero_grad()
            for micro in range(micro_batches):
                x, y = batch(rank, step * micro_batches + micro, size)
                is_last = micro == micro_batches - 1
                with contextlib.nullcontext() if is_last else wrapped.no_sync():
                    loss = (wrapped(x) - y).square().mean()
                    loss.backward()
            gradients.append(
                {name: p.grad.clone() for name, p in wrapped.named_parameters() if p.grad is not None}
            )
            nn.utils.clip_grad_norm_(wrapped.parameters(), 0.5)
            optimizer.step()
            losses.append(loss.item())
            if is_recorded:
                tape.step(loss)
    return {
        "losses": losses,
        "gradients": gradients,
        "weights": [weight.detach().clone() for weight in wrapped.parameters()],
        "collectives": collectives() - before,
    }


def collectives():
    """How many collectives this process has begun so far."""
    return dist.distributed_c10d._get_default_group()._get_sequence_number_for_group()


def sgd(wrapped):
    return torch.optim.SGD(wrapped.parameters(), lr=0.1)


def zero_redundancy(wrapped):
    from torch.distributed.optim import ZeroRedundancyOptimizer

    return ZeroRedundancyOptimizer(wrapped.parameters(), torch.optim.Adam, lr=0.01)


def with_and_without(
    folder, *, wrap=DistributedDataParallel, optimizer=sgd, of_inner=False, detail="norms", **options
):
    """Train without recording and with it, from the same weights."""
    has_unused = options.pop("has_unused", False)
    wrapped = wrap(model(has_unused=has_unused))
    without = train(wrapped, contextlib.nullcontext(), optimizer(wrapped), **options)
    wrapped = wrap(model(has_unused=has_unused))
    trainer = optimizer(wrapped)
    recorded = wrapped.module if of_inner else wrapped
    told = None if detail == "forward" else trainer
    tape = gv.record(recorded, path=folder, optimizer=told, detail=detail, samples=None)
    return {"without": without, "with": train(wrapped, tape, trainer, **options)}


def nested(inner):
    """Each part in a wrapper of its own."""
    for name in ("encoder", "module", "head"):
        setattr(inner, name, DistributedDataParallel(getattr(inner, name)))
    return inner


def compiled(inner):
    return torch.compile(DistributedDataParallel(inner), backend="aot_eager")


def plain(folder):
    return with_and_without(folder)


def inner(folder):
    return with_and_without(folder, of_inner=True)


def sizes(folder):
    return with_and_without(folder, size=3 + 3 * dist.get_rank())


def full(folder):
    return with_and_without(folder, detail="full")


def forward(folder):
    return with_and_without(folder, detail="forward")


def accumulate(folder):
    return with_and_without(folder, micro_batches=2)


def uneven(folder):
    return with_and_without(folder, is_uneven=True)


def unused(folder):
    return with_and_without(
        folder, has_unused=True, wrap=lambda m: DistributedDataParallel(m, find_unused_parameters=True)
    )


def static(folder):
    return with_and_without(folder, wrap=lambda m: DistributedDataParallel(m, static_graph=True))


def bucket_view(folder):
    return with_and_without(folder, wrap=lambda m: DistributedDataParallel(m, gradient_as_bucket_view=True))


def zero(folder):
    return with_and_without(folder, optimizer=zero_redundancy)


def parts(folder):
    return with_and_without(folder, wrap=nested)


def compiled_model(folder):
    return with_and_without(folder, wrap=compiled)


def first_rank_only(folder):
    """The tape of the other rank does nothing, and says so when it is read."""
    wrapped = DistributedDataParallel(model())
    trainer = sgd(wrapped)
    tape = gv.record(wrapped, path=gv.storage(folder, ranks=0), optimizer=trainer, samples=None)
    found = train(wrapped, tape, trainer)
    try:
        found["shown"] = str(tape.tree["encoder"].sizes["step"])
    except NothingRecorded as error:
        found["shown"] = str(error)
    return found


def goes_on(folder):
    """Go on with the recording of the case before, however many processes that had."""
    wrapped = DistributedDataParallel(model())
    tape = gv.record(wrapped, path=gv.storage(folder, append=True), samples=None)
    return train(wrapped, tape, sgd(wrapped), first=STEPS)


def killed(folder):
    """The second rank is killed at its 131st step, as by the system; the first sees an error of gloo."""
    wrapped = DistributedDataParallel(model())

    def die(step):
        if step == 130 and dist.get_rank() == 1:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        train(wrapped, gv.record(wrapped, path=folder), sgd(wrapped), steps=1000, before_step=die)
    except RuntimeError as error:
        return {"error": str(error)}
    return {}


def sharded(folder):
    """FSDP2: each parameter is a ``DTensor``, of which each rank holds a part."""
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    def run(is_recorded):
        mesh, whole = init_device_mesh("cpu", (dist.get_world_size(),)), model()
        for layer in (whole.encoder, whole.module):
            fully_shard(layer, mesh=mesh)
        fully_shard(whole, mesh=mesh)
        trainer = sgd(whole)
        refusal = ""
        if is_recorded:
            try:
                gv.record(whole, optimizer=trainer)
            except ValueError as error:
                refusal = str(error)
        tape = gv.record(whole, path=folder, samples=None) if is_recorded else contextlib.nullcontext()
        losses, before = [], collectives()
        with tape:
            for step in range(STEPS):
                trainer.zero_grad()
                x, y = batch(dist.get_rank(), step)
                loss = (whole(x) - y).square().mean()
                loss.backward()
                trainer.step()
                losses.append(loss.item())
                if is_recorded:
                    tape.step(loss)
        weights = [weight.detach().to_local().clone() for weight in whole.parameters()]
        return {
            "losses": losses,
            "weights": weights,
            "collectives": collectives() - before,
            "refusal": refusal,
        }

    return {"without": run(False), "with": run(True)}


CASES = {
    each.__name__: each
    for each in (
        *(plain, inner, sizes, full, forward, accumulate, uneven, unused, static, bucket_view, zero, parts),
        *(compiled_model, first_rank_only, goes_on, killed, sharded),
    )
}


def main(folder, meeting, *cases):
    torch.set_num_threads(1)
    dist.init_process_group(
        "gloo",
        init_method=meeting,
        rank=int(os.environ["RANK"]),
        world_size=int(os.environ["WORLD_SIZE"]),
        timeout=timedelta(seconds=60),
    )
    warnings.simplefilter("error")
    for case in cases:
        name, _, of = case.partition(":")  # ``goes_on:plain`` goes on with what ``plain`` recorded
        found = CASES[name](Path(folder) / (of or name))
        torch.save(found, Path(folder) / f"{name}-{dist.get_rank()}.pt")
    dist.destroy_process_group()


if __name__ == "__main__":
    main(*sys.argv[1:])
