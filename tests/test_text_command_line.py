"""What to type next, in the language of who reads it: never a flag to a caller in Python, never an argument
to who typed a command.
"""

from __future__ import annotations

import copy
import pickle
import re

import pytest

from arize_nb import errors
from arize_nb.cli import status_of
from arize_nb.text.command_line import Choice, Command, Hint, spelled
from arize_nb.text.visible import file_name_part, visible_line

FLAG = re.compile(r"%ax\b|(?<![\w-])--[a-z]")
"""A command line, or an option of one."""
ARGUMENT = re.compile(r"(?<![\w-])[a-z]\w*=(?![=\s])|\bclient\.|\bconnect\(")
"""A call in Python, or a parameter of one."""


class TestSpelling:
    def test_a_command_is_a_call_or_a_line(self):
        """Words, arguments and options are quoted as each language wants them; what is not
        given is left out.
        """
        command = Command(
            ("annotation-configs", "list"),
            ["it's"],
            {"space": "a b", "name": None, "label": ["x", "y"], "force": True},
        )

        assert (
            command.line
            == """%ax annotation-configs list 'it'"'"'s' --space 'a b' --label x --label y --force"""
        )
        assert (
            command.call
            == """client.annotation_configs.list("it's", space='a b', label=['x', 'y'], force=True)"""
        )

    @pytest.mark.parametrize(
        ("program", "line"), [("%ax", "%ax x list or --resume"), ("arize-nb", "arize-nb x list or --resume")]
    )
    def test_one_hint_in_both_languages(self, program, line):
        """Its text is Python's; a door spells it for its program."""
        hint = Hint.of("{} or {}", Command(("x", "list")), Choice("resume=True", "--resume"))

        assert (hint, hint.spelled(program)) == ("client.x.list() or resume=True", line)

    def test_hints_nest_and_travel(self):
        """A hint in a hint keeps both languages, and so do copies, also those of a worker process."""
        hint = Hint.of("{}, {}", Hint("a=1", "--a 1"), "plain {}")

        assert [made.line for made in (hint, copy.deepcopy(hint), pickle.loads(pickle.dumps(hint)))] == [
            "--a 1, plain {}"
        ] * 3

    def test_plain_text_only_changes_its_program(self):
        """The words of a command itself stay; `%%ax` is the cell magic."""
        assert (
            spelled("See %ax profiles list, or %%ax with a body", "arize-nb")
            == "See arize-nb profiles list, or %%ax with a body"
        )


class TestVisible:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("\x1b[31mred\x07", "␛[31mred␇"),
            ("a\nb", "a⏎b"),
            ("\u202eabc", "[U+202E]abc"),
            ("\ud83d", "[U+D83D]"),
            ("é 😀", "é 😀"),
        ],
    )
    def test_a_terminal_obeys_nothing(self, text, shown):
        """Escape sequences, line ends, direction overrides and half characters are shown; all else stays."""
        assert shown == visible_line(text)

    def test_a_part_of_a_file_name(self):
        """What separates folders or cannot be printed is replaced; it is not too long."""
        assert file_name_part("../\x1b]0;x\x07\u202e" + "y" * 80) == ".._" + "_]0;x__" + "y" * 40


def raised(call):
    """Return the error of a call."""
    with pytest.raises(errors.AxError) as caught:
        call()
    return caught.value


SITUATIONS = {
    "no experiment": (
        lambda client, ds: client.experiments.get("nope", dataset=ds),
        "experiments get nope --dataset {ds}",
    ),
    "no dataset": (lambda client, ds: client.datasets.get("nope"), "datasets get nope"),
    "no space": (lambda client, ds: client.spaces.get("nope"), "spaces get nope"),
    "no project": (lambda client, ds: client.projects.get("nope"), "projects get nope"),
    "no config": (lambda client, ds: client.annotation_configs.get("nope"), "annotation-configs get nope"),
    "no profile": (
        lambda client, ds: __import__("arize_nb").connect("nope").datasets.list(),
        "datasets list --profile nope",
    ),
    "taken name": (
        lambda client, ds: client.datasets.create(name=ds, examples=[{"a": 1}]),
        "datasets create -n {ds} -f {file}",
    ),
    "unknown examples": (
        lambda client, ds: client.experiments.create(
            name="e", runs=[{"example_id": "zz", "output": "x"}], dataset=ds
        ),
        "experiments create -n e --dataset {ds} -f {file}",
    ),
    "no evaluator": (
        lambda client, ds: client.experiments.evaluate("e0", dataset=ds, evaluators=[]),
        "experiments evaluate e0 --dataset {ds}",
    ),
    "missing config": (
        lambda client, ds: client.experiments.annotate(
            "e0", [{"record_id": run_id(client, ds), "name": "new", "label": "a"}], dataset=ds
        ),
        "experiments annotate-runs e0 --dataset {ds} -f {annotations}",
    ),
    "not annotated by run": (
        lambda client, ds: client.experiments.annotate(
            "e0", [{"record_id": example_id(client, ds), "name": "new", "label": "a"}], dataset=ds
        ),
        "experiments annotate-runs e0 --dataset {ds} -f {by_example}",
    ),
    "nothing to compare": (
        lambda client, ds: client.compare("e0", "e0", dataset=ds),
        "experiments compare e0 e0 --dataset {ds}",
    ),
    "taken experiment": (
        lambda client, ds: client.experiments.run(
            name="e0", dataset=ds, task=lambda row: "x", progress=False
        ),
        "experiments run -n e0 --dataset {ds} --task {task}",
    ),
    "nothing works": (
        lambda client, ds: client.experiments.run(name="e1", dataset=ds, task=broken, progress=False),
        "experiments run -n e1 --dataset {ds} --task {broken}",
    ),
    "evaluator fails": (
        lambda client, ds: client.experiments.run(
            name="e2", dataset=ds, task=lambda row: "x", evaluators=[broken], progress=False
        ),
        "experiments run -n e3 --dataset {ds} --task {task} --evaluator {broken}",
    ),
    "unfinished": (
        lambda client, ds: client.experiments.run(
            name="e2", dataset=ds, task=lambda row: "x", progress=False
        ),
        "experiments run -n e3 --dataset {ds} --task {task}",
    ),
}
"""What goes wrong -> how it is met in Python, and in a terminal. In order: some go on from the one before."""


def broken(row):
    raise LookupError("never works")


def run_id(client, ds):
    return client.experiments.runs("e0", dataset=ds)["id"][0]


def example_id(client, ds):
    return client.datasets.examples(ds)["id"][0]


def test_errors_speak_the_language_of_the_door(
    client, unique_name, tmp_path, capsys, monkeypatch, local_server
):
    """No error of these situations shows a flag to Python or an argument to a terminal, and each says what to
    do.
    """
    monkeypatch.chdir(tmp_path)
    for name, value in {**local_server.env(), "ARIZE_SPACE": client.space}.items():
        monkeypatch.setenv(name, value)
    ds = unique_name("doors")
    client.datasets.create(name=ds, examples=[{"question": "q"}])
    client.experiments.create(
        name="e0", runs=[{"example_id": example_id(client, ds), "output": "x"}], dataset=ds
    )
    files = {
        "ds": ds,
        "file": "rows.csv",
        "task": "tasks.py:task",
        "broken": "tasks.py:broken",
        "annotations": "annotations.csv",
        "by_example": "by_example.csv",
    }
    (tmp_path / "rows.csv").write_text("example_id,output\nzz,x\n")
    (tmp_path / "annotations.csv").write_text(f"record_id,name,label\n{run_id(client, ds)},new,a\n")
    (tmp_path / "by_example.csv").write_text(f"record_id,name,label\n{example_id(client, ds)},new,a\n")
    (tmp_path / "tasks.py").write_text(
        "def task(row):\n    return 'x'\n\n\ndef broken(row):\n    raise LookupError('never works')\n"
    )
    wrong = []
    for name, (call, line) in SITUATIONS.items():
        in_python = str(raised(lambda call=call: call(client, ds)))
        assert 0 != status_of(line.format(**files).split()), name
        in_terminal = capsys.readouterr().err.split("✗ Error:")[-1]
        if (
            FLAG.search(in_python)
            or ARGUMENT.search(in_terminal)
            or "%ax" in in_terminal
            or not in_terminal.strip()
        ):
            wrong.append((name, in_python, in_terminal))

    assert [] == wrong


def test_no_hint_of_the_parts_is_a_command_only():
    """Outside the commands and widgets, which are asked in their own language, a hint with a flag or `%ax`
    knows both languages.
    """
    import ast
    from pathlib import Path

    package = Path(errors.__file__).parent
    places = [
        path
        for path in package.rglob("*.py")
        if path.relative_to(package).parts[0] not in ("commands", "widgets", "magics.py", "cli.py")
    ]
    found = []
    for path in places:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            value = node.value if isinstance(node, ast.keyword) and node.arg == "hint" else None
            if isinstance(value, ast.Constant | ast.JoinedStr) and FLAG.search(ast.unparse(value)):
                found.append(f"{path.name}:{value.lineno}")

    assert len(places) > 100
    assert [] == found
