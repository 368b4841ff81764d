"""Categories with their limits, video and sensor types, response templates."""

from services.city.sections.model import NAME_EN, NAME_ZH, Section, column, id_column, names, options

PRIORITIES = options(("critical", "特急", "critical"), ("urgent", "紧急", "urgent"), ("general", "一般", "general"))
_UNITS = options(
    ("UH", "紧急小时（昼夜计）", "clock hours"), ("WH", "工作小时", "working hours"), ("WD", "工作日", "working days")
)
_PUBLIC = options(("yes", "是", "yes"), ("rough", "是，位置模糊", "yes, with a rough place"), ("no", "否", "no"))
_CATEGORY = column("category", "类别", "Category", kind="ref", refers="categories", needed=True)

CATEGORIES = Section(
    id="categories",
    group="categories",
    label=names("类别与时限", "Categories and limits"),
    about=names(
        "部件与事件的类别、优先级、处置时限与派遣方式。同一编码可有几行，以生效日期区分。",
        "Categories of parts and events with priority, handling limit and how a worker is chosen. A code may have "
        "several rows that differ in the day from which they hold.",
    ),
    file="categories.csv",
    key=("scheme", "code", "valid_from"),
    standard=True,
    columns=(
        column("scheme", "体系", "Scheme", "与城市资料的体系一致", "As the city's profile names it", needed=True),
        column("code", "编码", "Code", needed=True),
        NAME_ZH,
        NAME_EN,
        column("priority", "优先级", "Priority", kind="choice", options=PRIORITIES, needed=True),
        column(
            "normal_limit",
            "时限",
            "Limit",
            "一般案件的处置时限",
            "Handling limit of general cases",
            kind="number",
            needed=True,
        ),
        column("normal_unit", "时限单位", "Unit", kind="choice", options=_UNITS, needed=True),
        column(
            "urgent_limit",
            "紧急时限",
            "Urgent limit",
            "高于一般的案件；空则同时限",
            "Of more than general cases; empty is as above",
            kind="number",
        ),
        column("urgent_unit", "紧急单位", "Urgent unit", kind="choice", options=_UNITS),
        column(
            "skill", "技能", "Skill", "处置所需技能", "What a worker must be able to do", refers="skills", needed=True
        ),
        column(
            "trade",
            "行业",
            "Trade",
            "按它在职责矩阵中找部门",
            "By which the matrix finds a department",
            refers="trades",
            needed=True,
        ),
        column(
            "kind",
            "部件/事件",
            "Kind",
            kind="choice",
            options=options(("part", "部件", "part"), ("event", "事件", "event")),
            needed=True,
        ),
        column("major_zh", "大类", "Class (Chinese)", needed=True),
        column("major_en", "大类（英文）", "Class (English)", needed=True),
        column(
            "policy",
            "派遣方式",
            "Policy",
            "如何选人",
            "How a worker is chosen",
            kind="choice",
            options=options(
                ("nearest", "就近", "nearest"),
                ("least_loaded", "最闲", "least loaded"),
                ("balanced", "均衡", "balanced"),
            ),
            needed=True,
        ),
        column(
            "same_place_m",
            "同一处 (米)",
            "Same place (m)",
            "相距多近算同一件事",
            "How near two events are one happening",
            kind="number",
            needed=True,
        ),
        column(
            "same_time_s",
            "同一时 (秒)",
            "Same time (s)",
            "相隔多久算同一件事",
            "How soon after each other",
            kind="number",
            needed=True,
        ),
        column(
            "auto_file_confidence",
            "自动立案置信度",
            "Auto-file confidence",
            "机器上报达到此值即自动立案；大于 1 为从不",
            "From which a machine's event is filed without a person; above 1 never",
            kind="number",
            needed=True,
        ),
        column(
            "smart_check",
            "智能核查",
            "Smart check",
            "处置后再问来源",
            "The source is asked again when it is handled",
            kind="choice",
            options=options(("off", "不用", "off"), ("suggest", "建议", "suggest"), ("close", "直接结案", "close")),
            usual="off",
        ),
        column(
            "public",
            "公开",
            "Public",
            "公众（地图、开放数据、Open311）能否看到此类案件，位置是否只到约 100 米",
            "Whether the public sees such cases (map, open data, Open311), or their places only to about 100 m",
            kind="choice",
            options=_PUBLIC,
            usual="yes",
        ),
        column("valid_from", "生效", "Valid from", kind="date", needed=True),
        column("valid_to", "失效", "Valid to", "空为长期", "Empty: no end", kind="date"),
        column("file_when", "立案条件", "File when", kind="long"),
        column("close_when", "结案条件", "Close when", kind="long"),
        column(
            "words_zh",
            "中文词",
            "Chinese words",
            "文字中的何词指向此类",
            "Words by which a text is known to be about it",
            kind="list",
        ),
        column("words_en", "英文词", "English words", kind="list"),
        column("gb_code", "国标码", "National code", "地方扩展为空", "Empty for local extensions"),
        column("basis", "依据", "Basis", "何者有出处，何者为建议", "What is sourced and what is proposed", kind="long"),
    ),
)

VIDEO_TYPES = Section(
    id="video-types",
    group="categories",
    label=names("视频类型", "Video types"),
    about=names("摄像机可识别的情形及其所属类别。", "What cameras can detect, and the category of each."),
    file="video_types.csv",
    key=("type",),
    standard=True,
    columns=(
        column("type", "类型", "Type", "消息与规则中的名称", "As messages and rules call it", needed=True),
        NAME_ZH,
        NAME_EN,
        column(
            "labels", "标签", "Labels", "识别算法所用的词", "Words that detectors use for it", kind="list", needed=True
        ),
        column(
            "dwell_s",
            "持续秒数",
            "Dwell (s)",
            "持续多久才算",
            "How long it must last before it counts",
            kind="number",
            needed=True,
        ),
        column(
            "clear_after_s",
            "静默即止秒数",
            "Over after silence (s)",
            "多久没有消息即视为结束；0 为只由来源宣告结束",
            "How long without a word before it is over; 0: only its source ends it",
            kind="number",
            usual="0",
        ),
        column("priority", "优先级", "Priority", kind="choice", options=PRIORITIES, needed=True),
        _CATEGORY,
    ),
)

SENSOR_TYPES = Section(
    id="sensor-types",
    group="categories",
    label=names("传感类型", "Sensor types"),
    about=names("传感器所测之量及三级阈值。", "What sensors measure, and three levels from which on it is an event."),
    file="sensor_types.csv",
    key=("type",),
    standard=True,
    columns=(
        column("type", "类型", "Type", needed=True),
        NAME_ZH,
        NAME_EN,
        column("metric", "测量项", "Metric", "消息中的名称", "As messages call it", needed=True),
        column("unit", "单位", "Unit"),
        column(
            "direction",
            "方向",
            "Direction",
            "在阈值的哪一侧算事件",
            "On which side of a level it is an event",
            kind="choice",
            options=options(("above", "高于", "above"), ("below", "低于", "below"), ("equals", "等于", "equals")),
            needed=True,
        ),
        column("advisory", "提示", "Advisory", "三级中至少一级", "At least one of the three levels", kind="number"),
        column("warning", "预警", "Warning", kind="number"),
        column("alarm", "报警", "Alarm", kind="number"),
        column(
            "persist_s",
            "持续秒数",
            "Persist (s)",
            "越过阈值多久才算",
            "How long a level must be passed",
            kind="number",
            needed=True,
        ),
        _CATEGORY,
    ),
)

TEMPLATE_KINDS = options(
    ("note", "备注", "note"),
    ("reply", "答复", "reply"),
    ("file", "立案", "filing"),
    ("decline", "不予立案、拒接", "declining a case or a task"),
    ("void", "作废", "voiding"),
    ("return", "回退", "return"),
    ("reassign", "改派、转交", "sending another"),
    ("refuse", "驳回申请", "refusing a request"),
    ("extension", "延期", "extension"),
    ("suspension", "挂账", "suspension"),
    ("handled", "处置反馈", "handled"),
    ("check", "核查", "check"),
    ("rework", "返工", "rework"),
    ("remind", "催办", "reminder"),
    ("supervise", "督办", "supervision"),
)

TEMPLATES = Section(
    id="templates",
    group="templates",
    label=names("用语模板", "Response templates"),
    about=names(
        "填写意见时可选用的常用语。{number}、{category}、{address}、{due}（截止时间）在使用时代入。",
        "Phrases that are offered where people write. {number}, {category}, {address} and {due} are filled in when one "
        "is used.",
    ),
    file="templates.csv",
    columns=(
        id_column(),
        column("kind", "用于", "Used for", kind="choice", options=TEMPLATE_KINDS, needed=True),
        column("zh", "中文", "Chinese", "两种文字至少填一个", "At least one of the two texts", kind="long"),
        column("en", "英文", "English", "两种文字至少填一个", "At least one of the two texts", kind="long"),
        column(
            "category", "类别", "Category", "空为所有类别", "Empty is every category", kind="ref", refers="categories"
        ),
    ),
)
