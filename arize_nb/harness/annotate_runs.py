"""Score the stored outputs of an experiment as annotations of its runs."""

from __future__ import annotations

import contextlib
import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from arize_nb import progress as bars
from arize_nb.errors import AxError, ExperimentUnfinishedError, TooManyFailuresError
from arize_nb.harness.engine.execute import Before, Happened, JournalStore, execute, plan
from arize_nb.harness.journal.run_journal import Journal, journal_path
from arize_nb.harness.next_steps import FAILED_AGAIN, GO_ON
from arize_nb.harness.result import ExperimentResult, RunInterrupted
from arize_nb.harness.run_plan import Assignment, result_of
from arize_nb.harness.tracing.span_project import project_of
from arize_nb.harness.tracing.spans import spans_for
from arize_nb.persistence.uninterrupted import held_back
from arize_nb.text.command_line import Hint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from arize_nb.harness.records.run_record import RunRecord
    from arize_nb.models import Experiment

_ASK_AGAIN = Hint.of("Repair it, then ask again: {}.", FAILED_AGAIN)


@dataclass(frozen=True, kw_only=True)
class Annotating:
    """Scores that become annotations; all are written in one go, since one of the same name is replaced and
    twice does no harm.
    """

    client: Any
    source: Experiment
    """Whose runs are scored."""
    work: Assignment
    runs: Sequence[RunRecord]
    """All of its runs, failed ones too."""
    ids: Mapping[tuple[str, int], str]
    """Their ids on the service."""
    create_configs: bool
    """Whether missing annotation configs are made."""

    @property
    def mark(self) -> str:
        """What the scores are kept under: other evaluators have other scores."""
        parts = (self.work.fingerprint, *(item.description.core for item in self.work.evaluators))
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]

    def go(self, *, resume: bool) -> ExperimentResult:
        """Score what is not scored yet, and write all of it.

        Raises
        ------
        ExperimentUnfinishedError
            An earlier call was cut short, and nothing says what to do about it; or the scores are kept, but
            could not be written.
        NotFoundError
            The space has no annotation config for a metric: told after the first run is scored, not after the
            last.
        """
        source, rerun = self.source, self.work.settings.rerun
        journal = Journal(
            journal_path(source.space_id or "", self.work.dataset.id, f"{source.id} annotations")
        )
        with contextlib.closing(journal):
            done = journal.left(self.mark).evaluated
            if done and not resume and rerun is None:
                whole = sum(not any(failed.values()) for failed in done.values())
                what = (
                    f"scoring experiment {source.name!r} was cut short: {whole:,} of {len(self.runs):,} runs"
                    " are scored"
                )
                hint = Hint.of("{}; to ask failed evaluators again: {}.", GO_ON, FAILED_AGAIN)
                raise ExperimentUnfinishedError(what, done=whole, total=len(self.runs), hint=hint)
            if rerun == "all":
                journal.forget()
            elif rerun == "failed":
                journal.forget_failed_evaluations(self.mark)
            kept = journal.left(self.mark).runs
            journal.keep(self.mark, [run for run in self.runs if run.key not in kept])
            if not done and not self.create_configs:
                self._try_first(journal)
            return self._all(journal)

    def _try_first(self, journal: Journal) -> None:
        """Score and annotate one run: only what evaluators say names the metrics, and a missing config must
        not cost all calls.
        """
        first = [run for run in self.runs if run.failure is None][:1]
        self._score(journal, first, quiet=True)
        rows = annotation_rows(journal.records(self.mark, [run.key for run in first]), self.ids)
        try:
            if rows:
                self.client.experiments.annotate(self.source, rows, check_ids=False)
        except AxError:
            journal.forget()
            raise

    def _all(self, journal: Journal) -> ExperimentResult:
        source, began = self.source, time.monotonic()
        happened = self._score(journal, self.runs, quiet=self.work.quiet)
        records = journal.records(self.mark)
        rows = annotation_rows(records, self.ids)
        try:
            receipt = (
                self.client.experiments.annotate(source, rows, create_configs=self.create_configs)
                if rows
                else None
            )
        except AxError as error:
            what = (
                f"the scores of experiment {source.name!r} are kept, but could not be written as annotations:"
                f" {str(error).rstrip('.')}"
            )
            raise ExperimentUnfinishedError(what, done=len(rows), total=len(self.runs), hint=GO_ON) from error
        if not any(made.failure for record in records for made in record.evaluations.values()):
            journal.forget()
        return result_of(
            self.work,
            records,
            happened=happened,
            began=began,
            experiment=source,
            run_ids=self.ids,
            receipt=receipt,
        )

    def _score(self, journal: Journal, runs: Sequence[RunRecord], *, quiet: bool) -> Happened:
        """Call the evaluators on those of `runs` that are not scored yet."""
        work, left = self.work, journal.left(self.mark)
        todo = {
            run.key: run
            for run in runs
            if run.failure is None and len(left.evaluated.get(run.key, {})) < len(work.single)
        }
        items = plan(work.examples, work.single, work.settings.repetitions, left, todo)
        store = JournalStore(journal, self.mark)
        before = Before(
            evaluators=frozenset(
                name for made in left.evaluated.values() for name, failed in made.items() if not failed
            )
        )
        try:
            spans = spans_for(self.client, work.facts)
            spans.file_under(lambda: project_of(self.client, self.source))
            with (
                contextlib.closing(spans),
                bars.bar(f"Scoring {self.source.name}", len(todo), quiet=quiet, delay_s=0) as bar,
            ):
                happened = execute(
                    items,
                    len(todo),
                    task=None,
                    settings=work.settings,
                    store=store,
                    bar=bar,
                    spans=spans.make,
                    before=before,
                )
        except KeyboardInterrupt:
            with held_back():
                what, result = self._cut_short("interrupted", journal)
                interrupted = RunInterrupted(what, result, hint=GO_ON)
            raise interrupted from None
        if happened.stopped is not None:
            what, result = self._cut_short(happened.stopped.what, journal)
            stopped = TooManyFailuresError(
                what, failures=happened.stopped.failures, finished=happened.stopped.finished, hint=_ASK_AGAIN
            )
            stopped.result = result
            raise stopped
        return happened

    def _cut_short(self, why: str, journal: Journal) -> tuple[str, ExperimentResult]:
        """Say what is kept."""
        records = journal.records(self.mark)
        scored = sum(
            bool(record.evaluations) and not any(made.failure for made in record.evaluations.values())
            for record in records
        )
        return f"{why}. {scored:,} of {len(self.runs):,} runs are scored and kept on disk", result_of(
            self.work, records
        )


def annotation_rows(records: Sequence[RunRecord], ids: Mapping[tuple[str, int], str]) -> list[dict[str, Any]]:
    """Turn evaluations into annotations, by run id; an explanation becomes the text."""
    rows = []
    for record in records:
        values = [
            {"name": metric, "score": made.score, "label": made.label, "text": made.explanation}
            for given in record.evaluations.values()
            for metric, made in given.evaluations.items()
        ]
        if values:
            kept = [{key: value for key, value in item.items() if value is not None} for item in values]
            rows.append({"record_id": ids[record.key], "values": kept})
    return rows
