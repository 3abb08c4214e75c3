// What the tests call: functions from plain values (arrays are flat lists) to plain values.
"use strict";

(() => {
  const gradviz = globalThis.gradviz;
  const { cells, adjoint, products, scaling, readout, adam, adding } = gradviz;
  const float64 = (values) => Float64Array.from(values, Number);

  function cellWith({ name, input, hidden, weights }) {
    const cell = cells.makeCell(name, input, hidden);
    cells.parametersOf(cell).forEach((parameter, k) => parameter.set(float64(weights[k])));
    return cell;
  }

  function statesOf(cell, { time, batch, x, h0, c0 }) {
    const states = cells.makeStates(cell, time, batch);
    states.x.set(float64(x));
    states.h.set(float64(h0));
    if (states.c !== null) states.c.set(float64(c0));
    return cells.forward(cell, states);
  }

  function backward(given) {
    const cell = cellWith(given);
    const states = statesOf(cell, given);
    const back = adjoint.makeAdjoint(cell, given.time, given.batch);
    for (let pass = 0; pass < 2; pass++) { // the second one in memory that the first one has filled
      back.directH.set(float64(given.directH));
      if (back.directC !== null) back.directC.set(float64(given.directC));
      adjoint.backward(cell, states, back);
      adjoint.parameterGradients(cell, states, back);
      adjoint.inputGradient(cell, back);
    }
    const { gradH, gradC, gradGates, recurrentGradient, log10GradH, log10GradC, gradX, exponent } = back;
    const parameters = cells.parametersOf(back.parameters);
    const { h, c, gates } = states;
    const forward = { h, c, gates };
    return { ...forward, gradH, gradC, gradGates, recurrentGradient, log10GradH, log10GradC, gradX, parameters, exponent };
  }

  function affine({ x, weight, bias, rows, before }) {
    const out = new Float64Array(before + rows * bias.length + 1).fill(7);
    const padded = float64([...Array(before).fill(9), ...x]);
    products.affine(out, before, padded, before, float64(weight), float64(bias), rows);
    return out;
  }

  function outerProducts({ a, x, rows, sum, before }) {
    const out = float64(sum);
    const padded = float64([...Array(before).fill(9), ...x]);
    products.addOuterProducts(out, float64(a), padded, before, rows);
    return out;
  }

  function columnSums({ a, rows, sum }) {
    const out = float64(sum);
    products.addColumns(out, float64(a), rows);
    return out;
  }

  function transposed({ matrix, rows, columns }) {
    const out = new Float64Array(rows * columns);
    products.transpose(out, float64(matrix), rows, columns);
    return out;
  }

  function readoutPasses({ hidden, output, rows, weight, bias, h, outputGradient, before }) {
    const layer = readout.makeReadout(hidden, output);
    layer.weight.set(float64(weight));
    layer.bias.set(float64(bias));
    const states = float64([...Array(before).fill(9), ...h]);
    const outputs = new Float64Array(rows * output);
    readout.forward(layer, states, before, rows, outputs);
    const into = {
      weight: new Float64Array(weight.length).fill(5),
      bias: new Float64Array(output).fill(5),
      h: new Float64Array(before + h.length).fill(5),
      hAt: before,
    };
    readout.backward(layer, states, before, rows, float64(outputGradient), into);
    return { outputs, weight: into.weight, bias: into.bias, h: into.h };
  }

  function loss({ name, outputs, targets }) {
    const gradient = new Float64Array(outputs.length);
    const value = readout[name](float64(outputs), name === "crossEntropy" ? targets : float64(targets), gradient);
    return { value, gradient };
  }

  function logSoftmax({ logits, rows }) {
    const out = new Float64Array(logits.length);
    readout.logSoftmax(float64(logits), rows, out);
    return out;
  }

  function adamSteps({ parameters, gradients, options, rates }) {
    const own = parameters.map(float64);
    const optimizer = new adam.Adam(own, options);
    gradients.forEach((given, step) => {
      if (rates) optimizer.learningRate = rates[step];
      optimizer.step(given.map(float64));
    });
    return own;
  }

  function clip({ gradients, largest }) {
    const own = gradients.map(float64);
    return { norm: adam.clipGradientNorm(own, Number(largest)), gradients: own };
  }

  function draws({ seed, count, kind, n }) {
    const random = new gradviz.random.Random(seed);
    return Array.from({ length: count }, () => random[kind](n));
  }

  function filled({ seed, length, low, high }) {
    const random = new gradviz.random.Random(seed);
    const uniform = new Float64Array(length);
    const normal = new Float64Array(length);
    random.fillUniform(uniform, low, high);
    random.fillNormal(normal);
    return { uniform, normal };
  }

  function initialised({ name, input, hidden, seed }) {
    return cells.parametersOf(cells.initialise(cells.makeCell(name, input, hidden), new gradviz.random.Random(seed)));
  }

  function addingBatches({ seed, time, batch, count }) {
    const random = new gradviz.random.Random(seed);
    const own = adding.makeBatch(time, batch);
    return Array.from({ length: count }, () => {
      const { x, targets, first, second } = adding.drawBatch(random, own);
      return { x: [...x], targets: [...targets], first: [...first], second: [...second] };
    });
  }

  function training({ options, steps }) {
    const own = new gradviz.training.AddingTraining(options);
    return Array.from({ length: steps }, () => {
      const { step, loss, gradientNorm, log10GradState, log10GradCell } = own.step();
      const of = (logs) => (logs === null ? null : [...logs]);
      return { step, loss, gradientNorm, log10GradState: of(log10GradState), log10GradCell: of(log10GradCell) };
    });
  }

  const scaled = ({ value, exponent }) => scaling.timesPowerOfTwo(Number(value), exponent);
  const meanLog10 = ({ logs, batch }) => scaling.meanLog10(float64(logs), batch, new Float64Array(logs.length / batch));
  const descriptions = () => cells.CELLS;
  const baseline = () => adding.BASELINE;

  globalThis.bridge = {
    backward, affine, outerProducts, columnSums, transposed, readoutPasses, loss, logSoftmax, adamSteps, clip,
    draws, filled, initialised, addingBatches, training, scaled, meanLog10, descriptions, baseline,
  };

  /** JSON in which typed arrays are lists, and numbers that are not finite are their names. */
  globalThis.called = (name, given) =>
    JSON.stringify(bridge[name](given), (_, value) => {
      if (ArrayBuffer.isView(value)) return Array.from(value);
      return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
    });
})();
