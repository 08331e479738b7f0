"""Time zones of countries, and of cities in countries that have several. IANA names; our own table.

The API names no zone: times are the venue's wall clock. See `inferred.zone_of`.
"""

from __future__ import annotations

# ISO 3166-1 alpha-3 -> the zone in which (nearly) everybody there lives.
COUNTRIES = {
    "ALB": "Europe/Tirane", "AND": "Europe/Andorra", "ARE": "Asia/Dubai", "ARG": "America/Argentina/Buenos_Aires",
    "ARM": "Asia/Yerevan", "AUT": "Europe/Vienna", "AZE": "Asia/Baku", "BEL": "Europe/Brussels",
    "BGR": "Europe/Sofia", "BHR": "Asia/Bahrain", "BIH": "Europe/Sarajevo", "BLR": "Europe/Minsk",
    "CHE": "Europe/Zurich", "CHL": "America/Santiago", "CHN": "Asia/Shanghai", "COL": "America/Bogota",
    "CRI": "America/Costa_Rica", "CYP": "Asia/Nicosia", "CZE": "Europe/Prague", "DEU": "Europe/Berlin",
    "DNK": "Europe/Copenhagen", "DZA": "Africa/Algiers", "EGY": "Africa/Cairo", "ESP": "Europe/Madrid",
    "EST": "Europe/Tallinn", "FIN": "Europe/Helsinki", "FRA": "Europe/Paris", "GBR": "Europe/London",
    "GEO": "Asia/Tbilisi", "GIB": "Europe/Gibraltar", "GRC": "Europe/Athens", "HKG": "Asia/Hong_Kong",
    "HRV": "Europe/Zagreb", "HUN": "Europe/Budapest", "IND": "Asia/Kolkata", "IRL": "Europe/Dublin",
    "ISL": "Atlantic/Reykjavik", "ISR": "Asia/Jerusalem", "ITA": "Europe/Rome", "JPN": "Asia/Tokyo",
    "KOR": "Asia/Seoul", "KWT": "Asia/Kuwait", "LIE": "Europe/Vaduz", "LTU": "Europe/Vilnius",
    "LUX": "Europe/Luxembourg", "LVA": "Europe/Riga", "MAC": "Asia/Macau", "MAR": "Africa/Casablanca",
    "MCO": "Europe/Monaco", "MDA": "Europe/Chisinau", "MKD": "Europe/Skopje", "MLT": "Europe/Malta",
    "MNE": "Europe/Podgorica", "MYS": "Asia/Kuala_Lumpur", "NLD": "Europe/Amsterdam", "NOR": "Europe/Oslo",
    "NZL": "Pacific/Auckland", "OMN": "Asia/Muscat", "PAN": "America/Panama", "PER": "America/Lima",
    "PHL": "Asia/Manila", "POL": "Europe/Warsaw", "PRI": "America/Puerto_Rico", "PRT": "Europe/Lisbon",
    "PRY": "America/Asuncion", "QAT": "Asia/Qatar", "ROU": "Europe/Bucharest", "SAU": "Asia/Riyadh",
    "SGP": "Asia/Singapore", "SMR": "Europe/San_Marino", "SRB": "Europe/Belgrade", "SVK": "Europe/Bratislava",
    "SVN": "Europe/Ljubljana", "SWE": "Europe/Stockholm", "THA": "Asia/Bangkok", "TUN": "Africa/Tunis",
    "TUR": "Europe/Istanbul", "TWN": "Asia/Taipei", "UKR": "Europe/Kyiv", "URY": "America/Montevideo",
    "VEN": "America/Caracas", "VNM": "Asia/Ho_Chi_Minh", "XKX": "Europe/Belgrade", "ZAF": "Africa/Johannesburg",
}  # fmt: skip

# Where several zones are lived in: (alpha-3, city without accents, small letters) -> zone. An unknown city there has none.
_EASTERN, _CENTRAL, _PACIFIC = "America/New_York", "America/Chicago", "America/Los_Angeles"
CITIES = {
    "USA": {
        "atlanta": _EASTERN, "austin": _CENTRAL, "baltimore": _EASTERN, "boston": _EASTERN, "charlotte": _EASTERN,
        "chicago": _CENTRAL, "cincinnati": _EASTERN, "cleveland": _EASTERN, "dallas": _CENTRAL, "arlington": _CENTRAL,
        "denver": "America/Denver", "detroit": "America/Detroit", "east rutherford": _EASTERN, "foxborough": _EASTERN,
        "green bay": _CENTRAL, "houston": _CENTRAL, "indianapolis": "America/Indiana/Indianapolis",
        "inglewood": _PACIFIC, "kansas city": _CENTRAL, "las vegas": _PACIFIC, "los angeles": _PACIFIC, "miami": _EASTERN,
        "miami gardens": _EASTERN, "minneapolis": _CENTRAL, "nashville": _CENTRAL, "new orleans": _CENTRAL,
        "new york": _EASTERN, "orlando": _EASTERN, "philadelphia": _EASTERN, "phoenix": "America/Phoenix",
        "glendale": "America/Phoenix", "pittsburgh": _EASTERN, "salt lake city": "America/Denver", "san diego": _PACIFIC,
        "san francisco": _PACIFIC, "santa clara": _PACIFIC, "seattle": _PACIFIC, "tampa": _EASTERN, "washington": _EASTERN,
        "indian wells": _PACIFIC, "mason": _EASTERN,
    },
    "CAN": {
        "montreal": "America/Toronto", "toronto": "America/Toronto", "ottawa": "America/Toronto",
        "vancouver": "America/Vancouver", "calgary": "America/Edmonton", "edmonton": "America/Edmonton",
        "winnipeg": "America/Winnipeg",
    },
    "MEX": {
        "mexico city": "America/Mexico_City", "ciudad de mexico": "America/Mexico_City", "guadalajara": "America/Mexico_City",
        "monterrey": "America/Monterrey", "acapulco": "America/Mexico_City", "cancun": "America/Cancun",
    },
    "BRA": {
        "sao paulo": "America/Sao_Paulo", "rio de janeiro": "America/Sao_Paulo", "brasilia": "America/Sao_Paulo",
        "belo horizonte": "America/Sao_Paulo", "porto alegre": "America/Sao_Paulo", "manaus": "America/Manaus",
    },
    "AUS": {
        "melbourne": "Australia/Melbourne", "sydney": "Australia/Sydney", "brisbane": "Australia/Brisbane",
        "adelaide": "Australia/Adelaide", "perth": "Australia/Perth", "phillip island": "Australia/Melbourne",
    },
    "RUS": {"moscow": "Europe/Moscow", "st petersburg": "Europe/Moscow", "sochi": "Europe/Moscow", "kazan": "Europe/Moscow"},
    "IDN": {"jakarta": "Asia/Jakarta", "mandalika": "Asia/Makassar", "lombok": "Asia/Makassar", "bali": "Asia/Makassar"},
    "KAZ": {"almaty": "Asia/Almaty", "astana": "Asia/Almaty"},
    "ESP": {
        "las palmas": "Atlantic/Canary", "las palmas de gran canaria": "Atlantic/Canary", "santa cruz de tenerife": "Atlantic/Canary",
        "tenerife": "Atlantic/Canary",
    },
    "PRT": {"funchal": "Atlantic/Madeira", "ponta delgada": "Atlantic/Azores"},
}  # fmt: skip
