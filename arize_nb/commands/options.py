"""Options and arguments, each written once, each arriving as one value."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from arize_nb.commands.output import Output
from arize_nb.commands.session import Session
from arize_nb.errors import CommandError, FileError

if TYPE_CHECKING:
    from collections.abc import Sequence

F = TypeVar("F", bound=Callable[..., Any])

_VARIABLE = re.compile(r"\$([^\W\d]\w*(?:\.[^\W\d]\w*)*)")
_STDIN = frozenset({"-", "/dev/stdin", "/proc/self/fd/0", "stdin"})


def _resolve(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """Replace an argument that is wholly `$name` by that variable; `$$name` means the text `$name`."""
    if isinstance(value, (tuple, list)):
        resolved: list[Any] = []
        for item in value:
            found = _resolve(ctx, param, item)
            resolved.extend(found if isinstance(item, str) and isinstance(found, (list, tuple)) else [found])
        return tuple(resolved)
    session = ctx.find_object(Session)
    if session is None or session.lookup is None or not isinstance(value, str):
        return value
    if value.startswith("$$") and _VARIABLE.fullmatch(value[1:]):
        return value[1:]
    match = _VARIABLE.fullmatch(value)
    return value if match is None else _as_argument(param, match[1], session.lookup(match[1]))


def _as_argument(param: click.Parameter, name: str, found: Any) -> Any:
    """Check that a variable fits the option it was given to."""
    if getattr(param.type, "takes_objects", False) or isinstance(found, str):
        return found
    if isinstance(found, (int, float, Path)):
        return str(found)
    many = param.multiple or param.nargs == -1
    if many and isinstance(found, (list, tuple)) and all(isinstance(item, (str, int, float)) for item in found):
        return [str(item) for item in found]
    raise CommandError(f"${name} is a {type(found).__name__}; {param.get_error_hint(None)} takes text")


class AxOption(click.Option):
    """An option whose value may be `$variable`."""

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        """Look the variable up before the type sees it."""
        return super().type_cast_value(ctx, _resolve(ctx, self, value))


class AxArgument(click.Argument):
    """An argument whose value may be `$variable`, and which carries its own help."""

    def __init__(self, *args: Any, help: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.help = help

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        """Look the variable up before the type sees it."""
        return super().type_cast_value(ctx, _resolve(ctx, self, value))

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Show arguments in the help as options are."""
        return (self.make_metavar(ctx), self.help) if self.help else None


option = functools.partial(click.option, cls=AxOption)
argument = functools.partial(click.argument, cls=AxArgument)


class ResourceType(click.ParamType[Any]):
    """A name, an id, or (by `$variable`) the object itself."""

    name = "name_or_id"
    takes_objects = True

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Take text and objects that carry an id."""
        if isinstance(value, str) and not value:
            raise CommandError(f"an empty {self.kind} name", hint=f"List them: %ax {self.kind.replace(' ', '-')}s list")
        if isinstance(value, str) or hasattr(value, "id"):
            return value
        raise CommandError(f"a {type(value).__name__} is no {self.kind}: a name, an id or the object itself will do")


@dataclass(frozen=True, kw_only=True)
class Data:
    """Data to send: a file, a variable of the notebook, or standard input."""

    source: Any
    """Path as text, or the object itself; None for standard input."""
    kind: str
    """What the records are: run, example or annotation."""
    session: Session
    """Where standard input comes from."""

    def load(self) -> Any:
        """Return what the client takes: a path, an object, or the records read from standard input."""
        if self.source is not None:
            return self.source
        from arize_nb import files

        return files.read("-", kind=self.kind, stdin=self.session.input_stream())


class DataType(click.ParamType[Any]):
    """`FILE`, `-` or `$frame`."""

    name = "file"
    takes_objects = True

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Data:
        """Keep the source; nothing is read before the command runs."""
        session = (ctx and ctx.find_object(Session)) or Session()
        if isinstance(value, Data):
            return value
        if isinstance(value, str):
            return Data(source=None if value in _STDIN else str(Path(value).expanduser()), kind=self.kind, session=session)
        return Data(source=value, kind=self.kind, session=session)


class JsonDataType(DataType):
    """A JSON array written on the line."""

    name = "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Data:
        """Parse the array; a single object is one record."""
        import json

        if not isinstance(value, str):
            return super().convert(value, param, ctx)
        try:
            records = json.loads(value)
        except ValueError as error:
            raise CommandError(f"--json is not JSON: {error}", hint='Quote it: --json \'[{"question": "…"}]\'') from None
        records = [records] if isinstance(records, dict) else records
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            raise CommandError("--json takes an array of objects", hint='Like this: --json \'[{"question": "…"}]\'')
        return super().convert(records, param, ctx)


class OutputType(click.ParamType[Any]):
    """`table`, `json`, `csv`, `parquet`, or a file by its ending."""

    name = "format|path"
    formats = ("table", "json", "csv", "parquet")
    endings: Mapping[str, str] = {
        ".json": "json",
        ".jsonl": "jsonl",
        ".csv": "csv",
        ".parquet": "parquet",
        ".pq": "parquet",
        ".html": "html",
        ".md": "md",
    }

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Output:
        """Read the format off the name or the ending."""
        if isinstance(value, Output):
            return value
        if value in self.formats:
            return Output(format=value)
        path = Path(value).expanduser()
        if path.suffix not in self.endings:
            raise FileError(
                f"cannot tell a format from -o {value!r}",
                path=str(value),
                hint=f"Use {', '.join(self.formats)}, or a file ending in {', '.join(self.endings)}.",
            )
        return Output(format=self.endings[path.suffix], path=path)


def _store(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Keep a common option in the session; only when given, so that an outer one survives."""
    session = ctx.find_object(Session)
    if session is not None and value is not None and value is not False:
        setattr(session, str(param.name), value)


def _variable_name(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    """Check the name of `--into` before anything is asked of the service."""
    import keyword

    session = ctx.find_object(Session)
    if value is None or session is None:
        return
    if not session.in_notebook:
        raise CommandError("--into assigns a variable of a notebook", hint="In the console, write a file: -o FILE.")
    if not value.isidentifier() or keyword.iskeyword(value):
        raise CommandError(f"--into {value!r} is not a name for a variable")
    session.into = value


def common_options() -> list[click.Option]:
    """Return the options that every command has."""
    keep: dict[str, Any] = {"expose_value": False, "callback": _store}
    return [
        AxOption(
            ["--into"],
            metavar="NAME",
            expose_value=False,
            callback=_variable_name,
            help="Assign the result to this variable of the notebook.",
        ),
        AxOption(
            ["--profile"], metavar="NAME", help="Profile to use (default: ARIZE_PROFILE, ARIZE_API_KEY, the active one, local).", **keep
        ),
        AxOption(["-q", "--quiet"], is_flag=True, help="No progress, no notices.", **keep),
        AxOption(["-v", "--verbose"], is_flag=True, help="Show the full traceback of an error.", **keep),
    ]


def output_option(command: F) -> F:
    """Add `-o/--output`; the value waits in the session for whoever shows the result."""
    decorate = option(
        "-o", "--output", type=OutputType(), expose_value=False, callback=_store, help="table, json, csv, parquet or a file path."
    )
    return decorate(command)


def grouped(name: str, build: Callable[..., Any], *options: Callable[[Any], Any]) -> Callable[[F], F]:
    """Make a decorator that adds `options` and hands them to the command as one value called `name`."""

    def decorate(command: F) -> F:
        collected = click.Command("collected", params=[])
        probe = functools.reduce(lambda inner, one: one(inner), reversed(options), lambda: None)
        collected.params = list(reversed(getattr(probe, "__click_params__", [])))
        names = [str(param.name) for param in collected.params]

        @functools.wraps(command)
        def inner(*args: Any, **values: Any) -> Any:
            return command(*args, **{name: build(**{key: values.pop(key) for key in names})}, **values)

        return functools.reduce(lambda one, add: add(one), reversed(options), inner)  # type: ignore[return-value]

    return decorate


@dataclass(frozen=True, kw_only=True)
class Listing:
    """Which page of a list."""

    limit: int
    """Most items to return."""
    cursor: str | None
    """Where the page before ended."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Where a name is looked for."""

    space: Any = None
    """Name, id or object of the space."""
    dataset: Any = None
    """Name, id or object of the dataset."""


SPACE = option("-s", "--space", type=ResourceType("space"), help="Space name or id (default: ARIZE_SPACE).")
DATASET = option("--dataset", type=ResourceType("dataset"), help="Dataset name or id; needed where an experiment is given by its name.")


def listing_options(maximum: int = 100) -> Callable[[F], F]:
    """Add `--limit` (1 to `maximum`) and `--cursor`, arriving as `listing`."""
    return grouped(
        "listing",
        Listing,
        option("-l", "--limit", type=click.IntRange(1, maximum), default=15, show_default=True, help="Most items to return."),
        option("-c", "--cursor", help="Cursor of the page, as the page before gave it."),
    )


in_space: Callable[[F], F] = grouped("scope", Scope, SPACE)
in_dataset: Callable[[F], F] = grouped("scope", Scope, DATASET, SPACE)


def subject(kind: str) -> Callable[[F], F]:
    """Add the argument NAME_OR_ID of a resource, arriving as `which`."""
    article = "an" if kind[0] in "aeiou" else "a"
    return argument("which", metavar="NAME_OR_ID", type=ResourceType(kind), help=f"Name or id of {article} {kind}, or $variable.")


def data_option(kind: str, *, required: bool = True) -> Callable[[F], F]:
    """Add `-f/--file`, arriving as `data`."""
    return option(
        "-f",
        "--file",
        "data",
        required=required,
        type=DataType(kind),
        metavar="FILE|-|$frame",
        help="CSV, JSON, JSONL or Parquet file; - for standard input (the body of %%ax); or $variable.",
    )


def examples_options(command: F) -> F:
    """Add `--file` and `--json`, of which exactly one is needed, arriving as `data`."""
    return grouped(
        "data",
        _either,
        data_option("example", required=False),
        option("--json", "json_data", type=JsonDataType("example"), help="JSON array of examples."),
    )(command)


def _either(data: Data | None, json_data: Data | None) -> Data:
    """Take the one of `--file` and `--json` that was given."""
    given: Sequence[Data] = [one for one in (data, json_data) if one is not None]
    if len(given) != 1:
        raise CommandError("give the examples by --file or by --json" + (", not both" if given else ""))
    return given[0]


force_option: Callable[[F], F] = option("-f", "--force", is_flag=True, help="Do not ask.")
