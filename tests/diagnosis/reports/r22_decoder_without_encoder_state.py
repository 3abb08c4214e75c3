"""A translator whose decoder starts from zeros instead of from the encoder's final state.

https://github.com/neulab/xnmt/issues/132
"""

import torch
from diagnosis.reports.run import Run, mistaken
from torch import nn

CAUSE = "the encoder's final state is thrown away, so the decoder never hears of the source"
KINDS = {"no_gradient"}
LAG = None


class Seq2Seq(nn.Module):
    def __init__(self, initialised):
        super().__init__()
        self.embedding = nn.Embedding(8, 12)
        self.encoder = nn.LSTM(12, 32)
        self.decoder = nn.LSTM(12, 32)
        self.vocab = nn.Linear(32, 8)
        self.initialised = initialised

    def forward(self, source, target):
        _, state = self.encoder(self.embedding(source))
        if not self.initialised:
            state = None
        output, _ = self.decoder(self.embedding(target), state)
        return self.vocab(output)


def sentences(batch, seed):
    """Source (5, batch), and the same words behind a start word 0."""
    words = torch.randint(1, 8, (5, batch), generator=torch.Generator().manual_seed(seed))
    return words, torch.cat([torch.zeros_like(words[:1]), words[:-1]])


def make(fixed=False):
    torch.manual_seed(0)
    model = Seq2Seq(initialised=fixed)
    return Run(model, torch.optim.Adam(model.parameters(), lr=0.02), fixed)


def train(run, tape=None, steps=250):
    losses = []
    for step in range(steps):
        words, shifted = sentences(48, step)
        run.optimizer.zero_grad()
        output = run.model(words, shifted)
        loss = nn.functional.cross_entropy(output.view(-1, 8), words.view(-1))
        loss.backward()
        run.optimizer.step()
        losses.append(loss.item())
        if tape is not None:
            tape.step(loss, output=output.view(-1, 8), target=words.view(-1))
    return losses


def mended():
    return make(fixed=True)


def error(run):
    words, shifted = sentences(200, 10_000)
    return mistaken(run.model(words, shifted), words)
