"""A mail server that takes everything, and remembers it beyond every kill: SMTP as far as one client needs it (RFC 5321)."""

import email
import random
import socketserver
import threading
import time


class Mailbox:
    """What arrived: address, `Message-ID` and text of each copy."""

    def __init__(self):
        self.lock = threading.Lock()
        self.copies = []
        mailbox = self

        class Conversation(socketserver.StreamRequestHandler):
            def handle(self):
                try:
                    mailbox.talk(self.rfile, self.wfile)
                except OSError:
                    pass  # The client was killed.

        class Listener(socketserver.ThreadingTCPServer):
            allow_reuse_address = daemon_threads = True

        self.listener = Listener(("127.0.0.1", 0), Conversation)
        self.url = f"smtp://127.0.0.1:{self.listener.server_address[1]}"
        threading.Thread(target=self.listener.serve_forever, daemon=True).start()

    def talk(self, lines, out):
        say = lambda text: (out.write(f"{text}\r\n".encode()), out.flush())
        say("220 mailbox")
        to = None
        while line := lines.readline():
            word = line[:4].upper()
            if word == b"RCPT":
                to = line.split(b"<")[1].split(b">")[0].decode()
            if word == b"DATA":
                say("354 go on")
                text = b"".join(iter(lines.readline, b".\r\n"))
                if not text.endswith(b"\r\n"):
                    return
                # Taken, and whoever is killed before they hear of it cannot know.
                self.keep(to, email.message_from_bytes(text))
                time.sleep(random.uniform(0, 0.05))
            say("221 bye" if word == b"QUIT" else "250 ok")

    def keep(self, to, message):
        text = "".join(part.get_payload(decode=True).decode() for part in message.walk() if part.get_content_type() == "text/plain")
        with self.lock:
            self.copies.append((to, message["message-id"], text))

    def sent_to(self, address, word):
        """The texts of different mails to an address that hold a word, by `Message-ID`: a list with each copy of each."""
        found = {}
        with self.lock:
            for to, id, text in self.copies:
                if to == address and word in text:
                    found.setdefault(id, []).append(text)
        return found
