"""Serve the organizers of studies: sign in and out, and download files; every route checks the request."""
