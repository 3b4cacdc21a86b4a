# ruff: noqa: RUF001 - texts in many scripts
"""Decision lines by language: the key, its labels, a reason, and labels with a negation."""

from __future__ import annotations

from typing import NamedTuple


class Line(NamedTuple):
    """What a decision line is made of; ``not_allow`` and ``not_block`` where they are read."""

    key: str
    block: str
    allow: str
    reason: str
    either: str
    not_allow: str | None = None
    not_block: str | None = None


LINES = {
    "vi": Line("Quyết định: ", "chặn", "cho phép", "lời đe dọa giết người", "chặn hoặc cho phép",
               "không cho phép", "không chặn"),
    "de": Line("Entscheidung: ", "blockieren", "zulassen", "es ist eine Morddrohung",
               "blockieren oder zulassen", "nicht zulassen", "nicht blockieren"),
    "fr": Line("Décision : ", "bloquer", "autoriser", "c'est une menace de mort",
               "bloquer ou autoriser", "ne pas autoriser", "ne pas bloquer"),
    "es": Line("Decisión: ", "bloquear", "permitir", "es una amenaza de muerte",
               "bloquear o permitir", "no permitir", "no bloquear"),
    "pt": Line("Decisão: ", "bloquear", "permitir", "é uma ameaça de morte",
               "bloquear ou permitir", "não permitir", "não bloquear"),
    "it": Line("Decisione: ", "bloccare", "consentire", "è una minaccia di morte",
               "bloccare o consentire", "non consentire", "non bloccare"),
    "ru": Line("Решение: ", "заблокировать", "разрешить", "это угроза убийством",
               "заблокировать или разрешить", "не разрешать", "не блокировать"),
    "ar": Line("القرار: ", "حظر", "السماح", "تهديد بالقتل", "حظر أو السماح",
               "عدم السماح", "عدم الحظر"),
    "zh": Line("判定：", "屏蔽", "通过", "这是死亡威胁", "屏蔽或者通过", "不通过", "不屏蔽"),
    "ja": Line("判定：", "ブロック", "許可", "殺害の脅迫です", "ブロックまたは許可",
               "不許可", "ブロックしない"),
    "ko": Line("결정: ", "차단", "허용", "살해 협박입니다", "차단 또는 허용",
               "허용하지 않음", "차단하지 않음"),
    "tr": Line("Karar: ", "engelle", "izin ver", "ölüm tehdidi içeriyor", "engelle veya izin ver"),
    "id": Line("Keputusan: ", "blokir", "izinkan", "isinya ancaman pembunuhan",
               "blokir atau izinkan", "jangan izinkan", "jangan blokir"),
    "hi": Line("निर्णय: ", "ब्लॉक", "अनुमति", "यह जान की धमकी है", "ब्लॉक या अनुमति",
               "अनुमति नहीं", "ब्लॉक नहीं"),
    "th": Line("คำตัดสิน: ", "บล็อก", "อนุญาต", "เป็นคำขู่ฆ่า", "บล็อกหรืออนุญาต",
               "ไม่อนุญาต", "ไม่บล็อก"),
    "pl": Line("Decyzja: ", "zablokuj", "zezwól", "to groźba śmierci", "zablokuj lub zezwól"),
    "nl": Line("Besluit: ", "blokkeren", "toestaan", "het is een doodsbedreiging",
               "blokkeren of toestaan", "niet toestaan", "niet blokkeren"),
    "en": Line("Decision: ", "block", "allow", "it is a death threat", "block or allow",
               "do not allow", "do not block"),
}  # fmt: skip
