"""The scheme's service desk: cases on payments that have passed the gateway."""
