"""XS2Event: sports and events by reservation, guest data, booking on invoice, booking orders and e-tickets."""
