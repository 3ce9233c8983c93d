"""The task of `make_sample.py`, which is stopped in its seventh call, and its evaluator."""

import time

CALLS = 0


def answer(question):
    global CALLS
    CALLS += 1
    if CALLS == 7:
        time.sleep(3)
    return question.replace("q", "a")


def long_enough(output):
    return len(output) >= 2
