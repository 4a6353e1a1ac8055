"""The fixed words of documents and how they write dates and figures, in both languages. Imports no framework."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from babel.dates import format_date

from catalog.money import Money, round_half_up
from catalog.text import Text


def _pair(english: str, chinese: str) -> Text:
    return Text.of({"en": english, "zh": chinese})


WORDS: dict[str, Text] = {
    "quotation": _pair("Quotation", "报价单"),
    "quotation_for": _pair("Quotation for", "报价："),
    "items": _pair("items", "项产品"),
    "revision": _pair("Revision", "版本"),
    "date": _pair("Date", "日期"),
    "valid_until": _pair("Valid until", "有效期至"),
    "customer": _pair("Customer", "客户"),
    "reference": _pair("Your reference", "贵方编号"),
    "delivery_to": _pair("Delivered to", "交货地"),
    "currency": _pair("Currency", "币种"),
    "to": _pair("To", "致"),
    "promised_delivery": _pair("Promised delivery", "承诺交货日"),
    "reserved_until": _pair("Capacity is reserved for you until", "产能为您保留至"),
    "order_by_then": _pair("Order by then and the date holds.", "在此之前下单，交期不变。"),
    "date_basis": _pair(
        "The day rests on capacity that the plants hold for exactly these choices, and on the way to you.",
        "交期依据：工厂为上述选项预留的产能，以及运输时间。",
    ),
    "replaces": _pair(
        "Replaces revision %(revision)s, which promised %(day)s for %(gross)s %(currency)s.",
        "替代第 %(revision)s 版（承诺 %(day)s，%(gross)s %(currency)s）。",
    ),
    "replaced": _pair("Replaced quotation", "被替代的报价单"),
    "not_counted": _pair(
        "Not in the totals: line %(position)s, %(quantity)s × %(title)s, %(net)s %(currency)s net.",
        "不计入合计：第 %(position)s 行，%(quantity)s × %(title)s，净价 %(net)s %(currency)s。",
    ),
    "discount_line": _pair("Discount on the line", "行折扣"),
    "discount_share": _pair("Share of the discount on the total", "整单折扣分摊"),
    "number_short": _pair("No.", "序号"),
    "picture": _pair("Picture", "图"),
    "item": _pair("Item", "产品"),
    "quantity": _pair("Qty", "数量"),
    "unit_price": _pair("Unit", "单价"),
    "net_price": _pair("Net", "净价"),
    "delivery": _pair("Delivery", "交货"),
    "footprint": _pair("Footprint", "碳足迹"),
    "each": _pair("each", "每件"),
    "net": _pair("Net", "净额"),
    "tax_number": _pair("Tax no.", "税号"),
    "tax": _pair("VAT", "增值税"),
    "total": _pair("Total", "合计"),
    "rounding": _pair(
        "Amounts are rounded to 0.01 per charge and piece, VAT to 0.01 per line; all sums are exact.",
        "单项费用按件四舍五入到 0.01，增值税按行四舍五入到 0.01；合计无误差。",
    ),
    "discount": _pair("Discount", "折扣"),
    "subtotal": _pair("Subtotal", "小计"),
    "total_discount": _pair("Discount on the total", "总额折扣"),
    "beside": _pair("Can be added or chosen instead, not in the total", "可选项，不计入合计"),
    "optional": _pair("Option", "可选"),
    "alternative": _pair("Alternative", "替代方案"),
    "instead_of": _pair("in place of no.", "替代第"),
    "if_added": _pair("Delivery if added", "加选后交货"),
    "breaks": _pair("Other quantities, each for itself", "其他数量，各自计价"),
    "discounted": _pair("Prices here are with your %(percent)s %% discount on the total; those above are before it.",
                        "此处价格已含总额折扣 %(percent)s %%，上方价格为折扣前价格。"),
    "payment_terms": _pair("Payment", "付款条件"),
    "delivery_terms": _pair("Delivery terms", "交货条款"),
    "notes": _pair("Notes", "备注"),
    "rate": _pair("Rate", "汇率"),
    "rate_words": _pair("1 of the price list's currency is %(rate)s %(currency)s, fixed for this quotation.",
                        "价目表货币 1 单位 = %(rate)s %(currency)s，本报价单内固定。"),
    "price_lines": _pair("How the price is made up", "价格组成"),
    "charge": _pair("Charge", "费用"),
    "basis": _pair("Basis", "计价方式"),
    "amount": _pair("Amount", "金额"),
    "per_piece": _pair("per piece", "每件"),
    "per_line": _pair("for the line", "整行"),
    "surcharge": _pair("Surcharge for the chosen way of making", "所选生产方式附加费"),
    "later_charges": _pair("Charged later, not in the total", "后续收费，不计入合计"),
    "yearly": _pair("a year", "每年"),
    "monthly": _pair("a month", "每月"),
    "metered": _pair("by use", "按用量"),
    "alternatives": _pair("The same order, made differently", "同一订单的其他生产方式"),
    "way": _pair("Way", "方式"),
    "promise": _pair("Promise", "承诺"),
    "made_at": _pair("Made at", "生产地"),
    "this_quotation": _pair("this quotation", "本报价"),
    "default": _pair("Standard", "标准"),
    "fastest": _pair("Fastest", "最快"),
    "cheapest": _pair("Cheapest", "最省"),
    "greenest": _pair("Greenest", "最低碳"),
    "terms": _pair("Terms", "条款"),
    "term_size": _pair(
        "The products are made to the choices listed above; please check them before you accept.",
        "产品按上述选项定制，接受前请核对。",
    ),
    "term_late": _pair(
        "After the reserved time has passed, ask for a new date: price and choices stay as they are.",
        "保留时间过后可申请新的交期，价格与选项不变。",
    ),
    "term_firm": _pair(
        "Price and date are firm. The products are made to the choices listed above.",
        "价格与交期已确定。产品按上述选项定制。",
    ),
    "term_cancel": _pair(
        "An order may be canceled free of charge until work on it begins.", "订单开工前可免费取消。"
    ),
    "term_moved": _pair(
        "Should the day have to move, you are told at once, with the cause, and get a new confirmation.",
        "如交期必须变更，我们会立即告知原因并出具新的确认书。",
    ),
    "term_footprint": _pair(
        "Footprint: material, operations and transport, as far as factors are known.",
        "碳足迹：材料、工序与运输，以已知系数计算。",
    ),
    "accept": _pair("Accept", "接受报价"),
    "accept_how": _pair("Open the link in your mail, or sign and return. Only revision",
                        "打开邮件中的链接，或签字寄回。仅以下版本有效："),
    "is_valid": _pair("is valid.", ""),
    "name_date": _pair("Name, date", "姓名，日期"),
    "signature": _pair("Signature, stamp", "签字，盖章"),
    "verify": _pair("Check this paper", "核验本文件"),
    "check": _pair("Check", "核验"),
    "verify_how": _pair(
        "Scan, or open the address: it says whether this paper is genuine and still stands. It lets nobody accept.",
        "扫码或打开网址，即可核验本文件的真伪与是否仍有效。此码不能用于接受报价。",
    ),
    "verify_alt": _pair("QR code that leads to the page on which this paper is checked", "二维码：核验本文件的页面"),
    "operation_alt": _pair("QR code of operation %(number)s", "二维码：工序 %(number)s"),
    "confirmation": _pair("Order confirmation", "订单确认书"),
    "accepted": _pair("Accepted", "接受时间"),
    "accepted_by": _pair("Accepted by", "接受人"),
    "purchase_order": _pair("Your purchase order", "贵方采购单号"),
    "accepted_sentence": _pair(
        "You accepted quotation %(quote)s, revision %(revision)s, on %(moment)s. Thank you.",
        "贵方已于%(moment)s接受报价单 %(quote)s 第 %(revision)s 版，谢谢。",
    ),
    "deliveries": _pair("Deliveries", "交货安排"),
    "delivery_day": _pair("Promised day", "承诺交货日"),
    "promise_history": _pair("How the promise came about", "承诺记录"),
    "cause": _pair("Cause", "原因"),
    "first_promise": _pair("as accepted", "接受时的承诺"),
    "changed_promise": _pair("changed as you asked", "按贵方要求变更"),
    "canceled_promise": _pair("canceled", "已取消"),
    "picked": _pair("Picked", "已领"),
    "work_order": _pair("Work order", "工单"),
    "due": _pair("Due", "到期"),
    "promised_customer": _pair("promised", "承诺客户"),
    "order": _pair("Order", "订单"),
    "pick_list": _pair("Pick list", "领料"),
    "part": _pair("Part", "编号"),
    "part_name": _pair("Name", "名称"),
    "for_operation": _pair("Op.", "工序"),
    "operations": _pair("Operations", "工序"),
    "operation": _pair("Operation", "工序"),
    "work_unit": _pair("Work unit", "设备"),
    "start": _pair("Start", "开始"),
    "time": _pair("Time", "工时"),
    "good": _pair("Good", "合格"),
    "scrap": _pair("Scrap", "报废"),
    "sign": _pair("Sign", "签字"),
    "scan": _pair("Scan", "扫码"),
    "take_care": _pair("Take care", "注意"),
    "drawing_note": _pair("Not to scale; figures count.", "示意图，以数字为准。"),
    "issued": _pair("issued", "签发于"),
    "plan": _pair("plan", "计划"),
    "scan_valid": _pair("Scan to see whether it is still valid.", "扫码确认是否仍有效。"),
    "yes": _pair("yes", "是"),
    "no": _pair("no", "否"),
}


def word(name: str, language: str) -> str:
    """Give a fixed word in a language; raise KeyError for an unknown name."""
    return WORDS[name].in_language(language)


def is_chinese(language: str) -> bool:
    """Whether a language tag means Chinese."""
    return language.startswith("zh")


def full_day(day: date, language: str) -> str:
    """Write a day: ``Thursday 25 March 2027`` or ``2027年3月25日 星期四``."""
    return format_date(day, "y年M月d日 EEEE" if is_chinese(language) else "EEEE d MMMM y", locale=language)


def plain_day(day: date, language: str) -> str:
    """Write a day without weekday: ``25 March 2027`` or ``2027年3月25日``."""
    return format_date(day, "y年M月d日" if is_chinese(language) else "d MMMM y", locale=language)


def short_day(day: date, language: str) -> str:
    """Write a day briefly: ``25 Mar 2027`` or ``2027-03-25``."""
    return format_date(day, "y-MM-dd" if is_chinese(language) else "d MMM y", locale=language)


def local_moment(moment: datetime, zone: ZoneInfo, language: str) -> str:
    """Write an aware moment at a place: ``Thursday 11 March 2027, 08:32``."""
    local = moment.astimezone(zone)
    return f"{full_day(local.date(), language)}{' ' if is_chinese(language) else ', '}{local:%H:%M}"


def local_start(moment: datetime, zone: ZoneInfo) -> str:
    """Write when an operation starts, short and in both conventions: ``3月17日 06:10``."""
    local = moment.astimezone(zone)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def money(value: Money) -> str:
    """Write an amount without its currency: ``2,075.56``; a true minus before negative ones."""
    text = f"{abs(value.to_decimal()):,.2f}"
    return f"\N{MINUS SIGN}{text}" if value.amount_minor < 0 else text


def kilograms(grams: int) -> str:
    """Write grams as kilograms: whole from 10 kg, one decimal below."""
    digits = 0 if abs(grams) >= 10_000 else 1
    return figure(Fraction(grams, 1000), digits)


def figure(value: Fraction, digits: int) -> str:
    """Write an exact number with a fixed number of decimals, halves away from zero."""
    scaled = Decimal(round_half_up(value * 10**digits)).scaleb(-digits)
    return f"{scaled:,.{digits}f}".replace("-", "\N{MINUS SIGN}")


def plain_figure(value: Fraction, most_digits: int = 3) -> str:
    """Write an exact number with as few decimals as it needs, at most ``most_digits``, without grouping."""
    text = figure(value, most_digits).replace(",", "")
    return text.rstrip("0").rstrip(".") if "." in text else text
