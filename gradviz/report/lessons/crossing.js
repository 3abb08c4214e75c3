/**
 * When a gradient has arrived at the first time step, and when the loss has left the trivial predictor.
 *
 * gradviz.crossing:
 *   CROSSED, IN_A_ROW, LEFT_BELOW      the two rules, see Watch
 *   new Watch()
 *     .add(log10GradState, loss, trivial)    one training step
 *     .steps, .arrived, .left                how many there were; training steps, 1 for the first, or null
 *     .absences                              when it was gone again: { from, to }, to is null while it is gone
 *   verdict({ steps, arrived, left, absences })  -> { outcome, sentence }
 *   ending({ steps, arrived, left, absences })   what there was to see in this run, "" if there was nothing
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
   * Once it has arrived, the gradient is gone again at the first of `IN_A_ROW` training steps in a row at which it
   * loses more.
   */
  class Watch {
    constructor() {
      this.steps = 0;
      this.arrived = null;
      this.left = null;
      this.absences = [];
      this.inARow = 0;
      this.outARow = 0;
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
      this.outARow = lost < CROSSED ? 0 : this.outARow + 1;
      const first = this.steps - IN_A_ROW + 1; // of the row that may be full now
      const absence = this.absences.at(-1);
      const gone = absence !== undefined && absence.to === null;
      if (this.inARow === IN_A_ROW) {
        this.arrived ??= first;
        if (gone) absence.to = first;
      }
      if (this.outARow === IN_A_ROW && this.arrived !== null && !gone) this.absences.push({ from: first, to: null });
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
   * @param {{steps: number, arrived: ?number, left: ?number, absences: {from: number, to: ?number}[]}} watch
   * @returns {{outcome: string, sentence: string}} outcome: "start", "nothing", "arrived", "in_vain", "left",
   *   "away", "at_once", "gradient_first", "together" or "loss_first"
   */
  function verdict(watch) {
    const outcome = outcomeOf(watch);
    return { outcome, sentence: SENTENCES[outcome](watch) };
  }

  function outcomeOf({ steps, arrived, left, absences }) {
    if (steps === 0) return "start";
    if (left === null) {
      if (arrived === null) return "nothing";
      return steps - arrived < IN_VAIN ? "arrived" : "in_vain";
    }
    if (arrived === null) return "left";
    if (absences.some(({ from, to }) => from <= left && left < (to ?? Infinity))) return "away";
    if (arrived === 1) return "at_once";
    if (Math.abs(left - arrived) <= AS_CLOSE_AS_KNOWN) return "together";
    return arrived < left ? "gradient_first" : "loss_first";
  }

  /** When it first arrived, and its last absence. */
  function came({ arrived, absences }) {
    const first = absences.length ? " first" : "";
    const when = arrived === 1
      ? "The gradient reached time step 1 from the start"
      : `The gradient${first} arrived at time step 1 at training step ${count(arrived)}`;
    return when + lastAbsence(absences);
  }

  function lastAbsence(absences) {
    if (absences.length === 0) return "";
    const { from, to } = absences.at(-1);
    return to === null ? ` (gone again at ${count(from)})` : ` (gone again at ${count(from)}, back at ${count(to)})`;
  }

  const both = (watch) => `${came(watch)}; the loss left the trivial predictor at training step ${count(watch.left)}`;

  const SENTENCES = {
    start: () => "Nothing has been trained yet.",
    nothing: () => "The gradient has not arrived at time step 1 yet, and the loss has not left the trivial predictor.",
    arrived: (watch) => `${came(watch)}; the loss has not left the trivial predictor yet.`,
    in_vain: (watch) =>
      `${came(watch)}, but ${IN_VAIN} training steps after its arrival the loss had not left the trivial predictor: to arrive is not enough.`,
    left: ({ left }) =>
      `The loss left the trivial predictor at training step ${count(left)}, although the gradient has not arrived at time step 1.`,
    away: (watch) => `${both(watch)}, when the gradient was gone.`,
    at_once: (watch) => `${both(watch)}: it was not the gradient that the loss had to wait for.`,
    gradient_first: (watch) => `${both(watch)}, ${trainingSteps(watch.left - watch.arrived)} later.`,
    together: (watch) => `${both(watch)}: together, as closely as either is known.`,
    loss_first: (watch) => `${both(watch)}, ${trainingSteps(watch.arrived - watch.left)} before that.`,
  };

  const ENDINGS = {
    gradient_first: ({ arrived, left }) =>
      "the gradient came all the way back first. The loss was not a fifth below that of always answering 1 until "
      + `${trainingSteps(left - arrived)} later: it is not enough that the gradient arrives, the network has then to learn from it.`,
    together: () =>
      "the gradient came all the way back, and the loss fell a fifth below that of always answering 1 at about the same time. Which "
      + "of them was first, this run does not say.",
  };

  const ending = (watch) => ENDINGS[outcomeOf(watch)]?.(watch) ?? "";

  gradviz.crossing = { CROSSED, IN_A_ROW, LEFT_BELOW, Watch, verdict, ending };
})();
