"""The task and the evaluator under which `kept.sqlite` was written by the version whose journals had format
1.
"""

import time

PROMPT = "answer: "
CALLS = 0


def answer(question):
    global CALLS
    CALLS += 1
    if CALLS == 7:
        time.sleep(3)
    return PROMPT[:0] + question.replace("q", "a")


def long_enough(output):
    return len(output) >= 2
