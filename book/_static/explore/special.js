// Special functions and a root finder, accurate to about twelve digits.
// These are classic scripts, not modules: browsers refuse to load modules from a disk.
"use strict";
globalThis.afli ??= {};

afli.special = (() => {
  // erf by its series with positive terms, erfc by its continued fraction: both without cancellation.
  function erf(x) {
    if (Math.abs(x) > 2.5) return Math.sign(x) * (1 - erfc(Math.abs(x)));
    let term = x, sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) sum += term *= 2 * x * x / (2 * n + 1);
    return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
  }

  function erfc(x) {
    if (x < 2.5) return 1 - erf(x);
    let tail = 0;
    for (let n = 80; n > 0; n--) tail = n / 2 / (x + tail);
    return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + tail);
  }

  const normalDensity = x => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
  const normalCdf = x => 0.5 * erfc(-x / Math.SQRT2);

  // ln W(x) from ln x, W being Lambert's function: the root u of exp(u) + u = ln x.
  function logLambert(logX) {
    let u = logX > 1 ? Math.log(logX) : logX;  // right of the root of a convex function
    for (let step = 1, n = 0; Math.abs(step) > 1e-15 * Math.max(1, Math.abs(u)) && n < 60; n++) {
      step = (Math.exp(u) + u - logX) / (Math.exp(u) + 1);
      u -= step;
    }
    return u;
  }

  // The root between two points at which f differs in sign, to rounding.
  function bisect(f, low, high) {
    const sign = Math.sign(f(low));
    for (let n = 0; n < 200; n++) {
      const middle = 0.5 * (low + high);
      if (middle === low || middle === high) break;
      if (Math.sign(f(middle)) === sign) low = middle;
      else high = middle;
    }
    return 0.5 * (low + high);
  }

  return { erf, erfc, normalDensity, normalCdf, logLambert, bisect };
})();
