"""Sources: cameras, sensors, gateways, desks."""

from dispatch.webhooks import WEBHOOK_FIELDS
from services.city.sections.model import LAT, LON, NAME_EN, NAME_ZH, Section, column, id_column, names, options

SOURCES = Section(
    id="sources",
    group="sources",
    label=names("来源", "Sources"),
    about=names(
        "向平台发送消息的摄像机、传感器、网关与坐席。密钥在右侧发放与收回。",
        "Cameras, sensors, gateways and desks that send to the platform. Keys are given out and withdrawn beside.",
    ),
    file="sources.csv",
    columns=(
        id_column(),
        column(
            "feed", "渠道", "Feed", "消息格式", "The format that it speaks", kind="ref", refers="feeds", needed=True
        ),
        column(
            "kind",
            "种类",
            "Kind",
            kind="choice",
            options=options(
                ("camera", "摄像机", "camera"),
                ("sensor", "传感器", "sensor"),
                ("gateway", "网关", "gateway"),
                ("desk", "坐席", "desk"),
            ),
            needed=True,
        ),
        column(
            "external_id", "对方编号", "External id", "其消息中的自称", "What its own messages call it", needed=True
        ),
        NAME_ZH,
        NAME_EN,
        LON,
        LAT,
        column(
            "datum",
            "消息坐标系",
            "Datum of messages",
            "其消息所带坐标的坐标系",
            "Of the coordinates that its messages carry",
            kind="choice",
            options=options(
                ("wgs84", "WGS-84", "WGS-84"), ("gcj02", "GCJ-02 国测局", "GCJ-02"), ("bd09", "BD-09 百度", "BD-09")
            ),
        ),
        column(
            "gateway", "网关", "Gateway", "由谁的密钥代发", "Whose key speaks for it", kind="ref", refers="gateways"
        ),
        column(
            "kinds",
            "可报类型",
            "Types",
            "视频或传感类型",
            "Video or sensor types that it can tell of",
            kind="refs",
            refers="types",
        ),
        column("component", "部件", "Part", "所监测的部件标识码", "Identifier of the part that it watches"),
        column(
            "silent_after_s",
            "失联秒数",
            "Silent after (s)",
            "静默多久算失联；0 为仅在有事时发送",
            "How long it may be silent before it counts as lost; 0 for one that speaks only when something happens",
            kind="number",
        ),
        column("heading_deg", "朝向 (°)", "Heading (°)", "北 0、东 90", "North 0, east 90", kind="number"),
        column("view_deg", "视角 (°)", "View (°)", kind="number"),
        column("range_m", "视距 (米)", "Range (m)", kind="number"),
        column(
            "timezone",
            "时区",
            "Time zone",
            "消息中无时区的时间属何时区；空为本市时区",
            "Zone of times in its messages that name none; empty for the city's",
        ),
        column(
            "pull",
            "拉取地址",
            "Pulled from",
            "由平台主动读取的设备地址（http 或 https，不含口令）；口令写在 WARDLINE_PULL_SECRETS 指定的文件中",
            "Address (http or https) at which Wardline itself asks the device; names and passwords stand in the file "
            "of WARDLINE_PULL_SECRETS, never here",
        ),
    ),
)

WEBHOOKS = Section(
    id="webhooks",
    group="sources",
    label=names("网络回调映射", "Webhook mappings"),
    about=names(
        "渠道 webhook 的来源所发 JSON 如何读取：每行以一个 JMESPath 表达式填一个字段。",
        "How the JSON of sources of the feed webhook is read: each row fills one field by a JMESPath expression.",
    ),
    file="webhooks.csv",
    key=("mapping", "field"),
    columns=(
        column(
            "mapping",
            "映射",
            "Mapping",
            "来源的外部编号；default 用于其余来源",
            "The source's external id; default is for all others",
            needed=True,
        ),
        column(
            "field",
            "字段",
            "Field",
            kind="choice",
            options=options(*((field, field, field) for field in WEBHOOK_FIELDS)),
            needed=True,
        ),
        column("expression", "表达式", "Expression", "JMESPath", "JMESPath", kind="long", needed=True),
    ),
)
