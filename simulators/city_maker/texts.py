"""The files of the pack that no chance touches: the city's own settings, its calendar, and the notice."""

from datetime import date, timedelta

from simulators.city_maker.questions import questions_text

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

[hotline]
area_code = "023"
callback_share = 0.2
'''

CALENDAR = """\
# When the demo city works. Its holidays and make-up working days are in holidays.csv.
desk = "always"  # the operations room: by day and night
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

[[calendar]]
id = "always"
name_zh = "全天候（应急）"
name_en = "Around the clock (emergencies)"
weekend = []
keeps_holidays = false

[[calendar.hours]]
start = "00:00"
end = "24:00"

[[calendar.serves]]
categories = [
  "E0401", "E0402", "E0403", "E0404", "E0405", "E0406", "E0407", "E0408", "E0409", "E0495", "E0496", "E0497", "E0498",
  "E0499", "E0591", "E0592", "P0601",
]

[[calendar]]
id = "sanitation"
name_zh = "环卫作业"
name_en = "Sanitation"
weekend = []
keeps_holidays = false

[[calendar.hours]]
start = "06:00"
end = "22:00"

[[calendar.serves]]
departments = ["sanitation"]
"""


def _days(first: str, count: int) -> list[date]:
    start = date.fromisoformat(first)
    return [start + timedelta(days=n) for n in range(count)]


HOLIDAYS: tuple[tuple[str, str, str, int, str], ...] = (
    ("元旦", "New Year", "2026-01-01", 3, "announced"),
    ("春节", "Spring Festival", "2026-02-15", 9, "announced"),
    ("清明节", "Qingming", "2026-04-04", 3, "announced"),
    ("劳动节", "Labour Day", "2026-05-01", 5, "announced"),
    ("端午节", "Dragon Boat Festival", "2026-06-19", 3, "announced"),
    ("中秋节", "Mid-Autumn Festival", "2026-09-25", 3, "announced"),
    ("国庆节", "National Day", "2026-10-01", 7, "announced"),
    ("元旦", "New Year", "2027-01-01", 3, "estimated"),
    ("春节", "Spring Festival", "2027-02-05", 6, "estimated"),
    ("清明节", "Qingming", "2027-04-03", 3, "estimated"),
    ("劳动节", "Labour Day", "2027-05-01", 4, "estimated"),
    ("端午节", "Dragon Boat Festival", "2027-06-09", 1, "estimated"),
    ("中秋节", "Mid-Autumn Festival", "2027-09-15", 1, "estimated"),
    ("国庆节", "National Day", "2027-10-01", 5, "estimated"),
)
"""Name, first day, days, basis: of 2026 the notice of the General Office of the State Council; of 2027 the statutory
days alone, for its notice is not in yet, and which weekends are worked nobody knows.
"""

WORKDAYS: tuple[str, ...] = ("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10")

ESCALATIONS = """\
department,priority,step,after,unit,action,target
,critical,1,3,clock,next_worker,
,critical,2,6,clock,team_lead,
,critical,3,10,clock,duty_leader,
,critical,4,20,clock,supervisor,
,urgent,1,10,clock,next_worker,
,urgent,2,20,clock,team_lead,
,urgent,3,30,clock,duty_leader,
,urgent,4,60,clock,supervisor,
,general,1,30,working,next_worker,
,general,2,60,working,team_lead,
,general,3,120,working,duty_leader,
,general,4,240,working,supervisor,
,,1,50,percent,worker,
,,2,80,percent,worker,
,,3,80,percent,dispatcher,
,,4,100,percent,worker,
,,5,100,percent,team_lead,
,,6,100,percent,duty_leader,
,,7,150,percent,supervisor,
"""

AUTOFILE = """\
category,type,feed,kind,source,threshold,enabled,basis
,unattended_object,,camera,,,false,proposed: a bag left alone is looked at before somebody is sent
,blocked_fire_lane,hikvision,camera,,0.75,true,proposed: a drawn region says that something stands there and not what
,blocked_fire_lane,onvif,camera,,0.75,true,proposed: as above
,open_burning,,camera,,0.7,true,"proposed: the category's own, named here because a fire is the last to wait"
"""
"""Whose word is filed by itself where that is not what the category says."""

NOTICES = """\
who,from,to,days,passes,digest_min
,22:00,07:00,,urgent,15
supervisor,20:00,08:00,,urgent,60
"""

README = """\
# Yuzhong, the demo city

Made by `python -m simulators.city_maker --seed {seed} --out cities/yuzhong`; do not edit by hand. The basemap is
made from the pack by `python -m simulators.basemap cities/yuzhong cities/yuzhong/basemap.pmtiles`.

**What is real:** the names and codes of the district's 11 streets and 78 communities, the names of main roads and
landmarks, and the public holidays of 2026 (those of 2027 are estimated). **What is not:** every boundary, unit grid,
road course, place, component, device and person. They are generated, and no decision about the real city may rest on
them.

| file | rows |
|---|---|
{rows}

Codes and names of streets and communities: National Bureau of Statistics of China (2016), by way of
[Vonng/adcode](https://github.com/Vonng/adcode) (Feng Ruohang), licensed
[CC BY 4.0](https://creativecommons.org/licenses/by/4.0/). Changes: cut to one district, English names added.
"""


PHRASES = """\
id,kind,zh,en,category
note-called,note,已电话联系处置人员,The worker has been called,
note-known,note,{address}的情况已知悉，正在跟进,Known and followed up: {address},
decline-below,decline,现场情况未达到{category}立案标准,Below what is filed as {category},
decline-elsewhere,decline,不属城市管理范围，请咨询12345,No matter of this desk: please ask 12345,
reply-elsewhere,reply,此事不由本中心办理，请咨询12345,Others handle this: 12345 knows who does. Thank you,
void-twice,void,与已有案件重复,The same as another case,
void-nothing,void,现场核实无此问题,Nothing of the kind was found there,
return-duty,return,{address}不在本部门责任范围,{address} is outside this department's duty,
extension-material,extension,等待材料，无法在{due}前完成,Waiting for material: cannot be done before {due},
suspension-works,suspension,需待施工条件具备后处置,To wait until work is possible,
refuse-time,refuse,时限内可以完成，请按{due}前办结,It can be done in time: please finish before {due},
handled-clean,handled,已清理干净并拍照,Cleared and photographed,
check-good,check,现场已恢复正常,The place is back to normal,
rework-rest,rework,现场仍有遗留，请再次处置,Something is left there: please go again,
remind-due,remind,案件 {number} 将于{due}到期，请尽快处置,Case {number} is due {due}: please be quick,
supervise-report,supervise,请处置后书面说明情况,Please report in writing once it is handled,
"""


def list_texts() -> dict[str, str]:
    """Return the files by name."""
    return {
        "city.toml": CITY,
        "calendar.toml": CALENDAR,
        "holidays.csv": holidays_text(),
        "autofile.csv": AUTOFILE,
        "escalations.csv": ESCALATIONS,
        "notices.csv": NOTICES,
        "templates.csv": PHRASES,
        "questions.csv": questions_text(),
    }


def holidays_text() -> str:
    """Return holidays.csv."""
    rows = [(day, "workday,调休上班,Make-up workday,announced") for day in map(date.fromisoformat, WORKDAYS)]
    rows += [
        (day, f"holiday,{zh},{en},{basis}") for zh, en, first, count, basis in HOLIDAYS for day in _days(first, count)
    ]
    return "\n".join(["date,kind,name_zh,name_en,basis", *(f"{day},{rest}" for day, rest in sorted(rows)), ""])
