"""Tickethead: an order is made at checkout, under a guest log-in of its own, and paid with Tickethead's Stripe.

`client` speaks its HTTP API, `records` reads its JSON, `mapping` turns records into the shop's types,
`wishes` keeps what a visitor wants until the order exists, `orders` reads orders and payments, and
`inferred` holds every guess about what the documents leave open. `provider` puts them together.
"""
