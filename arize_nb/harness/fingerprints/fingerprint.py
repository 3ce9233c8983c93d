"""Fingerprint a callable by everything that it reaches: code, constants, settings, prompts, objects and their
classes.

Comments, line numbers and file names do not matter, so that a cell run again, or a kernel started again,
gives the same fingerprint; nor does state that the code itself changes (counters, caches, logs). What cannot
be described is named, never taken as unchanged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from arize_nb.harness.fingerprints.callable_graph import CallableGraph
from arize_nb.harness.fingerprints.description import Describer

LENGTH = 16
"""Hex digits of a fingerprint."""


@dataclass(frozen=True, kw_only=True)
class Description:
    """What is known of a callable, in a few digits."""

    mark: str
    """16 hex digits that change when the callable does something else."""
    core: str
    """The same without lists and sets in attributes of objects: settings or state (what is still to do, what
    was seen).
    """
    lists: Mapping[str, str] = field(default_factory=dict)
    """Digests of those lists and sets, by their place."""
    not_compared: tuple[str, ...] = ()
    """What it uses that the digits say nothing of: clients, open files, chance, state that it
    changes itself.
    """


def fingerprint(function: object) -> str:
    """Return 16 hex digits that change when the function does something else; see `describe`."""
    return describe(function).mark


def describe(function: object) -> Description:
    """Describe a callable by what it reaches.

    The user's own functions, classes and objects are followed wherever they are: closures, defaults, globals,
    attributes, items, decorators, methods and their bases. Functions and classes of Python and of installed
    packages count by name. Values count by their value: text, numbers, containers, dataclasses, models,
    patterns, enums, paths, dates, arrays and frames.

    Parameters
    ----------
    function : callable
        A task or an evaluator.

    Returns
    -------
    Description
        The same in every process, as long as Python is of one version.
    """
    describer = Describer(CallableGraph(function))
    describer.describe(function, "")
    core = describer.digest()[:LENGTH]
    mark = hashlib.sha256(repr((core, sorted(describer.lists.items()))).encode()).hexdigest()[:LENGTH]
    return Description(
        mark=mark, core=core, lists=describer.lists, not_compared=tuple(dict.fromkeys(describer.unknown))
    )
