"""A certificate authority of our own, and what it signs; with the openssl command."""

import subprocess
from pathlib import Path


def _openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


class Authority:
    """An authority whose certificate is `ca`."""

    def __init__(self, folder, name):
        self.folder = Path(folder) / name
        self.folder.mkdir()
        self.ca, self._key = self.folder / "ca.pem", self.folder / "ca.key"
        _openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 2, "-subj", f"/CN={name}",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign", "-keyout", self._key, "-out", self.ca,
        )

    def certificate(self, *names, is_expired=False):
        """Key and certificate for these names, in one file, in the order that Postfix wants."""
        stem = self.folder / f"{names[0]}{'-expired' if is_expired else ''}"
        key, request, chain = stem.with_suffix(".key"), stem.with_suffix(".csr"), stem.with_suffix(".pem")
        extensions = stem.with_suffix(".ext")
        kinds = ("IP" if name[0].isdigit() else "DNS" for name in names)
        extensions.write_text("subjectAltName=" + ",".join(f"{kind}:{name}" for kind, name in zip(kinds, names)) + "\nextendedKeyUsage=serverAuth\n")
        _openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={names[0]}", "-keyout", key, "-out", request
        )
        days = -1 if is_expired else 2
        _openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self._key, "-CAcreateserial", "-days", days, "-extfile", extensions, "-out", chain)
        chain.write_text(key.read_text() + chain.read_text())
        return chain
