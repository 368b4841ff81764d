"""What letters say, in Chinese and English: from a template's values to a mail or a short message.

Every letter is a subject, a few paragraphs, a list of what has happened, links, and a foot. `TEMPLATES` has one row for
each kind; the two files beside it lay all of them out, as plain text and as HTML (escaped).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from msgspec import Struct

from services.notify.letter import Channel, Letter
from services.store.letters import Waiting

SMS_MAX = 300
"""Characters of a short message: five parts of one in Chinese, and as many as a gateway joins."""
SUBJECT_MAX = 150

Values = Mapping[str, Any]


class Link(Struct, frozen=True):
    label: str
    url: str


class Item(Struct, frozen=True):
    """Something that has happened: a headline and a sentence."""

    head: str
    text: str
    url: str = ""


class Said(Struct, frozen=True, kw_only=True):
    """What a letter says. `short` is all of it in a short message; `end_url` the link that ends the subscription."""

    subject: str
    lead: Sequence[str]
    short: str
    code: str = ""
    items: Sequence[Item] = ()
    links: Sequence[Link] = ()
    foot: Sequence[str] = ()
    end_url: str = ""


def _say_code(values: Values, is_zh: bool) -> Said:
    code, city, minutes = values["code"], values["city_zh" if is_zh else "city_en"], values["minutes"]
    if is_zh:
        return Said(
            subject=f"{code} 是您的验证码",
            lead=(f"您（或有人）在{city}的上报页面留下了这个地址。请在页面上输入验证码：",),
            code=code,
            short=f"【{city}】验证码 {code}，{minutes}分钟内有效。请勿告诉他人。",
            foot=(f"{minutes} 分钟内有效。若不是您本人操作，不必理会，我们不会再发。",),
        )
    return Said(
        subject=f"{code} is your code",
        lead=(f"You, or somebody, gave this address on the report page of {city}. Enter this code there:",),
        code=code,
        short=f"{city}: your code is {code}, good for {minutes} minutes. Tell it to nobody.",
        foot=(f"It is good for {minutes} minutes. If this was not you, do nothing: we will not write again.",),
    )


def _say_news(values: Values, is_zh: bool) -> Said:
    """News of what somebody follows: a report of his own, a case, or an area."""
    tongue = "zh" if is_zh else "en"
    city, about = values[f"city_{tongue}"], values[f"about_{tongue}"]
    items = [Item(each[f"head_{tongue}"], each[tongue], each["url"]) for each in values["items"]]
    last, more = items[-1], len(items) - 1
    subject = f"{about}：{last.text}" if is_zh else f"{about}: {last.text}"
    if values["kind"] == "area":
        count = values["cases"]
        subject = f"{about}：{count} 件案件有进展" if is_zh else f"{about}: news of {count} case{'s' * (count > 1)}"
    left = values["left"]
    lead = [_LEAD[tongue].format(about=about)]
    if left:
        lead.append(_LEFT[tongue].format(left=left))
    url = values["url"]
    open_it = "查看进展" if is_zh else "See how it stands"
    return Said(
        subject=subject,
        lead=lead,
        short=_shorten(city, subject, more if values["kind"] != "area" else 0, _last_link(values, is_zh), is_zh),
        items=items,
        links=(Link(open_it, url),) if url else (),
        foot=(_WHY[tongue].format(city=city),),
        end_url=values["end_url"],
    )


_LEAD = {"zh": "您关注的“{about}”有新进展：", "en": "There is news of what you follow, {about}:"}
_LEFT = {"zh": "（另有 {left} 条较早的进展未列出）", "en": "({left} earlier ones are not listed.)"}
_WHY = {
    "zh": "您收到此信，是因为在{city}的页面上确认过这个地址。",
    "en": "You get this because you confirmed this address on the page of {city}.",
}


def _last_link(values: Values, is_zh: bool) -> str:
    """Return what a short message ends with: the private link, by whose page it is ended too, else what ends it."""
    if values["url"]:
        return f" {values['url']}"
    return f" 退订 {values['end_url']}" if is_zh else f" Stop: {values['end_url']}"


def _shorten(city: str, subject: str, more: int, last: str, is_zh: bool) -> str:
    """Return a short message. What is too long loses of its words, never of its link."""
    if is_zh:
        said = f"【{city}】{subject}" + (f"（等{more + 1}项进展）" if more else "")
    else:
        said = f"{city}: {subject}" + (f" (and {more} more)" if more else "")
    return said[: SMS_MAX - len(last)] + last


TEMPLATES: Mapping[str, Callable[[Values, bool], Said]] = {"code": _say_code, "news": _say_news}
"""Template -> what a letter of it says, of its values, in Chinese or English."""

_END = {"zh": "退订", "en": "Stop these letters"}
_pages = Environment(
    loader=PackageLoader("services.notify"),
    autoescape=lambda name: bool(name and name.endswith(".html")),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def write_letter(waiting: Waiting) -> Letter:
    """Return the letter as it goes out.

    :raises KeyError: for a template that there is not, or values that it lacks.
    """
    said = TEMPLATES[waiting.template](waiting.values, waiting.language == "zh")
    channel = Channel(waiting.channel)
    if channel is Channel.SMS:
        text = _one_line(said.short)[:SMS_MAX]
        return Letter(id=waiting.id, channel=channel, to=waiting.to, language=waiting.language, text=text)
    values = {"said": said, "lang": waiting.language, "end": _END[waiting.language]}
    return Letter(
        id=waiting.id,
        channel=channel,
        to=waiting.to,
        language=waiting.language,
        subject=_one_line(said.subject)[:SUBJECT_MAX],
        text=_pages.get_template("letter.txt").render(values),
        html=_pages.get_template("letter.html").render(values),
        headers=_headers(said.end_url),
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _headers(end_url: str) -> Mapping[str, str]:
    """One click ends the subscription (RFC 8058)."""
    if not end_url:
        return {}
    return {"List-Unsubscribe": f"<{end_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
