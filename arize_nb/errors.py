"""Every error this package raises, in one tree, with the facts as attributes.

::

    AxError                          root; `hint` says what to type next            exit 1
    ├── ConfigError                  a profile, variable or address is wrong         exit 1
    │   ├── ProfileNotFoundError     no profile of that name
    │   └── ServerStartError         the local workspace could not be started
    ├── CommandError                 the line cannot be understood                   exit 2
    │   └── ConfirmationError        a question that cannot be asked here         exit 1
    ├── OfficialProgramError         the official `ax` program ended with an error   exit 1
    ├── FileError                    a file is missing, unreadable, wrongly named    exit 5
    ├── InputError                   the data given cannot be used                   exit 4
    │   ├── ColumnError              a column or a member of a record is wrong
    │   ├── UnknownExamplesError     example ids that the dataset does not have
    │   └── FilterError              a filter that does not parse or names no column
    ├── ServiceError                 the service answered with an error              exit 4
    │   ├── AuthenticationError      401
    │   ├── AccessError              403
    │   ├── NotFoundError            404, or a name that nothing carries
    │   ├── AmbiguousNameError       a name that several resources carry
    │   ├── ConflictError            409
    │   ├── RequestRefusedError      400, 422
    │   ├── RateLimitError           429 after all retries
    │   └── ServerFailureError       5xx
    ├── ConnectionFailedError        nothing answers at that address                 exit 4
    │   └── FlightUnavailableError   REST may answer, Flight does not
    ├── TransferError                an upload or an export did not become whole     exit 4
    │   ├── IncompleteExportError    fewer rows came than the service announced
    │   ├── PartialWriteError        some requests were taken, one was not
    │   └── ReadBackError            a write was carried out, and could not be read back
    ├── RunError                     a run of an experiment could not go on          exit 1
    │   ├── TaskChangedError         the journal belongs to another task
    │   ├── UnreadableJournalError   a journal is damaged, or of a newer version
    │   ├── ExperimentUnfinishedError  a journal waits to be resumed
    │   └── TooManyFailuresError     stopped early
    └── ComparisonError              the inputs cannot be compared                   exit 4
        └── RegressionError          a gate of `Comparison.check` was not met        exit 10

Exit statuses are those of the official `ax` program; 10 is ours. `KeyboardInterrupt` (130) is never wrapped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from arize_nb.text.command_line import Command, Hint, spelled


class AxError(Exception):
    """Root of all errors of this package.

    Parameters
    ----------
    what : str
        What failed and on what, without a closing full stop.
    hint : str, optional
        What to type or do next; a `Hint` where commands say it otherwise than Python.
    """

    exit_status: ClassVar[int] = 1

    def __init__(self, what: str, *, hint: str | None = None) -> None:
        self.what = what
        self.hint = hint
        super().__init__(what)

    def __str__(self) -> str:
        """One line, two with a hint that needs its own."""
        if not self.hint:
            return self.what
        return f"{self.what.rstrip('.')}. {self.hint}"

    def spell(self, program: str) -> None:
        """Put what to do next into the words of who typed a command of `program` (`%ax`, `arize-nb`)."""
        self.what = spelled(self.what, program)
        self.hint = spelled(self.hint, program) if self.hint else self.hint

    def _render_traceback_(self) -> list[str]:
        """Show the user's own lines in IPython, without what this package did below them; all of it with
        %xmode Verbose.
        """
        from arize_nb.text.own_frames import rendered

        return rendered(self)

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive pickling (worker processes), facts included."""
        return (_rebuild, (type(self), dict(self.__dict__)))


def _rebuild(kind: type[AxError], facts: dict[str, Any]) -> AxError:
    """Make an error again from its facts."""
    error = kind.__new__(kind)
    Exception.__init__(error, facts.get("what", ""))
    error.__dict__.update(facts)
    return error


class ConfigError(AxError):
    """A profile, an environment variable or an address is wrong."""


class ProfileNotFoundError(ConfigError):
    """No profile of that name; `name` and the `known` names."""

    def __init__(self, name: str, known: Sequence[str] = ()) -> None:
        self.name = name
        self.known = tuple(known)
        listed = ", ".join(self.known) or "none"
        super().__init__(
            f"no profile named {name!r} (profiles: {listed})",
            hint=Hint(
                "Name one of these, or give the key: connect(api_key=…).",
                "See %ax profiles list, or make one: %ax profiles create NAME.",
            ),
        )


class ServerStartError(ConfigError):
    """The local workspace could not be started; `log_path` has its last words."""

    def __init__(self, what: str, *, log_path: str | None = None, hint: str | None = None) -> None:
        self.log_path = log_path
        super().__init__(what, hint=hint or (f"Its log: {log_path}" if log_path else None))


class CommandError(AxError):
    """A command line that cannot be understood, or lacks what it needs."""

    exit_status = 2


class ConfirmationError(CommandError):
    """A question that cannot be asked here (no terminal, no notebook input)."""

    exit_status = 1  # as the official program's "Aborted."


class OfficialProgramError(AxError):
    """The official `ax` program, to which a command was handed, ended with an error; `status` is its exit
    status.
    """

    def __init__(self, what: str, *, status: int, hint: str | None = None) -> None:
        self.status = status
        super().__init__(what, hint=hint)


class FileError(AxError):
    """A file that is missing, unreadable, empty or wrongly named; `path` names it."""

    exit_status = 5

    def __init__(self, what: str, *, path: str | None = None, hint: str | None = None) -> None:
        self.path = path
        super().__init__(what, hint=hint)


class InputError(AxError):
    """Data that cannot be used as it is (checked before anything is sent)."""

    exit_status = 4


class ColumnError(InputError):
    """A column, or a member of a record, is missing or of a wrong type.

    `column`, `path` (where it was looked for) and `record` (index from 0, None for a whole column).
    """

    def __init__(
        self,
        what: str,
        *,
        column: str,
        path: str | None = None,
        record: int | None = None,
        hint: str | None = None,
    ) -> None:
        self.column = column
        self.path = path
        self.record = record
        super().__init__(what, hint=hint)


class UnknownExamplesError(InputError):
    """Runs that name examples which the dataset does not have; all of them in `example_ids`."""

    def __init__(self, example_ids: Sequence[str], *, dataset: str, checked: int) -> None:
        self.example_ids = tuple(example_ids)
        self.dataset = dataset
        self.checked = checked
        first = ", ".join(repr(value) for value in self.example_ids[:3])
        more = f" and {len(self.example_ids) - 3:,} more" if len(self.example_ids) > 3 else ""
        super().__init__(
            f"{len(self.example_ids):,} of {checked:,} example_ids are not in dataset {dataset!r}:"
            f" {first}{more}",
            hint=Hint.of("Take them from the dataset: {}", Command(("datasets", "export"), [dataset])),
        )


class FilterError(InputError):
    """A filter that does not parse, or names a column that no row has; `position` counts from 0."""

    def __init__(
        self,
        what: str,
        *,
        text: str = "",
        position: int | None = None,
        column: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.text = text
        self.position = position
        self.column = column
        super().__init__(what, hint=hint)


class ServiceError(AxError):
    """The service answered with an error.

    `status` (HTTP status or its nearest for Flight; None when there was no reply), `title`, `detail`,
    `request_id`.
    """

    exit_status = 4

    def __init__(
        self,
        what: str,
        *,
        status: int | None = None,
        title: str | None = None,
        detail: str | None = None,
        request_id: str | None = None,
        hint: str | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        self.status = status
        self.title = title
        self.detail = detail
        self.request_id = request_id
        self.facts = dict(facts or {})
        super().__init__(what, hint=hint)


class AuthenticationError(ServiceError):
    """401: the key is missing, wrong or expired."""


class AccessError(ServiceError):
    """403: readable, but not permitted, or a limit of the plan."""


class NotFoundError(ServiceError):
    """404, or a name that nothing carries: `kind`, `name`, `space`, `dataset`, close `matches`, and where
    there are none some `others` that exist.
    """

    def __init__(
        self,
        kind: str,
        name: str,
        *,
        space: str | None = None,
        dataset: str | None = None,
        matches: Sequence[str] = (),
        others: Sequence[str] = (),
        status: int | None = 404,
        detail: str | None = None,
        request_id: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.kind = kind
        self.name = name
        self.space = space
        self.dataset = dataset
        self.matches = tuple(matches)
        self.others = tuple(others)
        where = "".join(
            f" in {what} {value!r}" for what, value in (("dataset", dataset), ("space", space)) if value
        )
        close = f"Did you mean {', '.join(map(repr, self.matches))}? " if self.matches else ""
        known = f"There are {', '.join(map(repr, self.others))}. " if self.others and not close else ""
        listing = Command(
            (f"{kind.replace(' ', '-')}s", "list"),
            options={"dataset": dataset or None, "space": space or None},
        )
        super().__init__(
            f"{kind} {name!r} not found{where}",
            status=status,
            detail=detail,
            request_id=request_id,
            hint=hint or Hint.of("{}List them: {}", close or known, listing),
        )


class AmbiguousNameError(ServiceError):
    """A name that several resources carry; `candidates` are their ids."""

    def __init__(self, kind: str, name: str, candidates: Sequence[str]) -> None:
        self.kind = kind
        self.name = name
        self.candidates = tuple(candidates)
        super().__init__(
            f"{len(self.candidates)} {kind}s are named {name!r}: {', '.join(self.candidates)}",
            hint="Give the id of the one you mean.",
        )


class ConflictError(ServiceError):
    """409: the name is taken, or the resource is in use."""


class RequestRefusedError(ServiceError):
    """400 or 422: the service does not accept the request."""


class RateLimitError(ServiceError):
    """429 after all retries; `retry_after_s` when the service said how long."""

    def __init__(self, what: str, *, retry_after_s: float | None = None, **facts: Any) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(what, **facts)


class ServerFailureError(ServiceError):
    """5xx: the service failed."""


class ConnectionFailedError(AxError):
    """Nothing answers at `address`; `sent` says whether the request may have arrived all the same."""

    exit_status = 4

    def __init__(self, what: str, *, address: str, sent: bool = False, hint: str | None = None) -> None:
        self.address = address
        self.sent = sent
        super().__init__(what, hint=hint)


class FlightUnavailableError(ConnectionFailedError):
    """The Flight port does not answer (often a firewall); REST may."""


class TransferError(AxError):
    """An upload or an export did not become whole."""

    exit_status = 4


class IncompleteExportError(TransferError):
    """Fewer rows came than there are: `received`, `expected` (None when unknown)."""

    def __init__(
        self, what: str, *, received: int, expected: int | None = None, hint: str | None = None
    ) -> None:
        self.received = received
        self.expected = expected
        super().__init__(what, hint=hint)


class PartialWriteError(TransferError):
    """Some requests of a write were taken and one was not: `written`, `total`, and the `cause`."""

    def __init__(
        self, what: str, *, written: int, total: int, cause: AxError | None = None, hint: str | None = None
    ) -> None:
        self.written = written
        self.total = total
        self.cause = cause
        super().__init__(what, hint=hint)


class ReadBackError(TransferError):
    """A write was carried out whole, and only reading it back failed: `kind`, `name`, `id`, and
    the `cause`.
    """

    def __init__(self, kind: str, name: str, identity: str, *, cause: AxError) -> None:
        self.kind = kind
        self.name = name
        self.id = identity
        self.cause = cause
        super().__init__(
            f"{kind} {name!r} was made (id {identity}), only reading it back failed: {cause.what}",
            hint="The same again returns it, and writes nothing.",
        )


class RunError(AxError):
    """A run of an experiment could not start or go on; `result` has what was done, when anything was."""

    result: Any = None


class UnreadableJournalError(RunError):
    """A journal cannot be read, or not all of it; `path` is its file, `damaged` tells damage from the format
    of a newer version.
    """

    def __init__(self, what: str, *, path: str, damaged: bool = True, hint: str | None = None) -> None:
        self.path = path
        self.damaged = damaged
        super().__init__(what, hint=hint)


class TaskChangedError(RunError):
    """The journal of this experiment belongs to another task."""


class ExperimentUnfinishedError(RunError):
    """A journal of this experiment waits to be resumed; `done` of `total` are in it."""

    def __init__(self, what: str, *, done: int, total: int, hint: str | None = None) -> None:
        self.done = done
        self.total = total
        super().__init__(what, hint=hint)


class TooManyFailuresError(RunError):
    """Stopped early, since too many results failed; `failures` and `finished` count them."""

    def __init__(self, what: str, *, failures: int, finished: int, hint: str | None = None) -> None:
        self.failures = failures
        self.finished = finished
        super().__init__(what, hint=hint)


class ComparisonError(AxError):
    """The inputs cannot be compared."""

    exit_status = 4


class RegressionError(ComparisonError):
    """A gate was not met: the offending `example_ids`, the `reasons`, one a broken rule, and the `details`,
    one a metric and candidate.
    """

    exit_status = 10

    def __init__(
        self,
        what: str,
        *,
        example_ids: Sequence[str] = (),
        reasons: Sequence[str] = (),
        details: Sequence[str] = (),
        hint: str | None = None,
    ) -> None:
        self.example_ids = tuple(example_ids)
        self.reasons = tuple(reasons)
        self.details = tuple(details)
        super().__init__(what, hint=hint)

    def __str__(self) -> str:
        """Give the reasons and the worst examples on one line, then a line a metric and candidate with what
        stands behind them.
        """
        return "\n".join([super().__str__(), *(f"  {detail}" for detail in self.details)])
