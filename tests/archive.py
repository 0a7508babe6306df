"""Web archives by hand: records of ISO 28500, and the messages of HTTP in them."""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5

DATE = "2031-02-03T09:30:00Z"


def message(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """A server's answer; without headers of its own it is HTML in UTF-8."""
    lines = [f"HTTP/1.1 {status}", *(headers or ("Content-Type: text/html; charset=utf-8",))]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def chunked(body: bytes, size: int = 7) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def entry(
    block: bytes, uri: str = "https://bell.example/ferry", kind: str = "response", date: str = DATE, media: str = ""
) -> bytes:
    """One record; its id is made of what it holds."""
    media = media or {"warcinfo": "application/warc-fields", "conversion": "text/plain"}.get(
        kind, f"application/http; msgtype={kind}"
    )
    headers = {
        "WARC-Type": kind, "WARC-Record-ID": f"<urn:uuid:{uuid5(NAMESPACE_URL, f'{kind} {uri} {date}')}>",
        "WARC-Date": date, "WARC-Target-URI": uri, "Content-Type": media, "Content-Length": str(len(block)),
    }  # fmt: skip
    if kind == "warcinfo":
        del headers["WARC-Target-URI"]
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return b"WARC/1.0\r\n" + lines.encode() + b"\r\n" + block + b"\r\n\r\n"
