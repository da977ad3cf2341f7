// Seeded random numbers, and random matrices made of them.
"use strict";
globalThis.afli ??= {};

afli.random = (() => {
  // xoshiro128** of Blackman and Vigna (2018), its state filled by a mixing of the seed.
  function generator(seed) {
    let mix = seed >>> 0;
    const state = Array.from({ length: 4 }, () => {
      mix = mix + 0x9e3779b9 | 0;
      let x = mix;
      x = Math.imul(x ^ x >>> 16, 0x21f0aaad);
      x = Math.imul(x ^ x >>> 15, 0x735a2d97);
      return x ^ x >>> 15;
    });
    const rotate = (x, k) => x << k | x >>> 32 - k;
    function bits() {
      const result = Math.imul(rotate(Math.imul(state[1], 5), 7), 9);
      const shifted = state[1] << 9;
      state[2] ^= state[0];
      state[3] ^= state[1];
      state[1] ^= state[2];
      state[0] ^= state[3];
      state[2] ^= shifted;
      state[3] = rotate(state[3], 11);
      return result >>> 0;
    }
    // In (0, 1), 53 bits.
    const uniform = () => ((bits() >>> 5) * 67108864 + (bits() >>> 6) + 0.5) / 9007199254740992;
    let spare = null;
    function normal() {
      if (spare !== null) {
        const kept = spare;
        spare = null;
        return kept;
      }
      const radius = Math.sqrt(-2 * Math.log(uniform())), angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    }
    return { bits, uniform, normal };
  }

  // n x n, rows one after the other.
  function gaussianMatrix(source, n) {
    const matrix = new Float64Array(n * n);
    for (let i = 0; i < matrix.length; i++) matrix[i] = source.normal() / Math.sqrt(n);
    return matrix;
  }

  // Uniform among orthogonal matrices: the rows of a Gaussian matrix made orthonormal one by one.
  function orthogonalMatrix(source, n) {
    const matrix = gaussianMatrix(source, n);
    const row = i => matrix.subarray(i * n, (i + 1) * n);
    for (let i = 0; i < n; i++) {
      const x = row(i);
      for (let j = 0; j < i; j++) addTo(x, -dot(x, row(j)), row(j));
      const size = Math.sqrt(dot(x, x));
      for (let k = 0; k < n; k++) x[k] /= size;
    }
    return matrix;
  }

  function dot(x, y) {
    let sum = 0;
    for (let k = 0; k < x.length; k++) sum += x[k] * y[k];
    return sum;
  }
  function addTo(x, factor, y) {
    for (let k = 0; k < x.length; k++) x[k] += factor * y[k];
  }

  return { generator, gaussianMatrix, orthogonalMatrix, dot };
})();
