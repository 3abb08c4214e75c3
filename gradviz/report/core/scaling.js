/**
 * The power of two that each sequence carries beside its gradient, so that no norm leaves the range of floats.
 *
 * gradviz.scaling:
 *   addDirect(adjoint, t, hidden)           totals of step t = direct gradient + what step t + 1 sends back
 *   renormalise(adjoint, t, hidden)         log10 norms of step t; a sequence far from 1 takes a new power of two
 *   giveBackScale(adjoint, hidden, gates)   every gradient as a plain float
 *   timesPowerOfTwo(value, exponent)        value * 2 ** exponent, for any whole exponent
 *   meanLog10(logs, batch, out)             log10 of the mean over sequences of norms, given and returned as log10
 *
 * A lesson needs only `meanLog10` of these; the rest serves `adjoint.js`, where the arrays are described.
 * exponent[t * batch + b] is that of step t of sequence b: the true gradient is 2 ** exponent times the number.
 */
(() => {
  "use strict";

  const gradviz = (globalThis.gradviz ??= {});

  const LOG10_OF_2 = Math.log10(2);
  // While the sum of the squares of a gradient lies between these, neither it nor the next step leaves the range.
  const LEAST_SQUARE = 2 ** -600;
  const LARGEST_SQUARE = 2 ** 600;
  // Below it, squares have lost digits.
  const LEAST_EXACT_SQUARE = 2 ** -900;

  /**
   * Totals of step t, before an LSTM's dL/dc_t takes what comes by way of h_t.
   *
   * @param {gradviz.adjoint.Adjoint} adjoint
   * @param {number} t
   * @param {number} hidden
   */
  function addDirect(adjoint, t, hidden) {
    const { time, batch, directH, directC, gradH, gradC, exponent, memory } = adjoint;
    for (let b = 0; b < batch; b++) {
      const row = t * batch + b;
      const at = row * hidden;
      exponent[row] = t === time - 1 ? 0 : exponent[row + batch];
      if (exponent[row] < 0 && somethingEnters(adjoint, at, hidden)) {
        rescale(memory.carryH, b * hidden, hidden, exponent[row]);
        if (directC !== null) rescale(memory.carryC, b * hidden, hidden, exponent[row]);
        exponent[row] = 0;
      }
      sumInto(gradH, directH, at, memory.carryH, b * hidden, hidden, exponent[row]);
      if (directC !== null) sumInto(gradC, directC, at, memory.carryC, b * hidden, hidden, exponent[row]);
    }
  }

  /** Whether the loss reads this sequence's state here. */
  function somethingEnters({ directH, directC }, at, hidden) {
    return hasAny(directH, at, hidden) || (directC !== null && hasAny(directC, at, hidden));
  }

  function hasAny(values, at, length) {
    for (let k = at; k < at + length; k++) if (values[k] !== 0) return true;
    return false;
  }

  /** sum = direct * 2 ** -exponent + carry. */
  function sumInto(sum, direct, at, carry, carryAt, length, exponent) {
    if (exponent === 0) {
      for (let j = 0; j < length; j++) sum[at + j] = direct[at + j] + carry[carryAt + j];
    } else {
      for (let j = 0; j < length; j++) {
        sum[at + j] = timesPowerOfTwo(direct[at + j], -exponent) + carry[carryAt + j];
      }
    }
  }

  /**
   * Log10 norms of step t.  Where a sequence's gradient is far from 1, it is scaled, which is exact.
   *
   * @param {gradviz.adjoint.Adjoint} adjoint
   * @param {number} t
   * @param {number} hidden
   */
  function renormalise(adjoint, t, hidden) {
    const { batch, gradH, gradC, exponent, log10GradH, log10GradC } = adjoint;
    for (let b = 0; b < batch; b++) {
      const row = t * batch + b;
      const at = row * hidden;
      scaleNearOne(adjoint, row, hidden);
      log10GradH[row] = log10Norm(gradH, at, hidden, exponent[row]);
      if (gradC !== null) log10GradC[row] = log10Norm(gradC, at, hidden, exponent[row]);
    }
  }

  /** Takes a power of two out of one sequence's gradients at one step, if they are far from 1. */
  function scaleNearOne({ gradH, gradC, exponent }, row, hidden) {
    const at = row * hidden;
    const square = sumOfSquares(gradH, at, hidden) + (gradC === null ? 0 : sumOfSquares(gradC, at, hidden));
    if (square > LEAST_SQUARE && square < LARGEST_SQUARE) return;
    const largest = Math.max(largestOf(gradH, at, hidden), gradC === null ? 0 : largestOf(gradC, at, hidden));
    if (largest === 0 || largest === Infinity) return;
    const by = Math.floor(Math.log2(largest));
    exponent[row] += by;
    rescale(gradH, at, hidden, -by);
    if (gradC !== null) rescale(gradC, at, hidden, -by);
  }

  function sumOfSquares(values, at, length) {
    let sum = 0;
    for (let k = at; k < at + length; k++) sum += values[k] * values[k];
    return sum;
  }

  /** The largest magnitude; Infinity if one of the values is not finite. */
  function largestOf(values, at, length) {
    let largest = 0;
    for (let k = at; k < at + length; k++) {
      const size = Math.abs(values[k]);
      if (!(size <= largest)) largest = Number.isNaN(size) ? Infinity : size;
    }
    return largest;
  }

  /** Log10 of a norm with an exponent beside it; where squares leave the range, of numbers scaled by the largest. */
  function log10Norm(values, at, length, exponent) {
    const square = sumOfSquares(values, at, length);
    if (square > LEAST_EXACT_SQUARE && square < Infinity) {
      return 0.5 * Math.log10(square) + exponent * LOG10_OF_2;
    }
    const largest = largestOf(values, at, length);
    if (largest === 0) return -Infinity;
    if (largest === Infinity) return Infinity;
    let sum = 0;
    for (let k = at; k < at + length; k++) sum += (values[k] / largest) ** 2;
    return Math.log10(largest) + 0.5 * Math.log10(sum) + exponent * LOG10_OF_2;
  }

  function rescale(values, at, length, exponent) {
    for (let k = at; k < at + length; k++) values[k] = timesPowerOfTwo(values[k], exponent);
  }

  /**
   * value * 2 ** exponent, exact unless the result leaves the range of floats.
   *
   * @param {number} value
   * @param {number} exponent a whole number
   * @returns {number}
   */
  function timesPowerOfTwo(value, exponent) {
    let left = Math.max(-3000, Math.min(3000, exponent)); // beyond the range, from any float that is not 0
    let result = value;
    while (left < -1000) {
      result *= 2 ** -1000;
      left += 1000;
    }
    while (left > 1000) {
      result *= 2 ** 1000;
      left -= 1000;
    }
    return result * 2 ** left;
  }

  /**
   * Multiplies every gradient by its power of two: 0 or infinite where that leaves the range of floats.
   *
   * @param {gradviz.adjoint.Adjoint} adjoint
   * @param {number} hidden
   * @param {number} gates
   */
  function giveBackScale(adjoint, hidden, gates) {
    const { gradH, gradC, gradGates, recurrentGradient, exponent } = adjoint;
    for (let row = 0; row < exponent.length; row++) {
      const by = exponent[row];
      if (by === 0) continue;
      rescale(gradH, row * hidden, hidden, by);
      if (gradC !== null) rescale(gradC, row * hidden, hidden, by);
      rescale(gradGates, row * gates * hidden, gates * hidden, by);
      if (recurrentGradient !== gradGates) rescale(recurrentGradient, row * gates * hidden, gates * hidden, by);
    }
  }

  /**
   * Log10 of the mean norm: neither the norm of the mean, in which opposite gradients cancel, nor the mean of the
   * logarithms, which a single vanished sequence pulls down.
   *
   * @param {Float64Array} logs (time, batch), log10 of norms: adjoint.log10GradH
   * @param {number} batch
   * @param {Float64Array} out (time), is overwritten
   * @returns {Float64Array} out
   */
  function meanLog10(logs, batch, out) {
    for (let t = 0; t < out.length; t++) {
      let largest = -Infinity;
      for (let k = t * batch; k < (t + 1) * batch; k++) largest = Math.max(largest, logs[k]);
      let sum = 0;
      for (let k = t * batch; k < (t + 1) * batch; k++) sum += 10 ** (logs[k] - largest);
      out[t] = Math.abs(largest) === Infinity ? largest : largest + Math.log10(sum / batch);
    }
    return out;
  }

  gradviz.scaling = { addDirect, renormalise, giveBackScale, timesPowerOfTwo, meanLog10 };
})();
