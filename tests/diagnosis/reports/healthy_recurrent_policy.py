"""An actor and critic with an LSTM whose state is reset at the ends of episodes by a mask.

After https://github.com/vwxyzjn/cleanrl (ppo_atari_lstm); one update of a policy gradient per rollout.
"""

import torch
from diagnosis.reports.run import Run
from torch import nn

LAG = None


class Agent(nn.Module):
    def __init__(self):
        super().__init__()
        self.network = nn.Sequential(nn.Linear(4, 32), nn.Tanh())
        self.lstm = nn.LSTM(32, 32)
        for name, param in self.lstm.named_parameters():
            nn.init.zeros_(param) if "bias" in name else nn.init.orthogonal_(param)
        self.actor = nn.Linear(32, 2)
        self.critic = nn.Linear(32, 1)

    def forward(self, observations, state, done):
        hidden = []
        for features, d in zip(self.network(observations), done, strict=True):
            keep = (1.0 - d).view(1, -1, 1)
            h, state = self.lstm(features[None], (keep * state[0], keep * state[1]))
            hidden.append(h)
        hidden = torch.cat(hidden)
        return torch.distributions.Categorical(logits=self.actor(hidden)), self.critic(hidden)[..., 0], state


def rollout(seed):
    """Episodes of eight steps (24, 16), whose first observation tells the action that is rewarded."""
    rng = torch.Generator().manual_seed(seed)
    time = torch.arange(24)[:, None].expand(24, 16)
    secret = torch.randint(2, (3, 16), generator=rng).repeat_interleave(8, 0)
    observations = 0.1 * torch.randn(24, 16, 4, generator=rng)
    observations[..., 0] += torch.where(time % 8 == 0, 2.0 * secret - 1, torch.zeros(24, 16))
    return observations, (time % 8 == 0).float(), secret


def make():
    torch.manual_seed(0)
    agent = Agent()
    return Run(agent, torch.optim.Adam(agent.parameters(), lr=0.01, eps=1e-5))


def train(run, tape=None, steps=80):
    losses = []
    state = torch.zeros(1, 16, 32), torch.zeros(1, 16, 32)
    for step in range(steps):
        observations, done, secret = rollout(step)
        policy, value, state = run.model(observations, state, done)
        state = tuple(s.detach() for s in state)
        action = policy.sample()
        reward = (action == secret).float()
        advantage = reward - value.detach()
        loss = -(policy.log_prob(action) * advantage).mean() + 0.5 * (value - reward).square().mean()
        loss = loss - 0.01 * policy.entropy().mean()
        run.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(run.model.parameters(), 0.5)
        run.optimizer.step()
        losses.append(loss.item())
        if tape is not None:
            tape.step(loss, output=value, target=reward)
    return losses


def error(run):
    observations, done, secret = rollout(10_000)
    state = torch.zeros(1, 16, 32), torch.zeros(1, 16, 32)
    policy, _, _ = run.model(observations, state, done)
    return 2 * (policy.probs.argmax(-1) != secret).float().mean().item()
