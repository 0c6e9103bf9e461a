"""The book: accounts, transfers, holds, and the proof that nothing was lost.

`spec` is the page that says what a batch of transfers means; `migrations/` holds the same
meaning as one SQL function; a differential test keeps the two equal.
"""
