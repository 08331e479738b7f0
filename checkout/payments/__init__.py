"""Our own till: the only door to the payment company. Everything that is asked of it is a function in here."""
