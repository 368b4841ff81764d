"""The audit as it is read: filters, pages, a file; and that no route changes it."""

import csv
import io
import json

from dispatch.access import Role
from services.api.app import ROUTERS
from services.store.tables import audit
from tests.services.api.world import PASSWORD, World


async def test_logins_and_refused_ones_are_told_and_a_name_that_nobody_has_is_not_kept(world: World) -> None:
    async with world.sign_in("wang", Role.DISPATCHER) as client, world.sign_in("aud", Role.AUDITOR) as auditor:
        for name in ("wang", "my password by mistake"):
            await client.post("/api/v1/session", json={"username": name, "password": "x"})
        await client.delete("/api/v1/session")
        items = (await auditor.get("/api/v1/audit")).json()["items"]
        told = [(act["action"], act["username"]) for act in items]
        assert told == [
            ("session.ended", "wang"),
            ("session.refused", ""),
            ("session.refused", "wang"),
            ("session.opened", "aud"),
            ("session.opened", "wang"),
        ]
        assert "mistake" not in json.dumps(items)
        assert all(act["address"] for act in items)
        first = (await auditor.get("/api/v1/audit", params={"limit": 2})).json()
        rest = (await auditor.get("/api/v1/audit", params={"limit": 2, "after": first["next"]})).json()
        assert [act["n"] for act in first["items"] + rest["items"]] == [5, 4, 3, 2]
        only = {"username": "wang", "action": "session.opened,session.ended"}
        assert len((await auditor.get("/api/v1/audit", params=only)).json()["items"]) == 2
        since = {"from": items[1]["at"], "to": items[0]["at"]}
        assert [act["n"] for act in (await auditor.get("/api/v1/audit", params=since)).json()["items"]] == [4]
        words = (await auditor.get("/api/v1/audit/actions")).json()["items"]
        assert words == ["session.ended", "session.opened", "session.refused"]


async def test_a_file_holds_what_the_list_holds_and_starts_no_formula(world: World) -> None:
    async with world.sign_in("admin", Role.ADMIN) as admin:
        await admin.post("/api/v1/users", json={"username": "=cmd|x", "role": "worker", "password": PASSWORD})
        answer = await admin.get("/api/v1/audit.csv", params={"action": "account"})
        assert answer.headers["content-type"].startswith("text/csv")
        assert "attachment" in answer.headers["content-disposition"]
        assert answer.content.startswith(b"\xef\xbb\xbf")
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert [row["subject"] for row in rows] == ["'=cmd|x"]
        (newest,) = (await admin.get("/api/v1/audit", params={"limit": 1})).json()["items"]
        assert (newest["action"], newest["username"]) == ("audit.exported", "admin")
    async with world.sign_in("wang", Role.LEADER) as leader:
        for path in ("/audit", "/audit.csv", "/audit/chain", "/audit/actions"):
            assert (await leader.get(f"/api/v1{path}")).status_code == 403


async def test_the_chain_is_checked_on_request_and_a_change_shows(world: World) -> None:
    async with world.sign_in("aud", Role.AUDITOR) as auditor:
        state = (await auditor.get("/api/v1/audit/chain")).json()
        assert state["holds"] is True
        assert state["n"] == 1
        await world.parts.db.write(lambda c: c.exec_driver_sql("DROP TRIGGER audit_no_update"))
        await world.parts.db.write(lambda c: c.execute(audit.update().values(username="nobody")))
        state = (await auditor.get("/api/v1/audit/chain")).json()
        assert (state["holds"], state["broken_at"], state["why"]) == (False, 1, "changed")


def test_no_route_changes_the_audit() -> None:
    methods = {
        method
        for router in ROUTERS
        for route in router.routes
        if "audit" in getattr(route, "path", "")
        for method in getattr(route, "methods", ())
    }
    assert methods == {"GET"}
