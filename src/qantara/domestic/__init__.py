"""Payments inside one payment system: transfers, requests to pay, recalls."""
