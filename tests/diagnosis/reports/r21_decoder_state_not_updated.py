"""A decoder that starts every step from the encoder's state and never from its own.

https://github.com/pytorch/examples/issues/88
"""

import torch
from diagnosis.reports.run import Run, mistaken
from torch import nn

CAUSE = "output, h = self.rnn(emb_t, hidden): h is never handed on, so no decoder step knows the one before"
KINDS = {"state_not_handed_on"}
LAG = None


class Translator(nn.Module):
    def __init__(self, hand_on):
        super().__init__()
        self.embedding = nn.Embedding(8, 12)
        self.encoder = nn.GRU(12, 32)
        self.rnn = nn.GRU(12, 32)
        self.generator = nn.Linear(32, 8)
        self.hand_on = hand_on

    def forward(self, source, target):
        _, hidden = self.encoder(self.embedding(source))
        h = hidden
        outputs = []
        for emb_t in self.embedding(target).split(1):
            output, h = self.rnn(emb_t, h if self.hand_on else hidden)
            outputs.append(self.generator(output))
        return torch.cat(outputs)


def sentences(batch, seed):
    """Source (8, batch); the same words, of which each occurs several times, behind a start word 0."""
    words = torch.randint(1, 3, (8, batch), generator=torch.Generator().manual_seed(seed))
    return words, torch.cat([torch.zeros_like(words[:1]), words[:-1]])


def make(fixed=False):
    torch.manual_seed(0)
    model = Translator(hand_on=fixed)
    return Run(model, torch.optim.Adam(model.parameters(), lr=0.01), fixed)


def train(run, tape=None, steps=300):
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
