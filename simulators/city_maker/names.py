"""Facts: the streets and communities of Yuzhong with their codes (NBS 2016, by way of Vonng/adcode, CC BY 4.0).

Points are rough places of the author's, from which the synthetic areas are grown; they are not official.
"""

from typing import NamedTuple

DISTRICT = "500103"


class StreetFact(NamedTuple):
    """`share` is the part of the synthetic city that the street is given, in km2 before scaling."""

    code: str
    zh: str
    en: str
    lon: float
    lat: float
    share: float
    communities: tuple[tuple[str, str, str], ...]


STREETS = (
    StreetFact(
        "001",
        "七星岗街道",
        "Qixinggang",
        106.5632,
        29.5588,
        1.35,
        (
            ("003", "华一坡", "Huayipo"),
            ("006", "临华路", "Linhua Road"),
            ("011", "领事巷", "Lingshi Lane"),
            ("013", "兴隆街", "Xinglong Street"),
            ("014", "归元寺", "Guiyuan Temple"),
            ("015", "金汤街", "Jintang Street"),
            ("016", "抗建堂", "Kangjiantang"),
            ("017", "捍卫路", "Hanwei Road"),
        ),
    ),
    StreetFact(
        "003",
        "解放碑街道",
        "Jiefangbei",
        106.5735,
        29.5622,
        1.45,
        (
            ("013", "民生路", "Minsheng Road"),
            ("016", "莲花池", "Lianhuachi"),
            ("017", "公园路", "Gongyuan Road"),
            ("018", "自力巷", "Zili Lane"),
            ("019", "大井巷", "Dajing Lane"),
            ("020", "临江门", "Linjiangmen"),
            ("021", "较场口", "Jiaochangkou"),
            ("022", "邹容路", "Zourong Road"),
            ("023", "沧白路", "Cangbai Road"),
            ("024", "罗汉寺", "Luohan Temple"),
        ),
    ),
    StreetFact(
        "004",
        "两路口街道",
        "Lianglukou",
        106.5508,
        29.5560,
        1.35,
        (
            ("002", "中山二路", "Zhongshan 2nd Road"),
            ("003", "枇杷山正街", "Pipashan Main Street"),
            ("010", "重庆村", "Chongqing Village"),
            ("011", "桂花园新村", "Guihuayuan New Village"),
            ("012", "铁路坡", "Tielupo"),
            ("013", "国际村", "Guoji Village"),
            ("014", "王家坡", "Wangjiapo"),
        ),
    ),
    StreetFact(
        "005",
        "上清寺街道",
        "Shangqingsi",
        106.5425,
        29.5625,
        1.75,
        (
            ("008", "桂花园", "Guihuayuan"),
            ("009", "春森路", "Chunsen Road"),
            ("010", "新都巷", "Xindu Lane"),
            ("011", "学田湾", "Xuetianwan"),
            ("012", "上大田湾", "Upper Datianwan"),
            ("013", "上清寺路", "Shangqingsi Road"),
            ("014", "曾家岩", "Zengjiayan"),
        ),
    ),
    StreetFact(
        "007",
        "菜园坝街道",
        "Caiyuanba",
        106.5475,
        29.5480,
        2.05,
        (
            ("001", "渝铁村", "Yutie Village"),
            ("003", "珊瑚湾", "Shanhuwan"),
            ("008", "竹木街", "Zhumu Street"),
            ("009", "平安街", "Ping'an Street"),
            ("010", "交通街", "Jiaotong Street"),
            ("011", "石板坡", "Shibanpo"),
        ),
    ),
    StreetFact(
        "008",
        "南纪门街道",
        "Nanjimen",
        106.5705,
        29.5535,
        1.30,
        (
            ("002", "十八梯", "Shibati"),
            ("009", "解放西路", "Jiefang West Road"),
            ("010", "凉亭子", "Liangtingzi"),
            ("011", "厚池街", "Houchi Street"),
            ("012", "凯旋路", "Kaixuan Road"),
            ("013", "邮政局巷", "Youzhengju Lane"),
        ),
    ),
    StreetFact(
        "010",
        "朝天门街道",
        "Chaotianmen",
        106.5835,
        29.5645,
        1.65,
        (
            ("006", "陕西路", "Shaanxi Road"),
            ("007", "朝千路", "Chaoqian Road"),
            ("008", "棉花街", "Mianhua Street"),
            ("009", "白象街", "Baixiang Street"),
            ("010", "二府衙", "Erfuya"),
            ("011", "湖广会馆", "Huguang Guild Hall"),
            ("012", "巴县衙门", "Ba County Yamen"),
        ),
    ),
    StreetFact(
        "011",
        "大溪沟街道",
        "Daxigou",
        106.5555,
        29.5665,
        1.35,
        (
            ("012", "罗家院", "Luojiayuan"),
            ("013", "建设路", "Jianshe Road"),
            ("014", "人民村", "Renmin Village"),
            ("015", "红球坝", "Hongqiuba"),
            ("016", "人和街", "Renhe Street"),
            ("017", "华福巷", "Huafu Lane"),
            ("018", "张家花园", "Zhangjia Garden"),
            ("019", "双钢路", "Shuanggang Road"),
            ("020", "胜利路", "Shengli Road"),
        ),
    ),
    StreetFact(
        "012",
        "大坪街道",
        "Daping",
        106.5220,
        29.5435,
        3.20,
        (
            ("011", "马家堡", "Majiabao"),
            ("012", "浮图关", "Futuguan"),
            ("013", "肖家湾", "Xiaojiawan"),
            ("016", "大黄路", "Dahuang Road"),
            ("017", "袁家岗", "Yuanjiagang"),
            ("018", "七牌坊", "Qipaifang"),
            ("019", "大坪正街", "Daping Main Street"),
            ("020", "天灯堡", "Tiandengbao"),
        ),
    ),
    StreetFact(
        "013",
        "化龙桥街道",
        "Hualongqiao",
        106.5130,
        29.5525,
        3.10,
        (
            ("008", "李子坝", "Liziba"),
            ("009", "社区工作站", "Community Work Station"),
            ("010", "红岩村", "Hongyan Village"),
        ),
    ),
    StreetFact(
        "014",
        "石油路街道",
        "Shiyoulu",
        106.5020,
        29.5425,
        3.40,
        (
            ("001", "煤建新村", "Meijian New Village"),
            ("005", "金银湾", "Jinyinwan"),
            ("006", "民乐村", "Minle Village"),
            ("008", "虎头岩", "Hutouyan"),
            ("009", "石油路", "Shiyou Road"),
            ("010", "新影村", "Xinying Village"),
            ("011", "彭家花园", "Pengjia Garden"),
        ),
    ),
)

HINTS: dict[str, tuple[float, float]] = {
    "李子坝": (106.5310, 29.5560),
    "红岩村": (106.5020, 29.5570),
    "浮图关": (106.5320, 29.5470),
    "袁家岗": (106.5130, 29.5370),
    "大坪正街": (106.5190, 29.5430),
    "虎头岩": (106.4950, 29.5480),
    "石油路": (106.5010, 29.5430),
    "沧白路": (106.5770, 29.5655),
    "临江门": (106.5690, 29.5640),
    "较场口": (106.5715, 29.5575),
    "邹容路": (106.5730, 29.5610),
    "罗汉寺": (106.5775, 29.5625),
    "十八梯": (106.5685, 29.5545),
    "凯旋路": (106.5745, 29.5550),
    "石板坡": (106.5610, 29.5490),
    "珊瑚湾": (106.5560, 29.5465),
    "朝千路": (106.5850, 29.5690),
    "湖广会馆": (106.5835, 29.5600),
    "白象街": (106.5800, 29.5570),
    "曾家岩": (106.5450, 29.5680),
    "上清寺路": (106.5410, 29.5620),
    "学田湾": (106.5480, 29.5610),
    "国际村": (106.5470, 29.5540),
    "枇杷山正街": (106.5555, 29.5560),
    "人和街": (106.5540, 29.5650),
    "张家花园": (106.5580, 29.5640),
    "华一坡": (106.5640, 29.5610),
    "金汤街": (106.5635, 29.5580),
}
"""Where some communities lie, roughly; the others fill what is left of their street."""
