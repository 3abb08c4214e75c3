"use strict";
/*
 * What a run's page shows at the moment, and the panels that show it.
 *
 * gradviz.runPanels: every panel is an object
 *   { id, draw(state, changed), csv(state) -> {names, rows} }
 * draw is called at the start (changed: null), and whenever a setting has changed (its name).
 *
 * state: { runs, scales, marks, places,      the data, decoded
 *          step,                             the chosen training step
 *          run, place, quantity, ... }       indices into runs and places, a variable, and the other settings
 */
(function () {
  gradviz.runPanels = gradviz.runPanels ?? [];
  let state = null;
  let settings = null;
  let player = null;
  const failed = new Set(); // panels that could not be drawn when last they were asked

  const bar = () => document.querySelector("[data-bar]");
  const slider = () => document.querySelector("input[name=step]");

  /** Data of the chosen place of a run, or null. */
  gradviz.placeOf = function (run, place) {
    return run.places.find((p) => p.module === place[0] && p.layer === place[1] && p.direction === place[2]) ?? null;
  };

  /** A training step that is shown, and why it is not the chosen one if it is another, in words. */
  gradviz.stepInWords = function (shown, chosen) {
    const words = `training step ${shown.toLocaleString("en")}`;
    if (shown === chosen) return words;
    return `${words} (${shown > chosen ? "the first one here" : `the last one here up to ${chosen.toLocaleString("en")}`})`;
  };

  /** Training steps of all runs, ascending, without repetition. */
  function allSteps(runs) {
    return [...new Set(runs.flatMap((run) => [...run.steps.values]))].sort((a, b) => a - b);
  }

  /** Say in a panel what is missing; an empty text says nothing and shows the panel's figures. */
  gradviz.notice = function (panel, text) {
    const place = document.querySelector(`[data-notice="${panel}"]`);
    if (!place) return;
    place.hidden = text === "";
    place.textContent = text;
  };

  /** Show the part of a caption that tells of something which not every run has, or hide it. */
  gradviz.captionIf = (name, isThere) => (document.querySelector(`[data-caption="${name}"]`).hidden = !isThere);

  gradviz.runState = () => state;

  /** Choose a training step, a place, a run or any other setting. */
  gradviz.choose = function (name, value) {
    if (name === "step") settings.set("step", state.steps.indexOf(state.steps[gradviz.lastUpTo(state.steps, value)]));
    else settings.set(name, value);
  };

  /** Draw a panel; one that fails says so, and the others, the slider and a run that goes on are not stopped. */
  function drawPanel(panel, changed) {
    const failedBefore = failed.has(panel.id);
    if (failedBefore) gradviz.notice(panel.id, "");
    try {
      panel.draw(state, failedBefore ? "data" : changed); // what failed is drawn whole
      failed.delete(panel.id);
    } catch (error) {
      if (!failedBefore) console.error(`panel ${panel.id}`, error);
      failed.add(panel.id);
      const body = document.querySelector(`[data-body="${panel.id}"]`);
      if (body) body.hidden = true;
      gradviz.notice(panel.id, "This panel could not be drawn.");
    }
  }

  function show(changed) {
    const words = state.steps.length ? `training step ${state.step.toLocaleString("en")}` : "no training step";
    document.querySelector("[data-step]").textContent = words;
    slider().setAttribute("aria-valuetext", words);
    for (const panel of gradviz.runPanels) drawPanel(panel, changed);
  }

  function changed(values, name) {
    const step = state.steps[values.step] ?? 0;
    state = { ...state, ...values, step, run: Number(values.run), place: Number(values.place) };
    show(name);
  }

  /** Whether the newest training step is shown. @returns {boolean} */
  gradviz.runAtEnd = () => state.steps.length === 0 || state.step === state.steps.at(-1);

  /**
   * Take new data, as of a run that goes on.  If the newest training step is shown, it goes on to be shown.
   * @param {object} data as gradviz.data
   */
  gradviz.takeRunData = async function (data) {
    const found = await gradviz.decoded({ runs: data.runs, scales: data.scales, marks: data.marks, places: data.places });
    const isFirst = state === null;
    const step = isFirst || gradviz.runAtEnd() ? Infinity : state.step;
    state = { ...(state ?? {}), ...found, steps: allSteps(found.runs) };
    slider().max = String(Math.max(0, state.steps.length - 1));
    slider().defaultValue = slider().max; // an address without a step means the newest
    if (isFirst) return;
    const index = gradviz.lastUpTo(state.steps, step);
    slider().value = String(index);
    gradviz.setFragment({ step: step === Infinity ? null : String(index) }); // without one a page begins at the end
    state.step = state.steps[index] ?? 0;
    show("data");
  };

  function play() {
    const button = document.querySelector("[data-play]");
    let rest = 0;
    player = gradviz.player(button, function (elapsed) {
      const index = Number(slider().value);
      const atEnd = index >= state.steps.length - 1;
      rest += elapsed;
      const perStep = Math.max(40, 8000 / Math.max(1, state.steps.length)); // a whole training takes 8 s, or longer
      if (rest < perStep) return true;
      const next = Math.min(state.steps.length - 1, index + Math.max(1, Math.floor(rest / perStep)));
      rest = 0;
      settings.set("step", next);
      return !atEnd;
    });
    button.addEventListener("click", () => {
      if (player.playing() && Number(slider().value) >= state.steps.length - 1) settings.set("step", 0);
    });
  }

  function offerCsv() {
    for (const button of document.querySelectorAll("[data-csv]")) {
      button.addEventListener("click", function () {
        const panel = gradviz.runPanels.find((each) => each.id === button.dataset.csv);
        const { names, rows } = panel.csv(state);
        gradviz.download(`${panel.id}.csv`, gradviz.csv(names, rows));
      });
    }
  }

  gradviz.starts = [...(gradviz.starts ?? []), async function () {
    await gradviz.takeRunData(gradviz.data);
    if (gradviz.fragment("step") === null) slider().value = slider().max;
    await gradviz.draw(document.body);
    settings = gradviz.settings(document.body, changed);
    addEventListener("hashchange", () => gradviz.meetAddress(document.body)); // as from a link to this page
    play();
    offerCsv();
  }];
})();
