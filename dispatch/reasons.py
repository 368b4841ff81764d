"""Why an automatic choice was made: a rule's name and its values, with the words in both languages.

A reason is stored as rule and values only; the words are made when it is read, so that a better wording
reaches old cases too.
"""

from collections.abc import Mapping

from msgspec import Struct

from dispatch.city import Codes
from dispatch.wording import say_value


class Reason(Struct, frozen=True, gc=False):
    """One ground of one choice. `rule` is a key of TEXTS; `values` fill the text's braces."""

    rule: str
    values: Mapping[str, str] = {}


TEXTS: Mapping[str, tuple[str, str]] = {
    # what it is
    "class.given": ("上报方给出类别：{category_zh}", "The sender says what it is: {category_en}"),
    "class.video": ("视频识别：{type_zh} → {category_zh}", "A camera saw {type_en}: {category_en}"),
    "class.sensor": (
        "传感器规则：{type_zh}（{severity}）→ {category_zh}",
        "A sensor's rule: {type_en} ({severity}): {category_en}",
    ),
    "sense.threshold": (
        "规则“{rule_zh}”：{said}，达到{threshold}，已持续{lasted_s}秒",
        "Rule {rule_en}: {said}, the level being {threshold}, for {lasted_s} s",
    ),
    "sense.rate": (
        "规则“{rule_zh}”：变化{said}，达到{threshold}，已持续{lasted_s}秒",
        "Rule {rule_en}: it has changed by {said}, the level being {threshold}, for {lasted_s} s",
    ),
    "sense.repeat": (
        "规则“{rule_zh}”：{said}，达到{threshold}次",
        "Rule {rule_en}: {said}, the level being {threshold} times",
    ),
    "sense.combine": (
        "规则“{rule_zh}”：条件成立（{said}），已持续{lasted_s}秒",
        "Rule {rule_en}: {said}, for {lasted_s} s",
    ),
    "sense.absence": (
        "规则“{rule_zh}”：{said}没有读数，达到{threshold}分钟",
        "Rule {rule_en}: no reading for {said}, the level being {threshold} min",
    ),
    "sense.when": ("且满足条件：{when}", "And it is so that {when}"),
    "class.words": (
        "文字中的词语：{words} → {category_zh}（把握{confidence}）",
        "Words of the text: {words}: {category_en} ({confidence} sure)",
    ),
    "class.beside_us": (
        "文字似与城市管理无关（{words}），请转交或答复",
        "By its words ({words}) it is no matter of the city's desk: refer or answer it",
    ),
    "class.no_words": ("文字中没有已知的类别词语", "The text has no word of any category"),
    "class.unknown_category": ("类别表中没有“{kind}”", "The category table has no {kind}"),
    "class.unknown_video": ("视频类型表中没有“{kind}”", "The table of video types has no {kind}"),
    "class.unknown_sensor": ("传感器类型表中没有“{kind}”", "The table of sensor types has no {kind}"),
    "class.alarm": ("达到报警级，紧急程度为{priority}", "It is an alarm, so the priority is {priority}"),
    "class.advisory": ("仅为提示级，不单独立案", "It is only an advisory, which opens no case"),
    "class.too_short": (
        "持续{lasted_s}秒，未达到{dwell_s}秒",
        "It has lasted {lasted_s} s, and {dwell_s} s are needed",
    ),
    # where it is
    "place.coordinates": ("按上报坐标定位", "Placed by the coordinates that came with it"),
    "place.component": ("按部件{component}定位", "Placed by the register's component {component}"),
    "place.source": ("按来源{source_zh}的登记位置定位", "Placed by where {source_en} is registered"),
    "place.name": (
        "按文字中的地名“{name}”定位（精度约{accuracy_m}米）",
        "Placed by the name {name} in the text (to about {accuracy_m} m)",
    ),
    "place.ambiguous": ("地名也可能指：{others}", "The name may also mean: {others}"),
    "place.outside": ("位置在城市范围以外", "The place lies outside the city"),
    "place.none": ("没有可用的位置信息", "Nothing says where it is"),
    # is it known
    "known.named": ("上报人确认与案件{number}是同一问题", "Who reported it says that it is case {number}"),
    "known.episode": ("与案件{number}属于同一事件过程", "The same episode as case {number}"),
    "known.near": (
        "与案件{number}同类、时间相近、相距{distance_m}米",
        "The same kind as case {number}, at about the same time, {distance_m} m away",
    ),
    "known.near_kin": (
        "案件{number}（{category_of_case}）与{category}可能是同一件事：时间相近、相距{distance_m}米",
        "Case {number} ({category_of_case}) may be the same happening as {category}: at about the same time, "
        "{distance_m} m away",
    ),
    "known.box": (
        "{source}画面中同一位置的目标，编号不同，与案件{number}是同一件事",
        "The same thing in the picture of {source} as in case {number}, under another number",
    ),
    "known.views": (
        "{source}与{other}看的是同一处，且时间相近：与案件{number}是同一件事",
        "{source} and {other} look at the same place, at about the same time: case {number}",
    ),
    "known.views_kin": (
        "{source}与{other}看的是同一处：案件{number}（{category_of_case}）与{category}可能是同一件事",
        "{source} and {other} look at the same place: case {number} ({category_of_case}) may be the same happening "
        "as {category}",
    ),
    "known.view": (
        "位置在{source}的视野内，且时间相近：与案件{number}是同一件事",
        "The place lies in the view of {source}, at about the same time: case {number}",
    ),
    "known.view_kin": (
        "位置在{source}的视野内：案件{number}（{category_of_case}）与{category}可能是同一件事",
        "The place lies in the view of {source}: case {number} ({category_of_case}) may be the same happening as "
        "{category}",
    ),
    "known.gateway": (
        "{source}是其网关，且时间相近：与案件{number}是同一件事",
        "{source} is its gateway, at about the same time: case {number}",
    ),
    "known.leads": (
        "又有消息表明是{category}，更能说明是什么事",
        "It is also told of as {category}, which says better what it is",
    ),
    "priority.raised": (
        "新事件更严重：{priority}，{severity}",
        "The new event is worse: {priority}, {severity}",
    ),
    # must a person look first
    "wait.category": ("类别不明，待受理员确认", "What it is must be said by a person"),
    "wait.place": ("位置不明，待受理员确认", "Where it is must be said by a person"),
    "wait.outside": ("位置在城市以外，待受理员确认", "It is outside the city: a person must look"),
    "wait.loose_place": (
        "位置精度约{accuracy_m}米，待受理员确认",
        "The place is known to {accuracy_m} m only: a person must look",
    ),
    "wait.people": ("公众上报须先核实", "A report by the public is looked at first"),
    "wait.confidence": (
        "把握{confidence}，低于该类别要求的{needed}",
        "{confidence} sure, and this category needs {needed}",
    ),
    "wait.threshold": (
        "把握{confidence}，低于自动立案规则“{row}”要求的{needed}",
        "{confidence} sure, and the filing rule {row} needs {needed}",
    ),
    "wait.not_allowed": (
        "自动立案规则“{row}”要求由人确认",
        "The filing rule {row} leaves this to a person",
    ),
    "wait.imported": ("历史案件尚未办结，待人工处理", "A case of the past that has not ended: a person must look"),
    "wait.department": ("责任清单中没有对应部门", "No department answers for this here"),
    "flag.insult": ("文字含侮辱性词语“{words}”，请先审看", "The words hold an insult ({words}): look before others do"),
    "flag.threat": ("文字含威胁性词语“{words}”，请先审看", "The words hold a threat ({words}): look before others do"),
    "flag.spam": ("文字疑似广告（“{words}”）", "The words look like advertising ({words})"),
    "flag.test": ("疑似测试上报（“{words}”）", "Somebody seems only to have tried the form ({words})"),
    "flag.repeat": ("文字多次重复同样内容", "The words are the same again and again"),
    "flag.mash": ("文字疑似随意键入", "The words look like keys pressed at random"),
    "flag.robot": (
        "疑似程序自动提交：填写了对人不可见的栏目",
        "Perhaps sent by a program: it filled in a field that people do not see",
    ),
    "flag.picture": ("图片此前已在案件{number}中出现", "The picture was seen before, in case {number}"),
    # history
    "history.imported": ("由历史数据导入（原编号{record}）", "Imported from the past (its number there: {record})"),
    # filing
    "file.sure": ("类别、位置、把握均满足，自动立案", "Category, place and confidence suffice: filed by rule"),
    "file.confirmed": ("{feed}的事件证实了本案，自动立案", "An event of {feed} confirms the case: filed by rule"),
    "file.limit": ("处置时限：{amount}{unit}", "Handling limit in {unit}: {amount}"),
    "duty.row": (
        "责任清单：{department}负责（类别{category}，专业{trade}，区域{area}）",
        "Responsibility matrix: {department} answers (category {category}, trade {trade}, area {area})",
    ),
    "duty.of_trade": (
        "责任清单无对应行，由专业“{trade}”的{department}负责",
        "No row of the matrix fits; {department} answers for the trade {trade}",
    ),
    "duty.by_person": ("{by}指定由{department}负责", "{by} said that {department} answers"),
    "class.child": ("案件{number}的一部分，由{by}分派", "A part of case {number}, opened by {by}"),
    # sending
    "assign.nearest": (
        "就近派遣{worker}：{distance_m}米，约{minutes}分钟，手上{load}件；备选{others}人",
        "{worker} is the nearest: {distance_m} m, about {minutes} min, tasks in hand: {load}; others weighed: {others}",
    ),
    "assign.least_loaded": (
        "任务最少派遣{worker}：手上{load}件，{distance_m}米，约{minutes}分钟；备选{others}人",
        "{worker} has the fewest tasks: {load}, {distance_m} m, about {minutes} min; others weighed: {others}",
    ),
    "assign.balanced": (
        "兼顾路程与任务派遣{worker}：{distance_m}米，约{minutes}分钟，手上{load}件；备选{others}人",
        "{worker} can begin first: {distance_m} m, about {minutes} min, tasks in hand: {load}; "
        "others weighed: {others}",
    ),
    "assign.pool": (
        "{department}具备“{skill}”技能{total}人，在岗{on_duty}人；其中任务已满{full}人，"
        "已拒单{declined}人，责任区外{outside}人",
        "{on_duty} of {total} in {department} on duty with skill {skill}; "
        "{full} full, {declined} declined, {outside} of other areas",
    ),
    "assign.widened": ("责任区内无人可派，扩大到全部门", "Nobody of the area was free: the whole department was asked"),
    "assign.by_person": ("{by}指定派遣{worker}", "{by} chose {worker}"),
    "queue.no_skill": ("责任部门没有“{skill}”技能的人员", "Nobody in the department has the skill {skill}"),
    "queue.none_on_duty": ("“{skill}”技能人员均不在岗", "Nobody with the skill {skill} is on duty"),
    "queue.all_full": ("“{skill}”技能在岗人员任务均已满", "All on duty with the skill {skill} have their hands full"),
    "queue.all_declined": (
        "“{skill}”技能在岗人员均已拒单",
        "All on duty with the skill {skill} have declined the case",
    ),
    "forward.row": (
        "按转交规则告知{partner}（其服务代码{service_code}）",
        "{partner} is told of it by the table of forwarding (as {service_code})",
    ),
    "forward.refused": ("{partner}不予处置，改由本市处置", "{partner} will not deal with it: our own people do"),
    "escalate.not_accepted": ("{worker}未按时接单", "{worker} has not accepted in time"),
    "escalate.limit": ("处置时限已用{percent}%", "{percent} % of the handling limit are used"),
    "check.source_asked": ("处置完毕，向来源{source}复核", "Handled: its source {source} is asked whether it is over"),
    "check.clear": ("来源复核：已消除", "The source says that it is over"),
    "check.present": ("来源复核：仍存在", "The source says that it is still there"),
    "check.silent": (
        "来源已长时间无消息，且未报告结束，转人工核查",
        "The source has fallen silent and has told no end: a person must look",
    ),
    "check.unknown": ("来源无法判断，转人工核查", "The source cannot say: a person must look"),
    "check.suggest": ("该类别由人工确认核查结果", "For this category a person decides on the source's answer"),
    "close.check_passed": ("核查通过，自动结案", "The check was passed: closed by rule"),
}
"""rule -> (zh, en), each a `str.format` template over the reason's values."""

UNKNOWN = ("规则{rule}", "Rule {rule}")
"""For a rule of an old fact that the table no longer has."""


def render(reason: Reason, codes: Codes) -> dict[str, str]:
    """Return a reason in words: {"rule", "zh", "en"}, with the names that the city gives to the codes in its values.

    A code that the city no longer has stands for itself; a value that is missing is shown as its name in braces.
    """
    zh, en = TEXTS.get(reason.rule, UNKNOWN)
    said = {key: say_value(key, value, codes) for key, value in reason.values.items()}
    return {
        "rule": reason.rule,
        "zh": zh.format_map(_Values({key: names.zh for key, names in said.items()}, rule=reason.rule)),
        "en": en.format_map(_Values({key: names.en for key, names in said.items()}, rule=reason.rule)),
    }


class _Values(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"
