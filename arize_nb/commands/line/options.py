"""Groups of options, each written once, each arriving as one value."""

from __future__ import annotations

import builtins
import functools
import keyword
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from arize_nb.commands.line.session import Session
from arize_nb.commands.line.value_types import (
    Data,
    DatasetOrExamplesType,
    DataType,
    FilterType,
    JsonDataType,
    OutputType,
    ResourceType,
)
from arize_nb.commands.line.variables import AxOption, argument, option
from arize_nb.errors import CommandError

if TYPE_CHECKING:
    from arize_nb.commands.line.value_types import DataKind

F = TypeVar("F", bound=Callable[..., Any])


def grouped(name: str, build: Callable[..., Any], *options: Callable[[Any], Any]) -> Callable[[F], F]:
    """Make a decorator that adds `options` and hands their values to the command as one, called `name`.

    Parameters
    ----------
    name : str
        Parameter of the command.
    build : callable
        Makes the one value; takes each option by its name.
    options : decorators
        In the order of the help.
    """
    probe = functools.reduce(lambda inner, add: add(inner), options, lambda: None)
    names = [str(param.name) for param in probe.__click_params__]  # type: ignore[attr-defined]

    def decorate(command: F) -> F:
        @functools.wraps(command)
        def with_one_value(*args: object, **values: object) -> Any:
            return command(*args, **{name: build(**{key: values.pop(key) for key in names})}, **values)

        return functools.reduce(lambda inner, add: add(inner), reversed(options), with_one_value)  # type: ignore[return-value]

    return decorate


def _store(ctx: click.Context, param: click.Parameter, value: object) -> None:
    """Keep a common option in the session; only when given, so that one before the noun survives."""
    session = ctx.find_object(Session)
    if session is not None and value is not None and value is not False:
        setattr(session, str(param.name), value)


def _store_variable_name(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    """Check the name of `--into` before anything is asked of the service."""
    session = ctx.find_object(Session)
    if value is None or session is None:
        return
    if not session.in_notebook:
        raise CommandError(
            "--into assigns a variable of a notebook", hint="In the console, write a file: -o FILE."
        )
    if not value.isidentifier() or keyword.iskeyword(value):
        raise CommandError(f"--into {value!r} is not a name for a variable")
    if hasattr(builtins, value):
        session.notify(f"{value} was a name of Python: `del {value}` brings it back.")
    session.into = value


def complete_profiles(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Offer the profiles that there are."""
    from arize_nb import config

    return [name for name in sorted({*config.list_profiles(), config.LOCAL}) if name.startswith(incomplete)]


def common_options() -> list[click.Option]:
    """Return the options that every command has."""
    keep: dict[str, Any] = {"expose_value": False, "callback": _store}
    return [
        click.Option(
            ["--into"],
            metavar="NAME",
            expose_value=False,
            callback=_store_variable_name,
            help="Assign the result to this variable.",
        ),
        AxOption(
            ["--profile"],
            metavar="NAME",
            shell_complete=complete_profiles,
            help="Profile to use instead of the one in force.",
            **keep,
        ),
        AxOption(["-q", "--quiet"], is_flag=True, help="No progress, no notices.", **keep),
        AxOption(["-v", "--verbose"], is_flag=True, help="Show the full traceback of an error.", **keep),
    ]


def output_option(command: F) -> F:
    """Add `-o/--output` and `--spreadsheet`; the values wait in the session for whoever shows the result."""
    text = "table, json, csv, parquet, md or a file path; a path without ending gets Markdown added."
    output = option("-o", "--output", type=OutputType(), expose_value=False, callback=_store, help=text)
    spreadsheet = option(
        "--spreadsheet",
        is_flag=True,
        expose_value=False,
        callback=_store,
        help="CSV for Excel and the like: formulas in it become text, UTF-8 is marked.",
    )
    return output(spreadsheet(command))


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


_SPACE = option("-s", "--space", type=ResourceType("space"), help="Space name or id (default: ARIZE_SPACE).")
in_space: Callable[[F], F] = grouped("scope", Scope, _SPACE)


def with_dataset(purpose: str) -> Callable[[F], F]:
    """Add `--dataset`, which is there for `purpose`, and `--space`, arriving as `scope`."""
    return grouped("scope", Scope, option("--dataset", type=ResourceType("dataset"), help=purpose), _SPACE)


def with_dataset_or_examples(purpose: str) -> Callable[[F], F]:
    """Add `--dataset`, which also takes examples themselves, and `--space`, arriving as `scope`."""
    return grouped(
        "scope",
        Scope,
        option("--dataset", type=DatasetOrExamplesType(), metavar=DatasetOrExamplesType.name, help=purpose),
        _SPACE,
    )


in_dataset: Callable[[F], F] = with_dataset("Dataset name or id, to find an experiment by its name.")


def listing_options(maximum: int = 100) -> Callable[[F], F]:
    """Add `--limit` (1 to `maximum`) and `--cursor`, arriving as `listing`."""
    return grouped(
        "listing",
        Listing,
        option(
            "-l",
            "--limit",
            type=click.IntRange(1, maximum),
            default=15,
            show_default=True,
            help="Most items to return.",
        ),
        option("-c", "--cursor", help="Where the page before ended, as it said."),
    )


def subject(*kinds: str) -> Callable[[F], F]:
    """Add the argument NAME_OR_ID of a resource, arriving as `which`."""
    either = " or ".join(f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}" for kind in kinds)
    return argument(
        "which",
        metavar="NAME_OR_ID",
        type=ResourceType(*kinds),
        explanation=f"Name or id of {either}, or $variable.",
    )


def filter_option(example: str, *names: str) -> Callable[[F], F]:
    """Add `--filter`, with an example of a condition, arriving as `condition`."""
    return option(
        *names,
        "--filter",
        "condition",
        type=FilterType(),
        metavar="TEXT",
        help=f"Keep those for which this holds, such as: {example}",
    )


force_option: Callable[[F], F] = option("-f", "--force", is_flag=True, help="Do not ask.")


def data_option(kind: DataKind, *, required: bool = True) -> Callable[[F], F]:
    """Add `-f/--file`, arriving as `data`."""
    explanation = "CSV, JSON, JSONL or Parquet; - reads standard input (the body of %%ax)."
    return option(
        "-f",
        "--file",
        "data",
        required=required,
        type=DataType(kind),
        metavar="FILE|-|$frame",
        help=explanation,
    )


def _either(data: Data | None, json_data: Data | None) -> Data:
    """Take the one of `--file` and `--json` that was given."""
    given = [one for one in (data, json_data) if one is not None]
    if len(given) != 1:
        raise CommandError(f"give the examples by --file or by --json{', not both' if given else ''}")
    return given[0]


examples_options: Callable[[F], F] = grouped(
    "data",
    _either,
    data_option("example", required=False),
    option(
        "--json", "json_data", type=JsonDataType("example"), metavar="JSON", help="Examples as a JSON array."
    ),
)
