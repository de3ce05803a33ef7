"""Real servers on loopback, each in a thread of the tests: SFTP, FTP, and a line that can be cut or held."""

import asyncio
import contextlib
import datetime
import socket
import ssl
import threading

import asyncssh
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import DTPHandler, FTPHandler
from pyftpdlib.ioloop import IOLoop
from pyftpdlib.servers import FTPServer

USER, PASSWORD = "xa", "mật khẩu"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Sftp:
    """An SFTP server whose folder is `path`. `port`, `fingerprint`, `accepts` (a public key)."""

    def __init__(self, path, port=0):
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        self.client_key = asyncssh.generate_private_key("ssh-ed25519")
        self.fingerprint = self.key.get_fingerprint()
        self._path, self._loop = path, asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._listener = self._run(self._listen(port))
        self.port = self._listener.get_port()

    def _run(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self, port):
        allowed = asyncssh.import_authorized_keys(self.client_key.export_public_key().decode())

        class Door(asyncssh.SSHServer):
            def connection_made(self, connection):
                self._connection = connection

            def begin_auth(self, username):
                self._connection.set_authorized_keys(allowed)
                return True

            def password_auth_supported(self):
                return True

            def validate_password(self, username, password):
                return (username, password) == (USER, PASSWORD)

        return await asyncssh.listen(
            "127.0.0.1",
            port,
            server_host_keys=[self.key],
            server_factory=Door,
            sftp_factory=lambda chan: asyncssh.SFTPServer(chan, chroot=str(self._path).encode()),
        )

    def close(self):
        if self._loop.is_running():
            self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    async def _stop(self):
        self._listener.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.wait(others, timeout=2) if others else None


class Ftp:
    """An FTP server whose folder is `path`; `cut_after` bytes of a file it hangs up."""

    def __init__(self, path, *, mlsd=True, cut_after=None):
        authorizer = DummyAuthorizer()
        authorizer.add_user(USER, PASSWORD, str(path), perm="elr")
        self.sent = 0

        class Data(DTPHandler):
            def send(data, block):  # noqa: N805
                self.sent += len(block)
                if cut_after is not None and self.sent > cut_after:
                    data.socket.close()
                    data.cmd_channel.close()
                    return 0
                return DTPHandler.send(data, block)

        known = {name: told for name, told in FTPHandler.proto_cmds.items() if mlsd or name != "MLSD"}

        class Handler(FTPHandler):
            use_sendfile = False
            auth_failed_timeout = 0.1
            dtp_handler = Data
            proto_cmds = known

        Handler.authorizer = authorizer
        self._loop = IOLoop()
        self._server = FTPServer(("127.0.0.1", 0), Handler, ioloop=self._loop)
        self.port = self._server.address[1]
        self._stopping = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while not self._stopping:
            self._server.serve_forever(timeout=0.02, blocking=False, handle_exit=False)
        self._server.close_all()

    def close(self):
        self._stopping = True
        self._thread.join(5)


class Ftps:
    """The few words of FTP that a download needs, spoken within TLS as RFC 4217 has it."""

    def __init__(self, path, certificate):
        self._path, self._tls = path, ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _address = self._listener.accept()
                threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near):
        folder, data, user = self._path, None, ""
        with contextlib.suppress(OSError):
            near.sendall(b"220 hello\r\n")
            while line := self._line(near):
                word, _, rest = line.decode("utf-8", "surrogateescape").strip().partition(" ")
                answer = "200 ok"
                match word.upper():
                    case "AUTH":
                        near.sendall(b"234 go on\r\n")
                        near = self._tls.wrap_socket(near, server_side=True)
                        continue
                    case "USER" | "PASS" if not isinstance(near, ssl.SSLSocket):
                        answer = "530 not in the clear"
                    case "USER":
                        user, answer = rest, "331 and the password"
                    case "PASS":
                        answer = "230 welcome" if (user, rest) == (USER, PASSWORD) else "530 no"
                    case "CWD":
                        folder = self._path / rest
                        answer = "250 there" if folder.is_dir() else "550 no such folder"
                    case "PASV" | "EPSV":
                        data = socket.create_server(("127.0.0.1", 0))
                        port = data.getsockname()[1]
                        answer = f"227 ok (127,0,0,1,{port >> 8},{port & 255})"
                        if word.upper() == "EPSV":
                            answer = f"229 ok (|||{port}|)"
                    case "MLSD":
                        near.sendall(b"150 here\r\n")
                        self._send(data, "".join(map(self._facts, folder.iterdir())).encode("utf-8", "surrogateescape"))
                        answer = "226 done"
                    case "RETR":
                        near.sendall(b"150 here\r\n")
                        self._send(data, (folder / rest).read_bytes())
                        answer = "226 done"
                near.sendall(f"{answer}\r\n".encode())

    def _facts(self, path):
        told = path.stat()
        moment = datetime.datetime.fromtimestamp(told.st_mtime, datetime.UTC)
        kind = "dir" if path.is_dir() else "file"
        return f"type={kind};size={told.st_size};modify={moment:%Y%m%d%H%M%S}; {path.name}\r\n"

    def _send(self, listener, content):
        with self._tls.wrap_socket(listener.accept()[0], server_side=True) as far:
            far.sendall(content)
            far.unwrap()

    def _line(self, near):
        line = b""
        while not line.endswith(b"\n") and (byte := near.recv(1)):
            line += byte
        return line

    def close(self):
        self._listener.close()


class Line:
    """A line to a port that is cut after `cut_after` bytes of an answer, or held there (`hold`)."""

    def __init__(self, port, *, cut_after, times=1, hold=False):
        self._target, self._cut_after, self._times, self._hold = port, cut_after, times, hold
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _address = self._listener.accept()
                self.connections += 1
                far = socket.create_connection(("127.0.0.1", self._target))
                limit = self._cut_after if self.connections <= self._times else None
                threading.Thread(target=self._carry, args=(near, far, None), daemon=True).start()
                threading.Thread(target=self._carry, args=(far, near, limit), daemon=True).start()

    def _carry(self, source, target, limit):
        carried = 0
        with contextlib.suppress(OSError):
            while block := source.recv(1 << 14):
                carried += len(block)
                if limit is not None and carried > limit:
                    if self._hold:
                        threading.Event().wait(30)
                    break
                target.sendall(block)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self):
        self._listener.close()


def certificate(folder):
    """A certificate of its own authority for `localhost`: (file of key and certificate, PEM of the certificate)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    day = datetime.timedelta(days=1)
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public = made.public_bytes(serialization.Encoding.PEM).decode()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    file = folder / "localhost.pem"
    file.write_text(private + public)
    return file, public
