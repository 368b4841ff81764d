"""Departments, who answers for what, and 80 workers in three shifts. All people are made up."""

from random import Random
from typing import NamedTuple

from simulators.city_maker.names import DISTRICT, STREETS
from simulators.city_maker.plane import XY

WORKERS = 80
SHIFTS = ("early", "late", "night")
EAST = ("003", "010", "008", "001")
MIDDLE = ("011", "005", "004", "007")
WEST = ("012", "013", "014")


class DepartmentRow(NamedTuple):
    id: str
    name_zh: str
    name_en: str
    trade: str


class DutyRow(NamedTuple):
    department: str
    category: str
    trade: str
    area: str


class WorkerRow(NamedTuple):
    id: str
    name_zh: str
    name_en: str
    department: str
    skills: tuple[str, ...]
    areas: tuple[str, ...]
    shift: str
    home: XY


TRADES = (
    DepartmentRow("sanitation", "环境卫生管理处", "Sanitation Department", "sanitation"),
    DepartmentRow("municipal", "市政设施管理处", "Municipal Works Department", "municipal"),
    DepartmentRow("enforcement", "城市管理执法支队", "Urban Enforcement Brigade", "enforcement"),
    DepartmentRow("greening", "园林绿化管理处", "Greening Department", "greening"),
    DepartmentRow("parks", "公园管理处", "Parks Department", "parks"),
)
STREET_CATEGORIES = ("E0104", "E0108", "E0118", "E0201", "E0297", "E0506", "E0507", "E0511", "P0501")
"""What the street offices see to themselves: matters at people's doors. With these, everybody's share of the cases is
about the same (simulators/frequencies.py)."""
STREET_SKILLS = ("sanitation", "enforcement", "municipal")

CREWS: tuple[tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...] = (
    ("sanitation", ("sanitation", "drainage"), EAST, SHIFTS),
    ("sanitation", ("sanitation",), MIDDLE, SHIFTS),
    ("sanitation", ("sanitation",), WEST, SHIFTS),
    ("sanitation", ("sanitation", "drainage"), (), SHIFTS),
    ("municipal", ("municipal", "gas", "drainage"), (), SHIFTS),
    ("municipal", ("municipal", "drainage", "lighting", "structures"), (), SHIFTS),
    ("municipal", ("municipal", "drainage", "gas", "structures"), (), SHIFTS),
    ("municipal", ("municipal", "drainage", "lighting"), (), SHIFTS),
    ("enforcement", ("enforcement",), EAST, SHIFTS),
    ("enforcement", ("enforcement",), MIDDLE, SHIFTS),
    ("enforcement", ("enforcement",), WEST, SHIFTS),
    ("enforcement", ("enforcement", "structures"), (), SHIFTS),
    ("enforcement", ("enforcement",), (), ("early", "late")),
    ("greening", ("greening",), (), SHIFTS),
    ("greening", ("greening", "parks"), (), ("early", "night")),
    ("parks", ("parks",), (), SHIFTS),
    ("parks", ("parks", "greening"), (), ("early",)),
)
"""Department, skills, streets (none: the whole city), shifts with one such worker each. Every skill that a trade
needs is on every shift."""

SURNAMES = (
    ("王", "Wang"),
    ("李", "Li"),
    ("张", "Zhang"),
    ("刘", "Liu"),
    ("陈", "Chen"),
    ("杨", "Yang"),
    ("赵", "Zhao"),
    ("黄", "Huang"),
    ("周", "Zhou"),
    ("吴", "Wu"),
    ("徐", "Xu"),
    ("孙", "Sun"),
    ("胡", "Hu"),
    ("朱", "Zhu"),
    ("高", "Gao"),
    ("林", "Lin"),
    ("何", "He"),
    ("郭", "Guo"),
    ("罗", "Luo"),
    ("谭", "Tan"),
)
GIVEN = (
    ("建国", "Jianguo"),
    ("秀英", "Xiuying"),
    ("志强", "Zhiqiang"),
    ("丽华", "Lihua"),
    ("明", "Ming"),
    ("洪", "Hong"),
    ("小军", "Xiaojun"),
    ("春梅", "Chunmei"),
    ("国庆", "Guoqing"),
    ("晓燕", "Xiaoyan"),
    ("勇", "Yong"),
    ("静", "Jing"),
    ("永康", "Yongkang"),
    ("桂兰", "Guilan"),
    ("鹏", "Peng"),
    ("红梅", "Hongmei"),
)


def list_departments() -> list[DepartmentRow]:
    """The five trades and the eleven street offices."""
    offices = [
        DepartmentRow(f"street-{street.code}", f"{street.zh}办事处", f"{street.en} Subdistrict Office", "street")
        for street in STREETS
    ]
    return [*TRADES, *offices]


def list_duties() -> list[DutyRow]:
    """Each trade answers for its own matters everywhere, each street office for a few matters in its street."""
    rows = [DutyRow(trade.id, "", trade.trade, "") for trade in TRADES]
    for street in STREETS:
        rows += [DutyRow(f"street-{street.code}", code, "", DISTRICT + street.code) for code in STREET_CATEGORIES]
    return rows


def hire_workers(random: Random) -> list[WorkerRow]:
    """Return 80 workers; the first is W001. Homes are rough points in the middle of where they work."""
    names = random.sample([(surname, given) for surname in SURNAMES for given in GIVEN], WORKERS)
    posts: list[tuple[str, tuple[str, ...], tuple[str, ...], str]] = [
        (department, skills, streets, shift) for department, skills, streets, shifts in CREWS for shift in shifts
    ]
    posts += [(f"street-{street.code}", STREET_SKILLS, (street.code,), shift) for street in STREETS for shift in SHIFTS]
    if len(posts) != WORKERS:
        raise ValueError(f"{len(posts)} posts instead of {WORKERS}")
    return [
        WorkerRow(
            id=f"W{number:03d}",
            name_zh=surname[0] + given[0],
            name_en=f"{given[1]} {surname[1]}",
            department=department,
            skills=skills,
            areas=tuple(DISTRICT + code for code in streets),
            shift=shift,
            home=_home(streets, random),
        )
        for number, ((surname, given), (department, skills, streets, shift)) in enumerate(
            zip(names, posts, strict=True), start=1
        )
    ]


def _home(streets: tuple[str, ...], random: Random) -> XY:
    """A point of one of the streets that the worker covers."""
    known = [street for street in STREETS if not streets or street.code in streets]
    street = random.choice(known)
    return round(street.lon + random.uniform(-0.0015, 0.0015), 6), round(street.lat + random.uniform(-0.001, 0.001), 6)
