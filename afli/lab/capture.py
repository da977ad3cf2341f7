"""The step on a batch: as it is on a CPU, as one recorded graph on a GPU.

A step of a deep network is hundreds of small kernels. A graph starts them all at once.
"""

import torch

WARM_UP = 3  # steps on a side stream before a graph may be recorded


def captured(step, images, batch, stack):
    """A function from the indices of a batch, shape (K, batch), to the step's results.

    Parameters
    ----------
    step : callable
        ``step(x, labels)`` with x of shape (K, batch, inputs).
    images : pair of Tensor
        All inputs and all labels, on the stack's device.
    batch : int
    stack : Stack
    """
    inputs, labels = images
    shape = (len(stack), batch)

    def gathered(indices):
        flat = indices.reshape(-1)
        x = inputs.index_select(0, flat).view(*shape, -1)
        return step(x, labels.index_select(0, flat).view(shape))

    return _Graph(gathered, shape, stack) if stack.device.type == "cuda" else gathered


class _Graph:
    """Runs the first steps as they are, then records one and replays it.

    A change of the activations makes the recording worthless, so it is made anew.
    """

    def __init__(self, function, shape, stack):
        self.function, self.stack = function, stack
        self.indices = torch.zeros(shape, dtype=torch.int64, device=stack.device)
        self.recorded_for, self.runs = None, 0

    def __call__(self, indices):
        self.indices.copy_(indices)
        if self.stack.pointwise is not self.recorded_for:
            if self.runs < WARM_UP:
                self.runs += 1
                return self._on_side_stream()
            self._record()
        self.graph.replay()
        return tuple(result.clone() for result in self.results)

    def _on_side_stream(self):
        side = torch.cuda.Stream(self.stack.device)
        side.wait_stream(torch.cuda.current_stream(self.stack.device))
        with torch.cuda.stream(side):
            results = self.function(self.indices)
        torch.cuda.current_stream(self.stack.device).wait_stream(side)
        return results

    def _record(self):
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self.results = self.function(self.indices)
        self.recorded_for = self.stack.pointwise
