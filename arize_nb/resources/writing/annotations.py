"""Write annotations of runs or examples: by record, with every record id that nothing has named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from arize_nb import wire
from arize_nb.errors import InputError, NotFoundError
from arize_nb.models import AnnotationReceipt
from arize_nb.resources.annotation_configs import AnnotationConfigs
from arize_nb.resources.lookup import every
from arize_nb.resources.writing.input_rows import opened, send_in_batches, tell
from arize_nb.text.command_line import Choice, Command, Hint

if TYPE_CHECKING:
    import pyarrow as pa

    from arize_nb.resources.lookup import Link

Records = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Annotated:
    """What is annotated."""

    kind: str
    """experiment or dataset."""
    identity: str
    """Its id."""
    label: str
    """How to call it in messages."""
    space_id: str | None
    """Space whose annotation configs count, by id."""
    space: str | None
    """How the user calls that space; None when it was not named."""
    rows: pa.Table | None
    """Column `id` of its runs or examples, of runs `example_id` too; None when nobody looked."""

    def known(self, record_ids: Sequence[str]) -> frozenset[str]:
        """Return those of some record ids that it has; all of them when nobody looked."""
        if self.rows is None:
            return frozenset(record_ids)
        return frozenset(self._matching("id", record_ids).column("id").to_pylist())

    def runs_of(self, example_ids: Sequence[str]) -> dict[str, list[str]]:
        """Return the run ids of some examples; examples that have none are left out."""
        found: dict[str, list[str]] = {}
        if self.rows is not None and "example_id" in self.rows.column_names:
            for run in self._matching("example_id", example_ids).to_pylist():
                found.setdefault(run["example_id"], []).append(run["id"])
        return found

    def _matching(self, name: str, values: Sequence[str]) -> pa.Table:
        """Return the rows with one of some values: few are asked for, a million may be there."""
        import pyarrow as pa
        import pyarrow.compute as pc

        assert self.rows is not None
        return self.rows.filter(pc.is_in(self.rows.column(name), value_set=pa.array(values, pa.string())))


def write_annotations(
    link: Link,
    target: Annotated,
    source: object,
    *,
    create_configs: bool,
    by_example_id: bool = False,
) -> AnnotationReceipt:
    """Write annotations in requests of at most 1000 records.

    Raises
    ------
    NotFoundError
        An annotation has a name for which the space has no annotation config, and `create_configs` is false.
    InputError
        No record id is one of the target's.
    PartialWriteError
        Some requests were taken and one was not.
    """
    records = _records(link, source)
    if by_example_id:
        records = list(_by_run(records, target))
    known = target.known([record["record_id"] for record in records])
    matched = [record for record in records if record["record_id"] in known]
    unmatched = tuple(record["record_id"] for record in records if record["record_id"] not in known)
    if not matched:
        raise _nothing_matches(target, unmatched)
    created = _ensure_configs(link, target, matched, create_configs)
    about = wire.About(kind=target.kind, name=target.label, action="annotate")
    send_in_batches(
        link,
        len(matched),
        lambda start, stop: wire.annotate_request(
            target.kind, target.identity, matched[start:stop], about=about
        ),
        what="annotated records",
    )
    if unmatched:
        first = ", ".join(repr(value) for value in unmatched[:3])
        link.notice(
            f"{len(unmatched):,} of {len(records):,} record ids match nothing in {target.label!r} and were"
            f" left out: {first}"
        )
    return AnnotationReceipt(
        written=len(matched),
        values=sum(len(record["values"]) for record in matched),
        unmatched=unmatched,
        created_configs=created,
    )


def _records(link: Link, source: object) -> list[dict[str, Any]]:
    """Turn what a user gives into records of the service."""
    from arize_nb.frames import annotation_records

    given, facts = opened(source, "annotation")
    notes: list[str] = []
    records = annotation_records(given, notes=notes)
    tell(link, facts, notes)
    return records


def _by_run(records: Records, target: Annotated) -> Iterator[dict[str, Any]]:
    """Turn records about examples into records about the runs of those examples, each repetition its own."""
    runs_of = target.runs_of([record["record_id"] for record in records])
    for record in records:
        for run_id in runs_of.get(record["record_id"], (record["record_id"],)):
            yield {**record, "record_id": run_id}


def _nothing_matches(target: Annotated, unmatched: Sequence[str]) -> InputError:
    """Make the error for annotations that are about something else, often about examples."""
    noun = "run" if target.kind == "experiment" else "example"
    examples = len(target.runs_of(unmatched))
    hint = f"Take record_id from the id column of an export of {target.label!r}."
    if examples:
        hint = Hint.of(
            "{} of them are example ids: give {} to annotate the runs of those examples.",
            f"{examples:,}",
            Choice("by_example_id=True", "--by-example-id"),
        )
    first = ", ".join(repr(value) for value in unmatched[:3])
    return InputError(
        f"none of the {len(unmatched):,} record ids is a {noun} of {target.kind} {target.label!r}: {first}",
        hint=hint,
    )


def _ensure_configs(link: Link, target: Annotated, records: Records, create: bool) -> tuple[str, ...]:
    """Make sure that every name has its annotation config."""
    known = {config.name for config in every(link, "annotation config", space_id=target.space_id)}
    missing: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        for value in record["values"]:
            if value["name"] not in known:
                missing.setdefault(value["name"], []).append(value)
    for name, values in missing.items():
        settings = fitting_config(values)
        if not create:
            raise NotFoundError(
                "annotation config",
                name,
                space=target.space,
                hint=_how_to_make(name, settings, target, list(missing)),
            )
        AnnotationConfigs(link).create(name=name, space=target.space_id, **settings)
    return tuple(missing)


def fitting_config(values: Records) -> dict[str, Any]:
    """Choose the settings of an annotation config that fits some values.

    Labels make it categorical, with the labels seen in order of appearance (and the score of a label that
    always has the same one); scores alone make it continuous, from 0 to 1 where they fit there, else from the
    least to the greatest; text alone freeform.
    """
    labels: dict[str, set[float]] = {}
    scores: list[float] = []
    for value in values:
        if "label" in value:
            labels.setdefault(value["label"], set()).update([value["score"]] if "score" in value else [])
        elif "score" in value:
            scores.append(value["score"])
    if labels:
        own = [
            {"label": label, **({"score": seen.copy().pop()} if len(seen) == 1 else {})}
            for label, seen in labels.items()
        ]
        return {"type": "categorical", "values": own}
    if scores:
        low, high = min(scores), max(scores)
        fits = low >= 0 and high <= 1
        return {
            "type": "continuous",
            "minimum_score": 0.0 if fits else low,
            "maximum_score": 1.0 if fits else max(high, low + 1),
        }
    return {"type": "freeform"}


def _how_to_make(name: str, settings: Mapping[str, Any], target: Annotated, missing: Sequence[str]) -> str:
    """Write the line that makes a config, and name the others that are missing."""
    labels = [value["label"] for value in settings.get("values", ())]
    if labels in (["True"], ["False"]):
        labels = [
            "False",
            "True",
        ]  # a check that gave one of them will give the other, which the config must not refuse
    options: dict[str, Any] = {"value": labels}
    call: dict[str, Any] = {"name": name, "type": settings["type"], **({"values": labels} if labels else {})}
    if "minimum_score" in settings:
        low, high = settings["minimum_score"], settings["maximum_score"]
        options = {"min-score": f"{low:g}", "max-score": f"{high:g}"}
        call |= {"minimum_score": low, "maximum_score": high}
    call |= {"space": target.space} if target.space else {}
    others = [repr(other) for other in missing if other != name]
    also = f" Missing as well: {', '.join(others)}." if others else ""
    line = Command(
        ("annotation-configs", "create", settings["type"]),
        options={"n": name, **options, "space": target.space},
        python=(
            f"client.annotation_configs.create({', '.join(f'{key}={value!r}' for key, value in call.items())})"
        ),
    )
    return Hint.of(
        "Make it: {} (or let {} make it).{}", line, Choice("create_configs=True", "--create-configs"), also
    )
