"use strict";
/**
 * Beside the sentence that says what is ([data-says]), a badge as long as the end of the lesson ([data-seen]), which
 * may lie below the window, is shown: a button that leads there.
 * @param {Element} section of a lesson; one without both parts has no badge
 */
gradviz.tellOfTheEnd = function (section) {
  const says = section.querySelector("[data-says]"), end = section.querySelector("[data-seen]");
  if (says === null || end === null) return;
  const row = document.createElement("div"), place = document.createElement("span"), badge = document.createElement("button");
  row.className = "says-row";
  place.className = "end-badge";
  place.setAttribute("role", "status");
  badge.type = "button";
  badge.dataset.endBadge = "";
  badge.textContent = "That is it \u2193";
  badge.title = "What one should have seen";
  says.replaceWith(row);
  row.append(says, place);
  end.tabIndex = -1;
  badge.addEventListener("click", function () {
    end.scrollIntoView({ block: "center" });
    end.focus({ preventScroll: true });
  });

  // put in and taken out, not hidden: then it is read aloud when it comes
  const follow = () => (end.hidden ? badge.remove() : place.append(badge));
  new MutationObserver(follow).observe(end, { attributes: true, attributeFilter: ["hidden"] });
  follow();
};
