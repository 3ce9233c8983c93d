"""What the values of options are: resources, data, ids, outputs."""

from __future__ import annotations

import glob
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click
from click.shell_completion import CompletionItem

from arize_nb.commands.line.output import Output
from arize_nb.commands.line.session import Session
from arize_nb.errors import CommandError, FileError
from arize_nb.files.formats import STANDARD_INPUT, form_of

if TYPE_CHECKING:
    DataKind = Literal["run", "example", "annotation"]
    AnyType = click.ParamType[Any]
else:
    AnyType = click.ParamType  # generic only in newer versions of click


class ReadType(AnyType):
    """A type that reads its value without knowing more of the line."""

    takes_objects = False
    """Whether `$name` may give something else than text."""
    expansion = "text"
    """Where the value takes variables (`commands.variables.Expansion`)."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the value; completion wants none read, since that may import files."""
        return value if ctx is not None and ctx.resilient_parsing else self.read(value)

    def read(self, value: Any) -> Any:
        """Return what the command gets."""
        return value


class ResourceType(ReadType):
    """A name, an id, or (by `$variable`) the object itself."""

    name = "name_or_id"
    takes_objects = True

    def __init__(self, *kinds: str) -> None:
        self.kinds = kinds
        self.kind = " or ".join(kinds)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the names that there are, in the dataset and space that the line names."""
        return _live(ctx, self.kinds, incomplete)

    def read(self, value: Any) -> Any:
        """Take text and objects that carry an id."""
        if isinstance(value, str) and not value.strip():
            raise CommandError(f"an empty {self.kind} name")
        if isinstance(value, str) or hasattr(value, "id"):
            return value
        raise CommandError(
            f"a {type(value).__name__} is no {self.kind}: a name, an id or the object itself will do"
        )


def _live(ctx: click.Context, kinds: tuple[str, ...], incomplete: str) -> list[CompletionItem]:
    """Ask the session for the names of live resources."""
    session = ctx.find_object(Session)
    if session is None:
        return []
    where = {
        "space": ctx.params.get("space"),
        "dataset": ctx.params.get("dataset"),
        "profile": session.profile,
    }
    return [CompletionItem(name) for kind in kinds for name in session.names(kind, incomplete, where)]


class DatasetOrExamplesType(ResourceType):
    """A dataset by name, id or object; or examples, in a file or a variable, that become one."""

    name = "NAME_OR_ID|FILE|$frame"

    def __init__(self) -> None:
        super().__init__("dataset")

    def read(self, value: Any) -> Any:
        """Take anything but an empty name; the client says what it cannot use."""
        return super().read(value) if isinstance(value, str) else value


class FilterType(ReadType):
    """A condition over the columns of runs or examples."""

    name = "text"
    expansion = "filter"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the columns where one may stand: outside quotes."""
        from arize_nb.commands.completion.live_columns import columns, filter_words

        return [CompletionItem(text) for text in filter_words(incomplete, columns(ctx))]


_CONDITION = re.compile(r"[\s<>]|=(?!=|,|$)")
"""What a filter has and ids have not; ids may end in the `=` of base64."""


class PartType(FilterType):
    """Some examples of a dataset: a filter, ids with commas between them, a file or a variable that names
    them.
    """

    takes_objects = True

    def read(self, value: Any) -> Any:
        """Return a filter as text, ids as a list, what a file or a variable holds as it is."""
        if not isinstance(value, str):
            return value
        path = Path(value).expanduser()
        if form_of(path) is not None and path.is_file():
            from arize_nb.files import read_file

            return read_file(path, kind="example").rows
        return value if _CONDITION.search(value) else [one.strip() for one in value.split(",") if one.strip()]


class ColumnType(ReadType):
    """A column, or a metric, of the runs that the line names."""

    name = "column"

    def __init__(self, *, metrics: bool = False) -> None:
        self.metrics = metrics

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the names that there are."""
        from arize_nb.commands.completion.live_columns import columns, grouping_columns, metrics_of

        names = columns(ctx, of_examples=not self.metrics)
        known = metrics_of(names) if self.metrics else grouping_columns(names)
        return [CompletionItem(name) for name in known if name.lower().startswith(incomplete.lower())]


class ComparableType(ReadType):
    """What can be compared: an experiment by name, id or object, a result, a DataFrame, a file."""

    name = "name_or_id"
    takes_objects = True

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the experiments that there are."""
        return _live(ctx, ("experiment",), incomplete)

    takes_records = True
    """A list of dicts in a variable is one table, not several values."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Give what stands in a variable the name of the variable, by which it is called in the
        comparison.
        """
        found = super().convert(value, param, ctx)
        session = ctx and ctx.find_object(Session)
        name = (
            next((name for name, one in session.variables_used.items() if one is value), None)
            if session
            else None
        )
        if (
            name is None
            or isinstance(value, str)
            or hasattr(value, "dataset_version_id")
            or hasattr(value, "summary")
        ):
            return found
        from arize_nb.comparison.inputs.places.named_input import NamedInput

        return NamedInput(found, name.rpartition(".")[2])

    def read(self, value: Any) -> Any:
        """Take anything: files, folders and globs as paths, all other text as a name; `compare` says what it
        cannot use.
        """
        if not isinstance(value, str) or value == "-":
            return value
        from arize_nb.comparison.inputs.places.lakes import is_address, opened

        path = Path(value).expanduser()
        known = form_of(path) is not None or path.suffix.lower() in (*OutputType.endings, ".eval")
        if is_address(value) and (known or not value.startswith("http")):
            return opened(value)
        return path if known or path.is_dir() or path.is_file() or _is_pattern(value) else value


def _is_pattern(text: str) -> bool:
    """Tell a pattern of files from a name that holds such signs (`why?`): it has a folder in it, or files
    match it.
    """
    if not set("*?[") & set(text) or "=" in text:
        return False
    return "/" in text or any(True for _ in glob.iglob(str(Path(text).expanduser())))  # noqa: PTH207 - absolute patterns too


@dataclass(frozen=True, kw_only=True)
class Data:
    """Data to send: a file, a variable of the notebook, or standard input."""

    source: Any
    """Path as text, or the object itself; None for standard input."""
    kind: DataKind
    """What the records are."""
    session: Session
    """Where standard input comes from."""

    def load(self) -> Any:
        """Return what the client takes: a path, an object, or what was read from standard input."""
        if self.source is not None:
            return self.source
        from arize_nb import files

        return files.read_file("-", kind=self.kind, stdin=self.session.input_stream())


class DataType(AnyType):
    """`FILE`, `-` or `$frame`."""

    name = "file"
    takes_objects = True

    def __init__(self, kind: DataKind) -> None:
        self.kind = kind

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Data:
        """Keep the source; nothing is read before the command runs."""
        session = (ctx and ctx.find_object(Session)) or Session()
        if isinstance(value, str):
            value = None if value in STANDARD_INPUT else str(Path(value).expanduser())
        return Data(source=value, kind=self.kind, session=session)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer variables and files."""
        return [*variables_item(ctx), CompletionItem(incomplete, type="file")]


def variables_item(ctx: click.Context) -> list[CompletionItem]:
    """Return the item that stands for the variables of the notebook; none where there are no variables."""
    session = ctx.find_object(Session)
    return [CompletionItem("", type="variable")] if session is not None and session.lookup is not None else []


class JsonDataType(DataType):
    """A JSON array written on the line."""

    name = "json"
    expansion = "whole"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Data:
        """Parse the array; a single object is one record."""
        return super().convert(_objects(value) if isinstance(value, str) else value, param, ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer variables; nobody completes JSON."""
        return variables_item(ctx)


def _objects(text: str) -> list[dict[str, Any]]:
    """Read a JSON array of objects."""
    hint = 'Quote it: --json \'[{"question": "…"}]\''
    try:
        records = json.loads(text)
    except ValueError as error:
        raise CommandError(f"--json is not JSON: {error}", hint=hint) from None
    records = [records] if isinstance(records, dict) else records
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise CommandError("--json takes an array of objects", hint=hint)
    return records


class IdsType(ReadType):
    """A JSON array of ids, ids with commas between them, or a list in a variable."""

    name = "json"
    expansion = "whole"
    takes_objects = True

    def read(self, value: Any) -> list[str]:
        """Return the ids as texts."""
        if isinstance(value, str):
            try:
                found = json.loads(value) if value.lstrip().startswith("[") else value.split(",")
            except ValueError as error:
                raise CommandError(
                    f"the ids are not JSON: {error}", hint='Like this: \'["id1", "id2"]\''
                ) from None
        else:
            found = list(value)
        ids = [one.strip() if isinstance(one, str) else one for one in found]
        if not ids or not all(isinstance(one, str) and one for one in ids):
            raise CommandError("the ids must be texts", hint='Like this: \'["id1", "id2"]\'')
        return ids


class OutputType(ReadType):
    """`table`, `json`, `csv`, `parquet`, `md`, a file by its ending, or a path without one: Markdown is
    written behind what it holds.

    The latter is what a CI gives for a summary: `-o $GITHUB_STEP_SUMMARY`.
    """

    name = "format|path"
    formats = ("table", "json", "csv", "parquet", "md")
    endings: Mapping[str, str] = {
        ".json": "json",
        ".jsonl": "jsonl",
        ".csv": "csv",
        ".tsv": "tsv",
        ".parquet": "parquet",
        ".pq": "parquet",
        ".html": "html",
        ".md": "md",
    }

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the formats, then files."""
        formats = [CompletionItem(one) for one in self.formats if one.startswith(incomplete)]
        return [*formats, CompletionItem(incomplete, type="file")]

    def read(self, value: Any) -> Output:
        """Read the format off the name or the ending."""
        if value in self.formats:
            return Output(format=value)
        path = Path(value).expanduser()
        form = self.endings.get(path.suffix.lower())
        if (
            form is None
            and not path.suffix
            and (path.is_file() or len(path.parts) > 1 or str(value).startswith("./"))
        ):
            return Output(format="md", path=path, append=True)
        if form is None:
            known = f"{', '.join(self.formats)}, or a file ending in {', '.join(self.endings)}"
            known += "; a path without ending (./summary) gets Markdown added"
            raise FileError(
                f"cannot tell a format from -o {str(value)!r}", path=str(value), hint=f"Use {known}."
            )
        return Output(format=form, path=path)


class OutputOrColumnType(OutputType):
    """Where a comparison goes, as `OutputType`; any other text is the name of a column: the outputs'."""

    name = "format|path|column"
    _other_files = (
        ".xlsx",
        ".xls",
        ".txt",
        ".tsv",
        ".feather",
        ".arrow",
        ".pdf",
        ".png",
        ".svg",
        ".docx",
        ".yaml",
        ".xml",
        ".gz",
        ".zip",
    )

    def read(self, value: Any) -> Any:
        """Read a format or a file of a known ending; else return the text."""
        suffix = Path(str(value)).suffix.lower()
        if (
            value in self.formats
            or suffix in self.endings
            or suffix in self._other_files
            or "/" in str(value)
        ):
            return super().read(value)
        return str(value)
