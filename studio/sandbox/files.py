"""Serving a file with byte ranges, to a browser or to whoever fetches it."""

from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import BinaryIO

from studio.media.ranges import Unsatisfiable, content_range, parse_range

CONTENT_TYPES = {".mp4": "video/mp4", ".m4a": "audio/mp4", ".jpg": "image/jpeg"}
_CHUNK = 64 * 1024


def send_file(handler: BaseHTTPRequestHandler, path: Path, *, attachment: bool) -> None:
    """Answer GET or HEAD with a file, or with the slice of it that the request's `Range` asks for."""
    with path.open("rb") as file:
        status = path.stat()
        tag = f'"{status.st_size:x}-{status.st_mtime_ns:x}"'
        headers = _headers(path, tag, attachment=attachment)
        try:
            part = parse_range(_wanted_range(handler, tag), status.st_size)
        except Unsatisfiable:
            _send_unsatisfiable(handler, status.st_size)
            return
        start, stop = part or (0, status.st_size)
        if part is not None:
            headers["Content-Range"] = content_range(start, stop, status.st_size)
        _send_head(handler, 200 if part is None else 206, headers, stop - start)
        if handler.command != "HEAD":
            _send_slice(handler, file, start, stop)


def _headers(path: Path, tag: str, *, attachment: bool) -> dict[str, str]:
    headers = {
        "Content-Type": CONTENT_TYPES.get(path.suffix, "application/octet-stream"),
        "Accept-Ranges": "bytes",
        "Access-Control-Allow-Origin": "*",
        "ETag": tag,
    }
    if attachment:
        headers["Content-Disposition"] = f'attachment; filename="{path.name}"'
    return headers


def _wanted_range(handler: BaseHTTPRequestHandler, tag: str) -> str | None:
    """The `Range` header, unless it is about another version of the file."""
    if handler.headers.get("If-Range", tag) != tag or handler.command == "HEAD":
        return None
    return handler.headers.get("Range")


def _send_unsatisfiable(handler: BaseHTTPRequestHandler, size: int) -> None:
    _send_head(handler, 416, {"Content-Range": f"bytes */{size}", "Access-Control-Allow-Origin": "*"}, 0)


def _send_head(handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str], length: int) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(length))
    handler.end_headers()


def _send_slice(handler: BaseHTTPRequestHandler, file: BinaryIO, start: int, stop: int) -> None:
    file.seek(start)
    while start < stop:
        chunk = file.read(min(_CHUNK, stop - start))
        handler.wfile.write(chunk)
        start += len(chunk)
