"""TLS for outgoing calls: always verified."""

import ssl

import certifi

from contactmomenten.outgoing.settings import OutgoingSettings


def make_context(settings: OutgoingSettings, *, with_certificate: bool) -> ssl.SSLContext:
    """Return a context that trusts the usual authorities and those of the settings.

    The usual ones are certifi's, so that they are the same on each machine. A bare SSLContext
    verifies, and unlike `ssl.create_default_context` writes no keys to SSLKEYLOGFILE.

    Raises:
        OSError: a file cannot be read, or is not what it should be (ssl.SSLError).
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.load_verify_locations(certifi.where())
    if settings.ca_bundle:
        context.load_verify_locations(settings.ca_bundle)
    if with_certificate and settings.client_certificate:
        # The empty password keeps OpenSSL from asking for one on the terminal.
        context.load_cert_chain(
            settings.client_certificate, settings.client_key, password=lambda: ""
        )
    return context
