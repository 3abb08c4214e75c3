/**
 * The character model of lesson 4: its prediction after some characters, and the gradient of that prediction.
 *
 * gradviz.characterModel:
 *   unpack(packed)                    the model, from what Python has written into the page
 *   read(model, numbers)              -> probabilities of the next character; keeps what `gradients` needs
 *   gradients(model, chosen)          log10 norms of the gradient of ln p(chosen) after the last `read`
 *
 * A character is its number, its place in model.characters.  Layers are counted from 0.
 */
"use strict";

(() => {
  const gradviz = (globalThis.gradviz ??= {});

  /** A rounded weight. @param {{codes: string, unit: number}} coded @returns {Float64Array} flat */
  function weightOf({ codes, unit }) {
    const bytes = gradviz.bytesOf(codes);
    const view = new DataView(bytes.buffer);
    const weight = new Float64Array(bytes.length / 2);
    for (let k = 0; k < weight.length; k++) weight[k] = view.getInt16(2 * k, true) * unit;
    return weight;
  }

  /**
   * @param {object} packed by `character_model.as_json`
   * @returns {object} cells (one a layer), readout, characters (of the alphabet), numberOf (Map), window, learned
   */
  function unpack(packed) {
    const { makeCell } = gradviz.cells;
    const characters = Array.from(packed.characters);
    const weight = (name) => weightOf(packed.weights[name]);
    const cells = Array.from({ length: packed.layers }, function (_, layer) {
      const cell = makeCell("lstm", layer === 0 ? 1 : packed.hidden, packed.hidden);
      for (const name of ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]) cell[name] = weight(`${name}_l${layer}`);
      return cell;
    });
    const readout = gradviz.readout.makeReadout(packed.hidden, characters.length);
    readout.weight = weight("weight");
    readout.bias = weight("bias");
    const numberOf = new Map(characters.map((character, number) => [character, number]));
    return { ...packed, weights: null, characters, numberOf, cells, readout, memory: null };
  }

  /** States and adjoints for a number of characters; those of the last length are kept. */
  function memoryFor(model, time) {
    if (model.memory?.time !== time) {
      const { readout } = model;
      const outputs = readout.outputSize;
      model.memory = {
        time,
        states: model.cells.map((cell) => gradviz.cells.makeStates(cell, time, 1)),
        adjoints: model.cells.map((cell) => gradviz.adjoint.makeAdjoint(cell, time, 1)),
        scores: new Float64Array(outputs),
        scoreGradient: new Float64Array(outputs),
        readoutGradient: { weight: new Float64Array(readout.weight.length), bias: new Float64Array(outputs) },
      };
    }
    return model.memory;
  }

  /**
   * @param {object} model
   * @param {number[]} numbers (time) of the characters that it reads, from zero states; at least one
   * @returns {Float64Array} (character) probabilities of the next
   */
  function read(model, numbers) {
    const memory = memoryFor(model, numbers.length);
    const { states, scores } = memory;
    const count = model.characters.length;
    for (let t = 0; t < numbers.length; t++) states[0].x[t] = Math.fround(numbers[t] / count); // as torch has it
    model.cells.forEach(function (cell, layer) {
      if (layer > 0) {
        const below = states[layer - 1].h;
        states[layer].x.set(below.subarray(cell.inputSize)); // without the first state
      }
      gradviz.cells.forward(cell, states[layer]);
    });
    const hidden = model.hidden;
    gradviz.readout.forward(model.readout, states.at(-1).h, numbers.length * hidden, 1, scores);
    const logs = new Float64Array(count);
    gradviz.readout.logSoftmax(scores, 1, logs);
    return logs.map(Math.exp);
  }

  /**
   * Gradients of ln p(chosen) of the last `read`.
   *
   * @param {object} model
   * @param {number} chosen a character
   * @returns {{h: Float64Array[], c: Float64Array[], x: Float64Array, direct: Float64Array}} log10 norms, each
   *   (time): total, at the states h and c of each layer and at the input x; direct, at the states h of the
   *   last layer, not by way of later states
   */
  function gradients(model, chosen) {
    const { time, states, adjoints, scores, scoreGradient, readoutGradient } = model.memory;
    const { backward, inputGradient } = gradviz.adjoint;
    const last = model.cells.length - 1;
    gradviz.readout.crossEntropy(scores, [chosen], scoreGradient);
    adjoints[last].directH.fill(0);
    gradviz.readout.backward(model.readout, states[last].h, time * model.hidden, 1, scoreGradient, {
      ...readoutGradient, h: adjoints[last].directH, hAt: (time - 1) * model.hidden,
    });
    for (let layer = last; layer >= 0; layer--) {
      backward(model.cells[layer], states[layer], adjoints[layer]);
      const below = inputGradient(model.cells[layer], adjoints[layer]);
      if (layer > 0) adjoints[layer - 1].directH.set(below);
    }
    return {
      h: adjoints.map((adjoint) => adjoint.log10GradH.slice()),
      c: adjoints.map((adjoint) => adjoint.log10GradC.slice()),
      x: adjoints[0].gradX.map((value) => Math.log10(Math.abs(value))),
      direct: log10Norms(adjoints[last].directH, time),
    };
  }

  /** @param {Float64Array} values (time, unit) @returns {Float64Array} (time) */
  function log10Norms(values, time) {
    const width = values.length / time;
    return Float64Array.from({ length: time }, (_, t) => Math.log10(Math.hypot(...values.subarray(t * width, (t + 1) * width))));
  }

  gradviz.characterModel = { unpack, read, gradients };
})();
