"use strict";
/**
 * Words that change while a setting is changed do not move what lies below them up and down: an element that was once
 * as high keeps its height, until the width of the page changes.
 * @param {Element} element
 */
gradviz.keepHeight = function (element) {
  let width = 0, most = 0;
  new ResizeObserver(function () {
    let now = element.getBoundingClientRect();
    if (now.width === 0) return; // hidden
    if (now.width !== width) {
      [width, most] = [now.width, 0];
      element.style.minHeight = "";
      now = element.getBoundingClientRect();
    }
    if (now.height <= most) return;
    most = now.height;
    element.style.minHeight = `${most}px`;
  }).observe(element);
};
