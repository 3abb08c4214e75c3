"use strict";
(function () {
  const { steps: STEPS, write: WRITE, does: DOES, hardly: HARDLY } = gradviz.data.lessons.step_through;
  const GATES = ["f", "i", "o", "g"];
  const LEAST = 0.2; // of a candidate that is to be kept, and of the noise beside it
  const ALL = 2 * STEPS + 1; // where the walk is when all steps are shown at once
  const MILLISECONDS = 900; // of one step of the walk
  const sub = (t) => "₀₁₂₃₄₅₆₇₈₉"[t];

  /**
   * Forward and back along the cell line; index 0 of every array is step 1.
   * @param {{f: number[], i: number[], o: number[], g: number[]}} gates each (steps)
   * @param {"h" | "c"} reads what the loss is, at the last step
   * @returns {{c: number[], h: number[], delta: number[], product: number[]}} delta: dL/dc_t; product: of the
   *   forget gates after step t, which is dc_last/dc_t
   */
  function passThrough({ f, i, o, g }, reads) {
    const c = [], h = [], delta = [], product = [];
    for (let t = 0; t < STEPS; t++) {
      c[t] = f[t] * (t ? c[t - 1] : 0) + i[t] * g[t];
      h[t] = o[t] * Math.tanh(c[t]);
    }
    const last = STEPS - 1;
    delta[last] = reads === "h" ? o[last] * (1 - Math.tanh(c[last]) ** 2) : 1;
    product[last] = 1;
    for (let t = last - 1; t >= 0; t--) {
      delta[t] = f[t + 1] * delta[t + 1];
      product[t] = f[t + 1] * product[t + 1];
    }
    return { c, h, delta, product };
  }

  /** What of task 1 is done. @returns {{words: string, done: boolean}[]} */
  function checks({ o, g }, { c, h }) {
    const w = WRITE - 1, last = STEPS - 1;
    const written = Math.abs(c[w] - g[w]) <= HARDLY * Math.abs(g[w]) && Math.abs(g[w]) >= LEAST;
    const kept = c.slice(w).map((value) => value / c[w]);
    const farthest = Math.max(...c.slice(w).map((value) => Math.abs(value - c[w])));
    const loudest = Math.max(...h.slice(0, last).map(Math.abs));
    const quiet = g.filter((value, t) => t !== w && Math.abs(value) < LEAST).length;
    return [
      { words: `written: c₂ = ${shown(c[w])}, its candidate is ${shown(g[w])}`, done: written },
      { words: `kept: c₈ = ${shown(c[last])}, and on the way c is at most ${shown(farthest)} from c₂`, done: written && kept.every((k) => Math.abs(k - 1) <= HARDLY) },
      { words: `silent: until step 7, |h| is at most ${shown(loudest)}`, done: loudest <= HARDLY },
      { words: `shown: h₈ = ${shown(h[last])}, tanh c₈ = ${shown(Math.tanh(c[last]))}`, done: o[last] >= DOES && Math.abs(c[last]) > HARDLY },
      { words: quiet ? "noise: the other steps' candidates must not be near 0" : "noise: the other steps' candidates are not near 0", done: quiet === 0 },
    ];
  }

  /** A number with few digits, never "-0.00"; `exponentOnly` where there is little room. */
  function shown(value, exponentOnly = false) {
    const size = Math.abs(value), sign = value < 0 ? "\u2212" : "";
    if (size === 0 || size >= 0.005) return sign + size.toFixed(2);
    if (size >= 0.0005) return sign + size.toFixed(3);
    const exponent = Math.floor(Math.log10(size));
    const power = `10\u207b${[...String(-exponent)].map((digit) => "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"[digit]).join("")}`;
    return sign + (exponentOnly ? power : `${(size / 10 ** exponent).toFixed(1)}·${power}`);
  }

  const forwardWords = ({ f, i, o, g }, { c, h }, t) =>
    `c${sub(t + 1)} = f${sub(t + 1)} c${sub(t)} + i${sub(t + 1)} g${sub(t + 1)} = ${shown(f[t])} · ${shown(t ? c[t - 1] : 0)} + ${shown(i[t])} · `
    + `${shown(g[t])} = ${shown(c[t])};  h${sub(t + 1)} = o${sub(t + 1)} tanh c${sub(t + 1)} = ${shown(o[t])} · ${shown(Math.tanh(c[t]))} = ${shown(h[t])}.`;

  function backWords({ f, o }, { c, delta }, t, reads) {
    if (t < STEPS - 1) {
      return `δc${sub(t + 1)} = f${sub(t + 2)} δc${sub(t + 2)} = ${shown(f[t + 1])} · ${shown(delta[t + 1])} = ${shown(delta[t])}.`;
    }
    if (reads === "c") return "δc₈ = 1: the loss is c₈ itself.";
    return `δc₈ = o₈ (1 − tanh² c₈) = ${shown(o[t])} · ${shown(1 - Math.tanh(c[t]) ** 2)} = ${shown(delta[t])}.`;
  }

  /** How far a number of two digits may be from a value from 0 to 1. */
  function halfADigit(value) {
    return value === 0 ? 0 : Math.min(0.005, 0.5 * 10 ** (Math.floor(Math.log10(value)) - 1)) * (1 + 1e-9);
  }

  /** Where the walk is. */
  function walked(pass) {
    if (pass === ALL) return "all steps";
    return pass <= STEPS ? `forward, step ${pass}` : `back, step ${ALL - pass}`;
  }

  /** What happens at one step, or at the step whose gate has been moved. @param {?number} column of that step, from 0 */
  function explained(gates, states, { pass, reads }, column) {
    if (column !== null) {
      return `Step ${column + 1}: ${forwardWords(gates, states, column)} ${backWords(gates, states, column, reads)}`;
    }
    if (pass === ALL) return "All steps are shown. Drag a gate, or walk through them one by one.";
    if (pass <= STEPS) return `Forward, step ${pass}: ${forwardWords(gates, states, pass - 1)}`;
    return `Back, step ${ALL - pass}: ${backWords(gates, states, 2 * STEPS - pass, reads)}`;
  }

  /** What a guess of dc_8/dc_2 deserves to hear. @returns {{words: string, right: boolean}} */
  function verdict(text, { f }, { delta, product }, reads) {
    if (text === "") return { words: "Type a number. Which gates stand between c₂ and c₈?", right: false };
    const guess = Number(text), truth = product[WRITE - 1];
    const near = (value) => Math.abs(guess - value) <= halfADigit(value);
    if (near(truth)) {
      const factors = f.slice(WRITE).map((gate) => shown(gate)).join(" · ");
      return { words: `Right: f₃ f₄ f₅ f₆ f₇ f₈ = ${factors} = ${shown(truth)}.`, right: true };
    }
    if (near(truth * f[WRITE - 1])) return { words: "Almost: f₂ stands before c₂, so it is not on the way.", right: false };
    if (near(truth / f[STEPS - 1])) return { words: "Almost: f₈ is on the way too, between c₇ and c₈.", right: false };
    if (reads === "h" && near(delta[WRITE - 1])) return { words: "That is ∂h₈/∂c₂: it goes through o₈ and tanh as well.", right: false };
    if (Math.abs(guess - truth) < 0.1 * truth) return { words: "Close: give it with two digits that are right.", right: false };
    return { words: "Not with these gates. Walk from c₂ to c₈: what multiplies c at each step?", right: false };
  }

  let player = null;

  function start(section) {
    const find = (name) => section.querySelector(`[data-${name}]`);
    const say = gradviz.seldom((words) => { find("says").textContent = words; });
    const judge = gradviz.seldom((words) => { find("verdict").textContent = words; });
    const pass = section.querySelector("[name=pass]"), guess = section.querySelector("[name=guess]");
    let column = null; // of the gate that was dragged last

    /** The step whose gate is moved is explained, and all steps are shown. */
    function endWalk(values) {
      if (values.pass === ALL) return;
      player.pause();
      values.pass = ALL;
      pass.value = String(ALL);
      gradviz.setFragment({ pass: null });
    }

    const settings = gradviz.settings(section, function (values, changed) {
      const gates = Object.fromEntries(GATES.map((gate) => [gate, Array.from({ length: STEPS }, (_, t) => values[gate + (t + 1)])]));
      const states = passThrough(gates, values.reads);
      if (changed === "pass") column = null;
      if (/^[fiog]\d$/.test(changed ?? "")) {
        column = Number(changed[1]) - 1;
        endWalk(values);
      }
      const at = column ?? (values.pass === ALL ? null : values.pass <= STEPS ? values.pass - 1 : 2 * STEPS - values.pass);
      const ahead = stillAhead(values.pass);
      gradviz.stepThrough.draw(section, gates, states, { pass: values.pass, ahead, at, shown: (value) => shown(value, true) });
      pass.setAttribute("aria-valuetext", walked(values.pass));
      find("walked").textContent = walked(values.pass);
      say(explained(gates, states, values, column));
      const done = checks(gates, states);
      list(find("checks"), done);
      list(find("checks-short"), done.map(({ words, done }) => ({ words: words.split(":")[0], done })));
      const { words, right } = verdict(guess.value, gates, states, values.reads);
      judge(words);
      chart(find("zeros"), states, ahead);
      find("seen").hidden = !(right && done.every((check) => check.done));
    });

    let waited = 0;
    player = gradviz.player(find("walk"), function (milliseconds) {
      waited += milliseconds;
      if (waited < MILLISECONDS) return true;
      waited = 0;
      settings.set("pass", settings.values().pass + 1);
      return settings.values().pass < 2 * STEPS;
    });
    find("walk").addEventListener("click", function () {
      if (player.playing() && settings.values().pass >= 2 * STEPS) settings.set("pass", 1);
      waited = 0;
    });
    find("again").addEventListener("click", function () {
      player.pause();
      for (const control of section.querySelectorAll("input[name], select[name]")) {
        const first = control.defaultValue ?? [...control.options].find((option) => option.defaultSelected).value;
        if (control.value !== first) settings.set(control.name, first);
        gradviz.setFragment({ [control.name]: null });
      }
      settings.set("pass", ALL);
      gradviz.setFragment({ pass: null });
    });
  }

  function list(place, items) {
    place.replaceChildren(...items.map(({ words, done }) => {
      const item = document.createElement("li");
      item.className = done ? "done" : "";
      item.textContent = `${done ? "✓" : "○"} ${words}`;
      return item;
    }));
  }

  /** How many of the first steps the way back has not come to yet. */
  const stillAhead = (pass) => (pass <= STEPS ? STEPS : Math.max(0, 2 * STEPS - pass));

  /** The gradient on a log scale, where the way back has come to; steps where it is exactly 0 are marked at the bottom. */
  function chart(zeros, { delta, product }, ahead) {
    const points = (values) => {
      const kept = values.map((value, t) => [t + 1, Math.log10(value)]).filter(([, log10]) => Number.isFinite(log10));
      return { step: kept.map(([step]) => step), log10: kept.map(([, log10]) => log10) };
    };
    const reached = ({ step, log10 }) => ({ step: step.filter((t) => t > ahead), log10: log10.filter((_, k) => step[k] > ahead) });
    const lowest = Math.floor(Math.min(-3, ...points(delta).log10, ...points(product).log10));
    gradviz.model("step_through-gradient-y").setv({ start: lowest * 1.06, end: 0.3 });
    gradviz.update("step_through-delta", reached(points(delta)));
    gradviz.update("step_through-product", reached(points(product)));
    const none = delta.map((value, t) => [t + 1, value]).filter(([step, value]) => value === 0 && step > ahead).map(([step]) => step);
    gradviz.update("step_through-zero", { step: none, log10: none.map(() => lowest) });
    zeros.textContent = none.length ? `× exactly 0 at step${none.length > 1 ? "s" : ""} ${none.join(", ")}.` : "";
  }

  gradviz.lessons = gradviz.lessons ?? {};
  gradviz.lessons.step_through = { start, stop: () => player?.pause() };
})();
