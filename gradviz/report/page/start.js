"use strict";
// The last script: what the page's own scripts have put into gradviz.starts begins now.
gradviz.ready = (async function () {
  for (const start of gradviz.starts ?? []) await start();
  document.documentElement.dataset.ready = "true";
})();
