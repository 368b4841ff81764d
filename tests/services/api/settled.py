"""A server whose city comes from its own database, so that its settings can be changed."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from httpx import AsyncClient, Response

from dispatch.access import Role
from services.engine.loading import ensure_city
from services.store import migrate
from services.store.database import Database
from tests.services.api.world import World, open_world
from tests.services.city.small_pack import FILES

LITTER = "E0102"
INSIDE = (106.505, 29.505)
GOOD_ROWS: Mapping[str, dict[str, str]] = {
    "areas-grid": {"code": "500103001002002", "name_zh": "新网格", "parent": "500103001002"},
    "categories": {
        "scheme": "cn-2024", "code": "E9901", "kind": "event", "major_zh": "测试", "major_en": "Test",
        "name_zh": "新类", "name_en": "New", "priority": "general", "skill": "gas", "trade": "municipal",
        "normal_limit": "4", "normal_unit": "WH", "same_place_m": "50", "same_time_s": "3600",
        "auto_file_confidence": "0.8", "policy": "nearest", "valid_from": "2024-01-01",
    },
    "video-types": {
        "type": "smoke_new", "name_zh": "烟", "name_en": "Smoke", "labels": "smoke_new", "dwell_s": "5",
        "priority": "urgent", "category": LITTER,
    },
    "sensor-types": {
        "type": "noise_new", "name_zh": "噪声", "name_en": "Noise", "metric": "dB", "unit": "dB", "direction": "above",
        "warning": "70", "persist_s": "60", "category": LITTER,
    },
    "sensing": {
        "id": "gas_new", "type": "septic_gas", "kind": "rate", "metric": "CH4", "direction": "above", "warning": "5",
        "persist_s": "60", "span_s": "600", "active": "false",
    },
    "departments": {"id": "parks", "name_zh": "园林", "name_en": "Parks", "trade": ""},
    "duties": {"department": "works", "category": LITTER, "trade": "", "area": ""},
    "workers": {
        "id": "W2", "name_zh": "刘", "department": "works", "skills": "gas", "shift": "day", "lon": "106.5",
        "lat": "29.5",
    },
    "shifts": {"id": "night", "start": "20:00", "end": "08:00"},
    "hours": {"start": "07:00", "end": "08:00"},
    "holidays": {
        "date": "2027-01-01", "kind": "holiday", "name_zh": "元旦", "name_en": "New Year", "basis": "announced"
    },
    "calendar-holidays": {"date": "2027-01-01", "name_zh": "元旦", "name_en": "New Year"},
    "calendar-workdays": {"date": "2027-01-09"},
    "calendar-hours": {"calendar": "late", "start": "20:00", "end": "21:00"},
    "calendar-serves": {"calendar": "late", "categories": LITTER, "departments": "", "areas": "500103001"},
    "escalations": {
        "department": "works", "priority": "general", "step": "1", "after": "30", "unit": "working",
        "action": "next_worker", "target": "",
    },
    "notices": {
        "who": "supervisor", "from": "22:00", "to": "07:00", "days": "", "passes": "urgent", "digest_min": "15"
    },
    "sources": {"id": "C2", "feed": "frigate", "kind": "camera", "external_id": "cam-2", "name_zh": "东门"},
    "same-happening": {"category": LITTER, "other": "E0117", "relation": "near", "leads": LITTER},
    "autofile": {"category": LITTER, "kind": "camera", "threshold": "0.9", "enabled": "true"},
    "retention": {"field": "contact", "category": LITTER, "days": "30"},
    "webhooks": {"mapping": "default", "field": "text", "expression": "alarm.words || 'alarm'"},
    "questions": {
        "category": LITTER, "code": "size", "kind": "singlevaluelist", "required": "true", "zh": "多大？",
        "en": "How large?", "choices": "small=小/Small|large=大/Large",
    },
    "partners": {"id": "gas", "name_zh": "燃气", "endpoint": "https://gas.example/v2"},
    "moderation": {"word": "坏蛋", "kind": "insult"},
    "templates": {"id": "t1", "kind": "note", "zh": "已通知 {number}", "en": "Told of {number}"},
    "gazetteer": {"id": "P2", "name_zh": "塔", "kind": "landmark", "lon": "106.505", "lat": "29.505"},
    "components": {
        "id": "5001030118000002", "category": "P0118", "name_zh": "路灯2号", "lon": "106.505", "lat": "29.505",
    },
}  # fmt: skip
"""A row that each section takes."""

FAULTY_CELLS: Mapping[str, tuple[str, str]] = {
    "areas-grid": ("parent", "500103009"),
    "categories": ("normal_limit", "0"),
    "video-types": ("category", "E0000"),
    "sensor-types": ("direction", "sideways"),
    "sensing": ("type", "nothing"),
    "departments": ("id", "a b"),
    "duties": ("department", "police"),
    "workers": ("shift", "never"),
    "shifts": ("start", "25:00"),
    "hours": ("end", "x"),
    "holidays": ("kind", "feast"),
    "calendar-holidays": ("date", "tomorrow"),
    "calendar-workdays": ("date", "2026-10-01"),
    "calendar-hours": ("end", "x"),
    "calendar-serves": ("areas", "500103009"),
    "escalations": ("action", "shout"),
    "notices": ("digest_min", "soon"),
    "sources": ("kind", "drone"),
    "same-happening": ("leads", "E0118"),
    "autofile": ("threshold", "7"),
    "retention": ("days", "-1"),
    "webhooks": ("expression", "alarm["),
    "questions": ("choices", "small"),
    "partners": ("endpoint", "gas.example"),
    "moderation": ("kind", "rude"),
    "templates": ("kind", "song"),
    "gazetteer": ("lon", "east"),
    "components": ("department", "police"),
}
"""A cell with which the same row has a fault."""


def write_pack(folder: Path) -> Path:
    # A level with rows of its own for a new grid: the grids do not fill their community.
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_changed(name, text), encoding="utf-8")
    return folder


LATE = """
[[calendar]]
id = "late"

[[calendar.hours]]
start = "18:00"
end = "19:00"
"""


def _changed(name: str, text: str) -> str:
    if name == "calendar.toml":
        allday = text.replace('start = "08:00"', 'start = "00:00"').replace('end = "20:00"', 'end = "00:00"')
        return allday + LATE
    if name == "workers.csv":
        return text.replace("municipal|lighting", "municipal|sanitation")
    return text.replace("works,,municipal,", "works,,,") if name == "duties.csv" else text


@asynccontextmanager
async def open_settled(folder: Path) -> AsyncIterator[World]:
    url = f"sqlite:///{folder / 'test.sqlite3'}"
    db = Database(url)
    migrate.upgrade(db.engine)
    city = ensure_city(db, write_pack(folder / "pack"))
    db.engine.dispose()
    async with open_world(city, folder, url) as world:
        yield world


class Admin:
    """An administrator at the settings."""

    def __init__(self, client: AsyncClient) -> None:
        self.client = client

    async def get(self, path: str, status: int = 200, **query: Any) -> Any:
        return _read(await self.client.get(f"/api/v1/settings{path}", params=query), status)

    async def post(self, path: str, body: object = None, status: int = 200, **headers: str) -> Any:
        return _read(await self.client.post(f"/api/v1/settings{path}", json=body or {}, headers=headers), status)

    async def add(self, section: str, cells: Mapping[str, str], status: int = 201, if_match: str = "*") -> Any:
        return await self.post(f"/sections/{section}/rows", {"cells": cells}, status, **{"If-Match": if_match})

    async def change(self, section: str, key: str, cells: Mapping[str, str], status: int = 200) -> Any:
        path = f"/api/v1/settings/sections/{section}/rows/{_quoted(key)}"
        return _read(await self.client.patch(path, json={"cells": cells}), status)

    async def remove(self, section: str, key: str, status: int = 200) -> Any:
        return _read(await self.client.delete(f"/api/v1/settings/sections/{section}/rows/{_quoted(key)}"), status)

    async def rows(self, section: str) -> dict[str, Any]:
        page = await self.get(f"/sections/{section}/rows")
        return {row["key"]: row for row in page["rows"]}

    async def upload(self, path: str, body: bytes, status: int = 200, **fields: str) -> Any:
        answer = await self.client.post(f"/api/v1/settings{path}", files={"file": ("f", body)}, data=fields)
        return _read(answer, status)

    async def download(self, path: str, **query: Any) -> bytes:
        answer = await self.client.get(f"/api/v1/settings{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.content

    async def publish(self, comment: str = "", status: int = 201, **headers: str) -> Any:
        return await self.post("/draft/publish", {"comment": comment}, status, **headers)

    async def discard(self) -> None:
        assert (await self.client.delete("/api/v1/settings/draft")).status_code == 204


def _quoted(key: str) -> str:
    return key.replace("#", "%23").replace("|", "%7C")


def _read(answer: Response, status: int) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


@asynccontextmanager
async def sign_in(world: World, username: str = "ada", role: Role = Role.ADMIN) -> AsyncIterator[Admin]:
    async with world.sign_in(username, role) as client:
        yield Admin(client)
