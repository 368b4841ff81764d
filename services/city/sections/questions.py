"""What is asked of who reports, and after which words his report is looked at first."""

from services.city.sections.model import Section, column, names, options

MODERATION = Section(
    id="moderation",
    group="categories",
    label=names("审看词语", "Words to be looked at"),
    about=names(
        "市民上报含这些词语时，先由受理员审看，此前不对外公开；不会因此拒收。",
        "A citizen's report with one of these words is looked at by the acceptor before the public sees it. None is "
        "refused for it.",
    ),
    file="moderation.csv",
    key=("word",),
    columns=(
        column("word", "词语", "Word", needed=True),
        column(
            "kind",
            "种类",
            "Kind",
            kind="choice",
            options=options(
                ("insult", "侮辱", "insult"),
                ("threat", "威胁", "threat"),
                ("spam", "广告", "advertising"),
                ("test", "测试", "test"),
            ),
            needed=True,
        ),
    ),
)

QUESTIONS = Section(
    id="questions",
    group="categories",
    label=names("上报提问", "Questions to reporters"),
    about=names(
        "市民或对接系统上报某类问题时另需回答的问题，按表中次序提问。",
        "What citizens and partner systems are asked beside what and where, by category, in the order of the table.",
    ),
    file="questions.csv",
    key=("category", "code"),
    columns=(
        column("category", "类别", "Category", kind="ref", refers="categories", needed=True),
        column("code", "编号", "Code", "同一类别内唯一", "Unique within its category", needed=True),
        column(
            "kind",
            "答案",
            "Answer",
            kind="choice",
            options=options(
                ("string", "一行文字", "one line"),
                ("text", "多行文字", "several lines"),
                ("number", "数字", "a number"),
                ("datetime", "日期时间", "date and time"),
                ("singlevaluelist", "单选", "one of a list"),
                ("multivaluelist", "多选", "some of a list"),
                ("notice", "仅提示，不作答", "a notice, not answered"),
                ("stop", "先打电话：确认后才继续", "a stop: call first"),
            ),
            needed=True,
        ),
        column(
            "required",
            "必答",
            "Required",
            "“先打电话”一行为“是”时，不再受理上报",
            "Of a stop: such things are not reported at all",
            kind="flag",
        ),
        column("zh", "中文", "Chinese", kind="long", needed=True),
        column("en", "英文", "English", kind="long", needed=True),
        column(
            "choices",
            "选项",
            "Choices",
            "编号=中文/英文，以 | 分隔",
            "key=Chinese/English, with | between",
            kind="list",
        ),
        column(
            "call",
            "拨打",
            "Call",
            "仅“先打电话”：电话号码，以 | 分隔",
            "Of a stop: telephone numbers, with | between",
            kind="list",
        ),
    ),
)
