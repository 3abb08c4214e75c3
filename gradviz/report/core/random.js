/**
 * A seeded generator of random numbers: the same numbers from the same seed in every browser.
 *
 * gradviz.random:
 *   new Random(seed)                          seed: a whole number from 0 to 2³² - 1
 *     .uniform()                              from [0, 1), with 53 random bits
 *     .normal()                               from N(0, 1)
 *     .below(n)                               a whole number from 0 to n - 1
 *     .fillUniform(array, low, high)          every element of a Float64Array
 *     .fillNormal(array)
 *
 * References
 *   xoshiro128**: Blackman and Vigna (2021), "Scrambled linear pseudorandom number generators", ACM Transactions
 *   on Mathematical Software 47(4).  Its state is filled from the seed by the finaliser of MurmurHash3 over a
 *   Weyl sequence, as in splitmix (Steele, Lea and Flood, 2014).
 */
(() => {
  "use strict";

  const gradviz = (globalThis.gradviz ??= {});

  /** The whole number below 2³² that `bits` are, rotated to the left by `by`. */
  function rotated(bits, by) {
    return (bits << by) | (bits >>> (32 - by));
  }

  /** MurmurHash3's finaliser: every bit of the result depends on every bit of `bits`. */
  function mixed(bits) {
    let hash = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return hash ^ (hash >>> 16);
  }

  const WEYL = 0x9e3779b9; // 2³² divided by the golden ratio

  class Random {
    /** @param {number} seed a whole number from 0 to 2³² - 1 */
    constructor(seed) {
      if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
        throw new RangeError(`seed = ${seed}: must be a whole number from 0 to 2^32 - 1`);
      }
      const word = (place) => mixed((seed + Math.imul(place, WEYL)) | 0);
      this.s0 = word(1);
      this.s1 = word(2);
      this.s2 = word(3);
      this.s3 = word(4);
      this.spare = NaN; // the second of two normal numbers, until it is asked for
    }

    /** @returns {number} 32 random bits, as a whole number from 0 to 2³² - 1 */
    bits() {
      const result = Math.imul(rotated(Math.imul(this.s1, 5), 7), 9) >>> 0;
      const shifted = this.s1 << 9;
      this.s2 ^= this.s0;
      this.s3 ^= this.s1;
      this.s1 ^= this.s2;
      this.s0 ^= this.s3;
      this.s2 ^= shifted;
      this.s3 = rotated(this.s3, 11);
      return result;
    }

    /** @returns {number} from the uniform distribution over [0, 1) */
    uniform() {
      const high = this.bits() >>> 5;
      const low = this.bits() >>> 6;
      return (high * 2 ** 26 + low) / 2 ** 53;
    }

    /**
     * @param {number} n at least 1
     * @returns {number} a whole number from 0 to n - 1, all equally likely
     */
    below(n) {
      return Math.floor(this.uniform() * n);
    }

    /** @returns {number} from N(0, 1), by the method of Box and Muller (1958) */
    normal() {
      if (!Number.isNaN(this.spare)) {
        const spare = this.spare;
        this.spare = NaN;
        return spare;
      }
      const radius = Math.sqrt(-2 * Math.log(1 - this.uniform())); // of a number that is never 0
      const angle = 2 * Math.PI * this.uniform();
      this.spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    }

    /** @param {Float64Array} array, filled from its first element to its last */
    fillUniform(array, low, high) {
      for (let k = 0; k < array.length; k++) array[k] = low + (high - low) * this.uniform();
    }

    /** @param {Float64Array} array, filled from its first element to its last */
    fillNormal(array) {
      for (let k = 0; k < array.length; k++) array[k] = this.normal();
    }
  }

  gradviz.random = { Random };
})();
