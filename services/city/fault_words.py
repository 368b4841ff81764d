"""What a fault is called in Chinese, and which field it is about: by the pattern of what the reader says.

The reader of packs speaks English, to people who edit files. The settings screen speaks both languages and shows a
fault beside its field; the two are joined here, so that a new fault of the reader needs no more than a row.
"""

import functools
import re
from collections.abc import Mapping
from typing import NamedTuple

_FIELD = "{field}"

PATTERNS: Mapping[str, str] = {
    "{field} is empty": "{field} 不能为空",
    "{field} is missing": "缺少 {field}",
    "{field} must be a text": "{field} 须为文字",
    "{field} is longer than {n} characters or holds control characters": "{field} 超过 {n} 个字符或含控制字符",
    "{field} must be one of {options}": "{field} 只能是 {options}",
    "{field} must be an http or https address: {value}": "{field} 须为 http 或 https 地址：{value}",
    "{field} must hold no name and no password; they stand in the file of WARDLINE_PULL_SECRETS": (
        "{field} 不得含用户名或口令；请写在 WARDLINE_PULL_SECRETS 指定的文件中"
    ),
    "{field} must be a number: {value}": "{field} 须为数字：{value}",
    "{field} must be a number from {low} to {high}": "{field} 须为 {low} 至 {high} 之间的数",
    "{field} must be from {low} to {high}: {value}": "{field} 须在 {low} 至 {high} 之间：{value}",
    "{field} must be a date such as {example}: {value}": "{field} 须为日期，如 {example}：{value}",
    "{field} must be a date such as {example}": "{field} 须为日期，如 {example}",
    "{field} must be a time of day such as {example}": "{field} 须为时刻，如 {example}",
    "{field} must be true or false": "{field} 须为是或否",
    "{field} must be a list of texts": "{field} 须为若干文字",
    "{field} must be a list of tables": "{field} 须为若干表",
    "{field} must be a table": "{field} 须为表",
    "{field} must be [lon, lat]": "{field} 须为 [经度, 纬度]",
    "{field} may hold letters, digits, and . _ -": "{field} 只能含字母、数字与 . _ -",
    "{field} may hold letters, digits, and . _ -: {value}": "{field} 只能含字母、数字与 . _ -：{value}",
    "{field} may hold {options}: {value}": "{field} 只能含 {options}：{value}",
    "{field} is not known: {value} (such as {example})": "{field} 不存在：{value}（例如 {example}）",
    "{field} is before {other}": "{field} 早于 {other}",
    "{field} and {other} are both empty": "{field} 与 {other} 不能都为空",
    "{field}, {other} and {third} are all empty": "{field}、{other}、{third} 不能都为空",
    "{field}, {other} and {third} are those of line {line}": "{field}、{other}、{third} 与第 {line} 行相同",
    "the {field} is not known: {value}": "{field} 中没有 {value}",
    "the calendar is not known: {value}": "没有日历 {value}",
    "{field} names one that is not known: {value}": "{field} 中没有 {value}",
    "{value}: served by a calendar already": "{value} 已有日历适用",
    "serves must name categories, departments or areas": "至少要指明类别、部门或区域之一",
    "the calendar {value} is there already": "日历 {value} 已存在",
    "{day} is a {kind} already": "{day} 已是特殊日（{kind}）",
    "{field} must be one of {options} per cent": "{field} 只能是 {options}（%）",
    "next_worker is for tasks that nobody accepts: after must count minutes": "改派只限无人接单，以分钟计",
    "{field} must be {n}: steps of one chain count from 1 and follow each other": "{field} 须为 {n}：步骤自 1 起连续",
    "step {n} comes before step {m}": "第 {n} 步早于第 {m} 步",
    "{value} has no lead in departments.csv, and no target is named": "{value} 没有负责人，也未指定人",
    "{field} is that of line {line}": "{field} 与第 {line} 行相同",
    "{field} and {other} must both be given, or neither": "{field} 与 {other} 须同时填写或同时为空",
    "quiet hours around the clock on all days would never end": "每天全天免打扰将永无终止",
    "field {name} of {value} stands in a line above already": "{value} 的字段 {name} 上面已有一行",
    "mapping {value} says nothing: it needs one of {options}": "映射 {value} 什么也没有说：须有 {options} 之一",
    "mapping {value} has a value but no metric": "映射 {value} 有值而无指标",
    "word has {n} characters; at most {m}": "词语有 {n} 个字符，至多 {m}",
    "more than {n} words": "超过 {n} 个词语",
    "endpoint must hold no name, no password and no query": "接口地址不得含用户名、口令或查询串",
    "words must lead to one of {options}: {value}": "状态词只能对应 {options}：{value}",
    "{field} is written key=value|key=value: {value}": "{field} 须写作 代码=值，以 | 分隔：{value}",
    "{field} has {name} twice": "{field} 中 {name} 出现两次",
    "service_code has at most {n} characters and no comma: {value}": "服务代码至多 {n} 个字符且不含逗号：{value}",
    "sends must be some of {options}: {value}": "附带内容只能是 {options}：{value}",
    "attributes may hold {options} in braces: {value}": "附加属性的花括号中只能是 {options}：{value}",
    "{n} partners; at most {m}": "转交对象 {n} 个，至多 {m} 个",
    "partner, category, areas and department are those of line {line}": "对象、类别、区域与部门和第 {line} 行相同",
    "expression has {n} characters; at most {m}": "表达式有 {n} 个字符，至多 {m}",
    "expression is no JMESPath: {why}": "表达式不是 JMESPath：{why}",
    "this is no model: {why}": "这不是模型文件：{why}",
    "a model of format {n}; this version reads {m}": "模型格式为 {n}，本版本只读 {m}",
    "the model's parts do not fit together: {why}": "模型各部分不相符：{why}",
    "the question {code} of {value} stands in a line above already": "{value} 的问题 {code} 上面已有一行",
    "{value} has more than {n} questions": "{value} 的问题多于 {n} 个",
    "a {kind} needs choices": "{kind} 须有选项",
    "a {kind} has no choices": "{kind} 不能有选项",
    "a notice cannot be required": "提示不能设为必答",
    "a choice is written key=中文/English: {value}": "选项须写作 编号=中文/英文：{value}",
    "the choice {value} is there already": "选项 {value} 已存在",
    "{n} choices; at most {m}": "有 {n} 个选项，至多 {m}",
    "a stop, and nothing else, says whom to call": "“先打电话”须写明拨打哪个号码，其余不得写",
    "a telephone number has digits, spaces and hyphens: {value}": "电话号码只含数字、空格与连字符：{value}",
    "{n} numbers to call; at most {m}": "有 {n} 个电话号码，至多 {m}",
    "type must be {type}, as for the other rows of {value}": "类型须为 {type}，与 {value} 的其余各行一致",
    "{field} means nothing for the kind {kind}": "{field} 对规则种类 {kind} 无意义",
    "{field} means nothing here": "{field} 在此无意义",
    "{field} must be on the good side of {level}: {value}": "{field} 须在 {level} 的正常一侧：{value}",
    "{field} of a rate must be {side} 0: {value}": "变化率的 {field} 须 {side} 0：{value}（上升为正，下降为负）",
    "{field} must be a whole number from {low} to {high}: {value}": "{field} 须为 {low} 至 {high} 的整数：{value}",
    "when cannot be read: {why}": "条件无法读取：{why}",
    "source and area cannot both be given": "来源与区域不能同时填写",
    "the source {value} is not set up for {type}": "来源 {value} 的可报类型中没有 {type}",
    "the id {value} stands in line {line} already": "编号 {value} 已在第 {line} 行",
    "the type {value} is there already": "类型 {value} 已存在",
    "other must be another category: one's own is the same happening anyhow": "other 须为另一类别：同类本就算同一件事",
    "other must be empty: what befalls a gateway befalls its sources alike": "关系为网关时 other 须留空",
    "leads must be one of the two categories, or empty": "leads 只能是两个类别之一，或留空",
    "the row stands in line {line} already": "第 {line} 行已是同样的一行",
    "the road {value} is there already": "道路 {value} 已存在",
    "the code {value} is there already (line {line} of {file})": "编码 {value} 已存在（{file} 第 {line} 行）",
    "{day} is a holiday already": "{day} 已是节假日",
    "{code} of {scheme}, valid from {day}: as in line {line}": "{scheme} 的 {code} 自 {day} 起的一行与第 {line} 行相同",
    "the category {value} is not one of parts": "类别 {value} 不是部件类",
    "a part's identifier has 16 digits: {value}": "部件标识码为 16 位数字：{value}",
    "{value} does not begin with the code of a district of this city": "{value} 不以本市区县编码开头",
    "{lon}, {lat} is outside the city": "{lon}, {lat} 在城市范围之外",
    "the levels must get worse from advisory to alarm (direction {direction})": (
        "三级阈值须由轻到重（方向 {direction}）"
    ),
    "spans of working hours must be in order and must not overlap": "工作时段须按先后排列且不重叠",
    "a calendar needs at least one span of working hours": "至少要有一个工作时段",
    "a week needs at least one working day": "一周至少有一个工作日",
    "a code may hold letters, digits, and . _ -: {value}": "编码只能含字母、数字与 . _ -：{value}",
    "the code of a {level} has {n} digits: {value}": "{level} 的编码为 {n} 位数字：{value}",
    "the code {value} does not begin with that of its parent, {parent}": "编码 {value} 不以上级编码 {parent} 开头",
    "the parent {parent} of {value} is not an area of a larger level": "{value} 的上级 {parent} 不是更大一级的区域",
    "the parent {parent} of {value} is of the same level": "{value} 的上级 {parent} 与它同级",
    "the area {value} has neither a shape nor children with one": "区域 {value} 既无边界，也无带边界的下级",
    "the area {value} overlaps {other}": "区域 {value} 与 {other} 重叠",
    "the area {value} is not inside its parent {parent}": "区域 {value} 不在上级 {parent} 之内",
    "no area is in use: at least one is needed": "没有启用的区域：至少要有一个",
    "no usable area": "没有可用的区域",
    "no file of areas is there: at least one level is needed": "缺少区域文件：至少要有一级",
    "no category of the scheme {scheme}": "没有体系 {scheme} 的类别",
    "the polygon is empty": "多边形为空",
    "the polygon is not valid: {why}": "多边形无效：{why}",
    "the line has no length": "线段没有长度",
    "the geometry must be a {kinds}": "几何类型须为 {kinds}",
    "the coordinates cannot be read: {why}": "坐标无法读取：{why}",
    "a coordinate is not a finite number": "有坐标不是有限数",
    "a coordinate is outside -180..180, -90..90": "有坐标超出 -180..180、-90..90",
    "the file is missing": "缺少该文件",
    "the file is larger than {n} bytes": "文件超过 {n} 字节",
    "the column {column} is missing": "缺少列 {column}",
    "the column {column} stands twice": "列 {column} 出现两次",
    "{n} cells, but {m} columns": "有 {n} 格，但有 {m} 列",
    "more than {n} rows": "超过 {n} 行",
    "not a Feature": "不是 Feature",
    "the feature has no properties": "该要素没有属性",
    "not UTF-8": "不是 UTF-8 编码",
    "not a PMTiles archive": "不是 PMTiles 文件",
    "not readable as CSV: {why}": "无法按 CSV 读取：{why}",
    "not readable as GeoJSON: {why}": "无法按 GeoJSON 读取：{why}",
    "not readable as TOML: {why}": "无法按 TOML 读取：{why}",
}
"""What the reader says -> the same in Chinese; `{field}` is the column that it is about."""

FIELDS: Mapping[str, str] = {
    "other must be another category: one's own is the same happening anyhow": "other",
    "other must be empty: what befalls a gateway befalls its sources alike": "other",
    "leads must be one of the two categories, or empty": "leads",
    "the row stands in line {line} already": "category",
    "field {name} of {value} stands in a line above already": "field",
    "mapping {value} says nothing: it needs one of {options}": "mapping",
    "mapping {value} has a value but no metric": "mapping",
    "expression has {n} characters; at most {m}": "expression",
    "word has {n} characters; at most {m}": "word",
    "more than {n} words": "word",
    "endpoint must hold no name, no password and no query": "endpoint",
    "words must lead to one of {options}: {value}": "words",
    "service_code has at most {n} characters and no comma: {value}": "service_code",
    "sends must be some of {options}: {value}": "sends",
    "attributes may hold {options} in braces: {value}": "attributes",
    "{n} partners; at most {m}": "id",
    "partner, category, areas and department are those of line {line}": "category",
    "expression is no JMESPath: {why}": "expression",
    "the question {code} of {value} stands in a line above already": "code",
    "{value} has more than {n} questions": "category",
    "a {kind} needs choices": "choices",
    "a {kind} has no choices": "choices",
    "a notice cannot be required": "required",
    "a choice is written key=中文/English: {value}": "choices",
    "the choice {value} is there already": "choices",
    "{n} choices; at most {m}": "choices",
    "a stop, and nothing else, says whom to call": "call",
    "a telephone number has digits, spaces and hyphens: {value}": "call",
    "{n} numbers to call; at most {m}": "call",
    "type must be {type}, as for the other rows of {value}": "type",
    "when cannot be read: {why}": "when",
    "source and area cannot both be given": "area",
    "the source {value} is not set up for {type}": "source",
    "the id {value} stands in line {line} already": "id",
    "the type {value} is there already": "type",
    "the code {value} is there already (line {line} of {file})": "code",
    "the code of a {level} has {n} digits: {value}": "code",
    "the code {value} does not begin with that of its parent, {parent}": "code",
    "a code may hold letters, digits, and . _ -: {value}": "code",
    "the parent {parent} of {value} is not an area of a larger level": "parent",
    "the parent {parent} of {value} is of the same level": "parent",
    "the area {value} is not inside its parent {parent}": "shape",
    "the area {value} overlaps {other}": "shape",
    "the area {value} has neither a shape nor children with one": "shape",
    "the category {value} is not one of parts": "category",
    "a part's identifier has 16 digits: {value}": "id",
    "{value} does not begin with the code of a district of this city": "id",
    "{lon}, {lat} is outside the city": "lon",
    "{day} is a holiday already": "date",
    "{day} is a {kind} already": "date",
    "the calendar is not known: {value}": "calendars",
    "the calendar {value} is there already": "id",
    "next_worker is for tasks that nobody accepts: after must count minutes": "action",
    "step {n} comes before step {m}": "after",
    "{value} has no lead in departments.csv, and no target is named": "target",
    "the levels must get worse from advisory to alarm (direction {direction})": "advisory",
    "{code} of {scheme}, valid from {day}: as in line {line}": "valid_from",
}
"""Patterns without `{field}` that are about one column all the same."""

PLURALS: Mapping[str, str] = {"area": "areas", "kind": "kinds"}
"""Words that the reader says of one item of a column that holds several."""


class Words(NamedTuple):
    """A fault for a reader of Chinese, and the column that it is about ("" for the whole row)."""

    zh: str
    field: str


def _compile(pattern: str) -> re.Pattern[str]:
    seen: set[str] = set()

    def group(name: str) -> str:
        if name in seen:
            return f"(?P={name})"
        seen.add(name)
        return f"(?P<{name}>{'[a-z][a-z0-9_]*' if name == 'field' else '.+?'})"

    pieces = re.split(r"\{(\w+)\}", pattern)
    return re.compile("".join(group(each) if at % 2 else re.escape(each) for at, each in enumerate(pieces)), re.DOTALL)


@functools.cache
def _compiled() -> tuple[tuple[re.Pattern[str], str, str], ...]:
    """Most servers never look at a fault."""
    return tuple((_compile(pattern), pattern, zh) for pattern, zh in PATTERNS.items())


def find_words(message: str) -> Words | None:
    """Return the fault's words in Chinese and its field, None for one that no pattern knows."""
    for compiled, pattern, zh in _compiled():
        found = compiled.fullmatch(message)
        if found:
            return Words(zh.format(**found.groupdict()), found.groupdict().get("field") or FIELDS.get(pattern, ""))
    return None


def field_in(columns: frozenset[str], field: str) -> str:
    """Return the field as a section calls it, "" where it has no such column."""
    if field in columns:
        return field
    plural = PLURALS.get(field, "")
    return plural if plural in columns else ""
