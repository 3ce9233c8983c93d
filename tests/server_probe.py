"""Tools of the tests and drills that attack a server: what it costs, whether it lives, and hostile things to
send it.
"""

from __future__ import annotations

import json
import os
import random
import re
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.flight as flight
import requests

MB = 1 << 20


class Probe:
    """A server process, looked at from outside.

    Parameters
    ----------
    server : LocalServer
        Running.
    """

    def __init__(self, server: Any) -> None:
        self.server = server
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {server.api_key}"
        self.space = self.call("GET", "/v2/spaces").json()["spaces"][0]["id"]
        self._client = flight.connect(server.flight_url)
        self._options = flight.FlightCallOptions(
            headers=[(b"auth-token-bin", server.api_key.encode())], timeout=120
        )
        self._count = 0

    def close(self) -> None:
        """Let go of the connections."""
        self.session.close()
        self._client.close()

    def call(self, method: str, path: str, **settings: Any) -> requests.Response:
        """Send a REST request."""
        return self.session.request(method, f"{self.server.api_url}{path}", timeout=120, **settings)

    def name(self) -> str:
        """Return a name that was not used before."""
        self._count += 1
        return f"{type(self).__name__}-{self._count}-{time.time_ns()}"

    def memory_mb(self) -> int:
        """Return its resident memory."""
        return self._status("VmRSS")

    def peak_mb(self) -> int:
        """Return the most memory that it had since `forget_peak`, or since its start."""
        return self._status("VmHWM")

    def cpu_s(self) -> float:
        """Return the processor time that it has used."""
        fields = Path(f"/proc/{self.server.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def threads(self) -> int:
        """Return how many threads it has."""
        return len(list(Path(f"/proc/{self.server.pid}/task").iterdir()))

    def forget_peak(self) -> None:
        """Start measuring the peak anew."""
        Path(f"/proc/{self.server.pid}/clear_refs").write_text("5")

    def _status(self, field: str) -> int:
        """Read one line of the process's status, in MB."""
        lines = Path(f"/proc/{self.server.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) // 1024 for line in lines if line.startswith(field))

    def is_alive(self) -> bool:
        """Tell whether it answers."""
        return self.call("GET", "/v2/spaces").status_code == 200

    def put(
        self,
        table: pa.Table | pa.RecordBatch,
        *,
        options: pa.ipc.IpcWriteOptions | None = None,
        spoil: Callable[[], None] = lambda: None,
        times: int = 1,
    ) -> tuple[int, str]:
        """Upload a table as a dataset; return 201 and the name, or the status and the detail of the refusal.

        `spoil` is called when the table is known to the writer and not yet sent, to change the bytes of its
        buffers.
        """
        name = self.name()
        command = json.dumps({"createDataset": {"spaceId": self.space, "datasetName": name}}).encode()
        settings = self._options
        if options is not None:
            key = self.server.api_key.encode()
            settings = flight.FlightCallOptions(
                headers=[(b"auth-token-bin", key)], timeout=120, write_options=options
            )
        try:
            writer, reader = self._client.do_put(
                flight.FlightDescriptor.for_command(command), table.schema, settings
            )
            spoil()
            for _ in range(times):
                writer.write(table)
            writer.done_writing()
            receipt = reader.read()
            writer.close()
        except (flight.FlightError, pa.ArrowException, OSError) as error:
            return self.refusal(error)
        return (201, name) if receipt is not None else (0, "no receipt")

    def refusal(self, error: BaseException) -> tuple[int, str]:
        """Return status and detail of the problem document that an error brings along; 0 and the error's text
        when it has none.
        """
        document = getattr(error, "extra_info", None)
        if not document:
            return 0, f"{type(error).__name__}: {error}"
        problem = json.loads(document)
        return problem["status"], problem["detail"]

    def log(self) -> str:
        """Return what it has written to its log."""
        return (self.server.data_dir / "server.log").read_text()


class RawFlight:
    """Upload whatever bytes to a Flight server: the messages of DoPut, written by hand (Flight.proto:
    FlightData).
    """

    def __init__(self, probe: Probe) -> None:
        import grpc

        self._probe = probe
        self._channel = grpc.insecure_channel(
            probe.server.flight_url.removeprefix("grpc://"), options=[("grpc.max_send_message_length", -1)]
        )
        self._put = self._channel.stream_stream("/arrow.flight.protocol.FlightService/DoPut")

    def close(self) -> None:
        """Let go of the connection."""
        self._channel.close()

    def put(self, messages: list[tuple[bytes, bytes]]) -> tuple[int, str]:
        """Upload IPC messages (metadata and body each) as a dataset; return 201 and its name, or what the
        server said.
        """
        import grpc

        name = self._probe.name()
        command = json.dumps({"createDataset": {"spaceId": self._probe.space, "datasetName": name}}).encode()
        descriptor = b"\x08\x02" + _field(2, command)  # type CMD
        first = True

        def sent() -> Iterator[bytes]:
            nonlocal first
            for header, body in messages:
                yield (_field(1, descriptor) if first else b"") + _field(2, header) + _field(1000, body)
                first = False

        key = (("auth-token-bin", self._probe.server.api_key.encode()),)
        try:
            replies = list(self._put(sent(), metadata=key, timeout=60))
        except grpc.RpcError as error:
            return self._refusal(error)
        return (201, name) if replies else (0, "no receipt")

    def _refusal(self, error: Any) -> tuple[int, str]:
        """Return status and detail of the problem document that came along, or 0, the gRPC code
        and its text.
        """
        trailing = {item.key: item.value for item in error.trailing_metadata() or ()}
        document = next(
            (
                value
                for name, value in trailing.items()
                if name.endswith("details-bin") and b'"status"' in value
            ),
            None,
        )
        found = re.search(rb'\{.*"status".*\}', document, re.DOTALL) if document else None
        if found:
            problem = json.loads(found[0])
            return problem["status"], problem["detail"]
        return 0, f"{error.code().name}: {error.details()}"


def ipc_messages(
    batch: pa.RecordBatch, options: pa.ipc.IpcWriteOptions | None = None
) -> list[tuple[bytes, bytes]]:
    """Write a schema and a batch as IPC messages: metadata and body each."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema, options=options) as writer:
        writer.write_batch(batch)
    reader = pa.ipc.MessageReader.open_stream(sink.getvalue())
    return [
        (message.metadata.to_pybytes(), message.body.to_pybytes() if message.body else b"")
        for message in reader
    ]


def mutated(chance: random.Random) -> list[tuple[bytes, bytes]]:
    """Make an upload of a few columns of any types, some bytes of whose bodies, or of the metadata that
    describes them, are others.
    """
    arrays = [_random_array(chance.choice(TYPES), chance) for _ in range(chance.choice([1, 1, 2, 4]))]
    compression = chance.choice([None, None, None, "zstd", "lz4"])
    batch = pa.RecordBatch.from_arrays(arrays, [f"c{index}" for index in range(len(arrays))])
    messages = ipc_messages(batch, pa.ipc.IpcWriteOptions(compression=compression))
    parts = [bytearray(part) for message in messages for part in message]
    full = [part for part in parts[3:] if part]  # most of them in a body
    if chance.random() < 0.3:
        full = [part for part in parts if part]
    for _ in range(chance.choice([1, 1, 2, 8]) if full else 0):
        part = chance.choice(full)
        at = chance.randrange(len(part))
        word = struct.pack(
            "<q", chance.choice([-1, 0, 1, 2**31, 2**40, 2**62, chance.randrange(-(2**63), 2**63)])
        )
        fresh = chance.choice(
            [bytes([chance.randrange(256)]), bytes([part[at] ^ 1 << chance.randrange(8)]), word[:4], word]
        )
        part[at : at + len(fresh)] = fresh[: len(part) - at]
    pairs = [(bytes(parts[index]), bytes(parts[index + 1])) for index in range(0, len(parts), 2)]
    return (
        pairs
        if chance.random() < 0.95
        else [*pairs[: chance.randrange(1, len(pairs) + 1)], chance.choice(pairs)]
    )


def _field(number: int, data: bytes) -> bytes:
    """Write one length-delimited protobuf field."""
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    """Write an unsigned integer, seven bits a byte."""
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)


class Spoiled:
    """An array that is valid until `spoil` writes other bytes into one of its buffers: what a hostile sender
    sends.
    """

    def __init__(self, array: pa.Array, buffer: int, data: bytes) -> None:
        buffers = array.buffers()
        self._place = bytearray(buffers[buffer].to_pybytes())
        self._data = data
        buffers[buffer] = pa.py_buffer(self._place)
        children = [array.values] if isinstance(array, pa.ListArray) else []
        own = buffers[: 2 if children else len(buffers)]
        self.array = pa.Array.from_buffers(array.type, len(array), own, children=children)

    def spoil(self) -> None:
        """Write the bytes."""
        self._place[: len(self._data)] = self._data


def offsets(*values: int) -> bytes:
    """Return 32-bit offsets as they lie in a buffer."""
    return struct.pack(f"<{len(values)}i", *values)


def spoiled_arrays() -> dict[str, Spoiled]:
    """Return arrays that no honest writer sends."""
    text, numbers = pa.array(["a", "bc", "def"]), pa.array([[1], [2], []])
    return {
        "text past its end": Spoiled(text, 1, offsets(0, 10, 2_000_000_000, 2_000_000_001)),
        "negative offset": Spoiled(text, 1, offsets(0, -5, 3, 6)),
        "falling offsets": Spoiled(text, 1, offsets(0, 3, 1, 6)),
        "first offset not 0": Spoiled(text, 1, offsets(-7, 1, 3, 6)),
        "no UTF-8": Spoiled(text, 2, b"\xff\xfe\xfd"),
        "list past its end": Spoiled(numbers, 1, offsets(0, 1, 10**9, 10**9 + 1)),
        "falling list": Spoiled(numbers, 1, offsets(0, 2, 1, 1)),
    }


TYPES: tuple[pa.DataType, ...] = (
    pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.int8(), pa.int64(), pa.uint64(), pa.float16(), pa.float64(),
    pa.bool_(), pa.date32(), pa.date64(), pa.timestamp("s"), pa.timestamp("ns", "UTC"), pa.time64("us"), pa.duration("ms"),
    pa.decimal128(20, 3),
    pa.list_(pa.string()), pa.list_(pa.int8()), pa.large_list(pa.float64()), pa.list_(pa.int16(), 2), pa.list_view(pa.string()),
    pa.struct([("a", pa.string()), ("b", pa.list_(pa.int64()))]), pa.map_(pa.string(), pa.int64()), pa.dictionary(pa.int8(), pa.string()),
    pa.list_(pa.dictionary(pa.int8(), pa.string())), pa.list_(pa.timestamp("us")), pa.null(), pa.list_(pa.null()), pa.struct([]),
)  # fmt: skip


def _random_array(arrow_type: pa.DataType, chance: random.Random) -> pa.Array:
    """Make eight cells of a type from random bits."""
    rows = 8
    if pa.types.is_dictionary(arrow_type):
        return (
            pa.array([chance.choice(["x", "yy", None]) for _ in range(rows)])
            .dictionary_encode()
            .cast(arrow_type)
        )
    if pa.types.is_struct(arrow_type):
        fields = [_random_array(field.type, chance) for field in arrow_type]
        return (
            pa.StructArray.from_arrays(fields, fields=list(arrow_type))
            if fields
            else pa.array([{}] * rows, arrow_type)
        )
    if pa.types.is_list(arrow_type) and pa.types.is_dictionary(arrow_type.value_type):
        return pa.ListArray.from_arrays(
            pa.array(range(rows + 1), pa.int32()), _random_array(arrow_type.value_type, chance)
        )
    values = [None if chance.random() < 0.2 else _random_value(arrow_type, chance) for _ in range(rows)]
    return pa.array(values, arrow_type)


def _random_value(arrow_type: pa.DataType, chance: random.Random) -> Any:
    """Make one value that fits a type."""
    is_ = pa.types
    if is_.is_map(arrow_type):
        return [("k", chance.randrange(9))]
    if is_.is_nested(arrow_type):
        count = getattr(arrow_type, "list_size", None) or chance.randrange(4)
        return [_random_value(arrow_type.value_type, chance) for _ in range(count)]
    if is_.is_string(arrow_type) or is_.is_large_string(arrow_type) or is_.is_string_view(arrow_type):
        return "é" * chance.randrange(20)
    if is_.is_binary(arrow_type):
        return b"b" * chance.randrange(20)
    if is_.is_boolean(arrow_type):
        return chance.random() < 0.5
    if is_.is_floating(arrow_type):
        return chance.choice([0.5, float("nan"), float("inf"), -1.0])
    if is_.is_decimal(arrow_type):
        return pa.scalar("1.5").cast(arrow_type).as_py()
    if is_.is_null(arrow_type):
        return None
    number = 0 if is_.is_date64(arrow_type) else chance.randrange(100)
    return (
        pa.scalar(number, _integers_under(arrow_type)).cast(arrow_type).as_py()
        if not is_.is_integer(arrow_type)
        else number
    )


def _integers_under(arrow_type: pa.DataType) -> pa.DataType:
    """Return the integers that a time is kept as."""
    return pa.int32() if arrow_type in (pa.date32(), pa.time32("s")) else pa.int64()
