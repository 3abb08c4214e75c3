/**
 * When a gradient has arrived at the first time step, and when the loss has left the trivial predictor.
 *
 * gradviz.crossing:
 *   CROSSED, IN_A_ROW, LEFT_BELOW      the two rules, see Watch
 *   new Watch()
 *     .add(log10GradState, loss, trivial)    one training step
 *     .steps, .arrived, .left                how many there were; training steps, 1 for the first, or null
 *   verdict({ steps, arrived, left })  -> { outcome, sentence }
 *   gradientFirst(outcome)             whether the loss waited for the gradient
 */
"use strict";

(() => {
  const gradviz = (globalThis.gradviz ??= {});

  const CROSSED = 3; // decades from the last time step to the first, as in the lecture's figures
  const IN_A_ROW = 21; // training steps
  const LEFT_BELOW = 0.8; // of the trivial predictor's loss on the same sequences
  const AS_CLOSE_AS_KNOWN = 10; // training steps: half of the row
  const IN_VAIN = 100; // training steps without learning, after which one may say so

  /**
   * The gradient has arrived at the first of `IN_A_ROW` training steps in a row at which it loses less than
   * `CROSSED` decades from the last time step to the first.  The loss has left the trivial predictor in the middle
   * of the first `IN_A_ROW` training steps in which it is, together, less than `LEFT_BELOW` of what the trivial
   * predictor's would have been on the same sequences: batches that happen to be easy do not count as learning.
   */
  class Watch {
    constructor() {
      this.steps = 0;
      this.arrived = null;
      this.left = null;
      this.inARow = 0;
      this.losses = [];
      this.trivials = [];
    }

    /**
     * @param {Float64Array} log10GradState (time)
     * @param {number} loss
     * @param {number} trivial the trivial predictor's loss on the same sequences
     */
    add(log10GradState, loss, trivial) {
      this.steps += 1;
      const lost = log10GradState[log10GradState.length - 1] - log10GradState[0];
      this.inARow = lost < CROSSED ? this.inARow + 1 : 0;
      if (this.arrived === null && this.inARow === IN_A_ROW) this.arrived = this.steps - IN_A_ROW + 1;
      this.losses.push(loss);
      this.trivials.push(trivial);
      if (this.losses.length > IN_A_ROW) {
        this.losses.shift();
        this.trivials.shift();
      }
      const full = this.losses.length === IN_A_ROW;
      if (this.left === null && full && sum(this.losses) < LEFT_BELOW * sum(this.trivials)) {
        this.left = this.steps - (IN_A_ROW - 1) / 2;
      }
    }
  }

  function sum(values) {
    let total = 0;
    for (const value of values) total += value;
    return total;
  }

  const count = (value) => value.toLocaleString("en");
  const trainingSteps = (value) => `${count(value)} training step${value === 1 ? "" : "s"}`;

  /**
   * What has happened so far, and in which order.
   *
   * @param {{steps: number, arrived: ?number, left: ?number}} watch
   * @returns {{outcome: string, sentence: string}} outcome: "start", "nothing", "arrived", "in_vain", "left",
   *   "at_once", "gradient_first", "together" or "loss_first"
   */
  function verdict({ steps, arrived, left }) {
    const outcome = outcomeOf(steps, arrived, left);
    return { outcome, sentence: SENTENCES[outcome](steps, arrived, left) };
  }

  function outcomeOf(steps, arrived, left) {
    if (steps === 0) return "start";
    if (left === null) {
      if (arrived === null) return "nothing";
      return steps - arrived < IN_VAIN ? "arrived" : "in_vain";
    }
    if (arrived === null) return "left";
    if (arrived === 1) return "at_once";
    if (Math.abs(left - arrived) <= AS_CLOSE_AS_KNOWN) return "together";
    return arrived < left ? "gradient_first" : "loss_first";
  }

  const came = (arrived) =>
    arrived === 1
      ? "The gradient reached time step 1 from the start"
      : `The gradient arrived at time step 1 at training step ${count(arrived)}`;
  const both = (arrived, left) => `${came(arrived)}; the loss left the trivial predictor at training step ${count(left)}`;

  const SENTENCES = {
    start: () => "Nothing has been trained yet.",
    nothing: () => "The gradient has not arrived at time step 1 yet, and the loss has not left the trivial predictor.",
    arrived: (steps, arrived) => `${came(arrived)}; the loss has not left the trivial predictor yet.`,
    in_vain: (steps, arrived) =>
      `${came(arrived)}, but ${IN_VAIN} training steps later the loss had not left the trivial predictor: to arrive is not enough.`,
    left: (steps, arrived, left) =>
      `The loss left the trivial predictor at training step ${count(left)}, although the gradient has not arrived at time step 1.`,
    at_once: (steps, arrived, left) => `${both(arrived, left)}: nothing had to be waited for.`,
    gradient_first: (steps, arrived, left) => `${both(arrived, left)}, ${trainingSteps(left - arrived)} later.`,
    together: (steps, arrived, left) => `${both(arrived, left)}: together, as closely as either is known.`,
    loss_first: (steps, arrived, left) => `${both(arrived, left)}, ${trainingSteps(arrived - left)} before that.`,
  };

  const gradientFirst = (outcome) => outcome === "gradient_first" || outcome === "together";

  gradviz.crossing = { CROSSED, IN_A_ROW, LEFT_BELOW, Watch, verdict, gradientFirst };
})();
