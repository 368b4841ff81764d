"""The gazetteer: 300 named places. Landmarks bear real names at made-up points; the rest is generated per community."""

from random import Random
from typing import NamedTuple

from shapely import Point, Polygon
from shapely.ops import nearest_points

from simulators.city_maker.plane import XY, to_degrees, to_plane
from simulators.city_maker.regions import NAMELESS, AreaRow, Areas

PLACES = 300


class Place(NamedTuple):
    """One row of gazetteer.csv. Degrees, WGS-84."""

    id: str
    zh: str
    en: str
    aliases: tuple[str, ...]
    kind: str
    point: XY


LANDMARKS: tuple[tuple[str, str, str, str, float, float], ...] = (
    ("解放碑", "Jiefangbei", "解放碑步行街|人民解放纪念碑|Liberation Monument", "landmark", 106.5747, 29.5602),
    ("洪崖洞", "Hongyadong", "洪崖洞民俗风貌区|Hongya Cave", "landmark", 106.5765, 29.5672),
    ("朝天门广场", "Chaotianmen Square", "朝天门|Chaotianmen", "square", 106.5865, 29.5730),
    ("朝天门码头", "Chaotianmen Wharf", "", "wharf", 106.5880, 29.5700),
    ("李子坝轻轨站", "Liziba Station", "李子坝|李子坝站|Liziba", "metro", 106.5305, 29.5562),
    ("鹅岭公园", "Eling Park", "鹅岭|Eling", "park", 106.5362, 29.5528),
    ("大坪", "Daping", "大坪时代天街|Daping Times Paradise", "mall", 106.5190, 29.5430),
    ("两路口", "Lianglukou", "两路口转盘|Lianglukou Junction", "junction", 106.5508, 29.5560),
    ("枇杷山公园", "Pipashan Park", "枇杷山|Loquat Hill", "park", 106.5575, 29.5565),
    ("浮图关公园", "Futuguan Park", "浮图关|佛图关", "park", 106.5305, 29.5502),
    ("人民大礼堂", "Great Hall of the People", "重庆人民大礼堂|大礼堂|People's Hall", "landmark", 106.5482, 29.5645),
    ("三峡博物馆", "Three Gorges Museum", "中国三峡博物馆", "museum", 106.5462, 29.5638),
    ("较场口", "Jiaochangkou", "较场口转盘|日月光中心", "junction", 106.5712, 29.5565),
    ("十八梯", "Shibati", "十八梯传统风貌区|Eighteen Steps", "landmark", 106.5690, 29.5545),
    ("湖广会馆", "Huguang Guild Hall", "", "museum", 106.5833, 29.5612),
    ("白象街", "Baixiang Street", "白象街历史街区", "landmark", 106.5805, 29.5580),
    ("罗汉寺", "Luohan Temple", "Arhat Temple", "temple", 106.5778, 29.5635),
    ("小什字", "Xiaoshizi", "小什字轻轨站", "junction", 106.5795, 29.5640),
    ("千厮门", "Qiansimen", "千厮门大桥桥头", "bridge", 106.5785, 29.5688),
    ("东水门大桥", "Dongshuimen Bridge", "东水门", "bridge", 106.5860, 29.5605),
    ("储奇门", "Chuqimen", "", "junction", 106.5790, 29.5548),
    ("南纪门", "Nanjimen", "南纪门轻轨站", "junction", 106.5690, 29.5515),
    ("凯旋路电梯", "Kaixuan Road Elevator", "凯旋路大电梯", "landmark", 106.5752, 29.5557),
    ("临江门", "Linjiangmen", "临江门轻轨站", "metro", 106.5697, 29.5641),
    ("魁星楼", "Kuixing Tower", "", "landmark", 106.5712, 29.5650),
    ("戴家巷崖壁步道", "Daijia Lane Cliff Path", "戴家巷", "park", 106.5730, 29.5662),
    ("国泰艺术中心", "Guotai Arts Centre", "国泰", "theatre", 106.5738, 29.5588),
    ("八一路好吃街", "Bayi Road Food Street", "好吃街|八一好吃街", "market", 106.5758, 29.5594),
    ("重庆环球金融中心", "World Financial Centre", "WFC|环球金融中心", "office", 106.5732, 29.5595),
    ("来福士广场", "Raffles City", "来福士|朝天扬帆", "mall", 106.5850, 29.5712),
    ("七星岗", "Qixinggang", "七星岗轻轨站", "metro", 106.5640, 29.5580),
    ("通远门", "Tongyuan Gate", "通远门城墙公园", "landmark", 106.5648, 29.5586),
    ("观音岩", "Guanyinyan", "观音岩转盘", "junction", 106.5575, 29.5590),
    ("山城步道", "Shancheng Footpath", "第三步道|山城第三步道", "park", 106.5628, 29.5540),
    ("石板坡", "Shibanpo", "石板坡立交", "junction", 106.5622, 29.5505),
    ("珊瑚公园", "Shanhu Park", "Coral Park", "park", 106.5560, 29.5464),
    (
        "菜园坝火车站",
        "Caiyuanba Railway Station",
        "重庆站|菜园坝|Chongqing Railway Station",
        "station",
        106.5478,
        29.5490,
    ),
    ("菜园坝水果市场", "Caiyuanba Fruit Market", "水果市场", "market", 106.5440, 29.5478),
    ("两路口皇冠大扶梯", "Crown Escalator", "皇冠大扶梯", "landmark", 106.5498, 29.5535),
    ("大田湾体育场", "Datianwan Stadium", "大田湾|体育场", "stadium", 106.5495, 29.5578),
    ("劳动人民文化宫", "Workers' Cultural Palace", "文化宫", "park", 106.5535, 29.5570),
    ("宋庆龄旧居", "Soong Ching-ling Residence", "", "museum", 106.5522, 29.5552),
    ("曾家岩", "Zengjiayan", "周公馆|曾家岩轻轨站", "landmark", 106.5450, 29.5685),
    ("中山四路", "Zhongshan 4th Road", "", "road", 106.5430, 29.5665),
    ("上清寺", "Shangqingsi", "上清寺转盘", "junction", 106.5420, 29.5630),
    ("牛角沱", "Niujiaotuo", "牛角沱轻轨站", "metro", 106.5372, 29.5625),
    ("学田湾农贸市场", "Xuetianwan Market", "学田湾菜市场|学田湾", "market", 106.5485, 29.5632),
    ("大溪沟", "Daxigou", "大溪沟轻轨站", "metro", 106.5540, 29.5672),
    ("黄花园", "Huanghuayuan", "黄花园轻轨站", "metro", 106.5600, 29.5665),
    ("一号桥", "Yihaoqiao", "一号桥转盘", "junction", 106.5645, 29.5640),
    ("人民公园", "Renmin Park", "People's Park", "park", 106.5772, 29.5575),
    ("文化街小学", "Wenhua Street Primary School", "", "school", 106.5760, 29.5570),
    ("巴蜀小学", "Bashu Primary School", "", "school", 106.5560, 29.5632),
    ("巴蜀中学", "Bashu Secondary School", "", "school", 106.5535, 29.5640),
    ("求精中学", "Qiujing Secondary School", "", "school", 106.5450, 29.5612),
    ("第二十九中学", "No. 29 Secondary School", "二十九中", "school", 106.5705, 29.5588),
    ("重庆医科大学附一院", "First Affiliated Hospital", "重医附一院|附一院", "hospital", 106.5110, 29.5395),
    ("重医附二院", "Second Affiliated Hospital", "附二院", "hospital", 106.5705, 29.5625),
    ("儿童医院", "Children's Hospital", "重医儿童医院|儿院", "hospital", 106.5518, 29.5592),
    ("重庆市急救中心", "Chongqing Emergency Centre", "急救中心|市四院", "hospital", 106.5430, 29.5575),
    ("袁家岗", "Yuanjiagang", "袁家岗轻轨站", "metro", 106.5130, 29.5375),
    ("奥体中心", "Olympic Sports Centre", "奥林匹克体育中心", "stadium", 106.5090, 29.5358),
    ("石油路轻轨站", "Shiyoulu Station", "石油路|Shiyoulu", "metro", 106.5040, 29.5425),
    ("歇台子", "Xietaizi", "歇台子轻轨站", "metro", 106.5060, 29.5375),
    ("虎头岩公园", "Hutouyan Park", "虎头岩", "park", 106.5040, 29.5505),
    ("红岩村", "Hongyan Village", "红岩革命纪念馆|Hongyan Memorial", "museum", 106.5030, 29.5545),
    ("化龙桥", "Hualongqiao", "化龙桥轻轨站", "junction", 106.5165, 29.5525),
    ("重庆天地", "Chongqing Tiandi", "化龙桥天地", "mall", 106.5195, 29.5535),
    ("企业天地", "Corporate Avenue", "", "office", 106.5150, 29.5538),
    ("化龙湖公园", "Hualong Lake Park", "化龙湖", "park", 106.5215, 29.5525),
    ("李子坝公园", "Liziba Park", "李子坝抗战遗址公园", "park", 106.5322, 29.5580),
    ("肖家湾", "Xiaojiawan", "", "junction", 106.5260, 29.5465),
    ("黄沙溪", "Huangshaxi", "黄沙溪码头", "wharf", 106.5330, 29.5425),
    ("大坪医院", "Daping Hospital", "陆军特色医学中心", "hospital", 106.5225, 29.5435),
    ("协信星光广场", "Sincere Starlight Plaza", "", "mall", 106.5035, 29.5435),
)

GENERATED: tuple[tuple[str, str, str, str, int], ...] = (
    ("社区服务中心", "Community Service Centre", "", "community", 78),
    ("{flower}苑", "{flower} Court", "小区", "estate", 78),
    ("小学", "Primary School", "", "school", 22),
    ("农贸市场", "Market", "菜市场", "market", 20),
    ("卫生服务站", "Health Station", "卫生站", "hospital", 14),
    ("幼儿园", "Kindergarten", "", "school", 13),
    ("停车场", "Car Park", "", "parking", 20),
)
"""Word, English word, word of its alias, kind, how many at most; `{flower}` is drawn. The last fills up."""

FLOWERS = (
    ("桂花", "Osmanthus"),
    ("山茶", "Camellia"),
    ("黄葛", "Huangge"),
    ("蜡梅", "Wintersweet"),
    ("翠竹", "Bamboo"),
    ("江景", "River View"),
    ("半山", "Hillside"),
    ("望江", "Wangjiang"),
    ("枫叶", "Maple"),
    ("玉兰", "Magnolia"),
)


def name_places(areas: Areas, random: Random) -> list[Place]:
    """Return exactly 300 places, all inside the city."""
    city = areas.district[0].shape
    assert isinstance(city, Polygon)
    found = [
        Place(f"PL{number:04d}", zh, en, tuple(filter(None, aliases.split("|"))), kind, _inside(city, (lon, lat)))
        for number, (zh, en, aliases, kind, lon, lat) in enumerate(LANDMARKS, start=1)
    ]
    taken = {place.zh for place in found}
    for word, word_en, alias, kind, count in GENERATED:
        hosts = areas.communities if count >= len(areas.communities) else random.sample(areas.communities, count)
        for community in hosts:
            place = _in_community(community, areas, (word, word_en, alias, kind), random)
            if place.zh not in taken and len(found) < PLACES:
                taken.add(place.zh)
                found.append(place._replace(id=f"PL{len(found) + 1:04d}"))
    if len(found) != PLACES:
        raise ValueError(f"{len(found)} places instead of {PLACES}")
    return found


def _in_community(community: AreaRow, areas: Areas, words: tuple[str, str, str, str], random: Random) -> Place:
    word, word_en, alias, kind = words
    flower_zh, flower_en = random.choice(FLOWERS)
    base_zh, base_en = community.zh.removesuffix("社区"), community.en.removesuffix(" Community")
    if base_zh == NAMELESS:
        base_zh, base_en = "龙隐路", "Longyin Road"
    name_zh, name_en = base_zh + word.format(flower=flower_zh), f"{base_en} {word_en.format(flower=flower_en)}"
    grid = random.choice([row for row in areas.grids if row.parent == community.code])
    middle = grid.shape.representative_point()
    aliases = (f"{base_zh}{alias}",) if kind == "market" else (f"{name_zh}{alias}",) if alias == "小区" else ()
    return Place("", name_zh, name_en, aliases, kind, (round(middle.x, 6), round(middle.y, 6)))


def _inside(city: Polygon, lonlat: XY) -> XY:
    """The point itself, or the nearest one thirty metres inside the shore."""
    inner = city.buffer(-0.0003)
    point = Point(lonlat)
    if inner.contains(point):
        return lonlat
    near = nearest_points(point, inner)[1]
    return to_degrees(to_plane((near.x, near.y)))
