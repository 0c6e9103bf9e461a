"""What people send money for, as ISO 20022 purpose codes; the usual first."""

PURPOSES = ("FAMI", "EDUC", "MDCS", "RENT", "GIFT", "GDDS", "SCVE", "SALA", "OTHR")
