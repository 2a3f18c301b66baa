"""A mail server that fails as it is told, on aiosmtpd."""

import asyncio
import email
import email.policy

from aiosmtpd.controller import Controller

from doorward import free_port


class Faulty:
    """`fault` is one of: None, slow, silent, 4xx, 5xx, dies-before (the answer), dies-after (the answer)."""

    def __init__(self, fault=None):
        self.fault, self.tried, self.mails = fault, 0, []
        self.controller = None
        self.port = free_port()

    def start(self):
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()
        return self

    def stop(self):
        if self.controller:
            self.controller.stop()
        self.controller = None

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.tried += 1
        if self.fault == "silent":
            await asyncio.sleep(3600)
        if self.fault == "4xx":
            return "451 4.3.0 come back later"
        if self.fault == "5xx":
            return f"550 5.1.1 <{address}> does not live here"
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        if self.fault == "slow":
            await asyncio.sleep(3)
        self.mails.append(mail)
        if self.fault == "dies-before":
            server.transport.abort()
            return "250 never seen"
        if self.fault == "dies-after":
            asyncio.get_running_loop().call_later(0.05, server.transport.abort)
        return "250 taken"
