"""A language model with dropout, tied weights, clipping, and states that are handed on detached.

After https://github.com/pytorch/examples/tree/main/word_language_model
"""

import torch
from diagnosis.reports.run import Run, mistaken, text
from torch import nn

LAG = None


class RNNModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(0.1)
        self.encoder = nn.Embedding(12, 32)
        self.rnn = nn.LSTM(32, 32, 2, dropout=0.1)
        self.decoder = nn.Linear(32, 12)
        self.decoder.weight = self.encoder.weight
        nn.init.uniform_(self.encoder.weight, -0.1, 0.1)
        nn.init.zeros_(self.decoder.bias)

    def forward(self, words, hidden):
        output, hidden = self.rnn(self.drop(self.encoder(words)), hidden)
        decoded = self.decoder(self.drop(output)).view(-1, 12)
        return nn.functional.log_softmax(decoded, dim=1), hidden


def repackage_hidden(h):
    return h.detach() if isinstance(h, torch.Tensor) else tuple(repackage_hidden(v) for v in h)


def make():
    torch.manual_seed(0)
    model = RNNModel()
    return Run(model, torch.optim.SGD(model.parameters(), lr=10.0))


def train(run, tape=None, steps=250):
    losses = []
    criterion = nn.NLLLoss()
    corpus = text(20, 20 * steps, seed=0).T
    hidden = torch.zeros(2, 20, 32), torch.zeros(2, 20, 32)
    run.model.train()
    for i in range(0, 20 * steps, 20):
        data, targets = corpus[i : i + 20], corpus[i + 1 : i + 21].reshape(-1)
        run.model.zero_grad()
        hidden = repackage_hidden(hidden)
        output, hidden = run.model(data, hidden)
        loss = criterion(output, targets)
        loss.backward()
        nn.utils.clip_grad_norm_(run.model.parameters(), 0.25)
        run.optimizer.step()
        losses.append(loss.item())
        if tape is not None:
            tape.step(loss, output=output, target=targets)
    return losses


def error(run):
    corpus = text(20, 20, seed=10_000).T
    return mistaken(run.model(corpus[:-1], None)[0], corpus[1:])
