"""Words in the names of columns, by what they usually hold, in several languages."""

from __future__ import annotations

import re
import unicodedata

# Of each contract column: the words, the surest first, and words that speak against it.
WORDS: dict[str, tuple[str, ...]] = {
    "ride_id": (
        "ride id", "trip id", "order id", "booking id", "request id", "transaction id",
        "order number", "order no", "order nr", "invoice no", "invoice id", "trip uuid",
        "bestellnummer", "auftragsnummer", "rechnungsnummer", "fahrt id", "fahrtnr",
        "fahrtnummer", "pedido", "viaje id", "commande", "basket id", "ride", "trip",
        "order", "booking", "invoice", "uuid", "id",
    ),
    "user_id": (
        "user id", "customer id", "client id", "rider id", "passenger id", "member id",
        "account id", "household id", "employee id", "visitor id", "buyer id",
        "kundennummer", "kundennr", "kunden nr", "kunden id", "cliente id",
        "usuario id", "userid", "user", "customer", "rider", "passenger", "client",
        "member", "visitor", "buyer", "kunde", "cliente", "usuario", "utilisateur",
        "email", "account", "uid", "employee", "fahrgast",
    ),
    "requested_at": (
        "request time", "requested at", "requested", "request", "order date", "ordered",
        "booked", "created at", "created", "event time", "pickup time", "pickup",
        "start time", "start", "begin", "invoice date", "purchase", "bestelldatum",
        "timestamp", "datetime", "date time", "ts", "date", "datum", "fecha", "data",
        "time", "zeit", "zeitpunkt", "hora", "heure", "day", "tag", "when", "at",
    ),
    "status": (
        "status", "trip status", "order status", "statut", "estado", "zustand", "etat",
        "cancelled", "canceled", "storniert", "state", "outcome", "event", "event type",
        "event name",
    ),
    "price": (
        "line total", "total amount", "total price", "fare amount", "price", "fare",
        "amount", "total", "betrag", "preis", "fahrpreis", "gesamtpreis", "summe",
        "umsatz", "importe", "precio", "monto", "prix", "montant", "valor", "preco",
        "cost", "revenue", "sales", "paid", "value",
    ),
    "currency": ("currency code", "currency", "wahrung", "moneda", "devise"),
    "time_zone": ("time zone", "timezone", "zeitzone", "tz"),
    "payment_mode": (
        "payment mode", "payment method", "payment type", "zahlungsart", "zahlart",
        "metodo de pago", "forma de pago", "paiement", "payment",
    ),
    "platform": ("platform", "device os", "device type", "os", "plattform"),
    "app_version": ("app version",),
    "country": ("country", "land", "pais", "pays"),
    "city": ("city", "stadt", "ciudad", "ville", "cidade", "town"),
    "cancel_reason": ("cancel reason", "cancellation reason", "stornogrund"),
    "surge_multiplier": ("surge multiplier", "surge"),
    "estimated_price": ("estimated price", "estimated fare", "price estimate"),
    "coupon_count": ("coupon count", "coupons"),
    "stopover_count": ("stopover count", "stopovers"),
}  # fmt: skip

_AGAINST: dict[str, tuple[str, ...]] = {
    "ride_id": ("user", "customer", "driver", "date", "time", "status", "type",
                "count"),
    "user_id": ("agent", "type", "segment", "rating", "cohort", "lifecycle", "driver",
                "age", "country", "city", "group"),
    "requested_at": ("drop", "dropoff", "end", "finish", "arrival", "update", "updated",
                     "birth", "signup", "delivered", "delivery", "ship", "expiry",
                     "cancel", "estimated"),
    "price": ("estimated", "estimate", "unit", "tip", "tax", "discount", "quantity",
              "count", "distance", "surge", "multiplier", "id", "date",
              "vat", "steuer", "method", "type"),
    "city": ("id",),
}  # fmt: skip


def places_by_name(name: str) -> dict[str, int]:
    """Return the contract columns that a name suggests: 0 for the surest words."""
    words = words_of(name)
    found = {}
    for column, phrases in WORDS.items():
        if set(words) & set(_AGAINST.get(column, ())):
            continue
        for place, phrase in enumerate(phrases):
            if set(phrase.split()) <= set(words) or "".join(words) == phrase:
                found[column] = place
                break
    return found


def words_of(name: str) -> list[str]:
    """Return the words of a name in lower case: InvoiceNo is invoice and no."""
    plain = unicodedata.normalize("NFKD", name[:200])
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", plain)
    return re.findall(r"[a-z0-9]+", plain.lower())
