"""Drive the official `arize` SDK from another environment: a JSON request a line in, a JSON reply a line out.

Request: ``{"call": "experiments.create", "arguments": {...}}``. In the arguments ``{"$frame": records}``
becomes a DataFrame, ``{"$task_fields": {...}}`` and ``{"$evaluator": {...}}`` the SDK's own classes,
``{"$task": name}`` and ``{"$evaluators": [...]}`` functions of this file, ``{"$annotations": [...]}`` the
SDK's models, ``{"$values": [...]}`` values of a categorical config, ``{"$time": seconds}`` a time. A call
``$generated.TagsApi.create_tag`` goes to the generated client inside of the SDK, which makes its models of
plain objects by itself. Reply: ``{"value": ...}`` (models as JSON, frames as records) or ``{"error": ...,
"kind": ..., "status": ...}``.
"""

import asyncio
import json
import os
import sys

import pandas as pd
from arize import ArizeClient
from arize.annotation_configs.types import CategoricalAnnotationValueRequest
from arize.experiments import EvaluationResult, EvaluationResultFieldNames, ExperimentTaskFieldNames
from pydantic import BaseModel


def shout(dataset_row):
    """Answer in capitals."""
    return str(dataset_row["question"]).upper()


async def slow_shout(dataset_row):
    """Answer in capitals, later."""
    await asyncio.sleep(0.01)
    return shout(dataset_row)


def sometimes(dataset_row):
    """Fail on the second question."""
    if dataset_row["question"] == "q1":
        raise ValueError("no answer for q1")
    return shout(dataset_row)


def exact(output, dataset_row):
    """Judge with score, label and explanation."""
    return EvaluationResult(
        score=float(output == dataset_row["question"].upper()), label="yes", explanation="same letters"
    )


def is_long(output):
    """Judge with a truth value."""
    return len(output or "") > 5


TASKS = {function.__name__: function for function in (shout, slow_shout, sometimes)}
EVALUATORS = {function.__name__: function for function in (exact, is_long)}


def read(value):
    """Turn JSON into what the SDK takes."""
    if isinstance(value, list):
        return [read(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        (mark, content), *_ = value.items()
        if mark == "$frame":
            return pd.DataFrame([read(row) for row in content])
        if mark == "$time":
            return pd.Timestamp(content, unit="s")
        if mark == "$task_fields":
            return ExperimentTaskFieldNames(**content)
        if mark == "$evaluator":
            return EvaluationResultFieldNames(**content)
        if mark == "$task":
            return TASKS[content]
        if mark == "$evaluators":
            return {name: EVALUATORS[name] for name in content}
        if mark == "$values":
            return [CategoricalAnnotationValueRequest(**item) for item in content]
        if mark == "$annotations":
            from arize._generated import api_client as gen

            return [gen.AnnotateRecordInput.from_dict(item) for item in content]
    return {name: read(item) for name, item in value.items()}


def written(value):
    """Turn what the SDK gives into JSON: models as their fields, one-of wrappers as what is inside, extras at
    top level.
    """
    if isinstance(value, pd.DataFrame):
        return json.loads(value.to_json(orient="records"))
    if isinstance(value, (list, tuple)):
        return [written(item) for item in value]
    if isinstance(value, dict):
        return {name: written(item) for name, item in value.items()}
    if hasattr(value, "actual_instance"):
        return written(value.actual_instance)
    if isinstance(value, BaseModel):
        fields = {
            name: written(getattr(value, name))
            for name in type(value).model_fields
            if name != "additional_properties"
        }
        return fields | written(getattr(value, "additional_properties", None) or {})
    return getattr(value, "value", value)


def main():
    """Answer until the input ends; what the SDK prints goes to standard error."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    clients = {caching: ArizeClient(enable_caching=caching) for caching in (False, True)}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            target = clients[request.get("caching", False)]
            path = request["call"].split(".")
            if path[0] == "$generated":
                from arize._generated import api_client as gen

                settings = gen.Configuration(
                    host=target.sdk_config.api_url, access_token=target.sdk_config.api_key
                )
                target, path = getattr(gen, path[1])(gen.ApiClient(settings)), path[2:]
            for part in path:
                target = getattr(target, part)
            reply = {"value": written(target(**read(request["arguments"])))}
            if request.get("as_frame"):
                reply = {"value": written(target(**read(request["arguments"])).to_df())}
        except Exception as error:
            reply = {
                "error": str(error),
                "kind": type(error).__name__,
                "status": getattr(error, "status", None),
            }
        replies.write(json.dumps(reply, default=str) + "\n")
        replies.flush()


if __name__ == "__main__":
    main()
