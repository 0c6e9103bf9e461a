"""Payment codes in pictures: what a QR code says, whom it pays, and how it is written."""
