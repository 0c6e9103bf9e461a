"""A simulated participant of a payment system: a bank that is not ours, with customers to pay and
to be paid by.
"""
