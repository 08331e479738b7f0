"""English as the house writes it: weekday first, 24 hours, the zone beside the time."""

DATE_FORMAT = "D j M Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "D j M Y, H:i T"
SHORT_DATE_FORMAT = "D j M Y"
SHORT_DATETIME_FORMAT = "D j M Y, H:i T"
MONTH_DAY_FORMAT = "j F"
