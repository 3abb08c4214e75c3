"use strict";
(function () {
  const { Random } = gradviz.random;
  const { makeCell, initialise, makeStates, forward, sigmoid } = gradviz.cells;
  const { makeAdjoint, backward } = gradviz.adjoint;
  const { decimals, raised, twoDigits } = gradviz;
  const TIME = 100, UNITS = 32, BATCH = 8, FORGET = 1;
  const SAME = 0.02; // decades: less than 5 %
  const steps = Array.from({ length: TIME }, (_, t) => t + 1);

  /** A network without training and its memory. @param {string} name of the cell @param {number} seed */
  function untrained(name, seed) {
    const cell = initialise(makeCell(name, 1, UNITS), new Random(seed));
    cell.bias_ih.fill(0);
    cell.bias_hh.fill(0);
    const states = makeStates(cell, TIME, BATCH);
    const inputs = new Random(seed + 1000);
    for (let i = 0; i < states.x.length; i++) states.x[i] = inputs.normal();
    const adjoint = makeAdjoint(cell, TIME, BATCH);
    adjoint.directH.fill(1, (TIME - 1) * BATCH * UNITS);
    return { cell, states, adjoint };
  }

  /** Decades above the last step, of means over sequences. @param {Float64Array} logs (time, batch) @returns {number[]} (time) */
  function aboveLast(logs) {
    const means = gradviz.scaling.meanLog10(logs, BATCH, new Float64Array(TIME));
    return Array.from(means, (value) => value - means[TIME - 1]);
  }

  function passes({ cell, states, adjoint }) {
    forward(cell, states);
    backward(cell, states, adjoint);
  }

  /** Decades of the gradient by h at each step above the last. @returns {number[]} (TIME) */
  function decades(network) {
    passes(network);
    return aboveLast(network.adjoint.log10GradH);
  }

  /**
   * Log10 norms over units of the gradient at the last cell state, brought back by the forget gates and nothing else.
   *
   * @param {{gates: Float64Array}} states (time, batch, 4, units)
   * @param {{gradC: Float64Array}} adjoint (time, batch, units)
   * @param {{time: number, batch: number, units: number}} sizes
   * @returns {Float64Array} (time, batch)
   */
  function cellLine({ gates }, { gradC }, { time, batch, units }) {
    const logs = new Float64Array(time * batch), width = batch * units;
    const along = Float64Array.from(gradC.subarray((time - 1) * width, time * width));
    const exponents = new Float64Array(batch); // decades taken out of each sequence, lest its squares become 0
    for (let t = time - 1; t >= 0; t--) {
      for (let s = 0; s < batch; s++) {
        const ofSequence = along.subarray(s * units, (s + 1) * units), norm = Math.hypot(...ofSequence);
        logs[t * batch + s] = exponents[s] += Math.log10(norm);
        const gate = ((t * batch + s) * 4 + FORGET) * units; // of step t, on the way to step t - 1
        for (let j = 0; j < units; j++) ofSequence[j] *= gates[gate + j] / norm;
      }
    }
    return logs;
  }

  /** A part of the gradient in words. @param {number} log10 @returns {string} */
  const part = (log10) => (log10 < -3 ? `about 10${raised(Math.round(log10))}` : twoDigits(10 ** log10));

  function sentence({ bias, lstm, rnn, line }) {
    const size = (log10) => {
      if (Math.abs(log10) < SAME) return "about as large as";
      return log10 > 0 ? `${twoDigits(10 ** log10)} times as large as` : `${part(log10)} of`;
    };
    const behind = lstm[0] < rnn[0] ? " So small a bias does not help: the gates forget faster than an RNN with random weights." : "";
    return `At the first step the LSTM's gradient is ${size(lstm[0])} that at the last, the RNN's ${part(rnn[0])}. Along the LSTM's cell line alone `
      + `${part(line[0])} is left.${behind} σ(b) = ${decimals(sigmoid(bias), 4)}, τ = ${decimals(1 / (1 - sigmoid(bias)), 1)} time steps.`;
  }

  const enough = (log10) => log10 >= -1;

  /** How the curve's ends compare. */
  const endsInWords = (lstm) => (lstm[0] <= 1
    ? "the two ends of the LSTM's curve differ by at most a decade."
    : `the LSTM's gradient has even grown on its way back: at the first step it is ${twoDigits(10 ** lstm[0])} times that at the last.`);

  /** What lies between the ends of the curve. */
  function lowestInWords(lstm) {
    const lowest = Math.min(...lstm);
    return enough(lowest) ? "" : `In between it is as small as ${part(lowest)}: the last step, where h itself is read, stands out.`;
  }

  /** Whether the forget gates alone would have done it. */
  const pathsInWords = (line) => (enough(line[0])
    ? `Here the forget gates are enough by themselves: along the cell line alone ${part(line[0])} is left.`
    : `The forget gates did not do this alone: along the cell line they leave ${part(line[0])}. The rest came by paths that also go through h and its `
      + "weights into the gates; along the line alone a tenth is left from about b\u00a0=\u00a03.8 on.");

  function start(section) {
    let networks = null, rnn = null;
    const find = (name) => section.querySelector(`[data-${name}]`);
    const biases = Array.from({ length: 101 }, (_, i) => -2 + i / 10);
    const constant = (bias) => 1 / (1 - sigmoid(bias));
    gradviz.update("forget_bias-curve", { bias: biases, constant: biases.map(constant) });

    function withBias(bias) {
      networks.lstm.cell.bias_ih.fill(bias, FORGET * UNITS, (FORGET + 1) * UNITS);
      return decades(networks.lstm);
    }

    gradviz.settings(section, function ({ bias, draw }, changed) {
      if (changed !== "bias") {
        networks = { rnn: untrained("rnn", draw), lstm: untrained("lstm", draw) };
        rnn = decades(networks.rnn);
        gradviz.update("forget_bias-rnn", { step: steps, decades: rnn });
        find("usual").textContent = part(withBias(1)[0]);
      }
      const lstm = withBias(bias);
      const line = aboveLast(cellLine(networks.lstm.states, networks.lstm.adjoint, { time: TIME, batch: BATCH, units: UNITS }));
      gradviz.update("forget_bias-lstm", { step: steps, decades: lstm });
      gradviz.update("forget_bias-line", { step: steps, decades: line });
      gradviz.update("forget_bias-point", { bias: [bias], constant: [constant(bias)] });
      find("says").textContent = sentence({ bias, lstm, rnn, line });
      find("ends").textContent = endsInWords(lstm);
      find("lowest").textContent = lowestInWords(lstm);
      find("paths").textContent = pathsInWords(line);
      find("seen").hidden = !enough(lstm[0]);
    });
  }

  gradviz.lessons.forget_bias = { start, cellLine };
})();
