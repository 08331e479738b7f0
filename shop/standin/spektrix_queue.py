"""The onsale queue of the imitated Spektrix: one for a client, for events that are opted in.

Source: Spektrix, "Queuing", "Onsales". The refusal's fields are documented, its status and the answer of the join
call are not; our reading: 400, and ``{code, position, message}``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from shop.standin.spektrix_callers import Caller
from shop.standin.spektrix_ids import wire_id
from shop.standin.spektrix_season import Instance, Tenant
from shop.standin.spektrix_sessions import Session
from shop.standin.spektrix_wire import Refusal
from shop.standin.wsgi import Env, as_json

if TYPE_CHECKING:
    from shop.standin.spektrix import Spektrix

ADMITTED = -1


class Queue:
    def __init__(self, world: Spektrix, env: Env) -> None:
        self.world, self.env = world, env

    def guard(self, session: Session, tenant: Tenant, found: Instance) -> None:
        """Raises the JoinQueue refusal for a visitor who has not been let in."""
        if session.queued == ADMITTED:
            return
        opted = found.event.has("queue") and int(self.world.settings["onsale"])
        text = wire_id(found.number)
        if opted or self.env.faults.take("spektrix", "queue", instance=text, client=tenant.client):
            raise Refusal(
                400, "You must join the queue.", eventInstanceId=text, joinQueue=f"/api/v3/basket/queue/{text}",
                code="JoinQueue",
            )  # fmt: skip

    def join(self, caller: Caller, text: str) -> Response:
        """Joins, or asks how far one is; after some polls one is let in. The basket must be empty."""
        found = self.world.catalogue.instance(caller.tenant, text)
        session = caller.session
        assert session is not None
        with self.env.store.read() as connection:
            contents = caller.contents(connection)
        if contents is not None and not contents.empty:
            raise Refusal(400, "The basket must be empty before joining the queue.", code="BasketNotEmpty")
        if session.queued != ADMITTED:
            session.queued, session.polls = found.number, session.polls + 1
            left = int(self.world.settings["queue_polls"]) - session.polls
            if left < 0:
                session.queued = ADMITTED
            self.world.sessions.save(session)
            if left >= 0:
                return as_json(
                    {"code": "InQueue", "position": (left + 1) * 40, "message": "You are in the queue."}
                )
        return as_json({"code": "Admitted", "position": 0, "message": "You can buy now."})

    def leave(self, session: Session) -> None:
        """After a confirmed order one goes to the back."""
        session.queued, session.polls = None, 0
        self.world.sessions.save(session)
