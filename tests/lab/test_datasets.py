"""Images are what they are said to be; a damaged folder is refused with cause and cure."""

import hashlib
import json
import subprocess
import sys

import numpy as np
import pytest
from lab import cifar_files

from afli.lab import cifar10
from afli.lab.cifar10 import FOLDER, MANIFEST, NAMES, RECORD_BYTES, VARIABLE, DamagedData
from afli.lab.datasets import load_dataset

RECORDS = 30


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder in the binary layout, with 30 records a file, where the environment says."""
    monkeypatch.setattr(cifar10, "RECORDS", RECORDS)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return cifar_files.write(tmp_path / FOLDER)


def damage(path, change):
    """Let a function change the bytes of a file."""
    content = bytearray(path.read_bytes())
    change(content)
    path.write_bytes(content)


def declare(folder, archive=cifar10.ARCHIVE_SHA256):
    """Write the manifest that a download would leave."""
    (folder / MANIFEST).write_text(json.dumps(cifar10.manifest(folder, archive)))


@pytest.mark.parametrize("inside", [True, False])
def test_the_binary_layout(folder, monkeypatch, inside):
    monkeypatch.setenv(VARIABLE, str(folder if inside else folder.parent))
    some = load_dataset("cifar10", test=5)
    raw = np.fromfile(folder / "test_batch.bin", np.uint8).reshape(RECORDS, RECORD_BYTES)
    assert some.test.images.shape == (5, 3, 32, 32) and some.test.images.dtype == np.uint8
    assert some.test.labels.tolist() == [0, 1, 2, 3, 4] and some.test.labels.dtype == np.int64
    red_of_row_2 = raw[1, 1 + 2 * 32 :][:32]
    blue_of_row_0 = raw[1, 1 + 2048 :][:32]
    assert np.array_equal(some.test.images[1, 0, 2], red_of_row_2)
    assert np.array_equal(some.test.images[1, 2, 0], blue_of_row_0)
    assert len(some.classes) == 10 and some.classes[3] == "cat"


def test_the_training_files_come_in_order(folder):
    everything = load_dataset("cifar10")
    assert len(everything.train) == 5 * RECORDS and len(everything.test) == RECORDS
    raw = np.concatenate([np.fromfile(folder / name, np.uint8) for name in NAMES[:5]])
    pixels = raw.reshape(-1, RECORD_BYTES)[:, 1:]
    assert np.array_equal(everything.train.images.reshape(5 * RECORDS, -1), pixels)
    # The beginning of a split is the same, wherever it ends.
    for count in (1, RECORDS, RECORDS + 1, 5 * RECORDS - 1):
        part = load_dataset("cifar10", train=count).train
        assert np.array_equal(part.images, everything.train.images[:count])
        assert np.array_equal(part.labels, everything.train.labels[:count])
    for split, most in (("train", 150), ("test", 30)):
        with pytest.raises(ValueError, match=f"{split} must be at most {most} for CIFAR-10"):
            load_dataset("cifar10", **{split: most + 1})


def test_files_of_full_size(tmp_path, monkeypatch):
    """60,000 black airplanes, stored as holes."""
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    (tmp_path / FOLDER).mkdir()
    for name in NAMES:
        with open(tmp_path / FOLDER / name, "wb") as file:
            file.truncate(30_730_000)
    everything = load_dataset("cifar10")
    assert everything.train.images.shape == (50_000, 3, 32, 32)
    assert len(everything.test) == 10_000
    assert not everything.train.images.any() and not everything.test.labels.any()


def test_the_fingerprint_is_of_the_files(folder, monkeypatch):
    some = load_dataset("cifar10", train=1, test=1)
    digests = [hashlib.sha256((folder / name).read_bytes()).digest() for name in NAMES]
    assert some.fingerprint == hashlib.sha256(b"".join(digests)).hexdigest()[:16]
    assert load_dataset("cifar10").fingerprint == some.fingerprint
    assert some.name == "CIFAR-10 files of unknown origin" and not some.official
    monkeypatch.setitem(cifar10.COPIES, some.fingerprint, "CIFAR-10 (JPEG copy)")
    copy = load_dataset("cifar10")
    assert copy.label == f"CIFAR-10 (JPEG copy), unofficial, fingerprint {some.fingerprint}"
    for name in NAMES:
        damage(folder / name, lambda content: content.__setitem__(-1, content[-1] ^ 1))
        changed = load_dataset("cifar10")
        assert changed.fingerprint != some.fingerprint and not changed.official
        damage(folder / name, lambda content: content.__setitem__(-1, content[-1] ^ 1))


def test_files_that_agree_with_an_official_manifest_are_official(folder):
    declare(folder)
    some = load_dataset("auto", train=3)
    assert some.official and some.name == some.label == "CIFAR-10"
    declare(folder, archive="0" * 64)
    assert load_dataset("auto", train=3).name == "CIFAR-10 files of unknown origin"


@pytest.mark.parametrize("name", ["auto", "cifar10"])
@pytest.mark.parametrize("file", ["data_batch_4.bin", "test_batch.bin"])
def test_an_altered_file_is_named(folder, name, file):
    """One bit of the last image, of which no part is asked for."""
    declare(folder)
    damage(folder / file, lambda content: content.__setitem__(-1, content[-1] ^ 1))
    with pytest.raises(DamagedData, match=rf"{file} was altered: .* python -m afli data cifar10 "):
        load_dataset(name, train=1, test=1)


@pytest.mark.parametrize("name", ["auto", "cifar10"])
@pytest.mark.parametrize("file", ["data_batch_4.bin", "test_batch.bin"])
def test_a_missing_file_is_named(folder, name, file):
    (folder / file).unlink()
    with pytest.raises(DamagedData, match=rf"{file} is missing: .* data cifar10 --again"):
        load_dataset(name, train=1, test=1)


@pytest.mark.parametrize("size", [0, RECORDS * RECORD_BYTES - 1, (RECORDS + 1) * RECORD_BYTES])
def test_a_file_of_the_wrong_size_is_named(folder, size):
    (folder / "test_batch.bin").write_bytes(bytes(size))
    with pytest.raises(DamagedData, match=rf"test_batch.bin has {size} bytes, not 30 records .*"):
        load_dataset()


def test_a_wrong_label_is_named(folder):
    damage(folder / "data_batch_2.bin", lambda c: c.__setitem__(17 * RECORD_BYTES, 10))
    with pytest.raises(DamagedData, match=r"data_batch_2.bin has label 10 in record 17, not 0 to"):
        load_dataset()


@pytest.mark.parametrize("content", [b"", b"[]", b'{"files": {}}', b"\xff", b'"x"'])
def test_a_manifest_that_says_nothing_is_named(folder, content):
    (folder / MANIFEST).write_bytes(content)
    with pytest.raises(DamagedData, match=f"{MANIFEST} is not a manifest"):
        load_dataset()


def test_a_folder_that_is_not_there(monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "nowhere"))
    for name in ("auto", "cifar10"):
        with pytest.raises(FileNotFoundError, match="nowhere is not a folder: create it, or set"):
            load_dataset(name)
    assert load_dataset("shapeset", train=1, test=1).name == "Shapeset-3x2"


def test_where_cifar_is_absent_shapes_are_generated(monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    some = load_dataset(train=4, test=2)
    assert some.name == some.label == "Shapeset-3x2"
    with pytest.raises(FileNotFoundError, match=r"not in .*: download it with: python -m afli dat"):
        load_dataset("cifar10")
    (tmp_path / FOLDER).mkdir()  # an empty folder of that name is no longer "absent"
    with pytest.raises(DamagedData, match="data_batch_1.bin is missing"):
        load_dataset()


@pytest.mark.parametrize("value", [None, "", " "])
def test_without_the_variable_the_cache_folder_counts(monkeypatch, tmp_path, value):
    monkeypatch.delenv(VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(VARIABLE, value)
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_, **__: tmp_path / "cache")
    assert cifar10.folder() == tmp_path / "cache" / FOLDER
    assert load_dataset(train=1, test=1).name == "Shapeset-3x2"
    monkeypatch.setattr(cifar10, "RECORDS", RECORDS)
    cifar_files.write(cifar10.folder())
    assert load_dataset(train=1, test=1).name == "CIFAR-10 files of unknown origin"


def test_a_home_folder_is_understood(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "images").mkdir()
    monkeypatch.setenv(VARIABLE, "~/images")
    assert cifar10.folder() == tmp_path / "images" / FOLDER


def test_shapeset_is_fixed_by_its_seed():
    first, again = (load_dataset("shapeset", train=60, test=40) for _ in range(2))
    assert first.fingerprint == again.fingerprint and first.official
    assert first.train.images.shape == (60, 1, 32, 32) and len(first.test) == 40
    assert not np.array_equal(first.train.images[:40], first.test.images)
    for other in ({"seed": 1}, {"train": 61}, {"test": 41}):
        arguments = {"train": 60, "test": 40} | other
        assert load_dataset("shapeset", **arguments).fingerprint != first.fingerprint
    whole = load_dataset("shapeset")
    assert (len(whole.train), len(whole.test)) == (10_000, 2_000)


def test_digits():
    """Two of the same class are nearer to each other than others are, on average."""
    digits = load_dataset("digits")
    assert digits.label == "digits" and digits.official and digits.classes[7] == "7"
    assert digits.train.images.shape == (1437, 1, 8, 8) and len(digits.test) == 360
    assert digits.train.images.dtype == np.uint8 and digits.train.images.max() == 240
    assert np.bincount(digits.train.labels).min() > 100
    x, y = digits.train.images[:300].reshape(300, 64).astype(float), digits.train.labels[:300]
    distance = np.linalg.norm(x[:, None] - x, axis=2)
    same = y[:, None] == y
    assert distance[same & (distance > 0)].mean() < 0.8 * distance[~same].mean()
    few = load_dataset("digits", train=9, test=5)
    assert few.fingerprint == digits.fingerprint and len(few.train) == 9
    assert np.array_equal(few.test.images, digits.test.images[:5])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"name": "digits", "train": 1438}, "train must be at most 1437 for digits, got 1438"),
        ({"train": 0}, "train must be at least 1, got 0"),
        ({"test": 2.5}, "test must be a whole number, got 2.5"),
        ({"seed": -1}, "seed must be at least 0"),
        ({"name": "mnist"}, "name must be one of 'auto', 'cifar10', 'shapeset', 'digits', got"),
    ],
)
def test_bad_arguments_are_named(arguments, says):
    with pytest.raises(ValueError, match=says):
        load_dataset(**{"name": "shapeset"} | arguments)


def test_the_laboratory_is_light():
    heavy = {"torch", "matplotlib", "pooch", "requests", "platformdirs"}
    program = f"import sys, afli.lab; sys.exit(str({heavy} & sys.modules.keys() or ''))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stderr.strip() == ""
