"""Who is involved: institutions, customers, their accounts and the aliases that lead to them."""
