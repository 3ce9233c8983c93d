"""Where this program, the skill document and the official program do not agree: the table of the command
reference.
"""

from __future__ import annotations

DIFFERENCES: tuple[tuple[str, str, str, str], ...] = (
    (
        "`experiments export`",
        (
            "all runs, always: one page over REST, long ones over Flight, or page by page where Flight is"
            " blocked"
        ),
        "500 runs, `--all` for more",
        "50 runs, `--all` for more",
    ),
    (
        "`experiments export` in a notebook",
        "returns a DataFrame, writes nothing (`--output-dir` writes the folder too)",
        "writes `runs.json`",
        "writes `runs.json`",
    ),
    (
        "JSON of exported runs",
        "`evaluations` and `metadata` nested, as in the document",
        "nested",
        "everything else under `additional_properties`",
    ),
    ("JSON of exported examples", 'flat: `ex["question"]`', "flat", "under `additional_properties`"),
    ("`experiments export`", "also `--filter`, `--annotations`, `-o`", "–", "–"),
    ("`experiments list`", "`-n/--name`", "`-n/--name`", "no name filter"),
    ("`experiments list-runs`", "`--cursor`", "not in it", "prints a cursor but takes none"),
    (
        "`experiments create`, `append-runs`",
        "`example_id`s are checked first and runs counted afterwards; more than 1000 runs",
        "–",
        "no check; 1000 runs",
    ),
    (
        "`experiments create`",
        "nested `evaluations` attach",
        "nested `evaluations`",
        "an `evaluations` object is an ordinary field",
    ),
    (
        "`experiments annotate-runs`",
        "any number; unmatched ids are named; `--create-configs`; `--by-example-id`",
        "1000 a request",
        "more than 1000 is an error",
    ),
    (
        "`experiments run`",
        "`--evaluator`, `--resume`, retries, time limits; 8 at once; `--dry-run [N]`",
        "not in it",
        "`--concurrency` 3; `--dry-run` 10",
    ),
    (
        "`experiments append-runs`, `evaluate`, `compare`, `pick`, `explore`, `browse`, `review`",
        "there",
        "not in it",
        "not there",
    ),
    (
        "`datasets export`",
        "all examples; `--limit` or `--cursor` reads one page; `--filter` goes with `--all`",
        "–",
        "one page; `--filter` with `--all` is an error",
    ),
    ("`spaces list`", "`-n/--name`; no `--organization-id`", "–", "`--organization-id`; no name filter"),
    (
        "`annotation-configs create`",
        "`create categorical …` or `--type categorical`; `--value LABEL=SCORE`",
        "–",
        "`create categorical …`; labels only",
    ),
    (
        "`spaces`, `projects`: create, update, delete; `annotation-configs update`",
        "handed to the official program",
        "–",
        "there",
    ),
    (
        "`profiles create --api-key`",
        "a reference such as `'${ARIZE_API_KEY}'` only: a key would stay in the notebook",
        "–",
        "the key itself",
    ),
    ("`profiles update`", "`${VAR}` references stay", "–", "writes their values into the file"),
    ("`profiles update` without a setting", "asks for a new key", "–", "error, status 1"),
    ("`profiles list`, `show`", "on standard output, with `-o`", "–", "on standard error"),
    (
        "Which service",
        "`--profile`, `ARIZE_PROFILE`, `ARIZE_API_KEY`, the active profile, the local workspace",
        "a profile",
        "the active profile only",
    ),
    ("`ARIZE_SPACE`", "the default of `--space`", "the default of `--space`", "not read"),
    ("A required option that is missing", "error, status 2", "–", "asked for"),
    ("A question that nobody can answer", "error that names the flag, status 1", "–", "`Aborted.`, status 1"),
    ("`-v/--verbose`", "the traceback of an error", "–", "a debug log on standard output"),
    (
        "Text that looks like a number, in files",
        "stays text where text is wanted (`example_id`, `output`)",
        "–",
        "becomes a number and is refused",
    ),
    ("New versions", "never looked for", "–", "asks PyPI every six hours"),
)
"""What, here, in the document, in the official program; a dash where it says nothing."""
