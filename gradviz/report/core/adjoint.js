/**
 * Backward through time: total gradients of every state, gradients of gates and weights, and log10 norms.
 *
 * gradviz.adjoint:
 *   makeAdjoint(cell, time, batch)              memory of a backward pass, used again and again
 *   backward(cell, states, adjoint)             from adjoint.directH (and directC) to everything else
 *   parameterGradients(cell, states, adjoint)   -> adjoint.parameters; after `backward`
 *   inputGradient(cell, adjoint)                -> adjoint.gradX; after `backward`
 *
 * The total gradient dL/dh_t comes through everything after step t; the direct gradient, which the caller
 * writes, only from what reads h_t itself.  Unit j of sequence b at step t of a gradient is at index
 * (t * batch + b) * hidden + j: there is no row for the first state, unlike in states.h.
 *
 *   RNN    δh_t = e_t + Uᵀ δa_{t+1}              δa = (1 - h²) δh
 *   LSTM   δh_t = e_t + Uᵀ δa_{t+1}              δc_t = δh_t o_t (1 - tanh² c_t) + f_{t+1} δc_{t+1}
 *   GRU    δh_t = e_t + z_{t+1} δh_{t+1} + Uᵀ (δr, δz, r δn)_{t+1}
 *
 * The recursion is linear in the gradient, so each sequence carries a power of two beside its numbers: the log10
 * norms are right however far they lie beyond the range of floats.  The arrays of gradients themselves are plain
 * floats, in which such a gradient is 0 or infinite.
 *
 * Example, after the one in cells.js:
 *   const adjoint = gradviz.adjoint.makeAdjoint(cell, 100, 1);
 *   adjoint.directH.fill(1, 99 * 24, 100 * 24);          // the loss reads the last state: its sum
 *   gradviz.adjoint.backward(cell, states, adjoint);
 *   adjoint.log10GradH[0];                               // log10 ‖dL/dh_1‖
 */
(() => {
  "use strict";

  const gradviz = (globalThis.gradviz ??= {});

  /**
   * G is the number of gates.
   *
   * @typedef {object} Adjoint
   * @property {number} time
   * @property {number} batch
   * @property {Float64Array} directH (time, batch, hidden), e_t: write the direct gradient here
   * @property {?Float64Array} directC (time, batch, hidden), that of c, of an LSTM, else null
   * @property {Float64Array} gradH (time, batch, hidden), dL/dh_t
   * @property {?Float64Array} gradC (time, batch, hidden), dL/dc_t of an LSTM, by way of h_t included
   * @property {Float64Array} gradGates (time, batch, G, hidden), at the pre-activations
   * @property {Float64Array} recurrentGradient (time, batch, G, hidden), at the recurrent product: the same
   *   array, but for a GRU, where the reset gate scales the candidate's part
   * @property {Float64Array} log10GradH (time, batch), log10 ‖dL/dh_t‖ over units: -Infinity for an exact zero,
   *   Infinity for a gradient that is not finite
   * @property {?Float64Array} log10GradC (time, batch), of an LSTM
   * @property {{weight_ih, weight_hh, bias_ih, bias_hh}} parameters their gradients, shaped as the cell's
   * @property {?Float64Array} gradX (time, batch, input), dL/dx_t; null until `inputGradient` is called
   * @property {Float64Array} exponent (time, batch), of the power of two beside each step in the recursion
   * @property {object} memory of the recursion
   */

  /**
   * @param {gradviz.cells.Cell} cell
   * @param {number} time
   * @param {number} batch
   * @returns {Adjoint}
   */
  function makeAdjoint(cell, time, batch) {
    const { name, inputSize, hiddenSize, gateCount } = cell;
    const array = (steps, width) => new Float64Array(steps * batch * width);
    const ofCell = (steps, width) => (name === "lstm" ? array(steps, width) : null);
    const gradGates = array(time, gateCount * hiddenSize);
    const { weight_ih, weight_hh, bias_ih, bias_hh } = gradviz.cells.makeCell(name, inputSize, hiddenSize);
    return {
      time,
      batch,
      directH: array(time, hiddenSize),
      directC: ofCell(time, hiddenSize),
      gradH: array(time, hiddenSize),
      gradC: ofCell(time, hiddenSize),
      gradGates,
      recurrentGradient: name === "gru" ? array(time, gateCount * hiddenSize) : gradGates,
      log10GradH: array(time, 1),
      log10GradC: ofCell(time, 1),
      parameters: { weight_ih, weight_hh, bias_ih, bias_hh },
      gradX: null,
      exponent: array(time, 1),
      memory: {
        transposedHh: new Float64Array(weight_hh.length),
        transposedIh: new Float64Array(weight_ih.length),
        noBiasHidden: new Float64Array(hiddenSize),
        noBiasInput: new Float64Array(inputSize),
        carryH: array(1, hiddenSize), // what step t + 1 sends back to h_t
        carryC: ofCell(1, hiddenSize),
      },
    };
  }

  /**
   * Total gradients of every step, from the last one down.
   *
   * @param {gradviz.cells.Cell} cell
   * @param {gradviz.cells.States} states after `forward`
   * @param {Adjoint} adjoint directH (and directC) are read, the rest is overwritten
   * @returns {Adjoint} the same
   */
  function backward(cell, states, adjoint) {
    const { addDirect, renormalise, giveBackScale } = gradviz.scaling;
    const { hiddenSize, gateCount } = cell;
    const { time, memory } = adjoint;
    const { carry, atGates } = STEPS[cell.name];
    gradviz.products.transpose(memory.transposedHh, cell.weight_hh, gateCount * hiddenSize, hiddenSize);
    for (let t = time - 1; t >= 0; t--) {
      if (t === time - 1) nothingCarried(memory);
      else carry(cell, states, adjoint, t);
      addDirect(adjoint, t, hiddenSize);
      if (adjoint.gradC !== null) addByWayOfState(states, adjoint, t, hiddenSize);
      renormalise(adjoint, t, hiddenSize);
      atGates(states, adjoint, t, hiddenSize);
    }
    giveBackScale(adjoint, hiddenSize, gateCount);
    return adjoint;
  }

  function nothingCarried({ carryH, carryC }) {
    carryH.fill(0);
    if (carryC !== null) carryC.fill(0);
  }

  // What step t + 1 sends back to the states of step t, into memory.carryH and memory.carryC.

  function carryOfRnn({ hiddenSize, gateCount }, states, { batch, recurrentGradient, memory }, t) {
    const at = (t + 1) * batch * gateCount * hiddenSize;
    const { carryH, transposedHh, noBiasHidden } = memory;
    gradviz.products.affine(carryH, 0, recurrentGradient, at, transposedHh, noBiasHidden, batch);
  }

  function carryOfLstm(cell, states, adjoint, t) {
    carryOfRnn(cell, states, adjoint, t);
    adjoint.memory.carryC.fill(0);
    addKept(adjoint.memory.carryC, adjoint.gradC, cell, states, t + 1);
  }

  function carryOfGru(cell, states, adjoint, t) {
    carryOfRnn(cell, states, adjoint, t);
    addKept(adjoint.memory.carryH, adjoint.gradH, cell, states, t + 1);
  }

  const KEEPS = 1; // place of the LSTM's forget gate and of the GRU's update gate

  /** Adds, to the carry of a state, step t's gate that keeps that state times the gradient there. */
  function addKept(carry, gradient, { hiddenSize, gateCount }, { batch, gates }, t) {
    for (let b = 0; b < batch; b++) {
      const row = t * batch + b;
      const at = row * hiddenSize;
      const gate = (row * gateCount + KEEPS) * hiddenSize;
      for (let j = 0; j < hiddenSize; j++) carry[b * hiddenSize + j] += gates[gate + j] * gradient[at + j];
    }
  }

  /** Adds, to dL/dc_t of an LSTM, what comes by way of h_t = o_t tanh(c_t). */
  function addByWayOfState({ batch, gates, tanhC }, { gradH, gradC }, t, hidden) {
    for (let b = 0; b < batch; b++) {
      const at = (t * batch + b) * hidden;
      const output = 4 * at + 3 * hidden;
      for (let j = 0; j < hidden; j++) {
        gradC[at + j] += gradH[at + j] * gates[output + j] * (1 - tanhC[at + j] * tanhC[at + j]);
      }
    }
  }

  // Gradients at the pre-activations of step t, from the totals at its states.

  function atGatesOfRnn({ batch, gates }, { gradH, gradGates }, t, hidden) {
    const stop = (t + 1) * batch * hidden;
    for (let k = t * batch * hidden; k < stop; k++) gradGates[k] = gradH[k] * (1 - gates[k] * gates[k]);
  }

  function atGatesOfLstm({ batch, c, gates, tanhC }, { gradH, gradC, gradGates }, t, hidden) {
    for (let b = 0; b < batch; b++) {
      const at = (t * batch + b) * hidden; // of the state before in c, which holds c_0 first
      for (let j = 0; j < hidden; j++) {
        const input = 4 * at + j;
        const forget = input + hidden;
        const candidate = forget + hidden;
        const output = candidate + hidden;
        const i = gates[input];
        const f = gates[forget];
        const g = gates[candidate];
        const o = gates[output];
        const ofC = gradC[at + j];
        gradGates[input] = ofC * g * i * (1 - i);
        gradGates[forget] = ofC * c[at + j] * f * (1 - f);
        gradGates[candidate] = ofC * i * (1 - g * g);
        gradGates[output] = gradH[at + j] * tanhC[at + j] * o * (1 - o);
      }
    }
  }

  function atGatesOfGru({ batch, h, gates, fromState }, { gradH, gradGates, recurrentGradient }, t, hidden) {
    for (let b = 0; b < batch; b++) {
      const at = (t * batch + b) * hidden; // of the state before in h, which holds h_0 first
      for (let j = 0; j < hidden; j++) {
        const reset = 3 * at + j;
        const update = reset + hidden;
        const candidate = update + hidden;
        const r = gates[reset];
        const z = gates[update];
        const n = gates[candidate];
        const ofH = gradH[at + j];
        const ofN = ofH * (1 - z) * (1 - n * n);
        gradGates[candidate] = ofN;
        recurrentGradient[candidate] = ofN * r;
        recurrentGradient[reset] = gradGates[reset] = ofN * fromState[at + j] * r * (1 - r);
        recurrentGradient[update] = gradGates[update] = ofH * (h[at + j] - n) * z * (1 - z);
      }
    }
  }

  const STEPS = {
    rnn: { carry: carryOfRnn, atGates: atGatesOfRnn },
    lstm: { carry: carryOfLstm, atGates: atGatesOfLstm },
    gru: { carry: carryOfGru, atGates: atGatesOfGru },
  };

  /**
   * Gradients of the weights, summed over time and sequences.
   *
   * @param {gradviz.cells.Cell} cell
   * @param {gradviz.cells.States} states
   * @param {Adjoint} adjoint after `backward`
   * @returns {{weight_ih, weight_hh, bias_ih, bias_hh}} adjoint.parameters
   */
  function parameterGradients(cell, states, adjoint) {
    const { addOuterProducts, addColumns } = gradviz.products;
    const { time, batch, gradGates, recurrentGradient, parameters } = adjoint;
    for (const gradient of gradviz.cells.parametersOf(parameters)) gradient.fill(0);
    addOuterProducts(parameters.weight_ih, gradGates, states.x, 0, time * batch);
    addOuterProducts(parameters.weight_hh, recurrentGradient, states.h, 0, time * batch);
    addColumns(parameters.bias_ih, gradGates, time * batch);
    if (recurrentGradient === gradGates) parameters.bias_hh.set(parameters.bias_ih);
    else addColumns(parameters.bias_hh, recurrentGradient, time * batch);
    return parameters;
  }

  /**
   * Gradient of the input: of stacked layers, the direct gradient of the layer below, whose h_1, h_2, ... are this
   * layer's input: `below.directH.set(inputGradient(cell, adjoint))`.
   *
   * @param {gradviz.cells.Cell} cell
   * @param {Adjoint} adjoint after `backward`
   * @returns {Float64Array} adjoint.gradX, (time, batch, input)
   */
  function inputGradient(cell, adjoint) {
    const { time, batch, gradGates, memory } = adjoint;
    const { inputSize, hiddenSize, gateCount } = cell;
    if (adjoint.gradX === null) adjoint.gradX = new Float64Array(time * batch * inputSize);
    gradviz.products.transpose(memory.transposedIh, cell.weight_ih, gateCount * hiddenSize, inputSize);
    const { transposedIh, noBiasInput } = memory;
    gradviz.products.affine(adjoint.gradX, 0, gradGates, 0, transposedIh, noBiasInput, time * batch);
    return adjoint.gradX;
  }

  gradviz.adjoint = { makeAdjoint, backward, parameterGradients, inputGradient };
})();
