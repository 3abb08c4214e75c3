"use strict";
// On paper the page keeps the width of its window, since the figures have it too, and is made smaller as a whole.
(function () {
  const PAPER = 690; // CSS pixels between the margins of a sheet, A4 or Letter

  addEventListener("beforeprint", function () {
    const width = document.body.offsetWidth;
    const { style } = document.documentElement;
    style.setProperty("--printed-width", `${width}px`);
    style.setProperty("--printed-zoom", Math.min(1, PAPER / width));
  });
})();
