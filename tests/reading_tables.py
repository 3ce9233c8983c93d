"""Small made tables of results, and what a person would read in them: material for the tests of readings."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

N = 24
Table = dict[str, list[Any]]

QUESTIONS = [f"How do I do thing {number} without help?" for number in range(N)]
TOPICS = [("billing", "refunds", "account")[number % 3] for number in range(N)]
REFERENCES = [f"Press button {number % 7}, then wait." for number in range(N)]
QIDS = [f"q{number:03}" for number in range(N)]
NUMBERS = list(range(N))


def answers(seed: int, share: float = 0.0) -> list[str]:
    """Return texts, a share of them the same whatever the seed."""
    drawn = random.Random(seed)
    return [
        f"You press {'it' if number < share * N else f'number {drawn.randint(0, 999)}'} and read page"
        f" {number}."
        for number in range(N)
    ]


def labels(seed: int, *words: str) -> list[str]:
    """Return words drawn by chance."""
    drawn = random.Random(seed)
    return [drawn.choice(words or ("yes", "no")) for _ in range(N)]


def truths(seed: int) -> list[bool]:
    """Return truth values drawn by chance."""
    return [word == "yes" for word in labels(seed)]


def scores(seed: int) -> list[float]:
    """Return numbers between 0 and 1 drawn by chance."""
    drawn = random.Random(seed)
    return [round(drawn.random(), 2) for _ in range(N)]


def counts(seed: int, low: int = 100, high: int = 2000) -> list[int]:
    """Return whole numbers drawn by chance."""
    drawn = random.Random(seed)
    return [drawn.randint(low, high) for _ in range(N)]


def uuids(seed: int) -> list[str]:
    """Return ids as programs make them."""
    drawn = random.Random(seed)
    return [
        f"{drawn.getrandbits(32):08x}-{drawn.getrandbits(16):04x}-4a1b-9c2d-{drawn.getrandbits(48):012x}"
        for _ in range(N)
    ]


def shuffled(table: Mapping[str, list[Any]], *still: str, seed: int = 5) -> Table:
    """Return the rows in another order; columns in `still` stay as they are."""
    order = list(range(len(next(iter(table.values())))))
    random.Random(seed).shuffle(order)
    return {
        name: list(values) if name in still else [values[row] for row in order]
        for name, values in table.items()
    }


def rows(table: Mapping[str, list[Any]], start: int = 0, stop: int | None = None) -> Table:
    """Return some rows."""
    return {name: values[start:stop] for name, values in table.items()}


def doubled(table: Mapping[str, list[Any]], **more: list[Any]) -> Table:
    """Return every row twice, the second ones after the first, with more columns."""
    return {**{name: values + values for name, values in table.items()}, **more}


def without(table: Mapping[str, list[Any]], *names: str) -> Table:
    """Leave columns out."""
    return {name: values for name, values in table.items() if name not in names}


@dataclass(frozen=True, kw_only=True)
class Read:
    """Two tables or more, and the reading that a person expects of them."""

    name: str
    tables: tuple[Mapping[str, list[Any]], ...]
    key: tuple[str, ...]
    output: str | None = None
    metrics: tuple[str, ...] = ()
    told: dict[str, Any] = field(default_factory=dict)
    paired: int = N
    expected: tuple[str, ...] | None = None
    inputs: tuple[str, ...] | None = None
    ignored: tuple[str, ...] = ()
    doubt: str | None = None
    more: Callable[[Any], bool] | None = None


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Tables that can be read in two ways or in none: the error says what was seen and which option answers
    it.
    """

    name: str
    tables: tuple[Mapping[str, list[Any]], ...]
    says: str
    option: str
    told: dict[str, Any] = field(default_factory=dict)


def faq(seed: int, **more: list[Any]) -> Table:
    """Return the table that most people have: question, topic, reference, answer, a verdict, a
    score, a time.
    """
    return {
        "question": QUESTIONS,
        "topic": TOPICS,
        "reference": REFERENCES,
        "answer": answers(seed),
        "correct": labels(seed),
        "score": scores(seed),
        "latency": counts(seed),
        **more,
    }


ALL = ("correct", "score", "latency")
A, B = faq(1), faq(2)
PLAIN = without(A, "question", "topic", "reference"), without(B, "question", "topic", "reference")
"""Outputs and metrics alone: nothing pairs their rows."""


def both(**columns: Any) -> tuple[Table, Table]:
    """Return A and B with further columns that say the same on both sides, before the others."""
    return {**columns, **A}, {**columns, **B}


SUBJECTS = ["math"] * (N // 2) + ["biology"] * (N // 2)
WITHIN = list(range(N // 2)) * 2
"""Numbers that tell rows apart within a subject only."""

READ = [
    Read(
        name="an id within a subject",
        tables=tuple(
            {"subject": SUBJECTS, "id": WITHIN, "answer": labels(s, "A", "B", "C"), "correct": truths(s)}
            for s in (1, 2)
        ),
        key=("subject", "id"),
        output="answer",
        metrics=("correct",),
    ),
    Read(
        name="turns of a conversation",
        tables=tuple(
            {"user_id": SUBJECTS, "turn": WITHIN, "reply": answers(s), "helpful": truths(s)} for s in (1, 2)
        ),
        key=("user_id", "turn"),
        output="reply",
        metrics=("helpful",),
    ),
    Read(
        name="a day as the key",
        tables=tuple(
            {"date": [f"2026-01-{number + 1:02}" for number in NUMBERS], "wer": scores(s)} for s in (1, 2)
        ),
        key=("date",),
        metrics=("wer",),
    ),
    Read(
        name="rows without an id",
        tables=tuple({"qid": [None, None, *QIDS[2:]], **table} for table in (A, B)),
        key=("qid",),
        output="answer",
        metrics=ALL,
        paired=N - 2,
    ),
    Read(
        name="the same table twice",
        tables=(A, A),
        key=("question",),
        output="answer",
        metrics=ALL,
        doubt="the same table twice",
    ),
    Read(
        name="numbers with a unit are no numbers",
        tables=tuple(
            {**table, "latency": [f"{number} ms" for number in table["latency"]]} for table in (A, B)
        ),
        key=("question",),
        output="answer",
        metrics=("correct", "score"),
        doubt="'latency' is not compared: it holds text, not numbers, such as",
    ),
    Read(
        name="scores in percent",
        tables=tuple(
            {**table, "score": [f"{100 * score:.0f}%" for score in table["score"]]} for table in (A, B)
        ),
        key=("question",),
        output="answer",
        metrics=ALL,
    ),
    Read(
        name="one row",
        tables=(rows(A, 0, 1), rows(B, 0, 1)),
        key=("question",),
        output="answer",
        metrics=ALL,
        paired=1,
    ),
    # keys
    Read(
        name="question pairs",
        tables=(A, B),
        key=("question",),
        output="answer",
        metrics=ALL,
        expected=("reference",),
        inputs=("topic",),
    ),
    Read(
        name="question pairs, shuffled",
        tables=(A, shuffled(B)),
        key=("question",),
        output="answer",
        metrics=ALL,
    ),
    Read(
        name="qid",
        tables=both(qid=QIDS),
        key=("qid",),
        output="answer",
        metrics=ALL,
        inputs=("question", "topic"),
    ),
    Read(name="id of numbers", tables=both(id=NUMBERS), key=("id",), output="answer", metrics=ALL),
    Read(name="ID in capitals", tables=both(ID=QIDS), key=("ID",), output="answer", metrics=ALL),
    Read(
        name="questionId", tables=both(questionId=NUMBERS), key=("questionId",), output="answer", metrics=ALL
    ),
    Read(
        name="example_id without evaluations",
        tables=both(example_id=QIDS),
        key=("example_id",),
        output="answer",
        metrics=ALL,
    ),
    Read(name="uuid on both sides", tables=both(uuid=uuids(3)), key=("uuid",), output="answer", metrics=ALL),
    Read(
        name="id whole numbers as floats",
        tables=({"id": [float(n) for n in NUMBERS], **A}, {"id": NUMBERS, **B}),
        key=("id",),
        output="answer",
        metrics=ALL,
    ),
    Read(
        name="id number and text",
        tables=({"id": NUMBERS, **A}, {"id": [str(n) for n in NUMBERS], **B}),
        key=("id",),
        output="answer",
        metrics=ALL,
    ),
    Read(
        name="leading zeros stay apart",
        tables=({"id": [f"{n:03}" for n in NUMBERS], **A}, {"id": [str(n) for n in NUMBERS], **B}),
        key=("question",),
        output="answer",
        metrics=ALL,
    ),
    Read(
        name="blanks around ids",
        tables=({"qid": QIDS, **A}, {"qid": [f" {one} " for one in QIDS], **B}),
        key=("qid",),
        output="answer",
        metrics=ALL,
    ),
    Read(
        name="long ids",
        tables=both(key=[f"{one}-{'x' * 300}" for one in QIDS]),
        key=("key",),
        output="answer",
        metrics=ALL,
    ),
    Read(
        name="row number over shuffled rows",
        tables=({"Unnamed: 0": NUMBERS, **A}, {"Unnamed: 0": NUMBERS, **shuffled(B)}),
        key=("question",),
        output="answer",
        metrics=ALL,
        ignored=("Unnamed: 0",),
        doubt="'Unnamed: 0' is a row number",
    ),
    Read(
        name="row number over rows in order",
        tables=both(**{"Unnamed: 0": NUMBERS}),
        key=("question",),
        output="answer",
        metrics=ALL,
        ignored=("Unnamed: 0",),
    ),
    Read(
        name="ids that coincide over shuffled rows",
        tables=({"id": NUMBERS, **A}, {"id": NUMBERS, **shuffled(B)}),
        key=("question",),
        output="answer",
        metrics=ALL,
        ignored=("id",),
        doubt="'id' is a row number",
    ),
    Read(
        name="run ids of each side beside a qid",
        tables=({"id": uuids(1), "qid": QIDS, **A}, {"id": uuids(2), "qid": QIDS, **B}),
        key=("qid",),
        output="answer",
        metrics=ALL,
        ignored=("id",),
    ),
    Read(
        name="run ids of each side, no other id",
        tables=({"run_id": uuids(1), **A}, {"run_id": uuids(2), **B}),
        key=("question",),
        output="answer",
        metrics=ALL,
        ignored=("run_id",),
    ),
    Read(
        name="question repeats, topic tells apart",
        tables=tuple({**one, "question": [f"question {n // 3}" for n in NUMBERS]} for one in (A, B)),
        key=("question", "topic"),
        output="answer",
        metrics=ALL,
    ),
    Read(
        name="question repeats, rows in order",
        tables=tuple(
            {
                **one,
                "question": ["the same", *QUESTIONS[1:-1], "the same"],
                "topic": ["x", *TOPICS[1:-1], "x"],
                "reference": ["y", *REFERENCES[1:-1], "y"],
            }
            for one in (A, B)
        ),
        key=(),
        output="answer",
        metrics=ALL,
        doubt="by their order",
    ),
    Read(
        name="case and blanks in the question",
        tables=(A, {**B, "question": [one.upper().replace(" ", "  ") for one in QUESTIONS]}),
        key=("question",),
        output="answer",
        metrics=ALL,
        doubt="case and blanks",
    ),
    Read(
        name="some questions reworded under an id",
        tables=(
            {"id": QIDS, **A},
            {
                "id": QIDS,
                **B,
                "question": [f"{one} please" if number < 6 else one for number, one in enumerate(QUESTIONS)],
            },
        ),
        key=("id",),
        output="answer",
        metrics=ALL,
    ),
    Read(
        name="all prompts reworded under an id, topics agree",
        tables=(
            {"id": NUMBERS, **A},
            {"id": NUMBERS, **B, "question": [f"Be brief. {one}" for one in QUESTIONS]},
        ),
        key=("id",),
        output="answer",
        metrics=ALL,
    ),
    Read(
        name="a part of the rows",
        tables=(A, rows(B, 4)),
        key=("question",),
        output="answer",
        metrics=ALL,
        paired=N - 4,
    ),
    Read(
        name="few rows in common",
        tables=(rows(A, 0, 14), rows(B, 10)),
        key=("question",),
        output="answer",
        metrics=ALL,
        paired=4,
        doubt="only 4 of 24",
    ),
    Read(
        name="repetitions that are numbered",
        tables=(doubled(A, repetition=[1] * N + [2] * N), doubled(B, repetition=[1] * N + [2] * N)),
        key=("question",),
        output="answer",
        metrics=ALL,
        more=lambda read: read.repetition == "repetition",
    ),
    Read(
        name="epochs of an id",
        tables=(
            doubled({"id": QIDS, **A}, epoch=[0] * N + [1] * N),
            doubled({"id": QIDS, **B}, epoch=[0] * N + [1] * N),
        ),
        key=("id",),
        output="answer",
        metrics=ALL,
        more=lambda read: read.repetition == "epoch",
    ),
    Read(
        name="repetitions as told",
        tables=(doubled(A), doubled(B)),
        key=("question",),
        output="answer",
        metrics=ALL,
        told={"key": "question", "repetitions": True},
    ),
    Read(
        name="key told",
        tables=both(id=NUMBERS),
        key=("question",),
        output="answer",
        metrics=ALL,
        told={"key": "question"},
    ),
    Read(
        name="two columns told",
        tables=both(id=NUMBERS),
        key=("question", "topic"),
        output="answer",
        metrics=ALL,
        told={"key": "question,topic"},
    ),
    Read(
        name="row order told", tables=PLAIN, key=(), output="answer", metrics=ALL, told={"key": "row-order"}
    ),
    Read(
        name="headers with blanks and capitals",
        tables=(A, {f" {name.title()} ": values for name, values in B.items()}),
        key=("question",),
        output="answer",
        metrics=ALL,
    ),
    Read(
        name="names that say nothing",
        tables=tuple({"c1": QUESTIONS, "c2": answers(seed), "c3": truths(seed)} for seed in (1, 2)),
        key=("c1",),
        output="c2",
        metrics=("c3",),
    ),
    Read(
        name="four rows",
        tables=(rows(A, 0, 4), rows(B, 0, 4)),
        key=("question",),
        output="answer",
        metrics=ALL,
        paired=4,
    ),
    Read(
        name="three candidates",
        tables=(A, B, faq(3), faq(4)),
        key=("question",),
        output="answer",
        metrics=ALL,
    ),
    # roles
    Read(
        name="question, answer, prediction",
        tables=tuple(
            {"question": QUESTIONS, "answer": REFERENCES, "prediction": answers(s), "correct": truths(s)}
            for s in (1, 2)
        ),
        key=("question",),
        output="prediction",
        metrics=("correct",),
        expected=("answer",),
    ),
    Read(
        name="input, output, expected",
        tables=tuple(
            {"input": QUESTIONS, "output": answers(s), "expected": REFERENCES, "passed": truths(s)}
            for s in (1, 2)
        ),
        key=("input",),
        output="output",
        metrics=("passed",),
        expected=("expected",),
    ),
    Read(
        name="expected_output",
        tables=tuple(
            {"prompt": QUESTIONS, "completion": answers(s), "expected_output": REFERENCES, "score": scores(s)}
            for s in (1, 2)
        ),
        key=("prompt",),
        output="completion",
        metrics=("score",),
        expected=("expected_output",),
    ),
    Read(
        name="label that was wanted",
        tables=tuple(
            {
                "text": QUESTIONS,
                "label": labels(9, "spam", "ham"),
                "prediction": labels(s, "spam", "ham"),
                "correct": truths(s),
            }
            for s in (1, 2)
        ),
        key=("text",),
        output="prediction",
        metrics=("correct",),
        expected=("label",),
    ),
    Read(
        name="label that is a verdict",
        tables=tuple(
            {"question": QUESTIONS, "answer": answers(s), "label": labels(s, "correct", "incorrect")}
            for s in (1, 2)
        ),
        key=("question",),
        output="answer",
        metrics=("label",),
    ),
    Read(
        name="labels alone to compare",
        tables=tuple({"text": QUESTIONS, "prediction": labels(s, "spam", "ham", "other")} for s in (1, 2)),
        key=("text",),
        output="prediction",
        metrics=("prediction",),
    ),
    Read(
        name="choices and a verdict",
        tables=tuple(
            {"question": QUESTIONS, "answer": labels(s, "A", "B", "C", "D"), "correct": truths(s)}
            for s in (1, 2)
        ),
        key=("question",),
        output="answer",
        metrics=("correct",),
    ),
    Read(
        name="model names the experiment",
        tables=({**A, "model": ["gpt-4o"] * N}, {**B, "model": ["claude"] * N}),
        key=("question",),
        output="answer",
        metrics=ALL,
        more=lambda read: read.metadata == {"model": ("gpt-4o", "claude")},
    ),
    Read(
        name="temperature of each",
        tables=({**A, "temperature": [0.0] * N}, {**B, "temperature": [0.7] * N}),
        key=("question",),
        output="answer",
        metrics=ALL,
        more=lambda read: "temperature" in read.metadata,
    ),
    Read(
        name="a constant of each without a known name",
        tables=({**A, "flavour": ["x"] * N}, {**B, "flavour": ["y"] * N}),
        key=("question",),
        output="answer",
        metrics=ALL,
        more=lambda read: "flavour" in read.metadata,
    ),
    Read(
        name="times are left out",
        tables=(
            {**A, "created_at": [f"2026-01-01T00:00:{n:02}Z" for n in NUMBERS]},
            {**B, "created_at": [f"2026-01-02T00:00:{n:02}Z" for n in NUMBERS]},
        ),
        key=("question",),
        output="answer",
        metrics=ALL,
        ignored=("created_at",),
    ),
    Read(
        name="epoch seconds are left out",
        tables=(
            {**A, "timestamp": counts(8, 10**9, 2 * 10**9)},
            {**B, "timestamp": counts(9, 10**9, 2 * 10**9)},
        ),
        key=("question",),
        output="answer",
        metrics=ALL,
        ignored=("timestamp",),
    ),
    Read(
        name="score equal everywhere",
        tables=(A, {**B, "score": A["score"]}),
        key=("question",),
        output="answer",
        metrics=ALL,
        doubt="'score' is the same",
    ),
    Read(
        name="the same outputs everywhere",
        tables=(A, {**B, "answer": A["answer"]}),
        key=("question",),
        output="answer",
        metrics=ALL,
        doubt="'answer' is the same",
    ),
    Read(
        name="a number that is the same is no metric",
        tables=both(year=[2000 + n for n in NUMBERS]),
        key=("question",),
        output="answer",
        metrics=ALL,
        inputs=("year", "topic"),
    ),
    Read(
        name="a number without a known name",
        tables=({**A, "zork": scores(11)}, {**B, "zork": scores(12)}),
        key=("question",),
        output="answer",
        metrics=(*ALL, "zork"),
    ),
    Read(
        name="cost and tokens",
        tables=(
            {**A, "cost_usd": scores(21), "total_tokens": counts(22)},
            {**B, "cost_usd": scores(23), "total_tokens": counts(24)},
        ),
        key=("question",),
        output="answer",
        metrics=(*ALL, "cost_usd", "total_tokens"),
    ),
    Read(
        name="prompt tokens that are the same",
        tables=({**A, "prompt_tokens": counts(22)}, {**B, "prompt_tokens": counts(22)}),
        key=("question",),
        output="answer",
        metrics=ALL,
    ),
    Read(
        name="explanation beside its metric",
        tables=({**A, "correct_reason": answers(31)}, {**B, "correct_reason": answers(32)}),
        key=("question",),
        output="answer",
        metrics=ALL,
        more=lambda read: read.metrics[0].explanation == "correct_reason",
    ),
    Read(
        name="one explanation, one verdict",
        tables=tuple(
            {
                "question": QUESTIONS,
                "answer": answers(s),
                "correct": truths(s),
                "explanation": answers(s + 50),
            }
            for s in (1, 2)
        ),
        key=("question",),
        output="answer",
        metrics=("correct",),
        more=lambda read: read.metrics[0].explanation == "explanation",
    ),
    Read(
        name="one comment, two verdicts",
        tables=({**A, "comment": answers(41)}, {**B, "comment": answers(42)}),
        key=("question",),
        output="answer",
        metrics=ALL,
        more=lambda read: read.metrics[0].explanation is None,
    ),
    Read(
        name="errors",
        tables=({**A, "error": [None] * (N - 2) + ["timeout", "timeout"]}, {**B, "error": [""] * N}),
        key=("question",),
        output="answer",
        metrics=ALL,
        more=lambda read: read.error == ("error",),
    ),
    Read(
        name="error that is a number",
        tables=({**A, "error": scores(51)}, {**B, "error": scores(52)}),
        key=("question",),
        output="answer",
        metrics=(*ALL, "error"),
    ),
    Read(
        name="dotted scores",
        tables=tuple(
            {
                "question": QUESTIONS,
                "answer": answers(s),
                "scores.helpful": scores(s),
                "scores.safe": truths(s + 5),
            }
            for s in (1, 2)
        ),
        key=("question",),
        output="answer",
        metrics=("helpful", "safe"),
    ),
    Read(
        name="slashed values",
        tables=tuple(
            {
                "question": QUESTIONS,
                "answer": answers(s),
                "correctness/value": labels(s),
                "correctness/rationale": answers(s + 60),
            }
            for s in (1, 2)
        ),
        key=("question",),
        output="answer",
        metrics=("correctness/value",),
        more=lambda read: read.metrics[0].explanation == "correctness/rationale",
    ),
    Read(
        name="inputs and outputs in groups",
        tables=tuple(
            {
                "inputs.question": QUESTIONS,
                "outputs.answer": answers(s),
                "reference_outputs.answer": REFERENCES,
                "feedback.correct": truths(s),
            }
            for s in (1, 2)
        ),
        key=("inputs.question",),
        output="outputs.answer",
        metrics=("correct",),
        expected=("reference_outputs.answer",),
    ),
    Read(
        name="label and score of one judge",
        tables=tuple(
            {
                "question": QUESTIONS,
                "answer": answers(s),
                "quality_label": labels(s, "good", "bad"),
                "quality_score": scores(s),
            }
            for s in (1, 2)
        ),
        key=("question",),
        output="answer",
        metrics=("quality",),
        more=lambda read: (
            (read.metrics[0].label, read.metrics[0].score) == ("quality_label", "quality_score")
        ),
    ),
    Read(
        name="scores of the same name in two groups",
        tables=tuple(
            {"question": QUESTIONS, "answer": answers(s), "scores.x": scores(s), "metrics.x": scores(s + 9)}
            for s in (1, 2)
        ),
        key=("question",),
        output="answer",
        metrics=("scores.x", "metrics.x"),
    ),
    Read(
        name="a score as text on one side",
        tables=(A, {**B, "score": [str(one) for one in B["score"]]}),
        key=("question",),
        output="answer",
        metrics=ALL,
    ),
    Read(
        name="some scores are words",
        tables=(A, {**B, "score": ["N/A", "n/a", *(str(one) for one in B["score"][2:])]}),
        key=("question",),
        output="answer",
        metrics=ALL,
    ),
    Read(
        name="truth on one side, 0 and 1 on the other",
        tables=(
            {"question": QUESTIONS, "answer": answers(1), "passed": truths(1)},
            {"question": QUESTIONS, "answer": answers(2), "passed": [int(one) for one in truths(2)]},
        ),
        key=("question",),
        output="answer",
        metrics=("passed",),
    ),
    Read(
        name="a metric of one side only",
        tables=(A, {**B, "toxicity": scores(61)}),
        key=("question",),
        output="answer",
        metrics=ALL,
        doubt="'toxicity' is not compared",
    ),
    Read(
        name="a metric that one side left empty",
        tables=(A, {**B, "score": [None] * N}),
        key=("question",),
        output="answer",
        metrics=("correct", "latency"),
        doubt="'score' is not compared: it is empty",
    ),
    Read(
        name="a score that is text in one",
        tables=(A, {**B, "score": answers(70)}),
        key=("question",),
        output="answer",
        metrics=("correct", "latency"),
        doubt="'score' is not compared",
    ),
    Read(
        name="output columns of their own",
        tables=tuple(
            {"question": QUESTIONS, f"answer_{who}": answers(s), "correct": truths(s)}
            for s, who in ((1, "gpt"), (2, "claude"))
        ),
        key=("question",),
        output="answer_gpt",
        metrics=("correct",),
    ),
    Read(
        name="output told",
        tables=({**A, "response": answers(81)}, {**B, "response": answers(82)}),
        key=("question",),
        output="response",
        metrics=ALL,
        told={"output": "response"},
    ),
    Read(
        name="output beside reasoning",
        tables=({**A, "reasoning": answers(81)}, {**B, "reasoning": answers(82)}),
        key=("question",),
        output="answer",
        metrics=ALL,
    ),
    Read(
        name="many labels are no metric",
        tables=({**A, "note": [f"n{n}" for n in NUMBERS]}, {**B, "note": [f"m{n}" for n in NUMBERS]}),
        key=("question",),
        output="answer",
        metrics=ALL,
    ),
    Read(
        name="ignored as told",
        tables=({**A, "zork": scores(11)}, {**B, "zork": scores(12)}),
        key=("question",),
        output="answer",
        metrics=ALL,
        told={"ignore": "zork"},
        ignored=("zork",),
    ),
    Read(
        name="a topic that was edited",
        tables=(A, {**B, "topic": ["billing", *TOPICS[1:-1], "other"]}),
        key=("question",),
        output="answer",
        metrics=ALL,
        inputs=("topic",),
    ),
    Read(
        name="a metric told by its column",
        tables=({**A, "zork": labels(3, "red", "blue")}, {**B, "zork": labels(4, "red", "blue")}),
        key=("question",),
        output="answer",
        metrics=(*ALL, "zork"),
        told={"metrics": ["zork"]},
    ),
    Read(
        name="sides whose columns are ordered otherwise",
        tables=(A, dict(reversed(B.items()))),
        key=("question",),
        output="answer",
        metrics=ALL,
    ),
    Read(
        name="hostile headers",
        tables=tuple(
            {"<b>question</b>": QUESTIONS, "answer; DROP TABLE": answers(s), "score\n": scores(s)}
            for s in (1, 2)
        ),
        key=("<b>question</b>",),
        output="answer; DROP TABLE",
        metrics=("score\n",),
    ),
]

ASK = [
    Ask(
        name="nothing pairs outputs alone",
        tables=PLAIN,
        says="nothing pairs the rows: 'a' has answer, correct",
        option="key",
    ),
    Ask(
        name="no column in common",
        tables=(A, {f"other {name} 7": values for name, values in B.items()}),
        says="nothing pairs the rows",
        option="key",
    ),
    Ask(
        name="other questions",
        tables=(
            A,
            {
                **B,
                "question": [f"Why is {n}?" for n in NUMBERS],
                "topic": ["x"] * N,
                "reference": [f"r{n}" for n in NUMBERS],
            },
        ),
        says="'b' begins 'Why is 0?'",
        option="key",
    ),
    Ask(
        name="questions that repeat, shuffled",
        tables=tuple(
            shuffled(
                {
                    "question": ["the same", *QUESTIONS[1:-1], "the same"],
                    "answer": answers(s),
                    "score": scores(s),
                },
                seed=s,
            )
            for s in (1, 2)
        ),
        says="rows repeat question, so they cannot be paired by it: 'the same' (2 rows of 'a')",
        option="repetitions",
    ),
    Ask(
        name="ids that repeat",
        tables=(doubled({"id": QIDS, **A}), {"id": QIDS, **B}),
        says="rows repeat id",
        option="key",
    ),
    Ask(
        name="ids of no pair",
        tables=({"qid": QIDS, "score": scores(1)}, {"qid": [f"x{n}" for n in NUMBERS], "score": scores(2)}),
        says="qid: 'a' begins 'q000', 'q001', 'q002'; 'b' begins 'x0'",
        option="key",
    ),
    Ask(
        name="a key told that repeats",
        tables=(A, B),
        says="rows repeat topic",
        option="repetitions",
        told={"key": "topic"},
    ),
    Ask(
        name="a key told that is not there",
        tables=both(qid=QIDS),
        says="'a' has no column 'quid'",
        option="key='qid'",
        told={"key": "quid"},
    ),
    Ask(
        name="a key told of no pair",
        tables=({"run": uuids(1), **A}, {"run": uuids(2), **B}),
        says="no row of one table has the run of a row of the other",
        option="key",
        told={"key": "run"},
    ),
    Ask(
        name="two ids that pair otherwise",
        tables=(
            {"id": NUMBERS, "case_id": QIDS, **PLAIN[0]},
            {"id": NUMBERS, "case_id": list(reversed(QIDS)), **PLAIN[1]},
        ),
        says="by id (24 pairs) or by case_id (24 pairs)",
        option="key='case_id'",
    ),
    Ask(
        name="an id half of whose inputs are elsewhere",
        tables=(
            {"id": NUMBERS, **A},
            {
                "id": NUMBERS,
                **B,
                "question": [*QUESTIONS[:16], *reversed(QUESTIONS[16:])],
                "topic": ["x", "y", "z"] * 8,
            },
        ),
        says="by id (24 pairs, under which question agrees in",
        option="key='question'",
    ),
    Ask(
        name="row numbers over other questions",
        tables=(
            {"id": NUMBERS, "question": QUESTIONS, "score": scores(1)},
            {"id": NUMBERS, "question": [f"Why is {n}?" for n in NUMBERS], "score": scores(2)},
        ),
        says="id pairs 24 rows, but question agrees in 0 of 24",
        option="key='id'",
    ),
    Ask(
        name="a nameless row number and nothing else",
        tables=tuple({"Unnamed: 0": NUMBERS, "answer": answers(s), "score": scores(s)} for s in (1, 2)),
        says="nothing pairs the rows",
        option="key",
    ),
    Ask(
        name="two texts that could be the inputs",
        tables=(
            {"c1": QUESTIONS, "c2": [f"{one} indeed" for one in QUESTIONS], "score": scores(1)},
            {"c1": QUESTIONS, "c2": [f"{one} indeed" for one in reversed(QUESTIONS)], "score": scores(2)},
        ),
        says="by c1 (24 pairs) or by c2 (24 pairs)",
        option="key='c1'",
    ),
    Ask(
        name="row order of other lengths",
        tables=(PLAIN[0], rows(PLAIN[1], 2)),
        says="'a' has 24 rows; 'b' has 22 rows",
        option="key",
        told={"key": "row-order"},
    ),
    Ask(
        name="two outputs by name",
        tables=({**A, "response": answers(81)}, {**B, "response": answers(82)}),
        says="2 columns may be the output: answer ('You press",
        option="output='answer'",
    ),
    Ask(
        name="two texts that could be the output",
        tables=tuple(
            {"question": QUESTIONS, "c1": answers(s), "c2": answers(s + 40), "score": scores(s)}
            for s in (1, 2)
        ),
        says="2 columns may be the output: c1",
        option="output='c1'",
    ),
    Ask(
        name="an output told that is not there",
        tables=(A, B),
        says="'a' has no column 'anser'",
        option="output='answer'",
        told={"output": "anser"},
    ),
    Ask(
        name="one row number too many",
        tables=(
            {"row": NUMBERS, "question": ["same"] * N, "score": scores(1)},
            {"row": [n + 100 for n in NUMBERS], "question": ["same"] * N, "score": scores(2)},
        ),
        says="rows repeat question",
        option="key",
    ),
]
