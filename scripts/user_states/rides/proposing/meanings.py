"""What the words for statuses and ways to pay mean, in several languages."""

from __future__ import annotations

from user_states.rides.proposing.column_words import words_of

_CANCELLED = {
    "cancel", "cancelled", "canceled", "cancelada", "cancelado", "annule", "annulee",
    "storniert", "abgebrochen", "anulado", "anulada", "rejected", "declined",
    "refunded", "returned", "failed", "expired", "noshow", "annullato",
}  # fmt: skip
_COMPLETED = {
    "completed", "complete", "finished", "done", "delivered", "paid", "success",
    "successful", "fulfilled", "shipped", "abgeschlossen", "erledigt", "ausgefuhrt",
    "bezahlt", "completado", "completada", "finalizado", "finalizada", "pagado",
    "entregado", "termine", "terminee", "livre", "livree", "concluido", "concluida",
    "purchase", "purchased", "dropped", "beendet", "durchgefuhrt",
}  # fmt: skip
_NEGATIONS = {"not", "un", "in", "partially", "nicht", "no"}
_PAYMENTS = {
    "cash": {"cash", "bar", "bargeld", "efectivo", "especes", "dinheiro", "contanti"},
    "card": {"card", "kreditkarte", "karte", "tarjeta", "carte", "cartao", "visa",
             "mastercard", "amex", "girocard"},
    "wallet": {"wallet", "paypal", "applepay", "googlepay", "apple", "google", "pix"},
    "corporate": {"corporate", "business", "invoice", "rechnung", "factura"},
}  # fmt: skip


def meaning_of_status(text: str) -> str | None:
    """Return completed, cancelled, or None for a word that is not known."""
    words = set(words_of(text))
    if {"no", "show"} <= words:
        return "cancelled"
    if words & _NEGATIONS:
        return None
    if words & _CANCELLED:
        return "cancelled"
    return "completed" if words & _COMPLETED else None


def meaning_of_payment(text: str) -> str | None:
    """Return cash, card, wallet, corporate, or None for a word that is not known."""
    words = set(words_of(text))
    return next((mode for mode, known in _PAYMENTS.items() if words & known), None)
