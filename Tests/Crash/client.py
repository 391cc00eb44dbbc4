"""One request on a connection of its own: nothing is ever sent twice behind our back."""

import http.client
import json
import typing


class Answer(typing.NamedTuple):
    status: int
    body: typing.Any
    headers: dict


class Unanswered(Exception):
    """The connection failed before there was an answer."""


def ask(port, method, path, key=None, body=None, headers=None, limit=20):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=limit)
    headers = dict(headers or {})
    if key:
        headers["x-api-key"] = key
    if body is not None:
        headers["content-type"] = "application/json"
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, json.loads(answer.read() or b"null"), found)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unanswered(f"{method} {path}: {error!r}") from error
    finally:
        connection.close()
