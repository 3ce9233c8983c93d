"""The sentence of a comparison as static, escaped HTML: a paragraph a candidate."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from arize_nb.text.visible import visible_line

if TYPE_CHECKING:
    from jinja2 import Template

    from arize_nb.comparison.words.summary_sentence import Sentence

_STYLES = {
    "worse": "font-weight: 600; color: #D55E00",
    "better": "font-weight: 600; color: #0072B2",
    "open": "font-weight: 600",
    "faint": "opacity: 0.75",
}
"""How a tone looks; a sign and a word always stand beside the colour."""
_TEMPLATE = """{%- for sentence in sentences -%}
<p style="margin: 0.3em 0">
{%- for text, style in sentence -%}
{%- if style %}<span style="{{ style }}">{{ text }}</span>{% else %}{{ text }}{% endif -%}
{%- endfor -%}
</p>
{%- endfor -%}"""


def sentence_html(sentences: Iterable[Sentence]) -> str:
    """Return sentences as HTML, names escaped and made visible."""
    shown = [
        [(visible_line(piece.text), _STYLES.get(piece.tone, "")) for piece in sentence]
        for sentence in sentences
    ]
    return _template().render(sentences=shown)


@cache
def _template() -> Template:
    from jinja2 import Environment

    return Environment(autoescape=True).from_string(_TEMPLATE)
