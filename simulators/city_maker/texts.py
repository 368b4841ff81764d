"""The files of the pack that no chance touches: the city's own settings, its calendar, and the notice."""

CITY = '''\
id = "yuzhong"
name_zh = "重庆市渝中区（演示）"
name_en = "Yuzhong District, Chongqing (demo)"
timezone = "Asia/Shanghai"
scheme = "cn-2024"
datum = "wgs84"
center = [106.5470, 29.5560]
emergency = ["110", "119", "120", "12345"]
notice_zh = "演示数据：街道、社区名称与编码为公开事实；边界、网格、道路、部件、设备与人员均为程序生成，并非真实。"
notice_en = """\\
Demo data: names and codes of streets and communities are public facts; \\
boundaries, grids, roads, parts, devices and people are generated and not real."""

[flow]
max_open_tasks = 5
auto_file_people = false
auto_close = true
'''

CALENDAR = """\
# Working hours of the demo city, and the public holidays of 2026 with their make-up working days
# (notice of the General Office of the State Council on the holidays of 2026).
weekend = ["sat", "sun"]

[[hours]]
start = "09:00"
end = "12:00"

[[hours]]
start = "14:00"
end = "18:00"

[shift.early]
start = "06:00"
end = "14:00"

[shift.late]
start = "14:00"
end = "22:00"

[shift.night]
start = "22:00"
end = "06:00"
"""

HOLIDAYS_2026: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("元旦", "New Year", ("2026-01-01", "2026-01-02", "2026-01-03")),
    ("春节", "Spring Festival", tuple(f"2026-02-{day}" for day in range(15, 24))),
    ("清明节", "Qingming", ("2026-04-04", "2026-04-05", "2026-04-06")),
    ("劳动节", "Labour Day", tuple(f"2026-05-0{day}" for day in range(1, 6))),
    ("端午节", "Dragon Boat Festival", ("2026-06-19", "2026-06-20", "2026-06-21")),
    ("中秋节", "Mid-Autumn Festival", ("2026-09-25", "2026-09-26", "2026-09-27")),
    ("国庆节", "National Day", tuple(f"2026-10-0{day}" for day in range(1, 8))),
)
WORKDAYS_2026 = ("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10")

README = """\
# Yuzhong, the demo city

Made by `python -m simulators.city_maker --seed {seed} --out cities/yuzhong`; do not edit by hand. The basemap is
made from the pack by `python -m simulators.basemap cities/yuzhong cities/yuzhong/basemap.pmtiles`.

**What is real:** the names and codes of the district's 11 streets and 78 communities, the names of main roads and
landmarks, and the public holidays of 2026. **What is not:** every boundary, unit grid, road course, place, component,
device and person. They are generated, and no decision about the real city may rest on them.

| file | rows |
|---|---|
{rows}

Codes and names of streets and communities: National Bureau of Statistics of China (2016), by way of
[Vonng/adcode](https://github.com/Vonng/adcode) (Feng Ruohang), licensed
[CC BY 4.0](https://creativecommons.org/licenses/by/4.0/). Changes: cut to one district, English names added.
"""


def calendar_text() -> str:
    """Return calendar.toml."""
    parts = [CALENDAR]
    for zh, en, days in HOLIDAYS_2026:
        parts += [f'\n[[holiday]]\ndate = {day}\nname = "{zh} {en}"\n' for day in days]
    parts += [f"\n[[workday]]\ndate = {day}\n" for day in WORKDAYS_2026]
    return "".join(parts)
