"use strict";
// A text whose letters have colours and can be pointed at.
(function () {
  const SHOWN = { " ": "\u00a0\u200b", "\n": "⏎\u200b", "\t": "⇥\u200b" }; // after which a line may end
  /** A character that can be seen: one that has no width stands on, or becomes, a dotted circle. */
  function visible(character) {
    if (/^\p{M}$/u.test(character)) return `\u25cc${character}`;
    return SHOWN[character] ?? (/^[\p{C}\p{Z}]$/u.test(character) ? "\u25cc" : character);
  }

  /** How a sentence calls a character. @param {string} character @returns {string} */
  const nameOf = (character) => (character === " " ? "the space" : `“${visible(character)}”`);

  /**
   * @param {Element} place is emptied
   * @param {{preview: function(?number): void, hold: function(number): void}} told given the place of the letter
   *   over which the mouse is, null when it leaves the text; and of that which is clicked.  That after the last is
   *   the number of letters
   * @returns {{write: function(string[], function(string): boolean): void, colour: function(Object[], number): void}}
   */
  function colouredText(place, { preview, hold }) {
    let letters = [], written = [], coloured = [];
    place.replaceChildren();
    const withPlace = (tell) => function (event) {
      const letter = event.target.closest("[data-place]");
      if (letter) tell(Number(letter.dataset.place), event);
    };
    place.addEventListener("pointerover", withPlace((at, event) => event.pointerType === "mouse" && preview(at)));
    place.addEventListener("pointerleave", () => preview(null));
    place.addEventListener("click", withPlace(hold));
    return {
      /** Letters at the start that stay as they were are kept. @param {string[]} characters @param {function(string): boolean} known */
      write(characters, known) {
        let kept = 0;
        while (kept < Math.min(characters.length, written.length) && characters[kept] === written[kept]) kept++;
        for (const letter of letters.slice(kept)) letter.remove();
        const added = [...characters.slice(kept), "?"].map(function (character, k) {
          const next = kept + k === characters.length;
          const letter = document.createElement("span");
          letter.className = `letter${next ? " next-letter" : known(character) ? "" : " unknown-letter"}`;
          letter.dataset.place = kept + k;
          letter.textContent = visible(character);
          return letter;
        });
        place.append(...added);
        letters = [...letters.slice(0, kept), ...added];
        written = characters;
        coloured = coloured.filter((letter) => letter.isConnected);
      },
      /**
       * @param {{place: number, background: string, ink: string}[]} colours the others lose theirs
       * @param {number} predicted place of the letter that is marked
       */
      colour(colours, predicted) {
        for (const letter of coloured) {
          letter.style.background = letter.style.color = "";
          letter.classList.remove("read-letter", "predicted-letter");
        }
        for (const { place: at, background, ink } of colours) {
          letters[at].classList.add("read-letter");
          letters[at].style.background = background;
          letters[at].style.color = ink;
        }
        letters[predicted].classList.add("predicted-letter");
        coloured = [...colours.map(({ place: at }) => letters[at]), letters[predicted]];
      },
    };
  }

  gradviz.colouredText = colouredText;
  gradviz.nameOfCharacter = nameOf;
})();
