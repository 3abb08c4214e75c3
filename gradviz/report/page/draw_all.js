"use strict";
// For a page whose figures are all seen at once.
gradviz.starts = [...(gradviz.starts ?? []), () => gradviz.draw(document.body)];
