"""What the theory says of a run before a weight is drawn."""

from .. import theory
from ..theory import checks
from ..theory.isometry import WEIGHTS
from .kinds import instance
from .runs import Run


def outlook(run, *, inputs, cosine=0.0):
    """Three numbers at initialisation: likeness of images, length of a step, spread of directions.

    Parameters
    ----------
    run : Run
        A plain network: no residual connections, no norm, weights "orthogonal" or "gaussian".
    inputs : int
        Inputs of the network, such as 3072 for CIFAR-10.
    cosine : float
        Of the angle between two images as they enter the network, from -1 to 1; of the centred
        images that `afli.lab.prepare` makes it is close to 0 on average.

    Returns
    -------
    dict
        correlation
            Of the preactivations of two such images at the last hidden layer, from -1 to 1.
        step
            The learning rate times the tangent kernel of an image with itself, in units of the
            output: how far one step on one image alone, against an error of 1, moves the output.
        spectrum_variance
            Relative variance of the squared singular values of the hidden layers' Jacobian.

    Raises
    ------
    TypeError, ValueError
        If the run is not a plain network, or another argument is not what it says above.

    References
    ----------
    Schoenholz et al. (2017); Jacot, Gabriel and Hongler (2018); Pennington, Schoenholz and Ganguli
    (2017).

    Examples
    --------
    >>> from afli.lab import Run
    >>> found = outlook(Run(activation="shtanh", a=2.0, sigma_b2=0.01, depth=20), inputs=3072)
    >>> {name: round(value, 2) for name, value in found.items()}
    {'correlation': 0.24, 'step': 6.24, 'spectrum_variance': 0.36}
    """
    instance("run", run, Run, "Run(a=2.0, sigma_b2=0.1)")
    if run.residual or run.norm:
        raise ValueError(
            f"run must be a plain network, got residual={run.residual}, norm={run.norm!r}"
        )
    law = checks.choice("run.weights", run.weights, WEIGHTS)
    inputs = checks.whole("inputs", inputs, low=1)
    cosine = checks.real("cosine", cosine, low=-1, high=1)
    phi, (q, sigma_w2) = run.phi(), run.variances()
    variances = q, sigma_w2, run.sigma_b2
    first = run.sigma_b2 / q + (1 - run.sigma_b2 / q) * cosine
    correlation = first
    for _ in range(run.depth - 1):
        correlation = theory.correlation_map(phi, correlation, *variances)
    kernel = theory.tangent_kernel(
        phi, 1.0, *variances, depth=run.depth, width=run.width, inputs=inputs
    )
    return {
        "correlation": float(correlation),
        "step": float(run.learning_rate * kernel.sum()),
        "spectrum_variance": float(theory.spectrum_variance(phi, q, run.depth, law)),
    }
