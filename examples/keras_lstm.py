"""An LSTM of Keras on its torch backend, recorded in a plain loop of PyTorch and in ``fit``.

``keras.layers.LSTM`` shows its states to nobody; a cell with the same weights observes them.
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


keras.utils.set_random_seed(0)
task = gv.tasks.adding(10)  # sequences of 10 numbers, two of which are to be added
x, y = task.batch(160, torch.Generator().manual_seed(0))
cell = ObservedCell(16)
layer = keras.layers.RNN(cell, unroll=True)  # else Keras calls the cell once more, to see its shapes
model = keras.Sequential([keras.Input((10, 2)), layer, keras.layers.Dense(1)])
optimizer = torch.optim.Adam(model.parameters(), 0.02)
with gv.record(model, optimizer=optimizer) as cell.tape:
    for _ in range(3):
        optimizer.zero_grad()
        task.loss(model(x), y).backward()
        optimizer.step()
        cell.tape.step()
print(f"a plain loop: {cell.tape['lstm'].sizes['step']} steps recorded")
end = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: cell.tape.step(logs["loss"]))
model.compile(keras.optimizers.Adam(0.02), "mse", jit_compile=False)
with gv.record(model, every=5) as cell.tape:
    model.fit(x, y, batch_size=32, epochs=4, verbose=0, callbacks=[end])
print(f"fit: {cell.tape['lstm'].sizes['step']} of {cell.tape.tree.sizes['iteration']} steps recorded")
gv.plot_gradient_heatmap(cell.tape.tree).get_figure().savefig(folder / "keras_lstm.png", dpi=150)
