"use strict";
/*
 * Shows one lesson at a time: the one that the address names, else the first.
 *
 * A lesson's script puts an object into gradviz.lessons:
 *   gradviz.lessons.NAME = { start(section), stop() }
 * start: once, when its figures are drawn for the first time.  stop (may be missing): whenever another lesson is
 * chosen, to pause what plays.
 *
 * The address says what is shown: of a lesson that is shown again it takes the settings, and drops those of the others.
 */
(function () {
  gradviz.lessons = gradviz.lessons ?? {};
  const started = new Set();
  let seen = null;
  let turn = Promise.resolve();

  const sections = () => [...document.querySelectorAll("[data-lesson]")];

  /** The new lesson begins at its top, and keys go on from there if what had the focus is hidden now. */
  function beginAtTop(chosen) {
    scrollTo(0, 0);
    if (document.activeElement.closest("[data-lesson]") !== null) chosen.querySelector("h1").focus({ preventScroll: true });
  }

  async function show(name) {
    const all = sections();
    const chosen = all.find((section) => section.dataset.lesson === name) ?? all[0];
    const chosenName = chosen.dataset.lesson;
    if (chosenName === seen) {
      gradviz.meetAddress(chosen);
      return;
    }
    const first = seen === null;
    if (!first) gradviz.lessons[seen].stop?.();
    seen = chosenName;
    for (const section of all) if (section !== chosen) gradviz.leaveAddress(section);
    for (const section of all) section.hidden = section !== chosen;
    for (const link of document.querySelectorAll("[data-lesson-link]")) {
      if (link.dataset.lessonLink === chosenName) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    if (all.length > 1) document.title = chosen.querySelector("h1").textContent;
    if (!first) beginAtTop(chosen);
    await gradviz.draw(chosen);
    if (started.has(chosenName)) gradviz.meetAddress(chosen);
    else {
      started.add(chosenName);
      await gradviz.lessons[chosenName].start(chosen);
      gradviz.tellOfTheEnd(chosen);
      for (const words of chosen.querySelectorAll(".says-row, [data-steady]")) gradviz.keepHeight(words);
    }
  }

  const showChosen = () => (turn = turn.then(() => show(gradviz.fragment("lesson"))));

  gradviz.starts = [...(gradviz.starts ?? []), function () {
    addEventListener("hashchange", showChosen);
    return showChosen();
  }];
})();
