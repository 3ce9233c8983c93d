"""Read what a review needs (runs, examples, annotation configs), and show one run of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from arize_nb.display import sections
from arize_nb.errors import InputError, NotFoundError
from arize_nb.widgets.grid.arrow_rows import table_of
from arize_nb.widgets.reviewer.session import Answer, ReviewItem

if TYPE_CHECKING:
    import pyarrow as pa

    from arize_nb.display.sections import Section
    from arize_nb.models import AnnotationConfig, Experiment
    from arize_nb.widgets.reviewer.answer_journal import Record

_SAID = re.compile(r"^annotation\.(.+)\.(label|score|text)$")
_JUDGED = re.compile(r"^eval\..+\.(label|score)$")


@dataclass(frozen=True, kw_only=True)
class ReviewMaterial:
    """What a review is about."""

    experiments: Sequence[Experiment]
    """The experiments whose runs are reviewed."""
    tables: Sequence[pa.Table]
    """Their runs."""
    examples: pa.Table | None
    """Examples of their dataset; None for stand-alone experiments."""
    configs: Sequence[AnnotationConfig]
    """What may be said."""

    def items(self) -> list[ReviewItem]:
        """Return every run."""
        return [
            ReviewItem(
                run_id=str(run),
                experiment=number,
                position=position,
                example_id=None if example is None else str(example),
            )
            for number, table in enumerate(self.tables)
            for position, (run, example) in enumerate(
                zip(table["id"].to_pylist(), table["example_id"].to_pylist(), strict=True)
            )
        ]

    def row(self, item: ReviewItem) -> dict[str, Any]:
        """Return a run."""
        row: dict[str, Any] = self.tables[item.experiment].slice(item.position, 1).to_pylist()[0]
        return row

    def known(self, unsent: Iterable[Record] = ()) -> dict[str, dict[str, Answer]]:
        """Return the annotations that runs already have, by run and name, and over them answers that were
        given but not sent yet.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        found: dict[str, dict[str, Answer]] = {}
        for table in self.tables:
            for column in table.column_names:
                said = _SAID.match(column)
                if not said:
                    continue
                there = table.select(["id", column]).filter(pc.is_valid(table[column]))
                for run_id, value in zip(
                    there["id"].cast(pa.large_string()).to_pylist(), there[column].to_pylist(), strict=True
                ):
                    found.setdefault(run_id, {}).setdefault(said[1], {})[said[2]] = value
        for record in unsent:
            for answer in record["values"]:
                members = {member: value for member, value in answer.items() if member != "name"}
                found.setdefault(record["record_id"], {}).setdefault(answer["name"], {}).update(members)
        return found

    def judged(self, items: Sequence[ReviewItem]) -> dict[str, Mapping[str, Any]]:
        """Return what the evaluators gave to these runs."""
        found: dict[str, Mapping[str, Any]] = {}
        for number, table in enumerate(self.tables):
            mine = [item for item in items if item.experiment == number]
            columns = table.select([name for name in table.column_names if _JUDGED.match(name)])
            rows = columns.take([item.position for item in mine]).to_pylist() if mine else []
            found.update(zip((item.run_id for item in mine), rows, strict=True))
        return found

    def sections(self, item: ReviewItem, *, blind: bool, show_judge: bool) -> list[Section]:
        """Show a run: the example's own columns, the output, the error; the judges and the rest only when
        they may be seen.
        """
        row = self.row(item)
        found = self._example(item)
        found.append(sections.text("Output", row.get("output")))
        if row.get("error") is not None:
            found.append(sections.text("Error", row["error"]))
        evaluations = {
            name: value for name, value in row.items() if name.startswith("eval.") and value is not None
        }
        if show_judge and evaluations:
            found += sections.record(evaluations, "Judges")
        rest = {
            name: value
            for name, value in row.items()
            if not name.startswith(("eval.", "annotation.")) and name not in ("output", "error")
        }
        if not blind:
            found.append(
                sections.facts("Run", [(name, value) for name, value in rest.items() if value is not None])
            )
        return found

    def question(self, item: ReviewItem) -> str | None:
        """Return the first text of a run's example that is more than an id; None where there is none."""
        row = self._example_row(item) or {}
        return next((value for value in row.values() if isinstance(value, str) and value.strip()), None)

    def _example(self, item: ReviewItem) -> list[Section]:
        if self.examples is None or item.example_id is None:
            return []
        row = self._example_row(item)
        if row is None:
            return [sections.note("The dataset has no such example any more.")]
        return sections.record(row, "Example")

    def _example_row(self, item: ReviewItem) -> dict[str, Any] | None:
        """Return the example's own columns; None where the dataset has no such example."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if self.examples is None or item.example_id is None:
            return None
        ids = self.examples["id"].cast(pa.large_string())
        place = pc.index(ids, pa.scalar(item.example_id, pa.large_string())).as_py()
        if place < 0:
            return None
        row = self.examples.slice(place, 1).to_pylist()[0]
        return {
            name: value
            for name, value in row.items()
            if name not in ("id", "created_at", "updated_at") and not name.startswith("annotation.")
        }


def read_material(
    client: Any,
    experiments: Sequence[Any],
    *,
    dataset: object = None,
    space: object = None,
    configs: Sequence[str] | None = None,
) -> ReviewMaterial:
    """Ask the service for everything a review needs; takes as long as that takes.

    Raises
    ------
    NotFoundError
        An experiment or an annotation config that is not there.
    InputError
        A space without annotation configs.
    """
    found = [
        client.experiments.get(one, dataset=dataset, space=space) if isinstance(one, str) else one
        for one in experiments
    ]
    first = found[0]
    known = {config.name: config for config in client.annotation_configs.iter(space=first.space_id)}
    if not known:
        raise InputError(
            "the space has no annotation configs, so there is nothing to say about a run",
            hint="Make one: %ax annotation-configs create NAME --type categorical --value good --value bad",
        )
    for name in configs or ():
        if name not in known:
            raise NotFoundError(
                "annotation config", name, space=first.space_id, matches=[str(one) for one in known]
            )
    wanted = [known[name] for name in configs] if configs else list(known.values())[::-1]
    tables = [table_of(client.experiments.runs(one, annotations=True)) for one in found]
    examples = None
    if first.dataset_id:
        examples = table_of(client.datasets.examples(first.dataset_id, version=first.dataset_version_id))
    return ReviewMaterial(experiments=found, tables=tables, examples=examples, configs=wanted)
