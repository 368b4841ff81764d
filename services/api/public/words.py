"""The words of the pages that need no script, in both languages."""

from collections.abc import Mapping

from dispatch.city import Names

WORDS: Mapping[str, Names] = {
    "title": Names("城市问题公示", "Problems in the city"),
    "lead": Names(
        "正在处理和近期办结的案件。不含任何个人信息。",
        "What is being dealt with, and what has been closed of late. Nothing of persons is shown.",
    ),
    "skip": Names("跳到正文", "Skip to content"),
    "report": Names("我要反映问题", "Report a problem"),
    "map": Names("看地图", "See the map"),
    "list": Names("返回列表", "Back to the list"),
    "open": Names("处理中", "Open"),
    "closed": Names("近 30 天办结", "Closed in the last 30 days"),
    "closed_one": Names("已办结", "Closed"),
    "state": Names("状态", "State"),
    "category": Names("类别", "Category"),
    "area": Names("区域", "Area"),
    "all": Names("全部", "All"),
    "show": Names("查看", "Show"),
    "none": Names("没有符合条件的案件。", "No case is like that."),
    "more": Names("下一页", "Next page"),
    "number": Names("编号", "Number"),
    "where": Names("位置", "Place"),
    "opened": Names("反映时间", "Reported"),
    "ended": Names("办结时间", "Closed"),
    "due": Names("应办结于", "To be done by"),
    "department": Names("责任部门", "Responsible"),
    "story": Names("办理经过", "What has happened"),
    "said": Names("反映内容", "What was reported"),
    "photos": Names("图片", "Pictures"),
    "photo": Names("图片 {n}", "Picture {n}"),
    "rough": Names("位置已模糊至约 100 米", "The place is shown to about 100 m only"),
    "missing": Names("没有这个公开案件", "There is no such public case"),
    "missing_why": Names(
        "编号可能有误，或该类案件不公开。您自己反映的问题请用收到的专属链接查看。",
        "The number may be mistyped, or cases of this kind are not public. What you reported yourself is read by the "
        "private link that you were given.",
    ),
    "faulty": Names("查询条件有误", "The question cannot be read"),
    "busy": Names("访问过于频繁，请稍后再试", "Too many questions; try again shortly"),
    "feeds": Names("订阅", "Feeds"),
    "data": Names("开放数据", "Open data"),
    "language": Names("English", "中文"),
}

STAGES: Mapping[str, Names] = {
    "received": Names("已收到", "Received"),
    "reported": Names("已收到", "Received"),
    "pending_filing": Names("已受理", "Accepted"),
    "verifying": Names("正在现场核实", "Being looked at on the spot"),
    "self_handled": Names("已处置", "Dealt with"),
    "reopened": Names("重新受理", "Taken up again"),
    "filed": Names("已立案", "Taken on"),
    "dispatched": Names("已派人", "Someone sent"),
    "rework": Names("重新处置", "Being done again"),
    "accepted": Names("处置中", "On the way"),
    "arrived": Names("已到现场", "On the spot"),
    "suspended": Names("暂缓，定期复查", "On hold, to be looked at again"),
    "coordinating": Names("正在协调责任部门", "It is being settled who must act"),
    "handled": Names("已处置", "Dealt with"),
    "checked": Names("核查通过", "Checked"),
    "closed": Names("已结案", "Closed"),
    "forced_closed": Names("已终止办理", "Ended"),
    "not_filed": Names("未予立案", "Not taken on"),
    "merged": Names("与他案合并办理", "Handled together with another case"),
    "void": Names("未予立案", "Not taken on"),
}
"""Stages as the public has them (`services/api/timeline.py`)."""


def say(key: str, language: str) -> str:
    """Return the words of a key."""
    return choose(WORDS[key], language)


def choose(names: Names, language: str) -> str:
    return names.zh if language == "zh" else names.en
