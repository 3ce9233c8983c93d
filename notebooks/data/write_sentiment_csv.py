"""Write sentiment_afinn.csv and sentiment_vader.csv: two sentiment systems over the sentences of amazon412.csv, as a script leaves them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from afinn import Afinn
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

HERE = Path(__file__).parent


def results(polarity_of: Callable[[str], float], cut: float, factor: float) -> pd.DataFrame:
    """Run a system over every sentence; its polarity becomes a label at `cut`, and a rating from -4 to 4 by `factor`."""
    reviews = pd.read_csv(HERE / "amazon412.csv").drop_duplicates("text")
    rows = []
    for text, rating, label in zip(reviews["text"], reviews["mean_rating"], reviews["label"], strict=True):
        started = time.perf_counter_ns()
        polarity = polarity_of(text)
        latency_us = (time.perf_counter_ns() - started) // 1000
        prediction = "positive" if polarity >= cut else "negative" if polarity <= -cut else "neutral"
        rows.append(
            {
                "text": text,
                "length": "short"
                if len(text.split()) < 12
                else "medium"
                if len(text.split()) < 24
                else "long",
                "label": label,
                "prediction": prediction,
                "correct": "yes" if prediction == label else "no",
                "distance": round(abs(max(-4.0, min(4.0, factor * polarity)) - rating), 2),
                "latency_us": latency_us,
            }
        )
    return pd.DataFrame(rows)


if __name__ == "__main__":
    vader = SentimentIntensityAnalyzer()
    results(Afinn().score, 1, 1).to_csv(HERE / "sentiment_afinn.csv")
    # The second script read the sentences in another order: its row numbers mean other rows.
    shuffled = results(lambda text: vader.polarity_scores(text)["compound"], 0.05, 4).sample(
        frac=1, random_state=7
    )
    shuffled.reset_index(drop=True).to_csv(HERE / "sentiment_vader.csv")
