"""The gates of a trained LSTM of Keras, on its torch backend, while it predicts.

``keras.layers.LSTM`` shows its gates to nobody; a cell that is given its weights observes them.
"""

import os
import sys
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"
import keras
import torch
from keras import ops

import gradviz as gv

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
folder.mkdir(parents=True, exist_ok=True)


class ObservedCell(keras.layers.LSTMCell):
    tape = None

    def get_initial_state(self, batch_size=None):
        self.time = 0  # a sequence begins
        return super().get_initial_state(batch_size)

    def call(self, inputs, states, training=False):
        before = inputs @ self.kernel + states[0] @ self.recurrent_kernel + self.bias
        i, f, g, o = ops.split(before, 4, axis=1)
        i, f, g, o = ops.sigmoid(i), ops.sigmoid(f), ops.tanh(g), ops.sigmoid(o)
        c = f * states[1] + i * g
        h = o * ops.tanh(c)
        if self.tape is not None:
            gates, tanh = {"input": i, "forget": f, "candidate": g, "output": o}, {"candidate": "tanh"}
            self.tape.observe("lstm", h, time=self.time, gates=gates, squash=tanh, keeps="forget")
            self.time += 1
        return h, [h, c]


def build(layer):
    return keras.Sequential([keras.Input((10, 2)), layer, keras.layers.Dense(1)])


keras.utils.set_random_seed(0)
task = gv.tasks.adding(10)  # sequences of 10 numbers, two of which are to be added
x, y = task.batch(160, torch.Generator().manual_seed(0))
trained = build(keras.layers.LSTM(16))
trained.compile(keras.optimizers.Adam(0.02), "mse", jit_compile=False)
trained.fit(x, y, batch_size=32, epochs=4, verbose=0)

cell = ObservedCell(16)
model = build(keras.layers.RNN(cell, unroll=True))  # else Keras calls the cell once more, to see its shapes
model.set_weights(trained.get_weights())
with torch.no_grad(), gv.record(model, detail="forward") as cell.tape:
    difference = (model(x) - trained(x)).abs().max().item()
print(f"the outputs differ by at most {difference:.0e}")
print(gv.saturation(cell.tape.tree)["left"].isel(step=0).round(3).to_series())
gv.plot_gate_heatmap(cell.tape.tree, gate="forget").get_figure().savefig(folder / "keras_gates.png", dpi=150)
