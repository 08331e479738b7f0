"""How the admin writes dates, beside Django's own formats of each language."""
