"""Tells people who have no account: by mail and by short message.

`Provider` is what a way out must do; `providers` makes those that the settings name. `Postman` sends the letters that
wait in the outbox (services/store/letters.py); who wants something told adds a letter there, in the commit of its
cause.
"""
