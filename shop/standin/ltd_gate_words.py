"""The words of the payment gate in the nine languages that the API names."""

from __future__ import annotations

_KEYS = (
    "title", "order", "delivery", "protection", "total", "card", "number", "expiry", "code", "pay", "cancel",
    "bank", "bank_text", "password", "confirm", "bad_number", "bad_expiry", "bad_code", "until", "play", "seats",
)  # fmt: skip

_TEXTS: dict[str, tuple[str, ...]] = {
    "en": (
        "Secure payment", "Your order", "Delivery", "Booking protection", "Total", "Card details", "Card number",
        "Expiry (MM/YY)", "Security code", "Pay {total}", "Cancel and go back", "Your bank asks",
        "Confirm the payment of {total} with your password.", "Password", "Confirm", "Enter the card number.",
        "Enter a date in the future as MM/YY.", "Enter the three digits on the back.",
        "Your seats are held until {time}.",
        "This page imitates a payment page. It takes test cards only and no money.", "Seats",
    ),
    "de": (
        "Sichere Zahlung", "Ihre Bestellung", "Zustellung", "Buchungsschutz", "Summe", "Kartendaten",
        "Kartennummer", "Gültig bis (MM/JJ)", "Prüfziffer", "{total} zahlen", "Abbrechen und zurück",
        "Ihre Bank fragt nach", "Bestätigen Sie die Zahlung von {total} mit Ihrem Passwort.", "Passwort",
        "Bestätigen", "Geben Sie die Kartennummer ein.", "Geben Sie ein künftiges Datum als MM/JJ ein.",
        "Geben Sie die drei Ziffern der Rückseite ein.", "Ihre Plätze sind bis {time} reserviert.",
        "Diese Seite ahmt eine Zahlungsseite nach. Sie nimmt nur Testkarten und kein Geld.", "Plätze",
    ),
    "es": (
        "Pago seguro", "Su pedido", "Entrega", "Protección de la reserva", "Total", "Datos de la tarjeta",
        "Número de tarjeta", "Caducidad (MM/AA)", "Código de seguridad", "Pagar {total}", "Cancelar y volver",
        "Su banco pregunta", "Confirme el pago de {total} con su contraseña.", "Contraseña", "Confirmar",
        "Escriba el número de la tarjeta.", "Escriba una fecha futura como MM/AA.",
        "Escriba los tres dígitos del reverso.", "Sus asientos están reservados hasta las {time}.",
        "Esta página imita una página de pago. Solo acepta tarjetas de prueba y ningún dinero.", "Asientos",
    ),
    "it": (
        "Pagamento sicuro", "Il suo ordine", "Consegna", "Protezione della prenotazione", "Totale",
        "Dati della carta", "Numero della carta", "Scadenza (MM/AA)", "Codice di sicurezza", "Paga {total}",
        "Annulla e torna indietro", "La sua banca chiede", "Confermi il pagamento di {total} con la password.",
        "Password", "Conferma", "Inserisca il numero della carta.", "Inserisca una data futura come MM/AA.",
        "Inserisca le tre cifre sul retro.", "I posti sono riservati fino alle {time}.",
        "Questa pagina imita una pagina di pagamento. Accetta solo carte di prova e nessun denaro.", "Posti",
    ),
    "sv": (
        "Säker betalning", "Din beställning", "Leverans", "Bokningsskydd", "Summa", "Kortuppgifter",
        "Kortnummer", "Giltigt till (MM/ÅÅ)", "Säkerhetskod", "Betala {total}", "Avbryt och gå tillbaka",
        "Din bank frågar", "Bekräfta betalningen på {total} med ditt lösenord.", "Lösenord", "Bekräfta",
        "Ange kortnumret.", "Ange ett framtida datum som MM/ÅÅ.", "Ange de tre siffrorna på baksidan.",
        "Dina platser hålls till {time}.",
        "Den här sidan härmar en betalsida. Den tar bara testkort och inga pengar.", "Platser",
    ),
    "fr": (
        "Paiement sécurisé", "Votre commande", "Livraison", "Protection de la réservation", "Total",
        "Carte bancaire", "Numéro de carte", "Date d’expiration (MM/AA)", "Code de sécurité", "Payer {total}",
        "Annuler et revenir", "Votre banque demande",
        "Confirmez le paiement de {total} avec votre mot de passe.", "Mot de passe", "Confirmer",
        "Saisissez le numéro de la carte.", "Saisissez une date future sous la forme MM/AA.",
        "Saisissez les trois chiffres au dos.", "Vos places sont réservées jusqu’à {time}.",
        "Cette page imite une page de paiement. Elle n’accepte que des cartes de test et aucun argent.",
        "Places",
    ),
    "nl": (
        "Veilig betalen", "Uw bestelling", "Bezorging", "Boekingsbescherming", "Totaal", "Kaartgegevens",
        "Kaartnummer", "Vervaldatum (MM/JJ)", "Beveiligingscode", "Betaal {total}", "Annuleren en terug",
        "Uw bank vraagt", "Bevestig de betaling van {total} met uw wachtwoord.", "Wachtwoord", "Bevestigen",
        "Vul het kaartnummer in.", "Vul een datum in de toekomst in als MM/JJ.",
        "Vul de drie cijfers op de achterkant in.", "Uw plaatsen zijn vastgehouden tot {time}.",
        "Deze pagina bootst een betaalpagina na. Ze neemt alleen testkaarten en geen geld aan.", "Plaatsen",
    ),
    "nb": (
        "Sikker betaling", "Din bestilling", "Levering", "Bestillingsbeskyttelse", "Sum", "Kortopplysninger",
        "Kortnummer", "Utløpsdato (MM/ÅÅ)", "Sikkerhetskode", "Betal {total}", "Avbryt og gå tilbake",
        "Banken din spør", "Bekreft betalingen på {total} med passordet ditt.", "Passord", "Bekreft",
        "Skriv inn kortnummeret.", "Skriv inn en fremtidig dato som MM/ÅÅ.",
        "Skriv inn de tre sifrene på baksiden.", "Plassene dine holdes til {time}.",
        "Denne siden etterligner en betalingsside. Den tar bare testkort og ingen penger.", "Plasser",
    ),
    "da": (
        "Sikker betaling", "Din bestilling", "Levering", "Bestillingsbeskyttelse", "I alt", "Kortoplysninger",
        "Kortnummer", "Udløbsdato (MM/ÅÅ)", "Sikkerhedskode", "Betal {total}", "Annuller og gå tilbage",
        "Din bank spørger", "Bekræft betalingen på {total} med din adgangskode.", "Adgangskode", "Bekræft",
        "Skriv kortnummeret.", "Skriv en fremtidig dato som MM/ÅÅ.", "Skriv de tre cifre på bagsiden.",
        "Dine pladser holdes til {time}.",
        "Denne side efterligner en betalingsside. Den tager kun testkort og ingen penge.", "Pladser",
    ),
}  # fmt: skip

WORDS: dict[str, dict[str, str]] = {
    language: dict(zip(_KEYS, texts, strict=True)) for language, texts in _TEXTS.items()
}
