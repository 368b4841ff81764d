"""The named main roads, drawn freehand through named junctions. Real names, made-up courses."""

from typing import NamedTuple

from simulators.city_maker.plane import XY


class MainRoad(NamedTuple):
    """`course` holds junction names and loose points `(lon, lat)`."""

    zh: str
    en: str
    kind: str
    course: tuple[str | XY, ...]


JUNCTIONS: dict[str, XY] = {
    "chaotianmen": (106.5862, 29.5718),
    "xiaoshizi": (106.5795, 29.5640),
    "jiefangbei": (106.5745, 29.5600),
    "jiaochangkou": (106.5712, 29.5565),
    "qixinggang": (106.5640, 29.5580),
    "guanyinyan": (106.5575, 29.5590),
    "lianglukou": (106.5508, 29.5560),
    "shangqingsi": (106.5420, 29.5630),
    "niujiaotuo": (106.5372, 29.5625),
    "eling": (106.5380, 29.5515),
    "futuguan": (106.5300, 29.5480),
    "daping": (106.5195, 29.5425),
    "shiyoulu": (106.5040, 29.5425),
    "west": (106.4968, 29.5432),
    "linjiangmen": (106.5695, 29.5640),
    "yihaoqiao": (106.5645, 29.5640),
    "huanghuayuan": (106.5600, 29.5665),
    "daxigou": (106.5540, 29.5672),
    "xuetianwan": (106.5485, 29.5630),
    "liziba": (106.5305, 29.5548),
    "hualongqiao": (106.5165, 29.5525),
    "hongyancun": (106.5030, 29.5555),
    "chuqimen": (106.5790, 29.5548),
    "nanjimen": (106.5690, 29.5515),
    "caiyuanba": (106.5490, 29.5480),
    "yuanjiagang": (106.5130, 29.5375),
    "huangshaxi": (106.5320, 29.5430),
    "hutouyan": (106.5060, 29.5490),
    "zengjiayan": (106.5450, 29.5685),
    "shaanxi_end": (106.5850, 29.5680),
    "shibanpo": (106.5620, 29.5505),
    "dahuang_end": (106.5260, 29.5400),
    "xietaizi": (106.5060, 29.5375),
}

P, S, B = "primary", "secondary", "bridge"

MAIN_ROADS: tuple[MainRoad, ...] = (
    MainRoad("中山一路", "Zhongshan 1st Road", P, ("jiaochangkou", (106.5675, 29.5568), "qixinggang", "guanyinyan")),
    MainRoad("中山二路", "Zhongshan 2nd Road", P, ("guanyinyan", (106.5540, 29.5580), "lianglukou")),
    MainRoad("中山三路", "Zhongshan 3rd Road", P, ("lianglukou", (106.5460, 29.5595), "shangqingsi")),
    MainRoad(
        "长江一路",
        "Changjiang 1st Road",
        P,
        ("lianglukou", (106.5445, 29.5528), "eling", "futuguan", (106.5245, 29.5452), "daping"),
    ),
    MainRoad("长江二路", "Changjiang 2nd Road", P, ("daping", (106.5160, 29.5395), "yuanjiagang")),
    MainRoad("渝州路", "Yuzhou Road", P, ("yuanjiagang", "xietaizi", (106.5010, 29.5378))),
    MainRoad("大坪正街", "Daping Main Street", P, ("daping", (106.5150, 29.5445), (106.5100, 29.5440), "shiyoulu")),
    MainRoad("石油路", "Shiyou Road", P, ("shiyoulu", (106.5000, 29.5420), "west")),
    MainRoad(
        "新华路",
        "Xinhua Road",
        P,
        ("jiaochangkou", (106.5770, 29.5587), (106.5805, 29.5615), (106.5835, 29.5660), "chaotianmen"),
    ),
    MainRoad("民权路", "Minquan Road", P, ("jiaochangkou", (106.5725, 29.5588), "jiefangbei")),
    MainRoad(
        "民族路", "Minzu Road", P, ("jiefangbei", (106.5770, 29.5615), "xiaoshizi", (106.5822, 29.5690), "chaotianmen")
    ),
    MainRoad("北区路", "Beiqu Road", P, ("linjiangmen", "yihaoqiao", (106.5605, 29.5622), "guanyinyan")),
    MainRoad("双钢路", "Shuanggang Road", P, ("yihaoqiao", "huanghuayuan", "daxigou")),
    MainRoad("人民路", "Renmin Road", P, ("daxigou", (106.5510, 29.5652), "xuetianwan", "shangqingsi")),
    MainRoad(
        "中山四路",
        "Zhongshan 4th Road",
        P,
        ("daxigou", (106.5490, 29.5690), "zengjiayan", (106.5425, 29.5660), "shangqingsi"),
    ),
    MainRoad(
        "嘉陵路",
        "Jialing Road",
        P,
        (
            "shangqingsi",
            "niujiaotuo",
            (106.5345, 29.5588),
            "liziba",
            (106.5240, 29.5532),
            "hualongqiao",
            (106.5095, 29.5548),
            "hongyancun",
            (106.4960, 29.5528),
            (106.4930, 29.5492),
        ),
    ),
    MainRoad("解放东路", "Jiefang East Road", P, ("shaanxi_end", (106.5842, 29.5605), "chuqimen")),
    MainRoad("解放西路", "Jiefang West Road", P, ("chuqimen", (106.5740, 29.5530), "nanjimen")),
    MainRoad("南区路", "Nanqu Road", P, ("nanjimen", "shibanpo", (106.5555, 29.5500), "caiyuanba")),
    MainRoad(
        "菜袁路",
        "Caiyuan Road",
        P,
        ("caiyuanba", (106.5400, 29.5475), "huangshaxi", "dahuang_end", (106.5200, 29.5375), "yuanjiagang"),
    ),
    MainRoad(
        "经纬大道",
        "Jingwei Avenue",
        P,
        ("hongyancun", (106.5042, 29.5520), "hutouyan", (106.5048, 29.5460), "shiyoulu", "xietaizi"),
    ),
    MainRoad(
        "瑞天路",
        "Ruitian Road",
        S,
        ("hualongqiao", (106.5110, 29.5510), "hutouyan", (106.4995, 29.5500), (106.4940, 29.5470)),
    ),
    MainRoad("中兴路", "Zhongxing Road", S, ("jiaochangkou", (106.5695, 29.5540), "nanjimen")),
    MainRoad("凯旋路", "Kaixuan Road", S, ("jiaochangkou", (106.5750, 29.5560), "chuqimen")),
    MainRoad("临江路", "Linjiang Road", S, ("linjiangmen", (106.5662, 29.5612), "qixinggang")),
    MainRoad("民生路", "Minsheng Road", S, ("qixinggang", (106.5690, 29.5592), "jiefangbei")),
    MainRoad("邹容路", "Zourong Road", S, ("jiefangbei", (106.5730, 29.5624), "linjiangmen")),
    MainRoad("八一路", "Bayi Road", S, ("jiefangbei", (106.5772, 29.5588))),
    MainRoad("沧白路", "Cangbai Road", S, ("linjiangmen", (106.5735, 29.5652), (106.5775, 29.5660), "xiaoshizi")),
    MainRoad("陕西路", "Shaanxi Road", S, ("xiaoshizi", (106.5832, 29.5640), "shaanxi_end", "chaotianmen")),
    MainRoad("枣子岚垭正街", "Zaozilanya Main Street", S, ("guanyinyan", (106.5530, 29.5612), "xuetianwan")),
    MainRoad(
        "枇杷山正街", "Pipashan Main Street", S, ("lianglukou", (106.5545, 29.5540), (106.5592, 29.5550), "qixinggang")
    ),
    MainRoad("桂花园路", "Guihuayuan Road", S, ("shangqingsi", (106.5393, 29.5592), (106.5392, 29.5552), "eling")),
    MainRoad("健康路", "Jiankang Road", S, ("lianglukou", (106.5450, 29.5568), (106.5394, 29.5570))),
    MainRoad("王家坡路", "Wangjiapo Road", S, ("lianglukou", (106.5498, 29.5520), "caiyuanba")),
    MainRoad("嘉陵新路", "Jialing New Road", S, ("eling", (106.5340, 29.5530), "liziba")),
    MainRoad("九坑子路", "Jiukengzi Road", S, ("daping", (106.5178, 29.5472), "hualongqiao")),
    MainRoad("大黄路", "Dahuang Road", S, ("daping", (106.5232, 29.5418), "dahuang_end")),
    MainRoad("虎歇路", "Huxie Road", S, ("hutouyan", (106.4990, 29.5462), "west")),
    MainRoad("医学院路", "Medical College Road", S, ("yuanjiagang", (106.5095, 29.5408), (106.5100, 29.5440))),
    MainRoad(
        "茶亭南路", "Chating South Road", S, ("shiyoulu", (106.5085, 29.5462), (106.5130, 29.5485), "hualongqiao")
    ),
    MainRoad("建设路", "Jianshe Road", S, ("daxigou", (106.5562, 29.5692), "huanghuayuan")),
    MainRoad("华一路", "Huayi Road", S, ("yihaoqiao", (106.5632, 29.5610), "qixinggang")),
    MainRoad("平安街", "Ping'an Street", S, ("huangshaxi", (106.5300, 29.5455), "futuguan")),
    MainRoad("珊瑚路", "Shanhu Road", S, ("caiyuanba", (106.5525, 29.5468), (106.5580, 29.5475), "shibanpo")),
    MainRoad("一号桥滨江支路", "Yihaoqiao Riverside Branch", S, ("huanghuayuan", (106.5602, 29.5688))),
    MainRoad("朝千路", "Chaoqian Road", S, ("chaotianmen", (106.5848, 29.5735))),
    MainRoad("长江滨江支路", "Chaotianmen Riverside Branch", S, ("shaanxi_end", (106.5885, 29.5685))),
    MainRoad("储奇门路", "Chuqimen Road", S, ("chuqimen", (106.5812, 29.5530))),
    MainRoad("南纪门路", "Nanjimen Road", S, ("nanjimen", (106.5700, 29.5490))),
    MainRoad("菜园坝支路", "Caiyuanba Branch Road", S, ("caiyuanba", (106.5485, 29.5456))),
    MainRoad("黄沙溪路", "Huangshaxi Road", S, ("huangshaxi", (106.5345, 29.5418))),
    MainRoad("曾家岩路", "Zengjiayan Road", S, ("zengjiayan", (106.5448, 29.5702))),
    MainRoad("大溪沟支路", "Daxigou Branch Road", S, ("daxigou", (106.5530, 29.5702))),
    MainRoad("千厮门路", "Qiansimen Road", S, ("xiaoshizi", (106.5785, 29.5692))),
    MainRoad("化龙桥支路", "Hualongqiao Branch Road", S, ("hualongqiao", (106.5168, 29.5552))),
    MainRoad("红岩支路", "Hongyan Branch Road", S, ("hongyancun", (106.5035, 29.5580))),
    MainRoad("李子坝支路", "Liziba Branch Road", S, ("liziba", (106.5295, 29.5566))),
    MainRoad("奥体路", "Aoti Road", S, ("yuanjiagang", (106.5105, 29.5350), "xietaizi")),
    MainRoad("千厮门大桥", "Qiansimen Bridge", B, ((106.5785, 29.5692), (106.5798, 29.5768))),
    MainRoad("东水门大桥", "Dongshuimen Bridge", B, ((106.5838, 29.5610), (106.5962, 29.5585))),
    MainRoad("黄花园大桥", "Huanghuayuan Bridge", B, ((106.5602, 29.5688), (106.5590, 29.5762))),
    MainRoad("嘉陵江大桥", "Jialing River Bridge", B, ("niujiaotuo", (106.5310, 29.5668))),
    MainRoad("渝澳大桥", "Yu'ao Bridge", B, ((106.5425, 29.5660), (106.5372, 29.5755))),
    MainRoad("嘉华大桥", "Jiahua Bridge", B, ((106.5168, 29.5552), (106.5150, 29.5622))),
    MainRoad("石板坡长江大桥", "Shibanpo Yangtze Bridge", B, ("shibanpo", (106.5685, 29.5380))),
    MainRoad("菜园坝长江大桥", "Caiyuanba Yangtze Bridge", B, ((106.5485, 29.5456), (106.5470, 29.5350))),
)

NORTH_RIVER_ROAD = ("嘉滨路", "Jiabin Road")
SOUTH_RIVER_ROAD = ("长滨路", "Changbin Road")
RIVER_ROAD_INSET_M = 62.0
