"""Completion in bash: names are quoted as they must be, and files stand beside other values."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from click.shell_completion import BashComplete, CompletionItem

from arize_nb.commands.completion.words import Unfinished, split_unfinished

_LINE, _BREAKS = "_ARIZE_NB_LINE", "_ARIZE_NB_BREAKS"

# The line is sent as it was typed: bash cuts its words at ":" and "=" as well. No value is ever expanded by
# the shell.
_SCRIPT = """\
%(complete_func)s() {
    local kind value files=""
    COMPREPLY=()
    while IFS=, read -r kind value; do
        case $kind in
            plain) COMPREPLY+=("$value") ;;
            file | dir) files=$kind ;;
        esac
    done < <(_ARIZE_NB_LINE="${COMP_LINE:0:COMP_POINT}" _ARIZE_NB_BREAKS="$COMP_WORDBREAKS" \\
        %(complete_var)s=bash_complete "$1" 2>/dev/null)
    [[ $files ]] || return 0
    compopt -o filenames
    if [[ ${#COMPREPLY[@]} -eq 0 && $files == dir ]]; then
        compopt -o dirnames
    elif [[ ${#COMPREPLY[@]} -eq 0 ]]; then
        compopt -o default
    else
        while IFS= read -r value; do COMPREPLY+=("$value"); done < <(compgen -f -- "$2")
    fi
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""


class Bash(BashComplete):
    """Click's completion for bash, with a script of ours."""

    source_template = _SCRIPT

    def get_completion_args(self) -> tuple[list[str], str]:
        """Read the line up to the cursor; what stands before the program (variables that are set for it) does
        not count.
        """
        words, self._last = split_unfinished(os.environ.get(_LINE, ""))
        start = next((index for index, word in enumerate(words) if Path(word).name == self.prog_name), 0)
        return words[start + 1 :], self._last.value

    _last = Unfinished(raw="", value="", quote="")

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """Write a completion into the line; files are found by bash."""
        if item.type != "plain":
            return f"{item.type},"
        breaks = os.environ.get(_BREAKS, "")
        return f"plain,{self._last.written_in_bash(item.value, breaks)}"
