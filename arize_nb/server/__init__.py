"""The embedded workspace: a persistent store that speaks the service's protocol over REST and
Arrow Flight.
"""
