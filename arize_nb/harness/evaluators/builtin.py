"""Evaluators that need no model: text, patterns, JSON, numbers, edit distance."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

from arize_nb.errors import ConfigError, InputError
from arize_nb.harness.evaluators.evaluator import Evaluator, make
from arize_nb.harness.records.run_record import Evaluation
from arize_nb.harness.values.equality import as_number, equal_values, fold, holds_number, is_number, structure
from arize_nb.harness.values.json_values import to_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NUMBER = re.compile(r"[-+−]?(?:\d[\d,_  ]*\d|\d)?(?:\.\d+|\d|(?<=\d)\.)(?:[eE][-+]?\d+)?")
_WHOLE = 1e15
"""Floats below this are whole numbers to the last digit."""
SHOWN = 80
"""Characters of a text quoted in an explanation."""


def exact_match(expected: object = None, *, folded: bool = True, name: str = "exact_match") -> Evaluator:
    """Judge whether the output is the expected one.

    Parameters
    ----------
    expected : optional
        What every output should be; the example's own expected output when left out.
    folded : bool
        Ignore case, white space and Unicode forms.
    name : str
        Name of the metric.

    Returns
    -------
    Evaluator
        Score 1 or 0, label "True" or "False". What is compared is the value: where either side is a number,
        the other must be that number or its text (91, 91.0, "91" and "9.1e1" are equal; so are floats within
        1e-12 of one another, relatively). Text against text is text ("1.10" is not "1.1", "001" is not "1"),
        and a boolean is no number. JSON objects and arrays, also as text, are compared member by member:
        neither the order of keys nor white space matters. An example without an expected output is an
        evaluator error, not a 0.
    """
    given = expected

    def match(output: object, expected: object) -> Evaluation:
        wanted = _wanted(given, expected)
        return _verdict(equal_values(output, wanted, folded=folded), f"expected {_quoted(_text(wanted))}")

    return make(match if given is None else lambda output: match(output, None), name=name, cheap=True)


def contains(
    text: str | float | Sequence[str | float] | None = None,
    *,
    every: bool = True,
    folded: bool = True,
    name: str = "contains",
) -> Evaluator:
    """Judge whether the output contains a text or a number.

    Parameters
    ----------
    text : str, number or sequence of them, optional
        What to look for; the example's expected output when left out (several, when that is a list).
    every : bool
        With several texts: all of them (True) or any one.
    folded : bool
        Ignore case, white space and Unicode forms.
    name : str
        Name of the metric.

    Returns
    -------
    Evaluator
        Score 1 or 0; the explanation names what is missing. A number is looked for by its value, standing by
        itself: 91.0 is in "It is 91.", and 1.5 is not in "11.5".
    """
    given = None if text is None else _listed(text)

    def search(output: object, expected: object) -> Evaluation:
        wanted = given if given is not None else _listed(_wanted(None, expected))
        missing = [item for item in wanted if not _holds(output, item, folded=folded)]
        found = not missing if every else len(missing) < len(wanted)
        return _verdict(found, f"missing {', '.join(_quoted(_text(item)) for item in missing)}")

    return make(search if given is None else lambda output: search(output, None), name=name, cheap=True)


def _listed(wanted: Any) -> list[Any]:
    """Return what to look for, several or one; a list that came as its JSON text is several."""
    wanted = structure(wanted)
    return list(wanted) if isinstance(wanted, list | tuple | set | frozenset) else [wanted]


def _holds(output: object, wanted: object, *, folded: bool) -> bool:
    """Tell whether an output holds a text or a number."""
    if is_number(output) and (is_number(wanted) or as_number(wanted) is not None):
        return equal_values(output, wanted)
    if is_number(wanted):
        return holds_number(_text(output), wanted)
    text, there = _text(wanted), _text(output)
    return fold(text) in fold(there) if folded else text in there


def regex_match(
    pattern: str | re.Pattern[str], *, full: bool = False, flags: int = 0, name: str = "regex_match"
) -> Evaluator:
    """Judge whether a regular expression matches anywhere in the output (`full`: the whole of it).

    Raises
    ------
    InputError
        The pattern does not compile.
    """
    try:
        compiled = re.compile(pattern, flags)
    except re.error as error:
        raise InputError(f"the pattern {pattern!r} does not compile: {error}") from error

    def match(output: object) -> Evaluation:
        found = compiled.fullmatch(_text(output)) if full else compiled.search(_text(output))
        return _verdict(found is not None, f"no match of {_quoted(compiled.pattern)}")

    return make(match, name=name)


def json_valid(*, name: str = "json_valid") -> Evaluator:
    """Judge whether the output is JSON (text that parses, or a structure that the task returned)."""

    def parses(output: object) -> Evaluation:
        try:
            _parsed(output)
        except ValueError as error:
            return _verdict(False, f"not JSON: {error}")
        return _verdict(True, "")

    return make(parses, name=name, cheap=True)


def json_schema(schema: Mapping[str, Any], *, name: str = "json_schema") -> Evaluator:
    """Judge whether the output is JSON that fits a JSON Schema.

    Raises
    ------
    ConfigError
        The package jsonschema is not installed.
    InputError
        The schema is none.
    """
    try:
        import jsonschema  # type: ignore[import-untyped]
    except ImportError as error:
        raise ConfigError(
            "json_schema needs the package jsonschema", hint="Install it: pip install jsonschema"
        ) from error
    kind = jsonschema.validators.validator_for(schema)
    try:
        kind.check_schema(schema)
    except jsonschema.SchemaError as error:
        raise InputError(f"the JSON schema is not valid: {error.message}") from error
    validator = kind(schema)

    def fits(output: object) -> Evaluation:
        try:
            value = _parsed(output)
        except ValueError as error:
            return _verdict(False, f"not JSON: {error}")
        first = next(
            iter(sorted(validator.iter_errors(value), key=lambda item: list(map(str, item.absolute_path)))),
            None,
        )
        return _verdict(first is None, "" if first is None else f"{first.json_path}: {first.message}")

    return make(fits, name=name)


def numeric_close(
    expected: float | None = None,
    *,
    relative: float = 1e-6,
    absolute: float = 0.0,
    name: str = "numeric_close",
) -> Evaluator:
    """Judge whether the output is a number near the expected one.

    As near as `abs(a - b) <= max(relative * max(abs(a), abs(b)), absolute)`.

    The number is the output itself, or the only one in its text ("about 1,234.5 km"); thousands separators
    are understood. No number, or several, is a miss.
    """
    given = expected

    def close(output: Any, expected: object) -> Evaluation:
        wanted = number_in(given if given is not None else expected)
        if wanted is None:
            raise ValueError(f"the expected output {_quoted(_text(expected))} is no number")
        found = number_in(output)
        if found is None:
            return _verdict(False, "no single number in the output")
        near = math.isclose(found, wanted, rel_tol=relative, abs_tol=absolute)
        return _verdict(near, f"{found:g} is {abs(found - wanted):g} from {wanted:g}")

    return make(close if given is None else lambda output: close(output, None), name=name, cheap=True)


def edit_similarity(
    expected: str | None = None, *, folded: bool = True, name: str = "edit_similarity"
) -> Evaluator:
    """Score how near the output is to the expected text: 1 - (Levenshtein distance) / (length of the longer),
    1 for equal texts.
    """
    given = expected

    def similarity(output: object, expected: object) -> float:
        first, second = _text(output), _text(_wanted(given, expected))
        if folded:
            first, second = fold(first), fold(second)
        longest = max(len(first), len(second))
        return 1.0 if longest == 0 else 1.0 - edit_distance(first, second) / longest

    return make(similarity if given is None else lambda output: similarity(output, None), name=name)


def edit_distance(first: str, second: str) -> int:
    """Count the insertions, deletions and substitutions between two texts.

    Bit-parallel over Python's long integers: Myers, J. ACM 46(3), 1999, in the form of Hyyrö, 2003.
    """
    if not first or not second:
        return max(len(first), len(second))
    positions: dict[str, int] = {}
    for index, character in enumerate(first):
        positions[character] = positions.get(character, 0) | 1 << index
    every, last = (1 << len(first)) - 1, 1 << (len(first) - 1)
    up, down, distance = every, 0, len(first)
    for character in second:
        match = positions.get(character, 0)
        zero = (((match & up) + up) ^ up) | match | down
        right_up = down | ~(zero | up) & every
        right_down = up & zero
        distance += bool(right_up & last) - bool(right_down & last)
        right_up = (right_up << 1) | 1
        right_down <<= 1
        up = (right_down | ~(zero | right_up)) & every
        down = right_up & zero & every
    return distance


def number_in(value: object) -> float | None:
    """Return a number, or the only one in a text; None when there is none or several."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value)
    found = _NUMBER.findall(str(value))
    if len(found) != 1:
        return None
    try:
        return float(re.sub(r"[,_  ]", "", found[0]).replace("−", "-"))
    except ValueError:
        return None


def _parsed(output: object) -> Any:
    return json.loads(output, parse_constant=_no_json) if isinstance(output, str) else output


def _no_json(constant: str) -> Any:
    """Refuse NaN and Infinity, which Python reads and JSON does not have."""
    raise ValueError(f"{constant} is not JSON")


def _text(value: object) -> str:
    """Write a value as people would: a whole number without a fraction."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _WHOLE:
        return str(int(value))
    return to_text(value) or ""


def _wanted(given: object, expected: object) -> Any:
    wanted = given if given is not None else expected
    if wanted is None:
        raise ValueError("the example has no expected output")
    return wanted


def _quoted(text: str) -> str:
    return repr(text if len(text) <= SHOWN else text[: SHOWN - 1] + "…")


def _verdict(passed: bool, why_not: str) -> Evaluation:
    return Evaluation(score=float(passed), label=str(passed), explanation=None if passed else why_not)
