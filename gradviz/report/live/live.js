"use strict";
/* Asks the page's own server for what is new in the run, and shows it. */
(function () {
  const PAUSE = 1000; // milliseconds between two questions
  const CHANGING = ["findings-heading", "heading-attributes"];
  const { shape } = gradviz.data;
  let version = gradviz.data.version;
  let wake = null;
  let failed = false; // whether the newest data could not be shown

  function say(words) {
    const place = document.querySelector("[data-live]");
    if (place.textContent !== words) place.textContent = words;
  }

  const sectionOf = (root, heading) => root.querySelector(`section[aria-labelledby="${heading}"]`);
  const focusable = (root) => [...root.querySelectorAll("a, summary")];

  /** Put a section in the place of an older one; what was open stays open, what had the focus keeps it. */
  function replaceSection(before, after) {
    const open = [...before.querySelectorAll("details")].map((each) => each.open);
    after.querySelectorAll("details").forEach((each, index) => (each.open = open[index] ?? each.open));
    const focused = focusable(before).indexOf(document.activeElement);
    before.replaceWith(after);
    focusable(after)[focused]?.focus({ preventScroll: true });
  }

  const shown = new Map();

  /** Take the sections of a body that change while a run goes on. @param {string} body HTML, escaped by the server */
  function takeBody(body) {
    const found = new DOMParser().parseFromString(body, "text/html");
    for (const heading of CHANGING) {
      const after = sectionOf(found, heading);
      if (shown.get(heading) === after.outerHTML) continue;
      shown.set(heading, after.outerHTML);
      replaceSection(sectionOf(document, heading), document.importNode(after, true));
    }
  }

  /** Load the page again, with the same settings; a slider that stood at the end will stand there again. */
  function loadAgain() {
    if (gradviz.runAtEnd?.()) gradviz.setFragment({ step: null });
    location.reload();
  }

  /**
   * @param {{version: string, shape: string, words: string, data: object, body: string}} found
   * @returns {Promise<boolean>} whether the page stays
   */
  async function take(found) {
    say(failed ? `${found.words} Its newest data could not be shown.` : found.words);
    if (found.version === version) return true;
    if (found.shape !== shape) {
      loadAgain();
      return false;
    }
    version = found.version; // what cannot be shown is not asked for again
    try {
      await showNew(found);
      failed = false;
    } catch (error) {
      console.error(error);
      failed = true;
    }
    return true;
  }

  async function showNew({ data, body }) {
    if (!gradviz.takeRunData) return;
    await gradviz.takeRunData(data);
    takeBody(body);
  }

  async function ask() {
    try {
      const answer = await fetch(`data?since=${encodeURIComponent(version)}`, { cache: "no-store" });
      if (answer.ok) return await answer.json();
    } catch {
      // no answer, or half of one
    }
    return null;
  }

  const pause = () => new Promise(function (done) {
    wake = done;
    setTimeout(done, PAUSE);
  });

  async function goOn() {
    for (;;) {
      const found = await ask();
      if (found === null) say("The connection to gradviz watch is lost; trying again.");
      else if (!(await take(found))) return;
      await pause();
    }
  }

  document.addEventListener("visibilitychange", () => wake?.());
  gradviz.starts = [...(gradviz.starts ?? []), () => void goOn()];
})();
