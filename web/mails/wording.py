"""The fixed words of mails, in both languages. ``%(name)s`` are places that facts of the mail fill."""

from __future__ import annotations

from collections.abc import Mapping

from catalog.text import Text
from ordering.mail import MailKind


def _pair(english: str, chinese: str) -> Text:
    return Text.of({"en": english, "zh": chinese})


TITLES: Mapping[MailKind, Text] = {
    MailKind.QUOTE_OFFERED: _pair("Your quote %(quote)s: delivery on %(day)s", "报价 %(quote)s：承诺 %(day)s交货"),
    MailKind.QUOTE_RENEWED: _pair("New date for quote %(quote)s: %(day)s", "报价 %(quote)s 的新交期：%(day)s"),
    MailKind.QUOTE_EXPIRING: _pair("Quote %(quote)s is held until %(until)s", "报价 %(quote)s 保留至 %(until)s"),
    MailKind.ORDER_CONFIRMED: _pair("Order %(order)s: delivery on %(day)s", "订单 %(order)s：承诺 %(day)s交货"),
    MailKind.ORDER_CHANGED: _pair("Order %(order)s is changed: delivery on %(day)s",
                                  "订单 %(order)s 已更改：承诺 %(day)s交货"),
    MailKind.DATE_MOVED: _pair("Order %(order)s: the date has moved to %(day)s", "订单 %(order)s：交期改为 %(day)s"),
    MailKind.ORDER_DELIVERED: _pair("Order %(order)s is delivered", "订单 %(order)s 已交付"),
}
SENTENCES: Mapping[MailKind, tuple[Text, ...]] = {
    MailKind.QUOTE_OFFERED: (
        _pair("Thank you for asking. This is what we offer.", "感谢您的询价。我们的报价如下。"),
        _pair("The plants hold the capacity for you until %(until)s. Order by then, and price and date hold.",
              "工厂已为您保留产能至 %(until)s。在此之前下单，价格与交期不变。"),
    ),
    MailKind.QUOTE_RENEWED: (
        _pair("You asked for a new date. Your choices are the same as before.", "您请求了新的交期。您的选择不变。"),
        _pair("The plants hold the capacity for you until %(until)s. Order by then, and price and date hold.",
              "工厂已为您保留产能至 %(until)s。在此之前下单，价格与交期不变。"),
    ),
    MailKind.QUOTE_EXPIRING: (
        _pair("Your quote is open until %(until)s. After that the plants give the capacity to others.",
              "您的报价有效至 %(until)s，此后产能将让给他人。"),
        _pair("You can still ask for a new date afterwards.", "到期后您仍可请求新的交期。"),
    ),
    MailKind.ORDER_CONFIRMED: (
        _pair("Thank you for your order. The plants have planned it, and this is the day we promise.",
              "感谢您的订单。工厂已排产，承诺交货日如下。"),
        _pair("The page of your order shows how far it is.", "订单页面会显示进度。"),
    ),
    MailKind.ORDER_CHANGED: (
        _pair("You changed your order. The plants have planned it anew, and this is the day we promise.",
              "您更改了订单。工厂已重新排产，承诺交货日如下。"),
        _pair("The page of your order shows what changed.", "订单页面会显示更改内容。"),
    ),
    MailKind.DATE_MOVED: (
        _pair("We cannot keep the day we promised, and are sorry for it. This is the new day.",
              "很抱歉，我们无法按原承诺日交货。新的交货日如下。"),
    ),
    MailKind.ORDER_DELIVERED: (
        _pair("Your order has reached you. Thank you.", "您的订单已送达，谢谢。"),
        _pair("Is something not right? Answer this mail.", "如有问题，请回复此邮件。"),
    ),
}
WORDS: Mapping[str, Text] = {
    "greeting": _pair("Dear %(name)s,", "%(name)s，您好："),
    "quote": _pair("Quote", "报价"),
    "order": _pair("Order", "订单"),
    "products": _pair("Products", "产品"),
    "promised": _pair("Promised delivery", "承诺交货日"),
    "before": _pair("Promised before", "原承诺交货日"),
    "cause": _pair("Cause", "原因"),
    "price": _pair("Price including tax", "含税价格"),
    "until": _pair("Held until", "保留至"),
    "open_quote": _pair("Open the quote", "打开报价"),
    "open_order": _pair("Open the order", "打开订单"),
    "pdf": _pair("Quotation as PDF", "PDF 报价单"),
    "order_pdf": _pair("Order confirmation as PDF", "PDF 订单确认书"),
    "colon": _pair(": ", "："),
    "footer": _pair("You get this mail because a quote was asked for with this address.",
                    "您收到此邮件，是因为有人用此地址询价。"),
    "calendar_title": _pair("Delivery: %(products)s", "交货：%(products)s"),
    "calendar_quote": _pair("Quote %(quote)s. The page shows how things stand: %(link)s",
                                  "报价 %(quote)s。进展见页面：%(link)s"),
    "calendar_order": _pair("Order %(order)s. The page shows how things stand: %(link)s",
                            "订单 %(order)s。进展见页面：%(link)s"),
}


def say(text: Text, language: str, **places: str) -> str:
    """Give a text in a language with its places filled."""
    return text.in_language(language) % places
