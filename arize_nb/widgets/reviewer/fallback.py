"""The reviewer in core ipywidgets, for where a custom widget cannot load; the run goes through a display
handle.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets

from arize_nb.display.sections_html import sections_html
from arize_nb.widgets.parts.channel import guarded
from arize_nb.widgets.parts.controls import StatusLine, beside, inert
from arize_nb.widgets.parts.fallback import Drawing, Handlers


class PlainReviewFront(ipywidgets.VBox):  # type: ignore[misc]
    """Buttons and fields for one run; what is typed is cleared once Python has it, so that no
    trait keeps it.
    """

    def __init__(self, handlers: Handlers) -> None:
        self._handlers = handlers
        self._run: Mapping[str, Any] = {}
        self._drawing = False
        self._text = Drawing()
        self.title = ipywidgets.Label()
        self.question = ipywidgets.Dropdown(description="Question", **beside(width="220px"))
        self.labels = ipywidgets.HBox(layout=ipywidgets.Layout(flex_flow="row wrap"))
        self.score = ipywidgets.Text(description="Score", **beside(width="120px"), continuous_update=False)
        self.note = ipywidgets.Text(description="Note", **beside(width="320px"), continuous_update=False)
        self.status = StatusLine()
        moves = {
            "Back": ("move", {"step": -1}),
            "Next": ("move", {"step": 1}),
            "Next open": ("open", {}),
            "Undo": ("undo", {}),
            "Agreement": ("finish", {}),
        }
        self.moves = ipywidgets.HBox([self._button(name, kind, more) for name, (kind, more) in moves.items()])
        super().__init__(
            [
                self.title,
                self.question,
                self.labels,
                ipywidgets.HBox([self.score, self.note]),
                self.moves,
                self.status,
            ]
        )
        self.question.observe(
            self._guard(lambda _: None if self._drawing else self._draw_question()), "value"
        )
        self.score.observe(self._guard(lambda change: self._typed("score", change)), "value")
        self.note.observe(self._guard(lambda change: self._typed("text", change)), "value")

    def _guard(self, handler: Callable[..., None]) -> Callable[..., None]:
        return guarded(handler, self.problem)

    def _button(self, name: str, kind: str, more: Mapping[str, Any]) -> Any:
        made = ipywidgets.Button(description=name)
        made.on_click(guarded(lambda _: self._handlers[kind](more), self.problem))
        return made

    def drawings(self) -> tuple[Drawing, ...]:
        """Return what is to be placed under the controls."""
        return (self._text,)

    def post(self, kind: str, content: Mapping[str, Any], _buffers: Sequence[bytes] = ()) -> None:
        """Show what the reviewer says (the protocol of the custom widget)."""
        shows: dict[str, Callable[[Mapping[str, Any]], None]] = {
            "run": self._show_run,
            "reading": lambda message: self.status.say(message["text"]),
            "state": lambda message: (
                self.status.problem(message["trouble"])
                if message["trouble"]
                else self.status.say(message["status"])
            ),
            "finish": lambda message: self._text.draw(sections_html(message["sections"])),
        }
        shows[kind](content)

    def problem(self, text: str) -> None:
        """Show one line of trouble."""
        self.status.problem(text)

    def _show_run(self, message: Mapping[str, Any]) -> None:
        self._run = message
        names = [question["name"] for question in message["questions"]]
        self._drawing = True
        kept = self.question.value
        self.title.value = inert(message["title"])
        self.question.options = [(inert(name), name) for name in names]
        self.question.value = kept if kept in names else next(iter(names), None)
        self._drawing = False
        self._draw_question()
        self._text.draw(sections_html(message["sections"]))

    def _asked(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = next(
            (one for one in self._run.get("questions", ()) if one["name"] == self.question.value), {}
        )
        return found

    def _draw_question(self) -> None:
        question = self._asked()
        answer = question.get("answer") or {}
        buttons = []
        for label in question.get("labels") or ():
            chosen = answer.get("label") == label
            made = ipywidgets.Button(description=f"{'✓ ' if chosen else ''}{inert(label, 40)}")
            made.on_click(guarded(lambda _, label=label: self._say("label", label), self.problem))
            buttons.append(made)
        self.labels.children = tuple(buttons)
        self.score.disabled = question.get("type") != "CONTINUOUS"

    def _typed(self, member: str, change: Any) -> None:
        if not change["new"]:
            return
        change["owner"].value = ""
        self._say(member, change["new"])

    def _say(self, member: str, value: object) -> None:
        self._handlers["say"](
            {"run": self._run["run"], "name": self.question.value, "member": member, "value": value}
        )
