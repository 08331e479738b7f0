"""The header by which a provider call says for which request of the shop it was made."""

TRACE = "X-Trace"
