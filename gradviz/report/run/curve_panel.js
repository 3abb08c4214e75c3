"use strict";
/* The learning curve: raw values faint, their running median strong, the trivial predictor, a mark at the step. */
(function () {
  const METRIC = "loss", VALIDATION = "validation_loss";

  function curveOf(run, metric = METRIC) {
    const curve = run.curves[metric];
    return curve && !("missing" in curve) ? curve : null;
  }

  /** The trivial predictor of a run, or null if it has none or the axis no place for it. */
  function trivialOf(run, scale) {
    const { value } = run.baseline;
    return Number.isFinite(value) && (value > 0 || scale?.kind !== "log10") ? run.baseline : null;
  }

  /** Ends of the vertical axis, with room for the trivial predictors and their words. */
  function ends(scale, runs) {
    const isLog = scale.kind === "log10";
    const shown = runs.map((run) => trivialOf(run, scale)).filter((found) => found).map((found) => found.value);
    const low = Math.min(scale.low, ...shown), high = Math.max(scale.high, ...shown);
    if (!isLog) return { start: low - 0.05 * (high - low), end: high + 0.12 * (high - low) };
    return { start: low / (high / low) ** 0.05, end: high * (high / low) ** 0.12 };
  }

  /** Training steps at which values are not finite, and how many these are in words. */
  function lost(run, curve) {
    const steps = curve ? Array.from(curve.steps.values).filter((_, s) => !Number.isFinite(curve.values.values[s])) : [];
    if (steps.length === 0) return { steps, words: "" };
    const kept = curve.note ? "shown " : "";
    return { steps, words: `${gradviz.shortName(run)}: ${steps.length.toLocaleString("en")} of ${
      curve.steps.values.length.toLocaleString("en")} ${kept}values are not finite, the first at training step ${
      steps[0].toLocaleString("en")}` };
  }

  /** Crosses close to the top of the figure, where they are seen whole. */
  function drawLost(state) {
    const { start, end } = gradviz.model("learning_curve-y"), share = 0.96;
    const isLog = state.scales[`curve/${METRIC}`]?.kind === "log10";
    const top = isLog ? start * (end / start) ** share : start + share * (end - start);
    const found = state.runs.map((run) => lost(run, curveOf(run)));
    const steps = [...new Set(found.flatMap((each) => each.steps))];
    gradviz.update("learning_curve-lost", { step: steps, value: steps.map(() => top) });
    gradviz.captionIf("not-finite", steps.length > 0);
    const notes = new Set(state.runs.map((run) => curveOf(run)?.note ?? ""));
    gradviz.panelWords("learning_curve", [...found.map((each) => each.words), ...notes]);
  }

  function drawWhole(state) {
    const { iteration: scale, [`curve/${METRIC}`]: values } = state.scales;
    const room = 0.02 * (scale.high - scale.low); // a mark at the end is seen whole
    gradviz.model("learning_curve-x").setv({ start: scale.low - room, end: scale.high + room });
    if (values) gradviz.model("learning_curve-y").setv(ends(values, state.runs));
    const words = [];
    const meanings = { step: [], value: [], meaning: [] };
    state.runs.forEach((run, index) => {
      const curve = curveOf(run);
      if (!curve && run.curves[METRIC]) words.push(`${run.name}: ${run.curves[METRIC].how_to_get_it}`);
      const steps = curve ? Array.from(curve.steps.values) : [];
      const values = curve ? Array.from(curve.values.values) : [];
      gradviz.update(`learning_curve-raw-${index}`, { step: steps, value: values });
      gradviz.update(`learning_curve-median-${index}`, { step: steps, value: curve ? Array.from(curve.median.values) : [] });
      const validation = curveOf(run, VALIDATION);
      gradviz.update(`learning_curve-validation-${index}`, validation
        ? { step: Array.from(validation.steps.values), value: Array.from(validation.values.values) } : { step: [], value: [] });
      const trivial = trivialOf(run, state.scales[`curve/${METRIC}`]);
      gradviz.update(`learning_curve-baseline-${index}`, trivial
        ? { step: [scale.low, scale.high], value: [trivial.value, trivial.value] } : { step: [], value: [] });
      if (trivial && !meanings.meaning.includes(trivial.meaning)) {
        meanings.step.push((scale.low + scale.high) / 2);
        meanings.value.push(trivial.value);
        meanings.meaning.push(trivial.meaning);
      }
    });
    gradviz.update("learning_curve-meanings", meanings);
    gradviz.captionIf("validation", state.runs.some((run) => curveOf(run, VALIDATION)));
    gradviz.captionIf("baseline", meanings.meaning.length > 0);
    drawLost(state);
    gradviz.notice("learning_curve", words.join(" "));
  }

  function draw(state, changed) {
    if (changed === null || changed === "data") drawWhole(state);
    gradviz.model("learning_curve-mark").location = state.step;
    const points = { step: [], value: [] };
    for (const run of state.runs) {
      const curve = curveOf(run);
      if (!curve || curve.steps.values.length === 0) continue;
      const at = gradviz.lastUpTo(curve.steps.values, state.step);
      points.step.push(curve.steps.values[at]);
      points.value.push(curve.values.values[at]);
    }
    gradviz.update("learning_curve-point", points);
  }

  function csv(state) {
    const rows = [];
    for (const run of state.runs) {
      const curve = curveOf(run);
      curve?.steps.values.forEach((step, s) => rows.push([run.name, step, curve.values.values[s]]));
    }
    return { names: ["run", "step", METRIC], rows };
  }

  gradviz.runPanels = [...(gradviz.runPanels ?? []), { id: "learning_curve", draw, csv }];
})();
