"""The examples that every tool was run over: six questions, one of which the candidate crashes on."""

QUESTIONS = [
    {"id": "q1", "question": "Capital of France?", "expected": "Paris"},
    {"id": "q2", "question": "2 + 2?", "expected": "4"},
    {"id": "q3", "question": "Largest ocean?", "expected": "Pacific"},
    {"id": "q4", "question": "Author of Hamlet?", "expected": "Shakespeare"},
    {"id": "q5", "question": "Colour of the sky?", "expected": "blue"},
    {"id": "q6", "question": "Is ice cold?", "expected": "yes"},
]
ANSWERS = {
    "base": {"q1": "Paris", "q2": "5", "q3": "Pacific", "q4": "Marlowe", "q5": "blue", "q6": "yes"},
    "candidate": {"q1": "Paris", "q2": "4", "q3": "Atlantic", "q4": "Shakespeare", "q5": "blue", "q6": None},
}
"""None: the task raises."""


def answer(name: str, question: str) -> str:
    """Answer as one of the two models would."""
    example = next(one for one in QUESTIONS if one["question"] == question)
    text = ANSWERS[name][example["id"]]
    if text is None:
        raise RuntimeError("the model is overloaded")
    return text
