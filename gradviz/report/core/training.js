/**
 * A network that learns the adding task in the reader's browser, one training step at a time.
 *
 * gradviz.training:
 *   new AddingTraining({ cell, time, units, batch, learningRate, clip, seed })
 *     .step() -> { step, loss, gradientNorm, log10GradState, log10GradCell }
 *     .cell, .readout           the weights, which may be changed before the first step
 *     .states, .adjoint         states, gates and gradients of the last step
 *     .task                     its numbers, marks and targets
 *     .outputs                  (batch), its answers
 *
 * The object that `step` returns, and the arrays in it, are overwritten by the next step: copy what is kept.
 *
 * Example:
 *   const training = new gradviz.training.AddingTraining({ cell: "gru", time: 30, units: 24, seed: 1 });
 *   for (let k = 0; k < 700; k++) {
 *     const { loss, log10GradState } = training.step();
 *     heatmapRow(k, Array.from(log10GradState));
 *   }
 */
(() => {
  "use strict";

  const gradviz = (globalThis.gradviz ??= {});

  /**
   * @typedef {object} TrainingStep
   * @property {number} step the number of this training step, 0 for the first
   * @property {number} loss mean squared error, before the weights changed
   * @property {number} gradientNorm 2-norm of the gradient of all weights, before clipping
   * @property {Float64Array} log10GradState (time), log10 of the mean over sequences of ‖dL/dh_t‖
   * @property {?Float64Array} log10GradCell (time), the same of dL/dc_t of an LSTM, else null
   */

  class AddingTraining {
    /**
     * @param {object} [options]
     * @param {"rnn" | "lstm" | "gru"} [options.cell]
     * @param {number} [options.time] time steps of a sequence, at least 2
     * @param {number} [options.units]
     * @param {number} [options.batch] sequences in a training step
     * @param {number} [options.learningRate] of Adam
     * @param {number} [options.clip] largest norm of the gradient; Infinity for no clipping
     * @param {number} [options.seed] of the weights and the batches: a whole number from 0 to 2³² - 1
     */
    constructor({
      cell = "gru",
      time = 30,
      units = 24,
      batch = 16,
      learningRate = 1e-2,
      clip = 1,
      seed = 0,
    } = {}) {
      const { cells, readout, adjoint, adding, adam } = gradviz;
      this.random = new gradviz.random.Random(seed);
      this.cell = cells.initialise(cells.makeCell(cell, 2, units), this.random);
      this.readout = readout.initialise(readout.makeReadout(units, 1), this.random);
      this.states = cells.makeStates(this.cell, time, batch);
      this.adjoint = adjoint.makeAdjoint(this.cell, time, batch);
      this.task = adding.makeBatch(time, batch, this.states.x);
      this.outputs = new Float64Array(batch);
      this.outputGradient = new Float64Array(batch);
      this.readoutGradient = {
        weight: new Float64Array(units),
        bias: new Float64Array(1),
        h: this.adjoint.directH,
        hAt: (time - 1) * batch * units,
      };
      this.clip = clip;
      this.optimizer = new adam.Adam(
        [...cells.parametersOf(this.cell), this.readout.weight, this.readout.bias],
        { learningRate },
      );
      this.gradients = [
        ...cells.parametersOf(this.adjoint.parameters),
        this.readoutGradient.weight,
        this.readoutGradient.bias,
      ];
      this.result = {
        step: -1,
        loss: NaN,
        gradientNorm: NaN,
        log10GradState: new Float64Array(time),
        log10GradCell: this.adjoint.log10GradC === null ? null : new Float64Array(time),
      };
    }

    /**
     * Draws a batch, computes loss and gradients, and changes the weights once.
     *
     * @returns {TrainingStep} the same object each time
     */
    step() {
      const { result, adjoint } = this;
      const { batch } = this.states;
      gradviz.adding.drawBatch(this.random, this.task);
      result.step += 1;
      result.loss = this.lossAndGradients();
      result.gradientNorm = gradviz.adam.clipGradientNorm(this.gradients, this.clip);
      this.optimizer.step(this.gradients);
      gradviz.scaling.meanLog10(adjoint.log10GradH, batch, result.log10GradState);
      if (result.log10GradCell !== null) {
        gradviz.scaling.meanLog10(adjoint.log10GradC, batch, result.log10GradCell);
      }
      return result;
    }

    /** Forward and backward over the batch in `task`; returns the loss. */
    lossAndGradients() {
      const { cell, readout, states, adjoint, outputs, outputGradient } = this;
      const { time, batch } = states;
      const last = time * batch * cell.hiddenSize;
      gradviz.cells.forward(cell, states);
      gradviz.readout.forward(readout, states.h, last, batch, outputs);
      const loss = gradviz.readout.meanSquaredError(outputs, this.task.targets, outputGradient);
      gradviz.readout.backward(readout, states.h, last, batch, outputGradient, this.readoutGradient);
      gradviz.adjoint.backward(cell, states, adjoint);
      gradviz.adjoint.parameterGradients(cell, states, adjoint);
      return loss;
    }
  }

  gradviz.training = { AddingTraining };
})();
