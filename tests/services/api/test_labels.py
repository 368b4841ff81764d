"""Labels with codes: whose parts, how many, on sheets of paper, and codes that say where."""

import segno
from msgspec.structs import replace

from dispatch.access import Role
from dispatch.citymap import City
from services.api.routes.labels import LABELS_MAX, _label
from services.api.sheet.labels import QUIET, _draw_code, _wrap, write_labels
from services.api.sheet.values import FORMATS, Label
from tests.services.api.world import World

SHEET = "/api/v1/labels/sheet"
COVER = "P0101"


def pages(pdf: bytes) -> int:
    return pdf.count(b"/Type /Page\n")


async def test_all_parts_of_a_kind_are_listed_and_printed_in_files(world: World, city: City) -> None:
    parts = sorted(part.id for part in city.components.by_id.values() if part.category == COVER)
    async with world.sign_in("dispatcher", Role.DISPATCHER) as desk:
        found = (await desk.get("/api/v1/labels", params={"category": COVER})).json()
        assert found["total"] == len(parts)
        assert [item["id"] for item in found["items"]] == parts[:LABELS_MAX]
        last = (len(parts) - 1) // LABELS_MAX * LABELS_MAX
        rest = (await desk.get("/api/v1/labels", params={"category": COVER, "offset": last})).json()
        assert [item["id"] for item in rest["items"]] == parts[last:]
        answer = await desk.get(SHEET, params={"ids": ",".join(parts[:22]), "category": "P0118"})
        assert answer.headers["content-type"] == "application/pdf"
        assert pages(answer.content) == 2
        large = await desk.get(SHEET, params={"ids": ",".join(parts[:9]), "size": "large"})
        assert pages(large.content) == 2


async def test_a_department_prints_labels_of_its_own_parts_alone(world: World, city: City) -> None:
    mine = [part for part in city.components.by_id.values() if part.department == "municipal"]
    other = next(part for part in city.components.by_id.values() if part.department != "municipal")
    async with world.sign_in("dept", Role.DEPARTMENT_DISPATCHER, department="municipal") as desk:
        found = (await desk.get("/api/v1/labels")).json()
        assert found["total"] == len(mine)
        assert (await desk.get(SHEET, params={"ids": other.id})).status_code == 404
        assert (await desk.get(SHEET, params={"ids": mine[0].id})).status_code == 200


async def test_an_area_narrows_what_is_printed(world: World, city: City) -> None:
    part = next(iter(city.components.by_id.values()))
    street = city.locate(part.point).street
    async with world.sign_in("leader", Role.LEADER) as desk:
        found = (await desk.get("/api/v1/labels", params={"category": part.category, "area": street})).json()
        assert part.id in [item["id"] for item in found["items"]]
        assert (await desk.get("/api/v1/labels", params={"area": "nowhere"})).json()["total"] == 0


async def test_who_may_not_print_does_not(world: World) -> None:
    async with world.sign_in("worker", Role.WORKER) as worker, world.stranger() as stranger:
        assert (await worker.get(SHEET, params={"category": COVER})).status_code == 403
        assert (await stranger.get(SHEET)).status_code == 401


async def test_places_are_read_line_by_line_and_told_where_they_are_none(world: World) -> None:
    async with world.sign_in("leader", Role.LEADER) as desk:
        answer = await desk.get(SHEET, params={"places": "106.577,29.557,解放碑, 南侧\n\n106.5,29.5"})
        assert answer.status_code == 200
        assert pages(answer.content) == 1
        for line in ("解放碑", "1,2,3\nx,y,z", "181,0,x", "nan,0,x", "1"):
            refused = await desk.get(SHEET, params={"places": line})
            assert refused.status_code == 422, line
            assert refused.json()["words"]["zh"]
        many = "\n".join(["106.5,29.5,x"] * 51)
        assert (await desk.get(SHEET, params={"places": many})).status_code == 422


def test_the_code_leads_to_the_form_with_the_part_in_its_address(city: City) -> None:
    part = next(iter(city.components.by_id.values()))
    label = _label(city, "https://city.example", part)
    assert label.url == f"https://city.example/report/?component={part.id}"
    assert label.zh == part.name_zh
    assert label.en
    assert _label(city, "", replace(part, id="灯 1&x=2")).url == "/report/?component=%E7%81%AF%201%26x%3D2"


class Paper:
    """Takes rectangles as FPDF does."""

    def __init__(self) -> None:
        self.drawn: list[tuple[float, float, float, float]] = []

    def set_fill_color(self, *_: int) -> None: ...

    def rect(self, x: float, y: float, w: float, h: float, style: str) -> None:
        assert style == "F"
        self.drawn.append((x, y, w, h))


def test_what_is_drawn_is_the_code_module_by_module_with_its_quiet_zone() -> None:
    url = "https://city.example/report/?component=5001030101000001"
    paper = Paper()
    _draw_code(paper, url, 10, 20, 34)  # type: ignore[arg-type]
    matrix = [list(row) for row in segno.make(url, error="m", micro=False).matrix]
    step = 34 / (len(matrix) + 2 * QUIET)
    drawn = [[0] * len(matrix) for _ in matrix]
    for x, y, width, _ in paper.drawn:
        row, start = round((y - 20) / step) - QUIET, round((x - 10) / step) - QUIET
        for column in range(start, start + round(width / step)):
            drawn[row][column] = 1
    assert drawn == matrix


def test_long_names_are_cut_and_numbers_stay_whole() -> None:
    class Wide:
        def set_font(self, *_: object, **__: object) -> None: ...

        def get_string_width(self, text: str) -> float:
            return float(len(text))

    lines = _wrap(Wide(), "人民路上水井盖021", 8, 8, 3)  # type: ignore[arg-type]
    assert lines == ["人民路上水井盖", "021"]
    assert _wrap(Wide(), "a" * 100, 8, 10, 2)[-1].endswith("…")  # type: ignore[arg-type]


def test_every_label_of_a_sheet_lies_on_the_paper() -> None:
    for form in FORMATS.values():
        right = form.left_mm + (form.columns - 1) * form.across_mm + form.width_mm
        bottom = form.top_mm + (form.rows - 1) * form.down_mm + form.height_mm
        assert right <= 210
        assert bottom <= 297
        assert form.code_mm <= form.height_mm
    assert write_labels([Label(url="https://x.example", zh="灯", en="Lamp")], FORMATS["small"], "x").startswith(b"%PDF")
