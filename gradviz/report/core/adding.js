/**
 * The adding task: two of `time` numbers from U[0, 1] are marked, one in each half; the target is their sum.
 *
 * gradviz.adding:
 *   BASELINE                       1/6, the mean squared error of always answering 1
 *   makeBatch(time, batch)         memory of one batch, used again and again
 *   drawBatch(random, batch)       fills it
 *
 * References
 *   Hochreiter and Schmidhuber (1997), "Long short-term memory", Neural Computation 9(8), experiment 4; numbers
 *   from U[0, 1] and one mark in each half as in Arjovsky, Shah and Bengio (2016), "Unitary evolution recurrent
 *   neural networks".
 */
(() => {
  "use strict";

  const gradviz = (globalThis.gradviz ??= {});

  const BASELINE = 1 / 6;
  const INPUT_SIZE = 2;

  /**
   * @typedef {object} AddingBatch
   * @property {number} time
   * @property {number} batch
   * @property {Float64Array} x (time, batch, 2), the number, and 1 if it is marked, else 0
   * @property {Float64Array} targets (batch, 1)
   * @property {Int32Array} first (batch), the marked time step in the first half
   * @property {Int32Array} second (batch), that in the second half
   */

  /**
   * @param {number} time at least 2
   * @param {number} batch
   * @param {Float64Array} [x] (time, batch, 2), an array to draw into: states.x
   * @returns {AddingBatch}
   */
  function makeBatch(time, batch, x = new Float64Array(time * batch * INPUT_SIZE)) {
    if (!(time >= 2)) throw new RangeError(`time = ${time}: the adding task needs at least 2 time steps`);
    return {
      time,
      batch,
      x,
      targets: new Float64Array(batch),
      first: new Int32Array(batch),
      second: new Int32Array(batch),
    };
  }

  /**
   * Draws all numbers, sequence by sequence, then the first marks of all sequences, then the second ones.
   *
   * @param {gradviz.random.Random} random
   * @param {AddingBatch} batch is overwritten
   * @returns {AddingBatch} the same
   */
  function drawBatch(random, batch) {
    const { time, batch: sequences, x, targets, first, second } = batch;
    const half = Math.floor(time / 2);
    for (let b = 0; b < sequences; b++) {
      for (let t = 0; t < time; t++) {
        const at = (t * sequences + b) * INPUT_SIZE;
        x[at] = random.uniform();
        x[at + 1] = 0;
      }
    }
    for (let b = 0; b < sequences; b++) first[b] = random.below(half);
    for (let b = 0; b < sequences; b++) second[b] = half + random.below(time - half);
    for (let b = 0; b < sequences; b++) {
      const one = (first[b] * sequences + b) * INPUT_SIZE;
      const other = (second[b] * sequences + b) * INPUT_SIZE;
      x[one + 1] = x[other + 1] = 1;
      targets[b] = x[one] + x[other];
    }
    return batch;
  }

  gradviz.adding = { BASELINE, makeBatch, drawBatch };
})();
