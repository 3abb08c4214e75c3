/**
 * The cliff: the error of x_t = w σ(x_{t-1}) + b from x_0 = 1/2 over some steps, E = (σ(x_T) - 0.7)², over w and b.
 *
 * gradviz.cliff:
 *   scalarError(w, b, steps)     {error, byW, byB}: E and its exact derivatives, carried forward with x
 *   wall(w)                      the b at which the start is a fixed point; where w > FIRST it is unstable, and a cliff
 *   FIRST                        the least w of the cliff, 1 / σ'(1/2)
 *   surface(ws, bs, steps)       E on a grid, Float64Array (b, w)
 *   descent(w, b, {rate, clip, iterations, steps})
 *                                gradient descent; clip: the largest norm that a gradient keeps, Infinity for all.
 *                                {w, b, error, norm}, each Float64Array (iterations + 1); norm: before clipping
 *
 * References
 *   Pascanu, Mikolov and Bengio (2013), "On the difficulty of training recurrent neural networks", figure 6.
 */
(() => {
  "use strict";

  const gradviz = (globalThis.gradviz ??= {});
  const START = 0.5, TARGET = 0.7;

  const sigmoid = (x) => 0.5 * (1 + Math.tanh(0.5 * x));

  function scalarError(w, b, steps) {
    let x = START, byW = 0, byB = 0;
    for (let t = 0; t < steps; t++) {
      const s = sigmoid(x), slope = w * s * (1 - s);
      x = w * s + b;
      byW = s + slope * byW;
      byB = 1 + slope * byB;
    }
    const s = sigmoid(x), gain = 2 * (s - TARGET) * s * (1 - s);
    return { error: (s - TARGET) ** 2, byW: gain * byW, byB: gain * byB };
  }

  function surface(ws, bs, steps) {
    const errors = new Float64Array(ws.length * bs.length);
    for (let row = 0; row < bs.length; row++) {
      for (let column = 0; column < ws.length; column++) {
        let x = START;
        for (let t = 0; t < steps; t++) x = ws[column] * sigmoid(x) + bs[row];
        errors[row * ws.length + column] = (sigmoid(x) - TARGET) ** 2;
      }
    }
    return errors;
  }

  function descent(w, b, { rate, clip, iterations, steps }) {
    const path = {};
    for (const name of ["w", "b", "error", "norm"]) path[name] = new Float64Array(iterations + 1);
    for (let i = 0; i <= iterations; i++) {
      const { error, byW, byB } = scalarError(w, b, steps);
      const norm = Math.hypot(byW, byB);
      path.w[i] = w;
      path.b[i] = b;
      path.error[i] = error;
      path.norm[i] = norm;
      const scale = norm <= clip ? rate : (rate * clip) / norm;
      w -= scale * byW;
      b -= scale * byB;
    }
    return path;
  }

  const atStart = sigmoid(START);
  gradviz.cliff = {
    scalarError, surface, descent, wall: (w) => START - w * atStart, FIRST: 1 / (atStart * (1 - atStart)),
  };
})();
