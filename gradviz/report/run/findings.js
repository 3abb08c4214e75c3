"use strict";
/* A finding is a link to its evidence: it chooses the place and the training step, and shows the panel. */
(function () {
  function follow(link, state) {
    const { run, evidence } = JSON.parse(link.dataset.evidence);
    gradviz.choose("run", run);
    const place = state.places.findIndex((p) => p[0] === evidence.module && (evidence.layer === null || p[1] === evidence.layer)
      && (evidence.direction === null || p[2] === evidence.direction));
    if (place >= 0) gradviz.choose("place", place);
    if (evidence.step !== null) gradviz.choose("step", evidence.step);
    if (evidence.gate !== null && document.querySelector("select[name=gate]")) gradviz.choose("gate", evidence.gate);
    const panel = document.getElementById(`panel-${evidence.panel}`);
    panel.scrollIntoView({ block: "start" });
    panel.focus({ preventScroll: true });
  }

  gradviz.starts = [...(gradviz.starts ?? []), function () {
    document.addEventListener("click", function (event) { // of a run that goes on the links change
      const link = event.target.closest("[data-evidence]");
      if (!link) return;
      event.preventDefault();
      follow(link, gradviz.runState());
    });
  }];
})();
