"""Flight payloads: commands and tickets as JSON renderings of protobuf messages, replies decoded from their
bytes.
"""

from __future__ import annotations

from collections.abc import Mapping

from arize_nb.errors import ServerFailureError

INIT_EXPERIMENT = "create_experiment_db_entry"


def _render(name: str, fields: Mapping[str, str | None]) -> bytes:
    """Render one request of the oneof, default-valued fields left out."""
    import orjson

    body = {name: {key: value for key, value in fields.items() if value}}
    return orjson.dumps(body, option=orjson.OPT_INDENT_2)


def init_experiment_action(*, space_id: str, dataset_id: str, name: str) -> bytes:
    """Body of the action that makes an empty experiment."""
    return _render(
        "createExperimentDbEntry", {"spaceId": space_id, "datasetId": dataset_id, "experimentName": name}
    )


def post_runs_command(*, space_id: str, dataset_id: str, name: str) -> bytes:
    """Describe a stream of runs for the experiment of that name."""
    return _render(
        "postExperimentData", {"spaceId": space_id, "datasetId": dataset_id, "experimentName": name}
    )


def create_dataset_command(*, space_id: str, name: str) -> bytes:
    """Describe a stream of examples that makes a dataset."""
    return _render("createDataset", {"spaceId": space_id, "datasetName": name, "datasetType": "GENERATIVE"})


def get_dataset_ticket(*, space_id: str, dataset_id: str, version: str | None = None) -> bytes:
    """Ask for all examples of a version (an id), the latest when none is given."""
    return _render("getDataset", {"spaceId": space_id, "datasetId": dataset_id, "datasetVersion": version})


def get_experiment_ticket(*, space_id: str, experiment_id: str) -> bytes:
    """Ask for all runs."""
    return _render("getExperiment", {"spaceId": space_id, "experimentId": experiment_id})


def read_reply(data: bytes) -> dict[int, str]:
    """Read the text fields of a protobuf reply by number; fields of other kinds are passed over.

    Raises
    ------
    ServerFailureError
        The bytes are not a protobuf message.
    """
    fields: dict[int, str] = {}
    position = 0
    try:
        while position < len(data):
            key, position = _varint(data, position)
            number, kind = key >> 3, key & 7
            if kind == 2:
                size, position = _varint(data, position)
                chunk = data[position : position + size]
                if len(chunk) != size:
                    raise IndexError
                fields[number] = chunk.decode("utf-8", "replace")
                position += size
            elif kind == 0:
                _, position = _varint(data, position)
            elif kind in (1, 5):
                position += 8 if kind == 1 else 4
            else:
                raise IndexError
    except IndexError:
        raise ServerFailureError(
            "the reply over Flight is not a message of this protocol", status=500
        ) from None
    return fields


def _varint(data: bytes, position: int) -> tuple[int, int]:
    """Read a base-128 number; return it and the position after it."""
    value = shift = 0
    while True:
        byte = data[position]
        value |= (byte & 0x7F) << shift
        position += 1
        if not byte & 0x80:
            return value, position
        shift += 7
