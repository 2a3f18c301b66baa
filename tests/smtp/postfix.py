"""A Postfix of our own in a temporary folder, with Dovecot for its user names and passwords: a port for each kind of protection."""

import base64
import email
import email.policy
import grp
import os
import pwd
import shutil
import subprocess
from pathlib import Path

from doorward import free_port, until

MAIN = """
compatibility_level = 3.6
queue_directory = {dir}/spool
data_directory = {dir}/lib
maillog_file = {dir}/mail.log
maillog_file_prefixes = {dir}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.test
mydestination =
local_transport = error:no local mail
virtual_mailbox_domains = example.com
virtual_mailbox_base = {dir}/mail
virtual_mailbox_maps = regexp:{dir}/mailboxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_tls_chain_files = {certificate}
smtpd_tls_auth_only = yes
smtpd_tls_received_header = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {dir}/sasl/auth
smtpd_relay_restrictions = reject_unauth_destination
smtpd_recipient_restrictions =
smtpd_client_restrictions =
alias_maps =
alias_database =
"""

# name, type, private, unprivileged, chroot, wake-up, processes, command
MASTER = """
127.0.0.1:{plain} inet n - n - - smtpd
127.0.0.1:{starttls} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
127.0.0.1:{tls} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

DOVECOT = """
base_dir = {dir}/dovecot
state_dir = {dir}/dovecot
log_path = {dir}/dovecot.log
protocols =
ssl = no
auth_mechanisms = plain login
disable_plaintext_auth = no
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {dir}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={dir}/mail
}}
service auth {{
  unix_listener {dir}/sasl/auth {{
    mode = 0600
    user = postfix
  }}
}}
"""


class Postfix:
    """A mail server; `user` and `password` are its one account. Nothing but `nobody@…` is refused."""

    user, password = "doorward@example.com", "p/a s&s:w%rd"

    def __init__(self, folder, certificate):
        self.dir = Path(folder)
        owner = pwd.getpwnam("mail" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name)
        self.ports = {name: free_port() for name in ("plain", "starttls", "tls")}
        names = {"dir": self.dir, "certificate": certificate, "uid": owner.pw_uid, "gid": owner.pw_gid, **self.ports}
        for name in ("conf", "spool", "lib", "mail", "sasl", "dovecot"):
            (self.dir / name).mkdir()
        # Every daemon has to pass through.
        self.dir.chmod(0o755)
        os.chown(self.dir / "mail", owner.pw_uid, owner.pw_gid)
        os.chown(self.dir / "lib", pwd.getpwnam("postfix").pw_uid, grp.getgrnam("postfix").gr_gid)
        (self.dir / "conf/main.cf").write_text(MAIN.format(**names))
        (self.dir / "conf/master.cf").write_text(MASTER.format(**names))
        (self.dir / "mailboxes").write_text("if !/^nobody@/\n/./ inbox/\nendif\n")
        password = base64.b64encode(self.password.encode()).decode()
        (self.dir / "users").write_text(f"{self.user}:{{PLAIN.b64}}{password}\n")
        (self.dir / "dovecot.conf").write_text(DOVECOT.format(**names))

    def start(self):
        self.dovecot = subprocess.Popen(["dovecot", "-F", "-c", self.dir / "dovecot.conf"], stderr=subprocess.DEVNULL)
        assert until(lambda: (self.dir / "sasl/auth").exists()), self.logs()
        self._postfix("check")
        self._postfix("start")
        log = self.dir / "mail.log"
        assert until(lambda: log.exists() and "daemon started" in log.read_text()), self.logs()

    def stop(self):
        master = self.dir / "spool/pid/master.pid"
        if master.exists():
            pid = int(master.read_text())
            self._postfix("abort", check=False)
            assert until(lambda: not is_alive(pid)), f"Postfix {pid} does not stop"
        self.dovecot.terminate()
        self.dovecot.wait(10)
        shutil.rmtree(self.dir, ignore_errors=True)

    def _postfix(self, command, check=True):
        ran = subprocess.run(["postfix", "-c", self.dir / "conf", command], capture_output=True, text=True)
        assert not check or ran.returncode == 0, f"postfix {command}: {ran.stdout}{ran.stderr}{self.logs()}"

    def logs(self):
        """The end of what the servers said."""
        found = [path for path in (self.dir / "mail.log", self.dir / "dovecot.log") if path.exists()]
        return "".join(f"\n--- {path.name}\n{path.read_text()[-3000:]}" for path in found)

    def mails(self):
        """What lies in the mailbox, oldest first."""
        paths = sorted((self.dir / "mail/inbox/new").glob("*"), key=lambda path: path.stat().st_mtime_ns)
        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in paths]

    def mail_to(self, address, seconds=10):
        """The newest mail to an address that has not been read yet."""
        found = until(lambda: [mail for mail in self.mails() if mail["To"] == address], seconds)
        assert found, f"no mail for {address}{self.logs()}"
        shutil.rmtree(self.dir / "mail/inbox/new")
        return found[-1]


def is_alive(pid):
    """Whether a process runs; one that nobody has buried yet does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
