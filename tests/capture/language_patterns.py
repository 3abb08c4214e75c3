"""Recurrent models of text and of a series, each in the form that a widely used public project has.

Every model returns its loss.  They are small; what counts is how a state is made, handed on and read.
"""

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence

WORDS, UNITS = 7, 4


def mean_log_loss(scores, targets):
    return F.cross_entropy(scores.reshape(-1, scores.shape[-1]), targets.reshape(-1))


class WordModel(nn.Module):
    """pytorch/examples, word_language_model: two fused layers with dropout, a piece of text at a time.

    The state after a piece is detached before the next one.
    """

    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(0.2)
        self.words = nn.Embedding(WORDS, 3)
        self.rnn = nn.LSTM(3, UNITS, 2, dropout=0.2)
        self.head = nn.Linear(UNITS, WORDS)

    def forward(self, text):
        state, loss = None, 0.0
        for piece in text[:-1].split(3):
            state = None if state is None else tuple(part.detach() for part in state)
            out, state = self.rnn(self.drop(self.words(piece)), state)
            loss = loss + mean_log_loss(self.head(self.drop(out)), piece.roll(1))
        return loss


class SeriesModel(nn.Module):
    """pytorch/examples, time_sequence_prediction: two cells; after its end the series reads its output."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.LSTMCell(1, UNITS), nn.LSTMCell(UNITS, UNITS)
        self.head = nn.Linear(UNITS, 1)

    def forward(self, series):
        zeros = series.new_zeros(len(series), UNITS)
        h, c, h2, c2 = (zeros.clone() for _ in range(4))
        outs = []
        for value in (*series[:, :5].split(1, dim=1), None, None):
            h, c = self.first(outs[-1] if value is None else value, (h, c))
            h2, c2 = self.second(h, (h2, c2))
            outs.append(self.head(h2))
        return F.mse_loss(torch.cat(outs, 1), series[:, 1:8])


class CharacterModel(nn.Module):
    """spro/char-rnn.pytorch: a fused layer called on one character after the other."""

    def __init__(self):
        super().__init__()
        self.letters = nn.Embedding(WORDS, UNITS)
        self.rnn = nn.GRU(UNITS, UNITS, 2)
        self.head = nn.Linear(UNITS, WORDS)

    def forward(self, text):
        length, batch = text.shape
        state, loss = torch.zeros(2, batch, UNITS, dtype=self.head.weight.dtype), 0.0
        for t in range(length - 1):
            out, state = self.rnn(self.letters(text[t]).view(1, batch, -1), state)
            loss = loss + mean_log_loss(self.head(out.view(batch, -1)), text[t + 1])
        return loss


class StackedCells(nn.Module):
    """OpenNMT-py, StackedLSTM and StackedGRU: the states of all cells are stacked, and taken apart again."""

    def __init__(self, cell, inputs):
        super().__init__()
        self.layers = nn.ModuleList([cell(inputs, UNITS), cell(UNITS, UNITS)])
        self.drop = nn.Dropout(0.3)

    def forward(self, x, states):
        after = []
        for k, layer in enumerate(self.layers):
            given = tuple(state[k] for state in states)
            new = layer(x, given) if len(states) == 2 else (layer(x, given[0]),)
            x = new[0] if k else self.drop(new[0])
            after.append(new)
        return x, tuple(torch.stack(parts) for parts in zip(*after, strict=True))


class InputFeed(nn.Module):
    """OpenNMT-py, the input-feed decoder: what attention made of an output is part of the next input."""

    def __init__(self, kind):
        super().__init__()
        layer, cell = {"lstm": (nn.LSTM, nn.LSTMCell), "gru": (nn.GRU, nn.GRUCell)}[kind]
        self.words = nn.Embedding(WORDS, 3)
        self.encoder, self.decoder = layer(3, UNITS, 2), StackedCells(cell, 3 + UNITS)
        self.query, self.mix = nn.Linear(UNITS, UNITS, bias=False), nn.Linear(2 * UNITS, UNITS, bias=False)
        self.drop, self.head = nn.Dropout(0.3), nn.Linear(UNITS, WORDS)

    def attend(self, h, memory):
        weights = torch.einsum("bu,tbu->bt", self.query(h), memory).softmax(-1)
        context = torch.einsum("bt,tbu->bu", weights, memory)
        return torch.tanh(self.mix(torch.cat([context, h], -1)))

    def forward(self, source, target):
        memory, states = self.encoder(self.words(source))
        states = states if isinstance(states, tuple) else (states,)
        feed, outs = torch.zeros_like(memory[0]), []
        for word in self.words(target[:-1]).unbind(0):
            h, states = self.decoder(torch.cat([word, feed], -1), states)
            feed = self.drop(self.attend(h, memory))
            outs.append(feed)
        return mean_log_loss(self.head(torch.stack(outs)), target[1:])


class Translator(nn.Module):
    """IBM/pytorch-seq2seq: a packed encoder, and a decoder that reads the words it has chosen itself."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(WORDS, UNITS)
        self.encoder = nn.GRU(UNITS, UNITS, batch_first=True)
        self.decoder = nn.GRU(UNITS, UNITS, batch_first=True)
        self.head = nn.Linear(UNITS, WORDS)

    def forward(self, source, lengths, target):
        packed = pack_padded_sequence(self.words(source), lengths, batch_first=True)
        _, state = self.encoder(packed)
        chosen, loss = target[:, :1], 0.0
        for t in range(1, target.shape[1]):
            out, state = self.decoder(self.words(chosen), state)
            scores = F.log_softmax(self.head(out.view(-1, UNITS)), -1)
            loss = loss + F.nll_loss(scores, target[:, t])
            chosen = scores.topk(1)[1]
        return loss
