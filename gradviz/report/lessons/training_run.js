/**
 * One training of the lesson: the network, what is kept of it, and what has happened.
 *
 * gradviz.trainingRun:
 *   new TrainingRun(settings)     settings as the lesson's controls give them: cell, time, units, rate, clip, seed
 *     .step()                     one training step
 *     .steps, .end, .extend()     training steps done, and those at which the axis ends, which can be doubled
 *     .example()                  the first sequence of the last batch: { first, second, answer }
 *   nameOf(settings, others)      what a run is called beside another one: its cell and whatever differs
 */
"use strict";

(() => {
  const gradviz = (globalThis.gradviz ??= {});

  const BATCH = 16;
  const AXIS = 700; // training steps, and the most columns of the heatmap
  const MOST_STEPS = 8 * AXIS;

  class TrainingRun {
    constructor(settings) {
      const { cell, time, units, rate, clip, seed } = settings;
      this.settings = { ...settings };
      this.training = new gradviz.training.AddingTraining({
        cell,
        time,
        units,
        batch: BATCH,
        learningRate: Number(rate),
        clip: clip === "none" ? Infinity : Number(clip),
        seed,
      });
      const scale = gradviz.trainingHistory.scaleOf(time);
      this.history = new gradviz.trainingHistory.TrainingHistory({ time, ...scale, columns: AXIS });
      this.watch = new gradviz.crossing.Watch();
      this.end = AXIS;
    }

    get steps() {
      return this.watch.steps;
    }

    get finished() {
      return this.steps >= MOST_STEPS;
    }

    extend() {
      this.end = Math.min(MOST_STEPS, 2 * this.end);
    }

    step() {
      const { loss, log10GradState } = this.training.step();
      this.history.add(loss, log10GradState);
      this.watch.add(log10GradState, loss, trivialLoss(this.training.task.targets));
    }

    example() {
      const { task, outputs } = this.training;
      const number = (t) => task.x[t * task.batch * 2];
      return { first: number(task.first[0]), second: number(task.second[0]), answer: outputs[0] };
    }
  }

  /** Mean squared error of always answering 1. */
  function trivialLoss(targets) {
    let sum = 0;
    for (const target of targets) sum += (target - 1) ** 2;
    return sum / targets.length;
  }

  const LABELS = { rnn: "RNN", lstm: "LSTM", gru: "GRU" };
  const WORDS = {
    time: (value) => `${value} time steps`,
    units: (value) => `${value} units`,
    rate: (value) => `learning rate ${value}`,
    clip: (value) => (value === "none" ? "not clipped" : `clipped at ${value}`),
    seed: (value) => `seed ${value}`,
  };

  function nameOf(settings, others) {
    const differing = Object.keys(WORDS).filter((key) => settings[key] !== others[key]);
    return [LABELS[settings.cell], ...differing.map((key) => WORDS[key](settings[key]))].join(", ");
  }

  gradviz.trainingRun = { TrainingRun, nameOf, LABELS, AXIS, MOST_STEPS };
})();
