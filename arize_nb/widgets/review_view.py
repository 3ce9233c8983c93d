"""What a review shows, as messages to its front: a run with its questions, how far it is, the agreement at the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from arize_nb.widgets import comparison_sections, sections

if TYPE_CHECKING:
    import pandas as pd

    from arize_nb.widgets.review_session import ReviewSession
    from arize_nb.widgets.review_source import ReviewMaterial
    from arize_nb.widgets.review_writer import ReviewWriter
    from arize_nb.widgets.sections import Section


def run_message(session: ReviewSession, material: ReviewMaterial, *, blind: bool, show_judge: bool, fresh: bool) -> dict[str, Any]:
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
    waiting = sum(writer.waiting for writer in writers)
    written = sum(writer.written for writer in writers)
    trouble = "; ".join(writer.trouble for writer in writers if writer.trouble)
    said = f"{session.done:,} of {len(session.items):,} runs answered · {written:,} answer{'' if written == 1 else 's'} written"
    status = f"{said}{f' · {waiting:,} waiting, safe on this disk' if waiting else ''}"
    return {"done": session.done, "total": len(session.items), "status": status, "trouble": trouble}


def agreement_sections(session: ReviewSession, agreement: pd.DataFrame) -> list[Section]:
    """Show how far the person agrees with each evaluator; in words where there is nothing to compare."""
    found = [sections.note(f"{session.done:,} of {len(session.items):,} runs are answered.")]
    if not any(session.answers.values()):
        return [*found, sections.note("Once you have labelled or scored a run, this says how far you agree with each evaluator.")]
    if not len(agreement):
        return [*found, sections.note("No evaluator shares a label or a score with what was said, so there is no agreement to show.")]
    return [
        *found,
        comparison_sections.frame_table("Agreement with the judges", agreement),
        sections.note("kappa: 1 is full agreement, 0 is what chance would give (Cohen 1960)."),
    ]
