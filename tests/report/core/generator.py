"""The Python twin of random.js and adding.js: the same numbers from the same seed."""

import math

import numpy as np
import torch

WORD = 2**32


def rotated(bits, by):
    return (bits << by | bits >> (32 - by)) % WORD


class Generator:
    """xoshiro128** of Blackman and Vigna (2021), with whole numbers that never overflow."""

    def __init__(self, seed):
        self.state = []
        for place in range(1, 5):
            h = (seed + place * 0x9E3779B9) % WORD
            h = (h ^ h >> 16) * 0x85EBCA6B % WORD
            h = (h ^ h >> 13) * 0xC2B2AE35 % WORD
            self.state.append(h ^ h >> 16)
        self.spare = None

    def bits(self):
        s = self.state
        result = rotated(s[1] * 5 % WORD, 7) * 9 % WORD
        t = s[1] << 9 & WORD - 1
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotated(s[3], 11)
        return result

    def uniform(self):
        high, low = self.bits() >> 5, self.bits() >> 6
        return (high << 26 | low) / 2**53

    def below(self, n):
        return math.floor(self.uniform() * n)

    def normal(self):
        if self.spare is not None:
            spare, self.spare = self.spare, None
            return spare
        radius = math.sqrt(-2 * math.log(1 - self.uniform()))
        angle = 2 * math.pi * self.uniform()
        self.spare = radius * math.sin(angle)
        return radius * math.cos(angle)

    def fill(self, tensor, low, high):
        """Every element uniform between two bounds, in the order of memory."""
        numbers = [low + (high - low) * self.uniform() for _ in range(tensor.numel())]
        with torch.no_grad():
            tensor.copy_(torch.tensor(numbers, dtype=tensor.dtype).view(tensor.shape))


def adding_batch(generator, time, batch):
    """Inputs (time, batch, 2), targets (batch,), and the marked steps of each half, each (batch,)."""
    values = np.array([[generator.uniform() for _ in range(time)] for _ in range(batch)])
    half = time // 2
    first = np.array([generator.below(half) for _ in range(batch)])
    second = np.array([half + generator.below(time - half) for _ in range(batch)])
    marks = np.zeros_like(values)
    rows = np.arange(batch)
    marks[rows, first] = marks[rows, second] = 1
    targets = values[rows, first] + values[rows, second]
    return np.stack([values, marks], -1).transpose(1, 0, 2), targets, first, second
