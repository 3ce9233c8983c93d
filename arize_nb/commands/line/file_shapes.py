"""What a file may look like, for the help of the commands that take one."""

from __future__ import annotations

_FORMATS = (
    "CSV, TSV, JSON, JSONL, Parquet, Arrow or Excel, each also .gz or .zst; more in docs/files-to-compare.md."
)

EXAMPLES = f"""\b
A file of examples, one a row, any names of columns (a column id, or the one that --key names, becomes their id):
  qid,question,topic,reference
  q1,How do I pay?,billing,By card.
{_FORMATS}"""
RUNS = f"""\b
A file of runs, one a row: which example it is of, its output, and evaluations as eval.NAME.score|label|explanation:
  example_id,output,error,eval.correct.label,eval.correct.score,latency_ms
  q1,By card.,,yes,1,412
With --key COLUMN a column that the examples have too stands for example_id. For any other table: experiments import.
{_FORMATS}"""
RESULTS = f"""\b
A file of results, one a row, any names of columns:
  question,topic,reference,answer,correct,score,latency
  How do I pay?,billing,By card.,By card.,yes,0.9,412
What pairs rows with examples, and what each column is, is read from names and values, and said.
{_FORMATS}"""
