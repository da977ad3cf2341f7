"""Images are what they are said to be; a damaged folder is refused with cause and cure."""

import subprocess
import sys

import numpy as np
import pytest

from afli.lab import datasets, load_images
from afli.lab.datasets import FILES, FOLDER, RECORD_BYTES, RECORDS, VARIABLE

NAMES = [name for names in FILES.values() for name in names]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A folder in the binary layout, filled with noise; record i of a file has label i mod 10."""
    folder = tmp_path_factory.mktemp("data") / FOLDER
    folder.mkdir()
    random = np.random.default_rng(0)
    for name in NAMES:
        records = random.integers(0, 256, (RECORDS, RECORD_BYTES), np.uint8)
        records[:, 0] = np.arange(RECORDS) % 10
        records.tofile(folder / name)
    return folder


@pytest.fixture
def damaged(written, tmp_path, monkeypatch):
    """Links to the written files, which a test may replace."""
    for name in NAMES:
        (tmp_path / name).symlink_to(written / name)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("inside", [True, False])
def test_the_binary_layout(written, monkeypatch, inside):
    monkeypatch.setenv(VARIABLE, str(written if inside else written.parent))
    some = load_images(30)
    raw = np.fromfile(written / "test_batch.bin", np.uint8, count=3 * RECORD_BYTES)
    assert some.images.shape == (30, 3, 32, 32) and len(some) == 30
    assert some.labels[:12].tolist() == [*range(10), 0, 1]
    red_of_row_2 = raw[RECORD_BYTES + 1 + 2 * 32 :][:32]
    blue_of_row_0 = raw[RECORD_BYTES + 1 + 2048 :][:32]
    assert np.array_equal(np.round(255 * some.images[1, 0, 2]), red_of_row_2)
    assert np.array_equal(np.round(255 * some.images[1, 2, 0]), blue_of_row_0)
    assert some.name == "CIFAR-10 files of unknown origin" and not some.official


def test_splits_and_counts(written, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(written))
    assert len(load_images(10_001, split="train")) == 10_001
    with pytest.raises(ValueError, match="at most 10000 for split 'test', not 10001"):
        load_images(10_001)


def test_the_fingerprint_names_the_files(written, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(written))
    fingerprint = load_images(1).fingerprint
    assert load_images(2).fingerprint == fingerprint
    assert load_images(1, split="train").fingerprint != fingerprint
    monkeypatch.setitem(datasets.KNOWN, fingerprint, ("CIFAR-10", True))
    some = load_images(1)
    assert some.name == "CIFAR-10" and some.official


def test_one_pixel_changes_the_fingerprint(damaged):
    before = load_images(1).fingerprint
    data = np.fromfile(damaged / "test_batch.bin", np.uint8)
    data[-1] ^= 1
    (damaged / "test_batch.bin").unlink()
    data.tofile(damaged / "test_batch.bin")
    assert load_images(1).fingerprint != before


def test_a_missing_file_is_named(damaged):
    (damaged / "data_batch_4.bin").unlink()
    with pytest.raises(FileNotFoundError, match=r"data_batch_4.bin is missing: .*unset AFLI_DATA"):
        load_images(1, split="train")


@pytest.mark.parametrize("size", [0, RECORDS * RECORD_BYTES - 1, 9_999 * RECORD_BYTES])
def test_a_file_of_the_wrong_size_is_named(damaged, size):
    path = damaged / "test_batch.bin"
    path.unlink()
    path.write_bytes(bytes(size))
    with pytest.raises(ValueError, match=rf"test_batch.bin has {size} bytes, .*copy the file"):
        load_images(1)


def test_a_wrong_label_is_named(damaged):
    records = np.fromfile(damaged / "data_batch_2.bin", np.uint8).reshape(-1, RECORD_BYTES)
    records[77, 0] = 10
    (damaged / "data_batch_2.bin").unlink()
    records.tofile(damaged / "data_batch_2.bin")
    with pytest.raises(ValueError, match=r"data_batch_2.bin has label 10 in record 77"):
        load_images(1, split="train")


def test_a_folder_that_is_not_there(monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "nowhere"))
    with pytest.raises(FileNotFoundError, match="nowhere is not a folder: set it to"):
        load_images(1)
    assert load_images(1, source="generated").name == "generated images"


@pytest.mark.parametrize("value", [None, "", " "])
def test_without_data_images_are_generated(monkeypatch, value):
    monkeypatch.delenv(VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(VARIABLE, value)
    assert load_images(1).name == "generated images"
    with pytest.raises(FileNotFoundError, match="AFLI_DATA is not set: set it"):
        load_images(1, source="cifar10")


def test_generated_images_are_reproducible_and_distinct():
    first, again = (load_images(1200, source="generated") for _ in range(2))
    assert np.array_equal(first.images, again.images)
    assert first.fingerprint == again.fingerprint
    for other in ({"seed": 1}, {"split": "train"}):
        assert load_images(1200, source="generated", **other).fingerprint != first.fingerprint
    flat = np.round(255 * first.images).astype(np.uint8).reshape(1200, -1)
    assert len(np.unique(flat, axis=0)) == 1200


def test_generated_images_resemble_images():
    """Pixels fill the range, neighbours agree, and pairs of images have all kinds of angles."""
    some = load_images(1000, source="generated")
    images = some.images.astype(float)
    assert some.images.dtype == np.float32 and not some.official
    assert images.min() >= 0 and images.max() <= 1 and images.std() > 0.2
    neighbours = np.corrcoef(images[..., 1:].ravel(), images[..., :-1].ravel())[0, 1]
    assert 0.9 < neighbours < 0.999
    flat = (images - images.mean((0, 2, 3), keepdims=True)).reshape(1000, -1)
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    cosines = (flat @ flat.T)[np.triu_indices(1000, 1)]
    assert (cosines > 0.85).sum() > 10 and (np.abs(cosines) < 0.05).sum() > 10_000
    assert np.bincount(some.labels).tolist() == pytest.approx([333, 333, 333], abs=70)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"count": 0}, "count must be a positive whole number, not 0"),
        ({"count": 2.5}, "not 2.5"),
        ({"count": True}, "not True"),
        ({"source": "mnist"}, "source must be"),
        ({"split": "validation"}, "split must be"),
    ],
)
def test_bad_arguments_are_named(arguments, says):
    with pytest.raises(ValueError, match=says):
        load_images(**arguments)


def test_the_laboratory_is_light():
    program = "import sys, afli.lab; sys.exit(bool({'torch', 'matplotlib'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
