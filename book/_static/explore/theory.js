// The mean-field theory of wide random networks: lengths, correlations, the edge of chaos.
"use strict";
globalThis.afli ??= {};

afli.theory = (() => {
  const { average, pairAverage } = afli.gauss;
  const { bisect } = afli.special;
  const LOWEST = -12, HIGHEST = 12, PER_DECADE = 4;  // fixed points are looked for between 10^these
  const ON_THE_EDGE = 1e-9;

  // E[phi^2] and its derivative in q, E[phi'^2], and mu_2 / mu_1^2 - 1: the relative variance of
  // phi'^2, taken about its value at 0 so that nothing cancels where phi is nearly linear.
  function moments(phi, q) {
    const centre = phi.derivative(0) ** 2;
    const [square, rate, slopeSquare, deviation, spread] = average(phi, q, (x, z) => {
      const value = phi.value(x) ** 2, slope = phi.derivative(x) ** 2, off = slope - centre;
      return [value, value * (z * z - 1), slope, off, off * off];
    });
    return { square, squareRate: rate / (2 * Math.max(q, 1e-300)), slopeSquare,
      excess: (spread - deviation ** 2) / slopeSquare ** 2 };
  }

  const scans = new WeakMap();
  function scan(phi) {
    if (!scans.has(phi)) {
      const grid = [], found = [], count = (HIGHEST - LOWEST) * PER_DECADE;
      const highest = phi.oscillates ? 3e3 : Infinity;
      for (let i = 0; i <= count; i++) {
        const q = 10 ** (LOWEST + i / PER_DECADE);
        if (q > highest) break;
        grid.push(q);
        found.push(moments(phi, q));
      }
      scans.set(phi, { grid, found });
    }
    return scans.get(phi);
  }

  const variance = (phi, q, w, b) => w * moments(phi, q).square + b;

  // q* = V(q*), the smallest that is stable; null where lengths grow without bound. Two fixed points
  // that are very close to each other are found only if looked for: `thorough`.
  function fixedPoint(phi, w, b, thorough = true) {
    if (phi.homogeneous) {
      const gain = w * moments(phi, 1).square;
      if (Math.abs(gain - 1) < 1e-12) return b === 0 ? 1 : null;
      return gain < 1 ? b / (1 - gain) : null;
    }
    const { grid, found } = scan(phi);
    const grows = found.map((m, i) => w * m.square + b > grid[i]);
    if (!grows[0]) return 0;
    let bracket = null;
    for (let i = 1; i < grid.length && !bracket; i++)
      if (grows[i - 1] && !grows[i]) bracket = [grid[i - 1], grid[i]];
    if (thorough) bracket ??= hiddenDip(phi, w, b);
    return bracket && Math.exp(root(phi, w, b, ...bracket.map(Math.log)));
  }

  // Newton's method in ln q for V(q) = q, bisection where it leaves the bracket.
  function root(phi, w, b, low, high) {
    let u = 0.5 * (low + high);
    for (let n = 0; n < 100; n++) {
      const q = Math.exp(u), m = moments(phi, q), gap = (w * m.square + b) / q - 1;
      if (gap > 0) low = u;
      else high = u;
      const step = gap / (w * m.squareRate - 1 - gap);
      if (Math.abs(step) < 1e-12) return u - step;
      const next = u - step;
      u = next > low && next < high && n % 8 < 7 ? next : 0.5 * (low + high);
      if (high - low < 1e-15) break;
    }
    return u;
  }

  // Two close fixed points that both fall between neighbours of the grid.
  function hiddenDip(phi, w, b) {
    const { grid } = scan(phi);
    let low = Math.log(grid[0]), high = Math.log(grid.at(-1));
    for (let round = 0; round < 5; round++) {
      const u = Array.from({ length: 40 }, (_, i) => low + (high - low) * i / 39);
      const height = u.map(x => variance(phi, Math.exp(x), w, b) / Math.exp(x) - 1);
      const first = height.findIndex(h => h <= 0), i = height.indexOf(Math.min(...height));
      if (first > 0) return [u[first - 1], u[first]].map(Math.exp);
      [low, high] = [u[Math.max(i - 1, 0)], u[Math.min(i + 1, 39)]];
    }
    return null;
  }

  const chi1 = (phi, q, w) => w * moments(phi, q).slopeSquare;
  const mean = (phi, q) => phi.odd ? 0 : average(phi, q, x => [phi.value(x)])[0];

  // The correlation map R at the fixed point q, and its slope.
  function correlationMap(phi, rho, q, w, b) {
    const pair = rho === 1 ? moments(phi, q).square
      : rho === 0 ? mean(phi, q) ** 2 : pairAverage(phi, phi.value, q, rho);
    return (w * pair + b) / q;
  }
  const correlationSlope = (phi, rho, q, w) =>
    rho === 1 ? chi1(phi, q, w) : w * pairAverage(phi, phi.derivative, q, rho);

  // R as a function that is quick to evaluate: with rho = cos(theta) it is smooth in theta, kinks or
  // not, and a polynomial through Chebyshev points follows it.
  function interpolatedMap(phi, q, w, b, degree = 32) {
    const theta = Array.from({ length: degree + 1 },
      (_, i) => Math.PI / 4 * (1 - Math.cos(Math.PI * i / degree)));
    const value = theta.map((angle, i) =>
      correlationMap(phi, i === 0 ? 1 : i === degree ? 0 : Math.cos(angle), q, w, b));
    return rho => {
      const at = Math.acos(Math.min(rho, 1));
      let above = 0, below = 0;
      for (let i = 0; i <= degree; i++) {
        if (Math.abs(at - theta[i]) < 1e-14) return value[i];
        const weight = (i % 2 ? -1 : 1) * (i === 0 || i === degree ? 0.5 : 1) / (at - theta[i]);
        above += weight * value[i];
        below += weight;
      }
      return above / below;
    };
  }

  // rho*, to which correlations in [0, 1) tend. R is convex there: Newton's method from 0 is safe.
  function limitingCorrelation(phi, q, w, b) {
    if (chi1(phi, q, w) <= 1 + ON_THE_EDGE) return 1;
    let rho = 0;
    for (let n = 0; n < 60; n++) {
      const gap = correlationMap(phi, rho, q, w, b) - rho;
      const slope = correlationSlope(phi, rho, q, w) - 1;
      if (gap <= 0 || slope >= 0) break;
      rho = Math.min(rho - gap / slope, 1);
      if (-gap / slope < 1e-12) break;
    }
    return rho;
  }

  function depthScale(slope) {
    const size = Math.abs(slope);
    if (Math.abs(size - 1) <= ON_THE_EDGE) return Infinity;
    return size === 0 ? 0 : -1 / Math.log(size);
  }

  // All numbers at one setting; q = null where there is no fixed point.
  function describe(phi, w, b) {
    const q = fixedPoint(phi, w, b);
    if (q === null) return { q };
    const m = moments(phi, q), chi = w * m.slopeSquare;
    const slope = q > 0 ? w * m.squareRate : chi;  // V'(q*)
    const limit = q > 0 ? limitingCorrelation(phi, q, w, b) : 1;
    const rate = limit === 1 ? chi : correlationSlope(phi, limit, q, w);
    const atZero = q > 0 ? correlationMap(phi, 0, q, w, b) : null;
    return { q, chi1: chi, varianceSlope: slope, limit, atZero,
      lengthScale: depthScale(slope), correlationScale: depthScale(rate) };
  }

  // A point of the edge of chaos from its fixed point q: nothing has to be solved.
  function edgeAt(phi, q) {
    const m = moments(phi, q), w = 1 / m.slopeSquare;
    return { q, w, b: phi.homogeneous ? 0 : q - w * m.square, varianceSlope: w * m.squareRate,
      excess: m.excess };
  }

  // The point of the edge at bias variance b, the smallest q if there are several; null if none.
  function edgeOfChaos(phi, b) {
    if (phi.homogeneous) return b === 0 ? edgeAt(phi, 1) : null;
    const { grid, found } = scan(phi);
    const above = found.map((m, i) => !(m.slopeSquare > 0) ||
      grid[i] - m.square / m.slopeSquare > b - (b === 0 ? 1e-12 * grid[i] : 0));
    for (let i = 1; i < grid.length; i++)
      if (above[i] !== above[i - 1]) {
        const excess = u => edgeAt(phi, Math.exp(u)).b - b;
        return edgeAt(phi, Math.exp(bisect(excess, Math.log(grid[i - 1]), Math.log(grid[i]))));
      }
    return b === 0 && phi.value(0) === 0 ? { ...edgeAt(phi, 1e-300), q: 0, b: 0 } : null;
  }

  return { moments, scan, variance, fixedPoint, chi1, correlationMap, correlationSlope,
    interpolatedMap, limitingCorrelation, describe, edgeAt, edgeOfChaos };
})();
