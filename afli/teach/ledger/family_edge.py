"""Claims of the chapter "The family": its edge of chaos exists, is unique, and explicit for one."""

import numpy as np
from scipy.special import erf, erfc

import afli
from afli.teach.claims import bound, claim
from afli.teach.ledger.common import density, registered

ROOT = np.sqrt(2)

def leaky_clip(leak):
    """The clip at 1 with tails of slope `leak`."""
    return afli.Activation(
        name=f"clip with leak {leak:g}",
        value=lambda x: np.clip(x, -1, 1) + leak * (x - np.clip(x, -1, 1)),
        derivative=lambda x: np.where(np.abs(x) < 1, 1.0, leak),
        kinks=(-1.0, 1.0),
        odd=True,
        half_width=1.0,
        linear_pieces=True,
    )


@claim(
    "A5",
    "The edge of chaos of Shtanh is explicit: $\\sigma_b^2/a^2 = [2n(\\Lambda)/\\Lambda - "
    "\\operatorname{erfc}(\\Lambda/\\sqrt2)]/\\operatorname{erf}(\\Lambda/\\sqrt2)$, "
    "$k^2\\sigma_w^2 = 1/\\operatorname{erf}(\\Lambda/\\sqrt2)$, $q^* = (a/\\Lambda)^2$.",
    source="ours",
    fails_with={"factor": 2.0001},
)
def clip_is_explicit(factor=2.0):
    """The formulas at seven half-width ratios, for two clips, against the solver."""
    ratio, error = np.array([0.05, 0.3, 0.7, 1.0, 2.0, 3.0, 5.0]), 0.0
    gain, tail = erf(ratio / ROOT), erfc(ratio / ROOT)
    y = (factor * density(ratio) / ratio - tail) / gain
    for a, k in ((1.0, 1.0), (3.0, 0.5)):
        edge = afli.edge_of_chaos(afli.activation("shtanh", a=a, k=k), y * a * a)
        error = max(error, np.abs(edge.q / (a / ratio) ** 2 - 1).max())
        error = max(error, np.abs(edge.sigma_w2 * k * k * gain - 1).max())
    return error < 1e-8, f"fixed points and weight variances within {bound(error)}"


@claim(
    "A6",
    "Along the edge of chaos $\\sigma_b^2/\\sqrt{q^*}$ does not decrease where $\\sigma_b^2 > 0$, "
    "whatever the activation, and no larger power of $q^*$ would do. So to each $\\sigma_b^2 > 0$ "
    "belongs at most one $q^*$, and exactly one if $\\phi$ is odd and not linear.",
    source="ours",
    fails_with={"exponent": 0.501},
)
def edge_is_unique(exponent=0.5):
    """The curve of the edge at 160 lengths from 1e-3 to 1e4 (to 100 where phi oscillates) for
    every activation of the registry and three leaky clips, one of which comes close to equality;
    for the odd ones its values are positive."""
    phis = list(registered())
    phis += [leaky_clip(leak) for leak in (0.1, 0.5, 0.9)]
    least, positive, curves = np.inf, True, 0
    for phi in phis:
        q = np.geomspace(1e-3, 100 if phi.oscillates else 1e4, 160)
        _, bias = afli.edge_of_chaos_curve(phi, q)
        some = bias > 1e-9 * q
        positive &= bool(some[q > 0.1].all()) or not phi.odd or phi.name == "linear"
        if some.sum() > 1:
            curves += 1
            steps = np.diff(np.log(bias[some])) / np.diff(np.log(q[some]))
            least = min(least, steps.min())
            positive &= bool(some[np.argmax(some) :].all())
    good = least >= exponent - 1e-6 and positive and curves > 15
    return good, f"{curves} curves, least power {least:.4f}"
