"""The two servers that are compared, each pinned to the same core and stopped by its pid."""

import json
import os
import pathlib
import select
import signal
import socket
import subprocess
import time

START_S = 20

NGINX_CONFIG = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  default_type application/json;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
{listeners}}}
"""

NGINX_LISTENER = "  server {{ listen 127.0.0.1:{port}; location / {{ return 200 '{body}'; }} }}\n"

PROMOGATE_CONFIG = """
listen = "127.0.0.1:0";
workers = 1;
source = "file:{policies}";
state_dir = "";
admin = {{ listen = "127.0.0.1:0"; token_file = ""; }};
interfaces = ( {{ name = "checkout"; degrade = "{degrade}"; fallback = "safe"; }},
               {{ name = "cart"; degrade = "{degrade}"; fallback = "safe"; }},
               {{ name = "browse"; degrade = "{degrade}"; fallback = "safe"; }} );
fallbacks = ( {{ name = "safe"; offers = ( {{ coupon = "C-SAFE"; off = 300; }} ); }} );
"""


def until(condition, what):
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        result = condition()
        if result:
            return result
        time.sleep(0.02)
    raise RuntimeError(f"{what}: not within {START_S} s")


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def answers(port, path="/"):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n".encode())
            return connection.recv(64).startswith(b"HTTP/1.1 200 ")
    except OSError:
        return False


def first_child(pid):
    return int((pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split() or ["0"])[0])


class Server:
    """A started program; `pid` is that of the process whose CPU time counts."""

    is_degraded = False

    def __init__(self, core, command, **more):
        self.process = subprocess.Popen(["taskset", "-c", str(core), *command], **more)
        self.pid = self.process.pid

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Nginx(Server):
    """`return 200` with a body of so many bytes, a port each."""

    def __init__(self, core, folder, body_bytes):
        folder.mkdir(exist_ok=True)
        self.ports = free_ports(len(body_bytes))
        listeners = "".join(NGINX_LISTENER.format(port=port, body="x" * size)
                            for port, size in zip(self.ports, body_bytes))
        config = folder / "nginx.conf"
        config.write_text(NGINX_CONFIG.format(folder=folder, listeners=listeners))
        super().__init__(core, ["nginx", "-e", str(folder / "error.log"), "-c", str(config)])
        try:
            until(lambda: answers(self.ports[0]), "nginx answers")
            self.pid = until(lambda: first_child(self.process.pid), "nginx's worker")
        except BaseException:
            self.stop()
            raise


class Promogate(Server):
    """`degrade` "on": every answer is a fallback."""

    def __init__(self, core, folder, program, policies, ready_path, degrade="auto"):
        self.is_degraded = degrade == "on"
        folder.mkdir(exist_ok=True)
        config = folder / "promogate.conf"
        config.write_text(PROMOGATE_CONFIG.format(policies=os.path.abspath(policies), degrade=degrade))
        super().__init__(core, [program, "-c", str(config)], stdout=subprocess.PIPE)
        try:
            self.ports = [self.listening_port()]
            until(lambda: answers(self.ports[0], ready_path), "promogate answers")
        except BaseException:
            self.stop()
            raise

    def listening_port(self):
        """Lines are cut here: a reader that buffers would hold a line that select cannot see."""
        deadline, said = time.monotonic() + START_S, b""
        descriptor = self.process.stdout.fileno()
        while time.monotonic() < deadline:
            if select.select([descriptor], [], [], 0.1)[0]:
                said += os.read(descriptor, 65536)
            for line in said.split(b"\n")[:-1]:
                event = json.loads(line)
                if event["event"] == "listening":
                    return int(event["listen"].rsplit(":", 1)[1])
        raise RuntimeError("promogate did not say that it listens")
