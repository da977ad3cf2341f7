"""Fetch CIFAR-10: one checked archive, unpacked beside its place and moved there in one step.

Nothing is fetched unless it is asked for. Whatever goes wrong, the files that were there before
are there after, and what an attempt left behind is removed by the next.
"""

import errno
import json
import os
import shutil
import sys
import tarfile
import zlib
from contextlib import contextmanager

from . import cifar10
from .cifar10 import DamagedData

LOCK = ".cifar-10.lock"
UNFINISHED = ".cifar-10-unfinished"
ELSEWHERE = f"set {cifar10.VARIABLE} to a folder"


class DownloadError(OSError):
    """A download that failed; the message names the file, the cause and the cure."""


def download_cifar10(*, again=False, progress=True):
    """Download the official archive of CIFAR-10, 170 MB, unless its files are there and intact.

    The folder is in the user's cache, or where the environment variable AFLI_DATA says. Two
    processes may ask at once: one downloads, the other waits and finds the files.

    Parameters
    ----------
    again : bool
        Download even if the folder is there, and replace the six files in it.
    progress : bool
        Draw a progress bar on stderr.

    Returns
    -------
    pathlib.Path
        The folder of the files.

    Raises
    ------
    DownloadError
        If the archive cannot be fetched, is not the official one, or cannot be stored.
    afli.lab.cifar10.DamagedData
        If the files that are there are damaged, and `again` is False.
    FileNotFoundError
        If AFLI_DATA is not a folder.

    References
    ----------
    Krizhevsky (2009), chapter 3; https://www.cs.toronto.edu/~kriz/cifar.html.
    """
    source = cifar10.URL, cifar10.ARCHIVE_SHA256, cifar10.ARCHIVE_BYTES
    return fetch(cifar10.folder(), *source, again=again, progress=progress)


def fetch(place, url, sha256, size, *, again=False, progress=False, retries=2):
    """Fetch an archive of six files in the layout of CIFAR-10.

    Parameters
    ----------
    place : pathlib.Path
        Where the folder of the files is to be.
    url : str
        Address of a gzipped tar archive.
    sha256 : str
        Its SHA-256, in hexadecimal digits.
    size : int
        Its size in bytes, to see beforehand whether the disk has room.
    again, progress : bool
        As for `download_cifar10`.
    retries : int
        How often to start afresh when the transfer fails.

    Returns
    -------
    pathlib.Path
        `place`.

    Raises
    ------
    DownloadError, DamagedData
        As for `download_cifar10`.
    """
    command = f"{cifar10.GET} --again" if again else cifar10.GET
    parent = place.parent
    with _explained(url, parent, f"run: {command}"):
        parent.mkdir(parents=True, exist_ok=True)
        with _alone(parent):
            if place.is_dir() and not again:
                cifar10.read(place, 0, 0)
                return place
            work = parent / UNFINISHED
            shutil.rmtree(work, ignore_errors=True)
            try:
                work.mkdir()
                _check_space(parent, size)
                archive = _transfer(url, sha256, work, progress, retries)
                files = _unpack(archive, work)
                _write_manifest(files, url, sha256)
                _publish(files, place)
            finally:
                shutil.rmtree(work, ignore_errors=True)
    return place


@contextmanager
def _alone(parent):
    """Let one process at a time into the folder."""
    from filelock import FileLock, Timeout

    lock = FileLock(parent / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print("Another process is downloading CIFAR-10: waiting for it.", file=sys.stderr)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _check_space(parent, size):
    needed = size + len(cifar10.NAMES) * cifar10.RECORDS * cifar10.RECORD_BYTES
    if shutil.disk_usage(parent).free < needed:
        raise OSError(errno.ENOSPC, f"{needed / 1e6:.0f} MB are needed")


def _transfer(url, sha256, work, progress, retries):
    """The archive's path, once its checksum is right."""
    import pooch

    name = url.rsplit("/", 1)[-1]
    source = pooch.create(
        work, "", registry={name: f"sha256:{sha256}"}, urls={name: url}, retry_if_failed=retries
    )
    # The archive as it is stored, not packed once more for the way.
    headers = {"Accept-Encoding": "identity"}
    load = pooch.HTTPDownloader(progressbar=progress, chunk_size=2**16, headers=headers)
    return source.fetch(name, downloader=load)


def _unpack(archive, work):
    """Take the six files out of the archive, and nothing else."""
    expected = {f"{cifar10.FOLDER}/{name}" for name in cifar10.NAMES}
    size = cifar10.RECORDS * cifar10.RECORD_BYTES
    with tarfile.open(archive, "r:gz") as tar:
        for member in tar:
            if member.name in expected:
                if not member.isreg() or member.size != size:
                    raise tarfile.TarError(f"{member.name} in it is not a file of {size} bytes")
                tar.extract(member, work, filter="data")
                expected.remove(member.name)
    if expected:
        raise tarfile.TarError(f"{min(expected)} is not in the archive")
    return work / cifar10.FOLDER


def _write_manifest(files, url, sha256):
    content = {"source": url} | cifar10.manifest(files, sha256)
    (files / cifar10.MANIFEST).write_text(json.dumps(content, indent=1) + "\n")


def _publish(files, place):
    """Move the files to their place, after they have reached the disk."""
    names = (cifar10.MANIFEST, *cifar10.NAMES)
    for name in names:
        _to_disk(files / name)
    _to_disk(files)
    if place.is_dir():
        # A folder cannot be exchanged in one step. The new manifest goes first: until the last
        # file is replaced, readers are told that the files do not agree with it.
        for name in names:
            os.replace(files / name, place / name)
    else:
        os.rename(files, place)
    _to_disk(place.parent)


def _to_disk(path):
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _explained(url, parent, then):
    """Turn whatever can go wrong into one message: what, why, and what to do."""
    from requests import RequestException

    try:
        yield
    except (DamagedData, DownloadError):
        raise
    except RequestException as error:
        raise DownloadError(
            f"{url} could not be downloaded: {_network(error)}; check the connection, then {then}"
        ) from None
    except (ValueError, tarfile.TarError, EOFError, zlib.error) as error:
        raise DownloadError(
            f"{url} is not the archive that was expected, and nothing of it was kept: {error}; "
            f"later, or on another network, {then}"
        ) from None
    except OSError as error:
        raise DownloadError(
            f"{url} could not be stored in {parent}: {_disk(error)}, then {then}"
        ) from None


def _network(error):
    from requests import exceptions

    if isinstance(error, exceptions.HTTPError):
        return f"the server answered {error.response.status_code} {error.response.reason}"
    if isinstance(error, exceptions.Timeout):
        return "the server did not answer in time"
    if isinstance(error, exceptions.ChunkedEncodingError):
        return "the connection was cut"
    if isinstance(error, exceptions.SSLError):
        return f"no secure connection ({error})"
    if isinstance(error, exceptions.ConnectionError):
        return "no connection to the server"
    return str(error)


def _disk(error):
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"the disk is full ({error.strerror}); make room or {ELSEWHERE} on another disk"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"it cannot be written ({error.strerror}); {ELSEWHERE} that can"
    return f"{error}; {ELSEWHERE} elsewhere"
