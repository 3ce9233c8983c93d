"""Send REST requests: one session, reused connections, timeouts, retries where they are safe."""

from __future__ import annotations

import contextlib
import email.utils
import os
import platform
import time
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

import requests
import urllib3
from requests.adapters import BaseAdapter, HTTPAdapter

from arize_nb._version import __version__
from arize_nb.errors import ConfigError, ConnectionFailedError
from arize_nb.text.command_line import Choice, Hint
from arize_nb.wire.problems import Answerer, problem_error

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator, Mapping

    from arize_nb.wire.requests import Request

CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 120.0
LONGEST_WAIT_S = 60
BACKOFF_S = 0.25
_RETRIES = 4
_CONNECT_RETRIES = 2
_BUSY = frozenset({429, 502, 503, 504})


class _BoundedRetry(urllib3.Retry):  # type: ignore[misc]
    """Retry, but never sleep longer than a minute because the service says so."""

    def get_retry_after(self, response: Any) -> float | None:
        """Read how long the service asks to wait; what cannot be read asks for nothing."""
        text = response.headers.get("Retry-After")
        with contextlib.suppress(ValueError, OverflowError, TypeError, OSError):
            if text is not None and text.strip().isdigit():
                return float(text)
            if text is not None:
                # more strict than urllib3, which takes the 99th of October for a day in January
                return max(email.utils.parsedate_to_datetime(text).timestamp() - time.time(), 0.0)
        return None

    def increment(
        self,
        method: object = None,
        url: object = None,
        response: object = None,
        *args: object,
        **facts: object,
    ) -> Any:
        """Give up at once on a Retry-After that nobody would wait for."""
        wait_s = self.get_retry_after(response) if response is not None else None
        if wait_s is not None and wait_s > LONGEST_WAIT_S:
            raise urllib3.exceptions.MaxRetryError(facts.get("_pool"), url, None)
        return super().increment(method, url, response, *args, **facts)


def _repeatable_retry(connect: int) -> urllib3.Retry:
    """Return the rules for what may be sent twice: anything that fails on the way is sent again."""
    return _BoundedRetry(
        _RETRIES,
        connect=connect,
        allowed_methods=None,
        status_forcelist=_BUSY,
        redirect=False,
        backoff_factor=BACKOFF_S,
        raise_on_status=False,
    )


class _SingleRetry(_BoundedRetry):
    """Retry only what was certainly not taken: no connection, or turned away by the rate limit."""

    # by itself urllib3 would also send again after a 413 or 503 that carries a Retry-After
    RETRY_AFTER_STATUS_CODES = frozenset({429})


def _single_retry(connect: int) -> urllib3.Retry:
    """Return the rules for what must not be sent twice; `read=False` raises at once when a
    connection breaks.
    """
    return _SingleRetry(
        _RETRIES,
        connect=connect,
        read=False,
        other=0,
        allowed_methods=None,
        status_forcelist={429},
        redirect=False,
        backoff_factor=BACKOFF_S,
        raise_on_status=False,
    )


class _ByRepeatability(BaseAdapter):  # type: ignore[misc]
    """Send with the retry rules that the request allows (`repeatable=` of `Session.send`)."""

    def __init__(
        self, pool_size: int, connect: int, prove: Callable[[socket.socket], None] | None = None
    ) -> None:
        super().__init__()
        self._settings = (pool_size, connect)
        self._prove = prove
        self._open()

    def _open(self) -> None:
        """Make both pools, for this process alone."""
        pool_size, connect = self._settings
        self._repeatable = HTTPAdapter(pool_maxsize=pool_size, max_retries=_repeatable_retry(connect))
        self._single = HTTPAdapter(pool_maxsize=pool_size, max_retries=_single_retry(connect))
        if self._prove is not None:
            for adapter in (self._repeatable, self._single):
                adapter.poolmanager.pool_classes_by_scheme = {"http": _proven_pool(self._prove)}
        self._process = os.getpid()

    def send(self, request: object, *args: object, repeatable: bool = False, **settings: object) -> Any:
        """Choose the adapter and send."""
        if (
            self._process != os.getpid()
        ):  # a fork has its parent's connections, on which each would read the other's replies
            self._open()
        adapter = self._repeatable if repeatable else self._single
        return adapter.send(request, *args, **settings)

    def close(self) -> None:
        """Close both pools."""
        self._repeatable.close()
        self._single.close()


def _proven_pool(prove: Callable[[socket.socket], None]) -> type[urllib3.HTTPConnectionPool]:
    """Make a class of connection pools whose every connection is checked as soon as it stands, before
    anything is sent on it.
    """

    class ProvenConnection(urllib3.connection.HTTPConnection):  # type: ignore[misc]
        def connect(self) -> None:
            super().connect()
            try:
                prove(self.sock)
            except OSError as error:
                self.close()
                raise urllib3.exceptions.NewConnectionError(self, f"not taken up: {error}") from error
            except BaseException:
                self.close()
                raise

    class ProvenPool(urllib3.HTTPConnectionPool):  # type: ignore[misc]
        ConnectionCls = ProvenConnection

    return ProvenPool


class _Bearer(requests.auth.AuthBase):  # type: ignore[misc]
    """Put the key in its header; being an `auth`, it also keeps a `.netrc` from replacing it."""

    def __init__(self, api_key: str) -> None:
        self._api_key = api_key

    def __call__(self, request: Any) -> Any:
        """Sign a request."""
        request.headers["Authorization"] = f"Bearer {self._api_key}"
        return request


class RestTransport:
    """REST over one `requests.Session`; may be shared by threads.

    Parameters
    ----------
    api_url : str
        Address without a trailing slash.
    api_key : str
        Key or access token.
    answerer : Answerer
        For messages.
    loopback : bool
        The address is on this machine: no proxy, no settings from the environment.
    verify, ca_cert
        Whether and against which authorities to check certificates.
    proxy_url : str, optional
        Proxy; without one those of the environment are used.
    headers : mapping, optional
        Extra headers.
    pool_size : int
        Connections kept open.
    prove : callable, optional
        Takes each fresh connection's socket before anything is sent on it, and raises an `OSError` when the
        wrong program is at the other end. Over http only.
    """

    def __init__(
        self,
        api_url: str,
        api_key: str,
        *,
        answerer: Answerer,
        loopback: bool = False,
        verify: bool = True,
        ca_cert: str | None = None,
        proxy_url: str | None = None,
        headers: Mapping[str, str] | None = None,
        pool_size: int = 16,
        prove: Callable[[socket.socket], None] | None = None,
    ) -> None:
        if any(ord(letter) < 33 or ord(letter) > 126 for letter in api_key):
            raise ConfigError(
                f"the key of {answerer.source} holds a space, a line break or a letter that no key has",
                hint=answerer.key_hint,
            )
        self._api_url = api_url
        self._answerer = answerer
        session = requests.Session()
        session.auth = _Bearer(api_key)
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.trust_env = not loopback
        session.verify = (ca_cert or True) if verify else False
        if proxy_url and not loopback:
            session.proxies = {"http": proxy_url, "https": proxy_url}
        session.headers.update({**_own_headers(), **(headers or {})})
        # on this machine a refused connection means that nothing is there, now as in a second
        adapter = _ByRepeatability(pool_size, connect=0 if loopback else _CONNECT_RETRIES, prove=prove)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        self._session = session
        self._kept: tuple[tuple[str, str], Any] | None = None

    def send(self, request: Request) -> bytes:
        """Send a request and return the body of its success.

        Raises
        ------
        ServiceError
            The service answered with another status than the documented one.
        ConnectionFailedError
            Nothing answered, or it stopped in the middle.
        """
        with _mapped_errors(self._answerer, request):
            prepared = self._prepared(request)
            settings = self._session.merge_environment_settings(prepared.url, {}, True, None, None)
            reply = self._session.send(
                prepared,
                timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S),
                allow_redirects=False,
                repeatable=request.repeatable,
                **settings,
            )
            # in one piece: requests itself would read pieces of 10 KiB, a third of the time that a page takes
            body: bytes = reply.raw.read(decode_content=True)
        if reply.status_code != request.ok:
            raise problem_error(
                reply.status_code, reply.headers, body, about=request.about, answerer=self._answerer
            )
        return body

    def _prepared(self, request: Request) -> Any:
        """Turn a request into one of the session's; the pages of one search differ in their body alone, so
        the rest is kept.
        """
        key, kept = (request.method, request.target), self._kept
        if kept is not None and kept[0] == key and request.body is not None:
            again = kept[1].copy()
            again.prepare_body(request.body, None)
            return again
        prepared = self._session.prepare_request(
            requests.Request(
                request.method,
                self._api_url + request.target,
                data=request.body,
                headers={"Content-Type": "application/json"} if request.body is not None else None,
            )
        )
        self._kept = (key, prepared)
        return prepared

    def close(self) -> None:
        """Close the connections."""
        self._session.close()


def _own_headers() -> dict[str, str]:
    """Say what this client is."""
    return {
        "Accept": "application/json, application/problem+json",
        "User-Agent": f"arize-nb/{__version__}",
        "sdk-language": "python",
        "language-version": platform.python_version(),
        "sdk-version": __version__,
        "sdk-package-name": "arize-nb",
    }


@contextlib.contextmanager
def _mapped_errors(answerer: Answerer, request: Request) -> Iterator[None]:
    """Turn every error of requests and urllib3 into one of ours, without the address's secrets or the key."""
    address = answerer.address
    try:
        yield
    except requests.exceptions.SSLError as error:
        raise ConnectionFailedError(
            f"the certificate of {address} is not trusted",
            address=address,
            hint="Set ARIZE_SSL_CA_CERT to the file of your authority.",
        ) from error
    except requests.exceptions.ProxyError as error:
        raise ConnectionFailedError(
            f"{address} cannot be reached through the proxy",
            address=address,
            hint="Check ARIZE_PROXY_URL, HTTPS_PROXY and NO_PROXY.",
        ) from error
    except requests.exceptions.ConnectTimeout as error:
        raise ConnectionFailedError(
            f"{address} did not answer within {CONNECT_TIMEOUT_S:g} s",
            address=address,
            hint=_reach_hint(answerer),
        ) from error
    except (
        requests.exceptions.ReadTimeout,
        urllib3.exceptions.ReadTimeoutError,
        urllib3.exceptions.ProtocolError,
    ) as error:
        raise ConnectionFailedError(
            f"{address} stopped answering ({request.about})",
            address=address,
            sent=True,
            hint=_taken_hint(request),
        ) from error
    except requests.exceptions.ConnectionError as error:
        if _never_connected(error):
            raise ConnectionFailedError(
                f"nothing answers at {address}", address=address, hint=_reach_hint(answerer)
            ) from error
        raise ConnectionFailedError(
            f"the connection to {address} broke ({request.about})",
            address=address,
            sent=True,
            hint=_taken_hint(request),
        ) from error
    except (
        urllib3.exceptions.DecodeError,
        requests.exceptions.ContentDecodingError,
        requests.exceptions.InvalidHeader,
    ) as error:
        raise ConnectionFailedError(
            f"the reply of {address} cannot be read ({request.about}): {type(error).__name__}",
            address=address,
            sent=True,
            hint=_taken_hint(request),
        ) from error
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, UnicodeError) as error:
        raise ConnectionFailedError(
            f"{address} cannot be asked: {type(error).__name__}", address=address, hint=_reach_hint(answerer)
        ) from error


def _never_connected(error: requests.exceptions.ConnectionError) -> bool:
    """Say whether the request was certainly not sent."""
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", None), urllib3.exceptions.NewConnectionError)


def _reach_hint(answerer: Answerer) -> str:
    """Say what to check when nothing answers."""
    if answerer.is_local:
        return Hint.of("Start it again: {}", Choice("arize_nb.workspace.ensure()", "%ax server start"))
    named = f"profile {answerer.profile_name!r}" if answerer.profile_name else answerer.address_source
    return f"Check the address ({named}) and the network."


def _taken_hint(request: Request) -> str | None:
    """Warn that a write may have been taken."""
    return None if request.repeatable else "It may have been taken all the same: look before doing it again."
