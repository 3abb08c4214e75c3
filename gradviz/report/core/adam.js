/**
 * Adam and gradient clipping, as torch computes them.
 *
 * gradviz.adam:
 *   new Adam(parameters, { learningRate, betas, eps })      torch.optim.Adam; parameters: array of Float64Array
 *     .step(gradients)                                      changes the parameters; gradients in the same order
 *     .learningRate                                         may be changed between two steps
 *   clipGradientNorm(gradients, largest) -> norm before     torch.nn.utils.clip_grad_norm_
 *   gradientNorm(gradients)                                 2-norm of all of them together
 *
 * References
 *   Kingma and Ba (2015), "Adam: a method for stochastic optimization", algorithm 1.
 *   Pascanu, Mikolov and Bengio (2013), "On the difficulty of training recurrent neural networks", algorithm 1.
 */
(() => {
  "use strict";

  const gradviz = (globalThis.gradviz ??= {});

  class Adam {
    /**
     * @param {Float64Array[]} parameters
     * @param {{learningRate?: number, betas?: [number, number], eps?: number}} [options] torch's defaults
     */
    constructor(parameters, { learningRate = 1e-3, betas = [0.9, 0.999], eps = 1e-8 } = {}) {
      this.parameters = parameters;
      this.learningRate = learningRate;
      this.betas = betas;
      this.eps = eps;
      this.steps = 0;
      this.means = parameters.map((parameter) => new Float64Array(parameter.length));
      this.squares = parameters.map((parameter) => new Float64Array(parameter.length));
    }

    /** @param {Float64Array[]} gradients of the parameters, in their order */
    step(gradients) {
      this.steps += 1;
      for (let k = 0; k < this.parameters.length; k++) this.update(k, gradients[k]);
    }

    /** Changes parameter `k`. */
    update(k, gradient) {
      const parameter = this.parameters[k];
      const mean = this.means[k];
      const square = this.squares[k];
      const [beta1, beta2] = this.betas;
      const { eps } = this;
      const size = this.learningRate / (1 - beta1 ** this.steps);
      const correction = Math.sqrt(1 - beta2 ** this.steps);
      for (let at = 0; at < parameter.length; at++) {
        const g = gradient[at];
        mean[at] += (1 - beta1) * (g - mean[at]);
        square[at] = beta2 * square[at] + (1 - beta2) * g * g;
        parameter[at] -= (size * mean[at]) / (Math.sqrt(square[at]) / correction + eps);
      }
    }
  }

  /**
   * @param {Float64Array[]} gradients
   * @returns {number} 2-norm of all gradients together
   */
  function gradientNorm(gradients) {
    let sum = 0;
    for (const gradient of gradients) {
      for (let k = 0; k < gradient.length; k++) sum += gradient[k] * gradient[k];
    }
    return Math.sqrt(sum);
  }

  /**
   * Scales all gradients so that their common 2-norm is at most `largest`: the direction stays.
   *
   * @param {Float64Array[]} gradients changed in place
   * @param {number} largest
   * @returns {number} the norm before
   */
  function clipGradientNorm(gradients, largest) {
    const norm = gradientNorm(gradients);
    const factor = largest / (norm + 1e-6); // torch's guard against a norm of 0
    if (factor >= 1) return norm;
    for (const gradient of gradients) {
      for (let k = 0; k < gradient.length; k++) gradient[k] *= factor;
    }
    return norm;
  }

  gradviz.adam = { Adam, gradientNorm, clipGradientNorm };
})();
