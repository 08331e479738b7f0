"""London Theatre Direct's lists: countries, states, delivery types, languages of the payment gate.

Country ids 1 to 4, 218, 237, 238 and 241 and state ids 1 to 4 are those of the documents; the others are not
documented, so they are ours. So are the delivery ids from 91 on, unlike real ones on purpose.
"""

from __future__ import annotations

from typing import Any

_COUNTRIES = """
1 AD Andorra; 2 AE United Arab Emirates; 3 AF Afghanistan; 4 AG Antigua & Barbuda; 5 AI Anguilla;
6 AL Albania; 7 AM Armenia; 8 AO Angola; 9 AQ Antarctica; 10 AR Argentina; 11 AS American Samoa;
12 AT Austria; 13 AU Australia; 14 AW Aruba; 15 AX Åland Islands; 16 AZ Azerbaijan;
18 BA Bosnia & Herzegovina; 19 BB Barbados; 20 BD Bangladesh; 21 BE Belgium; 22 BF Burkina Faso;
23 BG Bulgaria; 24 BH Bahrain; 25 BI Burundi; 26 BJ Benin; 27 BL St. Barthélemy; 28 BM Bermuda;
29 BN Brunei; 30 BO Bolivia; 31 BQ Caribbean Netherlands; 32 BR Brazil; 33 BS Bahamas; 34 BT Bhutan;
35 BV Bouvet Island; 36 BW Botswana; 37 BY Belarus; 38 BZ Belize; 39 CA Canada;
40 CC Cocos (Keeling) Islands; 41 CD Congo - Kinshasa; 42 CF Central African Republic;
43 CG Congo - Brazzaville; 44 CH Switzerland; 45 CI Côte d’Ivoire; 46 CK Cook Islands; 47 CL Chile;
48 CM Cameroon; 49 CN China; 50 CO Colombia; 51 CR Costa Rica; 52 CU Cuba; 53 CV Cape Verde;
54 CX Christmas Island; 55 CY Cyprus; 56 CZ Czechia; 57 DE Germany; 59 DJ Djibouti; 60 DK Denmark;
61 DM Dominica; 62 DO Dominican Republic; 63 DZ Algeria; 64 EC Ecuador; 65 EE Estonia; 66 EG Egypt;
67 EH Western Sahara; 68 ER Eritrea; 69 ES Spain; 70 ET Ethiopia; 71 FI Finland; 72 FJ Fiji;
73 FK Falkland Islands; 74 FM Micronesia; 75 FO Faroe Islands; 76 FR France; 77 GA Gabon;
78 GD Grenada; 79 GE Georgia; 80 GF French Guiana; 81 GG Guernsey; 82 GH Ghana; 83 GI Gibraltar;
84 GL Greenland; 85 GM Gambia; 86 GN Guinea; 87 GP Guadeloupe; 88 GQ Equatorial Guinea; 89 GR Greece;
90 GS South Georgia & South Sandwich Islands; 91 GT Guatemala; 92 GU Guam; 93 GW Guinea-Bissau;
94 GY Guyana; 95 HK Hong Kong SAR China; 96 HM Heard & McDonald Islands; 97 HN Honduras; 98 HR Croatia;
99 HT Haiti; 100 HU Hungary; 101 ID Indonesia; 102 IE Ireland; 103 IL Israel; 104 IM Isle of Man;
105 IN India; 106 IO British Indian Ocean Territory; 107 IQ Iraq; 108 IR Iran; 109 IS Iceland;
110 IT Italy; 111 JE Jersey; 112 JM Jamaica; 113 JO Jordan; 114 JP Japan; 115 KE Kenya;
116 KG Kyrgyzstan; 117 KH Cambodia; 118 KI Kiribati; 119 KM Comoros; 120 KN St. Kitts & Nevis;
121 KP North Korea; 122 KR South Korea; 123 KW Kuwait; 124 KY Cayman Islands; 125 KZ Kazakhstan;
126 LA Laos; 127 LB Lebanon; 128 LC St. Lucia; 129 LI Liechtenstein; 130 LK Sri Lanka; 132 LR Liberia;
133 LS Lesotho; 134 LT Lithuania; 135 LU Luxembourg; 136 LV Latvia; 137 LY Libya; 138 MA Morocco;
139 MC Monaco; 140 MD Moldova; 141 ME Montenegro; 142 MF St. Martin; 143 MG Madagascar;
144 MH Marshall Islands; 145 MK North Macedonia; 146 ML Mali; 147 MM Myanmar (Burma); 148 MN Mongolia;
149 MO Macao SAR China; 150 MP Northern Mariana Islands; 151 MQ Martinique; 152 MR Mauritania;
153 MS Montserrat; 154 MT Malta; 155 MU Mauritius; 156 MV Maldives; 157 MW Malawi; 158 MX Mexico;
159 MY Malaysia; 160 MZ Mozambique; 161 NA Namibia; 162 NC New Caledonia; 163 NE Niger;
164 NF Norfolk Island; 165 NG Nigeria; 166 NI Nicaragua; 167 NL Netherlands; 168 NO Norway;
169 NP Nepal; 170 NR Nauru; 171 NU Niue; 172 NZ New Zealand; 173 OM Oman; 174 PA Panama; 175 PE Peru;
176 PF French Polynesia; 177 PG Papua New Guinea; 178 PH Philippines; 179 PK Pakistan; 180 PL Poland;
181 PM St. Pierre & Miquelon; 182 PN Pitcairn Islands; 183 PR Puerto Rico;
184 PS Palestinian Territories; 185 PT Portugal; 186 PW Palau; 187 PY Paraguay; 188 QA Qatar;
189 RE Réunion; 190 RO Romania; 191 RU Russia; 192 RW Rwanda; 193 SA Saudi Arabia;
194 SB Solomon Islands; 195 SC Seychelles; 196 SD Sudan; 197 SE Sweden; 198 SG Singapore;
199 SH St. Helena; 201 SI Slovenia; 202 SJ Svalbard & Jan Mayen; 203 SK Slovakia; 204 SL Sierra Leone;
205 SM San Marino; 206 SN Senegal; 207 SO Somalia; 208 SR Suriname; 209 SS South Sudan;
210 ST São Tomé & Príncipe; 211 SV El Salvador; 212 SX Sint Maarten; 213 SY Syria; 214 SZ Eswatini;
215 TC Turks & Caicos Islands; 216 TD Chad; 217 TF French Southern Territories; 218 GB United Kingdom;
219 TG Togo; 220 TH Thailand; 221 TJ Tajikistan; 222 TK Tokelau; 223 TL Timor-Leste;
224 TM Turkmenistan; 225 TN Tunisia; 226 TO Tonga; 227 TR Türkiye; 228 TT Trinidad & Tobago;
229 TV Tuvalu; 230 TW Taiwan; 231 TZ Tanzania; 232 UA Ukraine; 233 UG Uganda;
234 UM U.S. Outlying Islands; 235 US United States; 236 UY Uruguay; 237 ZW Zimbabwe; 238 RS Serbia;
239 UZ Uzbekistan; 240 VA Vatican City; 241 CW Curaçao; 242 VC St. Vincent & Grenadines;
243 VE Venezuela; 244 VG British Virgin Islands; 245 VI U.S. Virgin Islands; 246 VN Vietnam;
247 VU Vanuatu; 248 WF Wallis & Futuna; 249 WS Samoa; 250 YE Yemen; 251 YT Mayotte;
252 ZA South Africa; 253 ZM Zambia
"""
_STATES = """
AL Alabama; AK Alaska; AZ Arizona; AR Arkansas; CA California; CO Colorado; CT Connecticut;
DE Delaware; DC District of Columbia; FL Florida; GA Georgia; HI Hawaii; ID Idaho; IL Illinois;
IN Indiana; IA Iowa; KS Kansas; KY Kentucky; LA Louisiana; ME Maine; MD Maryland; MA Massachusetts;
MI Michigan; MN Minnesota; MS Mississippi; MO Missouri; MT Montana; NE Nebraska; NV Nevada;
NH New Hampshire; NJ New Jersey; NM New Mexico; NY New York; NC North Carolina; ND North Dakota;
OH Ohio; OK Oklahoma; OR Oregon; PA Pennsylvania; RI Rhode Island; SC South Carolina; SD South Dakota;
TN Tennessee; TX Texas; UT Utah; VT Vermont; VA Virginia; WA Washington; WV West Virginia;
WI Wisconsin; WY Wyoming
"""


def _rows(text: str) -> list[str]:
    return [part.strip() for part in text.replace("\n", " ").split(";") if part.strip()]


# Country id -> ISO code and name.
COUNTRIES: dict[int, tuple[str, str]] = {
    int(number): (code, name) for number, code, name in (row.split(" ", 2) for row in _rows(_COUNTRIES))
}
STATES: list[tuple[str, str]] = [(row.split(" ", 1)[0], row.split(" ", 1)[1]) for row in _rows(_STATES)]
UNITED_KINGDOM, UNITED_STATES = 218, next(key for key, row in COUNTRIES.items() if row[0] == "US")

BOX_OFFICE, POST_UK, POST_ABROAD, PRINT_AT_HOME, E_TICKET, SCHEDULED, VENUE_DISPATCH = 1, 2, 3, 91, 92, 93, 94
# Delivery id -> name and price in pence.
DELIVERIES: dict[int, tuple[str, int]] = {
    BOX_OFFICE: ("Box Office Collection", 100),
    POST_UK: ("Delivery UK", 295),
    POST_ABROAD: ("Delivery International", 650),
    PRINT_AT_HOME: ("Print at Home", 0),
    E_TICKET: ("E-ticket", 0),
    SCHEDULED: ("Scheduled E-ticket", 0),
    VENUE_DISPATCH: ("Venue Dispatch", 150),
}
PROTECTION_PENCE = 250

# PaymentGateLanguage -> BCP 47 tag.
LANGUAGES = {1: "en", 2: "de", 3: "es", 4: "it", 5: "sv", 6: "fr", 7: "nl", 8: "nb", 9: "da"}


def countries() -> dict[str, Any]:
    """Great Britain is put first by its ``Ordering``."""
    return {
        "Countries": [
            {
                "CountryId": key,
                "CountryName": name,
                "Ordering": 1 if key == UNITED_KINGDOM else 100,
                "ISO3166": code,
            }
            for key, (code, name) in COUNTRIES.items()
        ]
    }


def states() -> dict[str, Any]:
    return {
        "USStates": [
            {"StateId": number, "StateName": name, "StateCode": code}
            for number, (code, name) in enumerate(STATES, 1)
        ]
    }
