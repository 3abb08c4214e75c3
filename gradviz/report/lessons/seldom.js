"use strict";
/**
 * For sentences that are read aloud: passes words on at once, and then at most twice a second, the last ones always.
 * @param {function(string): void} tell
 * @returns {function(string): void}
 */
gradviz.seldom = function (tell) {
  const PAUSE = 500; // milliseconds
  let timer = null, latest = null, before = -Infinity;
  const now = function () {
    timer = null;
    before = performance.now();
    tell(latest);
  };
  return function (words) {
    latest = words;
    if (timer !== null) return;
    const wait = before + PAUSE - performance.now();
    if (wait <= 0) now();
    else timer = setTimeout(now, wait);
  };
};
