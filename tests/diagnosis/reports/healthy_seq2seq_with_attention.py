"""A translator with a bidirectional encoder, attention, and teacher forcing at random.

After https://github.com/bentrevett/pytorch-seq2seq
"""

import random

import torch
from diagnosis.reports.run import Run, mistaken
from torch import nn

LAG = None


class Seq2Seq(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(8, 16)
        self.encoder = nn.GRU(16, 24, bidirectional=True)
        self.to_decoder = nn.Linear(48, 24)
        self.energy = nn.Linear(24 + 48, 24)
        self.v = nn.Linear(24, 1, bias=False)
        self.decoder = nn.GRU(16 + 48, 24)
        self.out = nn.Linear(24 + 48 + 16, 8)

    def forward(self, source, target, forcing):
        outputs, h = self.encoder(self.embedding(source))
        state = torch.tanh(self.to_decoder(torch.cat([h[-2], h[-1]], 1)))
        word, scores = torch.zeros_like(target[0]), []
        for wanted in target:
            repeated = state.expand(len(outputs), -1, -1)
            weight = self.v(torch.tanh(self.energy(torch.cat([repeated, outputs], 2)))).softmax(0)
            context = (weight * outputs).sum(0)
            embedded = self.embedding(word)
            output, h = self.decoder(torch.cat([embedded, context], 1)[None], state[None])
            state = h[0]
            scores.append(self.out(torch.cat([output[0], context, embedded], 1)))
            word = wanted if random.random() < forcing else scores[-1].argmax(1)
        return torch.stack(scores)


def sentences(batch, seed):
    """Source (6, batch) and the same words in reverse."""
    words = torch.randint(1, 8, (6, batch), generator=torch.Generator().manual_seed(seed))
    return words, words.flip(0)


def make():
    torch.manual_seed(0)
    random.seed(0)
    model = Seq2Seq()
    return Run(model, torch.optim.Adam(model.parameters(), lr=0.01))


def train(run, tape=None, steps=150):
    losses = []
    for step in range(steps):
        source, target = sentences(48, step)
        run.optimizer.zero_grad()
        output = run.model(source, target, 0.5)
        loss = nn.functional.cross_entropy(output.view(-1, 8), target.reshape(-1))
        loss.backward()
        nn.utils.clip_grad_norm_(run.model.parameters(), 1)
        run.optimizer.step()
        losses.append(loss.item())
        if tape is not None:
            tape.step(loss, output=output.view(-1, 8), target=target.reshape(-1))
    return losses


def error(run):
    source, target = sentences(100, 10_000)
    return mistaken(run.model(source, target, 0), target)
