# ruff: noqa: RUF001 - texts in many scripts
"""One short sentence and nothing else, by language: those that decide, and those that do not."""

from __future__ import annotations

BLOCK: dict[str, tuple[str, ...]] = {
    "vi": ("Phải xóa tin này.", "Bình luận vi phạm.", "Nên gỡ bài này.", "Không được phép."),
    "de": ("Das muss gelöscht werden.", "Der Text ist verboten.", "Nicht erlaubt.",
           "Bitte sperren.", "Nicht in Ordnung."),
    "fr": ("Il faut supprimer ce texte.", "Ce message est interdit.", "C'est inacceptable.",
           "Le message doit être retiré.", "À supprimer."),
    "es": ("El mensaje debe ser eliminado.", "Esto infringe las normas.", "No se permite.",
           "Hay que borrar el comentario.", "Debe retirarse."),
    "pt": ("A mensagem deve ser removida.", "Este texto viola as regras.", "Deve ser bloqueado.",
           "O comentário não é permitido.", "Conteúdo inaceitável."),
    "it": ("Il messaggio va rimosso.", "Questo testo viola le regole.", "Deve essere bloccato.",
           "Il commento non è consentito.", "Va bloccato subito."),
    "ru": ("Сообщение нужно удалить.", "Это нарушение.", "Так нельзя, удалить.", "Не допускается."),
    "ar": ("يجب حذف الرسالة.", "هذا مخالف للقواعد.", "غير مسموح بهذا.", "ينتهك السياسة."),
    "zh": ("应删除该内容。", "这条评论违规。", "不允许发布。", "必须屏蔽此消息。"),
    "ja": ("削除すべきです。", "規約違反です。", "許可できません。", "この投稿は禁止です。"),
    "ko": ("삭제해야 합니다.", "규정 위반입니다.", "허용되지 않습니다.", "이 글은 차단합니다."),
}  # fmt: skip
ALLOW: dict[str, tuple[str, ...]] = {
    "vi": ("Tin này được phép đăng.", "Không vi phạm.", "Có thể giữ lại.", "Bài này an toàn."),
    "de": ("Das ist erlaubt.", "Der Text darf bleiben.", "Kein Verstoß.", "Nicht löschen."),
    "fr": ("Ce message est autorisé.", "Il peut rester en ligne.", "Ne pas supprimer.",
           "Le texte est acceptable."),
    "es": ("El mensaje puede quedarse.", "Está permitido.", "No hay que borrarlo.",
           "No infringe las normas.", "Puede publicarse."),
    "pt": ("A mensagem pode ficar.", "É permitido.", "Não deve ser removida.",
           "O texto não viola as regras."),
    "it": ("Il messaggio può restare.", "È consentito.", "Non va rimosso.",
           "Il testo non viola le regole.", "Può essere pubblicato."),
    "ru": ("Сообщение можно оставить.", "Это разрешено.", "Не нарушает правил.", "Не удалять."),
    "ar": ("الرسالة مسموح بها.", "لا ينتهك السياسة.", "يمكن إبقاء الرسالة.", "المحتوى آمن."),
    "zh": ("允许发布。", "该内容不违规。", "可以保留。", "无需删除。"),
    "ja": ("問題ありません。", "許可します。", "違反ではありません。", "削除は不要です。"),
    "ko": ("허용합니다.", "위반이 아닙니다.", "문제없습니다.", "삭제할 필요가 없습니다."),
}  # fmt: skip
# A word that is talked about, a doubt, a question, or nothing of a decision.
NEITHER: dict[str, tuple[str, ...]] = {
    "vi": ("Có lẽ vi phạm.", "Có vi phạm không?", "Tin này nói về thời tiết."),
    "de": ("Vielleicht verboten.", "Ist das erlaubt?", "Der Text ist lang."),
    "fr": ("C'est peut-être interdit.", "Est-ce permis ?", "Le message parle du temps."),
    "es": ("Quizás está prohibido.", "¿Se permite?", "El mensaje es largo.",
           "La palabra prohibido aparece."),
    "pt": ("Talvez seja proibido.", "É permitido?", "A mensagem é longa.",
           "A palavra removida aparece."),
    "it": ("Forse è vietato.", "È consentito?", "Il messaggio è lungo.",
           "La parola vietato compare."),
    "ru": ("Возможно, нарушение.", "Это разрешено?", "Сообщение о погоде."),
    "ar": ("ربما ينتهك السياسة.", "هل هذا مسموح؟", "الرسالة عن الطقس."),
    "zh": ("可能违规。", "这违规吗?", "该内容谈天气。"),
    "ja": ("違反かもしれません。", "許可しますか?", "天気の投稿です。"),
    "ko": ("위반일 수 있습니다.", "허용합니까?", "날씨에 대한 글입니다."),
}  # fmt: skip
# Of languages that nothing is known of, which words of known ones look like.
UNKNOWN = (
    "Comentariul nu trebuie eliminat.", "Bericht mag niet geblokkeerd worden.",
    "O comentario non debe eliminarse, coido.", "Komentár neporušuje pravidlá.",
    "Meddelandet bör inte elimineras.", "Mesajul nu este permis.",
)  # fmt: skip
