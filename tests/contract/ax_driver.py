"""Drive the official `ax` program: imported once, then forked for every command, since its start takes
seconds.

Request, a JSON line: ``{"arguments": ["experiments", "list"], "input": "..."}``; reply: ``{"status",
"stdout", "stderr"}``. Every command runs in a process of its own, through the entry point of the installed
program, on real files for its three streams.
"""

import json
import os
import sys
import tempfile

import arize._generated.api_client
import pandas as pd
import pyarrow as pa
from ax.cli import app
from typer.main import get_command

PROGRAM = get_command(app)  # what calling `app` makes anew every time
LOADED = (arize._generated.api_client, pd, pa)  # what commands load on use, once for all forks


def run(arguments, text):
    """Run one command in a fork and return its exit status and what it wrote."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(text.encode())
        given.seek(0)
        pid = os.fork()
        if pid == 0:
            for number, file in enumerate((given, out, err)):
                os.dup2(file.fileno(), number)
            status = command(arguments)
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode())
    return {"status": status, "stdout": texts[0], "stderr": texts[1]}


def command(arguments):
    """Do what the installed `ax` script does."""
    sys.argv = ["ax", *arguments]
    sys.stdin = os.fdopen(os.dup(0), encoding="utf-8")
    try:
        PROGRAM()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def main():
    """Answer until the input ends."""
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in requests:
        request = json.loads(line)
        replies.write(json.dumps(run(request["arguments"], request.get("input", ""))) + "\n")
        replies.flush()


if __name__ == "__main__":
    main()
