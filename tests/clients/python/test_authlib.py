"""authlib's OAuth2Session as an app, authlib and PyJWT as APIs that check tokens."""

import unittest
import urllib.parse

import jwt as pyjwt
import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session, OAuthError
from authlib.oauth2.rfc6749 import ResourceProtector
from authlib.oauth2.rfc6750 import InsufficientScopeError, InvalidTokenError
from authlib.oauth2.rfc7523 import ClientSecretJWT, PrivateKeyJWT
from authlib.oauth2.rfc7662 import IntrospectTokenValidator
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey
from joserfc.jws import JWSRegistry

from robot import ISSUER, Robot, read

META = requests.get(f"{ISSUER}/.well-known/openid-configuration", timeout=10).json()
ORDERS, SMALL, VAULT = "https://orders.example", "https://small.example", "https://vault.example"


def app(name, **more):
    client = read(f"clients/{name}.json")
    method = client.get("token_endpoint_auth_method", "client_secret_basic")
    return OAuth2Session(
        client["client_id"],
        client.get("client_secret"),
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
        token_endpoint=META["token_endpoint"],
        code_challenge_method="S256",
        redirect_uri=client.get("redirect_uris", [None])[0],
        default_timeout=10,
        **more,
    )


def sign_in(session, robot=None, pkce=True, **parameters):
    """The whole code flow; gives the tokens, and the nonce that the ID token must repeat."""
    nonce, verifier = generate_token(), generate_token(48) if pkce else None
    url, state = session.create_authorization_url(
        META["authorization_endpoint"], nonce=nonce, code_verifier=verifier, **parameters
    )
    answer = (robot or Robot()).walk(url)
    assert urllib.parse.parse_qs(urllib.parse.urlsplit(answer).query)["iss"] == [ISSUER]
    given = {"code_verifier": verifier} if pkce else {}
    return session.fetch_token(authorization_response=answer, state=state, **given), nonce


def id_token(session, tokens, nonce, key=None):
    """As authlib's own integrations check it: signature, iss, aud, exp, nonce, at_hash."""
    key = key or KeySet.import_key_set(requests.get(META["jwks_uri"], timeout=10).json())
    registry = JWSRegistry(algorithms=META["id_token_signing_alg_values_supported"], strict_check_header=False)
    token = jwt.decode(tokens["id_token"], key=key, registry=registry)
    wanted = {"iss": {"values": [ISSUER]}, "aud": {"values": [session.client_id]}}
    params = {"nonce": nonce, "client_id": session.client_id, "access_token": tokens["access_token"]}
    claims = CodeIDToken(token.claims, token.header, wanted, params)
    claims.validate()
    return claims


class OrdersValidator(JWTBearerTokenValidator):
    def get_jwks(self):
        return KeySet.import_key_set(requests.get(META["jwks_uri"], timeout=10).json())


class Request:
    def __init__(self, token):
        self.headers = {"Authorization": f"Bearer {token}"}


def protected(validator, token, *scopes):
    protector = ResourceProtector()
    protector.register_token_validator(validator)
    return protector.validate_request(list(scopes), Request(token))


class App(unittest.TestCase):
    def test_code_flow_id_token_and_userinfo(self):
        session = app("web", scope="openid profile email")
        tokens, nonce = sign_in(session)
        claims = id_token(session, tokens, nonce)
        self.assertEqual(claims.header["alg"], "RS256")
        self.assertEqual(claims["amr"], ["pwd"])
        userinfo = session.get(META["userinfo_endpoint"])
        self.assertEqual(userinfo.status_code, 200)
        self.assertEqual(userinfo.json()["sub"], claims["sub"])
        self.assertEqual(userinfo.json()["email"], "alice@example.com")
        self.assertEqual(session.post(META["userinfo_endpoint"]).json(), userinfo.json())

    def test_wrong_nonce_is_seen(self):
        session = app("web", scope="openid")
        tokens, _ = sign_in(session)
        with self.assertRaisesRegex(Exception, "nonce"):
            id_token(session, tokens, "another")

    def test_id_tokens_with_es256_eddsa_and_hs256(self):
        robot = Robot()
        for name, alg in [("post", "ES256"), ("trusted", "EdDSA"), ("older", "HS256")]:
            with self.subTest(alg):
                session = app(name, scope="openid")
                tokens, nonce = sign_in(session, robot)
                key = OctKey.import_key(session.client_secret) if alg == "HS256" else None
                claims = id_token(session, tokens, nonce, key)
                self.assertEqual(claims.header["alg"], alg)

    def test_an_older_app_registered_without_pkce(self):
        session = app("older", scope="openid")
        tokens, _ = sign_in(session, pkce=False)
        self.assertIn("id_token", tokens)
        self.assertNotIn("refresh_token", tokens)

    def test_public_client(self):
        session = app("native", scope="openid")
        session.redirect_uri = "http://127.0.0.1:41234/callback"
        tokens, nonce = sign_in(session)
        id_token(session, tokens, nonce)
        session.refresh_token()

    def test_refresh_rotates(self):
        session = app("web", scope="openid offline_access")
        first, _ = sign_in(session)
        second = dict(session.refresh_token())
        third = dict(session.refresh_token())
        self.assertEqual(len({first["refresh_token"], second["refresh_token"], third["refresh_token"]}), 3)
        self.assertEqual(session.get(META["userinfo_endpoint"]).status_code, 200)

    def test_revoke(self):
        session = app("web", scope="openid")
        tokens, _ = sign_in(session)
        answer = session.revoke_token(META["revocation_endpoint"], tokens["refresh_token"], "refresh_token")
        self.assertEqual(answer.status_code, 200)
        with self.assertRaises(OAuthError) as refused:
            session.refresh_token(refresh_token=tokens["refresh_token"])
        self.assertEqual(refused.exception.error, "invalid_grant")
        seen = session.introspect_token(META["introspection_endpoint"], tokens["access_token"])
        self.assertEqual(seen.json(), {"active": False})

    def test_denied(self):
        session = app("web", scope="openid")
        url, state = session.create_authorization_url(
            META["authorization_endpoint"], code_verifier=generate_token(48), prompt="consent"
        )
        answer = urllib.parse.parse_qs(urllib.parse.urlsplit(Robot().walk(url, press="deny")).query)
        self.assertEqual((answer["error"], answer["state"], answer["iss"]), (["access_denied"], [state], [ISSUER]))


class Job(unittest.TestCase):
    def test_each_way_to_authenticate(self):
        private = ECKey.import_key(read("job-key-jwt.private.json"))
        for name, method in [
            ("job", None),
            ("job-secret-jwt", ClientSecretJWT(META["token_endpoint"])),
            ("job-key-jwt", PrivateKeyJWT(META["token_endpoint"], headers={"kid": "job-1"}, alg="ES256")),
        ]:
            with self.subTest(name):
                session = app(name)
                if method:
                    session.register_client_auth_method(method)
                if name == "job-key-jwt":
                    session.client_secret = private
                tokens = session.fetch_token(grant_type="client_credentials", resource=ORDERS, scope="orders:read")
                claims = protected(OrdersValidator(ISSUER, ORDERS), tokens["access_token"], "orders:read")
                self.assertEqual(claims["client_id"], name)

    def test_a_wrong_secret(self):
        session = app("job")
        session.client_secret = "x" * 40
        with self.assertRaises(OAuthError) as refused:
            session.fetch_token(grant_type="client_credentials", resource=ORDERS)
        self.assertEqual(refused.exception.error, "invalid_client")


class Api(unittest.TestCase):
    def test_rfc9068_validator(self):
        tokens = app("job").fetch_token(grant_type="client_credentials", resource=ORDERS, scope="orders:read")
        claims = protected(OrdersValidator(ISSUER, ORDERS), tokens["access_token"], "orders:read")
        self.assertEqual(claims.header["typ"], "at+jwt")
        with self.assertRaises(InsufficientScopeError):
            protected(OrdersValidator(ISSUER, ORDERS), tokens["access_token"], "orders:write")
        with self.assertRaises(InvalidTokenError):
            protected(OrdersValidator(ISSUER, "https://another.example"), tokens["access_token"], "orders:read")

    def test_a_small_service_with_a_shared_secret_and_the_default_decoder(self):
        tokens = app("job").fetch_token(grant_type="client_credentials", resource=SMALL)
        secret = read("resources/small.json")["secret"]
        claims = pyjwt.decode(tokens["access_token"], secret, algorithms=["HS256"], audience=SMALL, issuer=ISSUER)
        self.assertEqual(pyjwt.get_unverified_header(tokens["access_token"])["typ"], "JWT")
        self.assertEqual(claims["scope"], "small:use")
        with self.assertRaises(pyjwt.InvalidSignatureError):
            pyjwt.decode(tokens["access_token"], secret + "x", algorithms=["HS256"], audience=SMALL)

    def test_pyjwt_with_the_published_keys(self):
        tokens = app("job").fetch_token(grant_type="client_credentials", resource=ORDERS)
        key = pyjwt.PyJWKClient(META["jwks_uri"]).get_signing_key_from_jwt(tokens["access_token"])
        claims = pyjwt.decode(tokens["access_token"], key, algorithms=["ES256"], audience=ORDERS, issuer=ISSUER)
        self.assertEqual(claims["sub"], "job")

    def test_introspecting_validator(self):
        class Vault(IntrospectTokenValidator):
            def introspect_token(self, token):
                return app("job").introspect_token(META["introspection_endpoint"], token).json()

        session = app("job")
        tokens = session.fetch_token(grant_type="client_credentials", resource=VAULT)
        self.assertEqual(protected(Vault(), tokens["access_token"], "vault:open")["client_id"], "job")
        session.revoke_token(META["revocation_endpoint"], tokens["access_token"], "access_token")
        with self.assertRaises(InvalidTokenError):
            protected(Vault(), tokens["access_token"], "vault:open")


if __name__ == "__main__":
    unittest.main()
