"""Admin listeners of gateways that are none: the switches' API, to be told what to say.

    with FakeAdmin("127.0.0.2") as gateway:
        gateway.url()                       # http://127.0.0.2:PORT
        gateway.requests                    # [(method, target, headers, body)]
        gateway.modes["checkout"]           # "on" once it was ordered
        gateway.overruled["checkout"] = ("on", "file")
        gateway.answer = lambda handler: …  # instead of all that
"""

import http.server
import json
import socket
import ssl
import threading
import urllib.parse

PROBLEM = "application/problem+json"


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status, value, headers=()):
        """`value`: bytes, or anything as JSON."""
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if status == 200 else PROBLEM)
        self.send_header("Content-Length", str(len(body)))
        for name, text in headers:
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def _serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        gateway = self.server.gateway
        gateway.requests.append((self.command, self.path, dict(self.headers), body))
        if gateway.answer:
            gateway.answer(self)
        elif gateway.token and self.headers.get("Authorization") != f"Bearer {gateway.token}":
            self.reply(401, {"title": "Unauthorized", "status": 401, "detail": "the token is wrong"})
        elif self.command == "PUT":
            self.reply(*gateway.order(urllib.parse.unquote(self.path.removeprefix("/admin/switches/")), json.loads(body)))
        else:
            self.reply(200, {"switches": [gateway.state(name) for name in gateway.modes]})

    do_GET = do_PUT = _serve


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # a client that leaves early is a test's business


class FakeAdmin:
    def __init__(self, host="127.0.0.1", port=0, interfaces=("checkout", "cart"), token=None, certificate=None):
        """`certificate`: (file of the certificate, file of the key): https."""
        self.modes, self.overruled, self.requests = {name: "auto" for name in interfaces}, {}, []
        self.token, self.answer, self.is_tls = token, None, certificate is not None
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        server_class = type("_Server", (_Server,), {"address_family": family})
        self._server = server_class((host, port), _Handler)
        self._server.gateway = self
        self.host, self.port = host, self._server.server_address[1]
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self):
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def url(self, host=None):
        return f"{'https' if self.is_tls else 'http'}://" + (f"{host}:{self.port}" if host else self.address)

    def state(self, name):
        """As GET /admin/switches tells it."""
        mode, source = self.overruled.get(name, (self.modes[name], "admin" if self.modes[name] != "auto" else None))
        return {"interface": name, "mode": mode, "source": source, "actor": "ann" if source else None, "reason": None,
                "until": None, "breaker": "closed", "share_bp": 10000, "orders": []}

    def order(self, name, order):
        """Status and body of a PUT."""
        if name != "*" and name not in self.modes:
            return 404, {"title": "Not Found", "status": 404, "detail": f"there is no interface {name}"}
        if not order.get("drill"):
            for each in self.modes if name == "*" else [name]:
                self.modes[each] = order["mode"]
        if name == "*":
            return 200, {"switches": [self.state(each) for each in self.modes]}
        return 200, self.state(name)
