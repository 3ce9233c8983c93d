"""Tab in a notebook: the words of the command tree, files, variables and live names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from IPython.core.completer import SimpleCompletion, context_matcher

from arize_nb.commands.completion.words import split_unfinished

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from arize_nb.commands.line.session import Session

_ON_AX_LINE = re.compile(r"(?:^|=)\s*%{1,2}ax\s+(?P<rest>.*)$")
_IDENTIFIER = "ax"


class LineMagics(Protocol):
    """The magics, as completion sees them."""

    shell: Any

    def session(self, body: str | None, local_ns: Mapping[str, Any]) -> Session:
        """Describe this notebook to the commands."""


def register(shell: Any, magics: LineMagics) -> None:
    """Add the matcher to the shell's completer."""

    @context_matcher(identifier=_IDENTIFIER, priority=500)  # type: ignore[untyped-decorator]
    def matcher(context: object) -> dict[str, Any]:
        try:
            return _matches(context, magics)
        except Exception:  # noqa: BLE001 - a traceback would be printed over the user's cell
            return {"completions": []}

    shell.Completer.custom_matchers.append(matcher)


def unregister(shell: Any) -> None:
    """Take the matcher away again."""
    matchers = shell.Completer.custom_matchers
    matchers[:] = [one for one in matchers if getattr(one, "matcher_identifier", None) != _IDENTIFIER]


def _matches(context: Any, magics: LineMagics) -> dict[str, Any]:
    """Complete the word before the cursor, when it is on an %ax line."""
    line = context.text_until_cursor.rpartition("\n")[2]
    found = _ON_AX_LINE.search(line)
    if found is None:
        return {"completions": []}
    words, last = split_unfinished(found["rest"])
    after = context.full_text[context.cursor_position :][:1] if "\n" not in context.full_text else ""
    texts = [(last.written(value, after), kind) for value, kind in candidates(words, last.value, magics)]
    return {
        "completions": [SimpleCompletion(text=text, type=kind) for text, kind in texts],
        "matched_fragment": last.raw,
        "suppress": True,
        "ordered": True,
    }


def candidates(words: list[str], start: str, magics: LineMagics) -> list[tuple[str, str]]:
    """Return what the word may become, and what it is: (text, type)."""
    from click.shell_completion import ShellComplete

    from arize_nb.commands.root import tree

    session = magics.session(None, {})
    session.notify = lambda _text: None
    if start.startswith("$"):
        return [(name, "variable") for name in _variables(magics.shell.user_ns) if name.startswith(start)]
    completer = ShellComplete(tree(), {"obj": session}, "%ax", "")
    option, equals, value = start.partition("=") if start.startswith("--") else ("", "", start)
    if equals:
        items = completer.get_completions([*words, option], value)
        return [(f"{option}={text}", kind) for text, kind in _expanded(items, value, magics.shell.user_ns)]
    texts = list(_expanded(completer.get_completions(words, start), start, magics.shell.user_ns))
    if not texts and not start and not words[-1].startswith("-"):
        texts = [(item.value, "option") for item in completer.get_completions(words, "--")]
    # without any candidate IPython would offer every Python name; the word itself changes nothing
    return texts or [(start, "name")]


def _expanded(
    items: Iterable[CompletionItem], start: str, variables: dict[str, Any]
) -> Iterable[tuple[str, str]]:
    """Put files and variables where the tree says that they may stand."""
    for item in items:
        if item.type in ("file", "dir"):
            yield from ((path, "path") for path in _paths(start, folders_only=item.type == "dir"))
        elif item.type == "variable":
            yield from ((name, "variable") for name in _variables(variables) if not start)
        else:
            yield item.value, "option" if item.value.startswith("-") else "name"


def _paths(start: str, *, folders_only: bool) -> list[str]:
    """Return the files and folders that a path may become; hidden ones only when asked for."""
    folder, _, stem = start.rpartition("/")
    here = Path(f"{folder}/" if "/" in start else ".").expanduser()
    try:
        entries = sorted(here.iterdir())
    except OSError:
        return []
    shown = [
        entry
        for entry in entries
        if entry.name.startswith(stem) and (stem.startswith(".") or not entry.name.startswith("."))
    ]
    prefix = f"{folder}/" if "/" in start else ""
    return [
        f"{prefix}{entry.name}{'/' if entry.is_dir() else ''}"
        for entry in shown
        if entry.is_dir() or not folders_only
    ]


def _variables(namespace: dict[str, Any]) -> list[str]:
    """Return the user's own variables as `$name`: no modules, nothing of IPython's."""
    import types

    hidden = {"In", "Out", "exit", "quit", "open", "get_ipython"}
    return sorted(
        f"${name}"
        for name, value in namespace.items()
        if not name.startswith("_") and name not in hidden and not isinstance(value, (types.ModuleType, type))
    )
