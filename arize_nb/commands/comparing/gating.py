"""`--fail-on` and `--fail-on-regression`: what ends a comparison with status 10."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

from arize_nb.commands.line.options import grouped
from arize_nb.commands.line.value_types import ReadType
from arize_nb.commands.line.variables import option
from arize_nb.errors import CommandError, ComparisonError

if TYPE_CHECKING:
    from arize_nb.commands.line.session import Session

F = TypeVar("F", bound=Callable[..., Any])
_RULES = ("worse", "regressions=", "min-delta=", "lost=", "slices", "unsure")


class FailOnType(ReadType):
    """One rule of a gate, checked when the line is read."""

    name = "rule"

    def read(self, value: Any) -> str:
        """Return the rule as it is written."""
        from arize_nb.comparison.gate.rules import Rules, with_rules

        try:
            with_rules(Rules(), str(value))
        except ComparisonError as error:
            raise CommandError(error.what, hint=error.hint) from None
        return str(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the rules."""
        return [CompletionItem(rule) for rule in _RULES if rule.startswith(incomplete)]


@dataclass(frozen=True, kw_only=True)
class Gate:
    """What a candidate must keep to, as far as the line says so."""

    fail_on: tuple[str, ...]
    """Rules as they are written."""
    fail_on_regression: int | None
    """Examples that may get worse."""

    def hang(self, session: Session, comparison: Any) -> None:
        """Leave the gate to whoever shows the comparison: it is asked afterwards."""
        if not self.fail_on and self.fail_on_regression is None:
            return
        rules = {"fail_on": self.fail_on, "max_regressions": self.fail_on_regression, "allow_regressed": True}
        session.gate = lambda: comparison.check(**rules)


gate_options: Callable[[F], F] = grouped(
    "gate",
    Gate,
    option(
        "--fail-on",
        multiple=True,
        type=FailOnType(),
        metavar="RULE",
        help=(
            "End with status 10 when: worse (a verdict is 'regressed', or lost runs could make it so),"
            " regressions=N (more examples got worse), min-delta=[METRIC=]-0.05 (the interval does not show"
            " at least that, in the better way), lost=N or lost=5% (more pairs were lost), slices (a slice"
            " got worse), unsure (a verdict abstains); repeat."
        ),
    ),
    option(
        "--fail-on-regression",
        type=click.IntRange(0),
        metavar="N",
        help=(
            "End with status 10 when more than N examples got worse, as --fail-on regressions=N. Noise alone"
            " makes some worse and as many better, so this stops a model compared with itself as well:"
            " --fail-on worse asks the verdict."
        ),
    ),
)
