"""The categories and types of the small city of tests/builders.py."""

from datetime import date
from typing import Any

from dispatch.category import Category, Limit, LimitUnit, Priority
from dispatch.city import SensorType, VideoType
from dispatch.ids import CategoryCode

GAS, LITTER, LAMP, VENDOR, TREE, ODD = (
    CategoryCode(code) for code in ("E0496", "E0201", "P0118", "E0501", "E0497", "E0999")
)


def make_category(code: str = GAS, **changes: Any) -> Category:
    values: dict[str, Any] = {
        "scheme": "test",
        "code": CategoryCode(code),
        "gb_code": code[1:],
        "kind": "event",
        "major_zh": "突发事件",
        "major_en": "Emergencies",
        "name_zh": "可燃气体浓度超限",
        "name_en": "Combustible gas over the limit",
        "priority": Priority.URGENT,
        "skill": "gas",
        "trade": "municipal",
        "normal_limit": Limit(1, LimitUnit.WORKING_DAYS),
        "urgent_limit": Limit(2, LimitUnit.URGENT_HOURS),
        "same_place_m": 50.0,
        "same_time_s": 3600.0,
        "auto_file_confidence": 0.7,
        "policy": "nearest",
        "file_when": "",
        "close_when": "",
        "words_zh": ("燃气泄漏", "沼气"),
        "words_en": ("gas leak", "smell of gas"),
        "valid_from": date(2024, 1, 1),
    }
    return Category(**(values | changes))


CATEGORIES = (
    make_category(GAS),
    make_category(
        LITTER,
        name_zh="暴露垃圾",
        name_en="Exposed litter",
        priority=Priority.GENERAL,
        skill="sanitation",
        trade="sanitation",
        normal_limit=Limit(4, LimitUnit.WORKING_HOURS),
        urgent_limit=None,
        policy="balanced",
        words_zh=("垃圾", "垃圾堆"),
        words_en=("litter", "rubbish", "garbage bags"),
    ),
    make_category(
        LAMP,
        kind="part",
        name_zh="路灯",
        name_en="Street lamp",
        priority=Priority.GENERAL,
        skill="lighting",
        urgent_limit=None,
        normal_limit=Limit(2, LimitUnit.WORKING_DAYS),
        words_zh=("路灯", "路灯不亮"),
        words_en=("street light", "lamp"),
    ),
    make_category(
        VENDOR,
        name_zh="无照经营游商",
        name_en="Unlicensed itinerant vendor",
        priority=Priority.GENERAL,
        skill="",
        trade="sanitation",
        auto_file_confidence=1.1,
        policy="least_loaded",
        words_zh=("游商", "小贩"),
        words_en=("vendor",),
    ),
    make_category(
        TREE,
        name_zh="树木倒伏",
        name_en="Fallen tree",
        skill="greening",
        trade="greening",
        words_zh=("树倒", "倒伏"),
        words_en=("fallen tree",),
    ),
    make_category(
        ODD, name_zh="无人负责", name_en="Nobody's", trade="unheard-of", words_zh=("怪事",), words_en=("oddity",)
    ),
)

VIDEO_TYPES = (
    VideoType(
        type="exposed_litter",
        name_zh="垃圾暴露",
        name_en="Exposed litter",
        category=LITTER,
        priority="general",
        dwell_s=60,
        labels=("exposed_litter", "trash"),
    ),
    VideoType(
        type="vendor",
        name_zh="游商",
        name_en="Street vendor",
        category=VENDOR,
        priority="",
        dwell_s=0,
        labels=("person",),
    ),
    VideoType(
        type="crowd",
        name_zh="人群聚集",
        name_en="Crowd",
        category=GAS,
        priority="critical",
        dwell_s=0,
        labels=("person",),
    ),
)

SENSOR_TYPES = (
    SensorType(
        type="septic_gas",
        name_zh="化粪池可燃气体",
        name_en="Septic-tank gas",
        metric="CH4",
        unit="%LEL",
        direction="above",
        advisory=10,
        warning=25,
        alarm=50,
        persist_s=60,
        category=GAS,
    ),
    SensorType(
        type="cover_open",
        name_zh="井盖开启",
        name_en="Open manhole cover",
        metric="open",
        unit="",
        direction="equals",
        advisory=None,
        warning=None,
        alarm=1,
        persist_s=0,
        category=LAMP,
    ),
    SensorType(
        type="lamp_current",
        name_zh="路灯故障",
        name_en="Street-light fault",
        metric="lamp current",
        unit="A",
        direction="below",
        advisory=None,
        warning=0.1,
        alarm=0.0,
        persist_s=600,
        category=LAMP,
    ),
)
