#!/usr/bin/env python3
"""Lets the official Python client judge a sandbox: it must work unchanged, and see LiveKit's own errors.

usage: livekit_client_check.py SANDBOX_URL      (a sandbox with the key devkey and the secret secret; it is reset first)

Needs livekit-api and aiohttp. Closing line: 'livekit_client_check: N passed, N failed'; exit code 1 on a failure.
"""
import asyncio
import json
import sys
import time
import uuid

import aiohttp
from google.protobuf.duration_pb2 import Duration
from livekit import api

if len(sys.argv) != 2:
    sys.exit(__doc__)
URL = sys.argv[1].rstrip("/")
passed = 0
failed = []


def check(name, ok, seen=""):
    global passed
    if ok:
        passed += 1
    else:
        failed.append(name)
        print(f"FAILED {name}: {str(seen)[:400]}")


async def refusal(awaitable):
    """The Twirp error that a call ends in, or None."""
    try:
        await awaitable
    except api.TwirpError as error:
        return error
    return None


async def until(look, seconds=5.0):
    """The first true answer within the time, else the last one."""
    end = time.monotonic() + seconds
    while True:
        answer = await look()
        if answer or time.monotonic() > end:
            return answer
        await asyncio.sleep(0.01)


def name():
    return f"check-{uuid.uuid4().hex[:12]}"


def dial(number, room, wait=True, ringing=None, longest=None, identity="phone", trunk="ST_sandbox"):
    request = api.CreateSIPParticipantRequest(
        sip_trunk_id=trunk, sip_call_to=number, room_name=room, participant_identity=identity,
        wait_until_answered=wait)
    if ringing:
        request.ringing_timeout.CopyFrom(Duration(seconds=ringing))
    if longest:
        request.max_call_duration.CopyFrom(Duration(seconds=longest))
    return request


class Check:
    def __init__(self, lk, http):
        self.lk = lk
        self.http = http

    async def control(self, path, body=None):
        if body is None:
            async with self.http.get(f"{URL}/sandbox/{path}") as answer:
                return await answer.json()
        async with self.http.post(f"{URL}/sandbox/{path}", json=body) as answer:
            return await answer.json()

    async def legs(self, room):
        return (await self.control(f"phones?room={room}"))["legs"]

    async def rooms(self):
        room = name()
        made = await self.lk.room.create_room(api.CreateRoomRequest(
            name=room, empty_timeout=60, departure_timeout=5, metadata="m"))
        check("a room is created", made.sid.startswith("RM_") and made.name == room and made.metadata == "m", made)
        check("its timeouts are taken", made.empty_timeout == 60 and made.departure_timeout == 5, made)
        again = await self.lk.room.create_room(api.CreateRoomRequest(name=room, metadata="other"))
        check("a live room comes back unchanged", again.sid == made.sid and again.metadata == "m", again)
        listed = await self.lk.room.list_rooms(api.ListRoomsRequest(names=[room, "nothing"]))
        check("it is listed, unknown names are left out", [r.sid for r in listed.rooms] == [made.sid], listed)
        everything = await self.lk.room.list_rooms(api.ListRoomsRequest())
        check("it is among all rooms", room in [r.name for r in everything.rooms], everything)
        changed = await self.lk.room.update_room_metadata(api.UpdateRoomMetadataRequest(room=room, metadata="n"))
        check("its metadata is changed", changed.metadata == "n", changed)
        nobody = await self.lk.room.list_participants(api.ListParticipantsRequest(room=room))
        check("nobody is in it", len(nobody.participants) == 0, nobody)
        await self.lk.room.delete_room(api.DeleteRoomRequest(room=room))
        gone = await self.lk.room.list_rooms(api.ListRoomsRequest(names=[room]))
        check("deleted, it is not listed any more", len(gone.rooms) == 0, gone)
        error = await refusal(self.lk.room.delete_room(api.DeleteRoomRequest(room=room)))
        check("deleting it again is 404 not_found", error and error.status == 404 and error.code == "not_found", error)
        check("with the prefix of the message bus", error and error.message.startswith("twirp error unknown: "), error)
        missing = await self.lk.room.list_participants(api.ListParticipantsRequest(room=room))
        check("a missing room has an empty list of participants", len(missing.participants) == 0, missing)
        for label, call in [
            ("get", self.lk.room.get_participant), ("remove", self.lk.room.remove_participant),
        ]:
            error = await refusal(call(api.RoomParticipantIdentity(room=room, identity="phone")))
            check(f"to {label} a missing participant is 404", error and error.status == 404, error)

    async def tokens(self):
        bad = api.LiveKitAPI(URL, "devkey", "a wrong secret which is long enough for all", session=self.http)
        error = await refusal(bad.room.list_rooms(api.ListRoomsRequest()))
        check("a wrong secret is refused", error is not None, error)
        unknown = api.AccessToken("nobody", "secret-that-is-long-enough-for-everyone").with_grants(
            api.VideoGrants(room_list=True)).to_jwt()
        poor = api.AccessToken("devkey", "secret").with_grants(api.VideoGrants(room_list=True)).to_jwt()
        for label, token, kind in [
            ("an unknown key is 401 in plain text", unknown, "text/plain"),
            ("a missing grant is 401 in JSON", poor, "application/json"),
        ]:
            async with self.http.post(
                f"{URL}/twirp/livekit.RoomService/DeleteRoom", json={"room": "r"},
                headers={"Authorization": f"Bearer {token}"},
            ) as answer:
                check(label, answer.status == 401 and answer.content_type == kind, (answer.status, answer.content_type))
                if kind == "application/json":
                    body = await answer.json()
                    check("and says unauthenticated",
                          body == {"code": "unauthenticated", "msg": "permissions denied"}, body)

    async def dispatches(self):
        room = name()
        made = await self.lk.agent_dispatch.create_dispatch(
            api.CreateAgentDispatchRequest(agent_name="anna", room=room, metadata="{}"))
        check("a dispatch is made, and its room", made.id.startswith("AD_") and made.room == room, made)

        async def agent():
            here = await self.lk.room.list_participants(api.ListParticipantsRequest(room=room))
            return [p for p in here.participants if p.kind == api.ParticipantInfo.Kind.AGENT]

        check("the agent joins", await until(agent))
        found = await self.lk.agent_dispatch.get_dispatch(made.id, room)
        check("its job stands in the dispatch", found and len(found.state.jobs) == 1, found)
        check("among the room's dispatches", made.id in [
            d.id for d in await self.lk.agent_dispatch.list_dispatch(room)])
        await self.lk.agent_dispatch.delete_dispatch(made.id, room)

        async def alone():
            return not await agent()

        check("deleted, it takes its agent along", await until(alone))
        error = await refusal(self.lk.agent_dispatch.delete_dispatch(made.id, room))
        check("deleting it again is 404", error and error.status == 404, error)
        await self.lk.room.delete_room(api.DeleteRoomRequest(room=room))
        absent = name()
        await self.lk.agent_dispatch.create_dispatch(api.CreateAgentDispatchRequest(
            agent_name="anna", room=absent, metadata=json.dumps({"phoneNumber": "+15005550011"})))
        await asyncio.sleep(0.3)
        here = await self.lk.room.list_participants(api.ListParticipantsRequest(room=absent))
        check("no agent comes for 0011", len(here.participants) == 0, here)
        await self.lk.room.delete_room(api.DeleteRoomRequest(room=absent))

    async def trunks(self):
        trunks = await self.lk.sip.list_outbound_trunk(api.ListSIPOutboundTrunkRequest())
        check("the trunk is listed", [t.sip_trunk_id for t in trunks.items] == ["ST_sandbox"], trunks)
        error = await refusal(self.lk.sip.create_sip_participant(dial("+15005550001", name(), trunk="ST_other")))
        check("an unknown trunk is 404 without meta",
              error and error.status == 404 and "sip_status_code" not in error.metadata, error)

    async def outcomes(self):
        for number, status, code, sip in [
            ("+15005550004", 429, "resource_exhausted", "486"),
            ("+15005550005", 403, "permission_denied", "603"),
            ("+15005550006", 412, "failed_precondition", "503"),
            ("+15005550007", 404, "not_found", "404"),
        ]:
            error = await refusal(self.lk.sip.create_sip_participant(dial(number, name())))
            check(f"{number} is {status} {code}", error and (error.status, error.code) == (status, code), error)
            check(f"{number} says {sip}",
                  error and error.metadata.get("sip_status_code") == sip, error and error.metadata)
            check(f"{number} is a SIPCallError", isinstance(error, getattr(api, "SIPCallError", api.TwirpError)), error)
        started = time.monotonic()
        error = await refusal(self.lk.sip.create_sip_participant(dial("+15005550003", name(), ringing=1)))
        check("no answer is 408 canceled without meta",
              error and (error.status, error.code) == (408, "canceled") and not error.metadata,
              error and error.metadata)
        check("after the ringing timeout", 0.9 < time.monotonic() - started < 3, time.monotonic() - started)

    async def calls(self):
        room = name()
        call = await self.lk.sip.create_sip_participant(dial("+15005550001", room))
        check("an answered call comes back", call.sip_call_id.startswith("SCL_") and call.room_name == room, call)
        phone = await self.lk.room.get_participant(api.RoomParticipantIdentity(room=room, identity="phone"))
        check("it is an active SIP participant", phone.kind == api.ParticipantInfo.Kind.SIP
              and phone.state == api.ParticipantInfo.State.ACTIVE, phone)
        check("its status is active", phone.attributes["sip.callStatus"] == "active", phone)
        check("its number is there", phone.attributes["sip.phoneNumber"] == "+15005550001", phone)
        check("the phone is up", [leg["up"] for leg in await self.legs(room)] == [True])
        await self.lk.room.delete_room(api.DeleteRoomRequest(room=room))

        async def silent():
            return not any(leg["up"] for leg in await self.legs(room))

        check("a delete hangs up", await until(silent, 1))
        legs = await self.legs(room)
        check("with a BYE", legs[0]["byeAt"] is not None and legs[0]["cancelAt"] is None, legs)

        room = name()
        waiting = asyncio.ensure_future(refusal(self.lk.sip.create_sip_participant(dial("+15005550003", room))))

        async def ringing():
            return any(leg["ringingAt"] for leg in await self.legs(room))

        check("the phone rings", await until(ringing))
        phone = await self.lk.room.get_participant(api.RoomParticipantIdentity(room=room, identity="phone"))
        check("while the participant is active", phone.state == api.ParticipantInfo.State.ACTIVE, phone)
        check("and its status ringing", phone.attributes["sip.callStatus"] == "ringing", phone)
        await self.lk.room.remove_participant(api.RoomParticipantIdentity(room=room, identity="phone"))
        error = await asyncio.wait_for(waiting, 5)
        check("a removed participant's dial is 408 canceled without meta",
              error and (error.status, error.code) == (408, "canceled") and not error.metadata, error)
        legs = await self.legs(room)
        check("and the phone heard a CANCEL", legs[0]["cancelAt"] is not None and not legs[0]["up"], legs)

        room = name()
        started = time.monotonic()
        await self.lk.sip.create_sip_participant(dial("+15005550003", room, wait=False))
        check("a dial that does not wait returns at once", time.monotonic() - started < 1)
        check("and rings", await until(lambda: self.up(room)))
        await self.lk.room.delete_room(api.DeleteRoomRequest(room=room))

    async def up(self, room):
        return any(leg["up"] for leg in await self.legs(room))

    async def habits(self):
        await self.control("settings", {"joinDelayMs": 300, "undeletableShare": 0})
        room = name()
        before = await self.lk.room.create_room(api.CreateRoomRequest(name=room))
        waiting = asyncio.ensure_future(self.lk.sip.create_sip_participant(dial("+15005550001", room)))

        async def dialled():
            return await self.legs(room)

        await until(dialled)
        await self.lk.room.delete_room(api.DeleteRoomRequest(room=room))
        await asyncio.wait_for(waiting, 10)
        check("a delete before the join does not stop the call", await self.up(room))
        after = await self.lk.room.list_rooms(api.ListRoomsRequest(names=[room]))
        check("and the room is a new one", len(after.rooms) == 1 and after.rooms[0].sid != before.sid, after)
        await self.lk.room.delete_room(api.DeleteRoomRequest(room=room))

        await self.control("settings", {"undeletableShare": 1})
        for _ in range(20):
            room = name()
            await self.lk.room.create_room(api.CreateRoomRequest(name=room))
            waiting = asyncio.ensure_future(
                self.lk.sip.create_sip_participant(dial("+15005550001", room, longest=60)))
            await until(lambda: self.legs(room))
            await self.lk.room.delete_room(api.DeleteRoomRequest(room=room))
            await asyncio.wait_for(waiting, 10)
            error = await refusal(self.lk.room.delete_room(api.DeleteRoomRequest(room=room)))
            check("an undeletable room is 500 unknown",
                  error and (error.status, error.code, error.message) == (500, "unknown", "could not find object"),
                  error)
            if not await refusal(self.lk.room.remove_participant(
                    api.RoomParticipantIdentity(room=room, identity="phone"))):
                await asyncio.sleep(0.1)
                check("RemoveParticipant ends its call", not await self.up(room))
                break
        else:
            check("RemoveParticipant ends most such calls", False)

        await self.control("reset", {})
        await self.control("faults", {"method": "ListRooms", "fault": "unavailable", "times": 2})
        for _ in range(2):
            error = await refusal(self.lk.room.list_rooms(api.ListRoomsRequest()))
            check("an ordered fault is 503 unavailable", error and error.status == 503, error)
        rooms = await self.lk.room.list_rooms(api.ListRoomsRequest())
        check("and then over", len(rooms.rooms) == 0, rooms)


async def main():
    async with aiohttp.ClientSession() as http:
        async with http.post(f"{URL}/sandbox/reset") as answer:
            check("the sandbox is there", answer.status == 200, answer.status)
        lk = api.LiveKitAPI(URL, "devkey", "secret", session=http)
        it = Check(lk, http)
        for part in [it.rooms, it.tokens, it.dispatches, it.trunks, it.outcomes, it.calls, it.habits]:
            try:
                await part()
            except Exception as error:
                check(f"{part.__name__} runs to its end", False, repr(error))


try:
    asyncio.run(main())
except aiohttp.ClientError as error:
    check("the sandbox answers", False, error)
print(f"livekit_client_check: {passed} passed, {len(failed)} failed")
sys.exit(1 if failed else 0)
