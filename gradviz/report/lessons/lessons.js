"use strict";
/*
 * Shows one lesson at a time: the one that the address names, else the first.
 *
 * A lesson's script puts an object into gradviz.lessons:
 *   gradviz.lessons.NAME = { start(section), stop() }
 * start: once, when its figures are drawn for the first time.  stop (may be missing): whenever another lesson is
 * chosen, to pause what plays.
 */
(function () {
  gradviz.lessons = gradviz.lessons ?? {};
  const started = new Set();
  let seen = null;
  let turn = Promise.resolve();

  const sections = () => [...document.querySelectorAll("[data-lesson]")];

  async function show(name) {
    const all = sections();
    const chosen = all.find((section) => section.dataset.lesson === name) ?? all[0];
    const chosenName = chosen.dataset.lesson;
    if (chosenName === seen) return;
    if (seen !== null) gradviz.lessons[seen].stop?.();
    seen = chosenName;
    for (const section of all) section.hidden = section !== chosen;
    for (const link of document.querySelectorAll("[data-lesson-link]")) {
      if (link.dataset.lessonLink === chosenName) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    if (all.length > 1) document.title = chosen.querySelector("h1").textContent;
    await gradviz.draw(chosen);
    if (!started.has(chosenName)) {
      started.add(chosenName);
      await gradviz.lessons[chosenName].start(chosen);
    }
  }

  const showChosen = () => (turn = turn.then(() => show(gradviz.fragment("lesson"))));

  gradviz.starts = [...(gradviz.starts ?? []), function () {
    addEventListener("hashchange", showChosen);
    return showChosen();
  }];
})();
