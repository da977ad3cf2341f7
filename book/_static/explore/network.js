// One random network: its signals layer by layer, and the singular values of its Jacobian.
"use strict";
globalThis.afli ??= {};

afli.network = (() => {
  const { generator, gaussianMatrix, orthogonalMatrix, dot } = afli.random;

  const ROUNDING = 1e-12;

  // Layer l computes h = W phi(h_before) + b, the first W x + b, from an input of mean square
  // `length`. Signals and their derivative with respect to the input are carried along together.
  function draw(phi, { width, depth, w, b, weights, length = 1, seed }) {
    const source = generator(seed), n = width;
    const matrixOf = weights === "orthogonal" ? orthogonalMatrix : gaussianMatrix;
    let signal = Float64Array.from({ length: n }, () => source.normal());
    const size = Math.sqrt(dot(signal, signal) / n / length);
    signal = signal.map(x => x / size);
    let jacobian = null;
    const layers = [];
    for (let layer = 0; layer < depth; layer++) {
      const matrix = matrixOf(source, n).map(x => Math.sqrt(w) * x), before = new Float64Array(n);
      for (let i = 0; i < n; i++)
        before[i] = dot(matrix.subarray(i * n, i * n + n), signal) + Math.sqrt(b) * source.normal();
      jacobian = jacobian ? product(matrix, jacobian, n) : matrix;
      for (let i = 0; i < n; i++) {
        const slope = phi.derivative(before[i]);
        for (let j = 0; j < n; j++) jacobian[i * n + j] *= slope;
      }
      layers.push(before);
      signal = before.map(x => phi.value(x));
    }
    return { layers, lengths: layers.map(h => dot(h, h) / n), jacobian };
  }

  function product(left, right, n) {
    const result = new Float64Array(n * n);
    for (let i = 0; i < n; i++)
      for (let k = 0; k < n; k++) {
        const factor = left[i * n + k];
        for (let j = 0; j < n; j++) result[i * n + j] += factor * right[k * n + j];
      }
    return result;
  }

  // Singular values, largest first: rows are rotated in pairs until all are orthogonal (one-sided
  // Jacobi). What is below ROUNDING times the largest is rounding, and given as 0.
  function singularValues(matrix, n) {
    const rows = Array.from({ length: n }, (_, i) => matrix.slice(i * n, i * n + n));
    const squares = rows.map(x => dot(x, x));
    for (let sweep = 0, turned = true; turned && sweep < 40; sweep++) {
      turned = false;
      const least = 0.01 * ROUNDING ** 2 * Math.max(...squares);
      for (let i = 1; i < n; i++)
        for (let j = 0; j < i; j++) {
          if (squares[i] <= least || squares[j] <= least) continue;
          const x = rows[i], y = rows[j], inner = dot(x, y);
          if (Math.abs(inner) <= 1e-10 * Math.sqrt(squares[i] * squares[j])) continue;
          turned = true;
          const ratio = (squares[j] - squares[i]) / (2 * inner);
          const tangent = (ratio < 0 ? -1 : 1) / (Math.abs(ratio) + Math.hypot(1, ratio));
          const cosine = 1 / Math.hypot(1, tangent), sine = tangent * cosine;
          for (let k = 0; k < n; k++) {
            const old = x[k];
            x[k] = cosine * old - sine * y[k];
            y[k] = sine * old + cosine * y[k];
          }
          squares[i] = dot(x, x);
          squares[j] = dot(y, y);
        }
    }
    const values = squares.map(Math.sqrt).sort((x, y) => y - x);
    return values.map(value => value > ROUNDING * values[0] ? value : 0);
  }

  // What infinite width predicts: mean squares of the preactivations of each layer, and the mean
  // squared singular value after it.
  function predict(phi, { depth, w, b, length = 1 }) {
    const lengths = [], meanSquares = [];
    for (let layer = 0, q = w * length + b, chi = 1; layer < depth; layer++) {
      const m = afli.theory.moments(phi, q);
      lengths.push(q);
      meanSquares.push(chi *= w * m.slopeSquare);
      q = w * m.square + b;
    }
    return { lengths, meanSquares };
  }

  return { draw, singularValues, predict, ROUNDING };
})();
