"""Filter text -> expression: sqlglot's tokenizer under a small grammar of our own.

::

    expr   := term (OR term)*          term := factor (AND factor)*
    factor := NOT factor | '(' expr ')' | pred
    pred   := field cmp value | field [NOT] IN '(' value {',' value} ')' | field [NOT] LIKE string
            | field CONTAINS string | field IS [NOT] NULL
    cmp    := = | == | != | <> | < | <= | > | >=
    value  := 'string' ('' escapes a quote) | number | TRUE | FALSE | NULL

A field is everything before its operator, so that names with dots, dashes and spaces (`eval.my-judge
v1.2.score`) need no quotes; `"double quotes"` take any character. sqlglot's own parser reads such a name as a
subtraction and knows no infix CONTAINS.
"""

from __future__ import annotations

import threading
from functools import cache
from typing import TYPE_CHECKING, Any

from arize_nb.errors import FilterError
from arize_nb.filters.expression import (
    And,
    Comparison,
    Contains,
    Expression,
    InList,
    IsNull,
    Like,
    Not,
    Operator,
    Or,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

MAX_DEPTH = 50  # nested parentheses and NOTs; Python and DuckDB both recurse over them
MAX_PREDICATES = 500
MAX_LENGTH = 100_000  # characters; cutting ten million of them into words would take minutes

_loading = threading.Lock()

_KEYWORDS = ("AND", "OR", "NOT", "IN", "LIKE", "IS", "NULL", "TRUE", "FALSE")
_COMPARISONS: dict[str, Operator] = {
    "=": "=",
    "==": "=",
    "!=": "!=",
    "<>": "!=",
    "<": "<",
    "<=": "<=",
    ">": ">",
    ">=": ">=",
}
_GLUE = (".", "-")
_OPERATORS = "=, !=, <, <=, >, >=, IN (...), LIKE '...', CONTAINS '...', IS NULL or IS NOT NULL"


def parse(text: str) -> Expression:
    """Read a filter.

    Parameters
    ----------
    text : str
        For instance ``eval.correctness.label = 'correct' AND latency_ms < 500``.

    Returns
    -------
    Expression
        Unresolved: no name in it has been checked yet.

    Raises
    ------
    FilterError
        Blank, or not in the language; `position` says where, counted in characters from 0.
    """
    if not text.strip():
        raise FilterError(
            "the filter is empty",
            text=text,
            position=0,
            hint="For example: output = '4' AND eval.correctness.score < 0.5",
        )
    if len(text) > MAX_LENGTH:
        raise FilterError(
            f"the filter has {len(text):,} characters, more than {MAX_LENGTH:,}",
            text=_shown(text),
            position=MAX_LENGTH,
            hint="Ask for part of the rows, and filter the frame.",
        )
    return _Grammar(text).read()


def warm() -> None:
    """Load what reading the first filter loads, so that it need not wait."""
    _library()


def _library() -> tuple[type[Any], type[Exception]]:
    """Load sqlglot, and return the tokenizer and the error that it raises.

    Its modules import one another in circles: of threads that come first at the same time, some would get a
    half-made module.
    """
    with _loading:
        return _loaded()


@cache
def _loaded() -> tuple[type[Any], type[Exception]]:
    """Make the tokenizer: none of SQL's comments, commands and other keywords, which people use as column
    names.
    """
    from sqlglot.errors import SqlglotError
    from sqlglot.tokens import Tokenizer, TokenType

    symbols = {"!=": "NEQ", "<>": "NEQ", "<=": "LTE", ">=": "GTE", "==": "EQ"}
    rules = {
        "QUOTES": ["'"],
        "IDENTIFIERS": ['"'],
        "COMMENTS": [],
        "COMMANDS": set(),
        "NUMERIC_LITERALS": {},
        "KEYWORDS": {
            text: TokenType[name] for text, name in ({word: word for word in _KEYWORDS} | symbols).items()
        },
    }
    return type(Tokenizer)("FilterTokenizer", (Tokenizer,), rules), SqlglotError


def _tokens(text: str) -> Sequence[Any]:
    """Cut the text into tokens (`token_type.name`, `text`, `start`, `end`, both ends included)."""
    tokenizer, broken = _library()
    try:
        tokens: Sequence[Any] = tokenizer().tokenize(text)
    except broken as error:
        quote = next(
            (mark for mark, name in (("'", "text"), ('"', "column name")) if text.count(mark) % 2), None
        )
        what = "a quote is not closed" if quote else "it cannot be cut into words"
        raise FilterError(
            f"cannot read the filter {_shown(text)}: {what}",
            text=text,
            hint="Text: 'it''s'. Column: \"my column\".",
        ) from error
    return tokens


class _Grammar:
    """One reading of one text, a method a rule; `at` is the token that comes next."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _tokens(text)
        self.at = 0
        self.depth = 0
        self.predicates = 0

    def read(self) -> Expression:
        """Read the whole text."""
        expression = self.expr()
        if self.at < len(self.tokens):
            raise self.error("AND, OR or the end was expected")
        return expression

    def expr(self) -> Expression:
        """Read `term (OR term)*`."""
        parts = [self.term()]
        while self.take("OR"):
            parts.append(self.term())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def term(self) -> Expression:
        """Read `factor (AND factor)*`."""
        parts = [self.factor()]
        while self.take("AND"):
            parts.append(self.factor())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def factor(self) -> Expression:
        """Read `NOT factor`, `( expr )` or a predicate."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error(f"it is nested more than {MAX_DEPTH} deep")
        if self.kind() == "NOT" and not self.glued(self.at):
            self.at += 1
            inner: Expression = Not(self.factor())
        elif self.take("L_PAREN"):
            inner = self.expr()
            if not self.take("R_PAREN"):
                raise self.error("a closing parenthesis was expected")
        else:
            inner = self.predicate()
        self.depth -= 1
        return inner

    def predicate(self) -> Expression:
        """Read one predicate."""
        self.predicates += 1
        if self.predicates > MAX_PREDICATES:
            raise self.error(
                f"it has more than {MAX_PREDICATES} conditions",
                hint="Put values in one list: id IN ('a', 'b', ...)",
            )
        field = self.field()
        if self.take("IS"):
            negated = self.take("NOT")
            if not self.take("NULL"):
                raise self.error("NULL was expected after IS")
            return IsNull(field, negated)
        if self.kind() in ("EQ", "NEQ", "LT", "LTE", "GT", "GTE"):
            return self.comparison(field)
        negated = self.take("NOT")
        if self.take("IN"):
            return InList(field, self.items(), negated)
        if self.take("LIKE"):
            return Like(field, self.pattern(), negated)
        if not negated and self.word() == "CONTAINS":
            self.at += 1
            return Contains(field, self.string("CONTAINS"))
        raise self.error(f"an operator was expected after {field!r}", hint=f"Operators: {_OPERATORS}.")

    def field(self) -> str:
        """Read a column name: all tokens up to its operator, as they are written; quoted parts without their
        quotes.
        """
        if self.kind() in ("STRING", "NUMBER") and not self.glued(self.at):
            raise self.error(
                "a column name was expected",
                hint=(
                    'A condition starts with a column; one that needs quotes takes double ones: "my'
                    ' column" = 1'
                ),
            )
        first = self.at
        name = ""
        while self.at < len(self.tokens) and not self.ends_name(first):
            token = self.tokens[self.at]
            if self.at > first:
                name += " " * (token.start - self.tokens[self.at - 1].end - 1 > 0)
            name += (
                token.text
                if token.token_type.name == "IDENTIFIER"
                else self.text[token.start : token.end + 1]
            )
            self.at += 1
        if not name:
            raise self.error(
                "a column name was expected",
                hint=f"Conditions look like: column operator value. Operators: {_OPERATORS}.",
            )
        return name

    def ends_name(self, first: int) -> bool:
        """Whether the next token is no part of the name that began at `first`."""
        token = self.tokens[self.at]
        if token.token_type.name in (*_KEYWORDS, "VAR"):
            word = token.text.upper()
            reserved = word in _KEYWORDS or (word == "CONTAINS" and self.at > first)
            return reserved and not self.glued(self.at)
        return _is_sign(token, _COMPARISONS) or token.token_type.name in (
            "STRING",
            "NATIONAL_STRING",
            "L_PAREN",
            "R_PAREN",
            "COMMA",
        )

    def glued(self, index: int) -> bool:
        """Whether a dot or dash without a space makes this token part of a longer name
        (`eval.not-in.score`).
        """
        before, token, after = self.token(index - 1), self.token(index), self.token(index + 1)
        if before is not None and _is_sign(before, _GLUE) and before.end + 1 == token.start:
            return True
        return after is not None and _is_sign(after, _GLUE) and token.end + 1 == after.start

    def comparison(self, field: str) -> Expression:
        """Read an operator and a value."""
        op = _COMPARISONS[self.next().text]
        if self.take("NULL"):
            if op not in ("=", "!="):
                raise self.error(
                    "nothing is smaller or larger than NULL", hint=f"Write: {field} IS NULL", at=self.at - 1
                )
            return IsNull(field, negated=op == "!=")
        value = self.value()
        if isinstance(value, bool) and op not in ("=", "!="):
            raise self.error("truth values are compared with = and !=", at=self.at - 1)
        return Comparison(field, op, value)

    def items(self) -> tuple[Value, ...]:
        """Read the list of IN."""
        if not self.take("L_PAREN"):
            raise self.error("a list was expected after IN", hint="For example: topic IN ('math', 'geo')")
        items = [self.value()]
        while self.take("COMMA"):
            items.append(self.value())
        if not self.take("R_PAREN"):
            raise self.error("a comma or a closing parenthesis was expected")
        return tuple(items)

    def pattern(self) -> str:
        """Read the pattern of LIKE."""
        pattern = self.string("LIKE")
        if (len(pattern) - len(pattern.rstrip("\\"))) % 2:
            raise self.error(
                "a LIKE pattern cannot end in a backslash", hint="Two of them stand for one.", at=self.at - 1
            )
        return pattern

    def string(self, after: str) -> str:
        """Read a quoted text."""
        if self.kind() != "STRING":
            raise self.error(
                f"text in single quotes was expected after {after}",
                hint=f"For example: output {after} 'sorry'",
            )
        return str(self.next().text)

    def value(self) -> Value:
        """Read a text, a number or a truth value."""
        if self.kind() == "STRING":
            return str(self.next().text)
        if self.kind() in ("TRUE", "FALSE"):
            return bool(self.next().token_type.name == "TRUE")
        if self.kind() == "NULL":
            raise self.error("NULL cannot be in a list", hint="Write: ... OR column IS NULL")
        return self.number()

    def number(self) -> int | float:
        """Read a number; the sign and a leading dot are tokens of their own."""
        start = self.at
        while self.kind() in ("DASH", "PLUS", "DOT") and self.at - start < 2:
            self.at += 1
        if self.kind() != "NUMBER":
            self.at = start
            raise self.error(
                "a value was expected",
                hint="Text stands in single quotes: 'correct'; others are numbers, TRUE and FALSE.",
            )
        written = "".join(token.text for token in self.tokens[start : self.at]) + self.next().text
        rest = self.token(self.at)
        if (
            rest is not None
            and rest.start == self.tokens[self.at - 1].end + 1
            and rest.token_type.name not in ("R_PAREN", "COMMA")
        ):
            raise self.error("a number goes on strangely", at=self.at)
        try:
            return _narrowed(written)
        except ValueError as error:
            raise self.error(f"{written!r} is no number", at=start) from error

    def token(self, index: int) -> Any:
        """Return the token at an index, None beyond both ends."""
        return self.tokens[index] if 0 <= index < len(self.tokens) else None

    def kind(self) -> str:
        """Kind of the next token, "END" after the last."""
        return str(self.tokens[self.at].token_type.name) if self.at < len(self.tokens) else "END"

    def word(self) -> str:
        """Return the next token in capitals, when it is a bare word."""
        return str(self.tokens[self.at].text).upper() if self.kind() == "VAR" else ""

    def next(self) -> Any:
        """Take the next token."""
        self.at += 1
        return self.tokens[self.at - 1]

    def take(self, kind: str) -> bool:
        """Take the next token if it is of this kind."""
        if self.kind() != kind:
            return False
        self.at += 1
        return True

    def error(self, what: str, *, hint: str | None = None, at: int | None = None) -> FilterError:
        """Make the error that points at a token (the next one unless told)."""
        token = self.token(self.at if at is None else at)
        position = token.start if token is not None else len(self.text)
        near = f"before {_shown(self.text[position:])}" if token is not None else "at its end"
        return FilterError(
            f"cannot read the filter {near}: {what}", text=self.text, position=position, hint=hint
        )


def _is_sign(token: Any, signs: Container[str]) -> bool:
    """Whether a token is one of these signs, and not a quoted text or name that only looks like one."""
    return token.text in signs and token.token_type.name not in ("STRING", "NATIONAL_STRING", "IDENTIFIER")


def _narrowed(written: str) -> int | float:
    """Make a 64-bit integer where it is one, else a float."""
    if written.lstrip("+-").isdigit() and -(2**63) <= int(written) < 2**63:
        return int(written)
    return float(written)


def _shown(text: str) -> str:
    """Quote a piece of the text, shortened, on one line."""
    return repr(text if len(text) <= 40 else text[:40] + "...")
