#!/usr/bin/env python3
"""The first page of `GET /calls?status=active` over 10,000 and over 1,000,000 stored calls."""

import time

from support import disk, figures, server, stored_calls
from support.figures import Figure, ms
from support.livekit_stub import LiveKitStub

SMALL, LARGE = 10_000, 1_000_000
PAGES, ROUNDS = 300, 3
PATH = "/api/v1/calls?status=active"


def pages(client):
    took = []
    for _ in range(PAGES):
        status, body, seconds = client.ask("GET", PATH)
        assert status == 200, body
        took.append(seconds)
    return figures.median(took)


def measure():
    with server.folder() as folder:
        start = time.monotonic()
        (small, small_key), (large, large_key) = stored_calls.history(folder, SMALL), stored_calls.history(folder, LARGE)
        figures.note(f"    {SMALL:,} and {LARGE:,} calls are stored after {time.monotonic() - start:.0f} s")
        # The active calls' phones talk on, so that the server finds nothing to end.
        rooms = stored_calls.live_rooms(small) + stored_calls.live_rooms(large)
        with (
            LiveKitStub(rooms=rooms) as stub,
            server.Server(small, livekit=stub.url) as few, server.Server(large, livekit=stub.url) as many,
            few.client(small_key) as of_few, many.client(large_key) as of_many,
        ):
            for client in (of_few, of_many):
                page = client.get(PATH)["data"]
                assert len(page["calls"]) == 50 and page["pagination"]["total"] == stored_calls.ACTIVE, page["pagination"]
                pages(client)
            sync = disk.sync_median(folder)
            rounds = []
            for _ in range(ROUNDS):
                rounds.append((pages(of_few), pages(of_many)))
                figures.note(f"    {ms(rounds[-1][0])} over {SMALL:,}, {ms(rounds[-1][1])} over {LARGE:,}")
        small_time, large_time = (figures.median(values) for values in zip(*rounds))
        ratio = figures.median([many / few for few, many in rounds])
        return [
            Figure(f"GET /calls?status=active, first page, {LARGE:,} calls against {SMALL:,}",
                f"{ratio:.2f} times ({ms(large_time)} against {ms(small_time)})", "≤ 1.3 times", ratio <= 1.3, sync)
        ]


if __name__ == "__main__":
    figures.main(measure)
