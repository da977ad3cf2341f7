"""Files that are whole or not there: written beside their place and moved there in one step."""

import errno
import os
import uuid
from contextlib import contextmanager
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)


class StorageError(OSError):
    """A file that cannot be written; the message names the file, the cause and the cure."""


def write(path, content):
    """Write a file so that whoever looks finds the old content or the new, never a part.

    It is written under another name, brought to the disk and renamed. If that fails, the old file
    is still there and nothing else is left; a process that is killed leaves ``.NAME.*.part``,
    which `remove_parts` removes.

    Parameters
    ----------
    path : path-like
        In a folder that exists.
    content : bytes

    Raises
    ------
    StorageError
        If the disk is full, the folder cannot be written, or the like.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write(Path(folder) / "a.txt", b"whole")
    ...     [(path.name, path.read_bytes()) for path in Path(folder).iterdir()]
    [('a.txt', b'whole')]
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    with explained(path, "written"):
        try:
            with open(part, "xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        _folder_to_disk(path.parent)


def remove_parts(path):
    """Remove what killed processes left of a file; for whoever alone may write it."""
    path = Path(path)
    for part in path.parent.glob(f".{path.name}.*.part"):
        part.unlink(missing_ok=True)


@contextmanager
def explained(path, done):
    """Turn an OSError about `path`, which could not be "written" or "read", into a message."""
    try:
        yield
    except StorageError:
        raise
    except OSError as error:
        raise StorageError(f"{path} could not be {done}: {_cause_and_cure(error)}") from None


def _cause_and_cure(error):
    cause = error.strerror or str(error)
    if error.errno in FULL:
        return f"the disk is full ({cause}); make room, then repeat the command, which goes on"
    if error.errno in REFUSED:
        return f"permission was refused ({cause}); choose a folder that can be written"
    return f"{cause}; when that is mended, repeat the command, which goes on"


def _folder_to_disk(folder):
    """Bring the new name to the disk, where the system lets folders be opened."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
