"""What the name of a column says about its part in a comparison: pure, from tables of words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from arize_nb.comparison.metrics.directions import GRADES, HIGHER_WORDS, LOWER_WORDS

KEY, ROW_NUMBER, REPETITION, RUN_ID = "key", "row number", "repetition", "run id"
INPUT, CONTEXT, EXPECTED, OUTPUT, DETAIL = "input", "context", "expected", "output", "detail"
METRIC, MEASURE, EXPLANATION, ERROR = "metric", "measure", "explanation", "error"
METADATA, TIME = "metadata", "time"


def _in_order(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _words(text: str) -> frozenset[str]:
    return frozenset(_in_order(text))


KEY_NAMES = _in_order("""
    example_id id qid question_id sample_id case_id test_id test_case_id item_id doc_id document_id record_id prompt_id query_id task_id
    problem_id instance_id data_id datapoint_id ex_id row_id input_id key uuid guid uid pk index idx
    """)
"""Usual names of the column that pairs rows, the likeliest first, as `folded` writes them."""

_ROW_NUMBERS = _words("unnamed_0 index idx row row_number row_num rownum line line_number level_0 no nr")
_REPETITIONS = _words(
    "repetition repetitions rep repeat replicate replicate_id epoch trial iteration repetition_id"
    " repetition_number trial_id trial_number trial_index epoch_id epoch_number run_number run_index"
    " repeat_id repeat_index rep_id sample_index"
)
_RUN_IDS = _words(
    "run_id trace_id span_id request_id response_id completion_id generation_id message_id session_id call_id"
    " conversation_id thread_id experiment_run_id log_id event_id output_id prediction_id job_id batch_id"
)
_TIMES = _words(
    "time timestamp ts date datetime created updated created_at updated_at modified_at started_at ended_at"
    " start_time end_time finished_at completed_at run_at run_date evaluated_at start_timestamp end_timestamp"
    " start end"
)
_METADATA = _words(
    "model model_name model_id model_version engine provider deployment version prompt_version prompt_name"
    " prompt_template template experiment experiment_id experiment_name run run_name variant system_name"
    " method approach config configuration temperature temp top_p top_k seed max_tokens max_new_tokens"
    " git_sha sha commit branch host machine judge_model annotator annotator_id annotator_name evaluator_name"
    " user user_name author session environment env agent agent_name bot release build arm condition"
)
SPLITTING = _words(
    "model model_name model_id model_version engine variant experiment experiment_name experiment_id system"
    " method approach version prompt_version prompt_name run run_name run_id arm condition agent agent_name"
    " config"
)
"""Names of a column that may name the experiment in one long table."""
_OUTPUTS = _words(
    "output outputs answer answers response responses prediction predictions predicted pred preds completion"
    " completions generation generated reply result hypothesis actual generated_text generated_answer summary"
    " translation content final_answer assistant resps resp"
)
_OUTPUT_ENDS = _words("output answer response prediction completion generation reply hypothesis")
_MODELS = _words(
    "model llm bot assistant agent system generated predicted actual final ai gpt claude gemini llama"
    " candidate student"
)
_EXPECTED = _words(
    "expected reference references ref target targets gold golden ideal ground_truth groundtruth truth gt"
    " y_true label labels answer_key solution correct_answer right_answer true_answer canonical_answer oracle"
)
MAY_BE_ANYTHING = _words("label labels solution ref target")
"""Names of what was wanted that are used for verdicts and outputs as well: the values decide."""
_EXPECTED_STARTS = _words("expected reference target gold golden ideal truth ground ref true")
_INPUTS = _words(
    "question input inputs prompt query instruction instructions problem task user_input source source_text"
    " document passage text sentence premise user_message user_prompt utterance request ticket email review"
    " article user_question messages conversation dialogue chat"
)
_CONTEXTS = _words(
    "topic category context contexts retrieved_context type kind difficulty language lang domain tag tags"
    " group segment section subject level subset split dataset task_type source_name intent title hint"
    " choices options documents system_prompt system category_name subcategory country region notes note file"
    " filename path url"
)
_DETAILS = _words(
    "reasoning_content thinking thought thoughts chain_of_thought cot scratchpad raw raw_output raw_response"
    " raw_completion tool_calls_made filtered_resps trace log logs usage finish_reason stop_reason"
    " steps_taken trajectory transcript citations sources retrieved retrieval"
)
_ERRORS = _words(
    "error exception error_message error_msg err exception_message error_text traceback error_type"
)
_EXPLANATION_WORDS = _words(
    "reason reasons reasoning explanation explanations comment comments rationale justification critique"
    " feedback judge_notes analysis"
)
_METRIC_WORDS = _words(
    "score scores rating ratings grade grades acc accuracy accurate correct correctness pass passed passes"
    " fail failed success succeeded f1 bleu rouge meteor chrf bertscore relevance relevancy relevant"
    " faithfulness faithful groundedness grounded helpfulness helpful quality similarity verdict judgement"
    " judgment judge toxicity toxic hallucination hallucinated coherence fluency precision recall match exact"
    " em reward winner preference safety safe ok valid points mark perplexity wer cer loss mae rmse mse"
    " confidence probability prob stars completeness conciseness harmfulness harmful bias factuality factual"
    " usefulness satisfaction csat nps eval evaluation outcome refused refusal right wrong thumbs vote"
) | (GRADES | HIGHER_WORDS | LOWER_WORDS)
_MEASURE_WORDS = _words(
    "latency duration elapsed runtime ms millis milliseconds seconds secs sec cost costs price usd dollars"
    " tokens token count counts length len retries steps turns words chars characters ttft calls bytes memory"
    " throughput tps"
)
_GROUPS = _words(
    "scores score metrics metric feedback feedbacks evals eval evaluation evaluations results grades ratings"
    " judges assertions"
)
_INPUT_GROUPS = _words("inputs input example vars")
_OUTPUT_GROUPS = _words("outputs output response responses prediction predictions")
_EXPECTED_GROUPS = _words(
    "reference_outputs reference_output expected expected_output expected_outputs reference target"
    " ground_truth"
)
_METADATA_GROUPS = _words("metadata meta config params parameters")
_PARTS = {
    "score": "score", "value": "score", "label": "label", "verdict": "label", "reason": "explanation", "reasons": "explanation",
    "reasoning": "explanation", "explanation": "explanation", "comment": "explanation", "comments": "explanation",
    "rationale": "explanation", "justification": "explanation", "critique": "explanation", "text": "explanation",
    "error": "error", "error_message": "error",
}  # fmt: skip
"""Last words of the columns of one metric, and the part of it that each is."""


@dataclass(frozen=True, kw_only=True)
class ColumnName:
    """A column name taken apart."""

    hint: str | None
    """What the name says: one of the constants above; None when it says nothing."""
    stem: str
    """The metric it would belong to: `correct` of `correct_reason`, `helpful` of `scores.helpful`."""
    part: str | None
    """Which part of that metric: `score`, `label`, `explanation`, `error`; None when the name
    does not say.
    """
    shown: str
    """Name of the metric if it is one on its own: `helpful` of `scores.helpful`, else the column's."""


def words_of(name: str) -> list[str]:
    """Return the words of a name in lower case, divided at marks, blanks, digits and inside camelCase.

    >>> words_of("AnswerF1Score_v2")
    ['answer', 'f1', 'score', 'v2']
    """
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=\d)(?=[A-Z])", "_", name.strip())
    return [word.lower() for word in re.findall(r"[^\W_]+", apart)]


def folded(name: str) -> str:
    """Return a name as the tables above write it: `Question ID` and `questionId` are `question_id`."""
    return "_".join(words_of(name))


@lru_cache(maxsize=4096)
def read_name(name: str) -> ColumnName:
    """Take a column name apart.

    Parameters
    ----------
    name : str
        Name of a column, in any spelling: `Model Answer`, `scores.helpful`, `correctness/rationale`,
        `latencyMs`.
    """
    group, rest = _group_of(name)
    plain = folded(rest)
    words = plain.split("_")
    stem, part = _stem_of(rest)
    hint = _group_hint(group, plain, part) if group else _hint_of(plain, words)
    if group and hint == METRIC and part == "explanation":
        hint = EXPLANATION
    return ColumnName(
        hint=hint, stem=stem, part=part, shown=rest if group and hint in (METRIC, MEASURE) else name
    )


def _group_of(name: str) -> tuple[str, str]:
    """Return the group that a dotted or slashed name is in (`scores.x`, `metrics/x`), and the rest; "" for
    none.
    """
    match = re.match(r"\s*([A-Za-z_ ]+?)\s*[./:]\s*(.+)", name)
    if match:
        group = folded(match[1])
        if group in _GROUPS | _INPUT_GROUPS | _OUTPUT_GROUPS | _EXPECTED_GROUPS | _METADATA_GROUPS:
            return group, match[2].strip()
    return "", name.strip()


def _group_hint(group: str, plain: str, part: str | None) -> str:
    """Return what a name inside a group is."""
    if group in _METADATA_GROUPS:
        return (
            METADATA
            if _hint_of(plain, plain.split("_")) not in (MEASURE, RUN_ID, TIME)
            else str(_hint_of(plain, plain.split("_")))
        )
    if group in _EXPECTED_GROUPS:
        return EXPECTED
    if group in _INPUT_GROUPS:
        return KEY if plain in KEY_NAMES else INPUT
    if group in _OUTPUT_GROUPS:
        own = _hint_of(plain, plain.split("_"))
        return own if own in (METRIC, MEASURE, ERROR, TIME, RUN_ID, DETAIL) else OUTPUT
    return (
        ERROR
        if plain in _ERRORS and part != "error"
        else MEASURE
        if set(plain.split("_")) & _MEASURE_WORDS
        else METRIC
    )


def _stem_of(name: str) -> tuple[str, str | None]:
    """Return the metric that a name belongs to, and the part of it: `correct` and `explanation` of
    `correct_reason`.
    """
    words = words_of(name)
    for size in (2, 1):
        last = "_".join(words[-size:])
        if len(words) > size and last in _PARTS:
            return "_".join(word for word in words[:-size]), _PARTS[last]
    return "_".join(words), None


_EXACT = (
    (REPETITION, _REPETITIONS),
    (ROW_NUMBER, _ROW_NUMBERS),
    (ERROR, _ERRORS),
    (RUN_ID, _RUN_IDS),
    (TIME, _TIMES),
    (METADATA, _METADATA),
    (DETAIL, _DETAILS),
    (EXPECTED, _EXPECTED),
    (OUTPUT, _OUTPUTS),
    (INPUT, _INPUTS),
    (CONTEXT, _CONTEXTS),
)


def _hint_of(plain: str, words: list[str]) -> str | None:
    """Return what a plain name says: as a whole first, then by its first and last words."""
    for hint, names in _EXACT:
        if plain in names:
            return hint
    if plain in KEY_NAMES or _is_id(words):
        return KEY
    for rule in (_by_expected, _by_explanation, _by_number, _by_output, _by_input):
        found = rule(words)
        if found is not None:
            return found
    return None


def _is_id(words: list[str]) -> bool:
    return len(words) > 1 and words[-1] in ("id", "uuid", "guid", "uid", "key")


def _by_expected(words: list[str]) -> str | None:
    """`expected_output`, `gold answer`, `reference_summary`; not `expected_score`, which is a number of a
    judge.
    """
    judged = set(words) & (_METRIC_WORDS | _MEASURE_WORDS) - {"correct", "right"}
    if (
        len(words) > 1
        and not judged
        and (words[0] in _EXPECTED_STARTS or words[-1] in ("expected", "reference", "gold", "truth"))
    ):
        return EXPECTED
    return (
        EXPECTED
        if len(words) > 1
        and words[0] in ("correct", "right")
        and words[-1] in _OUTPUT_ENDS | {"label", "option"}
        else None
    )


def _by_explanation(words: list[str]) -> str | None:
    return EXPLANATION if words[-1] in _EXPLANATION_WORDS else None


def _by_number(words: list[str]) -> str | None:
    """Tell what counts or times something from what judges it."""
    if (
        "time" in words
        and len(words) > 1
        and not {"start", "end", "stamp", "created", "updated"} & set(words)
    ):
        return MEASURE
    if set(words) & _MEASURE_WORDS:
        return MEASURE
    return METRIC if set(words) & _METRIC_WORDS else None


def _by_output(words: list[str]) -> str | None:
    if words[-1] in _OUTPUT_ENDS or (
        len(words) > 1 and words[-1] in ("text", "content", "message") and words[0] in _MODELS
    ):
        return OUTPUT
    return (
        OUTPUT
        if len(words) > 1
        and words[0] in ("output", "answer", "response", "predicted", "generated", "completion")
        else None
    )


def _by_input(words: list[str]) -> str | None:
    if words[-1] in ("question", "input", "prompt", "query", "instruction") or words[0] in (
        "question",
        "input",
        "prompt",
        "query",
    ):
        return INPUT
    return (
        CONTEXT
        if words[-1] in ("topic", "category", "context", "type", "difficulty", "language", "domain", "tag")
        else None
    )
