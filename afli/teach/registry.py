"""What claims, exercises, tasks and scores share: functions registered by id in a package."""

import importlib
import pkgutil


class Registry:
    """Entries by id, each made by the decorator of a function in a module of one package.

    Parameters
    ----------
    kind : str
        What an error calls an entry: "claim id".
    package : str
        Whose modules register when they are imported: "afli.teach.ledger".

    Attributes
    ----------
    entries : dict
        Those registered so far, by id.
    """

    def __init__(self, kind, package):
        self.kind, self.package = kind, package
        self.entries, self._owners = {}, {}

    def add(self, id, function, entry):
        """Register an entry under an id.

        Raises
        ------
        ValueError
            If another function has the id. The same one may come again, from a module that is
            loaded anew.
        """
        owner = function.__module__, function.__qualname__
        if self._owners.setdefault(id, owner) != owner:
            raise ValueError(f"{self.kind} {id!r} is taken by {self._owners[id][1]}")
        self.entries[id] = entry

    def load(self):
        """All entries by id, module by module."""
        package = importlib.import_module(self.package)
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{self.package}.{module.name}")
        return self.entries
