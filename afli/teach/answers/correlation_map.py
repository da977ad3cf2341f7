"""Answers to the exercises of the chapter on the correlation map."""

import numpy as np
from scipy.optimize import brentq

import afli
from afli.teach import exercise


def _iterate(phi, rho, q, sigma_w2, sigma_b2, layers):
    """The correlation at layers 1, ..., layers."""
    path = [rho]
    for _ in range(layers - 1):
        path.append(afli.correlation_map(phi, path[-1], q, sigma_w2, sigma_b2))
    return np.array(path)


@exercise("III.2.1", hint="For independent U_1 and U_2 the mean of the product factorises.")
def orthogonal_inputs_of_relu():
    return 1 / np.pi


@exercise("III.2.2", hint="phi(U) phi(-U) = -phi(U)^2, and V(q*) = q* gives its mean.")
def opposite_inputs_of_tanh():
    return 2 * 0.1 / afli.edge_of_chaos(afli.activation("tanh"), 0.1).q - 1


@exercise("III.2.3", hint="Compare the weight variance with the edge's at the same bias variance.")
def phase_of_erf():
    phi = afli.activation("erf")
    slope = afli.chi1(phi, afli.fixed_point(phi, 1.2, 0.2), 1.2)
    return "ordered" if slope < 1 else "chaotic"


@exercise("III.2.4", hint="Iterate with `trajectory`; its first entry is layer 1.", rtol=1e-6)
def depth_at_which_relu_forgets():
    path = _iterate(afli.activation("relu"), 0.5, 1.0, 2.0, 0.0, 100)
    return 1 + int(np.argmax(path > 0.99))


@exercise(
    "III.2.5", hint="xi_c falls as one moves away from the edge: bracket and bisect.", rtol=2e-3
)
def weight_variance_of_a_depth_scale():
    phi = afli.activation("tanh")
    edge = afli.edge_of_chaos(phi, 0.05)
    return brentq(lambda w: afli.depth_scales(phi, w, 0.05)[1] - 20, edge.sigma_w2 + 1e-3, 4.0)


@exercise("III.2.6", hint="Add the two kinks; divide by sqrt(pi) and by E[phi'^2].")
def kink_strength_of_a_clip():
    phi = afli.activation("shtanh", a=3.0)
    q = afli.edge_of_chaos(phi, 0.1).q
    density = np.exp(-4.5 / q) / np.sqrt(2 * np.pi)
    return 2 * density / (np.sqrt(np.pi) * afli.derivative_moment(phi, q, 1))


@exercise("III.2.7", hint="Write both means with exp(-2q) and divide.")
def edge_of_chaos_of_sine():
    q = np.array([0.5, 1.0, 2.0])
    return q - np.tanh(q)


@exercise("III.2.8", hint="Find where the correlation at layer 100 is 0.5, then round up.")
def half_width_for_a_hundred_layers():
    def excess(a):
        phi = afli.activation("shtanh", a=a)
        edge = afli.edge_of_chaos(phi, 0.1)
        return _iterate(phi, 0.0, edge.q, edge.sigma_w2, 0.1, 100)[-1] - 0.5

    return np.ceil(10 * brentq(excess, 3.0, 20.0, xtol=1e-3)) / 10
