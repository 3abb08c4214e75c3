"""A sentiment classifier with packed sequences, a bidirectional stack and its last two states.

After https://github.com/bentrevett/pytorch-sentiment-analysis
"""

import torch
from diagnosis.reports.run import Run
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

LAG = None


class Sentiment(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 16, padding_idx=0)
        self.rnn = nn.LSTM(16, 24, num_layers=2, bidirectional=True, dropout=0.2)
        self.fc = nn.Linear(48, 1)
        self.dropout = nn.Dropout(0.2)

    def forward(self, text, lengths):
        packed = pack_padded_sequence(self.dropout(self.embedding(text)), lengths, enforce_sorted=False)
        _, (hidden, _) = self.rnn(packed)
        return self.fc(self.dropout(torch.cat((hidden[-2], hidden[-1]), 1)))


def reviews(batch, seed):
    """Reviews (25, batch) of 4 to 25 words: are more of them good (1 to 3) or bad (4 to 6)?"""
    rng = torch.Generator().manual_seed(seed)
    lengths = torch.randint(4, 26, (batch,), generator=rng)
    words = torch.randint(1, 20, (25, batch), generator=rng)
    words[torch.arange(25)[:, None] >= lengths] = 0
    good, bad = ((words >= low) & (words <= low + 2) for low in (1, 4))
    return words, lengths, (good.sum(0) > bad.sum(0)).float()


def make():
    torch.manual_seed(0)
    model = Sentiment()
    return Run(model, torch.optim.Adam(model.parameters(), lr=0.01))


def train(run, tape=None, steps=90):
    losses = []
    criterion = nn.BCEWithLogitsLoss()
    run.model.train()
    for step in range(steps):
        words, lengths, label = reviews(32, step)
        run.optimizer.zero_grad()
        output = run.model(words, lengths).squeeze(1)
        loss = criterion(output, label)
        loss.backward()
        run.optimizer.step()
        losses.append(loss.item())
        if tape is not None:
            tape.step(loss, output=output, target=label)
    return losses


def error(run):
    words, lengths, label = reviews(300, 10_000)
    wrong = ((run.model(words, lengths).squeeze(1) > 0).float() != label).float().mean()
    return (wrong / min(label.mean(), 1 - label.mean())).item()
