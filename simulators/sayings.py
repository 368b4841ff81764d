"""What people say when something is wrong: Chinese and English, clear and clumsy. `{place}` is where.

Every text is said to mean one category; the simulated acceptor, who can read, knows which.
"""

from collections.abc import Mapping
from random import Random

SAYINGS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "E0102": (
        (
            "{place}旁边堆了一大堆垃圾没人清，臭得很",
            "{place}路边有暴露垃圾，请尽快清理",
            "垃圾满地都是，就在{place}门口",
        ),
        ("There is litter all over the pavement at {place}", "Exposed litter near {place}, please clean it up"),
    ),
    "E0190": (
        ("{place}的垃圾箱满了，垃圾都溢出来了", "垃圾桶满溢，{place}公交站旁边"),
        ("The bin at {place} is overflowing", "Overflowing bin next to {place}, rubbish is falling out"),
    ),
    "E0505": (
        ("{place}有车乱停，把人行道都占了", "{place}好几辆机动车违停，行人过不去", "又有人在{place}乱停车！！"),
        ("Cars are parked illegally on the pavement at {place}", "Illegal parking at {place}, nobody can get past"),
    ),
    "E0506": (
        ("{place}门口电瓶车乱停乱放，路都堵了", "{place}非机动车乱停放严重"),
        ("E-bikes are dumped all over the footway at {place}", "Disorderly bicycle parking outside {place}"),
    ),
    "E0597": (
        ("{place}共享单车堆成山了，没人管", "共享单车乱停放，{place}人行道走不通"),
        ("Shared bikes are blocking the footway near {place}",),
    ),
    "E0501": (
        ("{place}有流动摊贩占道卖水果，无照经营", "{place}每天晚上都有游商，吵得睡不着"),
        ("An unlicensed vendor is selling fruit on the road at {place}",),
    ),
    "E0504": (
        ("{place}的店铺把桌椅摆到店外经营", "{place}饭店店外经营，人行道都走不了"),
        ("A shop at {place} is trading outside its premises",),
    ),
    "E0507": (
        ("{place}有人乱堆建筑材料，堆物堆料挡路", "{place}楼下乱堆杂物好久了"),
        ("Building materials are dumped on the street at {place}",),
    ),
    "E0511": (("{place}沿街晾挂衣服床单，太难看了",), ("Laundry is hung along the street at {place}",)),
    "E0201": (
        ("{place}墙上到处都是小广告", "{place}电线杆上贴满非法小广告，像牛皮癣"),
        ("Illegal small adverts are stuck on every wall at {place}",),
    ),
    "E0297": (
        ("{place}挂了违规横幅标语", "{place}那条标语宣传品挂了半个月了，违规的吧"),
        ("A non-compliant banner hangs across the road at {place}",),
    ),
    "E0104": (("{place}路面太脏了，道路不洁，泥浆都没人冲洗",), ("The road at {place} is dirty, covered in mud",)),
    "E0103": (("{place}有一堆建筑渣土，积存好几天了",), ("A pile of rubble has been left at {place} for days",)),
    "E0108": (("{place}有人扔了个旧沙发，废弃家具没人收",), ("Somebody left an old sofa at {place}",)),
    "E0110": (
        ("{place}路面破损，有个大坑，骑车差点摔倒", "{place}道路坑洼，下雨全是水"),
        ("There is a large pothole at {place}, I nearly fell off my bike",),
    ),
    "E0401": (
        ("{place}路面塌陷了！很危险！快来人", "{place}地面突然塌了一个大洞"),
        ("The road has collapsed at {place}! Very dangerous", "Road collapse at {place}, a big hole opened"),
    ),
    "E0402": (("{place}水管爆了，自来水喷得到处都是", "{place}自来水管破裂"), ("A water main has burst at {place}",)),
    "E0404": (
        ("{place}下水道堵了，污水倒灌", "{place}下水道堵塞，臭水流了一地"),
        ("The sewer at {place} is blocked and overflowing",),
    ),
    "E0406": (
        ("{place}道路积水，车都过不去了", "{place}积水很深，快到膝盖了！", "{place}淹了"),
        ("The road at {place} is flooded, the water is knee deep", "Road ponding at {place}, cars cannot pass"),
    ),
    "E0497": (
        ("{place}一棵大树倒了，压在路上", "{place}树木倒伏，挡住半边路"),
        ("A tree has fallen across the road at {place}",),
    ),
    "E0498": (("{place}有电线掉下来了，架空线缆脱落，很危险",), ("An overhead cable has come down at {place}",)),
    "P0118": (
        ("{place}路灯不亮，晚上一片漆黑", "{place}的路灯坏了好几天了"),
        ("The street light at {place} is out", "Street lights at {place} are broken"),
    ),
    "P0198": (
        ("{place}有个井盖不见了，太危险了", "{place}井盖松动，车一过就响"),
        ("A manhole cover is missing at {place}", "The manhole cover at {place} rattles when cars pass"),
    ),
    "P0305": (("{place}的垃圾箱坏了，门都掉了",), ("The litter bin at {place} is broken",)),
    "P0402": (("{place}行道树枯死了，树枝快掉下来",), ("A street tree at {place} is dead and dropping branches",)),
    "E0508": (
        ("{place}商店音响太吵，商业噪音扰民", "{place}广场喇叭吵死了"),
        ("A shop at {place} plays loud music all day",),
    ),
    "E0301": (
        ("{place}工地半夜还在施工，施工扰民", "{place}夜间施工噪音太大睡不着觉"),
        ("Construction noise at {place} all night long",),
    ),
    "E0302": (("{place}工地扬尘很大，灰尘满天",), ("The construction site at {place} makes dust everywhere",)),
    "E0510": (("{place}有人露天烧烤，油烟呛人",), ("Open-air barbecue at {place}, smoke everywhere",)),
    "E0594": (
        ("{place}消防通道被占用了，出事怎么办", "{place}小区消防通道停满了车"),
        ("The fire lane at {place} is blocked by cars",),
    ),
    "E0117": (("{place}有只死猫，动物尸体请来清理",), ("A dead animal is lying at {place}",)),
    "E0116": (("{place}餐馆油烟直排，油烟污染太重",), ("Cooking fumes from a restaurant at {place}",)),
}
"""Category -> (Chinese, English)."""

OPENERS_ZH = (
    "你好，",
    "请问有人管吗？",
    "我要投诉！",
    "麻烦处理一下，",
    "反映一下，",
    "都说了好多次了，",
    "",
    "",
    "",
    "",
)
CLOSERS_ZH = ("", "", "", "，谢谢", "，请尽快处理", "！！！", "，已经好几天了", "，小孩老人都要走这里")
OPENERS_EN = ("Hello, ", "Please help. ", "Third time I report this: ", "", "", "", "")
CLOSERS_EN = ("", "", ". Thank you.", "!!!", ". It has been like this for days.", ", children walk here")
VAGUE = (
    "有人管吗",
    "这里又是这样",
    "怎么还没处理",
    "please do something",
    "help",
    "太差了",
    "????",
    "你们的电话打不通",
)
"""What no one can act upon: the acceptor voids it."""


def say(category: str, place: tuple[str, str], random: Random, *, english: bool, slips: float = 0.12) -> str:
    """Return one person's words for the category at the place (zh, en); `slips` is the chance of a typing slip."""
    zh, en = SAYINGS[category]
    if english:
        body = random.choice(en).format(place=place[1] or "here")
        text = random.choice(OPENERS_EN) + body + random.choice(CLOSERS_EN)
    else:
        body = random.choice(zh).format(place=place[0] or "这里")
        text = random.choice(OPENERS_ZH) + body + random.choice(CLOSERS_ZH)
    return _slip(text, random) if random.random() < slips else text


def _slip(text: str, random: Random) -> str:
    """Drop, double or swap one character, as thumbs do."""
    at = random.randrange(len(text) - 1)
    pair = text[at : at + 2]
    return text[:at] + random.choice((pair[1], pair[0] * 2 + pair[1], pair[::-1])) + text[at + 2 :]
