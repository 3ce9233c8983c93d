"""Which way of a metric is better, as far as its name or its labels say it: pure, from one table."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

HIGHER, LOWER, NEUTRAL, UNKNOWN = "higher", "lower", "neutral", "unknown"


def _whole(text: str) -> frozenset[str]:
    """Return the words of a list written as text."""
    return frozenset(text.split())


GRADES = frozenset({"score", "scores", "rating", "ratings"})
"""Words for the number itself: better when higher, unless another word of the name says what is counted."""

HIGHER_WORDS = _whole("""
    acc accuracy accurate adherence agreement auc auroc bertscore bleu chrf clarity coherence coherent
    completeness compliance concise conciseness consistency correct correctly correctness csat dcg dice
    effectiveness efficiency elo f1 factual factuality faithful faithfully faithfulness fluency fluent
    grounded groundedness helpful helpfulness honesty iou jaccard kappa match matched matches mcc meteor
    mrr ndcg nps pass passed passes politeness precision quality readability recall relevance relevancy
    relevant reliability reward rewards robustness rouge sacrebleu safety satisfaction similarity ssim
    success successes throughput truthful truthfulness usefulness validity win winrate wins
    """)
"""Words of a name that say: better when higher."""

LOWER_WORDS = _whole("""
    abuse bias biased biases bug bugs cer complaint complaints cost costs crash crashes defect defects
    distance divergence duration durations ece elapsed error errors fail failed fails failure failures fnr
    fpr frustrated frustration hallucinated hallucinates hallucination hallucinations harm harmful
    harmfulness harms hate insult insults jailbreak jailbreaks latencies latency leak leakage leaks loss
    losses mae mape misinformation mse nll penalty perplexity plagiarism ppl price prices profanity
    redundancy refusal refusals refused regret rmse runtime seconds smape stereotypes stereotyping ter timeout
    timeouts tokens toxic toxicity ttft violation violations violence wer
    """)
"""Words of a name that say: better when lower."""

LOWER_PHRASES = (
    ("response", "time"),
    ("time", "to", "first", "token"),
    ("token", "count"),
    ("noise", "sensitivity"),
)
"""Words that say so only one after the other."""

TURNING_WORDS = _whole("""
    absence absent anti avoid avoidance avoided avoids cannot change correction decline decrease
    degradation delta detection diff difference doesn drop free gap handling inverse inverted isn lack
    less low minimal minus mitigation neg negated negative never no non not per prevent prevention
    prevents protection recovery reduced reduction removal resistance reverse saved savings tolerance un
    without zero
    """)
"""Words that may turn a name into its opposite, a ratio or a change: with one of them the name
says nothing.
"""

AMOUNTS = frozenset(
    {
        "latency",
        "latencies",
        "seconds",
        "cost",
        "costs",
        "tokens",
        "duration",
        "durations",
        "elapsed",
        "price",
        "prices",
        "runtime",
    }
)
"""Lower-words that are amounts: a column of them has no verdicts in it, also where it happens to hold only 0
and 1.
"""

PASSES = frozenset({"correct", "pass", "passed", "true", "yes", "good"})
"""Labels that read as a pass, in lower case."""
FAILS = frozenset({"incorrect", "partial", "fail", "failed", "false", "no", "bad"})
"""Labels that read as a fail, in lower case."""
PRESENT, ABSENT = frozenset({"true", "yes"}), frozenset({"false", "no"})
"""Labels that say only whether what the name says is there: the name decides whether that is good."""


@dataclass(frozen=True, kw_only=True)
class Direction:
    """Which way is better, and how that is known."""

    way: str
    """`higher` or `lower`."""
    because: str
    """In words: `by its name ('toxicity')`, `by its labels (factual, hallucinated)`."""


@dataclass(frozen=True, kw_only=True)
class LabelPair:
    """Two kinds of labels as common evaluators write them, the good and the bad; written with letters and
    digits only.
    """

    good: frozenset[str]
    """Labels of the better kind, in lower case without blanks, dashes and underscores."""
    bad: frozenset[str]
    """Labels of the worse kind, written likewise."""
    way: str
    """`lower` where an evaluator names and counts the bad kind, `higher` where the good one: its score is 1
    for the kind it counts.
    """

    @property
    def words(self) -> frozenset[str]:
        """Labels of both kinds."""
        return self.good | self.bad


def _pair(good: str, bad: str, way: str) -> LabelPair:
    return LabelPair(good=frozenset(good.split()), bad=frozenset(bad.split()), way=way)


PAIRS = (
    _pair(
        "factual grounded nothallucinated nohallucination nonhallucinated",
        "hallucinated hallucination hallucinating",
        LOWER,
    ),
    _pair("nontoxic nottoxic", "toxic", LOWER),
    _pair("unbiased notbiased nobias", "biased", LOWER),
    _pair("harmless notharmful benign", "harmful", LOWER),
    _pair("answered notrefused complied", "refused refusal", LOWER),
    _pair("ok notfrustrated satisfied", "frustrated", LOWER),
    _pair("inoffensive notoffensive nonoffensive", "offensive", LOWER),
    _pair("relevant", "irrelevant unrelated notrelevant", HIGHER),
    _pair("faithful", "unfaithful notfaithful", HIGHER),
    _pair("grounded supported", "ungrounded unsupported notgrounded notsupported", HIGHER),
    _pair("factual", "nonfactual notfactual unfactual", HIGHER),
    _pair("accurate", "inaccurate notaccurate", HIGHER),
    _pair("safe", "unsafe notsafe", HIGHER),
    _pair("helpful", "unhelpful nothelpful", HIGHER),
    _pair("useful", "useless notuseful", HIGHER),
    _pair("complete", "incomplete notcomplete", HIGHER),
    _pair("consistent", "inconsistent notconsistent", HIGHER),
    _pair("coherent", "incoherent notcoherent", HIGHER),
    _pair("concise", "verbose notconcise", HIGHER),
    _pair("readable", "unreadable notreadable", HIGHER),
    _pair("valid", "invalid notvalid", HIGHER),
    _pair("compliant", "noncompliant notcompliant", HIGHER),
    _pair("appropriate", "inappropriate notappropriate", HIGHER),
    _pair("bugfree", "isbug isbugged hasbug buggy", HIGHER),
    _pair("success successful succeeded", "failure unsuccessful failed", HIGHER),
)
"""Labels whose better kind is known, as common evaluators write them."""
_TOO_COMMON = frozenset({"ok", "safe", "complete", "valid", "answered", "success"})
"""Labels that mean a pair only beside the other kind."""


def words_of(name: str) -> list[str]:
    """Return the whole words of a name in lower case: divided at anything but letters, inside camelCase, and
    at digits (`f1` is one).

    >>> words_of("eval.AnswerF1Score_v2")
    ['eval', 'answer', 'f1', 'score', 'v']
    """
    apart = re.sub(
        r"(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])|(?<=[A-ZÀ-Þ])(?=[A-ZÀ-Þ][a-zß-ÿ])|(?<=\d)(?=[A-ZÀ-Þ])", " ", name
    )
    return [word.lower() for word in re.findall(r"(?<![^\W_])[Ff]1(?!\d)|[^\W\d_]+", apart)]


def direction_from_name(name: str, labels: Collection[str] = ()) -> Direction | None:
    """Return which way is better of a metric of numbers or of passes, as far as its name or its labels say
    it.

    Parameters
    ----------
    name : str
        Name of a metric or column, in any spelling.
    labels : collection of str, optional
        Labels that go with it.

    Returns
    -------
    Direction or None
        None when no word is known, the name holds a negation, `per` or a word of change, two words disagree,
        or name and labels do.
    """
    by_labels = direction_from_labels(labels)
    words = words_of(name)
    if TURNING_WORDS & set(words):
        return None
    lower = [word for word in words if word in LOWER_WORDS]
    lower += [" ".join(phrase) for phrase in LOWER_PHRASES if _follow(words, phrase)]
    higher = [word for word in words if word in HIGHER_WORDS]
    if lower and higher:
        return None
    known = lower or higher or [word for word in words if word in GRADES]
    if not known:
        return by_labels
    found = Direction(way=LOWER if lower else HIGHER, because=f"by its name ({known[0]!r})")
    if by_labels is not None and by_labels.way != found.way:
        return None
    return found


def _follow(words: list[str], phrase: tuple[str, ...]) -> bool:
    """Say whether words stand in a name one after the other."""
    return any(tuple(words[start : start + len(phrase)]) == phrase for start in range(len(words)))


def direction_from_labels(labels: Collection[str]) -> Direction | None:
    """Return which way is better of a number that counts what a known pair of labels names first; None for
    other labels.
    """
    pair = pair_of(labels)
    if pair is None:
        return None
    return Direction(
        way=pair.way, because=f"by its labels ({', '.join(sorted(map(str, labels), key=str.lower))})"
    )


def pair_of(labels: Collection[str]) -> LabelPair | None:
    """Return the pair that all labels belong to, if any; words that are used for many things mean it only
    beside the other kind.
    """
    folded = {plain_label(label) for label in labels}
    return next(
        (
            pair
            for pair in PAIRS
            if folded and folded <= pair.words and (folded & pair.bad or folded - _TOO_COMMON)
        ),
        None,
    )


def plain_label(label: str) -> str:
    """Return a label in lower case with letters and digits only: `Non-toxic` reads as `nontoxic`."""
    return "".join(re.findall(r"[^\W_]+", label.lower()))


def table_rows() -> Iterator[tuple[str, str]]:
    """Return the table as the documentation prints it: what it says, and for which words or labels."""
    yield "higher is better", ", ".join(sorted(HIGHER_WORDS | GRADES))
    yield (
        "lower is better",
        ", ".join([*sorted(LOWER_WORDS), *(" ".join(phrase) for phrase in LOWER_PHRASES)]),
    )
    yield "nothing, whatever else is in the name", ", ".join(sorted(TURNING_WORDS))
    for pair in PAIRS:
        counted, other = (pair.bad, pair.good) if pair.way == LOWER else (pair.good, pair.bad)
        passing, failing = (" or ".join(sorted(kind)) for kind in (pair.good, pair.bad))
        yield (
            (
                f"{pair.way} is better, where scored {min(sorted(counted), key=len)} = 1 and"
                f" {min(sorted(other), key=len)} = 0"
            ),
            f"labels: {passing} (pass); {failing} (fail)",
        )
