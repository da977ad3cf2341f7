"""A download ends with intact files, or with the files of before and a message that helps."""

import argparse
import errno
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import textwrap
import threading
from collections import Counter, namedtuple
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from lab import cifar_files

from afli.commands import data
from afli.lab import cifar10, download
from afli.lab.cifar10 import DamagedData
from afli.lab.download import DownloadError

RECORDS = 20


@pytest.fixture(autouse=True)
def small_files(monkeypatch):
    monkeypatch.setattr(cifar10, "RECORDS", RECORDS)
    monkeypatch.setenv("no_proxy", "127.0.0.1")


class Server(ThreadingHTTPServer):
    """Serves one archive, well or badly, and counts who asks for it."""

    daemon_threads = True

    def __init__(self, archive):
        super().__init__(("127.0.0.1", 0), Handler)
        self.archive, self.asked = archive, Counter()
        self.half_sent, self.go_on = threading.Event(), threading.Event()

    def url(self, manner):
        return f"http://127.0.0.1:{self.server_port}/{manner}/files.tar.gz"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        manner, body = self.path.split("/")[1], self.server.archive
        self.server.asked[manner] += 1
        if manner == "gone":
            return self.send_error(404, "Not Found")
        if manner == "altered":
            body = body[:-1] + bytes([body[-1] ^ 1])
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        middle = len(body) // 2
        self.wfile.write(body[:middle])
        if manner == "cut" or (manner == "cut-once" and self.server.asked[manner] == 1):
            return None
        if manner == "slow":
            self.server.half_sent.set()
            self.server.go_on.wait(20)
        return self.wfile.write(body[middle:])

    def log_message(self, *_):
        pass


def pack(folder, extra=(), leave_out=()):
    """A gzipped tar archive of the files of a folder, and further members."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as tar:
        for name in cifar10.NAMES:
            if name not in leave_out:
                tar.add(folder / name, f"{cifar10.FOLDER}/{name}")
        for member, content in extra:
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


@contextmanager
def serve(archive):
    server = Server(archive)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.go_on.set()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def original(tmp_path):
    return cifar_files.write(tmp_path / "original")


@pytest.fixture
def server(original):
    with serve(pack(original)) as running:
        yield running


@pytest.fixture
def place(tmp_path):
    return tmp_path / "cache" / "afli" / cifar10.FOLDER


def fetch(server, place, manner="well", **options):
    sha256, size = hashlib.sha256(server.archive).hexdigest(), len(server.archive)
    options = {"retries": 0} | options
    return download.fetch(place, server.url(manner), sha256, size, **options)


def left_behind(place):
    """What an attempt left beside the folder."""
    return sorted({path.name for path in place.parent.iterdir()} - {place.name, download.LOCK})


def test_the_files_arrive_with_a_manifest(server, place, original, capfd):
    assert fetch(server, place, progress=True) == place
    assert "100%" in capfd.readouterr().err
    for name in cifar10.NAMES:
        assert (place / name).read_bytes() == (original / name).read_bytes()
    manifest = json.loads((place / cifar10.MANIFEST).read_text())
    assert manifest["archive_sha256"] == hashlib.sha256(server.archive).hexdigest()
    assert manifest["source"] == server.url("well")
    for name, about in manifest["files"].items():
        content = (original / name).read_bytes()
        expected = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        assert about == expected
    assert left_behind(place) == []


def test_files_are_official_if_they_come_from_the_official_archive(server, place, monkeypatch):
    fetch(server, place)
    assert not cifar10.read(place, 1, 1).official
    monkeypatch.setattr(cifar10, "ARCHIVE_SHA256", hashlib.sha256(server.archive).hexdigest())
    files = cifar10.read(place, 1, 1)
    assert files.official and files.name == "CIFAR-10"


def test_intact_files_are_not_fetched_again(server, place):
    fetch(server, place)
    before = (place / cifar10.MANIFEST).stat().st_mtime_ns
    fetch(server, place)
    assert server.asked == {"well": 1}
    assert (place / cifar10.MANIFEST).stat().st_mtime_ns == before


def test_a_damaged_file_is_mended_on_request(server, place, original):
    fetch(server, place)
    victim = place / "data_batch_3.bin"
    content = bytearray(victim.read_bytes())
    content[100] ^= 1
    victim.write_bytes(content)
    with pytest.raises(DamagedData, match=r"data_batch_3.bin was altered: .*data cifar10 --again"):
        fetch(server, place)
    fetch(server, place, again=True)
    assert victim.read_bytes() == (original / victim.name).read_bytes()
    cifar10.read(place, 1, 1)


def test_other_files_are_replaced_on_request_and_never_mixed(server, tmp_path, monkeypatch):
    place = cifar_files.write(tmp_path / "other" / cifar10.FOLDER, seed=1)
    before = cifar10.read(place, 1, 1).fingerprint
    assert fetch(server, place) == place and cifar10.read(place, 1, 1).fingerprint == before

    moved, replace = [], os.replace

    def replace_three(source, target):
        if len(moved) == 3:
            raise OSError(errno.EIO, "Input/output error")
        moved.append(target.name)
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(download.os, "replace", replace_three)
        with pytest.raises(DownloadError, match="Input/output error"):
            fetch(server, place, again=True)
    assert moved == [cifar10.MANIFEST, "data_batch_1.bin", "data_batch_2.bin"]
    with pytest.raises(DamagedData, match="data_batch_3.bin was altered"):
        cifar10.read(place, 1, 1)
    fetch(server, place, again=True)
    assert cifar10.read(place, 1, 1).fingerprint != before


@pytest.mark.parametrize(
    ("manner", "says"),
    [
        ("altered", "not the archive that was expected.*does not match the known hash"),
        ("cut", "could not be downloaded: the connection was cut; check the connection"),
        ("gone", "could not be downloaded: the server answered 404 Not Found"),
    ],
)
def test_a_bad_transfer_leaves_nothing(server, place, manner, says):
    with pytest.raises(DownloadError, match=rf"files.tar.gz .*{says}.* run: python -m afli data"):
        fetch(server, place, manner)
    assert not place.exists() and left_behind(place) == []
    fetch(server, place)
    cifar10.read(place, 1, 1)


def test_a_bad_transfer_leaves_the_files_that_were_there(server, place):
    fetch(server, place)
    with pytest.raises(DownloadError, match="run: python -m afli data cifar10 --again"):
        fetch(server, place, "altered", again=True)
    cifar10.read(place, 1, 1)


def test_a_cut_connection_is_tried_again(server, place):
    fetch(server, place, "cut-once", retries=1)
    assert server.asked["cut-once"] == 2
    cifar10.read(place, 1, 1)


def test_no_server(server, place):
    server.server_close()
    with pytest.raises(DownloadError, match="no connection to the server; check the connection"):
        fetch(server, place)
    assert not place.exists()


def test_a_full_disk_is_seen_beforehand(server, place, monkeypatch):
    usage = namedtuple("usage", "total used free")(10**9, 10**9, 1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(DownloadError, match=r"disk is full \(. MB are needed\); make room or set"):
        fetch(server, place)
    assert server.asked == {} and left_behind(place) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_disk_that_fills_during_the_transfer(server, place, monkeypatch):
    @contextmanager
    def full(path):
        yield "/dev/full"

    monkeypatch.setattr("pooch.core.temporary_file", full)
    with pytest.raises(DownloadError, match=r"disk is full \(No space left on device\)"):
        fetch(server, place)
    assert not place.exists() and left_behind(place) == []


CHILD = """
    import resource, sys
    from pathlib import Path
    from afli.lab import cifar10, download
    cifar10.RECORDS = {records}
    limit = {limit}
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        download.fetch(Path({place!r}), {url!r}, {sha256!r}, {size}, retries=0)
    except download.DownloadError as error:
        sys.exit(str(error))
"""


def child(server, place, manner="well", limit=0):
    """Another process that fetches the archive."""
    program = CHILD.format(
        records=RECORDS,
        limit=limit,
        place=str(place),
        url=server.url(manner),
        sha256=hashlib.sha256(server.archive).hexdigest(),
        size=len(server.archive),
    )
    command = [sys.executable, "-c", textwrap.dedent(program)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("room", ["archive", "files"])
def test_a_limit_that_the_system_sets(place, tmp_path, room):
    """The system refuses to write past it, first while loading, then while unpacking."""
    folder = cifar_files.write(tmp_path / "original")
    for name in cifar10.NAMES:  # images of one colour: the archive is smaller than a file
        records = np.fromfile(folder / name, np.uint8).reshape(RECORDS, -1)
        records[:, 1:] = 7
        records.tofile(folder / name)
    archive = pack(folder)
    limit = len(archive) // 2 if room == "archive" else RECORDS * cifar10.RECORD_BYTES - 1
    assert len(archive) < RECORDS * cifar10.RECORD_BYTES - 1
    with serve(archive) as server:
        process = child(server, place, limit=limit)
        message = process.communicate(timeout=60)[1]
    assert process.returncode == 1
    assert "the disk is full (File too large); make room or set AFLI_DATA" in message
    assert not place.exists() and left_behind(place) == []


def test_two_processes_download_once(server, place):
    first = child(server, place, "slow")
    assert server.half_sent.wait(60)
    second = child(server, place, "slow")
    assert second.stderr.readline().startswith("Another process is downloading CIFAR-10")
    server.go_on.set()
    assert first.wait(60) == second.wait(60) == 0
    assert server.asked == {"slow": 1}
    cifar10.read(place, 1, 1)
    for process in (first, second):
        process.stderr.close()


def test_a_killed_download_is_cleaned_up_by_the_next(server, place):
    process = child(server, place, "slow")
    assert server.half_sent.wait(60)
    process.kill()
    process.communicate()
    assert not place.exists() and left_behind(place) == [download.UNFINISHED]
    fetch(server, place)
    cifar10.read(place, 1, 1)
    assert left_behind(place) == []


def test_only_the_expected_files_leave_the_archive(original, place):
    evil = tarfile.TarInfo("../evil.txt")
    evil.size = 4
    archive = pack(original, extra=[(evil, b"evil"), (tarfile.TarInfo("readme.html"), b"")])
    with serve(archive) as server:
        fetch(server, place)
    assert {path.name for path in place.iterdir()} == {*cifar10.NAMES, cifar10.MANIFEST}
    assert not list(place.parent.parent.rglob("evil.txt"))


def link(name):
    member = tarfile.TarInfo(f"{cifar10.FOLDER}/{name}")
    member.type, member.linkname = tarfile.SYMTYPE, "/etc/hostname"
    member.size = RECORDS * cifar10.RECORD_BYTES  # as if it were a file
    return member, bytes(member.size)


@pytest.mark.parametrize(
    ("archive", "says"),
    [
        (lambda files: b"not an archive", "not a gzip file"),
        (lambda files: pack(files)[:-40_000], "ended before the end-of-stream"),
        (lambda files: pack(files, leave_out=["data_batch_2.bin"]), "data_batch_2.bin is not in"),
        (
            lambda files: pack(files, [link("test_batch.bin")], ["test_batch.bin"]),
            "test_batch.bin in it is not a file of 61460 bytes",
        ),
    ],
)
def test_an_archive_that_is_not_what_it_should_be(original, place, archive, says):
    with serve(archive(original)) as server, pytest.raises(DownloadError, match=says):
        fetch(server, place)
    assert not place.exists() and left_behind(place) == []


def test_a_folder_that_cannot_be_made(server, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(
        DownloadError, match="not be stored in .*; set AFLI_DATA to a folder elsewhere"
    ):
        fetch(server, tmp_path / "file" / "afli" / cifar10.FOLDER)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(server, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    with pytest.raises(DownloadError, match="cannot be written .*set AFLI_DATA to a folder that"):
        fetch(server, closed / cifar10.FOLDER)


def test_refused_permission_is_explained(server, place, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(download.tarfile.TarFile, "extract", refuse)
    with pytest.raises(DownloadError, match=r"cannot be written \(Permission denied\); set AFLI"):
        fetch(server, place)
    assert left_behind(place) == []


@pytest.fixture
def command(server, tmp_path, monkeypatch, capsys):
    """`python -m afli data ...` with the test's server in the place of the official one."""
    monkeypatch.setenv(cifar10.VARIABLE, str(tmp_path))
    monkeypatch.setattr(cifar10, "URL", server.url("well"))
    monkeypatch.setattr(cifar10, "ARCHIVE_BYTES", len(server.archive))
    digest = hashlib.sha256(server.archive).hexdigest()
    monkeypatch.setattr(cifar10, "ARCHIVE_SHA256", digest)

    def run(*arguments):
        parser = argparse.ArgumentParser()
        data.add_arguments(parser)
        data.run(parser.parse_args(arguments))
        return capsys.readouterr().out

    return run


def test_the_command_downloads_lists_and_replaces(command, tmp_path, server):
    folder = tmp_path / cifar10.FOLDER
    assert f"CIFAR-10 is not in {folder}; download it" in command()
    assert command("cifar10").startswith("Downloaded and checked.\nCIFAR-10, official")
    assert command("cifar10").startswith("Already there and intact.\nCIFAR-10, official")
    listed = command()
    assert f"in {folder}\n  100 training and 20 test images" in listed
    assert cifar10.read(folder, 0, 0).fingerprint in listed
    (folder / "test_batch.bin").write_bytes(b"")
    for arguments in ((), ("cifar10",)):
        with pytest.raises(DamagedData, match="test_batch.bin has 0 bytes"):
            command(*arguments)
    assert command("cifar10", "--again").startswith("Downloaded and checked.\nCIFAR-10, official")
    (folder / cifar10.MANIFEST).unlink()
    assert "origin, unofficial" in command("cifar10")
    assert server.asked == {"well": 2}


def test_the_command_counts_shapes(command):
    lines = command("shapeset", "--count", "500").splitlines()
    assert len(lines) == 10 and sum(int(line.split()[-1]) for line in lines[1:]) == 500
    with pytest.raises(ValueError, match="--again goes with cifar10"):
        command("shapeset", "--again")
