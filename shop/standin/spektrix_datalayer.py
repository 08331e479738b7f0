"""What the confirmation page of the imitated Spektrix puts into its own ``dataLayer``.

Source: Spektrix, "Data layer": the old transaction fields with their sku grammar, and the GA4 ``ecommerce`` object.
"""

from __future__ import annotations

from typing import Any

from shop.standin.spektrix_ids import number_of
from shop.standin.spektrix_season import Tenant, instance
from shop.standin.spektrix_wire import Json, minor, money


def data_layer(tenant: Tenant, order: Json) -> Json:
    products: list[Json] = []
    rows: list[Json] = []

    def put(sku: str, name: str, category: str, price: Any, **more: Any) -> None:
        products.append({"sku": sku, "name": name, "category": category, "price": price, "quantity": 1})
        rows.append(
            {
                "item_id": sku,
                "item_name": name,
                "item_category": category,
                "price": price,
                "quantity": 1,
                **more,
            }
        )

    for place, each in enumerate(order["tickets"], 1):
        found = instance(tenant, number_of(each["instance"]["id"]) or 0)
        band, kind = (
            tenant.band(number_of(each["band"]["id"]) or 0),
            tenant.type(number_of(each["type"]["id"]) or 0),
        )
        assert found is not None
        assert band is not None
        assert kind is not None
        offer = f"-O{number_of(each['offer']['id'])}" if each["offer"] else ""
        put(f"T{found.event.number}I{found.number}-{place}P{_pence(each['total'])}{offer}", found.event.name, "Ticket",
            each["total"], item_category2=band.name, item_category3=kind.name, item_variant=found.start.isoformat(),
            coupon=order.get("promoCode") or "", discount=each["discount"])  # fmt: skip
    for each in order["merchandiseItems"]:
        put(
            f"M{number_of(each['stockItem']['id'])}-P{_pence(each['total'])}",
            "Merchandise",
            "Merchandise",
            each["total"],
        )
    for each in order["donations"]:
        put(f"D{number_of(each['fund']['id'])}", "Donation", "Donation", each["amount"])
    for each in order["giftVouchers"]:
        put("G", "Gift voucher", "Gift voucher", each["amount"])
    for place, each in enumerate([*order["ticketSubscriptions"], *order["membershipSubscriptions"]], 1):
        put(f"S{number_of(each['id'])}-{place}P{_pence(each['price'])}", each.get("pricingSetName", "Membership"),
            "Subscription", each["price"])  # fmt: skip
    fees = {name: (order.get(name) or {}).get("fee", 0) for name in ("ticketDelivery", "merchandiseDelivery")}
    for name, fee in fees.items():
        if fee:
            put(f"F-{name[0].upper()}{name[1:]}", "Delivery", "Fee", fee)
    shipping = money(sum(_pence(fee) for fee in fees.values()))
    return {
        "transactionId": order["id"],
        "transactionTotal": order["total"],
        "transactionShipping": shipping,
        "transactionCity": "",
        "transactionState": "",
        "transactionCountry": "",
        "transactionProducts": products,
        "ecommerce": {
            "transaction_id": order["id"],
            "value": order["total"],
            "currency": tenant.currency,
            "shipping": shipping,
            "items": rows,
        },
    }


def _pence(amount: Any) -> int:
    return minor(amount, "amount")
