"""What a review shows, as messages to its front: a run with its questions, how far it is, the agreement at
the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from arize_nb.display import comparison_sections, sections
from arize_nb.display.sections_html import sections_html
from arize_nb.display.tables import text_table
from arize_nb.text.values import cell
from arize_nb.widgets.reviewer.annotation_writer import GRACE_S

if TYPE_CHECKING:
    import pandas as pd

    from arize_nb.display.sections import Section
    from arize_nb.widgets.reviewer.annotation_writer import ReviewWriter
    from arize_nb.widgets.reviewer.material import ReviewMaterial
    from arize_nb.widgets.reviewer.session import ReviewSession


def run_message(
    session: ReviewSession, material: ReviewMaterial, *, blind: bool, show_judge: bool, fresh: bool
) -> dict[str, Any]:
    """Describe the run in front of the person, which must be there."""
    item = session.items[session.place]
    name = "" if blind else f" · {material.experiments[item.experiment].name}"
    questions = [
        {
            "name": config.name,
            "type": config.type,
            "labels": [value.label for value in config.values or ()],
            "low": config.minimum_score,
            "high": config.maximum_score,
            "answer": session.answers[item.run_id].get(str(config.name), {}),
        }
        for config in session.configs
    ]
    return {
        "run": session.place,
        "fresh": fresh,
        "title": f"Run {session.place + 1:,} of {len(session.items):,}{name}",
        "sections": material.sections(item, blind=blind, show_judge=show_judge),
        "questions": questions,
        "next": session.next_question(),
        "place": session.place,
        "total": len(session.items),
        "undo": bool(session.changes),
    }


def state_message(session: ReviewSession, writers: Sequence[ReviewWriter]) -> dict[str, Any]:
    """Say how many runs are answered, how many answers are with the service, and what keeps the others."""
    answers, notes = session.given()
    unsent = [
        (record["record_id"], value)
        for writer in writers
        for record in writer.unsent
        for value in record["values"]
    ]
    answers -= {(run_id, value["name"]) for run_id, value in unsent if "label" in value or "score" in value}
    notes -= {(run_id, value["name"]) for run_id, value in unsent if "text" in value}
    trouble = "; ".join(writer.trouble for writer in writers if writer.trouble)
    held = sum(writer.holds for writer in writers)
    waiting = sum(writer.waiting for writer in writers) - held
    parts = [
        f"{session.done:,} of {len(session.items):,} runs answered",
        f"{_counted(len(answers), 'answer')} written",
    ]
    parts += [f"{_counted(len(notes), 'note')} written"] if notes else []
    parts += [f"the last one goes out with the next, or in {GRACE_S:g} s (u takes it back)"] if held else []
    parts += [f"{waiting:,} waiting, safe on this disk"] if waiting else []
    status = " · ".join(parts)
    return {"done": session.done, "total": len(session.items), "status": status, "trouble": trouble}


NEXT_RUNS = 5


def next_runs(session: ReviewSession, material: ReviewMaterial) -> list[dict[str, str]]:
    """Return the next runs that are not answered, from the one in front on: `run`, `example`, and the
    example's first text.
    """
    order = [*range(session.place, len(session.items)), *range(session.place)]
    places = [place for place in order if not session.is_answered(place)][:NEXT_RUNS]
    return [
        {
            "run": f"{place + 1:,}",
            "example": session.items[place].example_id or "",
            "asks": cell(material.question(session.items[place]), 120) or "",
        }
        for place in places
    ]


def review_html(session: ReviewSession | None, material: ReviewMaterial | None, command: str) -> str:
    """Return how far a review is and the next runs, as static HTML; no text that a run answered."""
    done, following = _progress(session, material)
    asked = ", ".join(str(config.name) for config in session.configs) if session else ""
    shown = [
        sections.facts("", [("review", done), *([("asks for", asked)] if asked else []), ("magic", command)])
    ]
    if following:
        columns = list(following[0])
        shown.append(
            sections.table("Next runs", columns, [[row[name] for name in columns] for row in following])
        )
    return sections_html(shown)


def review_text(session: ReviewSession | None, material: ReviewMaterial | None) -> str:
    """Return the same as lines of text."""
    done, following = _progress(session, material)
    return f"{done}\n{text_table(following, max_width=160)}".rstrip()


def _progress(
    session: ReviewSession | None, material: ReviewMaterial | None
) -> tuple[str, list[dict[str, str]]]:
    if session is None or material is None:
        return "the runs are not read yet", []
    return f"{session.done:,} of {len(session.items):,} runs answered", next_runs(session, material)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def agreement_sections(session: ReviewSession, agreement: pd.DataFrame) -> list[Section]:
    """Show how far the person agrees with each evaluator; in words where there is nothing to compare."""
    found = [sections.note(f"{session.done:,} of {len(session.items):,} runs are answered.")]
    if not any(session.answers.values()):
        return [
            *found,
            sections.note(
                "Once you have labelled or scored a run, this says how far you agree with each evaluator."
            ),
        ]
    if not len(agreement):
        return [
            *found,
            sections.note(
                "No evaluator shares a label or a score with what was said, so there is no agreement to show."
            ),
        ]
    return [
        *found,
        comparison_sections.frame_table("Agreement with the judges", agreement),
        sections.note("kappa: 1 is full agreement, 0 is what chance would give (Cohen 1960)."),
    ]
