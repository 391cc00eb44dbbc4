"""Which routes the server has: what it lacks is left out of the load, and said."""

from .history import History

ROUTES = {"bulk": ("POST", "/api/v1/calls/cancel", {}), "stop": ("GET", "/api/v1/stops", None)}


class Features:
    def __init__(self, house):
        self.missing = {name for name, route in ROUTES.items() if house.ask(*route).status in (404, 405)}
        history = History()
        body = {"agentId": house.agents["bare"], "contactPhone": "+15005550001", "scheduledAt": "2099-01-01T00:00:00Z"}
        answers = [history.ask(house, "place", "POST", "/api/v1/calls/schedule", body, once="probe") for _ in range(2)]
        if not answers[1].replayed:
            self.missing.add("idempotency")
        for call in {answer.data.get("id") for answer in answers if answer.status == 201}:
            house.ask("DELETE", f"/api/v1/calls/{call}")
