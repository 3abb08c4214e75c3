/**
 * The recurrent cells: RNN (tanh), LSTM and GRU, forward over a batch of sequences, in float64.
 *
 * gradviz.cells:
 *   CELLS                                     what each cell is: label, gates in torch's order, ...
 *   makeCell(name, inputSize, hiddenSize)     weights in torch's layout, all zero
 *   initialise(cell, random)                  each weight uniform in ±1/√hidden, as torch does
 *   parametersOf(cell)                        [weight_ih, weight_hh, bias_ih, bias_hh]
 *   makeStates(cell, time, batch)             input, states and gates of a batch: memory, used again and again
 *   forward(cell, states)                     fills states from states.x, h_0 and c_0
 *   sigmoid(a)
 *
 * Arrays are Float64Arrays, row-major, in the order (time, batch, gate, unit): of `batch` sequences, unit j of
 * h after step t, from 0, is h[((t + 1) * batch + b) * hidden + j], since h holds h_0 before the others;
 * gate k is gates[((t * batch + b) * gateCount + k) * hidden + j].
 *
 *   RNN    h = tanh(W x + b_ih + U h⁻ + b_hh)
 *   LSTM   c = f c⁻ + i g,   h = o tanh c
 *   GRU    n = tanh(W_n x + b_in + r (U_n h⁻ + b_hn)),   h = (1 - z) n + z h⁻
 *
 * Example:
 *   const { makeCell, initialise, makeStates, forward } = gradviz.cells;
 *   const cell = makeCell("lstm", 2, 24);
 *   initialise(cell, new gradviz.random.Random(0));
 *   cell.bias_hh.fill(2, 24, 48);   // of the forget gate, the second of four; torch adds it to bias_ih
 *   const states = makeStates(cell, 100, 1);
 *   states.x.fill(0.5);
 *   forward(cell, states);          // states.h, states.c, states.gates
 */
(() => {
  "use strict";

  const gradviz = (globalThis.gradviz ??= {});

  /** `keeps`: the gate that keeps the state when it is near 1. */
  const CELLS = {
    rnn: { label: "RNN (tanh)", gates: ["hidden"], keeps: null, hasCellState: false },
    lstm: {
      label: "LSTM",
      gates: ["input", "forget", "candidate", "output"],
      keeps: "forget",
      hasCellState: true,
    },
    gru: { label: "GRU", gates: ["reset", "update", "candidate"], keeps: "update", hasCellState: false },
  };

  /**
   * A cell with weights in torch's layout; G is the number of gates.
   *
   * @typedef {object} Cell
   * @property {"rnn" | "lstm" | "gru"} name
   * @property {number} inputSize
   * @property {number} hiddenSize
   * @property {number} gateCount G
   * @property {Float64Array} weight_ih (G * hidden, input)
   * @property {Float64Array} weight_hh (G * hidden, hidden)
   * @property {Float64Array} bias_ih (G * hidden)
   * @property {Float64Array} bias_hh (G * hidden)
   */

  /**
   * @param {"rnn" | "lstm" | "gru"} name
   * @param {number} inputSize
   * @param {number} hiddenSize
   * @returns {Cell} all weights zero
   */
  function makeCell(name, inputSize, hiddenSize) {
    if (!Object.keys(CELLS).includes(name)) {
      throw new RangeError(`unknown cell '${name}' (${Object.keys(CELLS).join(", ")})`);
    }
    const gateCount = CELLS[name].gates.length;
    const rows = gateCount * hiddenSize;
    return {
      name,
      inputSize,
      hiddenSize,
      gateCount,
      weight_ih: new Float64Array(rows * inputSize),
      weight_hh: new Float64Array(rows * hiddenSize),
      bias_ih: new Float64Array(rows),
      bias_hh: new Float64Array(rows),
    };
  }

  /**
   * @param {{weight_ih, weight_hh, bias_ih, bias_hh}} cell or the gradients of one
   * @returns {Float64Array[]} in torch's order
   */
  function parametersOf(cell) {
    return [cell.weight_ih, cell.weight_hh, cell.bias_ih, cell.bias_hh];
  }

  /**
   * Draws each weight from a uniform distribution in ±1/√hidden, in torch's order of parameters.
   *
   * @param {Cell} cell
   * @param {gradviz.random.Random} random
   * @returns {Cell} the same
   */
  function initialise(cell, random) {
    const bound = 1 / Math.sqrt(cell.hiddenSize);
    for (const parameter of parametersOf(cell)) random.fillUniform(parameter, -bound, bound);
    return cell;
  }

  /**
   * What a forward pass reads and computes; G is the number of gates.
   *
   * @typedef {object} States
   * @property {number} time
   * @property {number} batch
   * @property {Float64Array} x (time, batch, input): write the input here
   * @property {Float64Array} h (time + 1, batch, hidden), h_0 first: zero unless written
   * @property {?Float64Array} c (time + 1, batch, hidden), c_0 first, of an LSTM, else null
   * @property {Float64Array} gates (time, batch, G, hidden), after the squashing functions
   * @property {?Float64Array} tanhC (time, batch, hidden), of an LSTM
   * @property {?Float64Array} fromState (time, batch, hidden), U_n h⁻ + b_hn of a GRU
   * @property {Float64Array} recurrent (batch, G * hidden), the recurrent product of one step
   */

  /**
   * @param {Cell} cell
   * @param {number} time number of time steps
   * @param {number} batch number of sequences
   * @returns {States} all zero
   */
  function makeStates(cell, time, batch) {
    const { name, inputSize, hiddenSize, gateCount } = cell;
    const array = (steps, width) => new Float64Array(steps * batch * width);
    return {
      time,
      batch,
      x: array(time, inputSize),
      h: array(time + 1, hiddenSize),
      c: name === "lstm" ? array(time + 1, hiddenSize) : null,
      gates: array(time, gateCount * hiddenSize),
      tanhC: name === "lstm" ? array(time, hiddenSize) : null,
      fromState: name === "gru" ? array(time, hiddenSize) : null,
      recurrent: array(1, gateCount * hiddenSize),
    };
  }

  /**
   * Computes every gate and state of every step.
   *
   * @param {Cell} cell
   * @param {States} states as `makeStates` made them for this cell
   * @returns {States} the same
   */
  function forward(cell, states) {
    const { affine } = gradviz.products;
    const { time, batch, gates, h, recurrent } = states;
    const step = STEPS[cell.name];
    const stateLength = batch * cell.hiddenSize;
    affine(gates, 0, states.x, 0, cell.weight_ih, cell.bias_ih, time * batch);
    for (let t = 0; t < time; t++) {
      affine(recurrent, 0, h, t * stateLength, cell.weight_hh, cell.bias_hh, batch);
      step(states, t, cell.hiddenSize);
    }
    return states;
  }

  /** 1 / (1 + e^-a): exact at both ends, since e^-a may be infinite. */
  function sigmoid(a) {
    return 1 / (1 + Math.exp(-a));
  }

  // Each step finds in `gates` what the input brings, in `recurrent` what the last state does.

  function stepRnn({ gates, h, recurrent }, t, hidden) {
    const length = recurrent.length;
    const at = t * length;
    const after = (t + 1) * length;
    for (let k = 0; k < length; k++) {
      h[after + k] = gates[at + k] = Math.tanh(gates[at + k] + recurrent[k]);
    }
  }

  function stepLstm({ batch, gates, h, c, tanhC, recurrent }, t, hidden) {
    for (let b = 0; b < batch; b++) {
      const before = (t * batch + b) * hidden;
      const after = before + batch * hidden;
      const from = 4 * hidden * b;
      const at = 4 * before;
      for (let j = 0; j < hidden; j++) {
        const i = sigmoid(gates[at + j] + recurrent[from + j]);
        const f = sigmoid(gates[at + hidden + j] + recurrent[from + hidden + j]);
        const g = Math.tanh(gates[at + 2 * hidden + j] + recurrent[from + 2 * hidden + j]);
        const o = sigmoid(gates[at + 3 * hidden + j] + recurrent[from + 3 * hidden + j]);
        const cellState = f * c[before + j] + i * g;
        const squashed = Math.tanh(cellState);
        gates[at + j] = i;
        gates[at + hidden + j] = f;
        gates[at + 2 * hidden + j] = g;
        gates[at + 3 * hidden + j] = o;
        c[after + j] = cellState;
        tanhC[before + j] = squashed;
        h[after + j] = o * squashed;
      }
    }
  }

  function stepGru({ batch, gates, h, fromState, recurrent }, t, hidden) {
    for (let b = 0; b < batch; b++) {
      const before = (t * batch + b) * hidden;
      const after = before + batch * hidden;
      const from = 3 * hidden * b;
      const at = 3 * before;
      for (let j = 0; j < hidden; j++) {
        const r = sigmoid(gates[at + j] + recurrent[from + j]);
        const z = sigmoid(gates[at + hidden + j] + recurrent[from + hidden + j]);
        const candidateFromState = recurrent[from + 2 * hidden + j];
        const n = Math.tanh(gates[at + 2 * hidden + j] + r * candidateFromState);
        gates[at + j] = r;
        gates[at + hidden + j] = z;
        gates[at + 2 * hidden + j] = n;
        fromState[before + j] = candidateFromState;
        h[after + j] = (1 - z) * n + z * h[before + j];
      }
    }
  }

  const STEPS = { rnn: stepRnn, lstm: stepLstm, gru: stepGru };

  gradviz.cells = { CELLS, makeCell, parametersOf, initialise, makeStates, forward, sigmoid };
})();
