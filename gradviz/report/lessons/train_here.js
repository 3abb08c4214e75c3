"use strict";
/*
 * gradviz.lessons.train_here.advance(n) makes n training steps and draws them once, for films and tests.
 */
(function () {
  const { TrainingRun, nameOf, LABELS } = gradviz.trainingRun;
  const SLICE = 12; // ms of training, after which the browser may draw and listen
  const DRAW_EVERY = 85; // ms
  const SAY_EVERY = 500; // ms
  const SHORTEST = 21; // training steps of a run that is worth comparing with
  const lesson = (gradviz.lessons.train_here = {});

  const number = (value, digits = 2) => (Number.isFinite(value) ? value.toFixed(digits).replace("-", "\u2212") : "not a number");
  const count = (value) => value.toLocaleString("en");

  const SUPERSCRIPTS = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079";
  /** @param {number} exponent a whole number below 0 */
  const powerOfTen = (exponent) => `10\u207b${[...String(-exponent)].map((digit) => SUPERSCRIPTS[digit]).join("")}`;
  const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  function start(section) {
    const find = (name) => section.querySelector(`[data-${name}]`);
    let run = null, before = null;
    let drawn = 0, said = 0;
    let working = false;
    let speed = null; // { from: ms, steps, rate }

    /** Trains slice after slice, without waiting for the browser's next picture, for as long as it plays and is seen. */
    function work() {
      working = player.playing() && run.steps < run.end && !document.hidden;
      if (!working) return;
      const until = performance.now() + SLICE;
      while (run.steps < run.end && performance.now() < until) run.step();
      channel.port2.postMessage(null);
    }

    const channel = new MessageChannel(); // its messages come at once, those of setTimeout after 4 ms
    channel.port1.onmessage = work;

    function draw() {
      gradviz.trainingPictures.draw(run, before);
      drawn = performance.now();
      sayNumbers();
    }

    /** Numbers that change with every picture: not read aloud. */
    function sayNumbers() {
      const { steps } = run;
      find("count").textContent = count(steps);
      if (drawn - said < SAY_EVERY && player.playing()) return;
      said = drawn;
      find("speed").textContent = speed?.rate && player.playing() ? `, ${count(Math.round(speed.rate))} a second` : "";
      find("example").textContent = steps === 0 ? "" : exampleOf(run);
      find("marks").textContent = notesOf(run);
      sayVerdict();
    }

    /** Said aloud when it changes: when something has happened. */
    function sayVerdict() {
      const { sentence } = gradviz.crossing.verdict(run.watch);
      if (find("says").textContent !== sentence) find("says").textContent = sentence;
      const ending = gradviz.crossing.ending(run.watch);
      if (ending !== "") find("ending").textContent = ending;
      find("seen").hidden = ending === "";
    }

    function measureSpeed(now) {
      if (speed === null) speed = { from: now, steps: run.steps, rate: null };
      else if (now - speed.from > 1000) {
        speed = { from: now, steps: run.steps, rate: (run.steps - speed.steps) / ((now - speed.from) / 1000) };
      }
    }

    const player = gradviz.player(find("play"), function () {
      if (!working) work();
      const now = performance.now();
      measureSpeed(now);
      const goesOn = run.steps < run.end;
      if (now - drawn > DRAW_EVERY || !goesOn) draw();
      if (!goesOn) setTimeout(settle);
      return goesOn;
    });

    /** What is seen when nothing plays. */
    function settle() {
      find("play").disabled = find("step").disabled = run.finished;
      speed = null;
      draw();
    }

    /** More of the axis, once its end is reached. */
    function makeRoom() {
      if (run.steps >= run.end) run.extend();
    }

    function begin(settings) {
      if (run !== null && run.steps >= SHORTEST && !isSame(run.settings, settings)) before = run;
      run = new TrainingRun(settings);
      gradviz.trainingPictures.colourLines(run, before);
      sayNames();
      const { low, high } = run.history;
      find("low").textContent = powerOfTen(low);
      find("high").textContent = powerOfTen(high);
      settle();
    }

    function sayNames() {
      const { cell } = run.settings;
      find("name").textContent = LABELS[cell];
      find("name").className = cell;
      find("comparison").hidden = before === null;
      if (before === null) return;
      find("before").textContent = nameOf(before.settings, run.settings);
      find("before").className = before.settings.cell;
      find("before-steps").textContent = count(before.steps);
      find("before-says").textContent = gradviz.crossing.verdict(before.watch).sentence;
    }

    lesson.advance = function (steps) {
      for (let k = 0; k < steps; k++) {
        makeRoom();
        if (!run.finished) run.step();
      }
      settle();
    };
    lesson.stop = function () {
      player.pause();
      settle();
    };
    Object.defineProperty(lesson, "run", { get: () => run, configurable: true });

    // After the player's own listener, and before its first frame.
    find("play").addEventListener("click", () => (player.playing() ? makeRoom() : settle()));
    find("step").addEventListener("click", function () {
      player.pause();
      lesson.advance(1);
    });
    find("ramp").style.background = ramp(gradviz.model("train_here-cells-colours").palette);
    const settings = gradviz.settings(section, (values) => begin(values));
    find("again").addEventListener("click", () => begin(settings.values()));
    gradviz.onTheme(() => gradviz.trainingPictures.colourLines(run, before));
  }

  function exampleOf(run) {
    const { first, second, answer } = run.example();
    return `One of its last sequences: ${number(first)} + ${number(second)} = ${number(first + second)}; it answered ${number(answer)}.`;
  }

  function notesOf({ history }) {
    const { zero, underflow, notFinite, below } = history.marks();
    const notes = [
      [zero, "exactly zero"], [underflow, "below float range"], [notFinite, "not finite"],
    ].filter(([cells]) => cells > 0).map(([cells, meaning]) => `${count(cells)} cell${cells === 1 ? "" : "s"} ${meaning}`);
    if (below > 0) notes.push(`black where it is below ${powerOfTen(history.low)}`);
    if (history.stride > 1) notes.push(`one column for every ${history.stride} training steps`);
    return notes.length ? `Heatmap: ${notes.join("; ")}.` : "";
  }

  /** The colours of the scale, from little to much. @param {string[]} palette of all codes */
  function ramp(palette) {
    const colours = Array.from({ length: 26 }, (_, k) => palette[Math.min(249, 10 * k)]);
    return `linear-gradient(to right, ${colours.map(css).join(", ")})`;
  }

  /** A colour of bokeh, a text or a whole number, as in a style sheet. */
  const css = (colour) => (typeof colour === "number" ? `#${(colour >>> 8).toString(16).padStart(6, "0")}` : colour);

  lesson.start = start;
})();
