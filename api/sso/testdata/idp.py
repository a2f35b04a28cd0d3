"""An identity provider made of pysaml2, for the tests of single sign-on.

    idp.py DIRECTORY KEY CERTIFICATE

It signs in everybody as Anna, writes its metadata to DIRECTORY/idp.xml, prints
its address, and reads the metadata of the service provider from
DIRECTORY/sp.xml when it is first needed. Every message that it gets must be
signed by the service provider; what is wrong with one goes to standard error
and is answered with 500.
"""

import html
import os
import shutil
import sys
import traceback
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.config import IdPConfig
from saml2.metadata import create_metadata_string
from saml2.saml import NAMEID_FORMAT_EMAILADDRESS, NameID
from saml2.server import Server
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256


def configuration(base, directory, key, certificate):
    config = {
        "entityid": base + "/metadata",
        "xmlsec_binary": shutil.which("xmlsec1"),
        "key_file": key,
        "cert_file": certificate,
        "signing_algorithm": SIG_RSA_SHA256,
        "digest_algorithm": DIGEST_SHA256,
        "service": {
            "idp": {
                "want_authn_requests_signed": True,
                "endpoints": {
                    "single_sign_on_service": [(base + "/sso", BINDING_HTTP_REDIRECT)],
                    "single_logout_service": [(base + "/slo", BINDING_HTTP_REDIRECT), (base + "/slo", BINDING_HTTP_POST)],
                },
                "name_id_format": [NAMEID_FORMAT_EMAILADDRESS],
            }
        },
    }
    sp = os.path.join(directory, "sp.xml")
    if os.path.exists(sp):
        config["metadata"] = {"local": [sp]}
    return IdPConfig().load(config)


class IdP(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):
        self.answer({k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}, BINDING_HTTP_REDIRECT)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.answer({k: v[0] for k, v in parse_qs(body).items()}, BINDING_HTTP_POST)

    def answer(self, fields, binding):
        try:
            serve = {"/sso": self.sso, "/slo": self.slo, "/logout": self.logout}[urlsplit(self.path).path]
            serve(fields, binding)
        except Exception:
            traceback.print_exc()
            self.page(500, "failed")

    def page(self, status, text):
        self.send_response(status)
        self.send_header("Content-Type", "text/html;charset=UTF-8")
        self.end_headers()
        self.wfile.write(text.encode())

    def send(self, idp, binding, message, destination, relay, response):
        args = idp.apply_binding(binding, str(message), destination, relay, response=response, sign=binding == BINDING_HTTP_REDIRECT, sigalg=SIG_RSA_SHA256)
        if binding == BINDING_HTTP_REDIRECT:
            self.send_response(302)
            self.send_header("Location", dict(args["headers"])["Location"])
            self.end_headers()
            return
        name = "SAMLResponse" if response else "SAMLRequest"
        self.page(
            200,
            f'<form method="post" action="{html.escape(destination)}">'
            f'<input type="hidden" name="{name}" value="{b64encode(str(message).encode()).decode()}">'
            f'<input type="hidden" name="RelayState" value="{html.escape(relay)}"></form>',
        )

    def idp(self):
        if self.server.idp is None:
            self.server.idp = Server(config=configuration(*self.server.settings))
        return self.server.idp

    def signed(self, fields):
        if "Signature" not in fields:
            return {}
        return {"relay_state": fields.get("RelayState"), "sigalg": fields["SigAlg"], "signature": fields["Signature"]}

    def sso(self, fields, binding):
        idp = self.idp()
        request = idp.parse_authn_request(fields["SAMLRequest"], binding, **self.signed(fields))
        to = idp.response_args(request.message, [BINDING_HTTP_POST])
        response = idp.create_authn_response(
            {"mail": ["anna@example.com"], "displayName": ["Anna Lee"], "isMemberOf": ["Sales", "Administrator"]},
            name_id=NameID(format=NAMEID_FORMAT_EMAILADDRESS, text="Anna@Example.com"),
            authn={"class_ref": "urn:oasis:names:tc:SAML:2.0:ac:classes:Password", "authn_auth": "idp"},
            sign_response=True,
            sign_assertion=True,
            sign_alg=SIG_RSA_SHA256,
            digest_alg=DIGEST_SHA256,
            **{k: v for k, v in to.items() if k in ("in_response_to", "destination", "sp_entity_id")},
        )
        self.server.sp = to["sp_entity_id"]
        self.server.index = response.split('SessionIndex="')[1].split('"')[0]
        self.send(idp, BINDING_HTTP_POST, response, to["destination"], fields.get("RelayState", ""), True)

    def logout(self, fields, _):
        """Begins a log-out here."""
        idp = self.idp()
        binding = {"redirect": BINDING_HTTP_REDIRECT, "post": BINDING_HTTP_POST}[fields["binding"]]
        destination = idp.metadata.single_logout_service(self.server.sp, binding, "spsso")[0]["location"]
        _, request = idp.create_logout_request(
            destination,
            self.server.sp,
            name_id=NameID(format=NAMEID_FORMAT_EMAILADDRESS, text="Anna@Example.com"),
            session_indexes=[self.server.index],
            sign=binding == BINDING_HTTP_POST,
            sign_alg=SIG_RSA_SHA256,
            digest_alg=DIGEST_SHA256,
        )
        self.send(idp, binding, request, destination, "from-idp", False)

    def slo(self, fields, binding):
        idp = self.idp()
        if "SAMLResponse" in fields:
            answer = idp.parse_logout_request_response(fields["SAMLResponse"], binding)
            self.page(200, f"{answer.status_ok()} {fields.get('RelayState')}")
            return
        request = idp.parse_logout_request(fields["SAMLRequest"], binding, **self.signed(fields))
        index = request.message.session_index[0].text
        if request.message.name_id.text != "Anna@Example.com" or index != self.server.index:
            raise ValueError(f"{request.message.name_id.text} {index}")
        response = idp.create_logout_response(request.message, [BINDING_HTTP_REDIRECT], sign=False)
        to = idp.response_args(request.message, [BINDING_HTTP_REDIRECT])
        self.send(idp, BINDING_HTTP_REDIRECT, response, to["destination"], fields.get("RelayState", ""), True)


def main(directory, key, certificate):
    server = ThreadingHTTPServer(("127.0.0.1", 0), IdP)
    base = f"http://localhost:{server.server_port}"
    server.settings, server.idp = (base, directory, key, certificate), None
    metadata = create_metadata_string(None, config=configuration(*server.settings))
    with open(os.path.join(directory, "idp.xml"), "wb") as f:
        f.write(metadata)
    print(base, flush=True)
    server.serve_forever()


main(*sys.argv[1:])
