"""Write prediction_powered.json: means as `ppi_py` gives them. In an environment of its own: pip install
ppi-python==0.2.3.
"""

import json
from pathlib import Path

import numpy as np
from ppi_py import ppi_mean_ci, ppi_mean_pointestimate

rng = np.random.default_rng(7)
cases = []
for n, others, kind in [
    (20, 200, "scores"),
    (80, 420, "verdicts"),
    (50, 60, "noise"),
    (400, 4000, "scores"),
    (30, 1000, "verdicts"),
]:
    if kind == "scores":
        truth = rng.normal(0.1, 1, n + others)
        judge = truth * 0.8 + rng.normal(0.2, 0.4, n + others)
    elif kind == "verdicts":
        truth = rng.choice([-1.0, 0.0, 1.0], n + others, p=[0.15, 0.65, 0.2])
        judge = np.where(rng.random(n + others) < 0.8, truth, rng.choice([-1.0, 0.0, 1.0], n + others))
    else:
        truth, judge = rng.normal(0, 1, n + others), rng.normal(0, 1, n + others)
    people, there, elsewhere = truth[:n], judge[:n], judge[n:]
    low, high = ppi_mean_ci(people, there, elsewhere, alpha=0.05)
    cases.append(
        {
            "people": people.tolist(),
            "judge": there.tolist(),
            "judge_elsewhere": elsewhere.tolist(),
            "estimate": float(np.ravel(ppi_mean_pointestimate(people, there, elsewhere))[0]),
            "low": float(np.ravel(low)[0]),
            "high": float(np.ravel(high)[0]),
        }
    )
(Path(__file__).parent / "prediction_powered.json").write_text(
    json.dumps({"ppi_python": "0.2.3", "cases": cases})
)
