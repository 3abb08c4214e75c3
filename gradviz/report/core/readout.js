/**
 * What stands above the recurrent layer: a linear read-out of a state, and the losses.
 *
 * gradviz.readout:
 *   makeReadout(hiddenSize, outputSize)                     weight (output, hidden), bias (output), all zero
 *   initialise(readout, random)                             uniform in ±1/√hidden, as nn.Linear
 *   forward(readout, h, at, rows, outputs)                  outputs = h weightᵀ + bias
 *   backward(readout, h, at, rows, outputGradient, into)    gradients of weight, bias and h
 *   meanSquaredError(outputs, targets, gradient)            -> loss
 *   crossEntropy(logits, classes, gradient)                 -> loss in nats
 *   logSoftmax(logits, rows, out)
 *
 * Arrays are Float64Arrays, row-major; `at` is the index in h at which the `rows` states begin.  The last state
 * of every sequence begins at time * batch * hidden in states.h, at (time - 1) * batch * hidden in gradients.
 */
(() => {
  "use strict";

  const gradviz = (globalThis.gradviz ??= {});

  /**
   * @typedef {object} Readout
   * @property {number} hiddenSize
   * @property {number} outputSize
   * @property {Float64Array} weight (output, hidden)
   * @property {Float64Array} bias (output)
   * @property {Float64Array} transposedWeight (hidden, output), which `backward` fills
   * @property {Float64Array} noBias (hidden), zero
   */

  /**
   * @param {number} hiddenSize
   * @param {number} outputSize
   * @returns {Readout} all weights zero
   */
  function makeReadout(hiddenSize, outputSize) {
    return {
      hiddenSize,
      outputSize,
      weight: new Float64Array(outputSize * hiddenSize),
      bias: new Float64Array(outputSize),
      transposedWeight: new Float64Array(outputSize * hiddenSize),
      noBias: new Float64Array(hiddenSize),
    };
  }

  /**
   * Draws each weight from a uniform distribution in ±1/√hidden: the weight, then the bias.
   *
   * @param {Readout} readout
   * @param {gradviz.random.Random} random
   * @returns {Readout} the same
   */
  function initialise(readout, random) {
    const bound = 1 / Math.sqrt(readout.hiddenSize);
    random.fillUniform(readout.weight, -bound, bound);
    random.fillUniform(readout.bias, -bound, bound);
    return readout;
  }

  /**
   * @param {Readout} readout
   * @param {Float64Array} h (rows, hidden), from index `at`
   * @param {number} at
   * @param {number} rows
   * @param {Float64Array} outputs (rows, output), is overwritten
   */
  function forward(readout, h, at, rows, outputs) {
    gradviz.products.affine(outputs, 0, h, at, readout.weight, readout.bias, rows);
  }

  /**
   * Gradients of the read-out's weights and of the states that it read.
   *
   * @param {Readout} readout
   * @param {Float64Array} h (rows, hidden), from index `at`
   * @param {number} at
   * @param {number} rows
   * @param {Float64Array} outputGradient (rows, output)
   * @param {{weight: Float64Array, bias: Float64Array, h: Float64Array, hAt: number}} into
   *   the gradients, of the shapes of what they belong to, which are overwritten; that of the states, (rows,
   *   hidden), from index `hAt` of `h`: for the last state, adjoint.directH from (time - 1) * batch * hidden
   */
  function backward(readout, h, at, rows, outputGradient, into) {
    const { affine, addOuterProducts, addColumns, transpose } = gradviz.products;
    const { hiddenSize, outputSize, weight, transposedWeight, noBias } = readout;
    into.weight.fill(0);
    into.bias.fill(0);
    addOuterProducts(into.weight, outputGradient, h, at, rows);
    addColumns(into.bias, outputGradient, rows);
    transpose(transposedWeight, weight, outputSize, hiddenSize);
    affine(into.h, into.hAt, outputGradient, 0, transposedWeight, noBias, rows);
  }

  /**
   * @param {Float64Array} outputs (rows, output)
   * @param {Float64Array} targets of the same shape
   * @param {Float64Array} gradient of the loss at the outputs, of the same shape, is overwritten
   * @returns {number} mean of the squared errors over all elements
   */
  function meanSquaredError(outputs, targets, gradient) {
    const { length } = outputs;
    let sum = 0;
    for (let k = 0; k < length; k++) {
      const error = outputs[k] - targets[k];
      gradient[k] = (2 * error) / length;
      sum += error * error;
    }
    return sum / length;
  }

  /**
   * The logarithms of the probabilities of each class; the largest logit is subtracted first, so that no power
   * of e overflows.
   *
   * @param {Float64Array} logits (rows, class)
   * @param {number} rows
   * @param {Float64Array} out (rows, class), is overwritten; may be `logits`
   */
  function logSoftmax(logits, rows, out) {
    const classes = logits.length / rows;
    for (let row = 0; row < rows; row++) {
      const at = row * classes;
      let largest = -Infinity;
      for (let k = 0; k < classes; k++) largest = Math.max(largest, logits[at + k]);
      let sum = 0;
      for (let k = 0; k < classes; k++) sum += Math.exp(logits[at + k] - largest);
      const logSum = largest + Math.log(sum);
      for (let k = 0; k < classes; k++) out[at + k] = logits[at + k] - logSum;
    }
  }

  /**
   * @param {Float64Array} logits (rows, class)
   * @param {Int32Array | number[]} classes (rows), the right class of each row
   * @param {Float64Array} gradient (rows, class), of the loss at the logits, is overwritten
   * @returns {number} mean over rows of -ln(probability of the right class), in nats
   */
  function crossEntropy(logits, classes, gradient) {
    const rows = classes.length;
    const count = logits.length / rows;
    logSoftmax(logits, rows, gradient);
    let sum = 0;
    for (let row = 0; row < rows; row++) sum -= gradient[row * count + classes[row]];
    for (let k = 0; k < logits.length; k++) gradient[k] = Math.exp(gradient[k]) / rows;
    for (let row = 0; row < rows; row++) gradient[row * count + classes[row]] -= 1 / rows;
    return sum / rows;
  }

  gradviz.readout = { makeReadout, initialise, forward, backward, meanSquaredError, logSoftmax, crossEntropy };
})();
