"""Tab: words of the tree, files, variables and live names, quoted, quick, never an exception."""

from __future__ import annotations

import http.server
import threading
import time

import pytest
from IPython.core.completer import provisionalcompleter

from arize_nb.commands.completion.live_names import Asked, LiveNames
from arize_nb.commands.completion.words import Unfinished, split_unfinished, without_comment


@pytest.fixture
def tab(ipython):
    """Press Tab at the end of a text (or at `|`); returns what the line would become."""

    def press(text):
        before, _, after = text.partition("|")
        with provisionalcompleter():
            found = list(ipython.Completer.completions(before + after, len(before)))
        return [before[: one.start] + one.text for one in found]

    return press


def words(lines):
    """Return the last word of each line."""
    return [line.rsplit(" ", 1)[-1] for line in lines]


class TestWords:
    """Commands, flags and formats."""

    def test_nouns(self, tab):
        """Nouns, without those that make no sense in a notebook."""
        found = words(tab("%ax "))

        assert {"experiments", "datasets", "server", "link"} <= set(found)
        assert "completion" not in found

    @pytest.mark.parametrize("start", ["%ax ", "x = %ax ", "df=%ax ", "%%ax ", "  %ax ", "%ax --quiet "])
    def test_places(self, tab, start):
        """On a line, in an assignment, in a cell magic, indented."""
        assert tab(f"{start}experi") == [f"{start}experiments"]

    def test_commands(self, tab):
        """Commands of a noun."""
        assert words(tab("%ax experiments e")) == ["export", "evaluate", "explore"]

    def test_flags(self, tab):
        """Flags of a command, common ones too."""
        assert {"--dataset", "--space", "--output-dir", "--into"} <= set(
            words(tab("%ax experiments export x --"))
        )
        assert set(words(tab("%ax experiments export x --outp"))) == {"--output", "--output-dir"}

    def test_formats(self, tab, tmp_path, monkeypatch):
        """Values of -o."""
        monkeypatch.chdir(tmp_path)

        assert words(tab("%ax experiments list -o p")) == ["parquet"]
        assert words(tab("%ax experiments list --output=js")) == ["--output=json"]

    def test_choices(self, tab):
        """Values of a choice."""
        assert words(tab("%ax experiments run --rerun ")) == ["failed", "all"]

    def test_words_behind_a_metric(self, tab):
        """A direction is offered by itself and behind the name of a metric."""
        assert words(tab("%ax experiments compare a b --direction ")) == ["higher", "lower", "neutral"]
        assert words(tab("%ax experiments compare a b --direction latency_ms=l")) == ["latency_ms=lower"]

    @pytest.mark.parametrize(
        "text",
        [
            "%ax experiments list",
            "%ax nonsense ",
            "%ax experiments get 'x ",
            "%timeit ax ",
            "ax exper",
            "x = 1",
        ],
    )
    def test_nothing_to_say(self, tab, text):
        """Lines that are not ours, or make no sense, give nothing and no exception."""
        assert [line for line in tab(text) if "experiments list --" in line] == []

    @pytest.mark.parametrize("start", ["", "x"])
    def test_value_that_nobody_knows(self, tab, start):
        """Where a value is free the line stays as it is: no quotes are put into it, no Python names are
        offered.
        """
        line = f"%ax experiments compare a b --metric {start}"

        assert set(tab(line)) <= {line}


class TestFilesAndVariables:
    """After -f, --task and the like."""

    @pytest.fixture(autouse=True)
    def _files(self, tmp_path, monkeypatch):
        (tmp_path / "runs one.csv").write_text("")
        (tmp_path / "results").mkdir()
        (tmp_path / "results" / "runs.json").write_text("")
        (tmp_path / ".hidden").write_text("")
        monkeypatch.chdir(tmp_path)

    def test_files(self, tab):
        """Files and folders, quoted when they need it, hidden ones only when asked for."""
        assert tab("%ax experiments create -f r") == [
            "%ax experiments create -f results/",
            "%ax experiments create -f 'runs one.csv'",
        ]
        assert tab("%ax experiments create -f results/") == ["%ax experiments create -f results/runs.json"]
        assert tab("%ax experiments create -f .h") == ["%ax experiments create -f .hidden"]

    def test_open_quote(self, tab):
        """A quote that is open is closed, and not doubled where the editor has closed it already."""
        assert tab('%ax experiments create -f "runs') == ['%ax experiments create -f "runs one.csv"']
        assert tab("%ax experiments create -f 'runs|'") == ["%ax experiments create -f 'runs one.csv"]

    def test_folders(self, tab):
        """Where a folder is asked for, folders."""
        assert tab("%ax experiments export x --output-dir r") == [
            "%ax experiments export x --output-dir results/"
        ]

    def test_variables(self, tab, ipython):
        """`$` offers the notebook's own variables, and so do the options that take them."""
        ipython.user_ns |= {"my_runs": [], "my_task": len, "_private": 1}

        assert words(tab("%ax experiments create -f $my_")) == ["$my_runs", "$my_task"]
        assert {"$my_runs", "results/"} <= set(words(tab("%ax experiments create -f ")))
        assert "$my_task" in words(tab("%ax experiments run --task "))
        assert "$_private" not in words(tab("%ax experiments create -f "))

    def test_task_file_is_not_run(self, tab, tmp_path):
        """Completing behind `--task file.py` does not import the file."""
        (tmp_path / "task.py").write_text("open('ran', 'w').close()\ndef task(x): return x\n")

        tab("%ax experiments run --task task.py --")

        assert not (tmp_path / "ran").exists()


class TestLiveNames:
    """Names that the service has."""

    @pytest.fixture
    def tab(self, tab):
        """Press Tab up to three times: on a busy machine the names may be there at the next one only."""

        def press(text):
            for _ in range(3):
                found = tab(text)
                if found != [text] and not all(word.startswith("--") for word in words(found)):
                    break
            return found

        return press

    @pytest.fixture
    def names(self, client):
        """Experiments and datasets with awkward names."""
        dataset = client.datasets.create(name="my data (v2)", examples=[{"q": "a"}])
        ids = list(client.datasets.examples(dataset)["id"])
        for name in ("base-line", "it's", "exp (final)"):
            client.experiments.create(
                name=name, runs=[{"example_id": ids[0], "output": "x"}], dataset=dataset
            )

    def test_datasets(self, tab, names):
        """Datasets of the space, quoted."""
        assert tab("%ax experiments list --dataset m") == ["%ax experiments list --dataset 'my data (v2)'"]

    def test_experiments(self, tab, names):
        """Experiments of the dataset that the line names, wherever it names it."""
        found = tab("%ax experiments get --dataset 'my data (v2)' ")

        assert set(found) == {
            f"%ax experiments get --dataset 'my data (v2)' {name}"
            for name in ("base-line", """'it'"'"'s'""", "'exp (final)'")
        }

    def test_the_completed_line_works(self, tab, ipython, names):
        """What Tab wrote is understood."""
        (line,) = tab("%ax experiments get --dataset 'my data (v2)' 'it")

        result = ipython.run_cell(line)

        assert result.result.name == "it's"

    def test_unknown_dataset(self, tab, names):
        """A dataset that is not there gives no names and no error: only the flags are left."""
        assert all(one.startswith("--") for one in words(tab("%ax experiments get --dataset nope ")))
        assert tab("%ax experiments get --dataset nope x") == ["%ax experiments get --dataset nope x"]

    def test_profiles(self, tab):
        """Profiles after --profile and `profiles use`."""
        assert words(tab("%ax spaces list --profile l")) == ["local"]
        assert words(tab("%ax profiles use ")) == ["local"]

    def test_nothing_is_started(self, tab, workspace_env):
        """Tab starts no local workspace."""
        from arize_nb import workspace

        assert all(one.startswith("--") for one in words(tab("%ax experiments get ")))
        assert workspace.status() is None


class SlowService:
    """A service that answers after a while and counts its requests."""

    def __init__(self, delay_s):
        service = self
        self.requests = 0

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                service.requests += 1
                time.sleep(delay_s)
                body = (
                    b'{"spaces": [{"id": "U3BhY2U6MTph", "name": "prod"}], "pagination": {"has_more": false}}'
                )
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def use(self, monkeypatch):
        """Point the environment at it."""
        host, port = self.server.server_address
        for name, value in {
            "API_KEY": "k",
            "API_HOST": host,
            "API_PORT": str(port),
            "API_SCHEME": "http",
        }.items():
            monkeypatch.setenv(f"ARIZE_{name}", value)


@pytest.fixture
def slow(monkeypatch):
    """A service that takes a second."""
    service = SlowService(1.0)
    service.use(monkeypatch)
    yield service
    service.server.shutdown()
    service.server.server_close()


def test_slow_service(slow):
    """A slow service costs at most the cold wait; its names are there at a later Tab, asked for once."""
    names = LiveNames()
    start = time.monotonic()
    first = names.starting_with(Asked(kind="space"), "")
    waited = time.monotonic() - start
    second = names.starting_with(Asked(kind="space"), "")
    time.sleep(1.2)

    assert (first, second) == ([], [])
    assert waited < 0.6
    assert names.starting_with(Asked(kind="space"), "P") == ["prod"]
    assert slow.requests == 1


def test_old_names_are_refreshed(slow):
    """After a minute names are asked for again; meanwhile the old ones are shown."""
    now = [0.0]
    names = LiveNames(clock=lambda: now[0])
    names.starting_with(Asked(kind="space"), "")
    time.sleep(1.2)
    now[0] = 61.0

    assert names.starting_with(Asked(kind="space"), "") == ["prod"]
    assert slow.requests == 2


def test_no_service(monkeypatch):
    """A service that is not there, and settings that are wrong, give nothing."""
    monkeypatch.setenv("ARIZE_PROFILE", "nope")
    assert LiveNames().starting_with(Asked(kind="space"), "") == []


@pytest.mark.parametrize(
    ("text", "finished", "raw", "value", "quote"),
    [
        ("", [], "", "", ""),
        ("a b", ["a"], "b", "b", ""),
        ("a b ", ["a", "b"], "", "", ""),
        ("a 'b c", ["a"], "'b c", "b c", "'"),
        ('a "b c', ["a"], '"b c', "b c", '"'),
        ("'a b' c", ["a b"], "c", "c", ""),
        (r"a\ b", [], r"a\ b", "a b", ""),
        ("--dataset='my d", [], "--dataset='my d", "--dataset=my d", "'"),
    ],
)
def test_split_unfinished(text, finished, raw, value, quote):
    """A line is split as a shell would, its last word kept as it stands."""
    words_, last = split_unfinished(text)

    assert (words_, last.raw, last.value, last.quote) == (finished, raw, value, quote)


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("get base # the first", "get base "),
        ("#nothing", ""),
        ("get run#3 -q", "get run#3 -q"),
        ("--filter 'a = \" #1' # it's", "--filter 'a = \" #1' "),
        ('--filter "a \\" # b"', '--filter "a \\" # b"'),
        ("get 'open # quote", "get 'open # quote"),
        (r"get \# -q", r"get \# -q"),
    ],
)
def test_without_comment(line, kept):
    """A comment is what follows an unquoted `#` that begins a word; a line with an open quote stays as it is,
    for its error.
    """
    assert kept == without_comment(line)


@pytest.mark.parametrize(
    ("raw", "value", "written"),
    [
        ("", "my data", "'my data'"),
        ("my", "my-data", "my-data"),
        ("'my", "my data", "my data"),
        ("'it", "it's", "it'\\''s"),
        ('"it', 'it "costs" $1 `x`', 'it \\"costs\\" \\$1 \\`x\\`'),
        ("exp:", "exp:two", "two"),
        ("exp:t", "exp:two parts", "'two parts'"),
        ("a=b", "a=b,c:d", "b,c:d"),
        ("--dataset=my", "my data", "'my data'"),
        (r"exp\:t", "exp:two", "exp:two"),
    ],
)
def test_written_in_bash(raw, value, written):
    """Bash replaces what follows the last break of a word, or the quote that is open; the rest of the value
    is quoted.
    """
    _, last = split_unfinished(raw)

    assert isinstance(last, Unfinished)
    assert last.written_in_bash(value, " \t\n\"'><=;|&(:") == written


def test_names_that_cannot_be_typed(client):
    """A name with a line break or an escape is not offered: it would break the line or steer the terminal."""
    for name in ("plain", "two\nlines", "red\x1b[31m"):
        client.datasets.create(name=name, examples=[{"q": 1}])

    assert LiveNames(cold_s=10)("dataset", "", {"space": None, "dataset": None, "profile": None}) == ["plain"]
