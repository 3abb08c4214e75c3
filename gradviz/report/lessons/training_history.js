/**
 * A training as pictures need it: a heatmap of few columns and curves of few points, however long it lasts.
 *
 * gradviz.trainingHistory:
 *   new TrainingHistory({ time, low, high, columns })
 *     .add(loss, log10GradState)     one training step
 *     .steps                         how many there were
 *     .stride                        training steps between two columns, a power of two
 *     .heatmap()                     { codes, columns }: (time, columns), the first time step first
 *     .curve()                       { step, loss, median }, the same training steps as the columns'
 *     .marks()                       number of cells with each mark, and below the scale
 *   codeOf(log10, low, high)         0 to 249 from low to high, 250 to 254 marks, 255 below the scale
 *   scaleOf(time)                    { low, high }: whole decades that hold for all cells and all of a training
 */
"use strict";

(() => {
  const gradviz = (globalThis.gradviz ??= {});

  const VALUES = 250;
  const CODES = { zero: 250, underflow: 251, notFinite: 252, below: 255 };
  const SMALLEST = Math.log10(Number.MIN_VALUE); // what is smaller is 0 in float64, in which the network is trained
  const HALF_WINDOW = 10; // training steps on each side of the median
  const TOP = -1; // decades: a loss near the trivial predictor's sends about this much into the last state

  /**
   * Between its first and its last time step an untrained network of these sizes loses about a quarter of a decade a
   * step.  More than a dozen decades cannot be told apart by colour.
   */
  function scaleOf(time) {
    return { low: TOP - Math.min(12, Math.max(3, Math.round(time / 4))), high: TOP };
  }

  function codeOf(log10, low, high) {
    if (log10 === -Infinity) return CODES.zero;
    if (!(log10 < Infinity)) return CODES.notFinite;
    if (log10 < SMALLEST) return CODES.underflow;
    if (log10 < low) return CODES.below;
    return Math.round((Math.min(1, (log10 - low) / (high - low))) * (VALUES - 1));
  }

  class TrainingHistory {
    /**
     * @param {object} options
     * @param {number} options.time number of time steps
     * @param {number} options.low lowest decade of the colour scale
     * @param {number} options.high highest
     * @param {number} [options.columns] the most that are kept, an even number; then every second one is dropped
     */
    constructor({ time, low, high, columns = 700 }) {
      Object.assign(this, { time, low, high, most: columns, steps: 0, stride: 1, kept: 0 });
      this.codes = new Uint8Array(time * columns); // (column, time)
      this.losses = [];
      this.medians = [];
    }

    /** @param {number} loss @param {Float64Array} log10GradState (time) */
    add(loss, log10GradState) {
      if (this.steps % this.stride === 0) {
        if (this.kept === this.most) this.dropEverySecond();
        if (this.steps % this.stride === 0) this.keep(log10GradState);
      }
      this.losses.push(loss);
      this.steps += 1;
    }

    keep(log10GradState) {
      const at = this.kept * this.time;
      for (let t = 0; t < this.time; t++) this.codes[at + t] = codeOf(log10GradState[t], this.low, this.high);
      this.kept += 1;
    }

    dropEverySecond() {
      const { time, codes } = this;
      this.kept /= 2;
      for (let column = 1; column < this.kept; column++) {
        codes.copyWithin(column * time, 2 * column * time, (2 * column + 1) * time);
      }
      this.stride *= 2;
    }

    /** @returns {{codes: Uint8Array, columns: number}} codes: (time, columns) */
    heatmap() {
      const { time, kept } = this;
      const codes = new Uint8Array(time * kept);
      for (let column = 0; column < kept; column++) {
        for (let t = 0; t < time; t++) codes[t * kept + column] = this.codes[column * time + t];
      }
      return { codes, columns: kept };
    }

    /** The loss and its running median. @returns {{step: number[], loss: number[], median: number[]}} */
    curve() {
      this.updateMedians();
      const step = [], loss = [], median = [];
      for (let k = 0; k < this.steps; k += this.stride) {
        step.push(k + 1);
        loss.push(this.losses[k]);
        median.push(this.medians[k]);
      }
      return { step, loss, median };
    }

    /** Medians whose windows have grown since the last time are computed again. */
    updateMedians() {
      const { losses, medians, steps } = this;
      for (let k = Math.max(0, medians.length - HALF_WINDOW); k < steps; k++) {
        medians[k] = medianOf(losses.slice(Math.max(0, k - HALF_WINDOW), k + HALF_WINDOW + 1));
      }
    }

    /** @returns {{zero: number, underflow: number, notFinite: number, below: number}} of the columns that are kept */
    marks() {
      const cells = new Int32Array(256);
      for (let k = 0; k < this.kept * this.time; k++) cells[this.codes[k]] += 1;
      return Object.fromEntries(Object.entries(CODES).map(([name, code]) => [name, cells[code]]));
    }
  }

  /** Median of the finite values; NaN if there is none. */
  function medianOf(values) {
    const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  gradviz.trainingHistory = { TrainingHistory, codeOf, scaleOf };
})();
