"use strict";
/**
 * A button that plays and pauses.
 * @param {HTMLButtonElement} button with data-play and data-pause, its two inscriptions
 * @param {function(number): boolean} frame called once for each picture with the milliseconds since the one
 *   before; false ends the playing
 * @returns {{play: function(): void, pause: function(): void, playing: function(): boolean}}
 */
gradviz.player = function (button, frame) {
  let request = null;
  let before = 0;
  const show = function () {
    button.setAttribute("aria-pressed", String(request !== null));
    button.textContent = request === null ? button.dataset.play ?? "Play" : button.dataset.pause ?? "Pause";
  };
  const tick = function (now) {
    const goesOn = frame(Math.min(now - before, 250));
    before = now;
    if (request === null) return; // paused by the frame itself
    request = goesOn ? requestAnimationFrame(tick) : null;
    if (!goesOn) show();
  };
  const player = {
    play() {
      if (request !== null) return;
      before = performance.now();
      request = requestAnimationFrame(tick);
      show();
    },
    pause() {
      if (request !== null) cancelAnimationFrame(request);
      request = null;
      show();
    },
    playing: () => request !== null,
  };
  button.addEventListener("click", () => (player.playing() ? player.pause() : player.play()));
  show();
  return player;
};
