"""A second run of the baseline, aligned with the experiments of a comparison: by example id, or by the key
that pairs their rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arize_nb.comparison.inputs.accepted_inputs import source_of
from arize_nb.comparison.inputs.column_roles.profile import TableProfile, named_alike
from arize_nb.comparison.inputs.keys.pairing import Pairing, pairing, row_order
from arize_nb.comparison.inputs.read_source import ReadSource, read_source
from arize_nb.comparison.sources.alignment import align, from_codes
from arize_nb.comparison.words.next_steps import BY_KEY, WITH_REPETITIONS
from arize_nb.errors import ColumnError, ComparisonError
from arize_nb.text.command_line import Hint

if TYPE_CHECKING:
    from arize_nb.comparison.analysis.data import Study
    from arize_nb.comparison.inputs.reading import Reading
    from arize_nb.comparison.sources.alignment import Alignment


def with_rerun(study: Study, rerun: object) -> Alignment:
    """Return the alignment of a comparison with one more experiment behind the others.

    Parameters
    ----------
    study : Study
        The comparison.
    rerun
        Anything that `compare` takes; where the comparison read its tables itself, a table with the columns
        of its key.

    Raises
    ------
    ColumnError
        The rerun lacks what pairs the rows.
    ComparisonError
        Its rows repeat a key, or cannot be paired by their order.
    """
    sides = [side.source for side in study.alignment.sides]
    again = source_of(rerun, "rerun")
    reading = study.reading
    if reading is None or reading.canonical or not all(isinstance(side, ReadSource) for side in sides):
        return align([*sides, again])
    bases = [side.base for side in sides if isinstance(side, ReadSource)]
    profiles = named_alike([*map(TableProfile, bases), TableProfile(again)])
    lacking = [name for name in reading.key if name not in profiles[-1]]
    if lacking:
        raise ColumnError(
            f"{again.name!r} has no column {lacking[0]!r}, which pairs the rows of this comparison",
            column=lacking[0],
            hint=f"It has: {', '.join(again.columns[:12]) or 'no columns'}",
        )
    found = pairing(profiles, reading.key, fold=reading.folded) if reading.key else _in_order(profiles)
    _refuse_repeats(study, reading, found)
    return from_codes([*sides, read_source(profiles[-1], reading, 0)], found.codes, found.keys)


def _in_order(profiles: list[TableProfile]) -> Pairing:
    if profiles[-1].rows != profiles[0].rows:
        raise ComparisonError(
            f"{profiles[-1].name!r} has {profiles[-1].rows:,} rows and the baseline {profiles[0].rows:,}, "
            "and rows are paired by their order",
            hint=Hint.of("Compare by a column that names the examples: {}.", BY_KEY),
        )
    return row_order(profiles)


def _refuse_repeats(study: Study, reading: Reading, found: Pairing) -> None:
    """Refuse keys that only the rerun repeats: repetitions are an average when they were meant."""
    counts = found.counts[-1]
    meant = reading.repetition is not None or any(side.repeated for side in study.alignment.sides)
    if not meant and len(counts) and int(counts.max()) > 1:
        raise ComparisonError(
            f"{found.profiles[-1].name!r} repeats {', '.join(found.columns)}: {', '.join(found.repeated())}",
            hint=Hint.of("Give one row of each, or say that they are repetitions: {}.", WITH_REPETITIONS),
        )
