"""Recurrent models of sound and of behaviour, each in the form that a widely used public project has.

Every model returns its loss.  They are small; what counts is how a state is made, handed on and read.
"""

import copy

import torch
from torch import nn
from torch.distributions import Categorical
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

UNITS, FRAME, ACTIONS = 4, 2, 3


class SpeechDecoder(nn.Module):
    """NVIDIA/tacotron2, the decoder: two cells with dropout on h, and attention between them.

    What dropout has left of h is handed on and is read; what attention read is part of the next input.
    """

    def __init__(self):
        super().__init__()
        self.prenet = nn.Linear(FRAME, 3)
        self.attention_rnn, self.decoder_rnn = nn.LSTMCell(3 + UNITS, UNITS), nn.LSTMCell(2 * UNITS, UNITS)
        self.query, self.key = nn.Linear(UNITS, 3), nn.Linear(UNITS, 3)
        self.place = nn.Conv1d(2, 3, 3, padding=1)
        self.energy = nn.Linear(3, 1, bias=False)
        self.frame, self.stop = nn.Linear(2 * UNITS, FRAME), nn.Linear(2 * UNITS, 1)

    def attend(self, h, memory, weights, summed):
        place = self.place(torch.stack([weights, summed], 1)).transpose(1, 2)
        energies = self.energy(torch.tanh(self.query(h).unsqueeze(1) + self.key(memory) + place))
        weights = energies.squeeze(-1).softmax(-1)
        return torch.einsum("bt,btu->bu", weights, memory), weights

    def forward(self, memory, frames):
        batch, length, _ = memory.shape
        h, c, h2, c2, context = (memory.new_zeros(batch, UNITS) for _ in range(5))
        weights, summed = memory.new_zeros(batch, length), memory.new_zeros(batch, length)
        loss = 0.0
        for t in range(len(frames) - 1):
            x = F.dropout(self.prenet(frames[t]).relu(), 0.5)
            h, c = self.attention_rnn(torch.cat([x, context], -1), (h, c))
            h = F.dropout(h, 0.2, self.training)
            context, weights = self.attend(h, memory, weights, summed)
            summed += weights
            h2, c2 = self.decoder_rnn(torch.cat([h, context], -1), (h2, c2))
            h2 = F.dropout(h2, 0.2, self.training)
            both = torch.cat([h2, context], -1)
            loss = loss + F.mse_loss(self.frame(both), frames[t + 1]) + F.softplus(self.stop(both)).mean()
        return loss


class RecurrentPolicy(nn.Module):
    """vwxyzjn/cleanrl, ppo_atari_lstm: one step at a time, both states masked where an episode has ended."""

    def __init__(self):
        super().__init__()
        self.seen, self.lstm = nn.Linear(3, 3), nn.LSTM(3, UNITS)
        self.actor, self.critic = nn.Linear(UNITS, ACTIONS), nn.Linear(UNITS, 1)

    def states(self, observed, done):
        state = tuple(observed.new_zeros(1, observed.shape[1], UNITS) for _ in range(2))
        outs = []
        for x, ended in zip(self.seen(observed).relu(), done, strict=True):
            keep = (1.0 - ended).view(1, -1, 1)
            out, state = self.lstm(x.unsqueeze(0), (keep * state[0], keep * state[1]))
            outs.append(out)
        return torch.flatten(torch.cat(outs), 0, 1)

    def forward(self, observed, done, actions, advantages, old):
        with torch.no_grad():
            returns = self.critic(self.states(observed, done)).view(-1) + advantages.view(-1)
        hidden = self.states(observed, done)
        policy = Categorical(logits=self.actor(hidden))
        ratio = (policy.log_prob(actions.view(-1)) - old.view(-1)).exp()
        gain = torch.max(-advantages.view(-1) * ratio, -advantages.view(-1) * ratio.clamp(0.8, 1.2)).mean()
        error = (self.critic(hidden).view(-1) - returns).pow(2).mean()
        return gain - 0.01 * policy.entropy().mean() + 0.25 * error


class ActionValues(nn.Module):
    """A deep recurrent Q-network: after every step the hidden state is masked where an episode has ended."""

    def __init__(self):
        super().__init__()
        self.cell, self.head = nn.GRUCell(3, UNITS), nn.Linear(UNITS, ACTIONS)

    def forward(self, observed, done):
        h, values = observed.new_zeros(observed.shape[1], UNITS), []
        for x, ended in zip(observed, done, strict=True):
            h = self.cell(x, h)
            values.append(self.head(h))
            h = h * (1 - ended).unsqueeze(-1)
        return torch.stack(values)


class RecurrentQ(nn.Module):
    def __init__(self):
        super().__init__()
        self.online = ActionValues()
        self.target = copy.deepcopy(self.online).requires_grad_(False)

    def forward(self, observed, done, actions, rewards):
        values = self.online(observed, done).gather(-1, actions.unsqueeze(-1)).squeeze(-1)
        with torch.no_grad():
            best = self.target(observed, done).max(-1).values
        goal = rewards[:-1] + 0.9 * (1 - done[:-1]) * best[1:]
        return F.smooth_l1_loss(values[:-1], goal)


class ShrinkingBatch(nn.Module):
    """allenai/allennlp, augmented_lstm: rows of full buffers of zeros, those that are as long as the step.

    Sequences are sorted by length.  Forward, the batch shrinks along the loop; backward, it grows.
    """

    def __init__(self, backward=False):
        super().__init__()
        self.backward, self.cell = backward, nn.LSTMCell(3, UNITS)

    def forward(self, x, lengths, wanted):
        batch, length, _ = x.shape
        out, h, c = x.new_zeros(batch, length, UNITS), x.new_zeros(batch, UNITS), x.new_zeros(batch, UNITS)
        for t in reversed(range(length)) if self.backward else range(length):
            count = int((lengths > t).sum())
            new_h, new_c = self.cell(x[:count, t], (h[:count].clone(), c[:count].clone()))
            h, c = x.new_zeros(batch, UNITS), x.new_zeros(batch, UNITS)
            h[:count], c[:count] = new_h, new_c
            out[:count, t] = new_h
        return (out * wanted).sum()


class SpeechRecogniser(nn.Module):
    """SeanNaren/deepspeech.pytorch: packed layers, their directions summed, with batch norm between them.

    Where there is one direction only, a convolution looks a few steps ahead.
    """

    def __init__(self, bidirectional):
        super().__init__()
        options = {"bidirectional": bidirectional}
        self.first, self.second = nn.LSTM(3, UNITS, **options), nn.LSTM(UNITS, UNITS, **options)
        self.norm, self.head = nn.BatchNorm1d(UNITS), nn.Linear(UNITS, 5, bias=False)
        self.ahead = None if bidirectional else nn.Conv1d(UNITS, UNITS, 3, groups=UNITS, bias=False)

    def layer(self, rnn, x, lengths):
        out, _ = pad_packed_sequence(rnn(pack_padded_sequence(x, lengths))[0])
        return out.view(*out.shape[:2], -1, UNITS).sum(2)

    def forward(self, x, lengths, targets, target_lengths):
        x = self.layer(self.first, x, lengths)
        x = self.norm(x.view(-1, UNITS)).view(x.shape)
        x = self.layer(self.second, x, lengths)
        if self.ahead is not None:
            x = self.ahead(F.pad(x.permute(1, 2, 0), (0, 2))).permute(2, 0, 1).clamp(0, 20)
        return F.ctc_loss(self.head(x).log_softmax(-1), targets, lengths, target_lengths)
