// What is known of every scaled-bounded activation on the edge of chaos, from y = sigma_b2 / a^2:
// bounds on the half-width ratio Lambda = a / sqrt(q*), as published and as sharp as can be.
"use strict";
globalThis.afli ??= {};

afli.bounds = (() => {
  const { erf, erfc, normalDensity, logLambert, bisect } = afli.special;
  const C = Math.sqrt(2 / Math.PI);

  // y of the clip with half-width ratio L: the smallest L there is at this y. Falls with L.
  const clipCurve = L =>
    (2 * normalDensity(L) / L - erfc(L / Math.SQRT2)) / erf(L / Math.SQRT2);

  // y of an ever finer saw with slopes 1 and -1: the largest L. Falls with L.
  function sawCurve(L) {
    const t = L / Math.SQRT2, near = Math.exp(-t * t), far = Math.exp(-4 * t * t);
    const rest = 4 * L * (C * near - L * erfc(t)) - 2 * C * L * far + (4 * L * L + 1) * erfc(2 * t);
    return rest / (L * L);
  }

  function solve(curve, y) {
    return Math.exp(bisect(u => Math.log(curve(Math.exp(u)) / y), Math.log(1e-3), Math.log(8)));
  }
  const smallest = y => solve(clipCurve, y);
  const largest = y => solve(sawCurve, y);

  // nu(y) of Lemma 3.4.
  function publishedLower(y) {
    const logDelta = 0.5 * logLambert(Math.log(2 / Math.PI) - 2 * Math.log(y));
    const w = Math.exp(2 * logDelta);
    const logBeta = Math.log(C) - 0.5 * w + Math.log(w + 2) - logDelta;
    return Math.exp(0.5 * logLambert(Math.log(2 / Math.PI) - 2 * logBeta));
  }
  const publishedUpper = y => (8 / Math.PI) ** (1 / 6) * y ** (-1 / 3);

  // mu_2 / mu_1^2 - 1 of a clip.
  const clipExcess = L => erfc(L / Math.SQRT2) / erf(L / Math.SQRT2);

  // Bounds on Lambda, on the largest |R(rho) - rho|, and on mu_2 / mu_1^2 - 1.
  function published(b, a) {
    const y = b / a / a, lower = publishedLower(y), gain = erf(lower / Math.SQRT2);
    return { lower, upper: publishedUpper(y), correlation: (8 * y / Math.PI) ** (1 / 3),
      excess: erfc(lower / Math.SQRT2) * (1 + gain) / gain ** 2 };
  }
  function sharp(b, a) {
    const y = b / a / a, lower = smallest(y), upper = largest(y);
    return { lower, upper, correlation: y * upper ** 2, excess: clipExcess(lower) };
  }

  // Depth at which the spectrum of a clip network has variance 1, and to which it keeps inputs apart.
  const isometryDepth = L => 1 / clipExcess(L);
  const correlationDepth = L =>
    1.5 * Math.sqrt(Math.PI) * erf(L / Math.SQRT2) / normalDensity(L);

  // The design rule: the smallest a for which both depths suffice, the first with a tolerance.
  function recommended(depth, b, tolerance) {
    const reach = enough => Math.exp(bisect(u => enough(Math.exp(u)), Math.log(1e-3), Math.log(8)));
    const isometry = reach(L => Math.log(isometryDepth(L) * tolerance / depth));
    const correlation = reach(L => Math.log(correlationDepth(L) / depth));
    return Math.sqrt(b / clipCurve(Math.max(isometry, correlation)));
  }

  return { published, sharp, recommended, isometryDepth, correlationDepth,
    publishedLower, publishedUpper, smallest, largest };
})();
