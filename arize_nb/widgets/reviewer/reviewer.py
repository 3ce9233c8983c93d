"""Go through runs and label them; what is said is written back as annotations, run by run."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arize_nb.errors import AxError, InputError
from arize_nb.text.command_words import options, word
from arize_nb.widgets.parts.background import Background
from arize_nb.widgets.parts.channel import LOG, ReviewFront, one_line, use_plain
from arize_nb.widgets.parts.displayed import Shown
from arize_nb.widgets.parts.lifetime import close_alone
from arize_nb.widgets.reviewer.agreement import agreement_frame, agreement_rows
from arize_nb.widgets.reviewer.annotation_writer import ReviewWriter
from arize_nb.widgets.reviewer.answer_journal import ReviewJournal
from arize_nb.widgets.reviewer.material import ReviewMaterial, read_material
from arize_nb.widgets.reviewer.messages import (
    agreement_sections,
    review_html,
    review_text,
    run_message,
    state_message,
)
from arize_nb.widgets.reviewer.session import LABEL, TEXT, Change, ReviewItem, ReviewSession, chosen_items

if TYPE_CHECKING:
    import pandas as pd

    from arize_nb.comparison.comparison import Comparison

Message = Mapping[str, Any]


class RunReviewer(Shown, ReviewFront):
    """Label and score runs by the space's annotation configs, with the keyboard.

    Every answer is first written to this machine's disk, then sent in the background; answers that a dead
    kernel or a lost connection left behind are sent when the same experiment is reviewed again.

    Parameters
    ----------
    client : Client
        From `ax.connect()`.
    experiment : str, Experiment, or several of them
        Whose runs are reviewed.
    which : {"all", "regressions"}, ("random", n), or sequence of run ids, default "all"
        Which runs; `"regressions"` needs `comparison`.
    blind : bool
        Do not show which experiment a run belongs to, nor its metadata, and mix the order.
    configs : sequence of str, optional
        Names of the annotation configs to ask about; default all of the space.
    show_judge : bool
        Show the evaluators' verdicts beside the run. By default they are kept back, so that the person
        decides alone.
    comparison : Comparison, optional
        Its regressions are the runs of `which="regressions"`.
    dataset, space : str or resource, optional
        Where an experiment is found by name.
    seed : int, default 0
        Seed of the sample and of the mixing.

    Attributes
    ----------
    session : ReviewSession or None
        Where the person is, and what was said; None until the runs are read.
    """

    def __init__(
        self,
        client: Any,
        experiment: Any,
        *,
        which: Any = "all",
        blind: bool = False,
        configs: Sequence[str] | None = None,
        show_judge: bool = False,
        comparison: Comparison | None = None,
        dataset: object = None,
        space: object = None,
        seed: int = 0,
    ) -> None:
        if which == "regressions" and comparison is None:
            raise InputError(
                'which="regressions" needs the comparison',
                hint="Give comparison=client.compare(baseline, candidate).",
            )
        self.client = client
        self.blind = blind
        self._show_judge = show_judge
        self._which, self._comparison, self._seed = which, comparison, seed
        self._asked = (
            [experiment]
            if isinstance(experiment, str) or not isinstance(experiment, Sequence)
            else list(experiment)
        )
        self._scope = {"dataset": dataset, "space": space}
        self._configs = configs
        self.session: ReviewSession | None = None
        self._material: ReviewMaterial | None = None
        self._writers: list[ReviewWriter] = []
        self._keys: list[tuple[Change, str]] = []
        self._background = Background()
        super().__init__(self._asked_for())
        self._front: Any = self
        if use_plain():
            from arize_nb.widgets.reviewer.fallback import PlainReviewFront

            close_alone(self)  # its place is taken by core controls
            self._front = PlainReviewFront(self._asked_for())
        self._background.submit("material", self._read, self._begin, self._failed)
        self._background.tick(
            "material",
            lambda seconds: self._front.post("reading", {"text": f"Reading the runs… {seconds:.0f} s"}),
        )

    def _asked_for(self) -> dict[str, Callable[[Message], None]]:
        """Return what a browser may ask for."""
        return {
            "hello": lambda _: self._show(fresh=True),
            "say": self._say,
            "move": lambda message: self._go(int(message["step"])),
            "open": lambda _: self._go_open(),
            "undo": lambda _: self.undo(),
            "retry": lambda _: self._retry(),
            "finish": lambda _: self._finish(),
        }

    @property
    def view(self) -> Any:
        """Return the widget to put into a box of your own: this one, or its plain form under
        `ARIZE_NB_GRID=plain`.
        """
        return getattr(self, "_front", self)

    # -- reading ----------------------------------------------------------------------------------

    def _read(self) -> tuple[ReviewMaterial, ReviewSession, list[ReviewJournal]]:
        """Read and choose the runs, and find what was said but not sent; in a worker thread, since an
        experiment may be long.
        """
        material = read_material(self.client, self._asked, configs=self._configs, **self._scope)
        regressed: list[str] = []
        if self._comparison is not None:
            table = self._comparison.changes_table("regressions")
            regressed = [str(example) for example in dict.fromkeys(table["example_id"].to_pylist())]
        items = chosen_items(
            material.items(), self._which, regressed=regressed, shuffled=self.blind, seed=self._seed
        )
        journals = [self._journal(experiment.id) for experiment in material.experiments]
        unsent = [
            record for journal in journals for record in (*journal.elsewhere, *journal.waiting().values())
        ]
        return (
            material,
            ReviewSession(items=items, configs=material.configs, known=material.known(unsent)),
            journals,
        )

    def _begin(self, read: tuple[ReviewMaterial, ReviewSession, list[ReviewJournal]]) -> None:
        self._material, self.session, journals = read
        self._writers = [self._writer(number, journal) for number, journal in enumerate(journals)]
        for writer in self._writers:
            writer.push()
        self._show(fresh=True)

    def _failed(self, error: Exception) -> None:
        LOG.warning("the runs to review were not read", exc_info=error)
        self._front.problem(one_line(error))

    def _journal(self, experiment_id: str) -> ReviewJournal:
        from arize_nb.workspace import data_directory

        connection = getattr(self.client, "connection", None)
        service = connection.api_url if connection is not None and not connection.is_local else "local"
        return ReviewJournal(Path(data_directory()) / "reviews", str(service), experiment_id)

    def _writer(self, number: int, journal: ReviewJournal) -> ReviewWriter:
        experiment = self._material.experiments[number]  # type: ignore[union-attr]

        def send(records: list[dict[str, Any]]) -> Any:
            # The runs were read: they are there, and their ids need not be read again for every label.
            return self.client.experiments.annotate(experiment, records, check_ids=False)

        return ReviewWriter(send, journal, self._background, f"write {number}", self._say_state)

    # -- what the person does ---------------------------------------------------------------------

    def say(
        self, name: str, *, label: str | None = None, score: float | None = None, text: str | None = None
    ) -> None:
        """Answer for the run being looked at (what the keys and buttons do).

        Parameters
        ----------
        name : str
            Annotation config that is answered.
        label : str, optional
            One of a categorical config's labels.
        score : float, optional
            Within a continuous config's range.
        text : str, optional
            Note; an empty one takes it back.
        """
        for member, value in (("label", label), ("score", score), ("text", text)):
            if value is not None:
                self._answer(name, member, value)
        self._show()

    def _say(self, message: Message) -> None:
        session = self._live()
        if session.current is None:
            return
        if message["run"] != session.place:
            # What was typed into a field is meant for the run that it stood under; a press for a run that is
            # gone from sight is void.
            if message.get("typed"):
                self._answer(
                    str(message["name"]), str(message["member"]), message["value"], place=int(message["run"])
                )
                self._say_state()
            return
        was_answered = session.is_answered(session.place)
        self._answer(str(message["name"]), str(message["member"]), message["value"])
        completes = (
            session.is_answered(session.place) and message["member"] != TEXT and message.get("advance", True)
        )
        if completes and (not was_answered or (message["member"] == LABEL and len(session.owed) == 1)):
            session.move(+1)
        self._show()
        if completes and session.done == len(session.items):
            self._finish()

    def _answer(self, name: str, member: str, value: object, *, place: int | None = None) -> None:
        session = self._live()
        change = session.say(name, member, value, place=place)
        fresh = {part: said for part, said in change.after.items() if change.before.get(part) != said}
        if not fresh:
            session.changes.pop()
            return
        try:
            key = self._write(session.items[change.item], name, fresh)
        except (OSError, AxError):
            here = session.place
            session.undo()  # what is not safe on disk was not said
            session.place = here
            raise
        self._keys.append((change, key))

    def _write(self, item: ReviewItem, name: str, members: Mapping[str, Any]) -> str:
        for number, writer in enumerate(self._writers):
            if number != item.experiment:
                writer.release()
        return self._writers[item.experiment].add(
            {"record_id": item.run_id, "values": [{"name": name, **members}]}
        )

    def undo(self) -> None:
        """Take back the last answer and go to its run.

        The last answer is held back for a few seconds, or until the next one: within that time it is
        dropped, and was never sent. One that was sent is overwritten with what stood there before. Where
        nothing stood there, the service has no way to remove it: a line says so, and the next answer
        replaces it.
        """
        session = self._live()
        change = session.undo()
        if change is None:
            return
        key = self._keys.pop()[1]
        item = session.items[change.item]
        remark = ""
        if not self._writers[item.experiment].take_back(key):
            before = {
                part: change.before.get(part) for part in change.after if change.before.get(part) is not None
            }
            if before:
                self._write(item, change.name, before)
            else:
                remark = (
                    "Taken back here; the service already has it and cannot remove it, so give the right"
                    " answer to replace it."
                )
        self._show()
        if remark:
            self._front.problem(remark)

    def _go(self, step: int) -> None:
        self._live().move(step)
        self._show()

    def _go_open(self) -> None:
        self._live().next_open()
        self._show()

    def _retry(self) -> None:
        for writer in self._writers:
            writer.retry()

    def _live(self) -> ReviewSession:
        if self.session is None:
            raise InputError("the runs are still being read")
        return self.session

    # -- showing ----------------------------------------------------------------------------------

    def _show(self, *, fresh: bool = False) -> None:
        """Send the run in front of the person."""
        session, material = self.session, self._material
        if session is None or material is None:
            return
        item = session.current
        if item is None:
            self._front.problem("there are no runs to review here")
            return
        self._front.post(
            "run", run_message(session, material, blind=self.blind, show_judge=self._show_judge, fresh=fresh)
        )
        self._say_state()

    def _say_state(self) -> None:
        session = self.session
        if session is None:
            return
        self._front.post("state", state_message(session, self._writers))

    def _finish(self) -> None:
        """Show the agreement with the judges in place of the run."""
        self._front.post("finish", {"sections": agreement_sections(self._live(), self.agreement())})

    # -- to hand back -----------------------------------------------------------------------------

    def frame(self) -> pd.DataFrame:
        """Return what was said in this session: `record_id, example_id, name, label, score, text`, ready for
        `annotate`.
        """
        import pandas as pd

        rows = self.session.rows() if self.session is not None else []
        return pd.DataFrame(rows, columns=["record_id", "example_id", "name", "label", "score", "text"])

    def agreement(self) -> pd.DataFrame:
        """Return how far what was said agrees with the judges, per annotation config and evaluator."""
        if self.session is None or self._material is None:
            return agreement_frame([])
        labels = {
            str(config.name): [value.label for value in config.values or ()]
            for config in self.session.configs
        }
        said = [row for row in self._all_rows() if row["name"] in labels]
        runs = {row["record_id"] for row in said}
        judged = self._material.judged([item for item in self.session.items if item.run_id in runs])
        return agreement_frame(agreement_rows(said, judged, labels=labels))

    def _all_rows(self) -> list[dict[str, Any]]:
        session = self._live()
        return [
            {"record_id": item.run_id, "name": name, **said}
            for item in session.items
            for name, said in session.answers[item.run_id].items()
            if said
        ]

    @property
    def waiting(self) -> int:
        """Count the answers that are not yet with the service."""
        return sum(writer.waiting for writer in self._writers)

    def wait(self, timeout_s: float = 30.0) -> bool:
        """Wait until runs are read and answers written (scripts, tests); False when they are not.

        Parameters
        ----------
        timeout_s : float
            Longest wait in seconds, above 0.
        """
        end = time.monotonic() + timeout_s
        if self.session is None and not self._background.wait(timeout_s):
            return False
        for writer in self._writers:
            writer.release()
        return self._background.wait(max(0.0, end - time.monotonic()))

    def _settle(self, timeout_s: float) -> None:
        """Wait for the runs, not for answers: one that is held back stays so."""
        if self.session is None:
            self._background.wait(timeout_s)

    @property
    def command(self) -> str:
        """Return the `%ax` line that opens this review again; Python where no option says it (several
        experiments, chosen runs).
        """
        asked = self._material.experiments if self._material is not None else self._asked
        sampled = isinstance(self._which, tuple)
        if len(asked) > 1 or not (sampled or self._which in ("all", "regressions")):
            return f"ax.RunReviewer(client, {[getattr(one, 'name', None) or str(one) for one in asked]!r}, …)"
        given: dict[str, Any] = {
            **self._scope,
            "regressions": (
                self._comparison.baseline
                if self._comparison is not None and self._which == "regressions"
                else None
            ),
            "random": self._which[1] if sampled else None,
            "seed": self._seed or None,
            "config": self._configs,
            "blind": self.blind,
            "show-judge": self._show_judge,
        }
        subject = asked[0] if isinstance(asked[0], str) or self._scope["dataset"] is not None else asked[0].id
        return " ".join(["%ax experiments review", word(subject), *options(given)])

    def _end(self) -> None:
        """Stop reading; what was said is still sent, and its journal let go when nothing waits."""
        self._background.forget("material")
        for writer in self._writers:
            writer.release()
            if not writer.waiting:
                writer.close()

    def _brief_html(self) -> str:
        return self.to_html()

    def to_html(self) -> str:
        """Return how far the review is and the next five runs, as static HTML; no text that a
        run answered.
        """
        return review_html(self.session, self._material, self.command)

    def _text(self) -> str:
        return review_text(self.session, self._material)

    def _instead(self) -> str:
        return (
            'No widgets here: .say("config", label=…, score=…, text=…) answers for the run in front and'
            " .session.move(1) goes on; or annotate many at once: %ax experiments annotate-runs."
        )

    def __repr__(self) -> str:
        """Say how far the review is."""
        return (
            f"<RunReviewer: {self.session.done} of {len(self.session.items)} runs answered>"
            if self.session
            else "<RunReviewer: reading the runs>"
        )
