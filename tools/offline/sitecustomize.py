"""Python that starts with this folder on PYTHONPATH reaches no other machine, nor do its children.

Python asks an audit hook before it connects, and there is no way to take one off again.
"""

import sys

HERE = {"127.0.0.1", "::1", "localhost", "", None}
PLACE = {  # of the host, or of an address that starts with it, among the arguments of an event
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
}


def refuse(event, arguments):
    """Raise an error before a connection to another machine."""
    if event not in PLACE:
        return
    target = arguments[PLACE[event]]
    if isinstance(target, tuple):
        target = target[0]
    elif event in ("socket.connect", "socket.sendto"):
        return  # a socket of this machine, named by a path
    if target not in HERE:
        raise PermissionError(f"no network here: {target!r} is another machine")


sys.addaudithook(refuse)
