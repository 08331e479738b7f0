"""Spektrix: the v3 API in web mode (the visitor's browser owns the basket), and the older v2 feed.

`client` speaks the v3 API, `signing` signs its owner calls, `mapping`, `plans`, `prices`, `status` and `offers` turn
its JSON into the shop's types. `asking` writes what the visitor's browser has to ask, `heard` reads what it told.
`feed*` is the v2 feed. `inferred` holds every guess about what the documents leave open.
"""
