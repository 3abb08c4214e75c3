"use strict";
(function () {
  const { Random } = gradviz.random;
  const { makeCell, initialise, makeStates, forward, sigmoid } = gradviz.cells;
  const { makeAdjoint, backward } = gradviz.adjoint;
  const TIME = 100, UNITS = 32, BATCH = 8, FORGET = 1;
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

  /** Decades of the gradient at each step below the last, means over sequences. @returns {Float64Array} (TIME) */
  function decades({ cell, states, adjoint }) {
    forward(cell, states);
    backward(cell, states, adjoint);
    const means = gradviz.scaling.meanLog10(adjoint.log10GradH, BATCH, new Float64Array(TIME));
    return means.map((value) => value - means[TIME - 1]);
  }

  const number = (value, digits = 1) => value.toFixed(digits).replace("-", "\u2212");

  function start(section) {
    let networks = null;
    const says = section.querySelector("[data-says]");
    const seen = section.querySelector("[data-seen]");
    const biases = Array.from({ length: 101 }, (_, i) => -2 + i / 10);
    const constant = (bias) => Math.log10(1 / (1 - sigmoid(bias)));
    gradviz.update("forget_bias-curve", { bias: biases, constant: biases.map(constant) });

    gradviz.settings(section, function ({ bias, draw }, changed) {
      if (changed !== "bias") {
        networks = { rnn: untrained("rnn", draw), lstm: untrained("lstm", draw) };
        networks.rnn.decades = decades(networks.rnn);
        gradviz.update("forget_bias-rnn", { step: steps, decades: networks.rnn.decades });
      }
      networks.lstm.cell.bias_ih.fill(bias, FORGET * UNITS, (FORGET + 1) * UNITS);
      const lstm = decades(networks.lstm);
      gradviz.update("forget_bias-lstm", { step: steps, decades: lstm });
      gradviz.update("forget_bias-theory", { step: steps, decades: steps.map((step) => (TIME - step) * Math.log10(sigmoid(bias))) });
      gradviz.update("forget_bias-point", { bias: [bias], constant: [constant(bias)] });
      says.textContent = `At the first step the LSTM's gradient is ${gradviz.powerOfTen(lstm[0])} of that at the last, the RNN's `
        + `${gradviz.powerOfTen(networks.rnn.decades[0])}. σ(b) = ${number(sigmoid(bias), 3)}, τ = ${number(1 / (1 - sigmoid(bias)))} time steps.`;
      seen.hidden = lstm[0] < -1;
    });
  }

  gradviz.lessons.forget_bias = { start };
})();
