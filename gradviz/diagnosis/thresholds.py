"""Every limit of the diagnosis: one table.

Most are round numbers. They were chosen on models that are known to be broken or healthy, and checked on
others. tests/diagnosis/test_confusion.py holds both and prints the result.
"""

from __future__ import annotations

from gradviz.diagnosis.finding import Severity
from gradviz.diagnosis.reliability import lost_from

VANISHING = {"trouble": lost_from(0.8), "warning": lost_from(0.5)}
"""Decades lost over the lag, from which on four of five, or half, of the trainings with one fixed lag failed.

They come out as 6 and 3. Of all that lost 6 or more, nine of ten failed; `outcome_counts` has the counts."""

HOPELESS_FROM = 30
"""First training step at which the early warning judges."""

HOPELESS = 10.0
"""Decades lost over a fixed lag, from which on the early warning calls a training hopeless.

It stops at most 2 % of the trainings that learn: ``experiments/vanishing/early_stop.py`` has chosen it on one
half of them, and judges it on the other."""

EXPLODING = {"trouble": 2.0, "warning": 1.0}
"""Decades gained over the lag. The early steps then dominate the update, and it overshoots."""

LAG_TOLERANCE = 2
"""Time steps by which a given lag may be longer than the sequences allow: people give their length, or one
more, and mean the whole sequence."""

TRANSIENT = {"trouble": 1.5, "warning": 1.0}
"""Decades gained up to a peak, of which at least `TRANSIENT_FADED` is lost again after it."""

TRANSIENT_FADED = 0.5
"""Fraction of the decades gained that must be lost again after the peak."""

SATURATED = {"trouble": 0.9, "warning": 0.5}
"""Fraction of a gate's activations that are saturated, at least `TWO_SIDED` of them at each end. Above the
lower limit it is trouble only where the gradient vanishes too: trained networks saturate gates on purpose."""

TWO_SIDED = 0.2
"""Fraction of a gate's saturated activations that must lie at each end for it to count as two-sided."""

CLOSED = {"trouble": 0.95, "warning": 0.5}
"""Fraction of an output gate's activations below 0.1."""

ALWAYS_OPEN = 0.95
"""Fraction of the activations of a gate written by hand above 0.9, from which it is always open."""

LARGE_INPUT = 3.0
"""Norm of the input, divided by the root of its number of features, from which it is large; 1 is usual."""

DEAD = {"trouble": 0.9, "warning": 0.75}
"""Fraction of relu units that are zero at every step of every sequence. In 42 trainings of relu networks that
solved their task, from usual initial weights, it was up to 0.72 at the end, in half of them above 0.25; where
dead units kept a network from learning, all were dead."""

MANY_DEAD = 0.5
"""The same, from which it is worth a note."""

LONG_TAIL = 0.2
"""Fraction of a sequence at whose end the input no longer changes, from which that looks like padding."""

CLIPPED = {"trouble": 0.9, "warning": 0.5}
"""Fraction of the training steps at which the gradient was clipped."""

MIN_CLIPPING_STEPS = 10
"""Training steps below which clipping is not judged."""

MIN_WRITE_WEIGHT = 0.1
"""Write weight, summed over the whole sequence, below which the state of a unit counts as frozen."""

TIME_CONSTANT_OF_LAG = 0.5
"""Fraction of the lag that the longest time constants should reach."""

TIME_CONSTANT_OF_LAG_ALONE = 0.1
"""The same where only the gate can be judged, because the loss reads most time steps."""

MIN_TIME_CONSTANT = 1.5
"""Time constant below which a gate does not keep its state for even one step."""

INPUT_CHANGE_RATIO = 3.0
"""Change of the input per time step, relative to that between neighbouring sequences, that is suspicious."""

MOST_STEPS = 0.5
"""Fraction of a sequence's time steps read by the loss, above which it hides the gradient of later steps."""

ROUNDING_FACTOR = 10.0
"""How many times its limit the replay error may be through rounding alone, in networks with large weights."""

ORTHOGONAL_LAG = 50
"""Time steps over which an orthogonal tanh network still passes a thirtieth of the gradient."""


WEIGHTS_GONE = 1e-2
"""Norm of the recurrent weights, and so largest singular value, below which they pass on next to nothing."""

WEIGHTS_LOST = 10.0
"""How many times larger they must have been at an earlier step."""

LEARNED = 0.9
"""Loss at the end relative to the first, below which a training has learned something."""

HARDLY_LEARNED = 0.5
"""The same, above which jumps of the loss are still a sign that the learning rate is too high."""

SOLVED = 0.1
"""Loss at the end relative to the first, below which a training is not in trouble, whatever is found."""

KNOWN = 0.25
"""Loss at the end relative to the squared spread of the targets, below which the network knows its task: of
squares, three quarters of the variance are explained."""

VARIES = 0.5
"""Spread of the outputs over the batch relative to that of the targets, which a solved task needs as well."""

MIN_LOSSES = 20
"""Iterations with a loss below which the course of the loss is not judged."""

LOSS_JUMP = {"trouble": 3.0, "warning": 2.0}
"""Worst running median of the loss relative to the first loss, where little has been learned at the end. Of
324 trainings (three tasks and cells, four optimizers, nine rates from 0.001 to 10) 121 learned nothing, and
these limits find 108 of them; the rates of 12 others were too low. None that halved its loss is found."""

LOSS_JUMP_BATCH = 32
"""Sequences in a batch from which `LOSS_JUMP` holds; the loss of n fewer varies as the root of n more."""

SMALLEST_LOSS_BATCH = 4
"""Sequences in a batch below which one loss says too little, so that only a divergence is judged."""

DIVERGED = 100.0
"""Worst running median of the loss relative to the first loss, that no small batch explains."""

DIVERGING = 10.0
"""Last finite loss relative to the first, and to that from which it rose, from which on it has diverged."""

RUNNING_AWAY = {"steps": 3, "decades": 1.0, "decades_in_all": 6.0}
"""Of a training too short to judge the course of its loss: by how much the loss must have risen at each of so
many last steps, and since the first one. Squared errors of single sequences vary most; drawn as squares of
normal numbers they do that by chance in one of 75,000 trainings of four steps, and in fewer longer ones."""

UPDATE = {"huge": 5.0, "large": 0.5, "small": 0.1, "usual": 0.05, "tiny": 1e-4}
"""Change of the weights relative to the weights in one update. Up to 0.1 no jump of the loss is its doing; at
0.5 a smaller jump is, and at 5 it is the reason even where something was learned. The rate that is advised
makes it usual. Below the tiny one nothing moves."""

MOVED = 0.1
"""All updates together relative to the weights, below which a training has hardly moved them. Of 224
trainings (four tasks, four cells, Adam with eight rates and SGD with six) 143 moved them by less than 0.25,
and none of those solved its task."""

BARELY_MOVED = 0.02
"""The same, below which the weights are still the initial ones."""

SAME_OUTPUT = 0.1
"""Spread of the outputs over the batch relative to that of the targets, below which they are all the same. A
linear prediction with this spread explains a hundredth of the variance."""

MIN_LOSSES_OF_MEAN = 100
"""Iterations with a loss before which every network predicts about the mean."""

STILL_FALLING = 0.05
"""Relative fall of the loss in the second half of the training, from which it is still learning."""

LARGE_TARGET = 10.0
"""Spread of the targets over the batch from which an output layer takes long to reach them."""

MIN_STEPS_OF_TARGETS = 3
"""Recorded steps without any spread of the targets from which this is no coincidence."""

INPUT_GROWTH = 2.0
"""Growth of the input's norm during training from which it is a learned one, of an embedding or a layer."""


def severity(amount: float, thresholds: dict[str, float]) -> Severity | None:
    """The severity of an amount, or None below all thresholds."""
    if amount >= thresholds["trouble"]:
        return "trouble"
    return "warning" if amount >= thresholds["warning"] else None
