"""The doors of the scheme's operators, beside the messages every role takes."""
