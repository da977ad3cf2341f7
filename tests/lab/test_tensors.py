"""Devices are those on which the laboratory can compute, or the error says which there are."""

import pytest
import torch

from afli.lab import Stack
from afli.lab.tensors import device_of


@pytest.fixture
def gpus(monkeypatch):
    """A function that says how many GPUs PyTorch finds."""

    def found(count):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: count)

    return found


def test_devices(gpus):
    gpus(0)
    assert device_of() == device_of("cpu") == device_of(torch.device("cpu")) == torch.device("cpu")
    gpus(2)
    assert device_of() == device_of("cuda") == torch.device("cuda")
    assert device_of("cuda:1") == device_of(torch.device("cuda:1")) == torch.device("cuda:1")


@pytest.mark.parametrize("name", ["foo", "", "cuda:x", "mps", "meta", "mkldnn"])
def test_other_devices_are_refused(name):
    with pytest.raises(ValueError, match=f"device must be 'cpu', 'cuda' or 'auto', got '{name}'"):
        device_of(name)


@pytest.mark.parametrize(("name", "count"), [("cuda", 0), ("cuda:2", 2)])
def test_a_gpu_that_is_not_there_is_refused(name, count, gpus):
    gpus(count)
    with pytest.raises(ValueError, match=f"device is '{name}', but PyTorch finds {count} GPUs"):
        device_of(name)


@pytest.mark.parametrize("name", [None, 0])
def test_a_device_has_a_name(name):
    """PyTorch takes 0 for the first GPU."""
    with pytest.raises(TypeError, match=f"device must be a string such as 'cpu', .*got {name}"):
        Stack(None, [2, 1], None, device=name)
