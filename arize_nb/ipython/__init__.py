"""`%ax`, `%%ax` and Tab in a notebook."""
